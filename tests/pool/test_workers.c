/* SPDX-License-Identifier: MIT */
/* Workers that hang in a driver, and threads that cannot be made. */
#include "pool/harness.h"

#include "pool/workers.h"
#include "support/trace_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static _Atomic bool is_out_of_threads;
static _Atomic unsigned threads_made;

exported int __real_pthread_create(
	pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg);
exported int __wrap_pthread_create(
	pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg);

int __wrap_pthread_create(
	pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg)
{
	if (atomic_load(&is_out_of_threads))
		return EAGAIN;
	atomic_fetch_add(&threads_made, 1);
	return __real_pthread_create(thread, attr, start, arg);
}

static char names[WORKERS_MAX + WORKERS_LOST_MAX + 1][16];

/* `n` more pools, each with a worker that does not come out of the driver. */
static void hang(unsigned from, unsigned n)
{
	atomic_store(&h.driver.is_close_gated, true);
	for (unsigned i = from; i < from + n; i++) {
		snprintf(names[i], sizeof(names[i]), "hanging-%u", i);
		struct borrow b = take(names[i]);
		give_as(&b, RETURN_CLOSE);
	}
}

static void let_go(void)
{
	atomic_store(&h.driver.is_close_gated, false);
	AWAIT(atomic_load(&h.driver.at_gate) == 0);
}

/* Work that does not pass the gate. */
static void ask_for_reset(const char *pool)
{
	struct borrow b = take(pool);

	give_as(&b, RETURN_NEEDS_RESET);
}

/* A whole one: the second round begins when the first is over. */
static void await_sweep(void)
{
	for (unsigned i = 0; i < 2; i++) {
		unsigned before = atomic_load(&h.seconds);
		advance(SECOND);
		AWAIT(atomic_load(&h.seconds) > before);
	}
}

/* Until the housekeeper, who is about to see the new time, has given up on `n` in all. */
static void wait_out_patience(int n)
{
	advance(31 * SECOND);
	AWAIT(trace_file_count(" worker-lost ") == n);
}

static void setup(void)
{
	harness_setup_with_threads();
	h.trace = trace_file_open(TRACE_WARN);
}

static void teardown(void)
{
	let_go();
	registry_shutdown(h.registry);
	trace_file_remove();
	harness_teardown();
}

START_TEST(eight_hanging_pools_hold_up_no_other)
{
	hang(0, WORKERS_MAX);
	await_at_gate(WORKERS_MAX);
	ask_for_reset("sales");
	wait_out_patience(WORKERS_MAX);
	AWAIT(atomic_load(&h.driver.resets) == 1);
	ck_assert_uint_eq(h.driver.at_gate, WORKERS_MAX);
}
END_TEST

START_TEST(who_is_within_time_is_not_given_up)
{
	hang(0, WORKERS_MAX);
	await_at_gate(WORKERS_MAX);
	advance(27 * SECOND);
	hang(WORKERS_MAX, 1);
	await_sweep();
	ck_assert_int_eq(trace_file_count(" worker-lost "), 0);
	ck_assert_uint_eq(h.driver.at_gate, WORKERS_MAX);
}
END_TEST

START_TEST(a_hanging_pool_costs_one_thread)
{
	hang(0, 1);
	await_at_gate(1);
	wait_out_patience(1);
	hang(0, 1); /* the same pool again */
	ask_for_reset(names[0]);
	ask_for_reset("sales");
	AWAIT(atomic_load(&h.driver.resets) == 1);
	advance(31 * SECOND);
	ask_for_reset("sales");
	AWAIT(atomic_load(&h.driver.resets) == 2);
	await_sweep();
	ck_assert_uint_eq(h.driver.at_gate, 1);
	ck_assert_int_eq(trace_file_count(" worker-lost "), 1);
	let_go();
	/* And when it is back it goes on with what was left. */
	AWAIT(atomic_load(&h.driver.closes) == 2);
}
END_TEST

START_TEST(after_the_last_that_is_replaced_one_line_says_so)
{
	unsigned n = 0;

	while (n < WORKERS_LOST_MAX) {
		hang(n, WORKERS_MAX);
		n += WORKERS_MAX;
		await_at_gate(n);
		wait_out_patience((int)n);
	}
	ck_assert_int_eq(trace_file_count(" error workers-lost lost=24 "), 1);
	/* Eight still work; when these hang too nobody does. */
	ask_for_reset("sales");
	AWAIT(atomic_load(&h.driver.resets) == 1);
	hang(n, WORKERS_MAX);
	await_at_gate(n + WORKERS_MAX);
	ask_for_reset("stock");
	advance(31 * SECOND);
	await_sweep();
	ck_assert_int_eq(trace_file_count(" worker-lost "), WORKERS_LOST_MAX);
	ck_assert_uint_eq(h.driver.resets, 1);
	let_go();
	AWAIT(atomic_load(&h.driver.resets) == 2);
}
END_TEST

START_TEST(those_that_come_back_are_not_kept_beside_eight_others)
{
	hang(0, WORKERS_MAX);
	await_at_gate(WORKERS_MAX);
	wait_out_patience(WORKERS_MAX);
	hang(WORKERS_MAX, WORKERS_MAX);
	await_at_gate(2 * WORKERS_MAX);
	let_go();
	AWAIT(atomic_load(&h.driver.closes) == 2 * WORKERS_MAX);
	hang(0, WORKERS_MAX + 4);
	await_at_gate(WORKERS_MAX);
	await_sweep();
	ck_assert_uint_eq(h.driver.at_gate, WORKERS_MAX);
}
END_TEST

START_TEST(a_fork_does_not_wait_for_who_was_given_up)
{
	hang(0, 1);
	await_at_gate(1);
	wait_out_patience(1);
	/* With a clock that stands still it would wait for ever. */
	registry_before_fork(h.registry);
	registry_after_fork_in_parent(h.registry);
	ck_assert_uint_eq(h.driver.at_gate, 1);
}
END_TEST

/* As when the limit on threads was reached at the first connect of the process, and no later. */
static void without_threads_at_first(void)
{
	atomic_store(&is_out_of_threads, true);
	struct borrow b = take("sales");
	give(&b);
	ck_assert_uint_eq(threads_made, 0);
	atomic_store(&is_out_of_threads, false);
}

START_TEST(a_housekeeper_that_could_not_be_made_is_made_at_a_later_login)
{
	without_threads_at_first();
	struct borrow a = take("sales"), b = take("sales");
	AWAIT(atomic_load(&h.seconds) > 0);
	give(&a);
	give(&b);
	/* And it does its work. */
	advance(3600 * SECOND);
	AWAIT(fake_driver_alive(&h.driver) == 0);
}
END_TEST

START_TEST(a_housekeeper_that_could_not_be_made_is_made_with_work_that_comes_up)
{
	without_threads_at_first();
	struct borrow b = take("sales");
	ck_assert(b.is_reused);
	ck_assert_uint_eq(h.seconds, 0);
	give_as(&b, RETURN_NEEDS_RESET);
	AWAIT(atomic_load(&h.seconds) > 0);
}
END_TEST

START_TEST(without_any_thread_work_is_done_by_who_brings_it)
{
	atomic_store(&is_out_of_threads, true);
	struct borrow b = take("sales");
	give_as(&b, RETURN_CLOSE);
	ck_assert_uint_eq(h.driver.closes, 1);
	ck_assert_uint_eq(h.seconds, 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/workers");
	TCase *t = tcase_create("hanging");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, eight_hanging_pools_hold_up_no_other);
	tcase_add_test(t, who_is_within_time_is_not_given_up);
	tcase_add_test(t, a_hanging_pool_costs_one_thread);
	tcase_add_test(t, after_the_last_that_is_replaced_one_line_says_so);
	tcase_add_test(t, those_that_come_back_are_not_kept_beside_eight_others);
	tcase_add_test(t, a_fork_does_not_wait_for_who_was_given_up);
	suite_add_tcase(s, t);

	t = tcase_create("none");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_housekeeper_that_could_not_be_made_is_made_at_a_later_login);
	tcase_add_test(t, a_housekeeper_that_could_not_be_made_is_made_with_work_that_comes_up);
	tcase_add_test(t, without_any_thread_work_is_done_by_who_brings_it);
	suite_add_tcase(s, t);
	return s;
}
