/* SPDX-License-Identifier: MIT */
/* What the driver says that it is and can, attributes of connections, and the ways of ODBC 2. */
#include "shim/app.h"
#include "support/run.h"

#include <string.h>

static bool supports(SQLHDBC dbc, SQLUSMALLINT id)
{
	SQLUSMALLINT one = 9, all[SQL_API_ODBC3_ALL_FUNCTIONS_SIZE], old[100];

	ck_assert_int_eq(odbcpool_GetFunctions(dbc, id, &one), SQL_SUCCESS);
	ck_assert_int_eq(odbcpool_GetFunctions(dbc, SQL_API_ODBC3_ALL_FUNCTIONS, all), SQL_SUCCESS);
	ck_assert_int_eq(SQL_FUNC_EXISTS(all, id) == SQL_TRUE, one == SQL_TRUE);
	ck_assert_int_eq(odbcpool_GetFunctions(dbc, SQL_API_ALL_FUNCTIONS, old), SQL_SUCCESS);
	if (id < 100)
		ck_assert_int_eq(old[id] == SQL_TRUE, one == SQL_TRUE);
	return one == SQL_TRUE;
}

START_TEST(the_drivers_own_set_of_functions_is_told)
{
	SQLHDBC dbc = app_connected("DSN=one;FakeUnsupported=72"); /* SQLSetPos is 68 */

	ck_assert(supports(dbc, SQL_API_SQLFETCH));
	ck_assert(supports(dbc, SQL_API_SQLCANCELHANDLE));
	ck_assert(supports(dbc, SQL_API_SQLERROR));
	ck_assert(!supports(dbc, 72));
	ck_assert(supports(dbc, SQL_API_SQLSETPOS));
}
END_TEST

START_TEST(nowhere_to_put_the_answer_is_an_error)
{
	SQLHDBC dbc = app_connected("DSN=one");

	ck_assert_int_eq(odbcpool_GetFunctions(dbc, SQL_API_SQLFETCH, NULL), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "HY009", ODBCPOOL_ERR_BAD_ARGUMENT, "NULL");
}
END_TEST

START_TEST(private_information_passes)
{
	SQLHDBC dbc = app_connected("DSN=one");
	SQLULEN number = 0;
	char text[32];
	SQLWCHAR wide_text[32];
	SQLSMALLINT len = 0;

	ck_assert_int_eq(odbcpool_GetInfo(dbc, FAKEDRV_INFO_NUMBER, &number, sizeof(number), &len),
		SQL_SUCCESS);
	ck_assert_uint_ge(number, 1);
	ck_assert_int_eq(
		odbcpool_GetInfo(dbc, FAKEDRV_INFO_TEXT, text, sizeof(text), &len), SQL_SUCCESS);
	ck_assert_str_eq(text, "private");
	ck_assert_int_eq(len, 7);
	ck_assert_int_eq(
		odbcpool_GetInfoW(dbc, FAKEDRV_INFO_TEXT, wide_text, sizeof(wide_text), &len),
		SQL_SUCCESS);
	ck_assert_str_eq(narrow(wide_text), "private");
}
END_TEST

START_TEST(handles_in_information_are_ours)
{
	SQLHDBC dbc = app_connected("DSN=one");
	SQLHANDLE handle = NULL, stmt = app_stmt(dbc), asked = stmt;
	SQLSMALLINT len = 0;

	ck_assert_int_eq(odbcpool_GetInfo(dbc, SQL_DRIVER_HDBC, &handle, 0, &len), SQL_SUCCESS);
	ck_assert_ptr_eq(handle, dbc);
	ck_assert_int_eq(len, sizeof(handle));
	ck_assert_int_eq(odbcpool_GetInfoW(dbc, SQL_DRIVER_HSTMT, &asked, 0, NULL), SQL_SUCCESS);
	ck_assert_ptr_eq(asked, stmt);
	ck_assert_int_eq(odbcpool_GetInfo(dbc, SQL_DRIVER_HENV, &handle, 0, NULL), SQL_SUCCESS);
	ck_assert_int_eq(odbcpool_GetInfo(dbc, SQL_DRIVER_HLIB, &handle, 0, NULL), SQL_SUCCESS);
	ck_assert_ptr_nonnull(handle);
}
END_TEST

START_TEST(nothing_is_known_before_the_connect)
{
	SQLHDBC dbc = app_dbc();
	SQLUSMALLINT supported;
	char text[8];

	ck_assert_int_eq(odbcpool_GetInfo(dbc, SQL_DBMS_NAME, text, 8, NULL), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "08003", ODBCPOOL_ERR_NOT_CONNECTED, "not open");
	ck_assert_int_eq(odbcpool_GetFunctions(dbc, SQL_API_SQLFETCH, &supported), SQL_ERROR);
	ck_assert_int_eq(odbcpool_NativeSql(dbc, (SQLCHAR *)"x", 1, NULL, 0, NULL), SQL_ERROR);
	ck_assert_int_eq(odbcpool_EndTran(SQL_HANDLE_DBC, dbc, SQL_COMMIT), SQL_ERROR);
	ck_assert_int_eq(odbcpool_CancelHandle(SQL_HANDLE_DBC, dbc), SQL_ERROR);
}
END_TEST

START_TEST(attributes_are_kept_until_the_connect)
{
	SQLHDBC dbc = app_dbc();
	char text[32] = "";
	SQLINTEGER len = 0;
	SQLPOINTER window = NULL;

	ck_assert_uint_eq(app_attribute(dbc, SQL_ATTR_AUTOCOMMIT), SQL_AUTOCOMMIT_ON);
	app_set(dbc, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	ck_assert_uint_eq(app_attribute(dbc, SQL_ATTR_AUTOCOMMIT), SQL_AUTOCOMMIT_OFF);
	ck_assert_int_eq(odbcpool_SetConnectAttr(dbc, SQL_ATTR_CURRENT_CATALOG, "catalog", SQL_NTS),
		SQL_SUCCESS);
	ck_assert_int_eq(
		odbcpool_GetConnectAttr(dbc, SQL_ATTR_CURRENT_CATALOG, text, sizeof(text), &len),
		SQL_SUCCESS);
	ck_assert_str_eq(text, "catalog");
	ck_assert_int_eq(len, 7);
	ck_assert_int_eq(odbcpool_GetConnectAttr(dbc, SQL_ATTR_CURRENT_CATALOG, text, 4, &len),
		SQL_SUCCESS_WITH_INFO);
	ck_assert_str_eq(text, "cat");
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "01004", ODBCPOOL_ERR_TRUNCATED, "truncated");
	ck_assert_int_eq(odbcpool_SetConnectAttr(dbc, SQL_ATTR_QUIET_MODE, dbc, SQL_IS_POINTER),
		SQL_SUCCESS);
	ck_assert_int_eq(
		odbcpool_GetConnectAttr(dbc, SQL_ATTR_QUIET_MODE, &window, SQL_IS_POINTER, NULL),
		SQL_SUCCESS);
	ck_assert_ptr_eq(window, dbc);
	ck_assert_int_eq(
		odbcpool_GetConnectAttr(dbc, SQL_ATTR_PACKET_SIZE, text, 0, NULL), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "08003", ODBCPOOL_ERR_NOT_CONNECTED, "");
}
END_TEST

/* In the width of the call, and cut off where there is no room. */
START_TEST(how_a_session_is_reset_is_told_as_a_text)
{
	char text[512] = "", start[12];
	SQLWCHAR wide[512];
	SQLINTEGER len = 0, wide_len = 0;
	SQLHDBC dbc = app_connected("DSN=one;ConnectionReset=No");

	app_check(
		odbcpool_GetConnectAttr(dbc, ODBCPOOL_ATTR_RESET_METHOD, text, sizeof(text), &len),
		SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	ck_assert_ptr_nonnull(strstr(text, "ConnectionReset is No"));
	ck_assert_int_eq(len, strlen(text));
	app_check(odbcpool_GetConnectAttrW(
			  dbc, ODBCPOOL_ATTR_RESET_METHOD, wide, sizeof(wide), &wide_len),
		SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	ck_assert_int_eq(wide_len, len * (SQLINTEGER)sizeof(SQLWCHAR));
	ck_assert_int_eq(wide[0], text[0]);
	ck_assert_int_eq(odbcpool_GetConnectAttr(
				 dbc, ODBCPOOL_ATTR_RESET_METHOD, start, sizeof(start), &wide_len),
		SQL_SUCCESS_WITH_INFO);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "01004", ODBCPOOL_ERR_TRUNCATED, "");
	ck_assert_int_eq(wide_len, len);
	ck_assert_int_eq(strlen(start), sizeof(start) - 1);

	SQLHDBC plain = app_connected("DSN=one;Pooling=No");
	app_check(odbcpool_GetConnectAttr(
			  plain, ODBCPOOL_ATTR_RESET_METHOD, text, sizeof(text), NULL),
		SQL_SUCCESS, SQL_HANDLE_DBC, plain);
	ck_assert_str_eq(text, "the connection is not pooled");
}
END_TEST

START_TEST(our_attributes_have_their_times)
{
	static const SQLINTEGER settable[] = {ODBCPOOL_ATTR_CLEAR, ODBCPOOL_ATTR_DISCARD};
	static const SQLINTEGER readable[] = {ODBCPOOL_ATTR_REUSED, ODBCPOOL_ATTR_WAITED_MS};
	SQLHDBC dbc = app_dbc();
	SQLULEN value = 0;

	for (int connected = 0; connected < 2; connected++) {
		for (size_t i = 0; i < 2; i++) {
			ck_assert_int_eq(odbcpool_GetConnectAttr(dbc, settable[i], &value, 0, NULL),
				SQL_ERROR);
			app_check_record(SQL_HANDLE_DBC, dbc, 1, "HY092", ODBCPOOL_ERR_BAD_ARGUMENT,
				"only be set");
			ck_assert_int_eq(
				odbcpool_SetConnectAttr(dbc, readable[i], NULL, 0), SQL_ERROR);
			app_check_record(SQL_HANDLE_DBC, dbc, 1, "HY092", ODBCPOOL_ERR_BAD_ARGUMENT,
				"only be read");
		}
		if (connected)
			break;
		for (size_t i = 0; i < 2; i++) {
			ck_assert_int_eq(
				odbcpool_SetConnectOption(dbc, (SQLUSMALLINT)settable[i], 1),
				SQL_ERROR);
			app_check_record(SQL_HANDLE_DBC, dbc, 1, "HY010", ODBCPOOL_ERR_BAD_ARGUMENT,
				"open connection");
			ck_assert_int_eq(
				odbcpool_GetConnectOption(dbc, (SQLUSMALLINT)readable[i], &value),
				SQL_ERROR);
			app_check_record(SQL_HANDLE_DBC, dbc, 1, "08003",
				ODBCPOOL_ERR_NOT_CONNECTED, "not open");
		}
		app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	}
	ck_assert_int_eq(
		odbcpool_SetConnectAttr(dbc, ODBCPOOL_ATTR_CLEAR, (SQLPOINTER)3, 0), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "HY024", ODBCPOOL_ERR_BAD_ARGUMENT, "not 3");
}
END_TEST

START_TEST(options_of_odbc_2_are_attributes)
{
	SQLHDBC dbc = app_connected("DSN=one");
	SQLHSTMT stmt = app_stmt(dbc);
	SQLULEN value = 0;
	SQLCHAR text[SQL_MAX_OPTION_STRING_LENGTH + 1];

	ck_assert_int_eq(
		odbcpool_SetConnectOption(dbc, SQL_ATTR_CONNECTION_TIMEOUT, 5), SQL_SUCCESS);
	ck_assert_uint_eq(app_attribute(dbc, SQL_ATTR_CONNECTION_TIMEOUT), 5);
	ck_assert_int_eq(
		odbcpool_GetConnectOption(dbc, SQL_ATTR_CONNECTION_TIMEOUT, &value), SQL_SUCCESS);
	ck_assert_uint_eq(value, 5);
	ck_assert_int_eq(odbcpool_SetConnectOption(
				 dbc, SQL_ATTR_CURRENT_CATALOG, (SQLULEN)(uintptr_t) "old"),
		SQL_SUCCESS);
	ck_assert_int_eq(
		odbcpool_GetConnectOption(dbc, SQL_ATTR_CURRENT_CATALOG, text), SQL_SUCCESS);
	ck_assert_str_eq((char *)text, "old");
	ck_assert_int_eq(odbcpool_SetStmtOption(stmt, SQL_MAX_ROWS, 3), SQL_SUCCESS);
	ck_assert_int_eq(odbcpool_GetStmtOption(stmt, SQL_MAX_ROWS, &value), SQL_SUCCESS);
	ck_assert_uint_eq(value, 3);
	app_disconnect(dbc);
	app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	ck_assert(app_is_reused(dbc));
	ck_assert_uint_eq(app_attribute(dbc, SQL_ATTR_CONNECTION_TIMEOUT), 0);
}
END_TEST

START_TEST(transactions_end_by_either_function)
{
	SQLHENV env = app_env(SQL_OV_ODBC2);
	SQLHDBC one = app_dbc_of(env), two = app_dbc_of(env);
	const struct fakedrv_control *fake = app_fake("fake");

	app_dbc_of(env); /* not connected */
	app_check(app_connect(one, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, one);
	app_check(app_connect(two, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, two);
	ck_assert_int_eq(odbcpool_Transact(env, one, SQL_COMMIT), SQL_SUCCESS);
	ck_assert_int_ge(fake->log_find("conn1 SQLTransact COMMIT", 0), 0);
	ck_assert_int_eq(odbcpool_EndTran(SQL_HANDLE_DBC, two, SQL_ROLLBACK), SQL_SUCCESS);
	ck_assert_int_ge(fake->log_find("conn2 SQLEndTran ROLLBACK", 0), 0);
	fake->log_start();
	ck_assert_int_eq(odbcpool_Transact(env, NULL, SQL_COMMIT), SQL_SUCCESS);
	ck_assert_int_ge(fake->log_find("conn1 SQLEndTran COMMIT", 0), 0);
	ck_assert_int_ge(fake->log_find("conn2 SQLEndTran COMMIT", 0), 0);
	fake->script("FakeEndTran=fail");
	ck_assert_int_eq(odbcpool_EndTran(SQL_HANDLE_ENV, env, SQL_COMMIT), SQL_ERROR);
	app_check_record(SQL_HANDLE_ENV, env, 1, "25S01", ODBCPOOL_ERR_BAD_ARGUMENT, "");
	app_check_record(SQL_HANDLE_DBC, two, 1, "HY000", 3, "does not end");
}
END_TEST

START_TEST(an_environment_ends_only_its_own_transactions)
{
	SQLHENV env = app_env(SQL_OV_ODBC3), other = app_env(SQL_OV_ODBC3);
	SQLHDBC mine = app_dbc_of(env), theirs = app_dbc_of(other);
	const struct fakedrv_control *fake = app_fake("fake");

	app_check(app_connect(mine, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, mine);
	app_check(app_connect(theirs, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, theirs);
	ck_assert_int_eq(odbcpool_EndTran(SQL_HANDLE_ENV, env, SQL_COMMIT), SQL_SUCCESS);
	ck_assert_int_ge(fake->log_find("conn1 SQLEndTran COMMIT", 0), 0);
	ck_assert_int_lt(fake->log_find("conn2 SQLEndTran", 0), 0);
}
END_TEST

START_TEST(the_managers_functions_are_not_the_drivers)
{
	SQLHENV env = app_env(SQL_OV_ODBC3);

	ck_assert_int_eq(odbcpool_DataSources(env, SQL_FETCH_FIRST, NULL, 0, NULL, NULL, 0, NULL),
		SQL_ERROR);
	app_check_record(SQL_HANDLE_ENV, env, 1, "IM001", ODBCPOOL_ERR_NOT_SUPPORTED, "manager");
	ck_assert_int_eq(
		odbcpool_DriversW(env, SQL_FETCH_FIRST, NULL, 0, NULL, NULL, 0, NULL), SQL_ERROR);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("info");
	TCase *t = tcase_create("info");

	tcase_add_checked_fixture(t, app_setup, app_done);
	tcase_add_test(t, the_drivers_own_set_of_functions_is_told);
	tcase_add_test(t, nowhere_to_put_the_answer_is_an_error);
	tcase_add_test(t, private_information_passes);
	tcase_add_test(t, handles_in_information_are_ours);
	tcase_add_test(t, nothing_is_known_before_the_connect);
	tcase_add_test(t, attributes_are_kept_until_the_connect);
	tcase_add_test(t, how_a_session_is_reset_is_told_as_a_text);
	tcase_add_test(t, our_attributes_have_their_times);
	tcase_add_test(t, options_of_odbc_2_are_attributes);
	tcase_add_test(t, transactions_end_by_either_function);
	tcase_add_test(t, an_environment_ends_only_its_own_transactions);
	tcase_add_test(t, the_managers_functions_are_not_the_drivers);
	suite_add_tcase(s, t);
	return s;
}
