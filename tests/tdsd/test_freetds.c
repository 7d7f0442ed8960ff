/* SPDX-License-Identifier: MIT */
/* Values and statements of the test double as FreeTDS's ODBC driver sees them. Skipped without it.
 */
#include "freetds.h"
#include "harness.h"

#include "support/run.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *type, *literal, *text;
} values[] = {
	{"bit", "1", "1"},
	{"tinyint", "255", "255"},
	{"smallint", "-5", "-5"},
	{"int", "-2147483648", "-2147483648"},
	{"bigint", "9000000000", "9000000000"},
	{"real", "0.5", "0.5"},
	{"float", "1.25", "1.25"},
	{"money", "-12.3456", "-12.3456"},
	{"decimal(10, 2)", "123.45", "123.45"},
	{"numeric(38, 0)", "12345", "12345"},
	{"datetime", "'2024-02-29 12:34:56.789'", "2024-02-29 12:34:56.790"},
	{"smalldatetime", "'2024-02-29 12:34:00'", "2024-02-29 12:34:00"},
	{"char(4)", "'ab'", "ab  "},
	{"varchar(20)", "'J\xc3\xb6rg'", "J\xc3\xb6rg"},
	{"nvarchar(20)", "N'\xe2\x82\xac'", "\xe2\x82\xac"},
	{"nvarchar(max)", "N'long'", "long"},
	{"text", "'a text'", "a text"},
	{"varbinary(10)", "0x0aff", "0aff"},
	{"uniqueidentifier", "'6F9619FF-8B86-D011-B42D-00C04FC964FF'",
		"6F9619FF-8B86-D011-B42D-00C04FC964FF"},
};

static const char *const versions[] = {"7.1", "7.2", "7.3", "7.4"};

START_TEST(values_come_back_as_they_were_put)
{
	char sql[300];

	freetds_log_in(versions[_i]);
	for (size_t i = 0; i < array_size(values); i++) {
		freetds_run("IF OBJECT_ID('t') IS NOT NULL DROP TABLE t");
		snprintf(sql, sizeof(sql), "CREATE TABLE t (v %s)", values[i].type);
		freetds_run(sql);
		snprintf(sql, sizeof(sql), "INSERT INTO t VALUES (%s)", values[i].literal);
		freetds_run(sql);
		freetds_expect("SELECT v FROM t", values[i].text);
		freetds_run("UPDATE t SET v = NULL");
		freetds_expect("SELECT v FROM t", "null");
	}
}
END_TEST

START_TEST(newer_dates_have_types_of_their_own)
{
	freetds_log_in("7.3");
	freetds_expect("SELECT CAST('2024-02-29' AS date)", "2024-02-29");
	freetds_expect("SELECT CAST('2024-02-29 01:02:03.1234567' AS datetime2)",
		"2024-02-29 01:02:03.1234567");
	freetds_expect("SELECT CAST('01:02:03.5' AS time(1))", "01:02:03.5");
}
END_TEST

START_TEST(what_the_driver_asks_for_is_answered)
{
	SQLCHAR name[64], version[64];

	freetds_log_in("7.4");
	SQLGetInfo(app.dbc, SQL_DBMS_NAME, name, sizeof(name), NULL);
	SQLGetInfo(app.dbc, SQL_DBMS_VER, version, sizeof(version), NULL);
	ck_assert_str_eq((char *)name, "Microsoft SQL Server");
	ck_assert_str_eq((char *)version, "15.00.2000");
	freetds_expect("SELECT @@SPID", "51");
	freetds_expect("SELECT DB_NAME()", "sales");
	freetds_expect("SELECT SERVERPROPERTY('ProductVersion')", "15.0.2000.5");
}
END_TEST

/* --- statements ------------------------------------------------------------------------------- */

static void expect_state(SQLHSTMT h, const char *expected)
{
	char state[6];

	app_state(SQL_HANDLE_STMT, h, state);
	ck_assert_str_eq(state, expected);
}

START_TEST(a_statement_is_prepared_and_run_with_values)
{
	SQLHSTMT h;
	SQLINTEGER in, out;
	SQLLEN in_len = 0, out_len;
	SQLSMALLINT columns;

	freetds_log_in(versions[_i]);
	freetds_run("CREATE TABLE t (a int, b nvarchar(20)) INSERT t VALUES (1, N'one') INSERT t "
		    "VALUES "
		    "(2, N'two')");
	h = app_statement(&app);
	ck_assert_int_eq(
		SQLPrepare(h, (SQLCHAR *)"SELECT a, b FROM t WHERE a = ?", SQL_NTS), SQL_SUCCESS);
	SQLBindParameter(h, 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, &in, 0, &in_len);
	ck_assert_int_eq(SQLNumResultCols(h, &columns), SQL_SUCCESS);
	ck_assert_int_eq(columns, 2);
	for (in = 1; in <= 2; in++) {
		ck_assert_int_eq(SQLExecute(h), SQL_SUCCESS);
		ck_assert_int_eq(SQLFetch(h), SQL_SUCCESS);
		SQLGetData(h, 1, SQL_C_SLONG, &out, 0, &out_len);
		ck_assert_int_eq(out, in);
		ck_assert_int_eq(SQLFetch(h), SQL_NO_DATA);
		SQLFreeStmt(h, SQL_CLOSE);
	}
	SQLFreeHandle(SQL_HANDLE_STMT, h);
	ck_assert(strstr(harness_audit(), "proc=sp_unprepare"));
}
END_TEST

/* One row and no more: FreeTDS counts otherwise when rows are left unread. */
static void read_result(SQLHSTMT h, const char *value)
{
	char text[20];

	ck_assert_int_eq(SQLFetch(h), SQL_SUCCESS);
	SQLGetData(h, 1, SQL_C_CHAR, text, sizeof(text), NULL);
	ck_assert_str_eq(text, value);
	ck_assert_int_eq(SQLFetch(h), SQL_NO_DATA);
}

START_TEST(results_follow_one_another)
{
	SQLHSTMT h;
	SQLLEN rows;

	freetds_log_in("7.4");
	freetds_run("CREATE TABLE t (a int)");
	h = app_statement(&app);
	ck_assert_int_eq(
		app_execute(&app, h, "SELECT 1 SELECT 2; INSERT t VALUES (1), (2) SELECT 3"),
		SQL_SUCCESS);
	read_result(h, "1");
	ck_assert_int_eq(SQLMoreResults(h), SQL_SUCCESS);
	read_result(h, "2");
	ck_assert_int_eq(SQLMoreResults(h), SQL_SUCCESS);
	SQLRowCount(h, &rows);
	ck_assert_int_eq(rows, 2);
	ck_assert_int_eq(SQLMoreResults(h), SQL_SUCCESS);
	read_result(h, "3");
	ck_assert_int_eq(SQLMoreResults(h), SQL_NO_DATA);
	SQLFreeHandle(SQL_HANDLE_STMT, h);
}
END_TEST

static const struct {
	const char *sql, *state;
} errors[] = {
	{"SELECT * FROM nowhere", "42S02"},
	{"SELECT nothing FROM t", "42S22"},
	{"SELEC 1", "42000"},
	{"INSERT INTO t VALUES (1)", "23000"},
	{"EXEC nothing", "42000"},
	{"CREATE TABLE t (a int)", "42S01"},
	{"RAISERROR('wrong', 16, 1)", "42000"},
	{"PRINT 1 SELECT * FROM nowhere", "42S02"},
};

START_TEST(errors_have_their_states)
{
	SQLHSTMT h;

	freetds_log_in("7.4");
	freetds_run("CREATE TABLE t (a int PRIMARY KEY) INSERT t VALUES (1)");
	for (size_t i = 0; i < array_size(errors); i++) {
		h = app_statement(&app);
		SQLRETURN rc = app_execute(&app, h, errors[i].sql);
		/* FreeTDS reads on after a PRINT only when it is asked to. */
		if (rc == SQL_SUCCESS_WITH_INFO)
			rc = SQLMoreResults(h);
		ck_assert_msg(rc == SQL_ERROR, "%s gives %d", errors[i].sql, rc);
		expect_state(h, errors[i].state);
		SQLFreeHandle(SQL_HANDLE_STMT, h);
	}
	freetds_expect("SELECT count(*) FROM t", "1");
}
END_TEST

START_TEST(a_query_time_out_is_an_attention)
{
	SQLHSTMT h;

	freetds_log_in("7.4");
	h = app_statement(&app);
	SQLSetStmtAttr(h, SQL_ATTR_QUERY_TIMEOUT, (SQLPOINTER)1, 0);
	ck_assert_int_eq(app_execute(&app, h, "WAITFOR DELAY '01:00:00'"), SQL_ERROR);
	expect_state(h, "HYT00");
	SQLFreeHandle(SQL_HANDLE_STMT, h);
	ck_assert(strstr(harness_audit(), "attention spid=51\n"));
	freetds_expect("SELECT 1", "1");
}
END_TEST

START_TEST(an_unread_result_is_given_up_by_an_attention)
{
	SQLHSTMT h;

	freetds_log_in("7.4");
	h = app_statement(&app);
	ck_assert_int_eq(
		app_execute(&app, h,
			"WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
			"SELECT i, 'a text to fill the socket with' FROM n"),
		SQL_SUCCESS);
	ck_assert_int_eq(SQLFetch(h), SQL_SUCCESS);
	SQLFreeHandle(SQL_HANDLE_STMT, h);
	freetds_expect("SELECT 1", "1");
}
END_TEST

START_TEST(catalog_functions_are_answered)
{
	SQLHSTMT h;
	SQLCHAR t[] = "t";

	freetds_log_in("7.4");
	freetds_run("CREATE TABLE t (a int PRIMARY KEY, b nvarchar(20))");
	h = app_statement(&app);
	ck_assert_int_eq(SQLTables(h, NULL, 0, NULL, 0, t, SQL_NTS, NULL, 0), SQL_SUCCESS);
	ck_assert_int_eq(SQLFetch(h), SQL_SUCCESS);
	ck_assert_int_eq(SQLFetch(h), SQL_NO_DATA);
	SQLFreeStmt(h, SQL_CLOSE);
	ck_assert_int_eq(SQLColumns(h, NULL, 0, NULL, 0, t, SQL_NTS, NULL, 0), SQL_SUCCESS);
	ck_assert_int_eq(SQLFetch(h), SQL_SUCCESS);
	ck_assert_int_eq(SQLFetch(h), SQL_SUCCESS);
	ck_assert_int_eq(SQLFetch(h), SQL_NO_DATA);
	SQLFreeStmt(h, SQL_CLOSE);
	ck_assert_int_eq(SQLPrimaryKeys(h, NULL, 0, NULL, 0, t, SQL_NTS), SQL_SUCCESS);
	SQLFreeHandle(SQL_HANDLE_STMT, h);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = freetds_suite("tdsd and FreeTDS: statements");
	TCase *c = tcase_create("all");

	tcase_add_checked_fixture(c, freetds_set_up, freetds_tear_down);
	tcase_add_loop_test(c, values_come_back_as_they_were_put, 0, array_size(versions));
	tcase_add_test(c, newer_dates_have_types_of_their_own);
	tcase_add_test(c, what_the_driver_asks_for_is_answered);
	tcase_add_loop_test(
		c, a_statement_is_prepared_and_run_with_values, 0, array_size(versions));
	tcase_add_test(c, results_follow_one_another);
	tcase_add_test(c, errors_have_their_states);
	tcase_add_test(c, a_query_time_out_is_an_attention);
	tcase_add_test(c, an_unread_result_is_given_up_by_an_attention);
	tcase_add_test(c, catalog_functions_are_answered);
	suite_add_tcase(s, c);
	return s;
}
