/* SPDX-License-Identifier: MIT */
/* Borrows that would wait in vain: nobody else could return a connection. */
#include "pool/harness.h"

#include "odbcpool.h"

#include <string.h>

static struct borrow held;

START_TEST(the_only_thread_is_told_at_once_that_nobody_can_serve_it)
{
	struct borrow none;
	usec_t before = clock_now(&h.clock.clock);

	h.is_only_thread = true;
	held = take_the_only_one();
	ck_assert_int_eq(try_borrow("sales", 15 * SECOND, &none), POOL_SELF_DEADLOCK);
	ck_assert_int_eq(clock_now(&h.clock.clock), before);
	ck_assert_str_eq(diag_sqlstate(&h.diag), "HYT00");
	ck_assert_int_eq(h.diag.records[0].native, ODBCPOOL_ERR_SELF_DEADLOCK);
	ck_assert_ptr_nonnull(strstr(message(0), "the only one of the application"));
	ck_assert_ptr_nonnull(strstr(message(0), "raise MaxPoolSize (now 1)"));
	ck_assert_uint_eq(numbers(held.pool).waiting, 0);
}
END_TEST

START_TEST(where_waiting_would_lock_all_others_out_it_fails_at_once)
{
	struct borrow none;
	usec_t before = clock_now(&h.clock.clock);

	h.may_not_wait = true;
	held = take_the_only_one();
	ck_assert_int_eq(try_borrow("sales", 15 * SECOND, &none), POOL_SELF_DEADLOCK);
	ck_assert_int_eq(clock_now(&h.clock.clock), before);
	ck_assert_ptr_nonnull(strstr(message(0), "Threading=3"));
	give(&held);
	struct borrow b = take("sales");
	give(&b);
}
END_TEST

START_TEST(the_only_thread_waits_for_a_close_that_will_free_a_slot)
{
	struct borrow none;

	h.is_only_thread = true;
	held = take_the_only_one();
	give_as(&held, RETURN_CLOSE);
	ck_assert_int_eq(try_borrow("sales", 15 * SECOND, &none), POOL_TIMED_OUT);
}
END_TEST

START_TEST(with_other_threads_alive_it_waits)
{
	struct borrow none;

	held = take_the_only_one();
	ck_assert_int_eq(try_borrow("sales", 15 * SECOND, &none), POOL_TIMED_OUT);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/vain_wait");
	TCase *t = tcase_create("one thread");

	tcase_add_checked_fixture(t, harness_setup, harness_teardown);
	tcase_add_test(t, the_only_thread_is_told_at_once_that_nobody_can_serve_it);
	tcase_add_test(t, where_waiting_would_lock_all_others_out_it_fails_at_once);
	tcase_add_test(t, the_only_thread_waits_for_a_close_that_will_free_a_slot);
	tcase_add_test(t, with_other_threads_alive_it_waits);
	suite_add_tcase(s, t);
	return s;
}
