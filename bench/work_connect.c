/* SPDX-License-Identifier: MIT */
#include "bench/work.h"

#include <sql.h>
#include <sqlext.h>
#include <stdio.h>

static SQLHENV env;
static SQLHDBC held; /* keeps the driver manager's library and environment */
static SQLCHAR *string;

static bool fails(SQLRETURN rc, SQLSMALLINT kind, SQLHANDLE h, const char *what)
{
	SQLCHAR state[6] = "", text[512] = "no diagnostics";
	SQLINTEGER native;
	SQLSMALLINT len;

	if (SQL_SUCCEEDED(rc))
		return false;
	SQLGetDiagRec(kind, h, 1, state, &native, text, sizeof(text), &len);
	fprintf(stderr, "bench: %s: %s %s\n", what, (char *)state, (char *)text);
	return true;
}

static bool connect_handle(SQLHDBC *ret)
{
	SQLHDBC dbc;

	if (fails(SQLAllocHandle(SQL_HANDLE_DBC, env, &dbc), SQL_HANDLE_ENV, env, "SQLAllocHandle"))
		return false;
	if (fails(SQLDriverConnect(dbc, NULL, string, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT),
		    SQL_HANDLE_DBC, dbc, (char *)string)) {
		SQLFreeHandle(SQL_HANDLE_DBC, dbc);
		return false;
	}
	*ret = dbc;
	return true;
}

static bool disconnect_handle(SQLHDBC dbc)
{
	bool is_bad = fails(SQLDisconnect(dbc), SQL_HANDLE_DBC, dbc, "SQLDisconnect");

	SQLFreeHandle(SQL_HANDLE_DBC, dbc);
	return !is_bad;
}

static bool open_connect(char **arguments)
{
	string = (SQLCHAR *)arguments[0];
	SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env);
	SQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0);
	return connect_handle(&held);
}

static bool run_connect(void)
{
	SQLHDBC dbc;

	return connect_handle(&dbc) && disconnect_handle(dbc);
}

static bool run_use(void)
{
	SQLHSTMT h;
	SQLHDBC dbc;

	if (!connect_handle(&dbc) || fails(SQLAllocHandle(SQL_HANDLE_STMT, dbc, &h), SQL_HANDLE_DBC,
					     dbc, "SQLAllocHandle"))
		return false;
	bool is_bad = fails(SQLExecDirect(h, (SQLCHAR *)"SELECT 17231", SQL_NTS), SQL_HANDLE_STMT,
			      h, "SQLExecDirect") ||
		      fails(SQLFetch(h), SQL_HANDLE_STMT, h, "SQLFetch");
	/* To its end, or FreeTDS has the server break off. */
	is_bad |= !is_bad && SQLFetch(h) != SQL_NO_DATA;
	SQLFreeHandle(SQL_HANDLE_STMT, h);
	return disconnect_handle(dbc) && !is_bad;
}

static void close_connect(void)
{
	disconnect_handle(held);
	SQLFreeHandle(SQL_HANDLE_ENV, env);
}

const struct work work_connect = {
	.name = "connect",
	.arguments = 1,
	.open = open_connect,
	.run = run_connect,
	.close = close_connect,
	.calls = 1,
};

const struct work work_use = {
	.name = "use",
	.arguments = 1,
	.open = open_connect,
	.run = run_use,
	.close = close_connect,
	.calls = 1,
};
