/* SPDX-License-Identifier: MIT */
#include "bench/samples.h"
#include "bench/work.h"

#include <sql.h>
#include <sqlext.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static SQLHENV env;
static SQLHDBC held; /* keeps the driver manager's library and environment */
static SQLCHAR *string, *query;
static long pause_ms;

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

static bool open_cycle(char **arguments)
{
	query = (SQLCHAR *)arguments[1];
	pause_ms = atol(arguments[2]);
	return open_connect(arguments);
}

static bool run_query(SQLHDBC dbc)
{
	SQLHSTMT stmt;
	bool is_bad;

	if (fails(SQLAllocHandle(SQL_HANDLE_STMT, dbc, &stmt), SQL_HANDLE_DBC, dbc,
		    "SQLAllocHandle"))
		return false;
	is_bad = fails(SQLExecDirect(stmt, query, SQL_NTS), SQL_HANDLE_STMT, stmt, (char *)query);
	while (!is_bad && SQL_SUCCEEDED(SQLFetch(stmt)))
		continue;
	SQLFreeHandle(SQL_HANDLE_STMT, stmt);
	return !is_bad;
}

static void pause_uncounted(void)
{
	struct timespec t = {.tv_nsec = pause_ms * 1000000};
	double start = now_ns();

	nanosleep(&t, NULL);
	work_uncounted_ns += now_ns() - start;
}

static bool run_cycle(void)
{
	SQLHDBC dbc;

	if (!connect_handle(&dbc))
		return false;
	bool is_well = run_query(dbc);
	is_well = disconnect_handle(dbc) && is_well;
	if (pause_ms)
		pause_uncounted();
	return is_well;
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

const struct work work_cycle = {
	.name = "cycle",
	.arguments = 3,
	.open = open_cycle,
	.run = run_cycle,
	.close = close_connect,
	.calls = 1,
};
