/* SPDX-License-Identifier: MIT */
/* How connections and pools grow old. */
#include "pool/harness.h"

#include "base/counters.h"
#include "pool/policy.h"

#include <stdio.h>

#define SECOND USEC_PER_SEC
#define MINUTE (60 * SECOND)

/* `n` connections of "sales", all idle now. */
static struct pool *make_idle(int n)
{
	struct borrow b[16];
	struct pool *p = NULL;

	ck_assert_int_le(n, 16);
	for (int i = 0; i < n; i++)
		b[i] = take("sales");
	for (int i = 0; i < n; i++) {
		p = b[i].pool;
		give(&b[i]);
	}
	return p;
}

START_TEST(an_idle_connection_goes_after_the_idle_timeout_without_any_call)
{
	struct pool *p = make_idle(2);

	advance(300 * SECOND - 1);
	sweep();
	ck_assert_uint_eq(numbers(p).idle, 2);
	advance(1);
	sweep();
	ck_assert_uint_eq(numbers(p).total, 0);
	ck_assert_uint_eq(h.driver.closes, 2);
}
END_TEST

START_TEST(each_connection_has_its_own_idle_time)
{
	struct borrow a = take("sales"), b = take("sales");
	struct pool *p = a.pool;

	give(&a);
	advance(200 * SECOND);
	give(&b);
	advance(100 * SECOND);
	sweep();
	ck_assert_uint_eq(numbers(p).idle, 1);
	b = take("sales");
	ck_assert_uint_eq(id_of(&b), 2);
}
END_TEST

START_TEST(a_borrow_after_the_idle_timeout_gets_a_fresh_one_though_no_sweep_came)
{
	make_idle(1);
	advance(300 * SECOND);
	struct borrow b = take("sales");
	ck_assert_uint_eq(id_of(&b), 2);
}
END_TEST

START_TEST(an_idle_timeout_of_0_is_never)
{
	h.settings.connection_idle_timeout = USEC_INFINITY;
	struct pool *p = make_idle(1);
	advance(1000000 * SECOND);
	sweep();
	ck_assert_uint_eq(numbers(p).idle, 1);
}
END_TEST

START_TEST(pruning_respects_the_floor)
{
	h.settings.min_pool_size = 2;
	struct pool *p = make_idle(5);
	work();
	advance(300 * SECOND);
	sweep();
	ck_assert_uint_eq(numbers(p).idle, 2);
	ck_assert_uint_eq(h.driver.closes, 3);
	ck_assert_uint_eq(h.driver.opens, 5);
}
END_TEST

START_TEST(one_at_the_floor_is_served_however_long_it_was_idle)
{
	h.settings.min_pool_size = 1;
	make_idle(1);
	advance(3000 * SECOND);
	sweep();
	struct borrow b = take("sales");
	ck_assert_uint_eq(id_of(&b), 1);
}
END_TEST

START_TEST(pruning_never_touches_one_in_use)
{
	struct borrow b = take("sales");

	advance(3000 * SECOND);
	sweep();
	ck_assert_uint_eq(numbers(b.pool).active, 1);
	ck_assert_uint_eq(h.driver.closes, 0);
	give(&b);
	sweep();
	ck_assert_uint_eq(h.driver.closes, 0);
}
END_TEST

START_TEST(in_generations_the_second_sweep_that_sees_it_idle_closes_it)
{
	h.settings.idle_mode = IDLE_GENERATIONS;
	struct pool *p = make_idle(1);
	advance(4 * MINUTE);
	sweep();
	ck_assert_uint_eq(numbers(p).idle, 1);
	advance(4 * MINUTE - SECOND);
	sweep();
	ck_assert_uint_eq(numbers(p).idle, 1);
	advance(SECOND);
	sweep();
	ck_assert_uint_eq(numbers(p).idle, 0);
}
END_TEST

START_TEST(in_generations_a_use_between_the_sweeps_keeps_it)
{
	struct borrow b;

	h.settings.idle_mode = IDLE_GENERATIONS;
	struct pool *p = make_idle(1);
	advance(4 * MINUTE);
	sweep();
	b = take("sales");
	give(&b);
	advance(4 * MINUTE);
	sweep();
	ck_assert_uint_eq(numbers(p).idle, 1);
	advance(4 * MINUTE);
	sweep();
	ck_assert_uint_eq(numbers(p).idle, 0);
}
END_TEST

START_TEST(in_generations_the_floor_holds_too)
{
	h.settings.idle_mode = IDLE_GENERATIONS;
	h.settings.min_pool_size = 1;
	struct pool *p = make_idle(3);
	for (int i = 0; i < 5; i++) {
		advance(4 * MINUTE);
		sweep();
	}
	ck_assert_uint_eq(numbers(p).idle, 1);
	ck_assert_uint_eq(h.driver.opens, 3);
}
END_TEST

START_TEST(a_connection_past_its_lifetime_is_closed_on_return)
{
	h.settings.connection_lifetime = 60 * SECOND;
	struct borrow b = take("sales");
	struct pool *p = b.pool;
	advance(60 * SECOND);
	give(&b);
	work();
	ck_assert_uint_eq(numbers(p).total, 0);
}
END_TEST

START_TEST(a_connection_past_its_lifetime_is_not_borrowed)
{
	h.settings.connection_lifetime = 60 * SECOND;
	make_idle(1);
	advance(60 * SECOND);
	struct borrow b = take("sales");
	ck_assert_uint_eq(id_of(&b), 2);
}
END_TEST

START_TEST(a_connection_past_its_lifetime_is_swept)
{
	h.settings.connection_lifetime = 60 * SECOND;
	struct pool *p = make_idle(3);
	advance(60 * SECOND);
	sweep();
	ck_assert_uint_eq(numbers(p).total, 0);
}
END_TEST

START_TEST(at_the_floor_lifetimes_end_one_at_a_sweep_and_are_refilled)
{
	h.settings.min_pool_size = 3;
	h.settings.connection_lifetime = 60 * SECOND;
	struct pool *p = make_idle(3);
	work();
	advance(60 * SECOND);
	for (unsigned i = 1; i <= 3; i++) {
		registry_sweep(h.registry);
		ck_assert_uint_ge(numbers(p).idle, 2);
		work();
		ck_assert_uint_eq(h.driver.closes, i);
		ck_assert_uint_eq(numbers(p).idle, 3);
	}
	sweep();
	ck_assert_uint_eq(h.driver.closes, 3);
}
END_TEST

START_TEST(the_jitter_is_at_most_a_tenth_and_fixed_at_birth)
{
	h.settings.connection_lifetime = 100 * SECOND;
	h.settings.max_pool_size = 0;
	struct borrow b[50];
	for (int i = 0; i < 50; i++)
		b[i] = take("sales");
	struct pool *p = b[0].pool;
	for (int i = 0; i < 50; i++)
		give(&b[i]);
	advance(90 * SECOND - 1);
	sweep();
	ck_assert_uint_eq(numbers(p).idle, 50);
	advance(5 * SECOND);
	sweep();
	unsigned half_way = numbers(p).idle;
	ck_assert_uint_gt(half_way, 5);
	ck_assert_uint_lt(half_way, 45);
	/* Asked again at the same moment, none dies that lived. */
	sweep();
	ck_assert_uint_eq(numbers(p).idle, half_way);
	advance(5 * SECOND + 1);
	sweep();
	ck_assert_uint_eq(numbers(p).idle, 0);
}
END_TEST

START_TEST(after_max_uses_a_connection_is_closed)
{
	struct borrow b;

	h.settings.max_uses = 3;
	for (int i = 0; i < 3; i++) {
		b = take("sales");
		ck_assert_uint_eq(id_of(&b), 1);
		give(&b);
	}
	b = take("sales");
	ck_assert_uint_eq(id_of(&b), 2);
}
END_TEST

START_TEST(an_empty_pool_vanishes_after_two_idle_windows)
{
	struct borrow b = take("sales");

	give_as(&b, RETURN_CLOSE);
	work();
	advance(600 * SECOND - 1);
	sweep();
	ck_assert_uint_eq(counters().inactive_pools, 1);
	ck_assert_uint_eq(h.driver.freed, 0);
	advance(1);
	sweep();
	ck_assert_uint_eq(counters().inactive_pools, 0);
	ck_assert_uint_eq(h.driver.freed, 1);
	b = take("sales");
	ck_assert_uint_eq(counters().active_pools, 1);
}
END_TEST

START_TEST(a_pool_with_a_connection_stays)
{
	h.settings.connection_idle_timeout = USEC_INFINITY;
	make_idle(1);
	advance(1000000 * SECOND);
	sweep();
	ck_assert_uint_eq(counters().active_pools, 1);
}
END_TEST

START_TEST(a_pool_with_a_minimum_stays)
{
	h.settings.min_pool_size = 1;
	struct borrow none;
	h.driver.failing_opens = 1;
	ck_assert_int_eq(try_borrow("sales", SECOND, &none), POOL_OPEN_FAILED);
	advance(1000000 * SECOND);
	sweep();
	ck_assert_uint_eq(counters().inactive_pools, 1);
}
END_TEST

START_TEST(counters_of_a_pool_that_vanished_are_kept)
{
	struct borrow b = take("sales");

	give_as(&b, RETURN_CLOSE);
	work();
	advance(600 * SECOND);
	sweep();
	ck_assert_uint_eq(counters().hard_connects, 1);
	b = take("sales");
	ck_assert_uint_eq(counters().hard_connects, 2);
	struct counter_values own = {0};
	pool_get_counters(b.pool, &own);
	ck_assert_uint_eq(own.hard_connects, 2);
}
END_TEST

START_TEST(the_back_off_of_a_pool_that_vanished_is_kept)
{
	struct borrow none;

	for (int i = 0; i < 2; i++) {
		h.driver.failing_opens = 1;
		ck_assert_int_eq(try_borrow("sales", SECOND, &none), POOL_OPEN_FAILED);
		advance(600 * SECOND);
		sweep();
		ck_assert_uint_eq(h.driver.freed, (unsigned)i + 1);
	}
	h.driver.failing_opens = 1;
	ck_assert_int_eq(try_borrow("sales", SECOND, &none), POOL_OPEN_FAILED);
	advance(20 * SECOND - 1);
	ck_assert_int_eq(try_borrow("sales", SECOND, &none), POOL_BLOCKED);
}
END_TEST

START_TEST(beyond_max_pools_the_least_recently_used_empty_pool_goes)
{
	char name[16];

	h.settings.max_pools = 3;
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "pool%d", i);
		struct borrow b = take(name);
		give_as(&b, i == 0 ? RETURN_REUSABLE : RETURN_CLOSE);
		work();
		advance(SECOND);
	}
	(void)take("pool3");
	sweep();
	ck_assert_uint_eq(h.driver.freed, 1);
	/* pool0 is older, but holds a connection; pool1 went, pool2 is still there. */
	ck_assert_uint_eq(counters().active_pools, 2);
	struct borrow b = take("pool0");
	ck_assert_uint_eq(id_of(&b), 1);
	(void)take("pool2");
	sweep();
	ck_assert_uint_eq(h.driver.freed, 1);
}
END_TEST

START_TEST(without_an_empty_pool_the_least_recently_used_idle_one_goes)
{
	struct borrow b;

	h.settings.max_pools = 2;
	b = take("old");
	give(&b);
	advance(SECOND);
	b = take("young");
	give(&b);
	advance(SECOND);
	(void)take("new");
	sweep();
	sweep();
	ck_assert_uint_eq(h.driver.closes, 1);
	ck_assert_uint_eq(h.driver.freed, 1);
	b = take("young");
	ck_assert_uint_eq(id_of(&b), 2);
}
END_TEST

START_TEST(pools_in_use_are_never_given_up_for_max_pools)
{
	h.settings.max_pools = 1;
	(void)take("a");
	(void)take("b");
	(void)take("c");
	sweep();
	ck_assert_uint_eq(counters().active_pools, 3);
}
END_TEST

START_TEST(a_token_per_connect_application_does_not_pile_up_pools)
{
	char name[16];

	h.settings.max_pools = 10;
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "token%d", i);
		struct borrow b = take(name);
		give(&b);
		sweep();
		advance(SECOND);
	}
	sweep();
	ck_assert_uint_le(counters().active_pools + counters().inactive_pools, 10);
	ck_assert_uint_eq(counters().hard_connects, 500);
	ck_assert_uint_le(fake_driver_alive(&h.driver), 10);
}
END_TEST

START_TEST(a_changed_ini_section_makes_a_new_generation_of_the_pool)
{
	struct borrow used = take("sales"), idle = take("sales"), fresh;

	give(&idle);
	h.generation = 2;
	h.sections.word[0] = 1;
	fresh = take("sales");
	ck_assert_uint_eq(id_of(&fresh), 3);
	ck_assert_ptr_ne(fresh.pool, used.pool);
	sweep();
	ck_assert_uint_eq(h.driver.closes, 1);
	give(&used);
	sweep();
	sweep();
	ck_assert_uint_eq(h.driver.closes, 2);
	ck_assert_uint_eq(h.driver.freed, 1);
	give(&fresh);
	fresh = take("sales");
	ck_assert_uint_eq(id_of(&fresh), 3);
}
END_TEST

START_TEST(a_changed_ini_file_with_the_same_sections_keeps_the_pool)
{
	struct borrow b = take("sales");

	give(&b);
	h.generation = 2;
	b = take("sales");
	ck_assert_uint_eq(id_of(&b), 1);
	ck_assert_uint_eq(h.driver.freed, 1); /* the new one's ctx, not needed */
}
END_TEST

START_TEST(who_waits_in_a_replaced_pool_goes_on_in_the_new_one)
{
	struct client c;
	struct borrow b;

	h.settings.max_pool_size = 1;
	b = take("sales");
	client_start(&c, "sales", 15 * SECOND);
	await_waiting(b.pool, 1);
	h.generation = 2;
	h.sections.word[0] = 1;
	h.settings.max_pool_size = 2;
	struct borrow fresh = take("sales");
	await_done(&c);
	ck_assert_int_eq(c.rc, POOL_OK);
	ck_assert_ptr_ne(c.borrow.pool, b.pool);
	ck_assert_ptr_eq(c.borrow.pool, fresh.pool);
	client_join(&c);
}
END_TEST

START_TEST(policy_lifetimes_lie_between_nine_tenths_and_all_of_it)
{
	struct limits l = {.lifetime = 1000};

	for (uint64_t random = 0; random < 1000; random++) {
		usec_t end = policy_expiry(&l, 500, random * 7919);
		ck_assert_int_ge(end, 1400);
		ck_assert_int_le(end, 1500);
	}
	l.lifetime = USEC_INFINITY;
	ck_assert_int_eq(policy_expiry(&l, 500, 3), USEC_INFINITY);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/age");
	TCase *t = tcase_create("connections");

	tcase_add_checked_fixture(t, harness_setup, harness_teardown);
	tcase_add_test(t, an_idle_connection_goes_after_the_idle_timeout_without_any_call);
	tcase_add_test(t, each_connection_has_its_own_idle_time);
	tcase_add_test(t, a_borrow_after_the_idle_timeout_gets_a_fresh_one_though_no_sweep_came);
	tcase_add_test(t, an_idle_timeout_of_0_is_never);
	tcase_add_test(t, pruning_respects_the_floor);
	tcase_add_test(t, one_at_the_floor_is_served_however_long_it_was_idle);
	tcase_add_test(t, pruning_never_touches_one_in_use);
	tcase_add_test(t, in_generations_the_second_sweep_that_sees_it_idle_closes_it);
	tcase_add_test(t, in_generations_a_use_between_the_sweeps_keeps_it);
	tcase_add_test(t, in_generations_the_floor_holds_too);
	tcase_add_test(t, a_connection_past_its_lifetime_is_closed_on_return);
	tcase_add_test(t, a_connection_past_its_lifetime_is_not_borrowed);
	tcase_add_test(t, a_connection_past_its_lifetime_is_swept);
	tcase_add_test(t, at_the_floor_lifetimes_end_one_at_a_sweep_and_are_refilled);
	tcase_add_test(t, the_jitter_is_at_most_a_tenth_and_fixed_at_birth);
	tcase_add_test(t, after_max_uses_a_connection_is_closed);
	tcase_add_test(t, policy_lifetimes_lie_between_nine_tenths_and_all_of_it);
	suite_add_tcase(s, t);

	t = tcase_create("pools");
	tcase_add_checked_fixture(t, harness_setup, harness_teardown);
	tcase_add_test(t, an_empty_pool_vanishes_after_two_idle_windows);
	tcase_add_test(t, a_pool_with_a_connection_stays);
	tcase_add_test(t, a_pool_with_a_minimum_stays);
	tcase_add_test(t, counters_of_a_pool_that_vanished_are_kept);
	tcase_add_test(t, the_back_off_of_a_pool_that_vanished_is_kept);
	tcase_add_test(t, beyond_max_pools_the_least_recently_used_empty_pool_goes);
	tcase_add_test(t, without_an_empty_pool_the_least_recently_used_idle_one_goes);
	tcase_add_test(t, pools_in_use_are_never_given_up_for_max_pools);
	tcase_add_test(t, a_token_per_connect_application_does_not_pile_up_pools);
	tcase_add_test(t, a_changed_ini_section_makes_a_new_generation_of_the_pool);
	tcase_add_test(t, a_changed_ini_file_with_the_same_sections_keeps_the_pool);
	suite_add_tcase(s, t);

	t = tcase_create("threads");
	tcase_add_checked_fixture(t, harness_setup_shared, harness_teardown);
	tcase_add_test(t, who_waits_in_a_replaced_pool_goes_on_in_the_new_one);
	suite_add_tcase(s, t);
	return s;
}
