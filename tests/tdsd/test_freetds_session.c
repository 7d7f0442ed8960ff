/* SPDX-License-Identifier: MIT */
/* Transactions and sessions of the test double as FreeTDS's ODBC driver sees them. Skipped without
 * it. */
#include "freetds.h"
#include "harness.h"

#include "support/run.h"

#include <string.h>

static const char *const versions[] = {"7.1", "7.2", "7.3", "7.4"};

START_TEST(manual_commit_holds_a_transaction_also_when_idle)
{
	freetds_log_in(versions[_i]);
	freetds_run("CREATE TABLE t (a int)");
	ck_assert(app_set(&app, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF));
	freetds_expect("SELECT @@TRANCOUNT", "1");
	freetds_run("INSERT t VALUES (1)");
	ck_assert(app_end(&app, SQL_ROLLBACK));
	freetds_expect("SELECT count(*) FROM t", "0");
	freetds_run("INSERT t VALUES (2)");
	ck_assert(app_end(&app, SQL_COMMIT));
	freetds_expect("SELECT @@TRANCOUNT", "1");
	freetds_run("INSERT t VALUES (3)");
	/* Switching to autocommit rolls back. */
	ck_assert(app_set(&app, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_ON));
	freetds_expect("SELECT @@TRANCOUNT", "0");
	freetds_expect("SELECT count(*) FROM t", "1");
}
END_TEST

START_TEST(a_transaction_by_text_is_not_ended_by_sqlendtran)
{
	freetds_log_in("7.4");
	freetds_run("BEGIN TRAN");
	ck_assert(app_end(&app, SQL_ROLLBACK));
	freetds_expect("SELECT @@TRANCOUNT", "1");
	freetds_run("IF @@TRANCOUNT > 0 ROLLBACK");
	freetds_expect("SELECT @@TRANCOUNT", "0");
}
END_TEST

START_TEST(isolation_levels_are_taken_and_shown)
{
	freetds_log_in("7.4");
	ck_assert(app_set(&app, SQL_ATTR_TXN_ISOLATION, SQL_TXN_SERIALIZABLE));
	freetds_expect(
		"SELECT transaction_isolation_level FROM sys.dm_exec_sessions WHERE session_id = "
		"@@SPID",
		"4");
}
END_TEST

START_TEST(a_writer_keeps_readers_out)
{
	struct raw writer;

	freetds_log_in("7.4");
	freetds_run("CREATE TABLE t (a int) CREATE TABLE u (a int)");
	ck_assert(raw_connect(&writer, TDS_7_4, "app", "secret", ""));
	raw_batch(&writer, 0, "BEGIN TRAN INSERT t VALUES (1)");
	freetds_run("SET LOCK_TIMEOUT 0");
	ck_assert(!app_run(&app, "SELECT * FROM t"));
	ck_assert(strstr(app.problem, "Lock request time out"));
	freetds_expect("SELECT count(*) FROM u", "0");
	ck_assert(app_set(&app, SQL_ATTR_TXN_ISOLATION, SQL_TXN_READ_UNCOMMITTED));
	freetds_expect("SELECT count(*) FROM t", "1");
	raw_batch(&writer, 0, "ROLLBACK");
	freetds_expect("SELECT count(*) FROM t", "0");
	raw_close(&writer);
}
END_TEST

START_TEST(a_reader_does_not_keep_writers_out)
{
	struct raw writer;

	freetds_log_in("7.4");
	freetds_run("CREATE TABLE t (a int)");
	ck_assert(app_set(&app, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF));
	freetds_expect("SELECT count(*) FROM t", "0");
	ck_assert(raw_connect(&writer, TDS_7_4, "app", "secret", ""));
	ck_assert_str_eq(
		raw_batch(&writer, 0, "SET LOCK_TIMEOUT 0 INSERT t VALUES (1)"), "done:10");
	freetds_expect("SELECT count(*) FROM t", "1");
	ck_assert(app_set(&app, SQL_ATTR_TXN_ISOLATION, SQL_TXN_SERIALIZABLE));
	freetds_expect("SELECT count(*) FROM t", "1");
	ck_assert_str_eq(raw_batch(&writer, 0, "INSERT t VALUES (2)"), "error:1222/16 done:02");
	raw_close(&writer);
}
END_TEST

/* --- the session ------------------------------------------------------------------------------ */

START_TEST(temporary_tables_are_the_sessions_own)
{
	struct raw other;

	freetds_log_in("7.4");
	freetds_run("CREATE TABLE #t (a int) CREATE TABLE ##g (a int) INSERT ##g VALUES (7)");
	freetds_run("USE hr");
	freetds_expect("SELECT count(*) FROM #t", "0");
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

	freetds_log_in("7.4");
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
	freetds_prepare("7.4", "DATABASE=hr;");
	ck_assert(app_connect(&app));
	freetds_expect("SELECT DB_NAME()", "hr");
	ck_assert(app_set_text(&app, SQL_ATTR_CURRENT_CATALOG, "sales"));
	freetds_expect("SELECT DB_NAME()", "sales");
}
END_TEST

START_TEST(a_refused_login_is_28000)
{
	freetds_prepare("7.4", "");
	harness_ask("refuse 18456 1");
	ck_assert(!app_connect(&app));
	ck_assert_msg(strstr(app.problem, "28000") || strstr(app.problem, "Login failed"), "%s",
		app.problem);
}
END_TEST

/* Without a reset, and without prepared statements: what TDS 5.0 is documented to do here. */
START_TEST(sybase_style_logins_run_statements)
{
	freetds_prepare("5.0", "DATABASE=hr;");
	ck_assert_msg(app_connect(&app), "%s", app.problem);
	freetds_expect("SELECT DB_NAME()", "hr");
	freetds_run("CREATE TABLE t (a int, b varchar(20), c varbinary(4), d datetime)");
	freetds_run("INSERT t VALUES (-1, 'J\xc3\xb6rg', 0x0aff, '2024-02-29 12:34:56') INSERT "
		    "t(a) VALUES "
		    "(2)");
	freetds_expect("SELECT a FROM t", "-1");
	freetds_expect("SELECT b FROM t", "J\xc3\xb6rg");
	freetds_expect("SELECT c FROM t", "0aff");
	freetds_expect("SELECT b FROM t WHERE a = 2", "null");
	freetds_expect("SELECT REPLICATE('x', 300)",
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxx");
	ck_assert(!app_run(&app, "SELECT * FROM nowhere"));
	ck_assert(app_set(&app, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF));
	freetds_run("DELETE t");
	ck_assert(app_end(&app, SQL_ROLLBACK));
	freetds_expect("SELECT count(*) FROM t", "2");
	ck_assert(strstr(harness_audit(), "login spid=51 user=app db=sales app="));
	ck_assert(strstr(harness_audit(), " tds=5.0\n"));
}
END_TEST

START_TEST(a_sybase_style_login_is_refused_cleanly)
{
	freetds_prepare("5.0", "");
	harness_ask("refuse 18456");
	ck_assert(!app_connect(&app));
	ck_assert(strstr(app.problem, "Login failed"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = freetds_suite("tdsd and FreeTDS: sessions");
	TCase *c = tcase_create("all");

	tcase_add_checked_fixture(c, freetds_set_up, freetds_tear_down);
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
	tcase_add_test(c, sybase_style_logins_run_statements);
	tcase_add_test(c, a_sybase_style_login_is_refused_cleanly);
	suite_add_tcase(s, c);
	return s;
}
