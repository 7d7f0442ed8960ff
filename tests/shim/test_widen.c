/* SPDX-License-Identifier: MIT */
/* W callers of a real driver that lacks the W form: its ANSI twin, with converted texts. */
#include "shim/app.h"
#include "support/run.h"

#include <string.h>

/* A Euro sign, in UTF-16 and in UTF-8. */
#define EURO_WIDE 0x20ac
#define EURO "\xe2\x82\xac"

static SQLHDBC dbc;
static SQLHSTMT stmt;

static void connect_nomix(void)
{
	app_setup();
	dbc = app_dbc();
	app_check(app_connect_wide(dbc, "DRIVER={nomix}"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	stmt = app_stmt(dbc);
}

static bool is_logged(const char *text)
{
	return app_fake("nomix")->log_find(text, 0) >= 0;
}

START_TEST(texts_go_in_converted)
{
	SQLWCHAR text[] = {'s', 'e', 'l', 'e', 'c', 't', ' ', '\'', EURO_WIDE, '\'', 'x', 0};

	ck_assert_int_eq(odbcpool_PrepareW(stmt, text, 10), SQL_SUCCESS);
	ck_assert(is_logged("SQLPrepare select '" EURO "'"));
	ck_assert(!is_logged("SQLPrepare select '" EURO "'x"));
	text[10] = 0;
	ck_assert_int_eq(odbcpool_PrepareW(stmt, text, SQL_NTS), SQL_SUCCESS);
	ck_assert_int_eq(odbcpool_SetCursorNameW(stmt, wide("cursor"), SQL_NTS), SQL_SUCCESS);
	ck_assert(is_logged("SQLSetCursorName cursor"));
}
END_TEST

START_TEST(a_cursor_name_comes_out_converted)
{
	SQLWCHAR name[16];
	SQLSMALLINT len = 0;

	ck_assert_int_eq(odbcpool_SetCursorNameW(stmt, wide("cursor"), 6), SQL_SUCCESS);
	ck_assert_int_eq(odbcpool_GetCursorNameW(stmt, name, 16, &len), SQL_SUCCESS);
	ck_assert_str_eq(narrow(name), "cursor");
	ck_assert_int_eq(len, 6);
	ck_assert_int_eq(odbcpool_GetCursorNameW(stmt, name, 4, &len), SQL_SUCCESS_WITH_INFO);
	ck_assert_str_eq(narrow(name), "cur");
	ck_assert_int_eq(len, 6);
	app_check_record(SQL_HANDLE_STMT, stmt, 1, "01004", ODBCPOOL_ERR_TRUNCATED, "truncated");
	ck_assert_int_eq(odbcpool_GetCursorNameW(stmt, NULL, 0, &len), SQL_SUCCESS);
	ck_assert_int_eq(len, 6);
}
END_TEST

START_TEST(columns_are_described_in_w)
{
	SQLWCHAR name[16];
	SQLSMALLINT len = 0, type = 0, digits, nullable;
	SQLULEN size;
	SQLLEN number = 0;

	ck_assert_int_eq(odbcpool_ExecDirectW(stmt, wide("rows 2"), SQL_NTS), SQL_SUCCESS);
	ck_assert_int_eq(
		odbcpool_DescribeColW(stmt, 2, name, 16, &len, &type, &size, &digits, &nullable),
		SQL_SUCCESS);
	ck_assert_str_eq(narrow(name), "t");
	ck_assert_int_eq(len, 1);
	ck_assert_int_ne(type, 0);
	ck_assert_int_eq(
		odbcpool_ColAttributeW(stmt, 2, SQL_DESC_NAME, name, sizeof(name), &len, &number),
		SQL_SUCCESS);
	ck_assert_str_eq(narrow(name), "t");
	ck_assert_int_eq(len, 2);
	ck_assert_int_eq(odbcpool_ColAttributeW(stmt, 1, SQL_DESC_COUNT, NULL, 0, NULL, &number),
		SQL_SUCCESS);
	ck_assert_int_eq(number, 2);
	ck_assert_int_eq(
		odbcpool_ColAttributeW(stmt, 9, SQL_DESC_NAME, name, sizeof(name), &len, &number),
		SQL_ERROR);
	app_check_record(SQL_HANDLE_STMT, stmt, 1, "07009", 0, "");
}
END_TEST

START_TEST(native_text_comes_out_converted)
{
	SQLWCHAR text[] = {'a', EURO_WIDE, 'b', 0}, out[16];
	SQLINTEGER len = 0;

	ck_assert_int_eq(odbcpool_NativeSqlW(dbc, text, SQL_NTS, out, 16, &len), SQL_SUCCESS);
	ck_assert_int_eq(out[1], EURO_WIDE);
	ck_assert_int_eq(len, 3);
	ck_assert_int_eq(
		odbcpool_NativeSqlW(dbc, text, SQL_NTS, out, 3, &len), SQL_SUCCESS_WITH_INFO);
	ck_assert_int_eq(out[1], EURO_WIDE);
	ck_assert_int_eq(out[2], 0);
	ck_assert_int_eq(len, 3);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "01004", ODBCPOOL_ERR_TRUNCATED, "truncated");
}
END_TEST

START_TEST(information_comes_out_converted)
{
	SQLWCHAR text[64];
	SQLCHAR plain[64];
	SQLSMALLINT len = 0, plain_len = 0;
	SQLUSMALLINT number = 99;

	ck_assert_int_eq(odbcpool_GetInfo(dbc, SQL_DBMS_NAME, plain, 64, &plain_len), SQL_SUCCESS);
	ck_assert_int_eq(
		odbcpool_GetInfoW(dbc, SQL_DBMS_NAME, text, sizeof(text), &len), SQL_SUCCESS);
	ck_assert_str_eq(narrow(text), (char *)plain);
	ck_assert_int_eq(len, 2 * plain_len);
	ck_assert_int_eq(
		odbcpool_GetInfoW(dbc, SQL_DBMS_NAME, text, 6, &len), SQL_SUCCESS_WITH_INFO);
	ck_assert_int_eq(text[2], 0);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "01004", ODBCPOOL_ERR_TRUNCATED, "truncated");
	ck_assert_int_eq(
		odbcpool_GetInfoW(dbc, SQL_CURSOR_COMMIT_BEHAVIOR, &number, 2, &len), SQL_SUCCESS);
	ck_assert_int_ne(number, 99);
}
END_TEST

START_TEST(catalog_arguments_go_in_converted)
{
	SQLWCHAR name[] = {'t', EURO_WIDE, 0};
	char value[16];

	ck_assert_int_eq(
		odbcpool_TablesW(stmt, NULL, 0, wide("schema"), 3, name, SQL_NTS, wide(""), 0),
		SQL_SUCCESS);
	ck_assert_int_eq(odbcpool_Fetch(stmt), SQL_SUCCESS);
	ck_assert_int_eq(
		odbcpool_GetData(stmt, 3, SQL_C_CHAR, value, sizeof(value), NULL), SQL_SUCCESS);
	ck_assert_str_eq(value, "sch");
	ck_assert_int_eq(
		odbcpool_GetData(stmt, 4, SQL_C_CHAR, value, sizeof(value), NULL), SQL_SUCCESS);
	ck_assert_str_eq(value, "t" EURO);
	/* NULL is not an empty text. */
	SQLLEN len = 0;
	ck_assert_int_eq(
		odbcpool_GetData(stmt, 2, SQL_C_CHAR, value, sizeof(value), &len), SQL_SUCCESS);
	ck_assert_int_eq(len, SQL_NULL_DATA);
	ck_assert_int_eq(
		odbcpool_GetData(stmt, 5, SQL_C_CHAR, value, sizeof(value), &len), SQL_SUCCESS);
	ck_assert_int_eq(len, 0);
}
END_TEST

START_TEST(records_come_out_converted)
{
	SQLWCHAR state[6], text[64];
	SQLINTEGER native = 0;
	SQLSMALLINT len = 0;

	ck_assert_int_eq(app_exec(stmt, "fail 42000 5 " EURO), SQL_ERROR);
	ck_assert_int_eq(
		odbcpool_GetDiagRecW(SQL_HANDLE_STMT, stmt, 1, state, &native, text, 64, &len),
		SQL_SUCCESS);
	ck_assert_str_eq(narrow(state), "42000");
	ck_assert_int_eq(native, 5);
	ck_assert_int_eq(len, 10);
	ck_assert_int_eq(text[9], EURO_WIDE);
	ck_assert_int_eq(
		odbcpool_GetDiagRecW(SQL_HANDLE_STMT, stmt, 2, state, &native, text, 64, &len),
		SQL_NO_DATA);
}
END_TEST

START_TEST(connection_attributes_go_both_ways)
{
	SQLWCHAR name[16];
	SQLINTEGER len = 0;

	ck_assert_int_eq(odbcpool_SetConnectAttrW(dbc, SQL_ATTR_CURRENT_CATALOG, wide("other"),
				 5 * sizeof(SQLWCHAR)),
		SQL_SUCCESS);
	ck_assert(is_logged("SQLSetConnectAttr 109 other"));
	ck_assert_int_eq(
		odbcpool_GetConnectAttrW(dbc, SQL_ATTR_CURRENT_CATALOG, name, sizeof(name), &len),
		SQL_SUCCESS);
	ck_assert_str_eq(narrow(name), "other");
	ck_assert_int_eq(len, 10);
	/* Numbers, whatever the length says. */
	ck_assert_int_eq(odbcpool_SetConnectAttrW(
				 dbc, SQL_ATTR_AUTOCOMMIT, (SQLPOINTER)SQL_AUTOCOMMIT_ON, SQL_NTS),
		SQL_SUCCESS);
	ck_assert(is_logged("SQLSetConnectAttr 102 1"));
	app_disconnect(dbc);
	ck_assert(is_logged("SQLSetConnectAttr 109 fake"));
}
END_TEST

START_TEST(a_function_without_any_form_is_missing)
{
	SQLUSMALLINT supported = SQL_TRUE;
	SQLHDBC wide_dbc = app_dbc_of(app_env_of(SHELL_WIDE));
	SQLHSTMT wide_stmt;

	app_check(
		app_connect_wide(wide_dbc, "DRIVER={wide}"), SQL_SUCCESS, SQL_HANDLE_DBC, wide_dbc);
	wide_stmt = app_stmt(wide_dbc);
	/* ODBC 2 functions have no W form. */
	ck_assert_int_eq(
		odbcpool_GetFunctions(wide_dbc, SQL_API_SQLGETSTMTOPTION, &supported), SQL_SUCCESS);
	ck_assert_int_eq(supported, SQL_FALSE);
	ck_assert_int_eq(odbcpool_SetStmtOption(wide_stmt, SQL_MAX_ROWS, 1), SQL_ERROR);
	app_check_record(SQL_HANDLE_STMT, wide_stmt, 1, "IM001", ODBCPOOL_ERR_NOT_SUPPORTED,
		"does not support this function (SQLSetStmtOption)");
	/* It can still be disconnected. */
	app_disconnect(wide_dbc);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("widen");
	TCase *t = tcase_create("widen");

	tcase_add_checked_fixture(t, connect_nomix, app_done);
	tcase_add_test(t, texts_go_in_converted);
	tcase_add_test(t, a_cursor_name_comes_out_converted);
	tcase_add_test(t, columns_are_described_in_w);
	tcase_add_test(t, native_text_comes_out_converted);
	tcase_add_test(t, information_comes_out_converted);
	tcase_add_test(t, catalog_arguments_go_in_converted);
	tcase_add_test(t, records_come_out_converted);
	tcase_add_test(t, connection_attributes_go_both_ways);
	tcase_add_test(t, a_function_without_any_form_is_missing);
	suite_add_tcase(s, t);
	return s;
}
