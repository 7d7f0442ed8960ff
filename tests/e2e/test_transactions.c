/* SPDX-License-Identifier: MIT */
/* End to end: a transaction by token goes on across disconnect and connect, on real databases. */
#include "client.h"

#include "odbcpool.h"
#include "support/run.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOURCES = SERVER_SOURCES + 1, THREADS = 4, TURNS = 20 };

static const char *source_of(int i)
{
	return i < SERVER_SOURCES ? server_source(i) : "sqlite";
}

static bool is_sqlite(const char *source)
{
	return !strcmp(source, "sqlite");
}

/* The table that the tests of one source work on, anew for each test. */
static void make_table(const char *source)
{
	struct client c = client_new(SQL_OV_ODBC3);

	client_connect(&c, source, "Pooling=No;");
	client_try_run(&c, "drop table transactions_work");
	client_run(&c, is_sqlite(source) || !strncmp(source, "postgres", 8)
			       ? "create table transactions_work (n integer)"
			       : "create table transactions_work (n integer) engine=innodb");
	client_disconnect(&c);
	client_done(&c);
}

static long count_rows(const char *source)
{
	struct client c = client_new(SQL_OV_ODBC3);
	long n;

	client_connect(&c, source, "Pooling=No;");
	n = client_number(&c, "select count(*) from transactions_work");
	client_disconnect(&c);
	client_done(&c);
	return n;
}

static SQLRETURN set_token(struct client *c, const char *token)
{
	return SQLSetConnectAttr(c->dbc, ODBCPOOL_ATTR_TRANSACTION, (SQLPOINTER)token,
		token ? (SQLINTEGER)strlen(token) : 0);
}

static struct client client_with(const char *token)
{
	struct client c = client_new(SQL_OV_ODBC3);

	ck_assert(SQL_SUCCEEDED(set_token(&c, token)));
	return c;
}

static int end_of(const char *token, int completion)
{
	return odbcpool_transaction_end(token, strlen(token), completion);
}

/* One piece of the work, with a connect of its own. */
static void work_once(struct client *c, const char *source)
{
	client_connect(c, source, "");
	client_run(c, "insert into transactions_work values (1)");
	client_disconnect(c);
}

START_TEST(a_transaction_goes_on_across_connects_until_it_is_ended)
{
	const char *source = source_of(_i / 2);
	int completion = _i % 2; /* SQL_COMMIT, SQL_ROLLBACK */
	struct client c = client_with("t1");

	make_table(source);
	for (int i = 0; i < 3; i++)
		work_once(&c, source);
	client_connect(&c, source, "");
	ck_assert_int_eq(client_number(&c, "select count(*) from transactions_work"), 3);
	client_disconnect(&c);
	if (!is_sqlite(source)) /* which knows only one writer, and readers wait for it */
		ck_assert_int_eq(count_rows(source), 0);
	ck_assert_int_eq(end_of("t1", completion), 0);
	ck_assert_int_eq(count_rows(source), completion == SQL_COMMIT ? 3 : 0);
	client_done(&c);
}
END_TEST

START_TEST(it_is_one_session_which_serves_others_afterwards)
{
	const char *source = server_source(_i);
	struct client c = client_with("t1"), other = client_new(SQL_OV_ODBC3);
	long session;

	client_connect(&c, source, "ResetMode=Return;");
	session = client_session(&c, source);
	client_disconnect(&c);
	client_connect(&other, source, "ResetMode=Return;");
	ck_assert_int_ne(client_session(&other, source), session);
	client_connect(&c, source, "ResetMode=Return;");
	ck_assert_int_eq(client_session(&c, source), session);
	client_disconnect(&c);
	ck_assert_int_eq(end_of("t1", SQL_ROLLBACK), 0);
	ck_assert(SQL_SUCCEEDED(set_token(&c, NULL)));
	client_connect(&c, source, "ResetMode=Return;");
	ck_assert_int_eq(client_session(&c, source), session);
	ck_assert_uint_eq(client_get(&c, SQL_ATTR_AUTOCOMMIT), SQL_AUTOCOMMIT_ON);
	client_disconnect(&c);
	client_disconnect(&other);
	client_done(&c);
	client_done(&other);
}
END_TEST

START_TEST(a_commit_reaches_the_connection_in_use)
{
	const char *source = source_of(_i);
	struct client c = client_with("t1");
	SQLRETURN rc;

	make_table(source);
	client_connect(&c, source, "");
	client_run(&c, "insert into transactions_work values (1)");
	ck_assert_int_eq(end_of("t1", SQL_COMMIT), 0);
	ck_assert_int_eq(count_rows(source), 1);
	rc = client_try_run(&c, "insert into transactions_work values (2)");
	ck_assert_int_eq(rc, SQL_ERROR);
	ck_assert(SQL_SUCCEEDED(set_token(&c, NULL)));
	client_run(&c, "insert into transactions_work values (3)");
	ck_assert_int_eq(count_rows(source), 2);
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

START_TEST(with_implicit_unbind_what_follows_commits_by_itself)
{
	const char *source = source_of(_i);
	struct client c = client_with("t1");

	make_table(source);
	client_connect(&c, source, "TransactionBinding=ImplicitUnbind;");
	client_run(&c, "insert into transactions_work values (1)");
	ck_assert_int_eq(end_of("t1", SQL_ROLLBACK), 0);
	client_run(&c, "insert into transactions_work values (2)");
	ck_assert_int_eq(count_rows(source), 1);
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

START_TEST(the_application_can_neither_commit_nor_switch_autocommit_on)
{
	const char *source = source_of(_i);
	struct client c = client_with("t1");
	SQLRETURN rc;

	client_connect(&c, source, "");
	ck_assert_uint_eq(client_get(&c, SQL_ATTR_AUTOCOMMIT), SQL_AUTOCOMMIT_OFF);
	client_set(&c, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	rc = SQLEndTran(SQL_HANDLE_DBC, c.dbc, SQL_COMMIT);
	client_assert_refused(&c, rc, "2D000", "odbcpool_transaction_end");
	rc = SQLSetConnectAttr(
		c.dbc, SQL_ATTR_AUTOCOMMIT, (SQLPOINTER)SQL_AUTOCOMMIT_ON, SQL_IS_UINTEGER);
	client_assert_refused(&c, rc, "25000", "autocommit");
	client_disconnect(&c);
	ck_assert_int_eq(end_of("t1", SQL_ROLLBACK), 0);
	client_done(&c);
}
END_TEST

START_TEST(a_second_connect_of_the_same_thread_is_refused)
{
	const char *source = server_source(_i);
	struct client c = client_with("t1"), other = client_with("t1");

	client_connect(&c, source, "");
	client_assert_refused(&other, client_try(&other, source, ""), "25000", "thread");
	client_disconnect(&c);
	client_connect(&other, source, "");
	client_disconnect(&other);
	ck_assert_int_eq(end_of("t1", SQL_ROLLBACK), 0);
	client_done(&c);
	client_done(&other);
}
END_TEST

static void *work_main(void *source)
{
	struct client c = client_with("t1");

	/* Whoever has it keeps the others waiting, no longer than a statement lasts. */
	for (int i = 0; i < TURNS; i++)
		work_once(&c, source);
	client_done(&c);
	return NULL;
}

START_TEST(threads_take_turns_on_one_transaction)
{
	const char *source = source_of(_i / 2);
	int completion = _i % 2;
	pthread_t threads[THREADS];

	make_table(source);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, work_main, (void *)source), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(end_of("t1", completion), 0);
	ck_assert_int_eq(count_rows(source), completion == SQL_COMMIT ? THREADS * TURNS : 0);
}
END_TEST

static void kill_session(const char *source, long session)
{
	struct client c = client_new(SQL_OV_ODBC3);
	char sql[80];

	client_connect(&c, source, "Pooling=No;");
	snprintf(sql, sizeof(sql),
		strcmp(source, "mariadb") ? "select pg_terminate_backend(%ld)" : "kill %ld",
		session);
	client_try_run(&c, sql);
	client_disconnect(&c);
	client_done(&c);
}

/* The server needs a moment to let a killed session go. */
static bool is_gone(const char *source, const char *sql)
{
	struct client c = client_new(SQL_OV_ODBC3);
	long n = 1;

	client_connect(&c, source, "Pooling=No;");
	for (int i = 0; i < 200 && n > 0; i++) {
		n = client_number(&c, sql);
		usleep(20000);
	}
	client_disconnect(&c);
	client_done(&c);
	return n == 0;
}

START_TEST(a_session_killed_while_parked_loses_the_transaction_and_nobody_is_told_otherwise)
{
	const char *source = server_source(_i / 2);
	bool is_connect_first = _i % 2;
	struct client c = client_with("t1");
	char sql[120];

	make_table(source);
	client_connect(&c, source, "");
	client_run(&c, "insert into transactions_work values (1)");
	long session = client_session(&c, source);
	client_disconnect(&c);
	kill_session(source, session);
	snprintf(sql, sizeof(sql),
		strcmp(source, "mariadb")
			? "select count(*) from pg_stat_activity where pid = %ld"
			: "select count(*) from information_schema.processlist where id = %ld",
		session);
	ck_assert(is_gone(source, sql));
	if (is_connect_first)
		client_assert_refused(&c, client_try(&c, source, ""), "25S03", "rolled back");
	ck_assert_int_eq(end_of("t1", SQL_COMMIT), ODBCPOOL_ERR_TRANSACTION_LOST);
	ck_assert_int_eq(count_rows(source), 0);
	work_once(&c, source);
	ck_assert_int_eq(end_of("t1", SQL_COMMIT), 0);
	ck_assert_int_eq(count_rows(source), 1);
	client_done(&c);
}
END_TEST

START_TEST(what_was_never_ended_is_rolled_back_at_exit)
{
	const char *source = source_of(_i);
	int status;

	make_table(source);
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		struct client c = client_with("t1");
		work_once(&c, source);
		exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(count_rows(source), 0);
}
END_TEST

START_TEST(a_fresh_connection_is_exchanged_for_the_parked_one)
{
	const char *source = server_source(_i);
	struct client c = client_with("t1"), fresh = client_new(SQL_OV_ODBC3);
	long session;

	make_table(source);
	client_connect(&c, source, "");
	client_run(&c, "insert into transactions_work values (1)");
	session = client_session(&c, source);
	client_disconnect(&c);
	client_connect(&fresh, source, "");
	ck_assert(SQL_SUCCEEDED(set_token(&fresh, "t1")));
	ck_assert_int_eq(client_session(&fresh, source), session);
	client_run(&fresh, "insert into transactions_work values (2)");
	client_disconnect(&fresh);
	ck_assert_int_eq(end_of("t1", SQL_COMMIT), 0);
	ck_assert_int_eq(count_rows(source), 2);
	client_done(&c);
	client_done(&fresh);
}
END_TEST

START_TEST(mariadbs_driver_is_not_believed_when_it_says_that_it_has_enlisted)
{
	struct {
		int numbers[5];
		unsigned char data[128];
		int rest[4];
	} call = {.numbers = {sizeof(call), 0, 7, 2, 1}};
	struct client c = client_new(SQL_OV_ODBC3);

	client_connect(&c, "mariadb", "");
	SQLRETURN rc = SQLSetConnectAttr(c.dbc, 1208, &call, SQL_IS_POINTER);
	client_assert_refused(&c, rc, "HYC00", "does nothing with it");
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("e2e/transactions");
	TCase *t = tcase_create("transactions");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(
		t, a_transaction_goes_on_across_connects_until_it_is_ended, 0, 2 * SOURCES);
	tcase_add_loop_test(t, it_is_one_session_which_serves_others_afterwards, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, a_commit_reaches_the_connection_in_use, 0, SOURCES);
	tcase_add_loop_test(t, with_implicit_unbind_what_follows_commits_by_itself, 0, SOURCES);
	tcase_add_loop_test(
		t, the_application_can_neither_commit_nor_switch_autocommit_on, 0, SOURCES);
	tcase_add_loop_test(t, a_second_connect_of_the_same_thread_is_refused, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, threads_take_turns_on_one_transaction, 0, 2 * SOURCES);
	tcase_add_loop_test(t,
		a_session_killed_while_parked_loses_the_transaction_and_nobody_is_told_otherwise, 0,
		2 * SERVER_SOURCES);
	tcase_add_loop_test(t, what_was_never_ended_is_rolled_back_at_exit, 0, SOURCES);
	tcase_add_loop_test(
		t, a_fresh_connection_is_exchanged_for_the_parked_one, 0, SERVER_SOURCES);
	tcase_add_test(t, mariadbs_driver_is_not_believed_when_it_says_that_it_has_enlisted);
	suite_add_tcase(s, t);
	return s;
}
