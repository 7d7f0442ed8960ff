/* SPDX-License-Identifier: MIT */
/* MinPoolSize: who fills the pool up, when, and when not. */
#include "pool/harness.h"

#include "base/counters.h"

#include <string.h>

static void setup_minimum(void)
{
	harness_setup();
	h.settings.min_pool_size = 3;
}

static void setup_minimum_shared(void)
{
	harness_setup_shared();
	h.settings.min_pool_size = 3;
}

START_TEST(startup_warms_to_the_minimum)
{
	struct borrow b = take("sales");

	ck_assert_uint_eq(h.driver.opens, 1);
	work();
	ck_assert_uint_eq(h.driver.opens, 3);
	ck_assert_uint_eq(h.driver.worker_opens, 2);
	ck_assert_uint_eq(numbers(b.pool).idle, 2);
}
END_TEST

START_TEST(the_first_borrower_is_served_at_once)
{
	struct borrow b = take("sales");

	ck_assert_uint_eq(id_of(&b), 1);
	ck_assert_int_eq(b.waited, 0);
}
END_TEST

START_TEST(background_logins_get_no_opener_and_the_pools_own_time)
{
	h.settings.pool_connect_timeout = 7 * SECOND;
	(void)take("sales");
	usec_t now = clock_now(&h.clock.clock);
	work();
	ck_assert_int_eq(h.driver.last_deadline, now + 7 * SECOND);
}
END_TEST

START_TEST(refill_follows_a_doomed_return)
{
	struct borrow b = take("sales");
	struct pool *p = b.pool;

	work();
	give_as(&b, RETURN_CLOSE);
	work();
	ck_assert_uint_eq(numbers(p).idle, 3);
	ck_assert_uint_eq(h.driver.opens, 4);
}
END_TEST

START_TEST(refill_follows_a_clear)
{
	struct borrow b = take("sales");
	struct pool *p = b.pool;

	work();
	give(&b);
	pool_clear(p);
	work();
	ck_assert_uint_eq(h.driver.closes, 3);
	ck_assert_uint_eq(h.driver.opens, 6);
	ck_assert_uint_eq(numbers(p).idle, 3);
}
END_TEST

START_TEST(refill_follows_an_idle_eviction_that_left_too_few)
{
	struct borrow b[4];
	struct pool *p;

	h.settings.connection_lifetime = 100 * SECOND;
	for (int i = 0; i < 4; i++)
		b[i] = take("sales");
	p = b[0].pool;
	for (int i = 0; i < 4; i++)
		give(&b[i]);
	advance(100 * SECOND);
	for (int i = 0; i < 4; i++)
		sweep();
	ck_assert_uint_eq(h.driver.closes, 4);
	ck_assert_uint_eq(numbers(p).idle, 3);
}
END_TEST

START_TEST(refill_follows_a_death)
{
	struct borrow b = take("sales");
	struct pool *p = b.pool;

	work();
	fake_conn_kill(b.conn);
	give(&b);
	b = take("sales");
	work();
	ck_assert_uint_eq(numbers(p).total, 3);
	give(&b);
}
END_TEST

START_TEST(there_is_no_overshoot_at_the_minimum)
{
	struct borrow b[3];

	b[0] = take("sales");
	b[1] = take("sales");
	b[2] = take("sales");
	work();
	sweep();
	ck_assert_uint_eq(h.driver.opens, 3);
	for (int i = 0; i < 3; i++)
		give(&b[i]);
	sweep();
	ck_assert_uint_eq(h.driver.opens, 3);
}
END_TEST

START_TEST(the_maximum_is_stronger_than_the_minimum)
{
	h.settings.max_pool_size = 2;
	struct borrow b = take("sales");
	work();
	sweep();
	ck_assert_uint_eq(numbers(b.pool).total, 2);
}
END_TEST

START_TEST(warm_up_stands_down_while_blocking)
{
	struct borrow b;

	h.settings.min_pool_size = 2;
	b = take("sales");
	h.driver.failing_opens = 1;
	work();
	ck_assert_uint_eq(h.driver.failed_opens, 1);
	advance(5 * SECOND - 1);
	sweep();
	ck_assert_uint_eq(h.driver.opens, 1);
	advance(1);
	sweep();
	ck_assert_uint_eq(h.driver.opens, 2);
	ck_assert_uint_eq(numbers(b.pool).total, 2);
}
END_TEST

START_TEST(warm_up_backs_off_also_when_borrowers_are_never_blocked)
{
	h.settings.pool_blocking_period = BLOCKING_NEVER;
	struct borrow b = take("sales");
	h.driver.failing_opens = FAKE_FAIL_ALL;
	for (int i = 0; i < 15; i++) {
		sweep();
		advance(SECOND);
	}
	/* At 0 s, and 5 s later; the next would be at 15 s. */
	ck_assert_uint_eq(h.driver.failed_opens, 2);
	give(&b);
}
END_TEST

START_TEST(a_failed_warm_up_blocks_borrowers_who_need_a_login)
{
	struct borrow none;
	struct borrow b = take("sales");

	h.driver.failing_opens = 1;
	work();
	ck_assert_int_eq(try_borrow("sales", SECOND, &none), POOL_BLOCKED);
	give(&b);
	b = take("sales");
}
END_TEST

START_TEST(nothing_is_warmed_up_before_a_login_has_succeeded)
{
	struct borrow none;

	h.driver.failing_opens = 1;
	ck_assert_int_eq(try_borrow("sales", SECOND, &none), POOL_OPEN_FAILED);
	advance(1000 * SECOND);
	sweep();
	ck_assert_uint_eq(h.driver.opens + h.driver.failed_opens, 1);
}
END_TEST

START_TEST(a_user_request_during_warm_up_is_served_immediately)
{
	pthread_t worker;
	struct borrow b = take("sales");

	h.driver.is_open_gated = true;
	worker = work_aside();
	await_at_gate(1);
	give(&b);
	b = take("sales");
	ck_assert_uint_eq(id_of(&b), 1);
	/* And one that needs a login gets its own, beside the worker's. */
	struct client c;
	client_start(&c, "sales", 15 * SECOND);
	await_at_gate(2);
	ck_assert_uint_eq(numbers(b.pool).waiting, 0);
	h.driver.is_open_gated = false;
	await_done(&c);
	ck_assert_int_eq(c.rc, POOL_OK);
	client_join(&c);
	pthread_join(worker, NULL);
	ck_assert_uint_eq(numbers(b.pool).total, 3);
}
END_TEST

START_TEST(a_refill_serves_who_waits)
{
	pthread_t worker;
	struct client c;
	struct borrow b[2];

	h.settings.max_pool_size = 3;
	b[0] = take("sales");
	b[1] = take("sales");
	h.driver.is_open_gated = true;
	worker = work_aside();
	await_at_gate(1);
	client_start(&c, "sales", 15 * SECOND);
	await_waiting(b[0].pool, 1);
	h.driver.is_open_gated = false;
	await_done(&c);
	ck_assert_int_eq(c.rc, POOL_OK);
	ck_assert(c.borrow.is_reused);
	client_join(&c);
	pthread_join(worker, NULL);
}
END_TEST

START_TEST(a_clear_during_a_background_login_closes_what_it_brings)
{
	pthread_t worker;
	struct borrow b;

	h.settings.min_pool_size = 2;
	b = take("sales");
	h.driver.is_open_gated = true;
	worker = work_aside();
	await_at_gate(1);
	pool_clear(b.pool);
	h.driver.is_open_gated = false;
	pthread_join(worker, NULL);
	ck_assert_uint_eq(h.driver.closes, 1);
	ck_assert_uint_eq(numbers(b.pool).total, 2);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/minimum");
	TCase *t = tcase_create("one thread");

	tcase_add_checked_fixture(t, setup_minimum, harness_teardown);
	tcase_add_test(t, startup_warms_to_the_minimum);
	tcase_add_test(t, the_first_borrower_is_served_at_once);
	tcase_add_test(t, background_logins_get_no_opener_and_the_pools_own_time);
	tcase_add_test(t, refill_follows_a_doomed_return);
	tcase_add_test(t, refill_follows_a_clear);
	tcase_add_test(t, refill_follows_an_idle_eviction_that_left_too_few);
	tcase_add_test(t, refill_follows_a_death);
	tcase_add_test(t, there_is_no_overshoot_at_the_minimum);
	tcase_add_test(t, the_maximum_is_stronger_than_the_minimum);
	tcase_add_test(t, warm_up_stands_down_while_blocking);
	tcase_add_test(t, warm_up_backs_off_also_when_borrowers_are_never_blocked);
	tcase_add_test(t, a_failed_warm_up_blocks_borrowers_who_need_a_login);
	tcase_add_test(t, nothing_is_warmed_up_before_a_login_has_succeeded);
	suite_add_tcase(s, t);

	t = tcase_create("threads");
	tcase_add_checked_fixture(t, setup_minimum_shared, harness_teardown);
	tcase_add_test(t, a_user_request_during_warm_up_is_served_immediately);
	tcase_add_test(t, a_refill_serves_who_waits);
	tcase_add_test(t, a_clear_during_a_background_login_closes_what_it_brings);
	suite_add_tcase(s, t);
	return s;
}
