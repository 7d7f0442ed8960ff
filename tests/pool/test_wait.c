/* SPDX-License-Identifier: MIT */
/* The line: order, hand-off, deadlines, and what a time-out says. */
#include "pool/harness.h"

#include "base/counters.h"
#include "odbcpool.h"
#include "pool/threads.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

static struct borrow held;

START_TEST(waiters_are_served_first_come_first_served)
{
	struct client c[4];

	held = take_the_only_one();
	struct pool *p = held.pool;
	for (unsigned i = 0; i < 4; i++) {
		client_start(&c[i], "sales", 15 * SECOND);
		await_waiting(p, i + 1);
	}
	for (unsigned i = 0; i < 4; i++) {
		give(&held);
		await_done(&c[i]);
		for (unsigned later = i + 1; later < 4; later++)
			ck_assert(!c[later].is_done);
		ck_assert_int_eq(c[i].rc, POOL_OK);
		held = c[i].borrow;
		client_join(&c[i]);
	}
	ck_assert_uint_eq(h.driver.opens, 1);
}
END_TEST

START_TEST(a_late_thread_cannot_overtake_a_waiter)
{
	struct client first;
	struct borrow late;

	held = take_the_only_one();
	struct pool *p = held.pool;
	client_start(&first, "sales", 15 * SECOND);
	await_waiting(p, 1);
	give(&held);
	/* Whether or not the first has woken up yet: what came back is its own. */
	ck_assert_uint_eq(numbers(p).idle, 0);
	ck_assert_int_eq(try_borrow("sales", 0, &late), POOL_TIMED_OUT);
	await_done(&first);
	ck_assert_int_eq(first.rc, POOL_OK);
	client_join(&first);
}
END_TEST

START_TEST(a_slot_that_a_dead_connection_frees_wakes_a_waiter)
{
	struct client c;

	held = take_the_only_one();
	client_start(&c, "sales", 15 * SECOND);
	await_waiting(held.pool, 1);
	give_as(&held, RETURN_DEAD);
	work();
	await_done(&c);
	ck_assert_int_eq(c.rc, POOL_OK);
	ck_assert_uint_eq(id_of(&c.borrow), 2);
	client_join(&c);
}
END_TEST

START_TEST(a_failed_login_gives_its_slot_to_the_next_waiter)
{
	struct client first, second;

	h.settings.max_pool_size = 1;
	h.settings.pool_blocking_period = BLOCKING_NEVER;
	h.driver.is_open_gated = true;
	h.driver.failing_opens = 1;
	client_start(&first, "sales", 15 * SECOND);
	await_at_gate(1);
	client_start(&second, "sales", 15 * SECOND);
	await_line(1);
	h.driver.is_open_gated = false;
	await_done(&first);
	await_done(&second);
	ck_assert_int_eq(first.rc, POOL_OPEN_FAILED);
	ck_assert_int_eq(second.rc, POOL_OK);
	client_join(&first);
	client_join(&second);
}
END_TEST

START_TEST(a_waiter_whose_connection_turns_out_dead_is_still_first)
{
	struct client first, second;

	held = take_the_only_one();
	struct pool *p = held.pool;
	client_start(&first, "sales", 15 * SECOND);
	await_waiting(p, 1);
	client_start(&second, "sales", 15 * SECOND);
	await_waiting(p, 2);
	fake_conn_kill(held.conn);
	give(&held);
	await_done(&first);
	ck_assert_int_eq(first.rc, POOL_OK);
	ck_assert_uint_eq(id_of(&first.borrow), 2);
	ck_assert(!second.is_done);
	give(&first.borrow);
	await_done(&second);
	client_join(&first);
	client_join(&second);
}
END_TEST

START_TEST(a_waiter_gives_up_at_its_deadline_and_not_before)
{
	struct client c;

	held = take_the_only_one();
	client_start(&c, "sales", 15 * SECOND);
	await_waiting(held.pool, 1);
	advance(15 * SECOND - 1);
	ck_assert(!c.is_done);
	advance(1);
	await_done(&c);
	ck_assert_int_eq(c.rc, POOL_TIMED_OUT);
	ck_assert_uint_eq(numbers(held.pool).waiting, 0);
	ck_assert_uint_eq(counters().timeouts, 1);
	client_join(&c);
}
END_TEST

START_TEST(one_deadline_covers_the_wait_and_the_login)
{
	struct client c;
	usec_t deadline = clock_now(&h.clock.clock) + 15 * SECOND;

	held = take_the_only_one();
	client_start(&c, "sales", 15 * SECOND);
	await_waiting(held.pool, 1);
	advance(10 * SECOND);
	give_as(&held, RETURN_CLOSE);
	work();
	await_done(&c);
	ck_assert_int_eq(c.rc, POOL_OK);
	ck_assert_int_eq(h.driver.last_deadline, deadline);
	ck_assert_int_eq(c.borrow.waited, 10 * SECOND);
	client_join(&c);
}
END_TEST

START_TEST(a_waiter_without_a_deadline_waits_on)
{
	struct client c;

	held = take_the_only_one();
	client_start(&c, "sales", USEC_INFINITY);
	await_waiting(held.pool, 1);
	advance(1000000 * SECOND);
	give(&held);
	await_done(&c);
	ck_assert_int_eq(c.rc, POOL_OK);
	client_join(&c);
}
END_TEST

START_TEST(at_most_max_opening_logins_run_at_a_time)
{
	struct client c[5];

	h.settings.max_opening = 2;
	h.driver.is_open_gated = true;
	for (int i = 0; i < 5; i++)
		client_start(&c[i], "sales", 15 * SECOND);
	await_at_gate(2);
	await_line(3);
	ck_assert_uint_eq(h.driver.at_gate, 2);
	h.driver.is_open_gated = false;
	for (int i = 0; i < 5; i++) {
		await_done(&c[i]);
		ck_assert_int_eq(c[i].rc, POOL_OK);
		client_join(&c[i]);
	}
	ck_assert_uint_eq(h.driver.most_opening, 2);
	ck_assert_uint_eq(h.driver.opens, 5);
}
END_TEST

START_TEST(one_login_at_a_time_while_the_last_one_failed)
{
	struct client c[3];
	struct borrow none;

	h.settings.pool_blocking_period = BLOCKING_NEVER;
	h.driver.failing_opens = 1;
	ck_assert_int_eq(try_borrow("sales", SECOND, &none), POOL_OPEN_FAILED);
	h.driver.is_open_gated = true;
	for (int i = 0; i < 3; i++)
		client_start(&c[i], "sales", 15 * SECOND);
	await_at_gate(1);
	await_line(2);
	ck_assert_uint_eq(h.driver.at_gate, 1);
	h.driver.is_open_gated = false;
	for (int i = 0; i < 3; i++) {
		await_done(&c[i]);
		ck_assert_int_eq(c[i].rc, POOL_OK);
		client_join(&c[i]);
	}
}
END_TEST

START_TEST(a_waiter_for_a_login_takes_what_comes_back_first)
{
	struct client opener, waiter;

	h.settings.max_opening = 1;
	held = take("sales");
	h.driver.is_open_gated = true;
	client_start(&opener, "sales", 15 * SECOND);
	await_at_gate(1);
	client_start(&waiter, "sales", 15 * SECOND);
	await_waiting(held.pool, 1);
	give(&held);
	await_done(&waiter);
	ck_assert_uint_eq(id_of(&waiter.borrow), 1);
	h.driver.is_open_gated = false;
	client_join(&opener);
	client_join(&waiter);
}
END_TEST

START_TEST(the_time_out_text_is_ado_nets_with_numbers_and_the_oldest_holder)
{
	struct borrow none;
	char holder[64];

	h.settings.max_pool_size = 2;
	h.settings.pool_connect_timeout = 15 * SECOND;
	prctl(PR_SET_NAME, "reporting");
	held = take("sales");
	advance(30 * SECOND);
	(void)take("sales");
	ck_assert_int_eq(try_borrow("sales", 15 * SECOND, &none), POOL_TIMED_OUT);
	ck_assert_str_eq(diag_sqlstate(&h.diag), "HYT00");
	ck_assert_int_eq(h.diag.records[0].native, ODBCPOOL_ERR_POOL_EXHAUSTED);
	ck_assert_ptr_nonnull(strstr(message(0),
		"Timeout expired. The timeout period elapsed prior to obtaining a connection from "
		"the "
		"pool; all pooled connections were in use and the maximum pool size was reached."));
	ck_assert_ptr_nonnull(strstr(message(0), "raise MaxPoolSize (now 2) or PoolConnectTimeout "
						 "(now 15 s), or look for connections "
						 "that are not closed"));
	ck_assert_ptr_nonnull(
		strstr(message(0), "Pool sales: total 2, active 2, idle 0, parked 0, waiting 1."));
	snprintf(holder, sizeof(holder), "Oldest holder: thread %d (reporting), for 45 s.",
		(int)thread_id());
	ck_assert_ptr_nonnull(strstr(message(0), holder));
	ck_assert_uint_eq(h.diag.count, 1);
}
END_TEST

START_TEST(a_holder_thread_that_ended_is_named_as_such)
{
	struct client c;
	struct borrow none;

	h.settings.max_pool_size = 1;
	client_start(&c, "sales", 15 * SECOND);
	client_join(&c);
	ck_assert_int_eq(try_borrow("sales", 0, &none), POOL_TIMED_OUT);
	ck_assert_ptr_nonnull(strstr(message(0), "; that thread has ended."));
}
END_TEST

START_TEST(the_last_login_error_is_the_second_record)
{
	struct borrow none;

	h.settings.max_pool_size = 3;
	h.settings.pool_blocking_period = BLOCKING_NEVER;
	held = take("sales");
	h.driver.failing_opens = 1;
	ck_assert_int_eq(try_borrow("sales", SECOND, &none), POOL_OPEN_FAILED);
	h.driver.is_open_gated = true;
	struct client c;
	client_start(&c, "sales", 15 * SECOND);
	await_at_gate(1);
	ck_assert_int_eq(try_borrow("sales", 0, &none), POOL_TIMED_OUT);
	ck_assert_uint_eq(h.diag.count, 2);
	ck_assert_str_eq(h.diag.records[1].sqlstate, "28000");
	ck_assert_str_eq(message(1), "[odbcpool][fake] Login failed, try 1");
	ck_assert_ptr_nonnull(strstr(message(0), "1 logins were under way"));
	h.driver.is_open_gated = false;
	client_join(&c);
}
END_TEST

static struct client second;

static void serve_too_late(void)
{
	advance(15 * SECOND);
	give(&held);
}

static void serve_too_late_with_another_in_line(void)
{
	client_start(&second, "sales", USEC_INFINITY);
	await_waiting(held.pool, 2);
	serve_too_late();
}

static void free_a_slot_too_late(void)
{
	advance(15 * SECOND);
	give_as(&held, RETURN_CLOSE);
	work();
}

START_TEST(a_waiter_that_times_out_while_being_served_loses_nothing)
{
	struct borrow b;

	held = take_the_only_one();
	h.clock.during_wait = serve_too_late;
	ck_assert_int_eq(try_borrow("sales", 15 * SECOND, &b), POOL_OK);
	ck_assert_uint_eq(id_of(&b), 1);
	give(&b);
	ck_assert_uint_eq(h.driver.opens, 1);
}
END_TEST

START_TEST(a_served_waiter_whose_deadline_passed_gives_the_connection_on)
{
	struct borrow b;

	held = take_the_only_one();
	h.clock.during_wait = serve_too_late_with_another_in_line;
	ck_assert_int_eq(try_borrow("sales", 15 * SECOND, &b), POOL_TIMED_OUT);
	await_done(&second);
	ck_assert_int_eq(second.rc, POOL_OK);
	ck_assert_uint_eq(id_of(&second.borrow), 1);
	give(&second.borrow);
	client_join(&second);
	ck_assert_uint_eq(counters().soft_connects, counters().soft_disconnects);
}
END_TEST

START_TEST(a_slot_that_comes_after_the_deadline_is_given_on)
{
	struct borrow b;

	held = take_the_only_one();
	h.clock.during_wait = free_a_slot_too_late;
	ck_assert_int_eq(try_borrow("sales", 15 * SECOND, &b), POOL_TIMED_OUT);
	ck_assert_uint_eq(h.driver.opens, 1);
	b = take("sales");
	ck_assert_uint_eq(numbers(b.pool).total, 1);
}
END_TEST

START_TEST(a_wait_longer_than_wait_notify_is_told)
{
	struct client c;
	struct diag diag = DIAG_EMPTY;

	h.settings.wait_notify = 500 * USEC_PER_MSEC;
	held = take_the_only_one();
	ck_assert(!held.is_wait_notable);
	client_start(&c, "sales", 15 * SECOND);
	await_waiting(held.pool, 1);
	advance(SECOND);
	give(&held);
	await_done(&c);
	ck_assert(c.borrow.is_wait_notable);
	pool_describe_wait(&c.borrow, &diag);
	ck_assert_str_eq(diag_sqlstate(&diag), "01000");
	ck_assert_int_eq(diag.records[0].native, ODBCPOOL_ERR_LONG_WAIT);
	diag_clear(&diag);
	client_join(&c);
}
END_TEST

START_TEST(without_wait_notify_no_wait_is_told)
{
	struct client c;

	held = take_the_only_one();
	client_start(&c, "sales", USEC_INFINITY);
	await_waiting(held.pool, 1);
	advance(1000 * SECOND);
	give(&held);
	await_done(&c);
	ck_assert(!c.borrow.is_wait_notable);
	client_join(&c);
}
END_TEST

START_TEST(waiters_are_woken_by_the_closing_of_the_pools)
{
	struct client c;

	held = take_the_only_one();
	client_start(&c, "sales", USEC_INFINITY);
	await_waiting(held.pool, 1);
	registry_shutdown(h.registry);
	await_done(&c);
	ck_assert_int_eq(c.rc, POOL_CLOSED);
	ck_assert_str_eq(diag_sqlstate(&c.diag), "08001");
	client_join(&c);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/wait");
	TCase *t = tcase_create("one thread");

	tcase_add_checked_fixture(t, harness_setup, harness_teardown);
	tcase_add_test(t, the_time_out_text_is_ado_nets_with_numbers_and_the_oldest_holder);
	tcase_add_test(t, a_waiter_that_times_out_while_being_served_loses_nothing);
	tcase_add_test(t, a_slot_that_comes_after_the_deadline_is_given_on);
	suite_add_tcase(s, t);

	t = tcase_create("threads");
	tcase_add_checked_fixture(t, harness_setup_shared, harness_teardown);
	tcase_add_test(t, waiters_are_served_first_come_first_served);
	tcase_add_test(t, a_late_thread_cannot_overtake_a_waiter);
	tcase_add_test(t, a_slot_that_a_dead_connection_frees_wakes_a_waiter);
	tcase_add_test(t, a_failed_login_gives_its_slot_to_the_next_waiter);
	tcase_add_test(t, a_waiter_whose_connection_turns_out_dead_is_still_first);
	tcase_add_test(t, a_waiter_gives_up_at_its_deadline_and_not_before);
	tcase_add_test(t, one_deadline_covers_the_wait_and_the_login);
	tcase_add_test(t, a_waiter_without_a_deadline_waits_on);
	tcase_add_test(t, at_most_max_opening_logins_run_at_a_time);
	tcase_add_test(t, one_login_at_a_time_while_the_last_one_failed);
	tcase_add_test(t, a_waiter_for_a_login_takes_what_comes_back_first);
	tcase_add_test(t, a_holder_thread_that_ended_is_named_as_such);
	tcase_add_test(t, the_last_login_error_is_the_second_record);
	tcase_add_test(t, a_served_waiter_whose_deadline_passed_gives_the_connection_on);
	tcase_add_test(t, a_wait_longer_than_wait_notify_is_told);
	tcase_add_test(t, without_wait_notify_no_wait_is_told);
	tcase_add_test(t, waiters_are_woken_by_the_closing_of_the_pools);
	suite_add_tcase(s, t);
	return s;
}
