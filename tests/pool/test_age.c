/* SPDX-License-Identifier: MIT */
/* How connections grow old. */
#include "pool/harness.h"

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
	suite_add_tcase(s, t);
	return s;
}
