/* SPDX-License-Identifier: MIT */
/* SQLBrowseConnect: a conversation on one connection of the real driver, never pooled. */
#include "shim/app.h"
#include "support/run.h"

#include <string.h>

static SQLRETURN browse(SQLHDBC dbc, const char *string, char *out)
{
	SQLSMALLINT len;

	return odbcpool_BrowseConnect(dbc, (SQLCHAR *)string, SQL_NTS, (SQLCHAR *)out, 256, &len);
}

static SQLHDBC browsing(void)
{
	SQLHDBC dbc = app_dbc();
	char out[256];

	app_fake("fake")->script("FakeBrowse=2");
	ck_assert_int_eq(browse(dbc, "DSN=one;PoolName=x", out), SQL_NEED_DATA);
	ck_assert_str_eq(out, "UID:Login=?;PWD:Password=?");
	return dbc;
}

START_TEST(a_conversation_ends_in_a_connection)
{
	SQLHDBC dbc = browsing();
	char out[256];

	ck_assert_int_eq(browse(dbc, "UID=a", out), SQL_NEED_DATA);
	ck_assert_int_eq(browse(dbc, "PWD=b", out), SQL_SUCCESS);
	ck_assert_uint_eq(app_counts("fake").connections, 1);
	ck_assert_int_ge(app_fake("fake")->log_find("SQLBrowseConnect DSN=one;", 0), 0);
	ck_assert_int_lt(app_fake("fake")->log_find("PoolName", 0), 0);
	ck_assert_int_ge(app_fake("fake")->log_find("SQLBrowseConnect UID=a", 0), 0);
	ck_assert(!app_is_reused(dbc));
	ck_assert_int_eq(app_exec(app_stmt(dbc), "select 1"), SQL_SUCCESS);
	app_disconnect(dbc);
	ck_assert_uint_eq(app_counts("fake").logouts, 1);
	ck_assert_uint_eq(app_counts("fake").connections, 0);
}
END_TEST

START_TEST(a_w_conversation_uses_the_w_function)
{
	SQLHDBC dbc = app_dbc();
	SQLWCHAR out[256];
	SQLSMALLINT len = 0;

	app_fake("fake")->script("FakeBrowse=1");
	ck_assert_int_eq(odbcpool_BrowseConnectW(dbc, wide("DSN=one"), SQL_NTS, out, 256, &len),
		SQL_NEED_DATA);
	ck_assert_str_eq(narrow(out), "UID:Login=?;PWD:Password=?");
	ck_assert_int_eq(
		odbcpool_BrowseConnectW(dbc, wide("UID=a"), SQL_NTS, out, 256, &len), SQL_SUCCESS);
	ck_assert_int_ge(app_fake("fake")->log_find("SQLBrowseConnect UID=a W", 0), 0);
}
END_TEST

START_TEST(an_unfinished_conversation_can_be_given_up)
{
	SQLHDBC dbc = browsing();

	app_disconnect(dbc);
	ck_assert_uint_eq(app_counts("fake").connections, 0);
	app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
}
END_TEST

START_TEST(freeing_the_handle_gives_up_too)
{
	SQLHENV env = app_env(SQL_OV_ODBC3);
	SQLHDBC dbc;

	ck_assert_int_eq(odbcpool_AllocHandle(SQL_HANDLE_DBC, env, &dbc), SQL_SUCCESS);
	app_fake("fake")->script("FakeBrowse=2");
	char out[256];
	ck_assert_int_eq(browse(dbc, "DSN=one", out), SQL_NEED_DATA);
	ck_assert_int_eq(odbcpool_FreeHandle(SQL_HANDLE_DBC, dbc), SQL_SUCCESS);
	ck_assert_uint_eq(app_counts("fake").connections, 0);
}
END_TEST

START_TEST(another_connect_does_not_fit_into_a_conversation)
{
	SQLHDBC dbc = browsing();
	char out[256];

	ck_assert_int_eq(app_connect(dbc, "DSN=one"), SQL_ERROR);
	app_check_record(
		SQL_HANDLE_DBC, dbc, 1, "HY010", ODBCPOOL_ERR_BAD_ARGUMENT, "SQLBrowseConnect");
	ck_assert_int_eq(odbcpool_Connect(dbc, (SQLCHAR *)"one", 3, NULL, 0, NULL, 0), SQL_ERROR);
	ck_assert_int_eq(browse(dbc, "UID=a", out), SQL_NEED_DATA);
	ck_assert_int_eq(browse(dbc, "PWD=b", out), SQL_SUCCESS);
	ck_assert_uint_eq(app_counts("fake").connections, 1);
}
END_TEST

START_TEST(a_failed_login_ends_the_conversation)
{
	SQLHDBC dbc = browsing();
	char out[256];

	app_fake("fake")->script("FakeLogin=fail");
	ck_assert_int_eq(browse(dbc, "UID=a", out), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "28000", 18456, "login failed");
	ck_assert_uint_eq(app_counts("fake").connections, 0);
	app_fake("fake")->script("");
	app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
}
END_TEST

START_TEST(an_unknown_data_source_begins_no_conversation)
{
	SQLHDBC dbc = app_dbc();
	char out[256];

	ck_assert_int_eq(browse(dbc, "DSN=nowhere", out), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "IM002", ODBCPOOL_ERR_NO_DATA_SOURCE, "nowhere");
	ck_assert_int_eq(odbcpool_Disconnect(dbc), SQL_ERROR);
}
END_TEST

START_TEST(attributes_set_before_reach_the_conversation)
{
	SQLHDBC dbc = app_dbc();
	char out[256];

	app_set(dbc, SQL_ATTR_PACKET_SIZE, 512);
	ck_assert_int_eq(browse(dbc, "DSN=one", out), SQL_SUCCESS);
	ck_assert_uint_eq(app_attribute(dbc, SQL_ATTR_PACKET_SIZE), 512);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("browse");
	TCase *t = tcase_create("browse");

	tcase_add_checked_fixture(t, app_setup, app_done);
	tcase_add_test(t, a_conversation_ends_in_a_connection);
	tcase_add_test(t, a_w_conversation_uses_the_w_function);
	tcase_add_test(t, an_unfinished_conversation_can_be_given_up);
	tcase_add_test(t, freeing_the_handle_gives_up_too);
	tcase_add_test(t, another_connect_does_not_fit_into_a_conversation);
	tcase_add_test(t, a_failed_login_ends_the_conversation);
	tcase_add_test(t, an_unknown_data_source_begins_no_conversation);
	tcase_add_test(t, attributes_set_before_reach_the_conversation);
	suite_add_tcase(s, t);
	return s;
}
