/* SPDX-License-Identifier: MIT */
/* The test double as FreeTDS's ODBC driver sees it, through the driver manager. Skipped without it.
 */
#include "harness.h"
#include "hygiene/app.h"

#include "support/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_SKIPPED = 77 };

static char driver[256], string[600];
static struct app app;

static bool find_driver(void)
{
	char dirs[] = ODBC_DRIVER_DIRS, *rest = dirs, *dir;

	while ((dir = strsep(&rest, ":"))) {
		snprintf(driver, sizeof(driver), "%s/libtdsodbc.so", dir);
		if (access(driver, R_OK) == 0)
			return true;
	}
	return false;
}

static void connect_with(const char *version, const char *more)
{
	snprintf(string, sizeof(string),
		"DRIVER=%s;SERVER=127.0.0.1;PORT=%u;UID=app;PWD=secret;"
		"ClientCharset=UTF-8;TDS_Version=%s;%s",
		driver, harness_port(), version, more);
	app_init(&app, string, true);
}

static void log_in(const char *version)
{
	connect_with(version, "");
	ck_assert_msg(app_connect(&app), "%s", app.problem);
}

static void set_up(void)
{
	harness_start();
}

static void tear_down(void)
{
	app_disconnect(&app);
	app_done(&app);
	harness_stop();
}

static void run(const char *sql)
{
	ck_assert_msg(app_run(&app, sql), "%s", app.problem);
}

static void expect(const char *sql, const char *result)
{
	char text[2000];

	app_ask(&app, sql, text, sizeof(text));
	ck_assert_msg(strcmp(text, result) == 0, "%s gives %s, not %s (%s)", sql, text, result,
		app.problem);
}

/* --- values ----------------------------------------------------------------------------------- */

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

	log_in(versions[_i]);
	for (size_t i = 0; i < array_size(values); i++) {
		run("IF OBJECT_ID('t') IS NOT NULL DROP TABLE t");
		snprintf(sql, sizeof(sql), "CREATE TABLE t (v %s)", values[i].type);
		run(sql);
		snprintf(sql, sizeof(sql), "INSERT INTO t VALUES (%s)", values[i].literal);
		run(sql);
		expect("SELECT v FROM t", values[i].text);
		run("UPDATE t SET v = NULL");
		expect("SELECT v FROM t", "null");
	}
}
END_TEST

START_TEST(newer_dates_have_types_of_their_own)
{
	log_in("7.3");
	expect("SELECT CAST('2024-02-29' AS date)", "2024-02-29");
	expect("SELECT CAST('2024-02-29 01:02:03.1234567' AS datetime2)",
		"2024-02-29 01:02:03.1234567");
	expect("SELECT CAST('01:02:03.5' AS time(1))", "01:02:03.5");
}
END_TEST

START_TEST(what_the_driver_asks_for_is_answered)
{
	SQLCHAR name[64], version[64];

	log_in("7.4");
	SQLGetInfo(app.dbc, SQL_DBMS_NAME, name, sizeof(name), NULL);
	SQLGetInfo(app.dbc, SQL_DBMS_VER, version, sizeof(version), NULL);
	ck_assert_str_eq((char *)name, "Microsoft SQL Server");
	ck_assert_str_eq((char *)version, "15.00.2000");
	expect("SELECT @@SPID", "51");
	expect("SELECT DB_NAME()", "sales");
	expect("SELECT SERVERPROPERTY('ProductVersion')", "15.0.2000.5");
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

	log_in(versions[_i]);
	run("CREATE TABLE t (a int, b nvarchar(20)) INSERT t VALUES (1, N'one') INSERT t VALUES "
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

	log_in("7.4");
	run("CREATE TABLE t (a int)");
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

	log_in("7.4");
	run("CREATE TABLE t (a int PRIMARY KEY) INSERT t VALUES (1)");
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
	expect("SELECT count(*) FROM t", "1");
}
END_TEST

START_TEST(a_query_time_out_is_an_attention)
{
	SQLHSTMT h;

	log_in("7.4");
	h = app_statement(&app);
	SQLSetStmtAttr(h, SQL_ATTR_QUERY_TIMEOUT, (SQLPOINTER)1, 0);
	ck_assert_int_eq(app_execute(&app, h, "WAITFOR DELAY '01:00:00'"), SQL_ERROR);
	expect_state(h, "HYT00");
	SQLFreeHandle(SQL_HANDLE_STMT, h);
	ck_assert(strstr(harness_audit(), "attention spid=51\n"));
	expect("SELECT 1", "1");
}
END_TEST

START_TEST(an_unread_result_is_given_up_by_an_attention)
{
	SQLHSTMT h;

	log_in("7.4");
	h = app_statement(&app);
	ck_assert_int_eq(
		app_execute(&app, h,
			"WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
			"SELECT i, 'a text to fill the socket with' FROM n"),
		SQL_SUCCESS);
	ck_assert_int_eq(SQLFetch(h), SQL_SUCCESS);
	SQLFreeHandle(SQL_HANDLE_STMT, h);
	expect("SELECT 1", "1");
}
END_TEST

START_TEST(catalog_functions_are_answered)
{
	SQLHSTMT h;
	SQLCHAR t[] = "t";

	log_in("7.4");
	run("CREATE TABLE t (a int PRIMARY KEY, b nvarchar(20))");
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

/* --- transactions ----------------------------------------------------------------------------- */

START_TEST(manual_commit_holds_a_transaction_also_when_idle)
{
	log_in(versions[_i]);
	run("CREATE TABLE t (a int)");
	ck_assert(app_set(&app, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF));
	expect("SELECT @@TRANCOUNT", "1");
	run("INSERT t VALUES (1)");
	ck_assert(app_end(&app, SQL_ROLLBACK));
	expect("SELECT count(*) FROM t", "0");
	run("INSERT t VALUES (2)");
	ck_assert(app_end(&app, SQL_COMMIT));
	expect("SELECT @@TRANCOUNT", "1");
	run("INSERT t VALUES (3)");
	/* Switching to autocommit rolls back. */
	ck_assert(app_set(&app, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_ON));
	expect("SELECT @@TRANCOUNT", "0");
	expect("SELECT count(*) FROM t", "1");
}
END_TEST

START_TEST(a_transaction_by_text_is_not_ended_by_sqlendtran)
{
	log_in("7.4");
	run("BEGIN TRAN");
	ck_assert(app_end(&app, SQL_ROLLBACK));
	expect("SELECT @@TRANCOUNT", "1");
	run("IF @@TRANCOUNT > 0 ROLLBACK");
	expect("SELECT @@TRANCOUNT", "0");
}
END_TEST

START_TEST(isolation_levels_are_taken_and_shown)
{
	log_in("7.4");
	ck_assert(app_set(&app, SQL_ATTR_TXN_ISOLATION, SQL_TXN_SERIALIZABLE));
	expect("SELECT transaction_isolation_level FROM sys.dm_exec_sessions WHERE session_id = "
	       "@@SPID",
		"4");
}
END_TEST

START_TEST(a_writer_keeps_readers_out)
{
	struct raw writer;

	log_in("7.4");
	run("CREATE TABLE t (a int) CREATE TABLE u (a int)");
	ck_assert(raw_connect(&writer, TDS_7_4, "app", "secret", ""));
	raw_batch(&writer, 0, "BEGIN TRAN INSERT t VALUES (1)");
	run("SET LOCK_TIMEOUT 0");
	ck_assert(!app_run(&app, "SELECT * FROM t"));
	ck_assert(strstr(app.problem, "Lock request time out"));
	expect("SELECT count(*) FROM u", "0");
	ck_assert(app_set(&app, SQL_ATTR_TXN_ISOLATION, SQL_TXN_READ_UNCOMMITTED));
	expect("SELECT count(*) FROM t", "1");
	raw_batch(&writer, 0, "ROLLBACK");
	expect("SELECT count(*) FROM t", "0");
	raw_close(&writer);
}
END_TEST

START_TEST(a_reader_does_not_keep_writers_out)
{
	struct raw writer;

	log_in("7.4");
	run("CREATE TABLE t (a int)");
	ck_assert(app_set(&app, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF));
	expect("SELECT count(*) FROM t", "0");
	ck_assert(raw_connect(&writer, TDS_7_4, "app", "secret", ""));
	ck_assert_str_eq(
		raw_batch(&writer, 0, "SET LOCK_TIMEOUT 0 INSERT t VALUES (1)"), "done:10");
	expect("SELECT count(*) FROM t", "1");
	ck_assert(app_set(&app, SQL_ATTR_TXN_ISOLATION, SQL_TXN_SERIALIZABLE));
	expect("SELECT count(*) FROM t", "1");
	ck_assert_str_eq(raw_batch(&writer, 0, "INSERT t VALUES (2)"), "error:1222/16 done:02");
	raw_close(&writer);
}
END_TEST

/* --- the session ------------------------------------------------------------------------------ */

START_TEST(temporary_tables_are_the_sessions_own)
{
	struct raw other;

	log_in("7.4");
	run("CREATE TABLE #t (a int) CREATE TABLE ##g (a int) INSERT ##g VALUES (7)");
	run("USE hr");
	expect("SELECT count(*) FROM #t", "0");
	ck_assert(raw_connect(&other, TDS_7_4, "app", "secret", ""));
	ck_assert_str_eq(raw_batch(&other, 0, "SELECT * FROM #t"), "error:208/16 done:02");
	ck_assert_str_eq(
		raw_batch(&other, 0, "IF EXISTS (SELECT 1 FROM ##g WHERE a = 7) PRINT 'seen'"),
		"print:seen done:00");
	ck_assert(app_disconnect(&app));
	while (!strstr(harness_audit(), "logout spid=51"))
		continue;
	ck_assert_str_eq(raw_batch(&other, 0, "SELECT * FROM ##g"), "error:208/16 done:02");
	raw_close(&other);
}
END_TEST

START_TEST(a_killed_session_fails_as_measured)
{
	SQLUINTEGER is_dead = 2;

	log_in("7.4");
	ck_assert_str_eq(harness_ask("kill 51"), "ok");
	while (!strstr(harness_audit(), "logout"))
		continue;
	SQLGetConnectAttr(app.dbc, SQL_ATTR_CONNECTION_DEAD, &is_dead, 0, NULL);
	ck_assert_uint_eq(is_dead, SQL_CD_FALSE);
	ck_assert(!app_run(&app, "SELECT 1"));
	SQLGetConnectAttr(app.dbc, SQL_ATTR_CONNECTION_DEAD, &is_dead, 0, NULL);
	ck_assert_uint_eq(is_dead, SQL_CD_TRUE);
}
END_TEST

START_TEST(the_login_database_is_opened)
{
	connect_with("7.4", "DATABASE=hr;");
	ck_assert(app_connect(&app));
	expect("SELECT DB_NAME()", "hr");
	ck_assert(app_set_text(&app, SQL_ATTR_CURRENT_CATALOG, "sales"));
	expect("SELECT DB_NAME()", "sales");
}
END_TEST

START_TEST(a_refused_login_is_28000)
{
	connect_with("7.4", "");
	harness_ask("refuse 18456 1");
	ck_assert(!app_connect(&app));
	ck_assert_msg(strstr(app.problem, "28000") || strstr(app.problem, "Login failed"), "%s",
		app.problem);
}
END_TEST

/* Sybase's protocol is refused, and FreeTDS says so instead of hanging. */
START_TEST(version_5_is_refused_cleanly)
{
	connect_with("5.0", "");
	ck_assert(!app_connect(&app));
	ck_assert(strstr(harness_audit(), "login-failed number=4002 user=app db=\n"));
}
END_TEST

static void add_values(Suite *s)
{
	TCase *c = tcase_create("values and statements");

	tcase_add_checked_fixture(c, set_up, tear_down);
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
}

Suite *test_suite(void)
{
	Suite *s = suite_create("tdsd and FreeTDS");
	TCase *c = tcase_create("sessions");

	if (!find_driver())
		exit(EXIT_SKIPPED);
	add_values(s);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_loop_test(
		c, manual_commit_holds_a_transaction_also_when_idle, 0, array_size(versions));
	tcase_add_test(c, a_transaction_by_text_is_not_ended_by_sqlendtran);
	tcase_add_test(c, isolation_levels_are_taken_and_shown);
	tcase_add_test(c, a_writer_keeps_readers_out);
	tcase_add_test(c, a_reader_does_not_keep_writers_out);
	tcase_add_test(c, temporary_tables_are_the_sessions_own);
	tcase_add_test(c, a_killed_session_fails_as_measured);
	tcase_add_test(c, the_login_database_is_opened);
	tcase_add_test(c, a_refused_login_is_28000);
	tcase_add_test(c, version_5_is_refused_cleanly);
	suite_add_tcase(s, c);
	return s;
}
