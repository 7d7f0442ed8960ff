/* SPDX-License-Identifier: MIT */
/* Borrowing and giving back on one thread: sizing, reuse, what is closed and why. */
#include "pool/harness.h"

#include "base/counters.h"

#include <stdio.h>

START_TEST(a_connection_that_came_back_is_used_again)
{
	struct borrow b = take("sales");
	ck_assert(!b.is_reused);
	give(&b);
	b = take("sales");
	ck_assert(b.is_reused);
	ck_assert_uint_eq(id_of(&b), 1);
	ck_assert_uint_eq(h.driver.opens, 1);
}
END_TEST

START_TEST(an_empty_pool_grows_on_demand)
{
	struct borrow a = take("sales"), b = take("sales"), c = take("sales");

	ck_assert_uint_eq(numbers(a.pool).total, 3);
	ck_assert_uint_eq(numbers(a.pool).active, 3);
	give(&b);
	ck_assert_uint_eq(numbers(a.pool).idle, 1);
	give(&a);
	give(&c);
	ck_assert_uint_eq(h.driver.opens, 3);
}
END_TEST

START_TEST(a_pool_does_not_grow_beyond_its_maximum)
{
	struct borrow a, b, none;

	h.settings.max_pool_size = 2;
	a = take("sales");
	b = take("sales");
	ck_assert_int_eq(try_borrow("sales", USEC_PER_SEC, &none), POOL_TIMED_OUT);
	ck_assert_uint_eq(h.driver.opens, 2);
	give(&a);
	give(&b);
}
END_TEST

START_TEST(a_maximum_of_0_is_no_limit)
{
	h.settings.max_pool_size = 0;
	for (int i = 0; i < 300; i++)
		(void)take("sales");
	ck_assert_uint_eq(h.driver.opens, 300);
}
END_TEST

START_TEST(pools_of_different_keys_share_nothing)
{
	struct borrow a = take("sales"), b;

	give(&a);
	b = take("stock");
	ck_assert_uint_eq(id_of(&b), 2);
	ck_assert_uint_eq(numbers(b.pool).total, 1);
}
END_TEST

START_TEST(lifo_hands_out_the_warmest)
{
	struct borrow a = take("sales"), b = take("sales");

	give(&a);
	advance(USEC_PER_SEC);
	give(&b);
	a = take("sales");
	ck_assert_uint_eq(id_of(&a), 2);
}
END_TEST

START_TEST(fifo_hands_out_the_one_that_was_idle_for_the_longest_time)
{
	struct borrow a, b;

	h.settings.pick_order = PICK_FIFO;
	a = take("sales");
	b = take("sales");
	give(&a);
	advance(USEC_PER_SEC);
	give(&b);
	a = take("sales");
	ck_assert_uint_eq(id_of(&a), 1);
}
END_TEST

START_TEST(an_unfit_connection_is_closed_by_a_worker_and_not_reused)
{
	struct borrow b = take("sales");

	give_as(&b, RETURN_CLOSE);
	ck_assert_uint_eq(h.driver.closes, 0);
	work();
	ck_assert_uint_eq(h.driver.closes, 1);
	b = take("sales");
	ck_assert_uint_eq(id_of(&b), 2);
}
END_TEST

START_TEST(a_dead_connection_is_closed_without_a_logout)
{
	struct borrow b = take("sales");

	give_as(&b, RETURN_DEAD);
	work();
	ck_assert_uint_eq(h.driver.closes, 0);
	ck_assert_uint_eq(h.driver.dead_closes, 1);
}
END_TEST

START_TEST(a_connection_counts_until_its_close_has_returned)
{
	struct borrow b, none;

	h.settings.max_pool_size = 1;
	b = take("sales");
	struct pool *p = b.pool;
	give_as(&b, RETURN_CLOSE);
	ck_assert_uint_eq(numbers(p).total, 1);
	ck_assert_int_eq(try_borrow("sales", USEC_PER_SEC, &none), POOL_TIMED_OUT);
	work();
	ck_assert_uint_eq(numbers(p).total, 0);
	b = take("sales");
}
END_TEST

START_TEST(an_idle_connection_that_died_is_replaced_silently)
{
	struct borrow b;

	h.settings.max_pool_size = 1;
	b = take("sales");
	fake_conn_kill(b.conn);
	give(&b);
	b = take("sales");
	ck_assert(!b.is_reused);
	ck_assert_uint_eq(id_of(&b), 2);
	ck_assert_uint_eq(h.driver.dead_closes, 1);
	ck_assert_uint_eq(counters().dead_found, 1);
}
END_TEST

START_TEST(the_driver_learns_for_how_long_a_connection_was_idle)
{
	struct borrow b = take("sales");

	give(&b);
	advance(42 * USEC_PER_SEC);
	b = take("sales");
	ck_assert_int_eq(h.driver.last_idle_for, 42 * USEC_PER_SEC);
}
END_TEST

START_TEST(validation_ends_by_the_borrowers_deadline_and_by_its_own_time)
{
	struct borrow b = take("sales");
	usec_t now = clock_now(&h.clock.clock);

	give(&b);
	ck_assert_int_eq(try_borrow("sales", 2 * USEC_PER_SEC, &b), POOL_OK);
	ck_assert_int_eq(h.driver.last_deadline, now + 2 * USEC_PER_SEC);
	give(&b);
	ck_assert_int_eq(try_borrow("sales", 60 * USEC_PER_SEC, &b), POOL_OK);
	ck_assert_int_eq(h.driver.last_deadline, now + h.settings.validation_timeout);
}
END_TEST

START_TEST(a_failed_login_gives_the_drivers_records_and_its_slot_back)
{
	struct borrow b;

	h.settings.max_pool_size = 1;
	h.settings.pool_blocking_period = BLOCKING_NEVER;
	h.driver.failing_opens = 1;
	ck_assert_int_eq(try_borrow("sales", USEC_PER_SEC, &b), POOL_OPEN_FAILED);
	ck_assert_str_eq(diag_sqlstate(&h.diag), "28000");
	ck_assert_int_eq(h.diag.records[0].native, 18456);
	ck_assert_uint_eq(h.diag.count, 1);
	b = take("sales");
	ck_assert_uint_eq(numbers(b.pool).total, 1);
}
END_TEST

START_TEST(the_login_gets_the_borrowers_opener_and_deadline)
{
	usec_t now = clock_now(&h.clock.clock);
	struct borrow b;

	ck_assert_int_eq(try_borrow("sales", 7 * USEC_PER_SEC, &b), POOL_OK);
	ck_assert_ptr_eq(((struct fake_conn *)b.conn)->opener, &h);
	ck_assert_int_eq(h.driver.last_deadline, now + 7 * USEC_PER_SEC);
}
END_TEST

START_TEST(counters_have_ado_nets_meaning)
{
	struct borrow a = take("sales"), b = take("sales");
	struct counter_values v;

	give(&a);
	a = take("sales");
	give_as(&b, RETURN_CLOSE);
	work();
	v = counters();
	ck_assert_uint_eq(v.hard_connects, 2);
	ck_assert_uint_eq(v.hard_disconnects, 1);
	ck_assert_uint_eq(v.soft_connects, 3);
	ck_assert_uint_eq(v.soft_disconnects, 2);
	ck_assert_uint_eq(v.doomed, 1);
	ck_assert_uint_eq(v.active_connections, 1);
	ck_assert_uint_eq(v.free_connections, 0);
	ck_assert_uint_eq(v.active_pools, 1);
}
END_TEST

START_TEST(a_thousand_pools_are_found_again)
{
	char name[16];

	h.settings.max_pools = 2000;
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "pool%d", i);
		struct borrow b = take(name);
		give(&b);
	}
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "pool%d", i);
		struct borrow b = take(name);
		ck_assert_uint_eq(id_of(&b), (unsigned)i + 1);
		give(&b);
	}
}
END_TEST

START_TEST(what_the_application_left_out_and_what_went_past_is_counted)
{
	struct borrow b = take("sales");

	pool_note_reclaimed(&b);
	give(&b);
	registry_note_unpooled(h.registry);
	registry_note_prepared(h.registry);
	registry_note_prepared(h.registry);
	registry_note_recovered(h.registry);
	ck_assert_uint_eq(counters().reclaimed, 1);
	ck_assert_uint_eq(counters().soft_disconnects, 1);
	ck_assert_uint_eq(counters().non_pooled_connects, 1);
	ck_assert_uint_eq(counters().prepared, 2);
	ck_assert_uint_eq(counters().recovered, 1);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/borrow");
	TCase *t = tcase_create("borrow");

	tcase_add_checked_fixture(t, harness_setup, harness_teardown);
	tcase_add_test(t, a_connection_that_came_back_is_used_again);
	tcase_add_test(t, an_empty_pool_grows_on_demand);
	tcase_add_test(t, a_pool_does_not_grow_beyond_its_maximum);
	tcase_add_test(t, a_maximum_of_0_is_no_limit);
	tcase_add_test(t, pools_of_different_keys_share_nothing);
	tcase_add_test(t, lifo_hands_out_the_warmest);
	tcase_add_test(t, fifo_hands_out_the_one_that_was_idle_for_the_longest_time);
	tcase_add_test(t, an_unfit_connection_is_closed_by_a_worker_and_not_reused);
	tcase_add_test(t, a_dead_connection_is_closed_without_a_logout);
	tcase_add_test(t, a_connection_counts_until_its_close_has_returned);
	tcase_add_test(t, an_idle_connection_that_died_is_replaced_silently);
	tcase_add_test(t, the_driver_learns_for_how_long_a_connection_was_idle);
	tcase_add_test(t, validation_ends_by_the_borrowers_deadline_and_by_its_own_time);
	tcase_add_test(t, a_failed_login_gives_the_drivers_records_and_its_slot_back);
	tcase_add_test(t, the_login_gets_the_borrowers_opener_and_deadline);
	tcase_add_test(t, counters_have_ado_nets_meaning);
	tcase_add_test(t, a_thousand_pools_are_found_again);
	tcase_add_test(t, what_the_application_left_out_and_what_went_past_is_counted);
	suite_add_tcase(s, t);
	return s;
}
