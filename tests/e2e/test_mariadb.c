/* SPDX-License-Identifier: MIT */
/* End to end: what only MariaDB's driver does. */
#include "client.h"

#include "odbcpool.h"
#include "support/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DATABASES = 50, AT_ONCE = 3 };

/* servers.sh lets the user have databases of this name. */
static void run_for_each_database(const char *format)
{
	struct client c = client_new(SQL_OV_ODBC3);
	char sql[200];

	client_connect(&c, "mariadb", "Pooling=No;");
	for (int i = 0; i < DATABASES; i++) {
		snprintf(sql, sizeof(sql), format, i);
		client_run(&c, sql);
	}
	client_disconnect(&c);
	client_done(&c);
}

static void setup(void)
{
	run_for_each_database("create database if not exists pooltest_many_%d");
}

static void teardown(void)
{
	run_for_each_database("drop database pooltest_many_%d");
}

static void assert_database(struct client *c, const char *expected)
{
	char name[100] = "", catalog[100] = "";

	client_text(c, "select database()", name, sizeof(name));
	ck_assert_str_eq(name, expected);
	ck_assert(SQL_SUCCEEDED(SQLGetConnectAttr(
		c->dbc, SQL_ATTR_CURRENT_CATALOG, catalog, sizeof(catalog), NULL)));
	ck_assert_str_eq(catalog, expected);
}

/* By statement, by attribute, or by both. */
static void change_database(struct client *c, int number)
{
	char name[100], sql[200];

	snprintf(name, sizeof(name), "pooltest_many_%d", number);
	snprintf(sql, sizeof(sql), "use %s", name);
	if (number % 3 != 1)
		client_run(c, sql);
	if (number % 3 != 0)
		ck_assert(SQL_SUCCEEDED(SQLSetConnectAttr(
			c->dbc, SQL_ATTR_CURRENT_CATALOG, (SQLPOINTER)name, SQL_NTS)));
	assert_database(c, name);
}

START_TEST(fifty_databases_through_one_string_make_one_pool)
{
	struct client c[AT_ONCE];
	long known[AT_ONCE];

	for (int k = 0; k < AT_ONCE; k++) {
		c[k] = client_new(SQL_OV_ODBC3);
		client_connect(&c[k], "mariadb", "");
		known[k] = client_session(&c[k], "mariadb");
	}
	for (int k = 0; k < AT_ONCE; k++)
		client_disconnect(&c[k]);
	for (int i = 0; i < DATABASES; i++) {
		for (int k = 0; k < AT_ONCE; k++) {
			client_connect(&c[k], "mariadb", "");
			assert_database(&c[k], getenv("E2E_DATABASE"));
			long session = client_session(&c[k], "mariadb");
			ck_assert(
				session == known[0] || session == known[1] || session == known[2]);
			change_database(&c[k], (i + k) % DATABASES);
		}
		for (int k = 0; k < AT_ONCE; k++)
			client_disconnect(&c[k]);
	}
	for (int k = 0; k < AT_ONCE; k++)
		client_done(&c[k]);
}
END_TEST

START_TEST(a_driver_that_reconnects_by_itself_is_not_pooled_and_says_why)
{
	static const char *const words[] = {"AUTO_RECONNECT=1;", "OPTION=4194304;"};
	struct client c = client_new(SQL_OV_ODBC3);
	long sessions[2];

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(client_try(&c, "mariadb", words[_i]), SQL_SUCCESS_WITH_INFO);
		struct record r = client_record(&c, 1);
		ck_assert_str_eq(r.state, "01000");
		ck_assert_msg(strstr(r.message, "AUTO_RECONNECT") != NULL, "%s", r.message);
		sessions[i] = client_session(&c, "mariadb");
		client_disconnect(&c);
	}
	ck_assert_int_ne(sessions[0], sessions[1]);
	client_done(&c);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("e2e/mariadb");
	TCase *t = tcase_create("databases");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, fifty_databases_through_one_string_make_one_pool);
	suite_add_tcase(s, t);

	t = tcase_create("options");
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_driver_that_reconnects_by_itself_is_not_pooled_and_says_why, 0, 2);
	suite_add_tcase(s, t);
	return s;
}
