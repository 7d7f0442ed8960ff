/* SPDX-License-Identifier: MIT */
#include "hygiene/app.h"

#include "base/compiler.h"
#include "odbcpool.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* UTF-8 without characters beyond the basic plane is all that the programs use. */
static void widen(const char *text, SQLWCHAR *to, size_t size)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n = 0;

	while (*s && n < size - 1) {
		if (*s < 0x80) {
			to[n++] = *s++;
		} else if (*s < 0xe0) {
			to[n++] = (SQLWCHAR)((s[0] & 0x1f) << 6 | (s[1] & 0x3f));
			s += 2;
		} else {
			to[n++] = (SQLWCHAR)((s[0] & 0x0f) << 12 | (s[1] & 0x3f) << 6 |
					     (s[2] & 0x3f));
			s += 3;
		}
	}
	to[n] = 0;
}

void app_state(SQLSMALLINT kind, SQLHANDLE h, char ret_state[6])
{
	SQLINTEGER native;
	SQLSMALLINT len;
	SQLCHAR state[6] = "00000", text[16];

	SQLGetDiagRec(kind, h, 1, state, &native, text, sizeof(text), &len);
	memcpy(ret_state, state, sizeof(state));
}

static bool note(struct app *a, SQLRETURN rc, SQLSMALLINT kind, SQLHANDLE h, const char *what)
{
	SQLCHAR state[6] = "", text[300] = "";
	SQLINTEGER native;
	SQLSMALLINT len;

	if (SQL_SUCCEEDED(rc) || rc == SQL_NO_DATA)
		return true;
	SQLGetDiagRec(kind, h, 1, state, &native, text, sizeof(text), &len);
	snprintf(a->problem, sizeof(a->problem), "%.120s: %d [%s] %s", what, rc, (char *)state,
		(char *)text);
	return false;
}

void app_init(struct app *a, const char *string, bool is_wide)
{
	*a = (struct app){.string = string, .is_wide = is_wide};
	SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &a->env);
	SQLSetEnvAttr(a->env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)(intptr_t)SQL_OV_ODBC3, 0);
	SQLAllocHandle(SQL_HANDLE_DBC, a->env, &a->dbc);
}

void app_done(struct app *a)
{
	SQLFreeHandle(SQL_HANDLE_DBC, a->dbc);
	SQLFreeHandle(SQL_HANDLE_ENV, a->env);
	*a = (struct app){.string = NULL};
}

bool app_connect(struct app *a)
{
	SQLWCHAR wide[1024];
	SQLRETURN rc;

	widen(a->string, wide, array_size(wide));
	if (a->is_wide)
		rc = SQLDriverConnectW(
			a->dbc, NULL, wide, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT);
	else
		rc = SQLDriverConnect(a->dbc, NULL, (SQLCHAR *)a->string, SQL_NTS, NULL, 0, NULL,
			SQL_DRIVER_NOPROMPT);
	return note(a, rc, SQL_HANDLE_DBC, a->dbc, "connect");
}

bool app_disconnect(struct app *a)
{
	return note(a, SQLDisconnect(a->dbc), SQL_HANDLE_DBC, a->dbc, "disconnect");
}

SQLHSTMT app_statement(struct app *a)
{
	SQLHSTMT h = SQL_NULL_HSTMT;
	SQLRETURN rc = SQLAllocHandle(SQL_HANDLE_STMT, a->dbc, &h);

	return note(a, rc, SQL_HANDLE_DBC, a->dbc, "statement handle") ? h : NULL;
}

SQLRETURN app_execute(struct app *a, SQLHSTMT h, const char *sql)
{
	SQLRETURN rc;

	if (!a->is_wide)
		return SQLExecDirect(h, (SQLCHAR *)sql, SQL_NTS);
	SQLWCHAR *wide = malloc((strlen(sql) + 1) * sizeof(*wide));
	if (!wide)
		return SQL_ERROR;
	widen(sql, wide, strlen(sql) + 1);
	rc = SQLExecDirectW(h, wide, SQL_NTS);
	free(wide);
	return rc;
}

bool app_run(struct app *a, const char *sql)
{
	SQLHSTMT h = app_statement(a);

	if (!h)
		return false;
	bool ok = note(a, app_execute(a, h, sql), SQL_HANDLE_STMT, h, sql);
	while (ok) {
		SQLRETURN rc = SQLMoreResults(h);
		if (rc == SQL_NO_DATA)
			break;
		ok = note(a, rc, SQL_HANDLE_STMT, h, sql);
	}
	SQLFreeHandle(SQL_HANDLE_STMT, h);
	return ok;
}

static void say_error(SQLHSTMT h, char *ret_text, size_t size)
{
	char state[6];

	app_state(SQL_HANDLE_STMT, h, state);
	snprintf(ret_text, size, "error %s", state);
}

void app_ask(struct app *a, const char *sql, char *ret_text, size_t size)
{
	SQLHSTMT h = app_statement(a);
	SQLSMALLINT columns = 0;
	SQLLEN len = 0;

	if (!h) {
		snprintf(ret_text, size, "no statement");
		return;
	}
	SQLRETURN rc = app_execute(a, h, sql);
	if (SQL_SUCCEEDED(rc))
		SQLNumResultCols(h, &columns);
	if (SQL_SUCCEEDED(rc) && columns > 0)
		rc = SQLFetch(h);
	if (SQL_SUCCEEDED(rc) && columns > 0)
		rc = SQLGetData(h, 1, SQL_C_CHAR, ret_text, (SQLLEN)size, &len);
	if (rc == SQL_NO_DATA || (SQL_SUCCEEDED(rc) && columns == 0))
		snprintf(ret_text, size, "no row");
	else if (!SQL_SUCCEEDED(rc))
		say_error(h, ret_text, size);
	else if (len == SQL_NULL_DATA)
		snprintf(ret_text, size, "null");
	SQLFreeHandle(SQL_HANDLE_STMT, h);
}

long app_number(struct app *a, const char *sql)
{
	char text[64] = "", *end;

	app_ask(a, sql, text, sizeof(text));
	long number = strtol(text, &end, 10);
	return end == text || *end ? -1 : number;
}

bool app_set(struct app *a, SQLINTEGER attribute, SQLULEN value)
{
	SQLPOINTER pointer = (SQLPOINTER)(uintptr_t)value;
	SQLRETURN rc = a->is_wide ? SQLSetConnectAttrW(a->dbc, attribute, pointer, SQL_IS_UINTEGER)
				  : SQLSetConnectAttr(a->dbc, attribute, pointer, SQL_IS_UINTEGER);

	return note(a, rc, SQL_HANDLE_DBC, a->dbc, "set attribute");
}

bool app_set_text(struct app *a, SQLINTEGER attribute, const char *text)
{
	SQLWCHAR wide[256];
	SQLRETURN rc;

	widen(text, wide, array_size(wide));
	rc = a->is_wide ? SQLSetConnectAttrW(a->dbc, attribute, wide, SQL_NTS)
			: SQLSetConnectAttr(a->dbc, attribute, (SQLPOINTER)text, SQL_NTS);
	return note(a, rc, SQL_HANDLE_DBC, a->dbc, "set attribute");
}

bool app_end(struct app *a, SQLSMALLINT completion)
{
	return note(a, SQLEndTran(SQL_HANDLE_DBC, a->dbc, completion), SQL_HANDLE_DBC, a->dbc,
		"end of the transaction");
}

bool app_is_reused(struct app *a)
{
	SQLUINTEGER value = 0;

	return SQL_SUCCEEDED(SQLGetConnectAttr(
		       a->dbc, ODBCPOOL_ATTR_REUSED, &value, sizeof(value), NULL)) &&
	       value;
}

bool app_discard(struct app *a)
{
	return app_set(a, ODBCPOOL_ATTR_DISCARD, 1);
}

long app_session(struct app *a)
{
	char name[64] = "";
	SQLSMALLINT len;

	SQLGetInfo(a->dbc, SQL_DBMS_NAME, name, sizeof(name), &len);
	if (strcmp(name, "PostgreSQL") == 0)
		return app_number(a, "select pg_backend_pid()");
	/* SQL Server gives a number again as soon as it is free. */
	if (strcmp(name, "SQLite") == 0 || strcmp(name, "Microsoft SQL Server") == 0)
		return -1;
	return app_number(a, "select connection_id()");
}
