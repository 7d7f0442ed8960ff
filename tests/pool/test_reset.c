/* SPDX-License-Identifier: MIT */
/* Connections that must be reset before the next borrower gets them: by whom, and when. */
#include "pool/harness.h"

#include "base/counters.h"

START_TEST(a_worker_resets_what_came_back_used)
{
	struct borrow b = take("sales");

	give_as(&b, RETURN_NEEDS_RESET);
	ck_assert_uint_eq(h.driver.resets, 0);
	work();
	ck_assert_uint_eq(h.driver.resets, 1);
	b = take("sales");
	ck_assert(b.is_reused);
	ck_assert_uint_eq(h.driver.resets, 1);
	ck_assert_uint_eq(counters().resets, 1);
}
END_TEST

START_TEST(what_came_back_clean_is_not_reset)
{
	struct borrow b = take("sales");

	give(&b);
	work();
	b = take("sales");
	ck_assert_uint_eq(h.driver.resets, 0);
}
END_TEST

START_TEST(a_borrower_prefers_one_that_is_ready)
{
	struct borrow a = take("sales"), b = take("sales");

	give(&a);
	advance(SECOND);
	give_as(&b, RETURN_NEEDS_RESET);
	a = take("sales");
	ck_assert_uint_eq(id_of(&a), 1);
	ck_assert_uint_eq(h.driver.resets, 0);
}
END_TEST

START_TEST(a_borrower_who_finds_only_unreset_ones_resets_one)
{
	struct borrow b = take("sales");

	give_as(&b, RETURN_NEEDS_RESET);
	b = take("sales");
	ck_assert_uint_eq(id_of(&b), 1);
	ck_assert_uint_eq(h.driver.resets, 1);
	work();
	ck_assert_uint_eq(h.driver.resets, 1);
}
END_TEST

START_TEST(with_reset_mode_borrow_no_worker_resets)
{
	struct borrow b;

	h.settings.reset_mode = RESET_BORROW;
	b = take("sales");
	give_as(&b, RETURN_NEEDS_RESET);
	work();
	sweep();
	ck_assert_uint_eq(h.driver.resets, 0);
	b = take("sales");
	ck_assert_uint_eq(h.driver.resets, 1);
}
END_TEST

START_TEST(a_failed_reset_costs_the_connection_and_the_borrower_never_notices)
{
	struct borrow b;

	h.settings.max_pool_size = 1;
	b = take("sales");
	h.driver.failing_resets = 1;
	give_as(&b, RETURN_NEEDS_RESET);
	b = take("sales");
	ck_assert_uint_eq(id_of(&b), 2);
	ck_assert_uint_eq(h.driver.closes, 1);
	ck_assert_uint_eq(counters().reset_failures, 1);
	ck_assert_uint_eq(counters().dead_found, 0);
}
END_TEST

START_TEST(a_reset_that_fails_on_a_worker_costs_the_connection_too)
{
	struct borrow b = take("sales");
	struct pool *p = b.pool;

	h.driver.failing_resets = 1;
	give_as(&b, RETURN_NEEDS_RESET);
	work();
	ck_assert_uint_eq(h.driver.closes, 1);
	ck_assert_uint_eq(numbers(p).total, 0);
}
END_TEST

START_TEST(a_borrower_waits_for_one_in_reset_rather_than_opening_another)
{
	pthread_t worker;
	struct client c;
	struct borrow b = take("sales");
	struct pool *p = b.pool;

	h.driver.is_reset_gated = true;
	give_as(&b, RETURN_NEEDS_RESET);
	worker = work_aside();
	await_at_gate(1);
	ck_assert_uint_eq(numbers(p).idle, 1);
	client_start(&c, "sales", 15 * SECOND);
	await_waiting(p, 1);
	h.driver.is_reset_gated = false;
	await_done(&c);
	ck_assert_int_eq(c.rc, POOL_OK);
	ck_assert_uint_eq(id_of(&c.borrow), 1);
	ck_assert_uint_eq(h.driver.opens, 1);
	client_join(&c);
	pthread_join(worker, NULL);
}
END_TEST

START_TEST(who_waited_for_a_reset_that_failed_opens_another)
{
	pthread_t worker;
	struct client c;
	struct borrow b = take("sales");
	struct pool *p = b.pool;

	h.driver.is_reset_gated = true;
	h.driver.failing_resets = 1;
	give_as(&b, RETURN_NEEDS_RESET);
	worker = work_aside();
	await_at_gate(1);
	client_start(&c, "sales", 15 * SECOND);
	await_waiting(p, 1);
	h.driver.is_reset_gated = false;
	await_done(&c);
	ck_assert_int_eq(c.rc, POOL_OK);
	ck_assert_uint_eq(id_of(&c.borrow), 2);
	client_join(&c);
	pthread_join(worker, NULL);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/reset");
	TCase *t = tcase_create("one thread");

	tcase_add_checked_fixture(t, harness_setup, harness_teardown);
	tcase_add_test(t, a_worker_resets_what_came_back_used);
	tcase_add_test(t, what_came_back_clean_is_not_reset);
	tcase_add_test(t, a_borrower_prefers_one_that_is_ready);
	tcase_add_test(t, a_borrower_who_finds_only_unreset_ones_resets_one);
	tcase_add_test(t, with_reset_mode_borrow_no_worker_resets);
	tcase_add_test(t, a_failed_reset_costs_the_connection_and_the_borrower_never_notices);
	tcase_add_test(t, a_reset_that_fails_on_a_worker_costs_the_connection_too);
	suite_add_tcase(s, t);

	t = tcase_create("threads");
	tcase_add_checked_fixture(t, harness_setup_shared, harness_teardown);
	tcase_add_test(t, a_borrower_waits_for_one_in_reset_rather_than_opening_another);
	tcase_add_test(t, who_waited_for_a_reset_that_failed_opens_another);
	suite_add_tcase(s, t);
	return s;
}
