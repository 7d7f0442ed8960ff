/* SPDX-License-Identifier: MIT */
/* Which connects share a physical connection, and what the next borrower finds. */
#include "shim/app.h"
#include "support/run.h"

#include <stdlib.h>
#include <string.h>

START_TEST(the_next_matching_connect_gets_the_connection)
{
	SQLHDBC dbc = app_connected("DSN=one");
	SQLULEN number = app_number(dbc);

	ck_assert(!app_is_reused(dbc));
	ck_assert_uint_eq(app_attribute(dbc, ODBCPOOL_ATTR_WAITED_MS), 0);
	for (int i = 0; i < 5; i++) {
		app_disconnect(dbc);
		app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
		ck_assert(app_is_reused(dbc));
		ck_assert_uint_eq(app_number(dbc), number);
	}
	ck_assert_uint_eq(app_counts("fake").logins, 1);
	ck_assert_uint_eq(app_counts("fake").logouts, 0);
}
END_TEST

START_TEST(connections_in_use_are_not_shared)
{
	SQLHDBC one = app_connected("DSN=one"), other = app_connected("DSN=one");

	ck_assert_uint_ne(app_number(one), app_number(other));
	ck_assert_uint_eq(app_counts("fake").logins, 2);
}
END_TEST

START_TEST(without_pooling_every_connect_is_a_login)
{
	SQLHDBC dbc = app_connected("DSN=plain");

	app_disconnect(dbc);
	ck_assert_uint_eq(app_counts("fake").logouts, 1);
	app_check(app_connect(dbc, "DSN=plain"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	ck_assert(!app_is_reused(dbc));
	ck_assert_uint_eq(app_counts("fake").logins, 2);
	ck_assert_int_ge(app_fake("fake")->log_find("SQLDriverConnect DSN=plain", 0), 0);
}
END_TEST

START_TEST(the_environment_variable_turns_pooling_off)
{
	setenv("ODBCPOOL_DISABLE", "1", 1);
	SQLHDBC dbc = app_connected("DSN=one;Pooling=Yes");
	app_disconnect(dbc);
	ck_assert_uint_eq(app_counts("fake").logouts, 1);
}
END_TEST

/* A connect that differs from the first in one thing. */
static void connect_strings(const char *first, const char *second)
{
	SQLHDBC dbc = app_connected(first);

	app_disconnect(dbc);
	app_check(app_connect(dbc, second), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	app_disconnect(dbc);
}

static const char *const strings[][2] = {
	{"DSN=one", "DSN=two"},
	{"DSN=one", "DRIVER={fake}"},
	{"DSN=one;UID=a;PWD=x", "DSN=one;UID=a;PWD=y"},
	{"DSN=one;UID=a;PWD=x", "DSN=one;UID=b;PWD=x"},
	{"DSN=one;A=1", "DSN=one;A=1;"},
	{"DSN=one;A=1;B=2", "DSN=one;B=2;A=1"},
	{"DSN=one;a=1", "DSN=one;A=1"},
	{"DSN=one;A={1}", "DSN=one;A=1"},
	{"DSN=one;A=", "DSN=one"},
};

START_TEST(a_letters_difference_is_another_pool)
{
	connect_strings(strings[_i][0], strings[_i][1]);
	ck_assert_uint_eq(app_counts("fake").logins, 2);
}
END_TEST

START_TEST(by_canonical_match_order_and_case_do_not_matter)
{
	connect_strings("DSN=one;PoolKeyMatch=Canonical;A=1;B=2",
		"dsn=one;poolkeymatch=Canonical;B={2};a=1");
	ck_assert_uint_eq(app_counts("fake").logins, 1);
	connect_strings("DSN=one;PoolKeyMatch=Canonical;A=1", "DSN=one;PoolKeyMatch=Canonical;A=x");
	ck_assert_uint_eq(app_counts("fake").logins, 3);
}
END_TEST

static void plain_connect(SQLHDBC dbc, const char *dsn, const char *user, const char *password)
{
	app_check(odbcpool_Connect(dbc, (SQLCHAR *)dsn, SQL_NTS, (SQLCHAR *)user, SQL_NTS,
			  (SQLCHAR *)password, SQL_NTS),
		SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	app_disconnect(dbc);
}

START_TEST(user_and_password_are_part_of_the_key)
{
	SQLHDBC dbc = app_dbc();

	plain_connect(dbc, "one", "anna", "secret");
	plain_connect(dbc, "one", "anna", "secret");
	ck_assert_uint_eq(app_counts("fake").logins, 1);
	plain_connect(dbc, "one", "anna", "other");
	plain_connect(dbc, "one", "bert", "secret");
	plain_connect(dbc, "one", NULL, NULL);
	plain_connect(dbc, "one", "", "");
	plain_connect(dbc, "one", "annasecret", "");
	plain_connect(dbc, "two", "anna", "secret");
	ck_assert_uint_eq(app_counts("fake").logins, 7);
}
END_TEST

START_TEST(the_entry_point_and_its_width_are_part_of_the_key)
{
	SQLHDBC dbc = app_connected("DSN=one");

	app_disconnect(dbc);
	app_check(app_connect_wide(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	app_disconnect(dbc);
	plain_connect(dbc, "one", NULL, NULL);
	ck_assert_uint_eq(app_counts("fake").logins, 3);
}
END_TEST

START_TEST(the_odbc_version_is_part_of_the_key)
{
	static const SQLUINTEGER versions[] = {SQL_OV_ODBC2, SQL_OV_ODBC3, SQL_OV_ODBC3_80};

	for (size_t i = 0; i < array_size(versions); i++) {
		SQLHDBC dbc = app_dbc_of(app_env(versions[i]));
		app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
		app_disconnect(dbc);
	}
	ck_assert_uint_eq(app_counts("fake").logins, 3);
	ck_assert_uint_eq(app_counts("fake").environments, 3);
}
END_TEST

START_TEST(attributes_before_the_connect_are_part_of_the_key)
{
	SQLHDBC one = app_connected("DSN=one"), dbc = app_dbc();

	app_disconnect(one);
	app_set(dbc, SQL_ATTR_PACKET_SIZE, 512);
	app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	ck_assert(!app_is_reused(dbc));
	app_disconnect(dbc);
	app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	ck_assert(app_is_reused(dbc)); /* set once, they hold for every connect of the handle */
	ck_assert_uint_eq(app_attribute(dbc, SQL_ATTR_PACKET_SIZE), 512);
	ck_assert_uint_eq(app_counts("fake").logins, 2);
}
END_TEST

struct token {
	uint32_t size;
	char bytes[12];
};

static SQLHDBC connect_with_token(const struct token *token)
{
	SQLHDBC dbc = app_dbc();

	ck_assert_int_eq(
		odbcpool_SetConnectAttr(dbc, FAKEDRV_ATTR_TOKEN, (SQLPOINTER)token, SQL_IS_POINTER),
		SQL_SUCCESS);
	app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	return dbc;
}

START_TEST(an_access_token_counts_by_its_content)
{
	struct token token = {12, "0123456789a"}, other = {12, "0123456789b"}, same = token;
	SQLHDBC dbc = connect_with_token(&token);

	app_disconnect(dbc);
	dbc = connect_with_token(&same);
	ck_assert(app_is_reused(dbc));
	app_disconnect(dbc);
	dbc = connect_with_token(&other);
	ck_assert(!app_is_reused(dbc));
	memset(&token, 0, sizeof(token));
	app_disconnect(dbc);
	dbc = connect_with_token(&same);
	ck_assert(app_is_reused(dbc));
}
END_TEST

START_TEST(a_pointer_to_something_unknown_is_not_pooled)
{
	SQLHDBC dbc = app_dbc();
	int something;

	ck_assert_int_eq(
		odbcpool_SetConnectAttr(dbc, FAKEDRV_ATTR_POINTER, &something, SQL_IS_POINTER),
		SQL_SUCCESS);
	app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	app_disconnect(dbc);
	ck_assert_uint_eq(app_counts("fake").logouts, 1);
}
END_TEST

START_TEST(a_password_change_is_not_pooled)
{
	SQLHDBC dbc = app_dbc();

	ck_assert_int_eq(odbcpool_SetConnectAttr(dbc, SQL_ATTR_OLD_PASSWORD_NUMBER, "old", SQL_NTS),
		SQL_SUCCESS);
	app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	app_disconnect(dbc);
	ck_assert_uint_eq(app_counts("fake").logouts, 1);
}
END_TEST

START_TEST(the_next_borrower_finds_the_attributes_of_a_fresh_connection)
{
	SQLHDBC dbc = app_connected("DSN=one");
	SQLULEN number = app_number(dbc);
	SQLCHAR catalog[32];

	app_set(dbc, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	app_set(dbc, SQL_ATTR_TXN_ISOLATION, SQL_TXN_SERIALIZABLE);
	app_set(dbc, SQL_ATTR_ACCESS_MODE, SQL_MODE_READ_ONLY);
	app_set(dbc, SQL_ATTR_CONNECTION_TIMEOUT, 9);
	ck_assert_int_eq(odbcpool_SetConnectAttr(dbc, SQL_ATTR_CURRENT_CATALOG, "other", SQL_NTS),
		SQL_SUCCESS);
	ck_assert_int_eq(odbcpool_SetConnectOption(dbc, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF),
		SQL_SUCCESS);
	ck_assert_int_eq(app_exec(app_stmt(dbc), "update 1"), SQL_SUCCESS);
	app_disconnect(dbc);
	ck_assert_int_lt(app_fake("fake")->log_find("commits by autocommit", 0), 0);

	app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	ck_assert_uint_eq(app_number(dbc), number);
	ck_assert_uint_eq(app_attribute(dbc, SQL_ATTR_AUTOCOMMIT), SQL_AUTOCOMMIT_ON);
	ck_assert_uint_eq(app_attribute(dbc, SQL_ATTR_TXN_ISOLATION), SQL_TXN_READ_COMMITTED);
	ck_assert_uint_eq(app_attribute(dbc, SQL_ATTR_ACCESS_MODE), SQL_MODE_READ_WRITE);
	ck_assert_uint_eq(app_attribute(dbc, SQL_ATTR_CONNECTION_TIMEOUT), 0);
	ck_assert_int_eq(odbcpool_GetConnectAttr(
				 dbc, SQL_ATTR_CURRENT_CATALOG, catalog, sizeof(catalog), NULL),
		SQL_SUCCESS);
	ck_assert_str_eq((char *)catalog, "fake");
}
END_TEST

START_TEST(each_borrower_has_the_attributes_that_it_asked_for)
{
	SQLHDBC manual = app_dbc(), automatic = app_dbc();

	app_set(manual, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	for (int i = 0; i < 3; i++) {
		app_check(app_connect(manual, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, manual);
		ck_assert_uint_eq(app_attribute(manual, SQL_ATTR_AUTOCOMMIT), SQL_AUTOCOMMIT_OFF);
		app_disconnect(manual);
		app_check(
			app_connect(automatic, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, automatic);
		ck_assert_uint_eq(app_attribute(automatic, SQL_ATTR_AUTOCOMMIT), SQL_AUTOCOMMIT_ON);
		app_disconnect(automatic);
	}
	ck_assert_uint_eq(app_counts("fake").logins, 1);
}
END_TEST

START_TEST(what_is_open_is_rolled_back_before_disconnect_returns)
{
	SQLHDBC dbc = app_connected("DSN=one");

	ck_assert_int_eq(app_exec(app_stmt(dbc), "update 1"), SQL_SUCCESS);
	app_fake("fake")->log_start();
	app_disconnect(dbc);
	ck_assert_int_ge(app_fake("fake")->log_find("SQLEndTran ROLLBACK", 0), 0);
}
END_TEST

/* The connection of `dbc` must not be seen again. */
static void check_closed(SQLHDBC dbc)
{
	SQLULEN number = app_number(dbc);

	app_disconnect(dbc);
	app_await_logouts("fake", 1);
	app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	ck_assert(!app_is_reused(dbc));
	ck_assert_uint_ne(app_number(dbc), number);
}

static const char *const state_leaving[] = {"SET x = 1", "CREATE TEMP TABLE t (a int)", "whatever",
	"select 1; set x = 1", "select set_config('a', 'b', false)"};

START_TEST(a_statement_that_may_leave_state_closes_the_connection)
{
	SQLHDBC dbc = app_connected("DSN=one");
	SQLHSTMT stmt = app_stmt(dbc);

	ck_assert_int_eq(app_exec(stmt, state_leaving[_i]), SQL_SUCCESS);
	check_closed(dbc);
}
END_TEST

START_TEST(a_prepared_statement_is_looked_at_too)
{
	SQLHDBC dbc = app_connected("DSN=one");
	SQLHSTMT stmt = app_stmt(dbc);

	if (_i)
		odbcpool_PrepareW(stmt, wide("set x = 1"), SQL_NTS);
	else
		odbcpool_Prepare(stmt, (SQLCHAR *)"set x = 1", 9);
	ck_assert_int_eq(odbcpool_Execute(stmt), SQL_SUCCESS);
	check_closed(dbc);
}
END_TEST

START_TEST(an_attribute_of_the_driver_closes_the_connection)
{
	SQLHDBC dbc = app_connected("DSN=one");

	if (_i)
		odbcpool_SetConnectOption(dbc, FAKEDRV_ATTR_NUMBER, 5);
	else
		app_set(dbc, FAKEDRV_ATTR_NUMBER, 5);
	check_closed(dbc);
}
END_TEST

START_TEST(a_discarded_connection_is_closed)
{
	SQLHDBC dbc = app_connected("DSN=one");

	app_set(dbc, ODBCPOOL_ATTR_DISCARD, 1);
	check_closed(dbc);
}
END_TEST

START_TEST(db_disconnect_closes_the_connection)
{
	SQLHDBC dbc = app_connected("DSN=one");

	if (_i)
		ck_assert_int_eq(odbcpool_SetConnectOption(
					 dbc, SQL_ATTR_DISCONNECT_BEHAVIOR, SQL_DB_DISCONNECT),
			SQL_SUCCESS);
	else
		app_set(dbc, SQL_ATTR_DISCONNECT_BEHAVIOR, SQL_DB_DISCONNECT);
	check_closed(dbc);
}
END_TEST

START_TEST(a_failed_rollback_closes_the_connection)
{
	SQLHDBC dbc = app_connected("DSN=one");

	app_stmt(dbc);
	app_fake("fake")->script(_i ? "FakeEndTran=mute" : "FakeEndTran=fail");
	check_closed(dbc);
}
END_TEST

START_TEST(an_attribute_that_cannot_be_put_back_closes_the_connection)
{
	SQLHDBC dbc = app_connected("DSN=one");

	app_set(dbc, SQL_ATTR_CONNECTION_TIMEOUT, 9);
	app_fake("fake")->script("FakeSetAttr=113");
	check_closed(dbc);
}
END_TEST

START_TEST(discarding_can_be_taken_back)
{
	SQLHDBC dbc = app_connected("DSN=one");

	app_set(dbc, ODBCPOOL_ATTR_DISCARD, 1);
	app_set(dbc, ODBCPOOL_ATTR_DISCARD, 0);
	app_disconnect(dbc);
	app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	ck_assert(app_is_reused(dbc));
}
END_TEST

START_TEST(a_dead_connection_is_replaced)
{
	SQLHDBC dbc = app_connected("DSN=one");

	if (_i) { /* while it is idle */
		app_disconnect(dbc);
		ck_assert_uint_eq(app_fake("fake")->kill_connections(), 1);
	} else { /* under a statement */
		ck_assert_int_eq(app_exec(app_stmt(dbc), "die"), SQL_ERROR);
		app_disconnect(dbc);
	}
	app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	ck_assert(!app_is_reused(dbc));
	ck_assert_int_eq(app_exec(app_stmt(dbc), "select 1"), SQL_SUCCESS);
}
END_TEST

START_TEST(a_diagnostic_that_was_read_tells_of_a_death_that_the_driver_denies)
{
	SQLHDBC dbc = app_connected("DSN=one");
	SQLHSTMT stmt = app_stmt(dbc);

	app_fake("fake")->script("FakeDeadAnswer=no");
	ck_assert_int_eq(app_exec(stmt, "fail 08S01 1 gone"), SQL_ERROR);
	app_check_record(SQL_HANDLE_STMT, stmt, 1, "08S01", 1, "gone");
	check_closed(dbc);
}
END_TEST

START_TEST(clearing_closes_idle_ones_now_and_used_ones_when_they_come_back)
{
	SQLHDBC idle = app_connected("DSN=one"), used = app_connected("DSN=one");
	SQLHDBC other = app_connected("DSN=two");

	app_disconnect(idle);
	app_set(used, ODBCPOOL_ATTR_CLEAR, ODBCPOOL_CLEAR_CURRENT);
	app_await_logouts("fake", 1);
	app_disconnect(used);
	app_await_logouts("fake", 2);
	app_disconnect(other);
	app_check(app_connect(other, "DSN=two"), SQL_SUCCESS, SQL_HANDLE_DBC, other);
	ck_assert(app_is_reused(other));
	app_check(app_connect(used, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, used);
	ck_assert(!app_is_reused(used));
}
END_TEST

START_TEST(all_pools_are_cleared_at_once)
{
	SQLHDBC one = app_connected("DSN=one"), two = app_connected("DSN=two");

	app_disconnect(one);
	app_set(two, ODBCPOOL_ATTR_CLEAR, ODBCPOOL_CLEAR_ALL);
	app_await_logouts("fake", 1);
	app_disconnect(two);
	app_await_logouts("fake", 2);
}
END_TEST

static void add_key_tests(Suite *s)
{
	TCase *t = tcase_create("key");

	tcase_add_checked_fixture(t, app_setup, app_done);
	tcase_add_loop_test(t, a_letters_difference_is_another_pool, 0, (int)array_size(strings));
	tcase_add_test(t, by_canonical_match_order_and_case_do_not_matter);
	tcase_add_test(t, user_and_password_are_part_of_the_key);
	tcase_add_test(t, the_entry_point_and_its_width_are_part_of_the_key);
	tcase_add_test(t, the_odbc_version_is_part_of_the_key);
	tcase_add_test(t, attributes_before_the_connect_are_part_of_the_key);
	tcase_add_test(t, an_access_token_counts_by_its_content);
	tcase_add_test(t, a_pointer_to_something_unknown_is_not_pooled);
	tcase_add_test(t, a_password_change_is_not_pooled);
	suite_add_tcase(s, t);
}

Suite *test_suite(void)
{
	Suite *s = suite_create("pooling");
	TCase *t = tcase_create("reuse");

	add_key_tests(s);
	tcase_add_checked_fixture(t, app_setup, app_done);
	tcase_add_test(t, the_next_matching_connect_gets_the_connection);
	tcase_add_test(t, connections_in_use_are_not_shared);
	tcase_add_test(t, without_pooling_every_connect_is_a_login);
	tcase_add_test(t, the_environment_variable_turns_pooling_off);
	tcase_add_test(t, the_next_borrower_finds_the_attributes_of_a_fresh_connection);
	tcase_add_test(t, each_borrower_has_the_attributes_that_it_asked_for);
	tcase_add_test(t, what_is_open_is_rolled_back_before_disconnect_returns);
	tcase_add_loop_test(t, a_statement_that_may_leave_state_closes_the_connection, 0,
		(int)array_size(state_leaving));
	tcase_add_loop_test(t, a_prepared_statement_is_looked_at_too, 0, 2);
	tcase_add_loop_test(t, an_attribute_of_the_driver_closes_the_connection, 0, 2);
	tcase_add_test(t, a_discarded_connection_is_closed);
	tcase_add_loop_test(t, db_disconnect_closes_the_connection, 0, 2);
	tcase_add_loop_test(t, a_failed_rollback_closes_the_connection, 0, 2);
	tcase_add_test(t, an_attribute_that_cannot_be_put_back_closes_the_connection);
	tcase_add_test(t, discarding_can_be_taken_back);
	tcase_add_loop_test(t, a_dead_connection_is_replaced, 0, 2);
	tcase_add_test(t, a_diagnostic_that_was_read_tells_of_a_death_that_the_driver_denies);
	tcase_add_test(t, clearing_closes_idle_ones_now_and_used_ones_when_they_come_back);
	tcase_add_test(t, all_pools_are_cleared_at_once);
	suite_add_tcase(s, t);
	return s;
}
