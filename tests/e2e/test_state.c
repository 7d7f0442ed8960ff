/* SPDX-License-Identifier: MIT */
/* End to end: what the next borrower finds is what a fresh connection has. */
#include "client.h"

#include "support/run.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static bool is_postgresql(const char *source)
{
	return strcmp(source, "mariadb") != 0;
}

/* A table of the test's own, as the tests of several sources run one after another. */
static void make_table(const char *source)
{
	struct client c = client_new(SQL_OV_ODBC3);

	client_connect(&c, source, "Pooling=No;");
	client_run(&c, "drop table if exists p_state");
	client_run(&c, "create table p_state (id integer primary key)");
	client_run(&c, "insert into p_state values (1)");
	client_disconnect(&c);
	client_done(&c);
}

START_TEST(uncommitted_work_is_rolled_back_before_sqldisconnect_returns)
{
	const char *source = server_source(_i);
	struct client a = client_new(SQL_OV_ODBC3), b = client_new(SQL_OV_ODBC3);

	make_table(source);
	client_connect(&a, source, "");
	client_set(&a, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	client_run(&a, "update p_state set id = 2");
	client_disconnect(&a);
	/* Its row lock is gone, or this would wait. */
	client_connect(&b, source, "Pooling=No;");
	client_run(&b, is_postgresql(source) ? "set lock_timeout = '2s'"
					     : "set innodb_lock_wait_timeout = 2");
	client_run(&b, "update p_state set id = 3 where id = 1");
	ck_assert_int_eq(client_number(&b, "select count(*) from p_state where id = 3"), 1);
	client_disconnect(&b);
	client_done(&a);
	client_done(&b);
}
END_TEST

START_TEST(committed_work_stays)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);

	make_table(source);
	client_connect(&c, source, "");
	client_set(&c, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	client_run(&c, "insert into p_state values (9)");
	ck_assert(SQL_SUCCEEDED(SQLEndTran(SQL_HANDLE_DBC, c.dbc, SQL_COMMIT)));
	client_disconnect(&c);
	client_connect(&c, source, "");
	ck_assert_int_eq(client_number(&c, "select count(*) from p_state"), 2);
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

START_TEST(autocommit_is_on_again_for_the_next_borrower)
{
	const char *source = server_source(_i);
	struct client a = client_new(SQL_OV_ODBC3), b = client_new(SQL_OV_ODBC3);

	make_table(source);
	client_connect(&a, source, "");
	client_set(&a, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	client_run(&a, "insert into p_state values (5)");
	client_disconnect(&a);
	client_connect(&b, source, "");
	ck_assert_int_eq(client_get(&b, SQL_ATTR_AUTOCOMMIT), SQL_AUTOCOMMIT_ON);
	client_run(&b, "insert into p_state values (6)");
	client_disconnect(&b);
	client_connect(&b, source, "Pooling=No;");
	ck_assert_int_eq(client_number(&b, "select count(*) from p_state where id = 6"), 1);
	ck_assert_int_eq(client_number(&b, "select count(*) from p_state where id = 5"), 0);
	client_disconnect(&b);
	client_done(&a);
	client_done(&b);
}
END_TEST

START_TEST(the_isolation_level_is_as_after_a_login_again)
{
	const char *source = server_source(_i);
	const char *question =
		is_postgresql(source) ? "show transaction_isolation" : "select @@tx_isolation";
	struct client a = client_new(SQL_OV_ODBC3), b = client_new(SQL_OV_ODBC3);
	char fresh[64], seen[64];

	client_connect(&a, source, "");
	client_text(&a, question, fresh, sizeof(fresh));
	SQLULEN level = client_get(&a, SQL_ATTR_TXN_ISOLATION);
	client_set(&a, SQL_ATTR_TXN_ISOLATION, SQL_TXN_SERIALIZABLE);
	client_disconnect(&a);
	client_connect(&b, source, "");
	ck_assert_int_eq(client_get(&b, SQL_ATTR_TXN_ISOLATION), level);
	client_text(&b, question, seen, sizeof(seen));
	ck_assert_str_eq(seen, fresh);
	client_disconnect(&b);
	client_done(&a);
	client_done(&b);
}
END_TEST

/* What one borrower does to its session, and a question that would show it to the next. */
static const struct trace {
	const char *change, *question, *fresh;
} postgresql_traces[] =
	{
		{"set work_mem = '77MB'", "show work_mem", NULL},
		{"set search_path to pg_catalog", "show search_path", NULL},
		{"create temporary table p_temporary (id integer)",
			"select count(*) from pg_class where relname = 'p_temporary'", "0"},
		{"select pg_advisory_lock(4711)",
			"select count(*) from pg_locks where locktype = 'advisory' and objid = "
			"4711",
			"0"},
		{"prepare p_prepared as select 1",
			"select count(*) from pg_prepared_statements where "
			"name = 'p_prepared'",
			"0"},
		{"listen p_channel", "select count(*) from pg_listening_channels()", "0"},
},
  mariadb_traces[] = {
	  {"set @answer = 42", "select coalesce(@answer, 'nothing')", "nothing"},
	  {"set sql_mode = 'ANSI_QUOTES'", "select @@sql_mode", NULL},
	  {"set time_zone = '+07:00'", "select @@time_zone", NULL},
	  {"create temporary table p_temporary (id integer)",
		  "select count(*) from information_schema.tables where table_name = 'p_temporary'",
		  "0"},
	  {"select get_lock('p_lock', 1)", "select coalesce(is_used_lock('p_lock'), 'nobody')",
		  "nobody"},
	  {"use information_schema", "select database()", NULL},
};

static void leave_no_trace(const char *source, const struct trace *t)
{
	struct client a = client_new(SQL_OV_ODBC3), b = client_new(SQL_OV_ODBC3);
	char fresh[256], seen[256];

	client_connect(&a, source, "");
	client_text(&a, t->question, fresh, sizeof(fresh));
	if (t->fresh)
		ck_assert_str_eq(fresh, t->fresh);
	client_run(&a, t->change);
	client_disconnect(&a);
	client_connect(&b, source, "");
	client_text(&b, t->question, seen, sizeof(seen));
	ck_assert_msg(!strcmp(seen, fresh), "%s: after '%s' the next one sees '%s', not '%s'",
		source, t->change, seen, fresh);
	client_disconnect(&b);
	client_done(&a);
	client_done(&b);
}

START_TEST(the_session_of_an_earlier_borrower_does_not_show)
{
	const char *source = server_source(_i);

	if (is_postgresql(source))
		for (size_t i = 0; i < array_size(postgresql_traces); i++)
			leave_no_trace(source, &postgresql_traces[i]);
	else
		for (size_t i = 0; i < array_size(mariadb_traces); i++)
			leave_no_trace(source, &mariadb_traces[i]);
}
END_TEST

START_TEST(open_cursors_and_statements_do_not_stop_a_reuse)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);
	SQLHSTMT s;

	client_connect(&c, source, "");
	long session = client_session(&c, source);
	for (int i = 0; i < 5; i++) {
		s = client_statement(&c);
		ck_assert(SQL_SUCCEEDED(
			SQLExecDirect(s, (SQLCHAR *)"select 1 union all select 2", SQL_NTS)));
		ck_assert(SQL_SUCCEEDED(SQLFetch(s)));
	}
	client_disconnect(&c);
	ck_assert_int_eq(session_of(&c, source, ""), session);
	client_done(&c);
}
END_TEST

START_TEST(a_session_that_the_server_ended_is_replaced_silently)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3), killer = client_new(SQL_OV_ODBC3);
	char sql[64];
	long session = session_of(&c, source, "");

	snprintf(sql, sizeof(sql),
		is_postgresql(source) ? "select pg_terminate_backend(%ld)" : "kill %ld", session);
	client_connect(&killer, source, "Pooling=No;");
	client_run(&killer, sql);
	client_disconnect(&killer);
	ck_assert(server_comes_down_to(source, "pooltest", 0));
	ck_assert_int_ne(session_of(&c, source, ""), session);
	client_done(&c);
	client_done(&killer);
}
END_TEST

struct long_one {
	SQLHSTMT statement;
	const char *sql;
};

static void *run_long(void *arg)
{
	const struct long_one *l = arg;

	SQLExecDirect(l->statement, (SQLCHAR *)l->sql, SQL_NTS);
	return NULL;
}

/* The cancel may still be on its way, and would hit the next borrower's statement. */
START_TEST(a_session_whose_statement_was_cancelled_is_not_reused)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);
	struct long_one l = {
		.sql = is_postgresql(source) ? "select pg_sleep(20)" : "select sleep(20)"};
	struct timespec until_it_runs = {0, 300 * 1000000L};
	pthread_t thread;

	client_connect(&c, source, "");
	long session = client_session(&c, source);
	l.statement = client_statement(&c);
	ck_assert_int_eq(pthread_create(&thread, NULL, run_long, &l), 0);
	nanosleep(&until_it_runs, NULL);
	/* While it runs the connection cannot go. */
	client_assert_refused(&c, SQLDisconnect(c.dbc), "HY010", "");
	ck_assert(SQL_SUCCEEDED(SQLCancel(l.statement)));
	pthread_join(thread, NULL);
	client_disconnect(&c);
	ck_assert_int_ne(session_of(&c, source, ""), session);
	client_done(&c);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("e2e/state");
	TCase *t = tcase_create("state");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(
		t, uncommitted_work_is_rolled_back_before_sqldisconnect_returns, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, committed_work_stays, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, autocommit_is_on_again_for_the_next_borrower, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, the_isolation_level_is_as_after_a_login_again, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, the_session_of_an_earlier_borrower_does_not_show, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, open_cursors_and_statements_do_not_stop_a_reuse, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, a_session_that_the_server_ended_is_replaced_silently, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, a_session_whose_statement_was_cancelled_is_not_reused, 0, SERVER_SOURCES);
	suite_add_tcase(s, t);
	return s;
}
