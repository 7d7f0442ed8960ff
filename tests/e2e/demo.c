/* SPDX-License-Identifier: MIT */
/*
 * An application that knows nothing of odbcpool: it connects, asks one question and disconnects,
 * again and again, through the driver manager.
 *
 * usage: demo DSN COUNT
 * Prints the median time of a connect in microseconds.
 */
#include <sql.h>
#include <sqlext.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int complain(SQLSMALLINT type, SQLHANDLE handle, const char *what)
{
	SQLCHAR state[6] = "", text[512] = "";
	SQLINTEGER native = 0;
	SQLSMALLINT len;

	SQLGetDiagRec(type, handle, 1, state, &native, text, sizeof(text), &len);
	fprintf(stderr, "%s: %s %s\n", what, (char *)state, (char *)text);
	return 0;
}

/* One round. The time that the connect took, or a negative number. */
static double round_trip(SQLHENV env, SQLCHAR *dsn)
{
	SQLHDBC dbc;
	SQLHSTMT stmt;
	double took = -1;

	if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_DBC, env, &dbc)))
		return -1;
	double began = now_us();
	if (SQL_SUCCEEDED(SQLConnect(dbc, dsn, SQL_NTS, NULL, 0, NULL, 0))) {
		took = now_us() - began;
		SQLAllocHandle(SQL_HANDLE_STMT, dbc, &stmt);
		if (!SQL_SUCCEEDED(SQLExecDirect(stmt, (SQLCHAR *)"SELECT 1", SQL_NTS)))
			took = complain(SQL_HANDLE_STMT, stmt, "SQLExecDirect") - 1;
		SQLFreeHandle(SQL_HANDLE_STMT, stmt);
		SQLDisconnect(dbc);
	} else {
		complain(SQL_HANDLE_DBC, dbc, "SQLConnect");
	}
	SQLFreeHandle(SQL_HANDLE_DBC, dbc);
	return took;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	SQLHENV env;
	int count = argc == 3 ? atoi(argv[2]) : 0;
	double *times = count > 0 ? calloc((size_t)count, sizeof(*times)) : NULL;

	if (!times) {
		fprintf(stderr, "usage: demo DSN COUNT\n");
		return 2;
	}
	SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env);
	SQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0);
	for (int i = 0; i < count; i++) {
		times[i] = round_trip(env, (SQLCHAR *)argv[1]);
		if (times[i] < 0)
			return 1;
	}
	SQLFreeHandle(SQL_HANDLE_ENV, env);
	qsort(times, (size_t)count, sizeof(*times), compare);
	printf("%.0f\n", times[count / 2]);
	free(times);
	return 0;
}
