/* SPDX-License-Identifier: MIT */
/*
 * usage: load DSN THREADS HOLD_MS
 *
 * An application that knows nothing of odbcpool: each thread connects, asks, holds the connection
 * for HOLD_MS and disconnects, again and again. For each line of standard input it prints how many
 * connects have succeeded and how many failed until then; at its end it stops. With HOLD_MS 0 it
 * holds its connections until then.
 */
#include <pthread.h>
#include <sql.h>
#include <sqlext.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *dsn;
static unsigned hold_ms;
static atomic_uint connects, failures;
static atomic_bool is_over;
static SQLHENV env;

static void complain(SQLHDBC dbc)
{
	SQLCHAR state[6] = "", text[512] = "";
	SQLINTEGER native;
	SQLSMALLINT len;

	SQLGetDiagRec(SQL_HANDLE_DBC, dbc, 1, state, &native, text, sizeof(text), &len);
	fprintf(stderr, "%s %s\n", (char *)state, (char *)text);
}

static void ask(SQLHDBC dbc)
{
	SQLHSTMT stmt;

	if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, dbc, &stmt)))
		return;
	if (SQL_SUCCEEDED(SQLExecDirect(stmt, (SQLCHAR *)"select 1", SQL_NTS)))
		(void)SQLFetch(stmt);
	SQLFreeHandle(SQL_HANDLE_STMT, stmt);
}

static void *work(void *arg)
{
	(void)arg;
	while (!is_over) {
		SQLHDBC dbc;
		SQLAllocHandle(SQL_HANDLE_DBC, env, &dbc);
		if (SQL_SUCCEEDED(
			    SQLConnect(dbc, (SQLCHAR *)(size_t)dsn, SQL_NTS, NULL, 0, NULL, 0))) {
			atomic_fetch_add(&connects, 1);
			ask(dbc);
			do {
				usleep((hold_ms ? hold_ms : 20) * 1000);
			} while (!hold_ms && !is_over);
			SQLDisconnect(dbc);
		} else {
			atomic_fetch_add(&failures, 1);
			complain(dbc);
			usleep(20000);
		}
		SQLFreeHandle(SQL_HANDLE_DBC, dbc);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[64];
	int count = argc > 3 ? atoi(argv[2]) : 0, c;

	if (count < 1 || count > 64)
		return 2;
	dsn = argv[1];
	hold_ms = (unsigned)atoi(argv[3]);
	SQLAllocHandle(SQL_HANDLE_ENV, NULL, &env);
	SQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0);
	for (int i = 0; i < count; i++)
		if (pthread_create(&threads[i], NULL, work, NULL) != 0)
			return 1;
	while ((c = getchar()) != EOF) {
		if (c == '\n') {
			printf("%u %u\n", connects, failures);
			fflush(stdout);
		}
	}
	is_over = true;
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	SQLFreeHandle(SQL_HANDLE_ENV, env);
	return 0;
}
