/* SPDX-License-Identifier: MIT */
/*
 * End to end: the connection breaks in the middle of a call, while for the server the client is
 * still there. Nothing may be claimed that could turn out otherwise.
 */
#include "wire.h"
#include "xa_app.h"

#include "support/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RMID = 40, MARIADB = 2 };

static char source[128]; /* through the wire */
static XID xid;

static const struct xa_switch_t *const xa = &odbcpool_xa_switch;

/* The same word of both databases. */
static const char *said(int i, const char *postgresql, const char *mariadb)
{
	return i == MARIADB ? mariadb : postgresql;
}

static void open_wire(int i)
{
	int port = wire_make(atoi(getenv(i == MARIADB ? "MY_PORT" : "PG_PORT")));

	snprintf(source, sizeof(source), "DSN=%s;Port=%d", server_source(i), port);
	xa_must(xa->xa_open_entry(source, RMID, TMNOFLAGS), XA_OK);
}

static void work(int i)
{
	struct client c = client_new(SQL_OV_ODBC3);

	open_wire(i);
	xid = xa_new_xid();
	xa_must(xa_start(&xid, RMID, TMNOFLAGS), XA_OK);
	ck_assert(SQL_SUCCEEDED(SQLDriverConnect(
		c.dbc, NULL, (SQLCHAR *)source, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT)));
	client_run(&c, "update xa_test set v = v + 5 where id = 1");
	client_disconnect(&c);
	client_done(&c);
	xa_must(xa_end(&xid, RMID, TMSUCCESS), XA_OK);
}

/* The server is at work on what it was told last; the data source without the wire sees it. */
static void await_prepared(int i)
{
	for (int tries = 0; tries < 500 && !xa_listed(&xid, i); tries++)
		nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
	ck_assert_int_eq(xa_listed(&xid, i), 1);
}

static void close_wire(int i)
{
	xa_must(xa->xa_close_entry("", RMID, TMNOFLAGS), XA_OK);
	ck_assert_int_eq(xa_listed(&xid, i), 0);
}

START_TEST(the_answer_to_prepare_is_lost_and_the_branch_is_committed)
{
	work(_i);
	wire_cut_at(said(_i, "PREPARE TRANSACTION", "XA PREPARE"), CUT_AFTER);
	xa_must(xa_prepare(&xid, RMID), XAER_RMFAIL);
	await_prepared(_i);
	ck_assert_int_eq(xa_listed(&xid, RMID), 1);
	xa_must(xa_commit(&xid, RMID, TMNOFLAGS), XA_OK);
	ck_assert_int_eq(xa_value(_i), 105);
	close_wire(_i);
}
END_TEST

START_TEST(the_answer_to_prepare_is_lost_and_the_branch_is_rolled_back)
{
	work(_i);
	wire_cut_at(said(_i, "PREPARE TRANSACTION", "XA PREPARE"), CUT_AFTER);
	xa_must(xa_prepare(&xid, RMID), XAER_RMFAIL);
	await_prepared(_i);
	xa_must(xa_rollback(&xid, RMID), XA_OK);
	ck_assert_int_eq(xa_value(_i), 100);
	close_wire(_i);
}
END_TEST

/* The server still has the open branch, until the switch ends that session. */
START_TEST(the_word_to_prepare_never_arrives)
{
	work(_i);
	wire_cut_at(said(_i, "PREPARE TRANSACTION", "XA PREPARE"), CUT_BEFORE);
	xa_must(xa_prepare(&xid, RMID), XAER_RMFAIL);
	xa_must(xa_rollback(&xid, RMID), XAER_NOTA);
	/* Its row is free. */
	observer_run(_i, "update xa_test set v = v + 1 where id = 1");
	ck_assert_int_eq(xa_value(_i), 101);
	close_wire(_i);
}
END_TEST

/* Nothing has been prepared or committed then: XA END goes ahead of both. */
START_TEST(the_word_to_end_is_lost)
{
	work(MARIADB);
	wire_cut_at("XA END", _i % 2 ? CUT_BEFORE : CUT_AFTER);
	if (_i < 2)
		xa_must(xa_prepare(&xid, RMID), XA_RBCOMMFAIL);
	else
		xa_must(xa_commit(&xid, RMID, TMONEPHASE), XA_RBCOMMFAIL);
	ck_assert_int_eq(xa_listed(&xid, RMID), 0);
	ck_assert_int_eq(xa_value(MARIADB), 100);
	close_wire(MARIADB);
}
END_TEST

START_TEST(a_list_is_read_when_the_lost_session_can_do_no_more)
{
	work(_i);
	wire_cut_at(said(_i, "PREPARE TRANSACTION", "XA PREPARE"), CUT_BEFORE);
	xa_must(xa_prepare(&xid, RMID), XAER_RMFAIL);
	ck_assert_int_eq(xa_listed(&xid, RMID), 0);
	observer_run(_i, "update xa_test set v = v + 1 where id = 1");
	close_wire(_i);
}
END_TEST

START_TEST(the_answer_to_commit_is_lost)
{
	work(_i);
	xa_must(xa_prepare(&xid, RMID), XA_OK);
	wire_cut_at(said(_i, "COMMIT PREPARED", "XA COMMIT"), CUT_AFTER);
	xa_must(xa_commit(&xid, RMID, TMNOFLAGS), XAER_RMFAIL);
	int code = xa_commit(&xid, RMID, TMNOFLAGS);
	/* XA_OK: the lost session was ended before it got to it. */
	ck_assert_msg(code == XAER_NOTA || code == XA_OK, "%d %s", code, xa_why());
	ck_assert_int_eq(xa_value(_i), 105);
	close_wire(_i);
}
END_TEST

START_TEST(the_word_to_commit_never_arrives)
{
	work(_i);
	xa_must(xa_prepare(&xid, RMID), XA_OK);
	wire_cut_at(said(_i, "COMMIT PREPARED", "XA COMMIT"), CUT_BEFORE);
	xa_must(xa_commit(&xid, RMID, TMNOFLAGS), XAER_RMFAIL);
	ck_assert_int_eq(xa_value(_i), 100);
	xa_must(xa_commit(&xid, RMID, TMNOFLAGS), XA_OK);
	ck_assert_int_eq(xa_value(_i), 105);
	close_wire(_i);
}
END_TEST

START_TEST(the_word_to_roll_back_never_arrives)
{
	work(_i);
	xa_must(xa_prepare(&xid, RMID), XA_OK);
	wire_cut_at(said(_i, "ROLLBACK PREPARED", "XA ROLLBACK"), CUT_BEFORE);
	xa_must(xa_rollback(&xid, RMID), XAER_RMFAIL);
	xa_must(xa_rollback(&xid, RMID), XA_OK);
	ck_assert_int_eq(xa_value(_i), 100);
	close_wire(_i);
}
END_TEST

START_TEST(the_answer_to_a_single_phase_is_lost)
{
	work(_i);
	wire_cut_at(said(_i, "COMMIT /*", "XA COMMIT"), CUT_AFTER);
	xa_must(xa_commit(&xid, RMID, TMONEPHASE), XAER_RMFAIL);
	xa_must(xa_commit(&xid, RMID, TMONEPHASE), XAER_NOTA);
	close_wire(_i);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("xa_lost");
	TCase *t = tcase_create("lost");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, xa_setup, xa_teardown);
	tcase_add_loop_test(
		t, the_answer_to_prepare_is_lost_and_the_branch_is_committed, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, the_answer_to_prepare_is_lost_and_the_branch_is_rolled_back, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, the_word_to_prepare_never_arrives, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, the_word_to_end_is_lost, 0, 4);
	tcase_add_loop_test(
		t, a_list_is_read_when_the_lost_session_can_do_no_more, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, the_answer_to_commit_is_lost, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, the_word_to_commit_never_arrives, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, the_word_to_roll_back_never_arrives, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, the_answer_to_a_single_phase_is_lost, 0, SERVER_SOURCES);
	suite_add_tcase(s, t);
	return s;
}
