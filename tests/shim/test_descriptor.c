/* SPDX-License-Identifier: MIT */
/* Descriptors across the border: implicit and explicit, both ways, between drivers. */
#include "shim/app.h"
#include "support/run.h"

static SQLHDESC desc_of(SQLHSTMT stmt, SQLINTEGER attribute)
{
	SQLHDESC desc = NULL;

	ck_assert_int_eq(
		odbcpool_GetStmtAttr(stmt, attribute, &desc, SQL_IS_POINTER, NULL), SQL_SUCCESS);
	ck_assert_ptr_nonnull(desc);
	return desc;
}

static SQLHDESC new_desc(SQLHDBC dbc)
{
	SQLHDESC desc = NULL;

	ck_assert_int_eq(odbcpool_AllocHandle(SQL_HANDLE_DESC, dbc, &desc), SQL_SUCCESS);
	return desc;
}

static SQLSMALLINT count_of(SQLHDESC desc)
{
	SQLSMALLINT count = -1;

	ck_assert_int_eq(
		odbcpool_GetDescField(desc, 0, SQL_DESC_COUNT, &count, 0, NULL), SQL_SUCCESS);
	return count;
}

/* Bind record `number` of an application descriptor to `data`. */
static void bind(SQLHDESC desc, SQLSMALLINT number, SQLINTEGER *data, SQLLEN *indicator)
{
	app_check(odbcpool_SetDescRec(desc, number, SQL_C_SLONG, 0, sizeof(*data), 0, 0, data,
			  indicator, indicator),
		SQL_SUCCESS, SQL_HANDLE_DESC, desc);
}

START_TEST(the_four_implicit_ones_are_told_apart_and_stay_the_same)
{
	static const SQLINTEGER attributes[] = {SQL_ATTR_APP_ROW_DESC, SQL_ATTR_APP_PARAM_DESC,
		SQL_ATTR_IMP_ROW_DESC, SQL_ATTR_IMP_PARAM_DESC};
	SQLHDBC dbc = app_connected("DSN=one");
	SQLHSTMT stmt = app_stmt(dbc), other = app_stmt(dbc);
	SQLHDESC found[4];

	for (int i = 0; i < 4; i++) {
		found[i] = desc_of(stmt, attributes[i]);
		for (int j = 0; j < i; j++)
			ck_assert_ptr_ne(found[i], found[j]);
		ck_assert_ptr_ne(found[i], desc_of(other, attributes[i]));
	}
	for (int i = 0; i < 4; i++)
		ck_assert_ptr_eq(found[i], desc_of(stmt, attributes[i]));
	ck_assert_int_eq(odbcpool_FreeHandle(SQL_HANDLE_DESC, found[0]), SQL_ERROR);
	app_check_record(SQL_HANDLE_DESC, found[0], 1, "HY017", ODBCPOOL_ERR_BAD_ARGUMENT, "");
}
END_TEST

START_TEST(an_explicit_one_serves_a_statement_and_comes_back)
{
	SQLHDBC dbc = app_connected("DSN=one");
	SQLHSTMT stmt = app_stmt(dbc);
	SQLHDESC implicit = desc_of(stmt, SQL_ATTR_APP_ROW_DESC), own = new_desc(dbc);
	SQLINTEGER value = 0;
	SQLLEN indicator;

	app_check(odbcpool_SetStmtAttr(stmt, SQL_ATTR_APP_ROW_DESC, own, SQL_IS_POINTER),
		SQL_SUCCESS, SQL_HANDLE_STMT, stmt);
	ck_assert_ptr_eq(desc_of(stmt, SQL_ATTR_APP_ROW_DESC), own);
	bind(own, 1, &value, &indicator);
	ck_assert_int_eq(app_exec(stmt, "select 42"), SQL_SUCCESS);
	ck_assert_int_eq(odbcpool_Fetch(stmt), SQL_SUCCESS);
	ck_assert_int_eq(value, 42);
	/* Freed, the implicit one is in its place again. */
	ck_assert_int_eq(odbcpool_FreeHandle(SQL_HANDLE_DESC, own), SQL_SUCCESS);
	ck_assert_ptr_eq(desc_of(stmt, SQL_ATTR_APP_ROW_DESC), implicit);
	/* So it is when it is taken away. */
	own = new_desc(dbc);
	odbcpool_SetStmtAttrW(stmt, SQL_ATTR_APP_ROW_DESC, own, SQL_IS_POINTER);
	ck_assert_int_eq(
		odbcpool_SetStmtAttr(stmt, SQL_ATTR_APP_ROW_DESC, SQL_NULL_HDESC, 0), SQL_SUCCESS);
	ck_assert_ptr_eq(desc_of(stmt, SQL_ATTR_APP_ROW_DESC), implicit);
}
END_TEST

START_TEST(the_drivers_verdict_on_a_descriptor_passes)
{
	SQLHDBC dbc = app_connected("DSN=one");
	SQLHSTMT stmt = app_stmt(dbc), other = app_stmt(dbc);

	ck_assert_int_eq(
		odbcpool_SetStmtAttr(stmt, SQL_ATTR_IMP_ROW_DESC, new_desc(dbc), 0), SQL_ERROR);
	app_check_record(SQL_HANDLE_STMT, stmt, 1, "HY017", 0, "");
	ck_assert_int_eq(odbcpool_SetStmtAttr(stmt, SQL_ATTR_APP_ROW_DESC,
				 desc_of(other, SQL_ATTR_APP_ROW_DESC), 0),
		SQL_ERROR);
	app_check_record(SQL_HANDLE_STMT, stmt, 1, "HY017", 0, "another statement");
}
END_TEST

/* A connection through another real driver. */
static SQLHDBC connect_second(void)
{
	SQLHDBC dbc = app_dbc_of(app_env_of(SHELL_ANSI));

	app_check(app_connect(dbc, "DRIVER={second}"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	return dbc;
}

START_TEST(a_descriptor_of_another_connection_is_refused)
{
	SQLHDBC dbc = app_connected("DSN=one");
	SQLHDBC other = _i ? connect_second() : app_connected("DSN=one");
	SQLHSTMT stmt = app_stmt(dbc);

	ck_assert_int_eq(
		odbcpool_SetStmtAttr(stmt, SQL_ATTR_APP_ROW_DESC, new_desc(other), 0), SQL_ERROR);
	app_check_record(
		SQL_HANDLE_STMT, stmt, 1, "HY024", ODBCPOOL_ERR_BAD_ARGUMENT, "connection");
}
END_TEST

START_TEST(copies_go_from_driver_to_driver)
{
	SQLHDBC dbc = app_connected("DSN=one"), other = _i ? connect_second() : dbc;
	SQLHDESC from = new_desc(dbc), to = new_desc(other);
	SQLINTEGER values[3];
	SQLLEN indicators[3];
	SQLULEN rows = 7;
	SQLPOINTER data = NULL;
	SQLSMALLINT type = 0;

	for (SQLSMALLINT i = 1; i <= 2; i++)
		bind(from, i, &values[i - 1], &indicators[i - 1]);
	for (SQLSMALLINT i = 1; i <= 3; i++) /* more than the source has */
		bind(to, i, &values[2], &indicators[2]);
	odbcpool_SetDescField(from, 0, SQL_DESC_ARRAY_SIZE, (SQLPOINTER)rows, 0);
	app_check(odbcpool_CopyDesc(from, to), SQL_SUCCESS, SQL_HANDLE_DESC, to);
	ck_assert_int_eq(count_of(to), 2);
	rows = 0;
	odbcpool_GetDescField(to, 0, SQL_DESC_ARRAY_SIZE, &rows, 0, NULL);
	ck_assert_uint_eq(rows, 7);
	for (SQLSMALLINT i = 1; i <= 2; i++) {
		odbcpool_GetDescField(to, i, SQL_DESC_DATA_PTR, &data, 0, NULL);
		ck_assert_ptr_eq(data, &values[i - 1]);
		odbcpool_GetDescField(to, i, SQL_DESC_INDICATOR_PTR, &data, 0, NULL);
		ck_assert_ptr_eq(data, &indicators[i - 1]);
		odbcpool_GetDescField(to, i, SQL_DESC_CONCISE_TYPE, &type, 0, NULL);
		ck_assert_int_eq(type, SQL_C_SLONG);
	}
}
END_TEST

START_TEST(between_connections_of_one_driver_its_verdict_counts)
{
	SQLHDESC from = new_desc(app_connected("DSN=one")), to = new_desc(app_connected("DSN=one"));

	ck_assert_int_eq(odbcpool_CopyDesc(from, to), SQL_ERROR);
	app_check_record(SQL_HANDLE_DESC, to, 1, "HY007", 0, "[fakedrv]another connection");
}
END_TEST

START_TEST(a_copy_serves_a_statement_of_the_other_driver)
{
	SQLHDBC dbc = app_connected("DSN=one"), other = connect_second();
	SQLHDESC from = new_desc(dbc);
	SQLHSTMT stmt = app_stmt(other);
	SQLINTEGER value = 0;
	SQLLEN indicator;

	bind(from, 1, &value, &indicator);
	ck_assert_int_eq(
		odbcpool_CopyDesc(from, desc_of(stmt, SQL_ATTR_APP_ROW_DESC)), SQL_SUCCESS);
	ck_assert_int_eq(app_exec(stmt, "select 42"), SQL_SUCCESS);
	ck_assert_int_eq(odbcpool_Fetch(stmt), SQL_SUCCESS);
	ck_assert_int_eq(value, 42);
}
END_TEST

START_TEST(parameters_and_columns_pass_by_statement_attributes)
{
	SQLHDBC dbc = app_connected("DSN=one");
	SQLHSTMT stmt = app_stmt(dbc);
	SQLULEN fetched = 0, got = 0;

	ck_assert_int_eq(
		odbcpool_SetStmtAttr(stmt, SQL_ATTR_ROW_ARRAY_SIZE, (SQLPOINTER)5, 0), SQL_SUCCESS);
	ck_assert_int_eq(
		odbcpool_SetStmtAttr(stmt, SQL_ATTR_ROWS_FETCHED_PTR, &fetched, 0), SQL_SUCCESS);
	ck_assert_int_eq(
		odbcpool_GetStmtAttr(stmt, SQL_ATTR_ROW_ARRAY_SIZE, &got, 0, NULL), SQL_SUCCESS);
	ck_assert_uint_eq(got, 5);
	ck_assert_int_eq(app_exec(stmt, "rows 3"), SQL_SUCCESS);
	ck_assert_int_eq(odbcpool_Fetch(stmt), SQL_SUCCESS);
	ck_assert_uint_eq(fetched, 3);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("descriptor");
	TCase *t = tcase_create("descriptor");

	tcase_add_checked_fixture(t, app_setup, app_done);
	tcase_add_test(t, the_four_implicit_ones_are_told_apart_and_stay_the_same);
	tcase_add_test(t, an_explicit_one_serves_a_statement_and_comes_back);
	tcase_add_test(t, the_drivers_verdict_on_a_descriptor_passes);
	tcase_add_loop_test(t, a_descriptor_of_another_connection_is_refused, 0, 2);
	tcase_add_loop_test(t, copies_go_from_driver_to_driver, 0, 2);
	tcase_add_test(t, between_connections_of_one_driver_its_verdict_counts);
	tcase_add_test(t, a_copy_serves_a_statement_of_the_other_driver);
	tcase_add_test(t, parameters_and_columns_pass_by_statement_attributes);
	suite_add_tcase(s, t);
	return s;
}
