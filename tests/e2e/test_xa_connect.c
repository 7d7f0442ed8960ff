/* SPDX-License-Identifier: MIT */
/* End to end: what connects between xa_start and xa_end, and what an application may do there. */
#include "xa_app.h"

#include "odbcpool.h"
#include "support/run.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

enum { POSTGRESQL = 0, POSTGRESQL_ANSI = 1, MARIADB = 2 };

static struct client c;
static XID xid;

static void begin(int source)
{
	xid = xa_new_xid();
	c = client_new(SQL_OV_ODBC3);
	xa_must(xa_start(&xid, source, TMNOFLAGS), XA_OK);
}

static void roll_back(int source)
{
	xa_must(xa_end(&xid, source, TMSUCCESS), XA_OK);
	xa_must(xa_rollback(&xid, source), XA_OK);
	client_done(&c);
}

/* The work that was done on `c`, which is connected, was not the branch's. */
static void assert_outside(int source)
{
	client_run(&c, "update xa_test set v = v + 1 where id = 1");
	client_disconnect(&c);
	ck_assert_int_eq(xa_value(source), 101);
	roll_back(source);
	ck_assert_int_eq(xa_value(source), 101);
}

static void assert_inside(int source)
{
	client_run(&c, "update xa_test set v = v + 1 where id = 1");
	client_disconnect(&c);
	ck_assert_int_eq(xa_value(source), 100);
	roll_back(source);
	ck_assert_int_eq(xa_value(source), 100);
}

START_TEST(a_connect_by_sqlconnect_joins)
{
	begin(_i);
	SQLRETURN rc = SQLConnect(c.dbc, (SQLCHAR *)server_source(_i), SQL_NTS, NULL, 0, NULL, 0);
	ck_assert(SQL_SUCCEEDED(rc));
	assert_inside(_i);
}
END_TEST

START_TEST(a_wide_connect_joins)
{
	char string[64];

	begin(_i);
	snprintf(string, sizeof(string), "DSN=%s", server_source(_i));
	ck_assert(SQL_SUCCEEDED(client_try_wide(&c, string)));
	assert_inside(_i);
}
END_TEST

START_TEST(a_connect_without_a_dsn_joins)
{
	static const char *const drivers[] = {"PostgreSQL Unicode", "PostgreSQL ANSI", "MariaDB"};
	bool is_mariadb = _i == MARIADB;
	char string[512];

	begin(_i);
	snprintf(string, sizeof(string),
		"DRIVER={%s};%s=127.0.0.1;port=%s;Database=%s;UID=%s;PWD={%s};Pooling=Yes",
		drivers[_i], is_mariadb ? "Server" : "Servername",
		getenv(is_mariadb ? "MY_PORT" : "PG_PORT"), getenv("E2E_DATABASE"),
		getenv("E2E_USER"), getenv("E2E_PASSWORD"));
	SQLRETURN rc = SQLDriverConnect(
		c.dbc, NULL, (SQLCHAR *)string, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT);
	ck_assert_msg(SQL_SUCCEEDED(rc), "%s", client_record(&c, 1).message);
	assert_inside(_i);
}
END_TEST

START_TEST(another_user_is_another_data_source)
{
	observer_run(_i, _i == MARIADB ? "select 1" : "grant all on xa_test to pooltest2");
	begin(_i);
	client_connect(&c, server_source(_i), "UID=pooltest2");
	assert_outside(_i);
}
END_TEST

START_TEST(with_enlist_no_a_connect_stays_outside)
{
	begin(_i);
	client_connect(&c, server_source(_i), "Enlist=No");
	assert_outside(_i);
}
END_TEST

START_TEST(past_the_pool_a_connect_stays_outside)
{
	begin(_i);
	client_connect(&c, server_source(_i), "Pooling=No");
	assert_outside(_i);
}
END_TEST

START_TEST(a_connection_made_before_stays_outside)
{
	struct client before = client_new(SQL_OV_ODBC3);

	client_connect(&before, server_source(_i), "");
	begin(_i);
	client_run(&before, "update xa_test set v = v + 1 where id = 1");
	client_disconnect(&before);
	client_done(&before);
	roll_back(_i);
	ck_assert_int_eq(xa_value(_i), 101);
}
END_TEST

START_TEST(a_second_connection_is_refused_while_the_first_is_open)
{
	struct client second = client_new(SQL_OV_ODBC3);

	begin(_i);
	client_connect(&c, server_source(_i), "");
	client_assert_refused(&second, client_try(&second, server_source(_i), ""), "25000", "");
	client_done(&second);
	assert_inside(_i);
}
END_TEST

START_TEST(a_second_spelling_is_refused_in_one_branch)
{
	begin(_i);
	client_connect(&c, server_source(_i), "");
	client_disconnect(&c);
	client_assert_refused(
		&c, client_try(&c, server_source(_i), "ConnSettings="), "25000", "alike");
	roll_back(_i);
}
END_TEST

START_TEST(the_application_must_not_end_a_branch)
{
	begin(_i);
	client_connect(&c, server_source(_i), "");
	client_run(&c, "update xa_test set v = v + 1 where id = 1");
	client_assert_refused(&c, SQLEndTran(SQL_HANDLE_DBC, c.dbc, SQL_COMMIT), "2D000", "");
	client_assert_refused(&c, SQLEndTran(SQL_HANDLE_DBC, c.dbc, SQL_ROLLBACK), "2D000", "");
	client_assert_refused(&c,
		SQLSetConnectAttr(c.dbc, SQL_ATTR_AUTOCOMMIT, (SQLPOINTER)SQL_AUTOCOMMIT_ON, 0),
		"25000", "");
	assert_inside(_i);
}
END_TEST

/* Neither with a statement of before nor with another. */
static SQLHSTMT statement_of_before;

static void assert_works_no_more(void)
{
	SQLHSTMT s = SQL_NULL_HSTMT;
	SQLCHAR *sql = (SQLCHAR *)"update xa_test set v = v + 10";

	ck_assert_int_eq(SQLExecDirect(statement_of_before, sql, SQL_NTS), SQL_ERROR);
	if (SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, c.dbc, &s))) {
		ck_assert_int_eq(SQLExecDirect(s, sql, SQL_NTS), SQL_ERROR);
		SQLFreeHandle(SQL_HANDLE_STMT, s);
	}
}

START_TEST(one_who_stays_connected_works_no_more_after_the_end)
{
	begin(_i);
	client_connect(&c, server_source(_i), "");
	client_run(&c, "update xa_test set v = v + 1 where id = 1");
	SQLAllocHandle(SQL_HANDLE_STMT, c.dbc, &statement_of_before);
	xa_must(xa_end(&xid, _i, TMSUCCESS), XA_OK);
	assert_works_no_more();
	xa_must(xa_prepare(&xid, _i), XA_OK);
	assert_works_no_more();
	xa_must(xa_commit(&xid, _i, TMNOFLAGS), XA_OK);
	assert_works_no_more();
	client_disconnect(&c);
	ck_assert_int_eq(xa_value(_i), 101);
	client_done(&c);
}
END_TEST

START_TEST(one_who_stays_connected_works_on_in_a_resumed_branch)
{
	begin(_i);
	client_connect(&c, server_source(_i), "");
	SQLAllocHandle(SQL_HANDLE_STMT, c.dbc, &statement_of_before);
	xa_must(xa_end(&xid, _i, TMSUSPEND), XA_OK);
	assert_works_no_more();
	xa_must(xa_start(&xid, _i, TMRESUME), XA_OK);
	assert_inside(_i);
}
END_TEST

/* And the session is another's again: in autocommit, with nothing open. */
START_TEST(after_the_branch_a_connection_is_as_any_other)
{
	begin(_i);
	client_connect(&c, server_source(_i), "");
	client_run(&c, "update xa_test set v = v + 1 where id = 1");
	client_disconnect(&c);
	xa_must(xa_end(&xid, _i, TMSUCCESS), XA_OK);
	xa_must(xa_prepare(&xid, _i), XA_OK);
	xa_must(xa_commit(&xid, _i, TMNOFLAGS), XA_OK);
	client_connect(&c, server_source(_i), "");
	ck_assert_uint_eq(client_get(&c, SQL_ATTR_AUTOCOMMIT), SQL_AUTOCOMMIT_ON);
	client_run(&c, "update xa_test set v = v + 1 where id = 1");
	ck_assert_int_eq(xa_value(_i), 102);
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

/* The handle stays in the branch, which is lost, until it is disconnected. */
START_TEST(of_a_lost_branch_its_session_keeps_nothing)
{
	static const char options[] = "Protocol=7.4-1;MaxPoolSize=1", token[] = "next";

	begin(_i);
	client_connect(&c, server_source(_i), options);
	client_run(&c, "update xa_test set v = v + 1 where id = 1");
	ck_assert_int_eq(client_try_run(&c, "insert into xa_test values (1, 0)"), SQL_ERROR);
	ck_assert_int_eq(client_try_run(&c, "select 1"), SQL_ERROR);
	xa_must(xa_end(&xid, _i, TMSUCCESS), XA_OK);
	xa_must(xa_prepare(&xid, _i), XA_RBROLLBACK);
	client_disconnect(&c);
	SQLSetConnectAttr(c.dbc, ODBCPOOL_ATTR_TRANSACTION, (SQLPOINTER)token, sizeof(token) - 1);
	client_connect(&c, server_source(_i), options);
	client_run(&c, "update xa_test set v = v + 1 where id = 1");
	client_disconnect(&c);
	ck_assert_int_eq(
		odbcpool_transaction_end(token, sizeof(token) - 1, SQL_COMMIT), SQL_SUCCESS);
	ck_assert_int_eq(xa_value(_i), 101);
	client_done(&c);
}
END_TEST

START_TEST(an_application_in_manual_commit_takes_part_too)
{
	begin(_i);
	client_set(&c, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	client_connect(&c, server_source(_i), "");
	client_run(&c, "update xa_test set v = v + 1 where id = 1");
	client_disconnect(&c);
	xa_must(xa_end(&xid, _i, TMSUCCESS), XA_OK);
	xa_must(xa_prepare(&xid, _i), XA_OK);
	xa_must(xa_commit(&xid, _i, TMNOFLAGS), XA_OK);
	ck_assert_int_eq(xa_value(_i), 101);
	client_done(&c);
}
END_TEST

/* PostgreSQL would take it; MariaDB refuses it in a branch. */
START_TEST(a_commit_written_by_the_application_is_no_branch_any_more)
{
	begin(_i);
	client_connect(&c, server_source(_i), "");
	client_run(&c, "update xa_test set v = v + 1 where id = 1");
	bool is_taken = SQL_SUCCEEDED(client_try_run(&c, "commit"));
	ck_assert_int_eq(is_taken, _i != MARIADB);
	client_disconnect(&c);
	xa_must(xa_end(&xid, _i, TMSUCCESS), XA_OK);
	xa_must(xa_prepare(&xid, _i), is_taken ? XA_RBROLLBACK : XA_OK);
	ck_assert(!is_taken || strstr(xa_why(), "the application itself said COMMIT"));
	if (!is_taken)
		xa_must(xa_rollback(&xid, _i), XA_OK);
	client_done(&c);
}
END_TEST

/*
 * After some errors psqlODBC rolls back by itself, and goes on in a transaction of its own; after
 * others, as MariaDB always, it takes back the statement alone.
 */
static void assert_all_or_nothing(int source, const char *failing)
{
	begin(source);
	client_connect(&c, server_source(source), "");
	client_run(&c, "update xa_test set v = v + 1 where id = 1");
	ck_assert_int_eq(client_try_run(&c, failing), SQL_ERROR);
	bool has_second =
		SQL_SUCCEEDED(client_try_run(&c, "update xa_test set v = v + 10 where id = 1"));
	client_disconnect(&c);
	xa_must(xa_end(&xid, source, TMSUCCESS), XA_OK);
	int code = xa_prepare(&xid, source);
	ck_assert_msg(code == XA_OK || code == XA_RBROLLBACK, "%d %s", code, xa_why());
	if (code == XA_OK)
		xa_must(xa_commit(&xid, source, TMNOFLAGS), XA_OK);
	ck_assert_int_eq(xa_value(source), code != XA_OK ? 100 : has_second ? 111 : 101);
	client_done(&c);
}

START_TEST(a_failed_statement_takes_all_of_the_branch_or_none)
{
	assert_all_or_nothing(_i, "selectt");
	observer_run(_i, "update xa_test set v = 100 where id = 1");
	assert_all_or_nothing(_i, "select nothing from nowhere");
	observer_run(_i, "update xa_test set v = 100 where id = 1");
	assert_all_or_nothing(_i, "insert into xa_test values ('x', 1, 2, 3)");
}
END_TEST

/* What psqlODBC does about it depends on what it last did on the session: so more than once. */
START_TEST(a_branch_goes_on_when_its_first_statement_fails)
{
	for (int round = 1; round <= 3; round++) {
		begin(_i);
		client_connect(&c, server_source(_i), "ConnectionReset=No");
		ck_assert_int_eq(
			client_try_run(&c, "insert into xa_test values ('x', 1, 2, 3)"), SQL_ERROR);
		client_run(&c, "update xa_test set v = v + 1 where id = 1");
		client_disconnect(&c);
		xa_must(xa_end(&xid, _i, TMSUCCESS), XA_OK);
		xa_must(xa_prepare(&xid, _i), XA_OK);
		xa_must(xa_commit(&xid, _i, TMNOFLAGS), XA_OK);
		ck_assert_int_eq(xa_value(_i), 100 + round);
		client_done(&c);
	}
}
END_TEST

static void add_loops(TCase *t)
{
	tcase_add_loop_test(t, a_connect_by_sqlconnect_joins, 0, SERVER_SOURCES);
	tcase_add_test(t, a_wide_connect_joins);
	tcase_add_loop_test(t, a_connect_without_a_dsn_joins, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, another_user_is_another_data_source, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, with_enlist_no_a_connect_stays_outside, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, past_the_pool_a_connect_stays_outside, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, a_connection_made_before_stays_outside, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, a_second_connection_is_refused_while_the_first_is_open, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, a_second_spelling_is_refused_in_one_branch, 0, SERVER_SOURCES);
}

Suite *test_suite(void)
{
	Suite *s = suite_create("xa_connect");
	TCase *t = tcase_create("connects");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, xa_setup, xa_teardown);
	add_loops(t);
	suite_add_tcase(s, t);
	t = tcase_create("application");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, xa_setup, xa_teardown);
	tcase_add_loop_test(t, the_application_must_not_end_a_branch, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, one_who_stays_connected_works_no_more_after_the_end, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, one_who_stays_connected_works_on_in_a_resumed_branch, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, after_the_branch_a_connection_is_as_any_other, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, of_a_lost_branch_its_session_keeps_nothing, 0, MARIADB);
	tcase_add_loop_test(t, an_application_in_manual_commit_takes_part_too, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, a_commit_written_by_the_application_is_no_branch_any_more, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, a_failed_statement_takes_all_of_the_branch_or_none, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, a_branch_goes_on_when_its_first_statement_fails, 0, SERVER_SOURCES);
	suite_add_tcase(s, t);
	return s;
}
