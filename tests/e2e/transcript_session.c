/* SPDX-License-Identifier: MIT */
#include "transcript.h"

#include <stdio.h>
#include <string.h>

/* psqlODBC abbreviates its words where there is less room than 1024. */
enum { COMPLETED_ROOM = 2000 };

void environment_open(SQLHENV *ret)
{
	SQLLEN version = app.version == 380 ? SQL_OV_ODBC3_80
			 : app.version == 3 ? SQL_OV_ODBC3
					    : SQL_OV_ODBC2;

	*ret = SQL_NULL_HENV;
	CALL(ON_ENV(*ret), AllocHandle, SQL_HANDLE_ENV, SQL_NULL_HANDLE, ret);
	CALL(ON_ENV(*ret), SetEnvAttr, *ret, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)number(version), 0);
}

static void show_completed(const void *completed, SQLSMALLINT length)
{
	char word[64], narrow[COMPLETED_ROOM];
	const uint16_t *wide = completed;
	const char *ansi = completed;
	size_t skipped;

	for (size_t i = 0; i == 0 || narrow[i - 1]; i++)
		narrow[i] = app.is_wide ? (char)wide[i] : ansi[i];
	snprintf(word, sizeof(word), "DRIVER={%s};", app.driver);
	skipped = strncmp(narrow, word, strlen(word)) ? 0 : strlen(word);
	say("\tcompleted \"%s\" length %d\n", narrow + skipped, length - (int)skipped);
}

SQLRETURN driver_connect(SQLHDBC dbc, const char *string, SQLUSMALLINT completion)
{
	static uint16_t completed[COMPLETED_ROOM];
	SQLSMALLINT length = 0;
	void *out = completed;
	SQLRETURN rc;

	memset(completed, 0, sizeof(completed));
	rc = CALL_AW(ON_DBC(dbc), DriverConnect, dbc, NULL, text(string), SQL_NTS, out,
		COMPLETED_ROOM - 1, &length, (SQLUSMALLINT)number(completion));
	if (SQL_SUCCEEDED(rc))
		show_completed(completed, length);
	return rc;
}

void session_open(struct session *s)
{
	char string[300];

	environment_open(&s->env);
	s->dbc = SQL_NULL_HDBC;
	CALL(ON_ENV(s->env), AllocHandle, SQL_HANDLE_DBC, s->env, &s->dbc);
	snprintf(string, sizeof(string), "DSN=%s;%s", app.source, app.credentials);
	driver_connect(s->dbc, string, SQL_DRIVER_NOPROMPT);
}

void session_close(struct session *s)
{
	CALL(ON_DBC(s->dbc), Disconnect, s->dbc);
	CALL(ON_DBC(s->dbc), FreeHandle, SQL_HANDLE_DBC, s->dbc);
	CALL(ON_ENV(s->env), FreeHandle, SQL_HANDLE_ENV, s->env);
}

SQLHSTMT statement_new(SQLHDBC dbc)
{
	SQLHSTMT s = SQL_NULL_HSTMT;

	CALL(ON_DBC(dbc), AllocHandle, SQL_HANDLE_STMT, dbc, &s);
	return s;
}

void statement_free(SQLHSTMT s)
{
	CALL(ON_STMT(s), FreeHandle, SQL_HANDLE_STMT, s);
}

void set_number(SQLHSTMT s, SQLINTEGER attribute, SQLLEN value)
{
	CALL_AW(ON_STMT(s), SetStmtAttr, s, (SQLINTEGER)number(attribute),
		(SQLPOINTER)number(value), SQL_IS_UINTEGER);
}

void set_pointer(SQLHSTMT s, SQLINTEGER attribute, void *value)
{
	CALL_AW(ON_STMT(s), SetStmtAttr, s, (SQLINTEGER)number(attribute), value, SQL_IS_POINTER);
}

SQLRETURN run(SQLHSTMT s, const char *sql)
{
	return CALL_AW(ON_STMT(s), ExecDirect, s, text(sql), SQL_NTS);
}

static void show_columns(SQLHSTMT s, int count)
{
	for (int i = 1; i <= count; i++)
		CALL_AW(ON_STMT(s), DescribeCol, s, (SQLUSMALLINT)number(i), out_text("name"), 128,
			out_smallint("length"), out_smallint("type"), (SQLULEN *)out_len("size"),
			out_smallint("digits"), out_smallint("nullable"));
}

void show_result(SQLHSTMT s, int limit)
{
	SQLSMALLINT count = 0;
	int row = 0;

	SQLNumResultCols(s, &count);
	say("%d columns\n", count);
	show_columns(s, count);
	while (row < limit && SQL_SUCCEEDED(CALL(ON_STMT(s), Fetch, s))) {
		row++;
		for (int i = 1; i <= count; i++)
			CALL(ON_STMT(s), GetData, s, (SQLUSMALLINT)i,
				app.is_wide ? SQL_C_WCHAR : SQL_C_CHAR, out_text("value"), 512,
				out_len("length"));
	}
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
}

void show_query(SQLHSTMT s, const char *sql)
{
	if (SQL_SUCCEEDED(run(s, sql)))
		show_result(s, 50);
}

const char *type_binary(void)
{
	return app.dbms == DBMS_POSTGRESQL ? "bytea"
	       : app.dbms == DBMS_SQLITE   ? "blob"
					   : "varbinary(200)";
}

const char *type_timestamp(void)
{
	return app.dbms == DBMS_MARIADB	    ? "datetime(3)"
	       : app.dbms == DBMS_SQLSERVER ? "datetime2(3)"
					    : "timestamp";
}

static const char *literal_binary(void)
{
	return app.dbms == DBMS_POSTGRESQL  ? "decode('00ff7f80', 'hex')"
	       : app.dbms == DBMS_SQLSERVER ? "0x00ff7f80"
					    : "x'00ff7f80'";
}

void table_make(SQLHSTMT s, const char *name, int rows)
{
	char sql[600];

	snprintf(sql, sizeof(sql), "drop table if exists %s", name);
	run(s, sql);
	snprintf(sql, sizeof(sql),
		"create table %s (id integer not null primary key, name varchar(40), amount "
		"numeric(10,2), ratio double precision, born date, stamp %s, data %s, "
		"small smallint, big bigint)",
		name, type_timestamp(), type_binary());
	run(s, sql);
	for (int i = 1; i <= rows; i++) {
		if (i % 4 == 0)
			snprintf(sql, sizeof(sql), "insert into %s (id) values (%d)", name, i);
		else
			snprintf(sql, sizeof(sql),
				"insert into %s values (%d, 'name %d', %d.25, %d.5, "
				"'2024-02-%02d', '2024-02-%02d 12:34:56.789', %s, %d, %d)",
				name, i, i, i * 10, i, i, i, literal_binary(), -i, 1000000 * i);
		run(s, sql);
	}
}
