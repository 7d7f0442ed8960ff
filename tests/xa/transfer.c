/* SPDX-License-Identifier: MIT */
/*
 * usage: transfer LOG SOURCE SOURCE COUNT
 *
 * Moves money between the table `account` of two databases, COUNT times, each time as one
 * distributed transaction; COUNT 0 only ends what earlier processes have left. The SOURCEs are ODBC
 * data sources through odbcpool. An example of an application with an XA transaction manager
 * (manager.c), and what the tests kill:
 *
 *	TRANSFER_DIE_AT=N    in the environment: kills itself at the Nth step of the manager
 *	TRANSFER_STEPS=1     prints the steps
 *
 * Prints "COUNT committed, COUNT rolled back"; ends with status 0 when nothing is left to be done.
 */
#include "manager.h"

#include <signal.h>
#include <sql.h>
#include <sqlext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long steps, die_at;

static void step(const char *what)
{
	steps++;
	if (getenv("TRANSFER_STEPS"))
		fprintf(stderr, "%ld %s\n", steps, what);
	if (steps == die_at)
		kill(getpid(), SIGKILL);
}

static void a_moment(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
}

/* --- the application: plain ODBC; nothing of transactions is to be seen ----------------------- */

static bool execute(SQLHDBC dbc, const char *sql)
{
	SQLHSTMT stmt;

	if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, dbc, &stmt)))
		return false;
	bool ok = SQL_SUCCEEDED(SQLExecDirect(stmt, (SQLCHAR *)sql, SQL_NTS));
	SQLFreeHandle(SQL_HANDLE_STMT, stmt);
	return ok;
}

static bool add(SQLHENV env, const char *source, int amount)
{
	char string[256], sql[128];
	SQLHDBC dbc;

	snprintf(string, sizeof(string), "DSN=%s", source);
	snprintf(
		sql, sizeof(sql), "update account set amount = amount + (%d) where id = 1", amount);
	if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_DBC, env, &dbc)))
		return false;
	bool is_connected = SQL_SUCCEEDED(SQLDriverConnect(
		dbc, NULL, (SQLCHAR *)string, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT));
	bool ok = is_connected && execute(dbc, sql);
	if (is_connected)
		SQLDisconnect(dbc);
	SQLFreeHandle(SQL_HANDLE_DBC, dbc);
	return ok;
}

static bool transfer(struct manager *m, SQLHENV env, int amount)
{
	if (!manager_begin(m))
		return false;
	bool ok = add(env, m->sources[0], -amount);
	step("between the updates");
	ok = ok && add(env, m->sources[1], amount);
	step("after the updates");
	if (ok)
		return manager_commit(m) == MANAGER_COMMITTED;
	manager_roll_back(m);
	return false;
}

/* --- */

/* Until nothing is left, for half a minute. */
static bool recover(struct manager *m)
{
	for (int i = 0; i < 600; i++) {
		if (manager_recover(m))
			return true;
		a_moment();
	}
	fprintf(stderr, "transfer: %s\n", m->error);
	return false;
}

int main(int argc, char **argv)
{
	long count = argc == 5 ? atol(argv[4]) : -1, committed = 0, rolled_back = 0;
	struct manager m;
	SQLHENV env;

	if (count < 0) {
		fprintf(stderr, "usage: transfer LOG SOURCE SOURCE COUNT\n");
		return 2;
	}
	die_at = getenv("TRANSFER_DIE_AT") ? atol(getenv("TRANSFER_DIE_AT")) : 0;
	srandom((unsigned)getpid());
	SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env);
	SQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0);
	bool ok = manager_open(&m, argv[1], (const char *const *)argv + 2, 2, step) || recover(&m);
	while (ok && committed + rolled_back < count) {
		if (transfer(&m, env, (int)(random() % 100))) {
			committed++;
			continue;
		}
		rolled_back++;
		a_moment();
		ok = recover(&m);
	}
	ok = ok && recover(&m);
	printf("%ld committed, %ld rolled back\n", committed, rolled_back);
	manager_close(&m);
	SQLFreeHandle(SQL_HANDLE_ENV, env);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
