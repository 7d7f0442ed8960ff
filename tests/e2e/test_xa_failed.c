/* SPDX-License-Identifier: MIT */
/*
 * End to end: MariaDB refuses what ends a branch, whether the first phase or the only one. The
 * answer is the same where it had rolled back before and where it does so then.
 */
#include "xa_app.h"

#include "support/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MARIADB = 2 };

/* The tests are run for each. */
enum ending { PREPARE, COMMIT_AT_ONCE, ENDINGS };

static struct client c;
static XID xid;

static void begin(void)
{
	xid = xa_new_xid();
	c = client_new(SQL_OV_ODBC3);
	xa_must(xa_start(&xid, MARIADB, TMNOFLAGS), XA_OK);
	client_connect(&c, server_source(MARIADB), "");
	client_run(&c, "update xa_test set v = v + 5 where id = 1");
}

static int end(enum ending how)
{
	client_disconnect(&c);
	client_done(&c);
	xa_must(xa_end(&xid, MARIADB, TMSUCCESS), XA_OK);
	return how == PREPARE ? xa_prepare(&xid, MARIADB) : xa_commit(&xid, MARIADB, TMONEPHASE);
}

static void assert_gone(void)
{
	ck_assert_int_eq(xa_listed(&xid, MARIADB), 0);
	xa_must(xa_rollback(&xid, MARIADB), XAER_NOTA);
	/* Nobody holds the row. */
	observer_run(MARIADB, "update xa_test set v = v + 1 where id = 1");
	ck_assert_int_eq(xa_value(MARIADB), 101);
}

/* As the XID stands in SQL. */
static const char *with_xid(const char *before)
{
	static char sql[512];
	char *to = sql + snprintf(sql, 64, "%s X'", before);

	for (long i = 0; i < xid.gtrid_length + xid.bqual_length; i++) {
		if (i == xid.gtrid_length)
			to += snprintf(to, 8, "', X'");
		to += snprintf(to, 4, "%02x", (unsigned char)xid.data[i]);
	}
	snprintf(to, 32, "', %ld", xid.formatID);
	return sql;
}

/* In the background, as the server's superuser. */
static void run_aside(const char *sql)
{
	char command[800];

	snprintf(command, sizeof(command),
		"mariadb --no-defaults -S $MY_SOCKET -u root $E2E_DATABASE -e \"%s\" >/dev/null "
		"2>&1 &",
		sql);
	ck_assert_int_eq(system(command), 0);
}

static void await(const char *query)
{
	for (int tries = 0; tries < 500 && observer_number(MARIADB, query) == 0; tries++)
		nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
	ck_assert_int_ne(observer_number(MARIADB, query), 0);
}

/* The other one has more to lose, so it is the branch that must go. */
START_TEST(a_branch_that_a_deadlock_has_ended_is_rolled_back)
{
	observer_run(MARIADB, "insert into xa_test values (2, 100)");
	begin();
	run_aside("begin; insert into xa_test select seq, 1 from seq_1000_to_1100;"
		  " update xa_test set v = 0 where id = 2;"
		  " update xa_test set v = 0 where id = 1; rollback");
	await("select count(*) from information_schema.processlist where state = 'Updating' and"
	      " info like '%v = 0 where id = 1'");
	ck_assert_int_eq(
		client_try_run(&c, "update xa_test set v = v + 5 where id = 2"), SQL_ERROR);
	xa_must(end(_i), XA_RBOTHER);
	assert_gone();
}
END_TEST

START_TEST(a_branch_that_waited_too_long_for_a_row_goes_on)
{
	struct client other = client_new(SQL_OV_ODBC3);

	observer_run(MARIADB, "insert into xa_test values (2, 100)");
	client_connect(&other, server_source(MARIADB), "Pooling=No");
	client_run(&other, "begin");
	client_run(&other, "update xa_test set v = 0 where id = 2");
	begin();
	client_run(&c, "set innodb_lock_wait_timeout = 1");
	ck_assert_int_eq(
		client_try_run(&c, "update xa_test set v = v + 5 where id = 2"), SQL_ERROR);
	xa_must(end(_i), XA_OK);
	if (_i == PREPARE)
		xa_must(xa_commit(&xid, MARIADB, TMNOFLAGS), XA_OK);
	ck_assert_int_eq(xa_value(MARIADB), 105);
	client_disconnect(&other);
	client_done(&other);
}
END_TEST

START_TEST(a_branch_that_the_application_has_ended_is_rolled_back)
{
	begin();
	client_run(&c, with_xid("XA END"));
	xa_must(end(_i), XA_RBOTHER);
	assert_gone();
}
END_TEST

START_TEST(a_branch_that_the_application_has_prepared_is_rolled_back)
{
	begin();
	client_run(&c, with_xid("XA END"));
	client_run(&c, with_xid("XA PREPARE"));
	xa_must(end(_i), XA_RBOTHER);
	assert_gone();
}
END_TEST

/* Who backs up the server lets nobody prepare nor commit. */
START_TEST(a_branch_that_cannot_be_ended_for_a_lock_is_rolled_back)
{
	struct client other = client_new(SQL_OV_ODBC3);

	client_connect(&other, server_source(MARIADB), "Pooling=No");
	ck_assert_int_eq(client_number(&other, "select get_lock('until_then', 0)"), 1);
	begin();
	client_run(&c, "set lock_wait_timeout = 1");
	run_aside("flush tables with read lock; select get_lock('is_locked', 0);"
		  " select get_lock('until_then', 30)");
	await("select is_used_lock('is_locked') is not null");
	xa_must(end(_i), XA_RBOTHER);
	client_disconnect(&other);
	client_done(&other);
	assert_gone();
}
END_TEST

START_TEST(a_branch_of_queries_is_prepared_too)
{
	xid = xa_new_xid();
	c = client_new(SQL_OV_ODBC3);
	xa_must(xa_start(&xid, MARIADB, TMNOFLAGS), XA_OK);
	client_connect(&c, server_source(MARIADB), "");
	ck_assert_int_eq(client_number(&c, "select v from xa_test where id = 1"), 100);
	xa_must(end(_i), XA_OK);
	if (_i == PREPARE)
		xa_must(xa_commit(&xid, MARIADB, TMNOFLAGS), XA_OK);
	assert_gone();
}
END_TEST

START_TEST(an_xid_that_is_at_work_elsewhere_lets_nobody_join)
{
	struct client other = client_new(SQL_OV_ODBC3);

	xid = xa_new_xid();
	client_connect(&other, server_source(MARIADB), "Pooling=No");
	client_run(&other, with_xid("XA START"));
	c = client_new(SQL_OV_ODBC3);
	xa_must(xa_start(&xid, MARIADB, TMNOFLAGS), XA_OK);
	ck_assert_int_eq(client_try(&c, server_source(MARIADB), ""), SQL_ERROR);
	ck_assert_str_eq(client_record(&c, 1).state, "XAE08");
	xa_must(xa_end(&xid, MARIADB, TMSUCCESS), XA_OK);
	xa_must(xa_prepare(&xid, MARIADB), XA_RDONLY);
	client_done(&c);
	client_disconnect(&other);
	client_done(&other);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("xa_failed");
	TCase *t = tcase_create("failed");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, xa_setup, xa_teardown);
	tcase_add_loop_test(t, a_branch_that_a_deadlock_has_ended_is_rolled_back, 0, ENDINGS);
	tcase_add_loop_test(t, a_branch_that_waited_too_long_for_a_row_goes_on, 0, ENDINGS);
	tcase_add_loop_test(t, a_branch_that_the_application_has_ended_is_rolled_back, 0, ENDINGS);
	tcase_add_loop_test(
		t, a_branch_that_the_application_has_prepared_is_rolled_back, 0, ENDINGS);
	tcase_add_loop_test(t, a_branch_that_cannot_be_ended_for_a_lock_is_rolled_back, 0, ENDINGS);
	tcase_add_loop_test(t, a_branch_of_queries_is_prepared_too, 0, ENDINGS);
	tcase_add_test(t, an_xid_that_is_at_work_elsewhere_lets_nobody_join);
	suite_add_tcase(s, t);
	return s;
}
