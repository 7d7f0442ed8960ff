/* SPDX-License-Identifier: MIT */
/* Diagnostics: our own, the real driver's, in both widths and in the way of ODBC 2. */
#include "shim/app.h"
#include "support/run.h"

#include <string.h>

static SQLRETURN field(SQLSMALLINT type, SQLHANDLE h, SQLSMALLINT number, SQLSMALLINT id, void *to)
{
	SQLSMALLINT len = -7;

	return odbcpool_GetDiagField(type, h, number, id, to, SQL_IS_INTEGER, &len);
}

static void check_text_field(SQLSMALLINT type, SQLHANDLE h, SQLSMALLINT id, const char *wanted)
{
	SQLCHAR text[256] = "?";
	SQLWCHAR wide_text[256] = {'?'};
	SQLSMALLINT len = -7, wide_len = -7;

	ck_assert_int_eq(
		odbcpool_GetDiagField(type, h, 1, id, text, sizeof(text), &len), SQL_SUCCESS);
	ck_assert_str_eq((char *)text, wanted);
	ck_assert_int_eq(len, (int)strlen(wanted));
	ck_assert_int_eq(
		odbcpool_GetDiagFieldW(type, h, 1, id, wide_text, sizeof(wide_text), &wide_len),
		SQL_SUCCESS);
	ck_assert_str_eq(narrow(wide_text), wanted);
	ck_assert_int_eq(wide_len, 2 * (int)strlen(wanted));
}

/* A connection with a record of ours. */
static SQLHDBC failed(void)
{
	SQLHDBC dbc = app_dbc();

	ck_assert_int_eq(app_connect(dbc, "DSN=nowhere"), SQL_ERROR);
	return dbc;
}

START_TEST(our_records_have_all_fields)
{
	SQLHDBC dbc = failed();
	SQLINTEGER number = 0;
	SQLLEN row = 0;
	SQLRETURN rc = SQL_SUCCESS;

	ck_assert_int_eq(field(SQL_HANDLE_DBC, dbc, 0, SQL_DIAG_NUMBER, &number), SQL_SUCCESS);
	ck_assert_int_eq(number, 1);
	ck_assert_int_eq(field(SQL_HANDLE_DBC, dbc, 0, SQL_DIAG_RETURNCODE, &rc), SQL_SUCCESS);
	ck_assert_int_eq(rc, SQL_ERROR);
	ck_assert_int_eq(field(SQL_HANDLE_DBC, dbc, 0, SQL_DIAG_DYNAMIC_FUNCTION_CODE, &number),
		SQL_SUCCESS);
	ck_assert_int_eq(number, SQL_DIAG_UNKNOWN_STATEMENT);
	ck_assert_int_eq(field(SQL_HANDLE_DBC, dbc, 1, SQL_DIAG_NATIVE, &number), SQL_SUCCESS);
	ck_assert_int_eq(number, ODBCPOOL_ERR_NO_DATA_SOURCE);
	ck_assert_int_eq(field(SQL_HANDLE_DBC, dbc, 1, SQL_DIAG_ROW_NUMBER, &row), SQL_SUCCESS);
	ck_assert_int_eq(row, SQL_NO_ROW_NUMBER);
	ck_assert_int_eq(
		field(SQL_HANDLE_DBC, dbc, 1, SQL_DIAG_COLUMN_NUMBER, &number), SQL_SUCCESS);
	ck_assert_int_eq(number, SQL_NO_COLUMN_NUMBER);
	check_text_field(SQL_HANDLE_DBC, dbc, SQL_DIAG_SQLSTATE, "IM002");
	check_text_field(SQL_HANDLE_DBC, dbc, SQL_DIAG_CLASS_ORIGIN, "ODBC 3.0");
	check_text_field(SQL_HANDLE_DBC, dbc, SQL_DIAG_SUBCLASS_ORIGIN, "ODBC 3.0");
	check_text_field(SQL_HANDLE_DBC, dbc, SQL_DIAG_CONNECTION_NAME, "");
	check_text_field(SQL_HANDLE_DBC, dbc, SQL_DIAG_SERVER_NAME, "");
	check_text_field(SQL_HANDLE_DBC, dbc, SQL_DIAG_DYNAMIC_FUNCTION, "");
	ck_assert_int_eq(field(SQL_HANDLE_DBC, dbc, 2, SQL_DIAG_NATIVE, &number), SQL_NO_DATA);
	ck_assert_int_eq(field(SQL_HANDLE_DBC, dbc, 0, SQL_DIAG_NATIVE, &number), SQL_ERROR);
	ck_assert_int_eq(field(SQL_HANDLE_DBC, dbc, 1, 4711, &number), SQL_ERROR);
}
END_TEST

START_TEST(our_texts_are_cut_and_said_to_be)
{
	SQLHDBC dbc = failed();
	SQLCHAR state[6], text[8];
	SQLWCHAR wide_state[6], wide_text[8];
	SQLSMALLINT len = 0, wide_len = 0;
	SQLINTEGER native;

	ck_assert_int_eq(odbcpool_GetDiagRec(SQL_HANDLE_DBC, dbc, 1, state, &native, text, 8, &len),
		SQL_SUCCESS_WITH_INFO);
	ck_assert_str_eq((char *)text, "[odbcpo");
	ck_assert_int_gt(len, 8);
	ck_assert_int_eq(odbcpool_GetDiagRecW(SQL_HANDLE_DBC, dbc, 1, wide_state, &native,
				 wide_text, 8, &wide_len),
		SQL_SUCCESS_WITH_INFO);
	ck_assert_str_eq(narrow(wide_text), "[odbcpo");
	ck_assert_str_eq(narrow(wide_state), "IM002");
	ck_assert_int_eq(wide_len, len);
	ck_assert_int_eq(odbcpool_GetDiagFieldW(SQL_HANDLE_DBC, dbc, 1, SQL_DIAG_MESSAGE_TEXT,
				 wide_text, 8 * sizeof(SQLWCHAR), &wide_len),
		SQL_SUCCESS_WITH_INFO);
	ck_assert_int_eq(wide_len, 2 * len);
	/* Reading does not consume. */
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "IM002", ODBCPOOL_ERR_NO_DATA_SOURCE, "nowhere");
}
END_TEST

START_TEST(nothing_need_be_asked_for)
{
	SQLHDBC dbc = failed();

	ck_assert_int_eq(odbcpool_GetDiagRec(SQL_HANDLE_DBC, dbc, 1, NULL, NULL, NULL, 0, NULL),
		SQL_SUCCESS);
	ck_assert_int_eq(odbcpool_GetDiagRecW(SQL_HANDLE_DBC, dbc, 1, NULL, NULL, NULL, 0, NULL),
		SQL_SUCCESS);
	ck_assert_int_eq(
		odbcpool_GetDiagField(SQL_HANDLE_DBC, dbc, 0, SQL_DIAG_NUMBER, NULL, 0, NULL),
		SQL_SUCCESS);
	ck_assert_int_eq(
		odbcpool_GetDiagField(SQL_HANDLE_DBC, dbc, 1, SQL_DIAG_SQLSTATE, NULL, 0, NULL),
		SQL_SUCCESS);
	ck_assert_int_eq(
		odbcpool_GetDiagRec(SQL_HANDLE_DBC, dbc, 0, NULL, NULL, NULL, 0, NULL), SQL_ERROR);
	ck_assert_int_eq(
		odbcpool_GetDiagRec(SQL_HANDLE_DBC, dbc, -1, NULL, NULL, NULL, 0, NULL), SQL_ERROR);
	ck_assert_int_eq(
		odbcpool_GetDiagRec(SQL_HANDLE_DBC, dbc, 1, NULL, NULL, NULL, -1, NULL), SQL_ERROR);
}
END_TEST

START_TEST(the_next_call_forgets_our_records)
{
	SQLHDBC dbc = failed();

	app_check_record(SQL_HANDLE_DBC, dbc, 1, "IM002", ODBCPOOL_ERR_NO_DATA_SOURCE, "");
	app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	app_check_no_record(SQL_HANDLE_DBC, dbc, 1);
	SQLHSTMT stmt = app_stmt(dbc);
	ck_assert_int_eq(app_exec(stmt, "fail 42000 5 syntax"), SQL_ERROR);
	app_check_record(SQL_HANDLE_STMT, stmt, 1, "42000", 5, "[fakedrv]syntax");
	ck_assert_int_eq(app_exec(stmt, "select 1"), SQL_SUCCESS);
	app_check_no_record(SQL_HANDLE_STMT, stmt, 1);
}
END_TEST

START_TEST(the_drivers_records_pass_untouched)
{
	SQLHDBC dbc = app_connected("DSN=one");
	SQLHSTMT stmt = app_stmt(dbc);
	SQLLEN row = 0;
	SQLINTEGER number = 0;
	SQLRETURN rc = 0;

	ck_assert_int_eq(app_exec(stmt, "failrow 22001 7 3 2 too long"), SQL_ERROR);
	app_check_record(SQL_HANDLE_STMT, stmt, 1, "22001", 7, "too long");
	ck_assert_int_eq(field(SQL_HANDLE_STMT, stmt, 1, SQL_DIAG_ROW_NUMBER, &row), SQL_SUCCESS);
	ck_assert_int_eq(row, 3);
	ck_assert_int_eq(
		field(SQL_HANDLE_STMT, stmt, 1, SQL_DIAG_COLUMN_NUMBER, &number), SQL_SUCCESS);
	ck_assert_int_eq(number, 2);
	ck_assert_int_eq(field(SQL_HANDLE_STMT, stmt, 0, SQL_DIAG_RETURNCODE, &rc), SQL_SUCCESS);
	ck_assert_int_eq(rc, SQL_ERROR);
	check_text_field(SQL_HANDLE_STMT, stmt, SQL_DIAG_MESSAGE_TEXT, "[fakedrv]too long");
	ck_assert_int_eq(app_exec(stmt, "warn 01000 8 careful"), SQL_SUCCESS_WITH_INFO);
	app_check_record(SQL_HANDLE_STMT, stmt, 1, "01000", 8, "careful");
	app_check_no_record(SQL_HANDLE_STMT, stmt, 2);
}
END_TEST

START_TEST(records_of_a_failed_connect_are_the_drivers)
{
	SQLHDBC dbc = app_dbc();
	SQLINTEGER number = 0;
	SQLRETURN rc = 0;

	app_fake("fake")->script("FakeLogin=fail;FakeRecords=3;FakeState=08001");
	ck_assert_int_eq(
		_i ? app_connect_wide(dbc, "DSN=one") : app_connect(dbc, "DSN=one"), SQL_ERROR);
	ck_assert_int_eq(field(SQL_HANDLE_DBC, dbc, 0, SQL_DIAG_NUMBER, &number), SQL_SUCCESS);
	ck_assert_int_eq(number, 3);
	ck_assert_int_eq(field(SQL_HANDLE_DBC, dbc, 0, SQL_DIAG_RETURNCODE, &rc), SQL_SUCCESS);
	ck_assert_int_eq(rc, SQL_ERROR);
	for (SQLSMALLINT i = 1; i <= 3; i++)
		app_check_record(SQL_HANDLE_DBC, dbc, i, "08001", 18455 + i, "login failed");
	app_check_no_record(SQL_HANDLE_DBC, dbc, 4);
	check_text_field(SQL_HANDLE_DBC, dbc, SQL_DIAG_CLASS_ORIGIN, "ISO 9075");
	check_text_field(SQL_HANDLE_DBC, dbc, SQL_DIAG_SERVER_NAME, "fake1");
}
END_TEST

/* SQLError: one record after the other, then none. */
static void check_errors(SQLHENV env, SQLHDBC dbc, SQLHSTMT stmt, const char *const *states)
{
	SQLCHAR state[6], text[256];
	SQLINTEGER native;
	SQLSMALLINT len;

	for (; *states; states++) {
		ck_assert_int_eq(
			odbcpool_Error(env, dbc, stmt, state, &native, text, sizeof(text), &len),
			SQL_SUCCESS);
		ck_assert_str_eq((char *)state, *states);
		ck_assert_int_eq(len, (int)strlen((char *)text));
	}
	ck_assert_int_eq(odbcpool_Error(env, dbc, stmt, state, &native, text, sizeof(text), &len),
		SQL_NO_DATA);
}

START_TEST(sql_error_reads_each_record_once)
{
	static const char *const ours[] = {"IM002", NULL}, *const none[] = {NULL};
	static const char *const login[] = {"28000", "28000", NULL}, *const state[] = {
									     "42000", NULL};
	SQLHENV env = app_env(SQL_OV_ODBC2);
	SQLHDBC dbc = app_dbc_of(env);

	ck_assert_int_eq(app_connect(dbc, "DSN=nowhere"), SQL_ERROR);
	check_errors(env, dbc, NULL, ours);
	ck_assert_int_eq(app_connect(dbc, "DSN=nowhere"), SQL_ERROR);
	check_errors(NULL, dbc, NULL, ours);
	app_fake("fake")->script("FakeLogin=fail;FakeRecords=2");
	ck_assert_int_eq(app_connect(dbc, "DSN=plain"), SQL_ERROR);
	check_errors(NULL, dbc, NULL, login);
	app_fake("fake")->script("");
	app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	check_errors(NULL, dbc, NULL, none);
	SQLHSTMT stmt = app_stmt(dbc);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(app_exec(stmt, "fail 42000 5 syntax"), SQL_ERROR);
		check_errors(env, dbc, stmt, state); /* the innermost handle counts */
	}
	ck_assert_int_eq(odbcpool_SetEnvAttr(env, 4711, NULL, 0), SQL_ERROR);
	static const char *const of_env[] = {"HY092", NULL};
	check_errors(env, NULL, NULL, of_env);
}
END_TEST

START_TEST(a_failed_disconnect_shows_the_drivers_record)
{
	SQLHDBC dbc = app_connected("DSN=plain");

	app_fake("fake")->script("FakeDisconnect=fail");
	ck_assert_int_eq(odbcpool_Disconnect(dbc), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "25000", 0, "will not disconnect");
	app_fake("fake")->script("");
	app_disconnect(dbc);
}
END_TEST

START_TEST(every_handle_has_records_of_its_own)
{
	SQLHDBC dbc = app_connected("DSN=one");
	SQLHSTMT one = app_stmt(dbc), other = app_stmt(dbc);
	SQLHDESC desc;

	ck_assert_int_eq(odbcpool_AllocHandle(SQL_HANDLE_DESC, dbc, &desc), SQL_SUCCESS);
	ck_assert_int_eq(app_exec(one, "fail 42000 1 one"), SQL_ERROR);
	ck_assert_int_eq(app_exec(other, "fail 42001 2 other"), SQL_ERROR);
	ck_assert_int_eq(odbcpool_SetDescField(desc, 0, 4711, NULL, 0), SQL_ERROR);
	app_check_record(SQL_HANDLE_STMT, one, 1, "42000", 1, "one");
	app_check_record(SQL_HANDLE_STMT, other, 1, "42001", 2, "other");
	app_check_record(SQL_HANDLE_DESC, desc, 1, "07009", 0, "no such record");
	app_check_no_record(SQL_HANDLE_DBC, dbc, 1);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("diag");
	TCase *t = tcase_create("diag");

	tcase_add_checked_fixture(t, app_setup, app_done);
	tcase_add_test(t, our_records_have_all_fields);
	tcase_add_test(t, our_texts_are_cut_and_said_to_be);
	tcase_add_test(t, nothing_need_be_asked_for);
	tcase_add_test(t, the_next_call_forgets_our_records);
	tcase_add_test(t, the_drivers_records_pass_untouched);
	tcase_add_loop_test(t, records_of_a_failed_connect_are_the_drivers, 0, 2);
	tcase_add_test(t, sql_error_reads_each_record_once);
	tcase_add_test(t, a_failed_disconnect_shows_the_drivers_record);
	tcase_add_test(t, every_handle_has_records_of_its_own);
	suite_add_tcase(s, t);
	return s;
}
