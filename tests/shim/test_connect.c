/* SPDX-License-Identifier: MIT */
/* What the connect functions say: completed strings, warnings, refusals, odd arguments. */
#include "shim/app.h"
#include "support/run.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static SQLRETURN complete(
	SQLHDBC dbc, const char *string, char *out, SQLSMALLINT size, SQLSMALLINT *len)
{
	return odbcpool_DriverConnect(dbc, NULL, (SQLCHAR *)string, SQL_NTS, (SQLCHAR *)out, size,
		len, SQL_DRIVER_NOPROMPT);
}

START_TEST(the_completed_string_leads_back_to_us)
{
	static const char *const cases[][2] = {
		{"DSN=one;A=1", "DSN=one;A=1"},
		{"DSN=one;Max Pool Size=5;A=1", "Max Pool Size=5;DSN=one;A=1"},
		{"DRIVER={fake};A={x;y};PoolName=p", "DRIVER={fake};PoolName=p;A={x;y};"},
	};
	SQLHDBC dbc = app_dbc();
	char out[512];
	SQLSMALLINT len;

	for (int again = 0; again < 2; again++) { /* opened, then reused */
		ck_assert_int_eq(complete(dbc, cases[_i][0], out, sizeof(out), &len), SQL_SUCCESS);
		ck_assert_str_eq(out, cases[_i][1]);
		ck_assert_int_eq(len, (int)strlen(out));
		app_disconnect(dbc);
	}
	ck_assert_uint_eq(app_counts("fake").logins, 1);
	/* What the application got is as good as what it gave. */
	ck_assert_int_eq(complete(dbc, out, out, sizeof(out), &len), SQL_SUCCESS);
}
END_TEST

START_TEST(a_cut_off_string_is_said_to_be)
{
	SQLHDBC dbc = app_dbc();
	char out[5] = "zzzz";
	SQLSMALLINT len;

	for (int again = 0; again < 2; again++) {
		ck_assert_int_eq(complete(dbc, "DSN=one;A=1", out, 5, &len), SQL_SUCCESS_WITH_INFO);
		ck_assert_str_eq(out, "DSN=");
		ck_assert_int_eq(len, 11);
		app_check_record(
			SQL_HANDLE_DBC, dbc, 1, "01004", ODBCPOOL_ERR_TRUNCATED, "truncated");
		app_disconnect(dbc);
	}
}
END_TEST

START_TEST(a_w_application_gets_its_string_in_w)
{
	SQLHDBC dbc = app_dbc();
	SQLWCHAR out[64];
	SQLSMALLINT len;

	ck_assert_int_eq(odbcpool_DriverConnectW(dbc, NULL, wide("DSN=one;PoolName=p"), 18, out, 64,
				 &len, SQL_DRIVER_NOPROMPT),
		SQL_SUCCESS);
	ck_assert_str_eq(narrow(out), "PoolName=p;DSN=one;");
	ck_assert_int_eq(len, 19);
	app_disconnect(dbc);
	ck_assert_int_eq(odbcpool_DriverConnectW(dbc, NULL, wide("DSN=one;PoolName=p"), 18, out, 4,
				 &len, SQL_DRIVER_NOPROMPT),
		SQL_SUCCESS_WITH_INFO);
	ck_assert_str_eq(narrow(out), "Poo");
	ck_assert_int_eq(len, 19);
}
END_TEST

START_TEST(the_string_need_not_be_asked_for)
{
	SQLHDBC dbc = app_dbc();
	SQLSMALLINT len = 0;
	char out[8] = "zzz";

	ck_assert_int_eq(complete(dbc, "DSN=one", NULL, 0, &len), SQL_SUCCESS);
	ck_assert_int_eq(len, 7);
	app_disconnect(dbc);
	ck_assert_int_eq(complete(dbc, "DSN=one", out, 0, NULL), SQL_SUCCESS);
	ck_assert_str_eq(out, "zzz");
	app_disconnect(dbc);
	ck_assert_int_eq(complete(dbc, "DSN=one", NULL, 100, NULL), SQL_SUCCESS);
}
END_TEST

START_TEST(settings_do_not_reach_the_real_driver)
{
	const struct fakedrv_control *fake = app_fake("fake");
	SQLHDBC dbc = app_connected(_i ? "DSN=one;A=b;MaxPoolSize=5;Pooling=No"
				       : "DSN=one;A=b;MaxPoolSize=5;Pooling=Yes");

	ck_assert_int_ge(fake->log_find("SQLDriverConnect DSN=one;A=b;", 0), 0);
	ck_assert_int_lt(fake->log_find("MaxPoolSize", 0), 0);
	ck_assert_int_lt(fake->log_find("Pooling", 0), 0);
	app_disconnect(dbc);
}
END_TEST

START_TEST(values_reach_the_real_driver_letter_by_letter)
{
	static const char *const values[] = {
		"{a;b}", "{a}}b}", "{}", "", "a b ", "{x", "a}b", "{a}b", "'q'", "=", "\x01\x02"};
	char string[128], logged[160];
	SQLHDBC dbc = app_dbc();

	for (size_t i = 0; i < array_size(values); i++) {
		snprintf(string, sizeof(string), "DSN=one;PWD=%s", values[i]);
		snprintf(logged, sizeof(logged), "SQLDriverConnect %s", string);
		app_check(app_connect(dbc, string), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
		ck_assert_msg(app_fake("fake")->log_find(logged, 0) >= 0, "%s", logged);
		app_disconnect(dbc);
	}
}
END_TEST

static const struct {
	const char *string, *state;
	int native;
	const char *text;
} refused[] = {
	{"DSN=nowhere", "IM002", ODBCPOOL_ERR_NO_DATA_SOURCE, "[nowhere]"},
	{"DSN=one;MaxPoolSize=many", "HY024", ODBCPOOL_ERR_SETTING_VALUE, "MaxPoolSize"},
	{"DSN=one;MaxPoolSize=-1", "HY024", ODBCPOOL_ERR_SETTING_VALUE, "MaxPoolSize"},
	{"DSN=one;Pooling=Maybe", "HY024", ODBCPOOL_ERR_SETTING_VALUE, "Pooling"},
	{"DSN=one;PoolDriver=/tmp/evil.so", "HY024", ODBCPOOL_ERR_SETTING_PLACE, "PoolDriver"},
	{"DSN=one;InitQuery=drop", "HY024", ODBCPOOL_ERR_SETTING_PLACE, "InitQuery"},
	{"DSN=one;TransactionBinding=Perhaps", "HY024", ODBCPOOL_ERR_SETTING_VALUE,
		"TransactionBinding"},
	{"DRIVER={absent}", "IM003", ODBCPOOL_ERR_NO_POOL_DRIVER, "absent"},
	{"DRIVER={bare}", "IM003", ODBCPOOL_ERR_NO_POOL_DRIVER, "PoolDriver"},
	{"DRIVER={missing}", "IM003", ODBCPOOL_ERR_NO_POOL_DRIVER, "/nowhere/real.so"},
	{"DRIVER={nodriver}", "IM004", ODBCPOOL_ERR_NOT_A_DRIVER, "not an ODBC driver"},
	{"DRIVER={old}", "IM004", ODBCPOOL_ERR_NOT_A_DRIVER, "ODBC 2"},
	{"DRIVER={loop}", "IM003", ODBCPOOL_ERR_DRIVER_LOOP, "odbcpool itself"},
	{"DRIVER={second}", "IM003", ODBCPOOL_ERR_WRONG_SHELL, "libodbcpoola.so"},
	{"DRIVER={wide}", "IM003", ODBCPOOL_ERR_WRONG_SHELL, "libodbcpoolw.so"},
};

static void add_bad_sections(void)
{
	app_add_ini("odbcinst.ini",
		"[bare]\nDriver = " SHELL_DIR "/libodbcpool.so\n"
		"[missing]\nDriver = " SHELL_DIR "/libodbcpool.so\nPoolDriver = /nowhere/real.so\n"
		"[nodriver]\nDriver = " SHELL_DIR "/libodbcpool.so\n"
		"PoolDriver = " FAKEDRV_DIR "/fakedrv_notdriver.so\n"
		"[old]\nDriver = " SHELL_DIR "/libodbcpool.so\n"
		"PoolDriver = " FAKEDRV_DIR "/fakedrv_odbc2.so\n"
		"[loop]\nDriver = " SHELL_DIR "/libodbcpool.so\n"
		"PoolDriver = " SHELL_DIR "/libodbcpoola.so\n");
}

START_TEST(a_refusal_names_its_reason_and_touches_no_driver)
{
	SQLHDBC dbc = app_dbc();

	add_bad_sections();
	for (int again = 0; again < 2; again++) {
		ck_assert_int_eq(app_connect(dbc, refused[_i].string), SQL_ERROR);
		app_check_record(SQL_HANDLE_DBC, dbc, 1, refused[_i].state, refused[_i].native,
			refused[_i].text);
	}
	ck_assert_uint_eq(app_counts("fake").logins, 0);
	ck_assert_uint_eq(app_counts("fake").connections, 0);
	/* The handle is as before. */
	app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
}
END_TEST

START_TEST(the_wrong_library_is_refused_by_the_plain_function_too)
{
	SQLHDBC dbc = app_dbc_of(app_env_of(SHELL_ANSI));

	ck_assert_int_eq(
		odbcpool_Connect(dbc, (SQLCHAR *)"one", SQL_NTS, NULL, 0, NULL, 0), SQL_ERROR);
	app_check_record(
		SQL_HANDLE_DBC, dbc, 1, "IM003", ODBCPOOL_ERR_WRONG_SHELL, "to libodbcpool.so");
}
END_TEST

START_TEST(each_library_serves_its_kind_of_driver)
{
	SQLHDBC ansi = app_dbc_of(app_env_of(SHELL_ANSI)), w = app_dbc_of(app_env_of(SHELL_WIDE));

	app_check(app_connect(ansi, "DRIVER={second}"), SQL_SUCCESS, SQL_HANDLE_DBC, ansi);
	app_check(app_connect_wide(w, "DRIVER={wide}"), SQL_SUCCESS, SQL_HANDLE_DBC, w);
	ck_assert_uint_eq(app_counts("second").logins, 1);
	ck_assert_uint_eq(app_counts("wide").logins, 1);
}
END_TEST

START_TEST(a_misspelt_setting_is_a_warning)
{
	SQLHDBC dbc = app_dbc();

	const char *string = _i ? "DSN=one;MaxPolSize=5;Pooling=No" : "DSN=one;MaxPolSize=5";

	for (int i = 0; i < 2; i++) { /* also to who gets what another has opened */
		ck_assert_int_eq(app_connect(dbc, string), SQL_SUCCESS_WITH_INFO);
		app_check_record(SQL_HANDLE_DBC, dbc, 1, "01000", ODBCPOOL_ERR_SETTING_MISSPELT,
			"MaxPoolSize");
		app_check_no_record(SQL_HANDLE_DBC, dbc, 2);
		app_disconnect(dbc);
	}
}
END_TEST

START_TEST(an_older_driver_is_a_warning)
{
	SQLHDBC dbc = app_dbc_of(app_env(SQL_OV_ODBC3_80));

	app_fake("fake")->script("FakeVersion=3");
	for (int again = 0; again < 2; again++) {
		ck_assert_int_eq(app_connect(dbc, "DSN=one"), SQL_SUCCESS_WITH_INFO);
		app_check_record(SQL_HANDLE_DBC, dbc, 1, "01000", ODBCPOOL_ERR_OLD_ODBC_VERSION,
			"does not support the requested version");
		app_disconnect(dbc);
	}
}
END_TEST

START_TEST(a_login_with_info_tells_its_own_borrower_only)
{
	SQLHDBC dbc = app_dbc();

	app_fake("fake")->script("FakeLogin=info;FakeText=changed context;FakeNative=5701");
	ck_assert_int_eq(app_connect(dbc, "DSN=one"), SQL_SUCCESS_WITH_INFO);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "01000", 5701, "[fakedrv]changed context (1)");
	app_disconnect(dbc);
	app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	app_check_no_record(SQL_HANDLE_DBC, dbc, 1);
}
END_TEST

START_TEST(a_failed_login_leaves_nothing)
{
	SQLHDBC dbc = app_dbc();
	const char *string =
		_i ? "DSN=plain" : "DSN=one;MaxPoolSize=1;PoolBlockingPeriod=NeverBlock";

	app_fake("fake")->script("FakeLogin=fail;FakeRecords=2");
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(app_connect(dbc, string), SQL_ERROR);
		app_check_record(SQL_HANDLE_DBC, dbc, 1, "28000", 18456, "login failed (1)");
		app_check_record(SQL_HANDLE_DBC, dbc, 2, "28000", 18457, "login failed (2)");
		ck_assert_uint_eq(app_counts("fake").connections, 0);
	}
	ck_assert_uint_eq(app_counts("fake").failed_logins, 3);
	/* Nor a place in the pool of one. */
	app_fake("fake")->script("");
	app_check(app_connect(dbc, string), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
}
END_TEST

START_TEST(a_failed_login_is_not_tried_again_at_once)
{
	SQLHDBC dbc = app_dbc();

	app_fake("fake")->script("FakeLogin=fail");
	ck_assert_int_eq(app_connect(dbc, "DSN=one"), SQL_ERROR);
	ck_assert_int_eq(app_connect(dbc, "DSN=one"), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "28000", 18456, "login failed");
	ck_assert_uint_eq(app_counts("fake").failed_logins, 1);
}
END_TEST

START_TEST(a_connected_handle_cannot_connect_again)
{
	SQLHDBC dbc = app_connected("DSN=one");

	ck_assert_int_eq(app_connect(dbc, "DSN=one"), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "08002", ODBCPOOL_ERR_BAD_ARGUMENT, "in use");
	ck_assert_int_eq(odbcpool_ConnectW(dbc, wide("one"), SQL_NTS, NULL, 0, NULL, 0), SQL_ERROR);
	ck_assert_int_eq(odbcpool_BrowseConnect(dbc, (SQLCHAR *)"DSN=one", SQL_NTS, NULL, 0, NULL),
		SQL_ERROR);
	ck_assert_int_eq(app_exec(app_stmt(dbc), "select 1"), SQL_SUCCESS);
}
END_TEST

START_TEST(odd_lengths_are_refused)
{
	static const SQLSMALLINT lengths[] = {-1, -2, -4, -100, SHRT_MIN};
	SQLCHAR string[] = "DSN=one";
	SQLHDBC dbc = app_dbc();

	for (size_t i = 0; i < array_size(lengths); i++) {
		SQLSMALLINT n = lengths[i];
		ck_assert_int_eq(odbcpool_DriverConnect(dbc, NULL, string, n, NULL, 0, NULL, 0),
			n == SQL_NTS ? SQL_SUCCESS : SQL_ERROR);
		if (n == SQL_NTS) {
			app_disconnect(dbc);
			continue;
		}
		app_check_record(
			SQL_HANDLE_DBC, dbc, 1, "HY090", ODBCPOOL_ERR_BAD_ARGUMENT, "length");
		ck_assert_int_eq(odbcpool_Connect(dbc, string, 3, string, n, NULL, 0), SQL_ERROR);
		ck_assert_int_eq(odbcpool_Connect(dbc, string, 3, NULL, 0, string, n), SQL_ERROR);
		ck_assert_int_eq(
			odbcpool_ConnectW(dbc, wide("one"), n, NULL, 0, NULL, 0), SQL_ERROR);
	}
}
END_TEST

START_TEST(null_and_empty_arguments_are_the_default_data_source)
{
	SQLHDBC dbc = app_dbc();

	ck_assert_int_eq(
		odbcpool_DriverConnect(dbc, NULL, NULL, SQL_NTS, NULL, 0, NULL, 0), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "IM002", ODBCPOOL_ERR_NO_DATA_SOURCE, "DEFAULT");
	ck_assert_int_eq(app_connect(dbc, ""), SQL_ERROR);
	ck_assert_int_eq(odbcpool_Connect(dbc, NULL, 0, NULL, 0, NULL, 0), SQL_ERROR);
	ck_assert_int_eq(odbcpool_ConnectW(dbc, NULL, 0, NULL, 0, NULL, 0), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "IM002", ODBCPOOL_ERR_NO_DATA_SOURCE, "DEFAULT");
}
END_TEST

START_TEST(a_string_ends_at_its_first_nul_for_the_settings)
{
	static const SQLCHAR string[] = "DSN=one\0;PoolName=x;MaxPoolSize=nonsense";
	SQLHDBC dbc = app_dbc();

	app_check(odbcpool_DriverConnect(dbc, NULL, (SQLCHAR *)string, sizeof(string) - 1, NULL, 0,
			  NULL, SQL_DRIVER_NOPROMPT),
		SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
}
END_TEST

START_TEST(a_string_longer_than_a_driver_can_be_told_is_refused)
{
	size_t size = 70000;
	char *string = malloc(size + 1);
	SQLHDBC dbc = app_dbc();

	memset(string, 'x', size);
	string[size] = '\0';
	memcpy(string, "DSN=one;PWD=", 12);
	ck_assert_int_eq(app_connect(dbc, string), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "HY090", ODBCPOOL_ERR_BAD_ARGUMENT, "70000");
	string[32000] = '\0';
	app_check(app_connect(dbc, string), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	app_disconnect(dbc);
	memcpy(string, "DSN=plain;PWD=", 14);
	string[32000] = 'x';
	ck_assert_int_eq(app_connect(dbc, string), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "HY090", ODBCPOOL_ERR_BAD_ARGUMENT, "70000");
	free(string);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("connect");
	TCase *t = tcase_create("connect");

	tcase_add_checked_fixture(t, app_setup, app_done);
	tcase_add_loop_test(t, the_completed_string_leads_back_to_us, 0, 3);
	tcase_add_test(t, a_cut_off_string_is_said_to_be);
	tcase_add_test(t, a_w_application_gets_its_string_in_w);
	tcase_add_test(t, the_string_need_not_be_asked_for);
	tcase_add_loop_test(t, settings_do_not_reach_the_real_driver, 0, 2);
	tcase_add_test(t, values_reach_the_real_driver_letter_by_letter);
	tcase_add_loop_test(
		t, a_refusal_names_its_reason_and_touches_no_driver, 0, (int)array_size(refused));
	tcase_add_test(t, the_wrong_library_is_refused_by_the_plain_function_too);
	tcase_add_test(t, each_library_serves_its_kind_of_driver);
	tcase_add_loop_test(t, a_misspelt_setting_is_a_warning, 0, 2);
	tcase_add_test(t, an_older_driver_is_a_warning);
	tcase_add_test(t, a_login_with_info_tells_its_own_borrower_only);
	tcase_add_loop_test(t, a_failed_login_leaves_nothing, 0, 2);
	tcase_add_test(t, a_failed_login_is_not_tried_again_at_once);
	tcase_add_test(t, a_connected_handle_cannot_connect_again);
	tcase_add_test(t, odd_lengths_are_refused);
	tcase_add_test(t, null_and_empty_arguments_are_the_default_data_source);
	tcase_add_test(t, a_string_ends_at_its_first_nul_for_the_settings);
	tcase_add_test(t, a_string_longer_than_a_driver_can_be_told_is_refused);
	suite_add_tcase(s, t);
	return s;
}
