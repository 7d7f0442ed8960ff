/* SPDX-License-Identifier: MIT */
/* Handles: which are ours, which are alive, whose children are whose. */
#include "shim/app.h"
#include "support/run.h"

#include <string.h>

/* Calls one of each family with a handle that must not pass. */
static void check_invalid(SQLHANDLE h)
{
	SQLHANDLE out;
	SQLULEN room[64];
	SQLSMALLINT len;

	ck_assert_int_eq(odbcpool_AllocHandle(SQL_HANDLE_DBC, h, &out), SQL_INVALID_HANDLE);
	ck_assert_int_eq(
		odbcpool_SetEnvAttr(h, SQL_ATTR_ODBC_VERSION, NULL, 0), SQL_INVALID_HANDLE);
	ck_assert_int_eq(
		odbcpool_GetEnvAttr(h, SQL_ATTR_ODBC_VERSION, room, 0, NULL), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_FreeHandle(SQL_HANDLE_ENV, h), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_EndTran(SQL_HANDLE_ENV, h, SQL_COMMIT), SQL_INVALID_HANDLE);
	ck_assert_int_eq(
		odbcpool_DataSources(h, 0, NULL, 0, NULL, NULL, 0, NULL), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_GetDiagRec(SQL_HANDLE_ENV, h, 1, NULL, NULL, NULL, 0, &len),
		SQL_INVALID_HANDLE);
	ck_assert_int_eq(
		odbcpool_Error(h, NULL, NULL, NULL, NULL, NULL, 0, NULL), SQL_INVALID_HANDLE);
}

static void check_invalid_dbc(SQLHANDLE h)
{
	SQLHANDLE out;
	SQLULEN room[64];
	SQLSMALLINT len;

	ck_assert_int_eq(odbcpool_AllocHandle(SQL_HANDLE_STMT, h, &out), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_AllocHandle(SQL_HANDLE_DESC, h, &out), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_AllocStmt(h, &out), SQL_INVALID_HANDLE);
	ck_assert_int_eq(app_connect(h, "DSN=one"), SQL_INVALID_HANDLE);
	ck_assert_int_eq(app_connect_wide(h, "DSN=one"), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_Connect(h, NULL, 0, NULL, 0, NULL, 0), SQL_INVALID_HANDLE);
	ck_assert_int_eq(
		odbcpool_BrowseConnect(h, (SQLCHAR *)"", 0, NULL, 0, &len), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_Disconnect(h), SQL_INVALID_HANDLE);
	ck_assert_int_eq(
		odbcpool_SetConnectAttr(h, SQL_ATTR_AUTOCOMMIT, NULL, 0), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_GetConnectAttrW(h, SQL_ATTR_AUTOCOMMIT, room, 0, NULL),
		SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_SetConnectOption(h, SQL_ATTR_AUTOCOMMIT, 0), SQL_INVALID_HANDLE);
	ck_assert_int_eq(
		odbcpool_GetConnectOption(h, SQL_ATTR_AUTOCOMMIT, room), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_GetInfo(h, SQL_DBMS_NAME, room, 8, &len), SQL_INVALID_HANDLE);
	ck_assert_int_eq(
		odbcpool_GetFunctions(h, SQL_API_SQLFETCH, (void *)room), SQL_INVALID_HANDLE);
	ck_assert_int_eq(
		odbcpool_NativeSqlW(h, wide("x"), SQL_NTS, NULL, 0, NULL), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_EndTran(SQL_HANDLE_DBC, h, SQL_COMMIT), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_CancelHandle(SQL_HANDLE_DBC, h), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_FreeHandle(SQL_HANDLE_DBC, h), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_FreeConnect(h), SQL_INVALID_HANDLE);
	ck_assert_int_eq(
		odbcpool_GetDiagField(SQL_HANDLE_DBC, h, 0, SQL_DIAG_NUMBER, room, 0, &len),
		SQL_INVALID_HANDLE);
}

static void check_invalid_stmt(SQLHANDLE h)
{
	SQLULEN room[64];
	SQLSMALLINT len;

	ck_assert_int_eq(app_exec(h, "select 1"), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_PrepareW(h, wide("x"), SQL_NTS), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_Execute(h), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_Fetch(h), SQL_INVALID_HANDLE);
	ck_assert_int_eq(
		odbcpool_TablesW(h, NULL, 0, NULL, 0, NULL, 0, NULL, 0), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_Cancel(h), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_CancelHandle(SQL_HANDLE_STMT, h), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_ParamData(h, (void *)room), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_FreeStmt(h, SQL_DROP), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_FreeHandle(SQL_HANDLE_STMT, h), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_SetStmtAttr(h, SQL_ATTR_MAX_ROWS, NULL, 0), SQL_INVALID_HANDLE);
	ck_assert_int_eq(
		odbcpool_GetStmtAttr(h, SQL_ATTR_APP_ROW_DESC, room, 8, NULL), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_GetCursorNameW(h, (SQLWCHAR *)room, 8, &len), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_GetDiagRecW(SQL_HANDLE_STMT, h, 1, NULL, NULL, NULL, 0, &len),
		SQL_INVALID_HANDLE);
}

static void check_invalid_desc(SQLHANDLE h, SQLHANDLE desc)
{
	SQLULEN room[64];

	ck_assert_int_eq(
		odbcpool_GetDescField(h, 0, SQL_DESC_COUNT, room, 8, NULL), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_SetDescFieldW(h, 0, SQL_DESC_COUNT, NULL, 0), SQL_INVALID_HANDLE);
	ck_assert_int_eq(
		odbcpool_SetDescRec(h, 1, 0, 0, 0, 0, 0, NULL, NULL, NULL), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_FreeHandle(SQL_HANDLE_DESC, h), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_CopyDesc(h, desc), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_CopyDesc(desc, h), SQL_INVALID_HANDLE);
}

START_TEST(what_is_no_handle_of_ours_never_passes)
{
	uint64_t foreign[64] = {0x1234567812345678u};
	SQLHDBC dbc = app_connected("DSN=one");
	SQLHSTMT stmt = app_stmt(dbc);
	SQLHANDLE desc, real, wrong[8];

	odbcpool_AllocHandle(SQL_HANDLE_DESC, dbc, &desc);
	real = ((struct stmt *)stmt)->real;
	SQLHANDLE none[] = {NULL, foreign, real};
	for (size_t i = 0; i < array_size(none); i++) {
		check_invalid(none[i]);
		check_invalid_dbc(none[i]);
		check_invalid_stmt(none[i]);
		check_invalid_desc(none[i], desc);
		ck_assert_int_eq(odbcpool_SetStmtAttr(stmt, SQL_ATTR_APP_ROW_DESC, none[i], 0),
			none[i] ? SQL_INVALID_HANDLE : SQL_SUCCESS);
	}
	wrong[0] = dbc, wrong[1] = stmt, wrong[2] = desc;
	for (size_t i = 0; i < 3; i++)
		check_invalid(wrong[i]);
	wrong[0] = ((struct dbc *)dbc)->env;
	for (size_t i = 0; i < 3; i++)
		check_invalid_dbc(wrong[i]);
	wrong[1] = dbc;
	for (size_t i = 0; i < 3; i++)
		check_invalid_stmt(wrong[i]);
	wrong[2] = stmt;
	for (size_t i = 0; i < 3; i++)
		check_invalid_desc(wrong[i], desc);
}
END_TEST

START_TEST(an_unknown_kind_of_handle_is_refused)
{
	SQLHDBC dbc = app_connected("DSN=one");
	SQLHANDLE out = dbc;

	ck_assert_int_eq(odbcpool_AllocHandle(77, dbc, &out), SQL_ERROR);
	ck_assert_ptr_null(out);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "HY092", ODBCPOOL_ERR_BAD_ARGUMENT, "77");
	ck_assert_int_eq(odbcpool_FreeHandle(77, dbc), SQL_INVALID_HANDLE);
	ck_assert_int_eq(odbcpool_EndTran(77, dbc, SQL_COMMIT), SQL_INVALID_HANDLE);
	ck_assert_int_eq(
		odbcpool_GetDiagRec(77, dbc, 1, NULL, NULL, NULL, 0, NULL), SQL_INVALID_HANDLE);
}
END_TEST

START_TEST(nowhere_to_put_a_handle_is_an_error)
{
	SQLHDBC dbc = app_connected("DSN=one");

	ck_assert_int_eq(odbcpool_AllocHandle(SQL_HANDLE_STMT, dbc, NULL), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "HY009", ODBCPOOL_ERR_BAD_ARGUMENT, "NULL");
	ck_assert_int_eq(odbcpool_AllocHandle(SQL_HANDLE_ENV, NULL, NULL), SQL_ERROR);
	ck_assert_int_eq(odbcpool_AllocEnv(NULL), SQL_ERROR);
}
END_TEST

START_TEST(statements_need_an_open_connection)
{
	SQLHDBC dbc = app_dbc();
	SQLHSTMT stmt = dbc;

	ck_assert_int_eq(odbcpool_AllocHandle(SQL_HANDLE_STMT, dbc, &stmt), SQL_ERROR);
	ck_assert_ptr_null(stmt);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "08003", ODBCPOOL_ERR_NOT_CONNECTED, "not open");
}
END_TEST

START_TEST(parents_outlive_their_children)
{
	SQLHENV env = app_env(SQL_OV_ODBC3);
	SQLHDBC dbc = app_dbc_of(env);

	app_check(app_connect(dbc, "DSN=plain"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	ck_assert_int_eq(odbcpool_FreeHandle(SQL_HANDLE_DBC, dbc), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "HY010", ODBCPOOL_ERR_BAD_ARGUMENT, "still open");
	ck_assert_int_eq(odbcpool_FreeHandle(SQL_HANDLE_ENV, env), SQL_ERROR);
	app_check_record(SQL_HANDLE_ENV, env, 1, "HY010", ODBCPOOL_ERR_BAD_ARGUMENT, "connections");
}
END_TEST

START_TEST(a_pooled_connection_comes_back_with_its_freed_handle)
{
	SQLHENV env = app_env(SQL_OV_ODBC3);
	SQLHDBC dbc;

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(odbcpool_AllocHandle(SQL_HANDLE_DBC, env, &dbc), SQL_SUCCESS);
		app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
		ck_assert_int_eq(odbcpool_FreeHandle(SQL_HANDLE_DBC, dbc), SQL_SUCCESS);
	}
	ck_assert_uint_eq(app_counts("fake").logins, 1);
}
END_TEST

START_TEST(freeing_a_statement_frees_the_real_one)
{
	SQLHDBC dbc = app_connected("DSN=one");
	SQLHSTMT by_handle = app_stmt(dbc), by_drop = app_stmt(dbc), closed = app_stmt(dbc);

	ck_assert_uint_eq(app_counts("fake").statements, 3);
	ck_assert_int_eq(odbcpool_FreeHandle(SQL_HANDLE_STMT, by_handle), SQL_SUCCESS);
	ck_assert_int_eq(odbcpool_FreeStmt(by_drop, SQL_DROP), SQL_SUCCESS);
	ck_assert_int_eq(odbcpool_FreeStmt(closed, SQL_CLOSE), SQL_SUCCESS);
	ck_assert_uint_eq(app_counts("fake").statements, 1);
	ck_assert_int_eq(app_exec(closed, "select 1"), SQL_SUCCESS);
}
END_TEST

START_TEST(the_functions_of_odbc_2_make_the_same_handles)
{
	SQLHENV env;
	SQLHDBC dbc;
	SQLHSTMT stmt;

	ck_assert_int_eq(odbcpool_AllocEnv(&env), SQL_SUCCESS);
	ck_assert_int_eq(odbcpool_AllocConnect(env, &dbc), SQL_SUCCESS);
	ck_assert_int_eq(
		odbcpool_Connect(dbc, (SQLCHAR *)"one", SQL_NTS, NULL, 0, NULL, 0), SQL_SUCCESS);
	ck_assert_int_eq(odbcpool_AllocStmt(dbc, &stmt), SQL_SUCCESS);
	ck_assert_int_eq(app_exec(stmt, "select 1"), SQL_SUCCESS);
	ck_assert_int_eq(odbcpool_Disconnect(dbc), SQL_SUCCESS);
	ck_assert_int_eq(odbcpool_FreeConnect(dbc), SQL_SUCCESS);
	ck_assert_int_eq(odbcpool_FreeEnv(env), SQL_SUCCESS);
}
END_TEST

START_TEST(the_standard_environment_is_one_of_odbc_3)
{
	SQLHENV env;
	SQLUINTEGER version = 0;

	ck_assert_int_eq(odbcpool_AllocHandleStd(SQL_HANDLE_ENV, NULL, &env), SQL_SUCCESS);
	ck_assert_int_eq(
		odbcpool_GetEnvAttr(env, SQL_ATTR_ODBC_VERSION, &version, 0, NULL), SQL_SUCCESS);
	ck_assert_uint_eq(version, SQL_OV_ODBC3);
	ck_assert_int_eq(odbcpool_FreeHandle(SQL_HANDLE_ENV, env), SQL_SUCCESS);
}
END_TEST

START_TEST(environment_attributes_are_kept_or_refused)
{
	SQLHENV env = app_env(SQL_OV_ODBC3_80);
	SQLINTEGER value = 0, len = 0;

	ck_assert_int_eq(
		odbcpool_GetEnvAttr(env, SQL_ATTR_ODBC_VERSION, &value, 0, &len), SQL_SUCCESS);
	ck_assert_int_eq(value, SQL_OV_ODBC3_80);
	ck_assert_int_eq(len, sizeof(SQLINTEGER));
	ck_assert_int_eq(
		odbcpool_SetEnvAttr(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)5, 0), SQL_ERROR);
	app_check_record(SQL_HANDLE_ENV, env, 1, "HY024", ODBCPOOL_ERR_BAD_ARGUMENT, "5");
	ck_assert_int_eq(
		odbcpool_SetEnvAttr(env, SQL_ATTR_OUTPUT_NTS, (SQLPOINTER)SQL_FALSE, 0), SQL_ERROR);
	app_check_record(SQL_HANDLE_ENV, env, 1, "HYC00", ODBCPOOL_ERR_BAD_ARGUMENT, "NTS");
	ck_assert_int_eq(odbcpool_SetEnvAttr(env, 4711, NULL, 0), SQL_ERROR);
	app_check_record(SQL_HANDLE_ENV, env, 1, "HY092", ODBCPOOL_ERR_BAD_ARGUMENT, "4711");
	/* The next call forgets the record. */
	ck_assert_int_eq(
		odbcpool_GetEnvAttr(env, SQL_ATTR_OUTPUT_NTS, &value, 0, NULL), SQL_SUCCESS);
	ck_assert_int_eq(value, SQL_TRUE);
	app_check_no_record(SQL_HANDLE_ENV, env, 1);
}
END_TEST

START_TEST(disconnecting_frees_what_the_application_forgot)
{
	SQLHDBC dbc = app_connected(_i ? "DSN=plain" : "DSN=one");
	SQLHANDLE desc;

	for (int i = 0; i < 20; i++)
		app_stmt(dbc);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(odbcpool_AllocHandle(SQL_HANDLE_DESC, dbc, &desc), SQL_SUCCESS);
	ck_assert_uint_eq(app_counts("fake").statements, 20);
	ck_assert_uint_eq(app_counts("fake").descriptors, 5);
	app_disconnect(dbc);
	ck_assert_uint_eq(app_counts("fake").statements, 0);
	ck_assert_uint_eq(app_counts("fake").descriptors, 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("alloc");
	TCase *t = tcase_create("alloc");

	tcase_add_checked_fixture(t, app_setup, app_done);
	tcase_add_test(t, what_is_no_handle_of_ours_never_passes);
	tcase_add_test(t, an_unknown_kind_of_handle_is_refused);
	tcase_add_test(t, nowhere_to_put_a_handle_is_an_error);
	tcase_add_test(t, statements_need_an_open_connection);
	tcase_add_test(t, parents_outlive_their_children);
	tcase_add_test(t, a_pooled_connection_comes_back_with_its_freed_handle);
	tcase_add_test(t, freeing_a_statement_frees_the_real_one);
	tcase_add_test(t, the_functions_of_odbc_2_make_the_same_handles);
	tcase_add_test(t, the_standard_environment_is_one_of_odbc_3);
	tcase_add_test(t, environment_attributes_are_kept_or_refused);
	tcase_add_loop_test(t, disconnecting_frees_what_the_application_forgot, 0, 2);
	suite_add_tcase(s, t);
	return s;
}
