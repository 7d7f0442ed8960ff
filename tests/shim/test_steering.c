/* SPDX-License-Identifier: MIT */
/* What an operator does and sees: clearing by function, edited files, traces without secrets. */
#include "shim/app.h"
#include "support/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void visit(const char *string)
{
	app_disconnect(app_connected(string));
}

START_TEST(clearing_all_pools_closes_what_lies_idle)
{
	visit("DSN=one");
	visit("DSN=two");
	odbcpool_clear_all_pools();
	app_await_logouts("fake", 2);
	visit("DSN=one");
	ck_assert_uint_eq(app_counts("fake").logins, 3);
}
END_TEST

START_TEST(clearing_by_name_leaves_the_others)
{
	visit("DSN=one");
	visit("DSN=two");
	ck_assert_uint_eq(odbcpool_clear_pools("nobody"), 0);
	ck_assert_uint_eq(odbcpool_clear_pools("one"), 1);
	app_await_logouts("fake", 1);
	visit("DSN=two");
	ck_assert_uint_eq(app_counts("fake").logins, 2);
	visit("DSN=one");
	ck_assert_uint_eq(app_counts("fake").logins, 3);
}
END_TEST

START_TEST(one_in_use_is_closed_when_it_comes_back_to_a_cleared_pool)
{
	SQLHDBC dbc = app_connected("DSN=one");

	odbcpool_clear_all_pools();
	ck_assert_uint_eq(app_counts("fake").logouts, 0);
	app_disconnect(dbc);
	app_await_logouts("fake", 1);
}
END_TEST

static void rewrite_odbc_ini(const char *text)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/odbc.ini", app_folder());
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

START_TEST(an_edited_section_makes_a_new_pool_within_a_while)
{
	struct timespec a_moment = {0, 10 * 1000 * 1000};
	SQLHDBC dbc = app_dbc();

	visit("DSN=one");
	rewrite_odbc_ini("[one]\nDriver = fake\nDescription = edited\n");
	/* The housekeeper looks once a second; Check's time limit ends a wait in vain. */
	while (app_counts("fake").logins == 1) {
		app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
		app_disconnect(dbc);
		nanosleep(&a_moment, NULL);
	}
	app_await_logouts("fake", 1);
	visit("DSN=one");
	ck_assert_uint_eq(app_counts("fake").logins, 2);
}
END_TEST

static const char *const passwords[] = {"hunter2Secret", "{hunter2;Secret}", "{hunter2}}Secret}",
	"hunter2 Secret", "hunter2%sSecret%n", "{hunter2={Secret}}}", "hunter2\"Secret'"};

START_TEST(a_trace_never_holds_a_secret)
{
	char path[4096], section[8192], string[512];

	snprintf(path, sizeof(path), "%s/trace", app_folder());
	snprintf(section, sizeof(section),
		"[traced]\nDriver = fake\nPoolTrace = Debug\nPoolTraceFile = %s\n"
		"MaxPoolSize = 1\nPoolConnectTimeout = 1\n",
		path);
	app_add_ini("odbc.ini", section);
	snprintf(string, sizeof(string), "DSN=traced;UID=scott;PWD=%s;", passwords[_i]);
	visit(string);
	visit(string);
	SQLHDBC held = app_connected(string);
	/* Time out, a refused login, and the blocking period after it. */
	SQLHDBC late = app_dbc();
	ck_assert_int_eq(app_connect(late, string), SQL_ERROR);
	app_disconnect(held);
	strcat(string, "FakeLogin=fail;");
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(app_connect(late, string), SQL_ERROR);
	for (SQLSMALLINT number = 1;; number++) {
		SQLCHAR state[6], text[4096];
		SQLSMALLINT len;
		if (!SQL_SUCCEEDED(odbcpool_GetDiagRec(
			    SQL_HANDLE_DBC, late, number, state, NULL, text, sizeof(text), &len)))
			break;
		ck_assert_ptr_null(strstr((char *)text, "hunter2"));
		ck_assert_ptr_null(strstr((char *)text, "Secret"));
	}
	const char *trace = app_read_file(path);
	ck_assert_ptr_nonnull(strstr(trace, "how=reused"));
	ck_assert_ptr_nonnull(strstr(trace, "open-failed"));
	ck_assert_ptr_null(strstr(trace, "hunter2"));
	ck_assert_ptr_null(strstr(trace, "Secret"));
	unlink(path);
}
END_TEST

START_TEST(the_managers_own_pool_is_warned_of_once)
{
	SQLHDBC dbc = app_dbc();

	app_add_ini("odbcinst.ini", "[ODBC]\nPooling = Yes\n");
	app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS_WITH_INFO, SQL_HANDLE_DBC, dbc);
	app_check_record(
		SQL_HANDLE_DBC, dbc, 1, "01000", ODBCPOOL_ERR_MANAGER_POOLS, "CPTimeout = -1");
	app_disconnect(dbc);
	app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	app_disconnect(dbc);
	app_check(app_connect(dbc, "DSN=two"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	app_disconnect(dbc);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("shim/steering");
	TCase *t = tcase_create("steering");

	tcase_add_checked_fixture(t, app_setup, app_done);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, clearing_all_pools_closes_what_lies_idle);
	tcase_add_test(t, clearing_by_name_leaves_the_others);
	tcase_add_test(t, one_in_use_is_closed_when_it_comes_back_to_a_cleared_pool);
	tcase_add_test(t, an_edited_section_makes_a_new_pool_within_a_while);
	tcase_add_loop_test(t, a_trace_never_holds_a_secret, 0,
		(int)(sizeof(passwords) / sizeof(passwords[0])));
	tcase_add_test(t, the_managers_own_pool_is_warned_of_once);
	suite_add_tcase(s, t);
	return s;
}
