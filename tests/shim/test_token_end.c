/* SPDX-License-Identifier: MIT */
/* odbcpool_transaction_end(): the end of a transaction wherever its connections are. */
#include "shim/token_app.h"
#include "support/run.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

START_TEST(what_was_parked_serves_anybody_when_the_transaction_has_ended)
{
	SQLHDBC dbc = connected_with("t1", "DSN=one;ResetMode=Borrow");
	SQLULEN number = app_number(dbc);

	app_disconnect(dbc);
	ck_assert_int_eq(end_of("t1", ROLLBACK), 0);
	ck_assert(was_called("SQLEndTran ROLLBACK"));
	dbc = app_connected("DSN=one;ResetMode=Borrow");
	ck_assert_uint_eq(app_number(dbc), number);
	ck_assert_uint_eq(app_attribute(dbc, SQL_ATTR_AUTOCOMMIT), SQL_AUTOCOMMIT_ON);
}
END_TEST

START_TEST(the_end_reaches_a_connection_in_use)
{
	SQLHDBC dbc = connected_with("t1", "DSN=one");

	app_run(dbc, "update 1");
	ck_assert_int_eq(end_of("t1", COMMIT), 0);
	ck_assert(was_called("SQLEndTran COMMIT"));
	ck_assert(!was_called("SQLDisconnect"));
}
END_TEST

START_TEST(statements_after_the_end_fail_until_the_connection_is_unenlisted)
{
	SQLHDBC dbc = connected_with("t1", "DSN=one");
	SQLHSTMT stmt = app_stmt(dbc);

	app_exec(stmt, "update 1");
	ck_assert_int_eq(end_of("t1", _i), 0);
	ck_assert_int_eq(app_exec(stmt, "update 2"), SQL_ERROR);
	app_check_record(SQL_HANDLE_STMT, stmt, 1, "25000", ODBCPOOL_ERR_TRANSACTION_ENDED,
		_i == COMMIT ? "was committed" : "was rolled back");
	/* One made afterwards as well. */
	ck_assert_int_eq(app_exec(app_stmt(dbc), "update 2"), SQL_ERROR);
	ck_assert(!was_called("update 2"));
	app_check(set_token(dbc, NULL), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	ck_assert_uint_eq(app_attribute(dbc, SQL_ATTR_AUTOCOMMIT), SQL_AUTOCOMMIT_ON);
	app_check(app_exec(stmt, "update 3"), SQL_SUCCESS, SQL_HANDLE_STMT, stmt);
	app_disconnect(dbc);
}
END_TEST

START_TEST(a_statement_can_be_freed_after_the_end)
{
	SQLHDBC dbc = connected_with("t1", "DSN=one");
	SQLHSTMT one = app_stmt(dbc), other = app_stmt(dbc);

	end_of("t1", COMMIT);
	ck_assert_int_eq(odbcpool_FreeStmt(one, SQL_CLOSE), SQL_SUCCESS);
	ck_assert_int_eq(odbcpool_FreeStmt(one, SQL_DROP), SQL_SUCCESS);
	ck_assert_int_eq(odbcpool_FreeHandle(SQL_HANDLE_STMT, other), SQL_SUCCESS);
	app_disconnect(dbc);
}
END_TEST

START_TEST(with_implicit_unbind_the_connection_works_on_in_autocommit)
{
	SQLHDBC dbc = connected_with("t1", "DSN=one;TransactionBinding=ImplicitUnbind");
	SQLHSTMT stmt = app_stmt(dbc);

	ck_assert_int_eq(end_of("t1", COMMIT), 0);
	app_check(app_exec(stmt, "update 2"), SQL_SUCCESS, SQL_HANDLE_STMT, stmt);
	ck_assert_uint_eq(app_attribute(dbc, SQL_ATTR_AUTOCOMMIT), SQL_AUTOCOMMIT_ON);
	app_disconnect(dbc);
}
END_TEST

static void *wait_main(void *stmt)
{
	app_exec(stmt, "wait");
	return NULL;
}

static atomic_bool is_trying;

static void *try_main(void *nothing)
{
	(void)nothing;
	while (atomic_load(&is_trying))
		ck_assert_int_eq(end_of("t1", COMMIT), ODBCPOOL_ERR_STATEMENT_BUSY);
	return NULL;
}

START_TEST(an_end_that_is_refused_disturbs_no_other_statement)
{
	SQLHDBC dbc = connected_with("t1", "DSN=one");
	SQLHSTMT busy = app_stmt(dbc), other = app_stmt(dbc);
	pthread_t waiting, trying;

	ck_assert_int_eq(pthread_create(&waiting, NULL, wait_main, busy), 0);
	app_fake("fake")->await_blocked(1);
	atomic_store(&is_trying, true);
	ck_assert_int_eq(pthread_create(&trying, NULL, try_main, NULL), 0);
	for (int i = 0; i < 5000; i++)
		app_check(app_exec(other, "update 1"), SQL_SUCCESS, SQL_HANDLE_STMT, other);
	atomic_store(&is_trying, false);
	pthread_join(trying, NULL);
	app_fake("fake")->release();
	pthread_join(waiting, NULL);
	ck_assert_int_eq(end_of("t1", COMMIT), 0);
	app_disconnect(dbc);
}
END_TEST

START_TEST(an_end_is_refused_while_a_statement_runs)
{
	SQLHDBC dbc = connected_with("t1", "DSN=one");
	SQLHSTMT stmt = app_stmt(dbc);
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, wait_main, stmt), 0);
	app_fake("fake")->await_blocked(1);
	ck_assert_int_eq(end_of("t1", COMMIT), ODBCPOOL_ERR_STATEMENT_BUSY);
	app_fake("fake")->release();
	pthread_join(thread, NULL);
	ck_assert_int_eq(end_of("t1", COMMIT), 0);
}
END_TEST

START_TEST(an_end_that_makes_no_sense_is_refused)
{
	ck_assert_int_eq(end_of("never", COMMIT), ODBCPOOL_ERR_NO_TRANSACTION);
	ck_assert_int_eq(odbcpool_transaction_end(NULL, 1, COMMIT), ODBCPOOL_ERR_BAD_ARGUMENT);
	ck_assert_int_eq(odbcpool_transaction_end("t", 0, COMMIT), ODBCPOOL_ERR_BAD_ARGUMENT);
	ck_assert_int_eq(odbcpool_transaction_end("t", 1, 7), ODBCPOOL_ERR_BAD_ARGUMENT);
	SQLHDBC dbc = connected_with("t1", "DSN=one");
	app_disconnect(dbc);
	ck_assert_int_eq(end_of("t1", COMMIT), 0);
	ck_assert_int_eq(end_of("t1", COMMIT), ODBCPOOL_ERR_NO_TRANSACTION);
}
END_TEST

START_TEST(a_commit_that_the_driver_refuses_is_rolled_back)
{
	SQLHDBC dbc = connected_with("t1", "DSN=one");

	app_disconnect(dbc);
	app_fake("fake")->script("FakeEndTran=fail");
	ck_assert_int_eq(end_of("t1", COMMIT), ODBCPOOL_ERR_COMMIT_FAILED);
	ck_assert(was_called("SQLEndTran ROLLBACK"));
}
END_TEST

START_TEST(the_trace_says_how_a_transaction_ended)
{
	char path[4096], section[8192];

	snprintf(path, sizeof(path), "%s/trace", app_folder());
	snprintf(section, sizeof(section),
		"[traced]\nDriver = fake\nPoolName = a b\nPoolTrace = Info\nPoolTraceFile = %s\n",
		path);
	app_add_ini("odbc.ini", section);
	app_disconnect(connected_with("t1", "DSN=traced"));
	ck_assert_int_eq(end_of("t1", COMMIT), 0);
	ck_assert_ptr_nonnull(strstr(app_read_file(path), "transaction-committed pool=\"a b\""));
	app_disconnect(connected_with("t2", "DSN=traced"));
	ck_assert_int_eq(end_of("t2", ROLLBACK), 0);
	ck_assert_ptr_nonnull(strstr(app_read_file(path), "transaction-rolled-back pool="));
	app_disconnect(connected_with("t3", "DSN=traced"));
	app_fake("fake")->script("FakeEndTran=fail");
	ck_assert_int_eq(end_of("t3", COMMIT), ODBCPOOL_ERR_COMMIT_FAILED);
	const char *failed = strstr(app_read_file(path), "commit-failed pool=");
	ck_assert_ptr_nonnull(failed);
	ck_assert_ptr_nonnull(strstr(failed, "message=\""));
	app_disconnect(connected_with("t4", "DSN=traced"));
	app_fake("fake")->kill_connections();
	ck_assert_int_eq(end_of("t4", COMMIT), ODBCPOOL_ERR_TRANSACTION_LOST);
	ck_assert_ptr_nonnull(strstr(app_read_file(path), "transaction-lost pool="));
	unlink(path);
}
END_TEST

START_TEST(what_the_driver_said_of_a_failed_commit_can_be_read)
{
	char text[1024], start[6];

	connected_with("t1", "DSN=one");
	app_fake("fake")->script("FakeEndTran=fail");
	ck_assert_int_eq(end_of("t1", COMMIT), ODBCPOOL_ERR_COMMIT_FAILED);
	unsigned long len = odbcpool_transaction_error(text, sizeof(text));
	ck_assert_uint_eq(len, strlen(text));
	ck_assert_msg(strstr(text, "fakedrv"), "%s", text);
	/* Cut off to fit, and the length is that of the whole. */
	ck_assert_uint_eq(odbcpool_transaction_error(start, sizeof(start)), len);
	ck_assert_uint_eq(strlen(start), 5);
	ck_assert_int_eq(memcmp(start, text, 5), 0);
	ck_assert_int_eq(end_of("t1", COMMIT), ODBCPOOL_ERR_NO_TRANSACTION);
	ck_assert_uint_eq(odbcpool_transaction_error(text, sizeof(text)), 0);
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(a_session_lost_while_parked_loses_the_transaction)
{
	SQLHDBC dbc = connected_with("t1", "DSN=one");

	app_disconnect(dbc);
	app_fake("fake")->kill_connections();
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(app_connect(dbc, "DSN=one"), SQL_ERROR);
		app_check_record(SQL_HANDLE_DBC, dbc, 1, "25S03", ODBCPOOL_ERR_TRANSACTION_LOST,
			"rolled back");
	}
	ck_assert_int_eq(end_of("t1", COMMIT), ODBCPOOL_ERR_TRANSACTION_LOST);
	/* It is over now, and the token means a new one. */
	connect_to(dbc, "DSN=one");
	app_disconnect(dbc);
	ck_assert_int_eq(end_of("t1", COMMIT), 0);
}
END_TEST

START_TEST(what_was_lost_in_one_data_source_is_not_begun_anew_in_another)
{
	SQLHDBC one = connected_with("t1", "DSN=one"), two = dbc_with("t1");

	app_disconnect(one);
	app_fake("fake")->kill_connections();
	ck_assert_int_eq(app_connect(one, "DSN=one"), SQL_ERROR);
	ck_assert_int_eq(app_connect(two, "DSN=two"), SQL_ERROR);
	app_check_record(
		SQL_HANDLE_DBC, two, 1, "25S03", ODBCPOOL_ERR_TRANSACTION_LOST, "rolled back");
	ck_assert_int_eq(end_of("t1", COMMIT), ODBCPOOL_ERR_TRANSACTION_LOST);
	connect_to(two, "DSN=two");
	app_disconnect(two);
	ck_assert_int_eq(end_of("t1", COMMIT), 0);
}
END_TEST

START_TEST(a_session_that_dies_unseen_is_not_said_to_be_committed)
{
	SQLHDBC dbc = connected_with("t1", "DSN=one");

	app_disconnect(dbc);
	app_fake("fake")->kill_connections();
	ck_assert_int_eq(end_of("t1", COMMIT), ODBCPOOL_ERR_TRANSACTION_LOST);
}
END_TEST

START_TEST(a_token_may_go_to_several_pools)
{
	SQLHDBC one = connected_with("t1", "DSN=one"), two = connected_with("t1", "DSN=two");

	app_disconnect(one);
	ck_assert_int_eq(end_of("t1", COMMIT), 0);
	app_disconnect(two);
	ck_assert_int_ge(app_fake("fake")->log_find("conn1 SQLEndTran COMMIT", 0), 0);
	ck_assert_int_ge(app_fake("fake")->log_find("conn2 SQLEndTran COMMIT", 0), 0);
}
END_TEST

START_TEST(what_is_to_be_discarded_goes_when_its_transaction_has_ended)
{
	SQLHDBC dbc = connected_with("t1", "DSN=one");

	app_set(dbc, ODBCPOOL_ATTR_DISCARD, 1);
	app_disconnect(dbc);
	ck_assert_uint_eq(app_counts("fake").logouts, 0);
	ck_assert_int_eq(end_of("t1", COMMIT), 0);
	app_await_logouts("fake", 1);
	ck_assert(was_called("SQLEndTran COMMIT"));
}
END_TEST

enum { WORKERS = 4, TURNS = 50 };

/* Each of the threads does a piece of the same transaction, again and again. */
static void *share_main(void *arg)
{
	SQLHDBC dbc = arg;

	for (int i = 0; i < TURNS; i++) {
		SQLRETURN rc = app_connect(dbc, "DSN=one");
		if (!SQL_SUCCEEDED(rc))
			continue; /* it was just being ended */
		SQLHSTMT stmt;
		if (SQL_SUCCEEDED(odbcpool_AllocHandle(SQL_HANDLE_STMT, dbc, &stmt)))
			app_exec(stmt, "update 1");
		odbcpool_Disconnect(dbc);
	}
	return NULL;
}

START_TEST(threads_share_a_transaction_while_another_ends_it_now_and_then)
{
	pthread_t threads[WORKERS];

	app_disconnect(app_connected("DSN=one")); /* the pool is there */
	for (int i = 0; i < WORKERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, share_main, dbc_with("t1")), 0);
	for (int i = 0; i < 200; i++) {
		int rc = end_of("t1", i % 2);
		ck_assert_int_ne(rc, ODBCPOOL_ERR_OUTCOME_UNKNOWN);
		ck_assert_int_ne(rc, ODBCPOOL_ERR_TRANSACTION_LOST);
		sched_yield();
	}
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	end_of("t1", COMMIT);
	ck_assert_int_eq(end_of("t1", COMMIT), ODBCPOOL_ERR_NO_TRANSACTION);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("shim/token_end");
	TCase *t = tcase_create("token");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, app_setup, app_done);
	tcase_add_test(t, what_was_parked_serves_anybody_when_the_transaction_has_ended);
	tcase_add_test(t, the_end_reaches_a_connection_in_use);
	tcase_add_loop_test(
		t, statements_after_the_end_fail_until_the_connection_is_unenlisted, 0, 2);
	tcase_add_test(t, a_statement_can_be_freed_after_the_end);
	tcase_add_test(t, with_implicit_unbind_the_connection_works_on_in_autocommit);
	tcase_add_test(t, an_end_is_refused_while_a_statement_runs);
	tcase_add_test(t, an_end_that_is_refused_disturbs_no_other_statement);
	tcase_add_test(t, an_end_that_makes_no_sense_is_refused);
	tcase_add_test(t, a_commit_that_the_driver_refuses_is_rolled_back);
	tcase_add_test(t, what_the_driver_said_of_a_failed_commit_can_be_read);
	tcase_add_test(t, the_trace_says_how_a_transaction_ended);
	tcase_add_test(t, a_session_lost_while_parked_loses_the_transaction);
	tcase_add_test(t, what_was_lost_in_one_data_source_is_not_begun_anew_in_another);
	tcase_add_test(t, a_session_that_dies_unseen_is_not_said_to_be_committed);
	tcase_add_test(t, a_token_may_go_to_several_pools);
	tcase_add_test(t, what_is_to_be_discarded_goes_when_its_transaction_has_ended);
	tcase_add_test(t, threads_share_a_transaction_while_another_ends_it_now_and_then);
	suite_add_tcase(s, t);
	return s;
}
