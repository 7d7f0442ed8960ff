/* SPDX-License-Identifier: MIT */
/* Chapter: errors and warnings, with the diagnostic functions called in every way. */
#include "transcript.h"

static const SQLSMALLINT fields[] = {SQL_DIAG_NUMBER, SQL_DIAG_RETURNCODE, SQL_DIAG_ROW_COUNT,
	SQL_DIAG_CURSOR_ROW_COUNT, SQL_DIAG_DYNAMIC_FUNCTION, SQL_DIAG_DYNAMIC_FUNCTION_CODE,
	SQL_DIAG_SQLSTATE, SQL_DIAG_NATIVE, SQL_DIAG_MESSAGE_TEXT, SQL_DIAG_CLASS_ORIGIN,
	SQL_DIAG_SUBCLASS_ORIGIN, SQL_DIAG_CONNECTION_NAME, SQL_DIAG_SERVER_NAME,
	SQL_DIAG_COLUMN_NUMBER, SQL_DIAG_ROW_NUMBER, 30000};

#define ASK_REC(i, room)                                                                           \
	CALL_AW(ON(kind, handle), GetDiagRec, kind, handle, (SQLSMALLINT)number(i),                \
		out_text("state"), out_integer("native"), out_text("message"),                     \
		(SQLSMALLINT)number(room), out_smallint("length"))
#define ASK_FIELD(i, field, room)                                                                  \
	CALL_AW(ON(kind, handle), GetDiagField, kind, handle, (SQLSMALLINT)number(i),              \
		(SQLSMALLINT)number(field), out_text("value"), (SQLSMALLINT)number(room),          \
		out_smallint("length"))

/* As in transcript_diag.c: memory that nobody has set. */
static bool is_undefined(SQLSMALLINT field)
{
	return app.dbms == DBMS_SQLITE &&
	       (field == SQL_DIAG_COLUMN_NUMBER || field == SQL_DIAG_ROW_NUMBER);
}

static void ask(SQLSMALLINT kind, SQLHANDLE handle)
{
	app.has_no_diagnostics = true;
	for (int i = 0; i <= 2; i++)
		for (size_t k = 0; k < array_size(fields); k++)
			if (!is_undefined(fields[k]))
				ASK_FIELD(i, fields[k], 400);
	ASK_FIELD(1, SQL_DIAG_MESSAGE_TEXT, 10);
	ASK_FIELD(-1, SQL_DIAG_MESSAGE_TEXT, 100);
	for (int i = -1; i <= 3; i++)
		ASK_REC(i, 400);
	ASK_REC(1, 10);
	ASK_REC(1, 1);
	ASK_REC(1, 0);
	CALL_AW(ON(kind, handle), GetDiagRec, kind, handle, 1, NULL, NULL, NULL, 0, NULL);
	CALL_AW(ON(kind, handle), GetDiagRec, kind, handle, 1, NULL, NULL, out_text("message"), 400,
		NULL);
	app.has_no_diagnostics = false;
}

static void ask_the_odbc2_way(SQLHENV env, SQLHDBC dbc, SQLHSTMT s)
{
	app.has_no_diagnostics = true;
	for (int i = 0; i < 3; i++)
		CALL_AW(ON_STMT(s), Error, env, dbc, s, out_text("state"), out_integer("native"),
			out_text("message"), 400, out_smallint("length"));
	app.has_no_diagnostics = false;
}

static void statement_errors(struct session *session)
{
	static const char *const statements[] = {
		"select * from no_such_table",
		"this is no SQL",
		"insert into t_errors (id) values (1)",
		"insert into t_errors (id) values (null)",
		"insert into t_errors (id, small) values (9, 'not a number')",
		"select 1/0",
		"create table t_errors (id integer)",
		"drop table no_such_table",
		"update t_errors set no_such_column = 1",
	};
	SQLHSTMT s = statement_new(session->dbc);

	for (size_t i = 0; i < array_size(statements); i++) {
		app.has_no_diagnostics = true;
		run(s, statements[i]);
		ask(ON_STMT(s));
		CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
		app.has_no_diagnostics = true;
		run(s, statements[i]);
		ask_the_odbc2_way(SQL_NULL_HENV, SQL_NULL_HDBC, s);
		CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
		CALL_AW(ON_STMT(s), Prepare, s, text(statements[i]), SQL_NTS);
		CALL(ON_STMT(s), Execute, s);
		CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
	}
	statement_free(s);
}

/* A warning, and that the next call clears it. */
static void warnings(struct session *session)
{
	SQLHSTMT s = statement_new(session->dbc);

	run(s, "select name from t_errors where id = 1");
	CALL(ON_STMT(s), Fetch, s);
	app.has_no_diagnostics = true;
	CALL(ON_STMT(s), GetData, s, 1, SQL_C_CHAR, out_bytes("value"), 3, out_len("length"));
	ask(ON_STMT(s));
	app.has_no_diagnostics = true;
	CALL(ON_STMT(s), NumResultCols, s, out_smallint("columns"));
	ask(ON_STMT(s));
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
	/* Numbers that do not fit. */
	run(s, "select 3.75, 100000, 'abc'");
	CALL(ON_STMT(s), Fetch, s);
	CALL(ON_STMT(s), GetData, s, 1, SQL_C_SLONG, out_bytes("value"), 0, out_len("length"));
	CALL(ON_STMT(s), GetData, s, 2, SQL_C_SSHORT, out_bytes("value"), 0, out_len("length"));
	CALL(ON_STMT(s), GetData, s, 3, SQL_C_SLONG, out_bytes("value"), 0, out_len("length"));
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
	statement_free(s);
}

static void connection_errors(struct session *session)
{
	app.has_no_diagnostics = true;
	CALL_AW(ON_DBC(session->dbc), SetConnectAttr, session->dbc, SQL_ATTR_TXN_ISOLATION,
		(SQLPOINTER)99, SQL_IS_UINTEGER);
	ask(ON_DBC(session->dbc));
	app.has_no_diagnostics = true;
	CALL_AW(ON_DBC(session->dbc), GetInfo, session->dbc, 12345, out_text("value"), 100,
		out_smallint("length"));
	ask(ON_DBC(session->dbc));
	app.has_no_diagnostics = true;
	CALL(ON_ENV(session->env), EndTran, SQL_HANDLE_ENV, session->env, 99);
	ask(ON_ENV(session->env));
	ask_the_odbc2_way(SQL_NULL_HENV, session->dbc, SQL_NULL_HSTMT);
	ask_the_odbc2_way(session->env, SQL_NULL_HDBC, SQL_NULL_HSTMT);
	ask_the_odbc2_way(SQL_NULL_HENV, SQL_NULL_HDBC, SQL_NULL_HSTMT);
}

void chapter_errors(void)
{
	struct session session;
	SQLHSTMT s;

	session_open(&session);
	s = statement_new(session.dbc);
	table_make(s, "t_errors", 2);
	statement_free(s);
	statement_errors(&session);
	warnings(&session);
	connection_errors(&session);
	session_close(&session);
}
