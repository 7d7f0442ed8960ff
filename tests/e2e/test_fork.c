/* SPDX-License-Identifier: MIT */
/* End to end: fork(), by an application that is in the middle of something. */
#include "child.h"

#include "odbcpool.h"
#include "support/run.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_mariadb(const char *source)
{
	return !strcmp(source, "mariadb");
}

/* What the server has heard of a session: not the same after any byte that it understands. */
static void heard(struct client *observer, const char *source, long session, char *ret, size_t size)
{
	char sql[200];

	if (is_mariadb(source))
		snprintf(sql, sizeof(sql),
			"select concat(count(*), max(query_id)) from "
			"information_schema.processlist "
			"where id = %ld",
			session);
	else
		snprintf(sql, sizeof(sql),
			"select count(*) || ' ' || max(query_start) || max(state_change) || "
			"max(state) from pg_stat_activity where pid = %ld",
			session);
	client_text(observer, sql, ret, size);
}

struct witness {
	struct client observer;
	const char *source;
	long session;
	char before[200];
};

static struct witness witness_of(const char *source, long session)
{
	struct witness w = {.observer = client_new(SQL_OV_ODBC3), .source = source};

	w.session = session;
	client_connect(&w.observer, source, "Pooling=No;");
	heard(&w.observer, source, session, w.before, sizeof(w.before));
	return w;
}

static void assert_nothing_was_heard(struct witness *w)
{
	char now[200];

	heard(&w->observer, w->source, w->session, now, sizeof(now));
	ck_assert_str_eq(now, w->before);
	client_disconnect(&w->observer);
	client_done(&w->observer);
}

START_TEST(idle_sessions_stay_the_parents)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);
	long session = session_of(&c, source, QUIET);
	struct witness w = witness_of(source, session);
	pid_t pid = child_fork();

	if (!pid) {
		child_works(source, QUIET, session);
		client_done(&c);
		exit(EXIT_SUCCESS);
	}
	child_await(pid);
	assert_nothing_was_heard(&w);
	ck_assert_int_eq(session_of(&c, source, QUIET), session);
	client_done(&c);
}
END_TEST

/* Whatever the child does with a connection and a statement that it inherited. */
static void use_inherited(struct client *c, SQLHSTMT s)
{
	SQLHSTMT other;
	SQLUINTEGER value;
	char text[100];
	SQLLEN len;

	child_is_refused(SQL_HANDLE_STMT, s, SQLFetch(s));
	child_is_refused(
		SQL_HANDLE_STMT, s, SQLGetData(s, 1, SQL_C_CHAR, text, sizeof(text), &len));
	child_is_refused(SQL_HANDLE_STMT, s, SQLCancel(s));
	child_is_refused(SQL_HANDLE_STMT, s, SQLCloseCursor(s));
	child_is_refused(SQL_HANDLE_DBC, c->dbc, SQLAllocHandle(SQL_HANDLE_STMT, c->dbc, &other));
	child_is_refused(SQL_HANDLE_DBC, c->dbc, SQLEndTran(SQL_HANDLE_DBC, c->dbc, SQL_COMMIT));
	child_is_refused(SQL_HANDLE_DBC, c->dbc,
		SQLGetConnectAttr(c->dbc, SQL_ATTR_TXN_ISOLATION, &value, sizeof(value), NULL));
	child_is_refused(SQL_HANDLE_DBC, c->dbc,
		SQLSetConnectAttr(c->dbc, SQL_ATTR_CURRENT_CATALOG, (SQLPOINTER) "x", SQL_NTS));
	child_is_refused(
		SQL_HANDLE_DBC, c->dbc, SQLGetInfo(c->dbc, SQL_DBMS_VER, text, sizeof(text), NULL));
	SQLFreeHandle(SQL_HANDLE_STMT, s);
}

static void make_table(const char *source)
{
	struct client c = client_new(SQL_OV_ODBC3);

	client_connect(&c, source, "Pooling=No;");
	client_run(&c, "drop table if exists p_fork");
	client_run(&c, "create table p_fork (id integer primary key)");
	client_disconnect(&c);
	client_done(&c);
}

START_TEST(a_connection_in_use_stays_the_parents)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);
	SQLHSTMT s;
	char text[100] = "";
	SQLLEN len;

	make_table(source);
	client_connect(&c, source, QUIET);
	long session = client_session(&c, source);
	client_set(&c, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	client_run(&c, "insert into p_fork values (7)");
	s = client_statement(&c);
	ck_assert(SQL_SUCCEEDED(SQLExecDirect(
		s, (SQLCHAR *)"select 1 as n union all select 2 order by n", SQL_NTS)));
	ck_assert(SQL_SUCCEEDED(SQLFetch(s)));
	struct witness w = witness_of(source, session);

	pid_t pid = child_fork();
	if (!pid) {
		use_inherited(&c, s);
		child_assert(SQL_SUCCEEDED(SQLDisconnect(c.dbc)));
		/* The handle is as good as any. */
		child_assert(session_of(&c, source, QUIET) != session);
		client_done(&c);
		exit(EXIT_SUCCESS);
	}
	child_await(pid);
	assert_nothing_was_heard(&w);
	/* Cursor and transaction go on. */
	ck_assert(SQL_SUCCEEDED(SQLFetch(s)));
	ck_assert(SQL_SUCCEEDED(SQLGetData(s, 1, SQL_C_CHAR, text, sizeof(text), &len)));
	ck_assert_str_eq(text, "2");
	SQLFreeHandle(SQL_HANDLE_STMT, s);
	ck_assert(SQL_SUCCEEDED(SQLEndTran(SQL_HANDLE_DBC, c.dbc, SQL_COMMIT)));
	ck_assert_int_eq(client_number(&c, "select id from p_fork"), 7);
	ck_assert_int_eq(client_session(&c, source), session);
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

/* Its handles are dropped with it, by exit() or _exit(), used or not. */
START_TEST(a_child_that_does_nothing_harms_nothing)
{
	const char *source = server_source(_i);
	struct client used = client_new(SQL_OV_ODBC3), idle = client_new(SQL_OV_ODBC3);

	session_of(&idle, source, QUIET);
	client_connect(&used, source, "Description=other;" QUIET);
	long session = client_session(&used, source);
	struct witness w = witness_of(source, session);
	for (int i = 0; i < 10; i++) {
		pid_t pid = child_fork();
		if (!pid && i % 2)
			exit(EXIT_SUCCESS);
		if (!pid)
			_exit(EXIT_SUCCESS);
		child_await(pid);
	}
	assert_nothing_was_heard(&w);
	ck_assert_int_eq(client_session(&used, source), session);
	client_disconnect(&used);
	client_done(&used);
	client_done(&idle);
}
END_TEST

static atomic_bool is_over;
static _Atomic unsigned logins;

/* Logs in again and again, each time into a pool that has nothing idle. */
static void *keep_connecting(void *arg)
{
	struct client c = client_new(SQL_OV_ODBC3);

	while (!atomic_load(&is_over)) {
		client_connect(&c, arg, QUIET);
		client_set(&c, ODBCPOOL_ATTR_DISCARD, SQL_TRUE);
		client_disconnect(&c);
		atomic_fetch_add(&logins, 1);
	}
	client_done(&c);
	return NULL;
}

/*
 * Whose thread is inside the driver manager or the driver at that moment leaves their locks in any
 * state: such a child may call neither, with or without a pool, but it must end.
 */
START_TEST(a_fork_while_a_thread_logs_in_harms_neither)
{
	const char *source = server_source(_i);
	pthread_t thread;
	struct client c = client_new(SQL_OV_ODBC3);

	client_connect(&c, source, "UID=pooltest2;" QUIET);
	long session = client_session(&c, source);
	ck_assert_int_eq(pthread_create(&thread, NULL, keep_connecting, (void *)source), 0);
	for (int i = 0; i < 20; i++) {
		pause_ms(5 + i % 7);
		pid_t pid = child_fork();
		if (!pid)
			exit(EXIT_SUCCESS);
		child_await(pid);
	}
	unsigned before = atomic_load(&logins);
	while (atomic_load(&logins) < before + 2)
		pause_ms(1);
	atomic_store(&is_over, true);
	pthread_join(thread, NULL);
	ck_assert_int_eq(client_session(&c, source), session);
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

#define ONE_ONLY "MaxPoolSize=1;PoolConnectTimeout=30;" QUIET

static void *wait_for_one(void *arg)
{
	struct client c = client_new(SQL_OV_ODBC3);
	long session = session_of(&c, arg, ONE_ONLY);

	client_done(&c);
	return (void *)(intptr_t)session;
}

START_TEST(a_thread_that_waits_goes_on_waiting_in_the_parent)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);
	pthread_t thread;
	void *served;

	client_connect(&c, source, ONE_ONLY);
	long session = client_session(&c, source);
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_for_one, (void *)source), 0);
	pause_ms(200);
	pid_t pid = child_fork();
	if (!pid) {
		/* Nobody is in line here, and the one connection of its pool is not taken. */
		child_works(source, ONE_ONLY, session);
		exit(EXIT_SUCCESS);
	}
	child_await(pid);
	client_disconnect(&c);
	pthread_join(thread, &served);
	ck_assert_int_eq((intptr_t)served, session);
	client_done(&c);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("e2e/fork");
	TCase *t = tcase_create("fork");

	tcase_set_timeout(t, 180);
	if (FORK_IS_SAFE) {
		tcase_add_loop_test(t, idle_sessions_stay_the_parents, 0, SERVER_SOURCES);
		tcase_add_loop_test(t, a_connection_in_use_stays_the_parents, 0, SERVER_SOURCES);
		tcase_add_loop_test(t, a_child_that_does_nothing_harms_nothing, 0, SERVER_SOURCES);
		tcase_add_loop_test(
			t, a_fork_while_a_thread_logs_in_harms_neither, 0, SERVER_SOURCES);
		tcase_add_loop_test(
			t, a_thread_that_waits_goes_on_waiting_in_the_parent, 0, SERVER_SOURCES);
	}
	suite_add_tcase(s, t);
	return s;
}
