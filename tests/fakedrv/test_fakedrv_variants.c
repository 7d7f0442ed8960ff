/* SPDX-License-Identifier: MIT */
/* The variants of the fake driver: what each exports, and that it says the same of itself. */
#include "fakedrv/client.h"
#include "base/compiler.h"

#include "support/run.h"

static const char *const drivers[] = {"fakedrv", "fakedrva", "fakedrvw", "fakedrv_nomix"};

static struct client d;

static void unset(void)
{
	d = (struct client){0};
}

static bool has(const char *name)
{
	return dlsym(d.library, name) != NULL;
}

/* A connected handle, by whichever form of the connect function there is. */
static struct session connect_somehow(void)
{
	static SQLWCHAR nothing[] = {0};
	struct session s = session_prepare(&d);

	if (has("SQLDriverConnect"))
		ck_assert_int_eq(session_connect(&d, &s, ""), SQL_SUCCESS);
	else
		ck_assert_int_eq(CALL(d, SQLDriverConnectW)(s.dbc, NULL, nothing, 0, NULL, 0, NULL,
					 SQL_DRIVER_NOPROMPT),
			SQL_SUCCESS);
	return s;
}

START_TEST(the_ansi_variant_has_no_wide_function)
{
	client_load(&d, "fakedrva");
	ck_assert(has("SQLConnect") && has("SQLGetDiagRec") && has("SQLTables"));
	ck_assert(!has("SQLConnectW") && !has("SQLGetDiagRecW") && !has("SQLTablesW"));
}
END_TEST

START_TEST(the_wide_variant_has_no_plain_form_of_a_wide_function)
{
	client_load(&d, "fakedrvw");
	ck_assert(has("SQLConnectW") && has("SQLGetDiagRecW") && has("SQLFetch"));
	ck_assert(!has("SQLConnect") && !has("SQLGetDiagRec") && !has("SQLError"));
}
END_TEST

START_TEST(the_mixed_variant_lacks_single_wide_functions)
{
	static const char *const lacking[] = {"SQLTables", "SQLPrepare", "SQLNativeSql",
		"SQLDescribeCol", "SQLColAttribute", "SQLGetInfo", "SQLGetDiagRec",
		"SQLSetConnectAttr", "SQLGetCursorName", "SQLSetCursorName"};
	char wide[64];

	client_load(&d, "fakedrv_nomix");
	ck_assert(has("SQLConnectW") && has("SQLDriverConnectW") && has("SQLExecDirectW"));
	for (size_t i = 0; i < array_size(lacking); i++) {
		snprintf(wide, sizeof(wide), "%sW", lacking[i]);
		ck_assert_msg(has(lacking[i]), "%s", lacking[i]);
		ck_assert_msg(!has(wide), "%s", wide);
	}
}
END_TEST

START_TEST(the_odbc_2_variant_works_with_odbc_2_functions)
{
	SQLHENV env;
	SQLHDBC dbc;
	SQLHSTMT stmt;
	char text[8];
	SQLLEN len;

	client_load(&d, "fakedrv_odbc2");
	ck_assert(!has("SQLAllocHandle") && !has("SQLGetDiagRec") && !has("SQLEndTran"));
	ck_assert_int_eq(CALL(d, SQLAllocEnv)(&env), SQL_SUCCESS);
	ck_assert_int_eq(CALL(d, SQLAllocConnect)(env, &dbc), SQL_SUCCESS);
	ck_assert_int_eq(
		CALL(d, SQLConnect)(dbc, (SQLCHAR *)"dsn", SQL_NTS, NULL, 0, NULL, 0), SQL_SUCCESS);
	ck_assert_int_eq(CALL(d, SQLAllocStmt)(dbc, &stmt), SQL_SUCCESS);
	CALL(d, SQLExecDirect)(stmt, (SQLCHAR *)"select 8", SQL_NTS);
	CALL(d, SQLFetch)(stmt);
	CALL(d, SQLGetData)(stmt, 1, SQL_C_CHAR, text, sizeof(text), &len);
	ck_assert_str_eq(text, "8");
	ck_assert_int_eq(CALL(d, SQLFreeStmt)(stmt, SQL_DROP), SQL_SUCCESS);
	ck_assert_int_eq(CALL(d, SQLTransact)(env, dbc, SQL_COMMIT), SQL_SUCCESS);
	ck_assert_int_eq(CALL(d, SQLDisconnect)(dbc), SQL_SUCCESS);
	ck_assert_int_eq(CALL(d, SQLFreeConnect)(dbc), SQL_SUCCESS);
	ck_assert_int_eq(CALL(d, SQLFreeEnv)(env), SQL_SUCCESS);
}
END_TEST

START_TEST(the_library_that_is_no_driver_loads)
{
	client_load(&d, "fakedrv_notdriver");
	ck_assert(!has("SQLAllocHandle") && !has("SQLAllocEnv"));
}
END_TEST

START_TEST(sql_get_functions_is_true_to_the_exports)
{
	static const struct {
		SQLUSMALLINT id;
		const char *plain, *wide;
	} some[] = {
		{SQL_API_SQLALLOCENV, "SQLAllocEnv", "SQLAllocEnvW"},
		{SQL_API_SQLCANCELHANDLE, "SQLCancelHandle", "SQLCancelHandleW"},
		{SQL_API_SQLTABLES, "SQLTables", "SQLTablesW"},
		{SQL_API_SQLERROR, "SQLError", "SQLErrorW"},
		{SQL_API_SQLTRANSACT, "SQLTransact", "SQLTransactW"},
		{SQL_API_SQLDRIVERS, "SQLDrivers", "SQLDriversW"},
	};
	SQLUSMALLINT all[SQL_API_ODBC3_ALL_FUNCTIONS_SIZE], one;

	client_load(&d, drivers[_i]);
	struct session s = connect_somehow();
	CALL(d, SQLGetFunctions)(s.dbc, SQL_API_ODBC3_ALL_FUNCTIONS, all);
	for (size_t i = 0; i < array_size(some); i++) {
		bool is_exported = has(some[i].plain) || has(some[i].wide);
		CALL(d, SQLGetFunctions)(s.dbc, some[i].id, &one);
		ck_assert_msg(one == is_exported, "%s", some[i].plain);
		ck_assert_msg((SQL_FUNC_EXISTS(all, some[i].id) != 0) == is_exported, "%s",
			some[i].plain);
	}
	session_close(&d, &s);
}
END_TEST

START_TEST(an_exported_function_can_be_denied)
{
	SQLUSMALLINT offered;

	client_load(&d, "fakedrv");
	struct session s = connect_somehow();
	d.fake->script("FakeUnsupported=1010");
	CALL(d, SQLGetFunctions)(s.dbc, SQL_API_SQLGETDIAGFIELD, &offered);
	ck_assert_int_eq(offered, SQL_FALSE);
	CALL(d, SQLGetFunctions)(s.dbc, SQL_API_SQLGETDESCREC, &offered);
	ck_assert_int_eq(offered, SQL_TRUE);
	session_close(&d, &s);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("fakedrv variants");
	TCase *t = tcase_create("variants");

	tcase_add_checked_fixture(t, unset, NULL);
	tcase_add_test(t, the_ansi_variant_has_no_wide_function);
	tcase_add_test(t, the_wide_variant_has_no_plain_form_of_a_wide_function);
	tcase_add_test(t, the_mixed_variant_lacks_single_wide_functions);
	tcase_add_test(t, the_odbc_2_variant_works_with_odbc_2_functions);
	tcase_add_test(t, the_library_that_is_no_driver_loads);
	tcase_add_loop_test(t, sql_get_functions_is_true_to_the_exports, 0, array_size(drivers));
	tcase_add_test(t, an_exported_function_can_be_denied);
	suite_add_tcase(s, t);
	return s;
}
