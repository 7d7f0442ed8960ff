/* SPDX-License-Identifier: MIT */
/* End to end: transaction branches on real servers, from xa_start to their end. */
#include "xa_app.h"

#include "odbcpool.h"
#include "support/run.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

START_TEST(a_branch_is_committed_in_two_phases)
{
	XID xid = xa_new_xid();

	xa_work(&xid, _i, 5);
	ck_assert_int_eq(xa_value(_i), 100);
	xa_must(xa_prepare(&xid, _i), XA_OK);
	ck_assert_int_eq(xa_value(_i), 100);
	ck_assert_int_eq(xa_listed(&xid, _i), 1);
	xa_must(xa_commit(&xid, _i, TMNOFLAGS), XA_OK);
	ck_assert_int_eq(xa_value(_i), 105);
	ck_assert_int_eq(xa_listed(&xid, _i), 0);
	xa_must(xa_commit(&xid, _i, TMNOFLAGS), XAER_NOTA);
}
END_TEST

START_TEST(a_prepared_branch_is_rolled_back)
{
	XID xid = xa_new_xid();

	xa_work(&xid, _i, 5);
	xa_must(xa_prepare(&xid, _i), XA_OK);
	xa_must(xa_rollback(&xid, _i), XA_OK);
	ck_assert_int_eq(xa_value(_i), 100);
	ck_assert_int_eq(xa_listed(&xid, _i), 0);
	xa_must(xa_rollback(&xid, _i), XAER_NOTA);
}
END_TEST

START_TEST(a_branch_that_was_not_prepared_is_rolled_back)
{
	XID xid = xa_new_xid();

	xa_work(&xid, _i, 5);
	xa_must(xa_rollback(&xid, _i), XA_OK);
	ck_assert_int_eq(xa_value(_i), 100);
	/* Its row is free again, and so is its name. */
	xa_work(&xid, _i, 7);
	xa_must(xa_rollback(&xid, _i), XA_OK);
}
END_TEST

START_TEST(one_phase_is_enough_where_nobody_else_takes_part)
{
	XID xid = xa_new_xid();

	xa_work(&xid, _i, 5);
	xa_must(xa_commit(&xid, _i, TMONEPHASE), XA_OK);
	ck_assert_int_eq(xa_value(_i), 105);
	xa_must(xa_commit(&xid, _i, TMONEPHASE), XAER_NOTA);
}
END_TEST

START_TEST(a_branch_in_which_nobody_connected_is_read_only)
{
	XID xid = xa_new_xid();

	xa_must(xa_start(&xid, _i, TMNOFLAGS), XA_OK);
	xa_must(xa_end(&xid, _i, TMSUCCESS), XA_OK);
	xa_must(xa_prepare(&xid, _i), XA_RDONLY);
	xa_must(xa_commit(&xid, _i, TMNOFLAGS), XAER_NOTA);
}
END_TEST

START_TEST(a_branch_in_which_nothing_was_executed_is_read_only)
{
	struct client c = client_new(SQL_OV_ODBC3);
	XID xid = xa_new_xid();

	xa_must(xa_start(&xid, _i, TMNOFLAGS), XA_OK);
	client_connect(&c, server_source(_i), "");
	client_disconnect(&c);
	xa_must(xa_end(&xid, _i, TMSUCCESS), XA_OK);
	xa_must(xa_prepare(&xid, _i), XA_RDONLY);
	ck_assert_int_eq(xa_listed(&xid, _i), 0);
	client_done(&c);
}
END_TEST

START_TEST(the_work_of_several_connects_is_one_branch)
{
	struct client c = client_new(SQL_OV_ODBC3);
	XID xid = xa_new_xid();

	xa_must(xa_start(&xid, _i, TMNOFLAGS), XA_OK);
	client_connect(&c, server_source(_i), "");
	long session = client_session(&c, server_source(_i));
	client_run(&c, "update xa_test set v = v + 1");
	client_disconnect(&c);
	client_connect(&c, server_source(_i), "");
	ck_assert_int_eq(client_session(&c, server_source(_i)), session);
	ck_assert_int_eq(client_number(&c, "select v from xa_test"), 101);
	client_run(&c, "update xa_test set v = v + 1");
	client_disconnect(&c);
	xa_must(xa_end(&xid, _i, TMSUCCESS), XA_OK);
	xa_must(xa_prepare(&xid, _i), XA_OK);
	xa_must(xa_commit(&xid, _i, TMNOFLAGS), XA_OK);
	ck_assert_int_eq(xa_value(_i), 102);
	client_done(&c);
}
END_TEST

START_TEST(a_suspended_branch_is_resumed)
{
	XID xid = xa_new_xid(), other = xa_new_xid();

	xa_must(xa_start(&xid, _i, TMNOFLAGS), XA_OK);
	xa_add(_i, 1);
	xa_must(xa_end(&xid, _i, TMSUSPEND), XA_OK);
	xa_must(xa_prepare(&xid, _i), XAER_PROTO);
	/* Meanwhile the thread may do something else. */
	xa_must(xa_start(&other, _i, TMNOFLAGS), XA_OK);
	xa_must(xa_start(&xid, _i, TMRESUME), XAER_PROTO);
	xa_must(xa_end(&other, _i, TMSUCCESS), XA_OK);
	xa_must(xa_prepare(&other, _i), XA_RDONLY);
	xa_must(xa_start(&xid, _i, TMRESUME), XA_OK);
	xa_add(_i, 1);
	xa_must(xa_end(&xid, _i, TMSUCCESS), XA_OK);
	xa_must(xa_prepare(&xid, _i), XA_OK);
	xa_must(xa_commit(&xid, _i, TMNOFLAGS), XA_OK);
	ck_assert_int_eq(xa_value(_i), 102);
}
END_TEST

START_TEST(a_branch_that_failed_can_only_be_rolled_back)
{
	XID xid = xa_new_xid();

	xa_must(xa_start(&xid, _i, TMNOFLAGS), XA_OK);
	xa_add(_i, 1);
	xa_must(xa_end(&xid, _i, TMFAIL), XA_RBROLLBACK);
	xa_must(xa_prepare(&xid, _i), XAER_PROTO);
	xa_must(xa_commit(&xid, _i, TMONEPHASE), XAER_PROTO);
	xa_must(xa_rollback(&xid, _i), XA_OK);
	ck_assert_int_eq(xa_value(_i), 100);
}
END_TEST

struct helper {
	XID xid;
	int source;
};

static void *join_and_commit(void *arg)
{
	struct helper *h = arg;

	xa_must(xa_start(&h->xid, h->source, TMJOIN), XAER_PROTO); /* not opened here */
	xa_must(xa_open_source(h->source), XA_OK);
	xa_must(xa_start(&h->xid, h->source, TMRESUME), XAER_PROTO);
	xa_must(xa_start(&h->xid, h->source, TMNOFLAGS), XAER_DUPID);
	xa_must(xa_start(&h->xid, h->source, TMJOIN), XA_OK);
	xa_add(h->source, 10);
	xa_must(xa_close_source(h->source), XAER_PROTO);
	xa_must(xa_end(&h->xid, h->source, TMSUCCESS), XA_OK);
	xa_must(xa_prepare(&h->xid, h->source), XA_OK);
	xa_must(xa_commit(&h->xid, h->source, TMNOFLAGS), XA_OK);
	xa_must(xa_close_source(h->source), XA_OK);
	return NULL;
}

START_TEST(another_thread_joins_the_branch_and_ends_it)
{
	struct helper h = {.xid = xa_new_xid(), .source = _i};
	pthread_t thread;

	xa_work(&h.xid, _i, 1);
	ck_assert_int_eq(pthread_create(&thread, NULL, join_and_commit, &h), 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(xa_value(_i), 111);
}
END_TEST

static void *die_in_the_middle(void *arg)
{
	struct helper *h = arg;

	xa_must(xa_open_source(h->source), XA_OK);
	xa_must(xa_start(&h->xid, h->source, TMNOFLAGS), XA_OK);
	xa_add(h->source, 10);
	return NULL;
}

START_TEST(what_a_thread_leaves_when_it_ends_is_rolled_back)
{
	struct helper h = {.xid = xa_new_xid(), .source = _i};
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, die_in_the_middle, &h), 0);
	pthread_join(thread, NULL);
	xa_must(xa_prepare(&h.xid, _i), XAER_PROTO);
	xa_must(xa_rollback(&h.xid, _i), XA_OK);
	xa_work(&h.xid, _i, 1);
	xa_must(xa_rollback(&h.xid, _i), XA_OK);
}
END_TEST

/* Of the first nothing is wanted but its vote. */
START_TEST(all_sources_take_part_in_one_transaction)
{
	XID xids[SERVER_SOURCES];

	for (int i = 0; i < SERVER_SOURCES; i++) {
		xids[i] = xa_new_xid();
		xa_must(xa_start(&xids[i], i, TMNOFLAGS), XA_OK);
	}
	for (int i = 1; i < SERVER_SOURCES; i++)
		xa_add(i, 1);
	for (int i = 0; i < SERVER_SOURCES; i++)
		xa_must(xa_end(&xids[i], i, TMSUCCESS), XA_OK);
	for (int i = 0; i < SERVER_SOURCES; i++)
		xa_must(xa_prepare(&xids[i], i), i == 0 ? XA_RDONLY : XA_OK);
	for (int i = 1; i < SERVER_SOURCES; i++)
		ck_assert_int_eq(xa_value(i), 100);
	for (int i = 1; i < SERVER_SOURCES; i++)
		xa_must(xa_commit(&xids[i], i, TMNOFLAGS), XA_OK);
	for (int i = 1; i < SERVER_SOURCES; i++)
		ck_assert_int_eq(xa_value(i), 101);
}
END_TEST

enum { THREADS = 8, ROUNDS = 20 };

struct worker {
	pthread_t thread;
	int source, id; /* of its own row */
};

static void *work_in_rounds(void *arg)
{
	const struct worker *w = arg;
	char sql[100];

	snprintf(sql, sizeof(sql), "update xa_test set v = v + 1 where id = %d", w->id);
	xa_must(xa_open_source(w->source), XA_OK);
	for (int i = 0; i < ROUNDS; i++) {
		struct client c = client_new(SQL_OV_ODBC3);
		XID xid = xa_thread_xid(w->id * 1000 + i);
		xa_must(xa_start(&xid, w->source, TMNOFLAGS), XA_OK);
		client_connect(&c, server_source(w->source), "");
		client_run(&c, sql);
		client_disconnect(&c);
		client_done(&c);
		xa_must(xa_end(&xid, w->source, TMSUCCESS), XA_OK);
		xa_must(xa_prepare(&xid, w->source), XA_OK);
		if (i % 2)
			xa_must(xa_commit(&xid, w->source, TMNOFLAGS), XA_OK);
		else
			xa_must(xa_rollback(&xid, w->source), XA_OK);
	}
	xa_must(xa_close_source(w->source), XA_OK);
	return NULL;
}

START_TEST(many_threads_work_in_branches_of_their_own)
{
	struct worker workers[THREADS];
	XID left;
	char sql[100];

	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.source = _i, .id = 10 + i};
		snprintf(sql, sizeof(sql), "insert into xa_test values (%d, 0)", 10 + i);
		observer_run(_i, sql);
	}
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&workers[i].thread, NULL, work_in_rounds, &workers[i]), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	ck_assert_int_eq(observer_number(_i, "select count(*) from xa_test where v = 10"), THREADS);
	ck_assert_int_eq(odbcpool_xa_switch.xa_recover_entry(&left, 1, _i, TMSTARTRSCAN), 0);
}
END_TEST

START_TEST(calls_out_of_order_are_told_so)
{
	XID xid = xa_new_xid(), null = {.formatID = -1};

	xa_must(xa_end(&xid, _i, TMSUCCESS), XAER_NOTA);
	xa_must(xa_prepare(&xid, _i), XAER_NOTA);
	xa_must(xa_start(&xid, _i, TMJOIN), XAER_NOTA);
	xa_must(xa_start(&null, _i, TMNOFLAGS), XAER_INVAL);
	xa_must(xa_start(NULL, _i, TMNOFLAGS), XAER_INVAL);
	xa_must(xa_start(&xid, 77, TMNOFLAGS), XAER_PROTO);
	xa_must(xa_start(&xid, _i, TMASYNC), XAER_ASYNC);
	xa_must(xa_start(&xid, _i, TMNOFLAGS), XA_OK);
	xa_must(xa_start(&xid, _i, TMNOFLAGS), XAER_PROTO);
	xa_must(xa_prepare(&xid, _i), XAER_PROTO);
	xa_must(xa_rollback(&xid, _i), XAER_PROTO);
	xa_must(xa_close_source(_i), XAER_PROTO);
	xa_must(xa_end(&xid, _i, TMSUCCESS), XA_OK);
	xa_must(xa_end(&xid, _i, TMSUCCESS), XAER_PROTO);
	xa_must(xa_commit(&xid, _i, TMNOFLAGS), XAER_PROTO);
	xa_must(xa_rollback(&xid, _i), XA_OK);
	xa_must(odbcpool_xa_switch.xa_forget_entry(&xid, _i, TMNOFLAGS), XAER_NOTA);
	xa_must(odbcpool_xa_switch.xa_complete_entry(NULL, NULL, _i, TMNOFLAGS), XAER_PROTO);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("xa");
	TCase *t = tcase_create("branches");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, xa_setup, xa_teardown);
	tcase_add_loop_test(t, a_branch_is_committed_in_two_phases, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, a_prepared_branch_is_rolled_back, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, a_branch_that_was_not_prepared_is_rolled_back, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, one_phase_is_enough_where_nobody_else_takes_part, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, a_branch_in_which_nobody_connected_is_read_only, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, a_branch_in_which_nothing_was_executed_is_read_only, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, the_work_of_several_connects_is_one_branch, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, a_suspended_branch_is_resumed, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, a_branch_that_failed_can_only_be_rolled_back, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, another_thread_joins_the_branch_and_ends_it, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, what_a_thread_leaves_when_it_ends_is_rolled_back, 0, SERVER_SOURCES);
	tcase_add_test(t, all_sources_take_part_in_one_transaction);
	tcase_add_loop_test(t, many_threads_work_in_branches_of_their_own, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, calls_out_of_order_are_told_so, 0, SERVER_SOURCES);
	suite_add_tcase(s, t);
	return s;
}
