/* SPDX-License-Identifier: MIT */
/* Chapters: an application that only knows ODBC 2, and one that passes odd arguments. */
#include "transcript.h"

#include <stdlib.h>
#include <string.h>

/*
 * The wide forms of MariaDB's driver call the ANSI ones by name and end in the driver manager,
 * which the application is linked with; it does not know the driver's handle: SQL_INVALID_HANDLE.
 * The driver behind odbcpool is better off, as the driver manager then calls the functions of
 * ODBC 3.
 */
static bool is_lost_in_driver_manager(void)
{
	return app.is_wide && app.dbms == DBMS_MARIADB;
}

static void connect_options(SQLHDBC dbc)
{
	static const SQLUSMALLINT options[] = {SQL_ACCESS_MODE, SQL_AUTOCOMMIT, SQL_LOGIN_TIMEOUT,
		SQL_TXN_ISOLATION, SQL_CURRENT_QUALIFIER, SQL_QUIET_MODE, SQL_PACKET_SIZE, 19999};

	for (size_t i = 0; i < array_size(options); i++)
		if (!is_lost_in_driver_manager())
			CALL_AW(ON_DBC(dbc), GetConnectOption, dbc,
				(SQLUSMALLINT)number(options[i]), out_text("value"));
	CALL_AW(ON_DBC(dbc), SetConnectOption, dbc, SQL_ACCESS_MODE, SQL_MODE_READ_WRITE);
	CALL_AW(ON_DBC(dbc), SetConnectOption, dbc, SQL_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	CALL_AW(ON_DBC(dbc), SetConnectOption, dbc, SQL_AUTOCOMMIT, SQL_AUTOCOMMIT_ON);
	CALL_AW(ON_DBC(dbc), SetConnectOption, dbc, SQL_LOGIN_TIMEOUT, 5);
	CALL_AW(ON_DBC(dbc), SetConnectOption, dbc, SQL_QUERY_TIMEOUT, 30);
	CALL_AW(ON_DBC(dbc), SetConnectOption, dbc, SQL_CURRENT_QUALIFIER,
		(SQLULEN)text(getenv("E2E_DATABASE")));
	CALL_AW(ON_DBC(dbc), SetConnectOption, dbc, 19999, 1);
}

static void statement_options(SQLHSTMT s)
{
	static const SQLUSMALLINT options[] = {SQL_QUERY_TIMEOUT, SQL_MAX_ROWS, SQL_NOSCAN,
		SQL_MAX_LENGTH, SQL_ASYNC_ENABLE, SQL_BIND_TYPE, SQL_CURSOR_TYPE, SQL_CONCURRENCY,
		SQL_KEYSET_SIZE, SQL_ROWSET_SIZE, SQL_SIMULATE_CURSOR, SQL_RETRIEVE_DATA,
		SQL_USE_BOOKMARKS, SQL_ROW_NUMBER, 19999};

	for (size_t i = 0; i < array_size(options); i++) {
		CALL(ON_STMT(s), GetStmtOption, s, (SQLUSMALLINT)number(options[i]),
			out_bytes("value"));
		CALL(ON_STMT(s), SetStmtOption, s, (SQLUSMALLINT)number(options[i]), 1);
		CALL(ON_STMT(s), GetStmtOption, s, (SQLUSMALLINT)number(options[i]),
			out_bytes("value"));
		CALL(ON_STMT(s), SetStmtOption, s, (SQLUSMALLINT)number(options[i]), 0);
	}
}

static void columns(SQLHSTMT s)
{
	static const SQLUSMALLINT fields[] = {SQL_COLUMN_COUNT, SQL_COLUMN_NAME, SQL_COLUMN_TYPE,
		SQL_COLUMN_LENGTH, SQL_COLUMN_PRECISION, SQL_COLUMN_SCALE, SQL_COLUMN_DISPLAY_SIZE,
		SQL_COLUMN_NULLABLE, SQL_COLUMN_UNSIGNED, SQL_COLUMN_MONEY, SQL_COLUMN_UPDATABLE,
		SQL_COLUMN_AUTO_INCREMENT, SQL_COLUMN_CASE_SENSITIVE, SQL_COLUMN_SEARCHABLE,
		SQL_COLUMN_TYPE_NAME, SQL_COLUMN_TABLE_NAME, SQL_COLUMN_LABEL, 12345};

	for (SQLUSMALLINT c = 0; c <= 3; c++)
		for (size_t i = 0; i < array_size(fields); i++)
			CALL_AW(ON_STMT(s), ColAttributes, s, (SQLUSMALLINT)number(c),
				(SQLUSMALLINT)number(fields[i]), out_text("text"), 200,
				out_smallint("length"), out_len("value"));
}

static void work(SQLHENV env, SQLHDBC dbc, SQLHSTMT s)
{
	SQLINTEGER id = 2;
	SQLLEN length = 0;

	run(s, "select id, name, stamp from t_odbc2 order by id");
	if (!is_lost_in_driver_manager())
		columns(s);
	show_result(s, 3);
	CALL_AW(ON_STMT(s), Prepare, s, text("select name from t_odbc2 where id = ?"), SQL_NTS);
	CALL(ON_STMT(s), SetParam, s, 1, SQL_C_LONG, SQL_INTEGER, 10, 0, &id, &length);
	CALL(ON_STMT(s), Execute, s);
	CALL(ON_STMT(s), Fetch, s);
	CALL(ON_STMT(s), GetData, s, 1, SQL_C_CHAR, out_bytes("value"), 30, out_len("length"));
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
	CALL(ON_STMT(s), FreeStmt, s, SQL_RESET_PARAMS);
	CALL_AW(ON_DBC(dbc), SetConnectOption, dbc, SQL_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	run(s, "insert into t_odbc2 (id) values (77)");
	CALL(ON_DBC(dbc), Transact, SQL_NULL_HENV, dbc, SQL_ROLLBACK);
	run(s, "insert into t_odbc2 (id) values (78)");
	CALL(ON_ENV(env), Transact, env, SQL_NULL_HDBC, SQL_COMMIT);
	CALL(ON_DBC(dbc), Transact, env, dbc, 99);
	CALL_AW(ON_DBC(dbc), SetConnectOption, dbc, SQL_AUTOCOMMIT, SQL_AUTOCOMMIT_ON);
	show_query(s, "select id from t_odbc2 order by id");
	run(s, "select no_such_column from t_odbc2");
}

void chapter_odbc2(void)
{
	SQLHENV env = SQL_NULL_HENV;
	SQLHDBC dbc = SQL_NULL_HDBC;
	SQLHSTMT s = SQL_NULL_HSTMT;
	int version = app.version;

	app.version = 2;
	CALL(ON_ENV(env), AllocEnv, &env);
	CALL(ON_ENV(env), AllocConnect, env, &dbc);
	CALL_AW(ON_DBC(dbc), Connect, dbc, text(app.source), SQL_NTS, text(getenv("E2E_USER")),
		SQL_NTS, text("wrong"), SQL_NTS);
	CALL(ON_DBC(dbc), Disconnect, dbc);
	CALL_AW(ON_DBC(dbc), SetConnectOption, dbc, SQL_LOGIN_TIMEOUT, 8);
	CALL_AW(ON_DBC(dbc), Connect, dbc, text(app.source), SQL_NTS, NULL, 0, NULL, 0);
	CALL(ON_DBC(dbc), AllocStmt, dbc, &s);
	table_make(s, "t_odbc2", 4);
	connect_options(dbc);
	statement_options(s);
	CALL(ON_STMT(s), FreeStmt, s, SQL_DROP);
	CALL(ON_DBC(dbc), AllocStmt, dbc, &s);
	work(env, dbc, s);
	CALL(ON_STMT(s), FreeStmt, s, SQL_DROP);
	CALL(ON_DBC(dbc), FreeConnect, dbc);
	CALL(ON_DBC(dbc), Disconnect, dbc);
	CALL(ON_DBC(dbc), FreeConnect, dbc);
	CALL(ON_ENV(env), FreeEnv, env);
	app.version = version;
}

static void null_pointers(struct session *session, SQLHSTMT s)
{
	SQLHDBC dbc = session->dbc;

	CALL_AW(ON_STMT(s), ExecDirect, s, NULL, SQL_NTS);
	CALL_AW(ON_STMT(s), Prepare, s, NULL, 0);
	CALL_AW(ON_STMT(s), ExecDirect, s, text("select 1"), 0);
	CALL_AW(ON_STMT(s), ExecDirect, s, text("select 1"), -17);
	CALL(ON_STMT(s), NumResultCols, s, out_smallint("columns"));
	CALL_AW(ON_DBC(dbc), NativeSql, dbc, NULL, SQL_NTS, out_text("native"), 50,
		out_integer("length"));
	CALL_AW(ON_DBC(dbc), NativeSql, dbc, text("select 1"), -9, out_text("native"), 50,
		out_integer("length"));
	CALL(ON_ENV(session->env), GetEnvAttr, session->env, SQL_ATTR_ODBC_VERSION, NULL, 0, NULL);
	CALL(ON_DBC(dbc), AllocHandle, SQL_HANDLE_STMT, dbc, NULL);
	CALL(ON_DBC(dbc), AllocHandle, 77, dbc, NULL);
	CALL(ON_STMT(s), SetStmtAttr, SQL_NULL_HSTMT, SQL_ATTR_MAX_ROWS, NULL, 0);
	CALL(ON_STMT(s), Fetch, SQL_NULL_HSTMT);
	/* Handles of another kind. */
	CALL(ON_STMT(s), Fetch, (SQLHSTMT)dbc);
	CALL(ON_DBC(dbc), Disconnect, (SQLHDBC)s);
	CALL(ON_STMT(s), FreeHandle, SQL_HANDLE_DBC, s);
}

/* Longer than any buffer that somebody might have thought long enough. */
static void long_texts(SQLHSTMT s)
{
	enum { LENGTH = 70000 };
	char *sql = malloc(LENGTH + 30);

	strcpy(sql, "select '");
	memset(sql + 8, 'x', LENGTH);
	strcpy(sql + 8 + LENGTH, "'");
	CALL_AW(ON_STMT(s), ExecDirect, s, text(sql), SQL_NTS);
	CALL(ON_STMT(s), Fetch, s);
	CALL(ON_STMT(s), GetData, s, 1, SQL_C_CHAR, out_bytes("value"), 4000, out_len("length"));
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
	free(sql);
}

static void long_connection_strings(SQLHENV env)
{
	enum { LENGTH = 12000, ROOM = 16000 };
	char *string = calloc(1, LENGTH + 100);
	SQLWCHAR *completed = calloc(ROOM, sizeof(*completed));
	void *out = completed;
	SQLSMALLINT length;
	SQLHDBC dbc = SQL_NULL_HDBC;
	SQLRETURN rc;

	strcpy(string, "DSN=");
	strcat(string, app.source);
	strcat(string, ";Description=");
	memset(string + strlen(string), 'x', LENGTH);
	strcat(string, ";");
	CALL(ON_ENV(env), AllocHandle, SQL_HANDLE_DBC, env, &dbc);
	rc = CALL_AW(ON_DBC(dbc), DriverConnect, dbc, NULL, text(string), SQL_NTS, out, ROOM,
		&length, SQL_DRIVER_NOPROMPT);
	if (SQL_SUCCEEDED(rc))
		CALL(ON_DBC(dbc), Disconnect, dbc);
	CALL(ON_DBC(dbc), FreeHandle, SQL_HANDLE_DBC, dbc);
	free(completed);
	free(string);
}

void chapter_odd(void)
{
	struct session session;
	SQLHSTMT s;

	session_open(&session);
	s = statement_new(session.dbc);
	null_pointers(&session, s);
	statement_free(s);
	s = statement_new(session.dbc);
	long_texts(s);
	statement_free(s);
	long_connection_strings(session.env);
	session_close(&session);
}
