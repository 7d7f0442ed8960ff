/* SPDX-License-Identifier: MIT */
/* How pools come and go. */
#include "pool/harness.h"

#include "base/counters.h"

#include <stdio.h>

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
	struct borrow b = take("sales");
	give(&b);
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
	char name[32];

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

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/registry");
	TCase *t = tcase_create("one thread");

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
