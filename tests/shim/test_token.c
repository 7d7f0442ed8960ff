/* SPDX-License-Identifier: MIT */
/* ODBCPOOL_ATTR_TRANSACTION: one local transaction over many connects. */
#include "shim/token_app.h"
#include "support/run.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

START_TEST(the_transaction_goes_on_across_disconnect_and_connect)
{
	SQLHDBC dbc = connected_with("t1", "DSN=one"), other;
	SQLULEN number = app_number(dbc);

	ck_assert_uint_eq(app_attribute(dbc, SQL_ATTR_AUTOCOMMIT), SQL_AUTOCOMMIT_OFF);
	app_run(dbc, "update 1");
	app_disconnect(dbc);
	ck_assert(!was_called("SQLEndTran"));
	other = app_connected("DSN=one");
	ck_assert_uint_ne(app_number(other), number);
	ck_assert_uint_eq(app_attribute(other, SQL_ATTR_AUTOCOMMIT), SQL_AUTOCOMMIT_ON);
	connect_to(dbc, "DSN=one");
	ck_assert_uint_eq(app_number(dbc), number);
	ck_assert(app_is_reused(dbc));
	ck_assert(!was_called("SQLEndTran"));
	app_disconnect(dbc);
	ck_assert_int_eq(end_of("t1", COMMIT), 0);
	ck_assert(was_called("SQLEndTran COMMIT"));
}
END_TEST

START_TEST(the_application_neither_ends_it_nor_leaves_manual_commit)
{
	SQLHDBC dbc = connected_with("t1", "DSN=one");

	ck_assert_int_eq(odbcpool_EndTran(SQL_HANDLE_DBC, dbc, SQL_COMMIT), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "2D000", ODBCPOOL_ERR_TRANSACTION_STATE,
		"odbcpool_transaction_end");
	ck_assert_int_eq(odbcpool_Transact(NULL, dbc, SQL_COMMIT), SQL_ERROR);
	ck_assert_int_eq(odbcpool_SetConnectAttr(dbc, SQL_ATTR_AUTOCOMMIT,
				 (SQLPOINTER)SQL_AUTOCOMMIT_ON, SQL_IS_UINTEGER),
		SQL_ERROR);
	app_check_record(
		SQL_HANDLE_DBC, dbc, 1, "25000", ODBCPOOL_ERR_TRANSACTION_STATE, "autocommit");
	ck_assert_int_eq(
		odbcpool_SetConnectOption(dbc, SQL_AUTOCOMMIT, SQL_AUTOCOMMIT_ON), SQL_ERROR);
	/* Off is what it is. */
	app_set(dbc, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	ck_assert(!was_called("SQLEndTran"));
}
END_TEST

START_TEST(a_second_connect_of_the_same_thread_is_refused_at_once)
{
	SQLHDBC dbc = connected_with("t1", "DSN=one"), other = dbc_with("t1");

	ck_assert_int_eq(app_connect(other, "DSN=one"), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, other, 1, "25000", ODBCPOOL_ERR_TRANSACTION_HERE,
		"another connection of this thread has it");
	app_disconnect(dbc);
	connect_to(other, "DSN=one");
}
END_TEST

struct connector {
	pthread_t thread;
	SQLHDBC dbc;
	SQLRETURN rc;
};

static void *connect_main(void *arg)
{
	struct connector *c = arg;

	c->rc = app_connect(c->dbc, "DSN=one");
	return NULL;
}

START_TEST(a_second_connect_of_another_thread_waits_for_the_disconnect)
{
	SQLHDBC dbc = connected_with("t1", "DSN=one");
	SQLULEN number = app_number(dbc);
	struct connector c = {.dbc = dbc_with("t1")};

	ck_assert_int_eq(pthread_create(&c.thread, NULL, connect_main, &c), 0);
	app_disconnect(dbc);
	pthread_join(c.thread, NULL);
	app_check(c.rc, SQL_SUCCESS, SQL_HANDLE_DBC, c.dbc);
	ck_assert_uint_eq(app_number(c.dbc), number);
	app_disconnect(c.dbc);
	ck_assert_int_eq(end_of("t1", COMMIT), 0);
	ck_assert_uint_eq(app_counts("fake").logins, 1);
}
END_TEST

START_TEST(who_waits_is_told_of_the_end)
{
	SQLHDBC dbc = connected_with("t1", "DSN=one");
	struct connector c = {.dbc = dbc_with("t1")};

	app_set(c.dbc, SQL_ATTR_LOGIN_TIMEOUT, 30);
	ck_assert_int_eq(pthread_create(&c.thread, NULL, connect_main, &c), 0);
	/* Whether it waits already or not: it must neither get the session nor wait for long. */
	ck_assert_int_eq(end_of("t1", COMMIT), 0);
	app_disconnect(dbc);
	pthread_join(c.thread, NULL);
	if (SQL_SUCCEEDED(c.rc)) /* it came after the end: a new transaction */
		app_disconnect(c.dbc);
	else
		app_check_record(
			SQL_HANDLE_DBC, c.dbc, 1, "25000", ODBCPOOL_ERR_TRANSACTION_ENDED, "");
}
END_TEST

START_TEST(a_fresh_handle_gets_the_parked_connection_when_the_token_is_set)
{
	SQLHDBC dbc = connected_with("t1", "DSN=one"), fresh;
	SQLULEN number = app_number(dbc);

	app_disconnect(dbc);
	fresh = app_connected("DSN=one");
	ck_assert_uint_ne(app_number(fresh), number);
	app_check(set_token(fresh, "t1"), SQL_SUCCESS, SQL_HANDLE_DBC, fresh);
	ck_assert_uint_eq(app_number(fresh), number);
	app_run(fresh, "update 1");
	app_disconnect(fresh);
	ck_assert_int_eq(end_of("t1", COMMIT), 0);
}
END_TEST

START_TEST(a_handle_with_a_statement_joins_with_its_own_connection)
{
	SQLHDBC dbc = app_connected("DSN=one");
	SQLULEN number = app_number(dbc);
	SQLHSTMT stmt = app_stmt(dbc);

	app_check(set_token(dbc, "t1"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	ck_assert_uint_eq(app_attribute(dbc, SQL_ATTR_AUTOCOMMIT), SQL_AUTOCOMMIT_OFF);
	app_check(app_exec(stmt, "update 1"), SQL_SUCCESS, SQL_HANDLE_STMT, stmt);
	app_disconnect(dbc);
	connect_to(dbc, "DSN=one");
	ck_assert_uint_ne(app_number(dbc), number);
	app_disconnect(dbc);
	ck_assert_int_eq(end_of("t1", COMMIT), 0);
}
END_TEST

START_TEST(with_statements_it_cannot_be_swapped)
{
	SQLHDBC dbc = connected_with("t1", "DSN=one"), other;

	app_disconnect(dbc);
	other = app_connected("DSN=one");
	app_stmt(other);
	ck_assert_int_eq(set_token(other, "t1"), SQL_ERROR);
	app_check_record(
		SQL_HANDLE_DBC, other, 1, "25000", ODBCPOOL_ERR_TRANSACTION_STATE, "statements");
	end_of("t1", ROLLBACK);
}
END_TEST

START_TEST(the_token_needs_its_length)
{
	SQLHDBC dbc = app_connected("DSN=one"), unconnected = app_dbc();
	static const SQLINTEGER lengths[] = {SQL_NTS, 0, -1, SQL_IS_POINTER};

	for (size_t i = 0; i < array_size(lengths); i++) {
		ck_assert_int_eq(odbcpool_SetConnectAttr(dbc, ODBCPOOL_ATTR_TRANSACTION,
					 (SQLPOINTER) "t1", lengths[i]),
			SQL_ERROR);
		app_check_record(
			SQL_HANDLE_DBC, dbc, 1, "HY090", ODBCPOOL_ERR_BAD_ARGUMENT, "length");
	}
	ck_assert_int_eq(odbcpool_SetConnectOption(dbc, ODBCPOOL_ATTR_TRANSACTION, (SQLULEN) "t1"),
		SQL_ERROR);
	/* A driver manager ignores what we say before the connect. */
	odbcpool_SetConnectAttr(unconnected, ODBCPOOL_ATTR_TRANSACTION, (SQLPOINTER) "t1", SQL_NTS);
	ck_assert_int_eq(app_connect(unconnected, "DSN=one"), SQL_ERROR);
	app_check_record(
		SQL_HANDLE_DBC, unconnected, 1, "HY090", ODBCPOOL_ERR_BAD_ARGUMENT, "length");
}
END_TEST

START_TEST(tokens_are_bytes)
{
	SQLHDBC one = app_dbc(), other = app_dbc();

	odbcpool_SetConnectAttr(one, ODBCPOOL_ATTR_TRANSACTION, (SQLPOINTER) "a\0b", 3);
	odbcpool_SetConnectAttr(other, ODBCPOOL_ATTR_TRANSACTION, (SQLPOINTER) "a\0c", 3);
	connect_to(one, "DSN=one");
	connect_to(other, "DSN=one");
	ck_assert_uint_ne(app_number(one), app_number(other));
	ck_assert_int_eq(odbcpool_transaction_end("a", 1, COMMIT), ODBCPOOL_ERR_NO_TRANSACTION);
	ck_assert_int_eq(odbcpool_transaction_end("a\0b", 3, COMMIT), 0);
	ck_assert_int_eq(odbcpool_transaction_end("a\0c", 3, COMMIT), 0);
}
END_TEST

START_TEST(a_token_needs_a_pool)
{
	SQLHDBC dbc = dbc_with("t1"), plain = app_connected("DSN=plain");

	ck_assert_int_eq(app_connect(dbc, "DSN=plain"), SQL_ERROR);
	app_check_record(
		SQL_HANDLE_DBC, dbc, 1, "HYC00", ODBCPOOL_ERR_TRANSACTION_STATE, "not pooled");
	ck_assert_int_eq(set_token(plain, "t1"), SQL_ERROR);
	app_check_record(
		SQL_HANDLE_DBC, plain, 1, "HYC00", ODBCPOOL_ERR_TRANSACTION_STATE, "not pooled");
}
END_TEST

START_TEST(without_enlist_the_application_is_told_that_it_takes_no_part)
{
	SQLHDBC dbc = dbc_with("t1");

	ck_assert_int_eq(app_connect(dbc, "DSN=one;Enlist=No"), SQL_SUCCESS_WITH_INFO);
	app_check_record(
		SQL_HANDLE_DBC, dbc, 1, "01000", ODBCPOOL_ERR_TRANSACTION_STATE, "Enlist=No");
	ck_assert_uint_eq(app_attribute(dbc, SQL_ATTR_AUTOCOMMIT), SQL_AUTOCOMMIT_ON);
	ck_assert_int_eq(end_of("t1", COMMIT), ODBCPOOL_ERR_NO_TRANSACTION);
}
END_TEST

START_TEST(an_active_transaction_cannot_be_left_but_by_disconnecting)
{
	SQLHDBC dbc = connected_with("t1", "DSN=one");

	ck_assert_int_eq(set_token(dbc, NULL), SQL_ERROR);
	app_check_record(
		SQL_HANDLE_DBC, dbc, 1, "25000", ODBCPOOL_ERR_TRANSACTION_STATE, "goes on");
	ck_assert_int_eq(set_token(dbc, "t2"), SQL_ERROR);
	app_check(set_token(dbc, "t1"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	app_disconnect(dbc);
	app_check(set_token(dbc, NULL), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	connect_to(dbc, "DSN=one");
	ck_assert_uint_eq(app_attribute(dbc, SQL_ATTR_AUTOCOMMIT), SQL_AUTOCOMMIT_ON);
	end_of("t1", ROLLBACK);
}
END_TEST

START_TEST(a_forked_child_has_no_part_in_the_parents_transactions)
{
	SQLHDBC dbc = connected_with("t1", "DSN=one"), parked = connected_with("t2", "DSN=one");
	int status;

	app_disconnect(parked);
	pid_t pid = fork();
	if (pid == 0) {
		if (end_of("t1", COMMIT) != ODBCPOOL_ERR_NO_TRANSACTION ||
			end_of("t2", COMMIT) != ODBCPOOL_ERR_NO_TRANSACTION)
			_exit(1);
		_exit(odbcpool_Disconnect(dbc) == SQL_SUCCESS ? 0 : 2);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(end_of("t2", COMMIT), 0);
	ck_assert_int_eq(end_of("t1", COMMIT), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("shim/token");
	TCase *t = tcase_create("token");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, app_setup, app_done);
	tcase_add_test(t, the_transaction_goes_on_across_disconnect_and_connect);
	tcase_add_test(t, the_application_neither_ends_it_nor_leaves_manual_commit);
	tcase_add_test(t, a_second_connect_of_the_same_thread_is_refused_at_once);
	tcase_add_test(t, a_second_connect_of_another_thread_waits_for_the_disconnect);
	tcase_add_test(t, who_waits_is_told_of_the_end);
	tcase_add_test(t, a_fresh_handle_gets_the_parked_connection_when_the_token_is_set);
	tcase_add_test(t, a_handle_with_a_statement_joins_with_its_own_connection);
	tcase_add_test(t, with_statements_it_cannot_be_swapped);
	tcase_add_test(t, the_token_needs_its_length);
	tcase_add_test(t, tokens_are_bytes);
	tcase_add_test(t, a_token_needs_a_pool);
	tcase_add_test(t, without_enlist_the_application_is_told_that_it_takes_no_part);
	tcase_add_test(t, an_active_transaction_cannot_be_left_but_by_disconnecting);
	tcase_add_test(t, a_forked_child_has_no_part_in_the_parents_transactions);
	suite_add_tcase(s, t);
	return s;
}
