/* SPDX-License-Identifier: MIT */
/* What a failed login does to those that come after. */
#include "pool/harness.h"

#include "base/counters.h"
#include "odbcpool.h"

#include <stdio.h>
#include <string.h>

static struct borrow none;

static void fail_login(void)
{
	h.driver.failing_opens = 1;
	ck_assert_int_eq(try_borrow("sales", 15 * SECOND, &none), POOL_OPEN_FAILED);
}

/* The period that has just begun lasts this long, to the microsecond. */
static void assert_blocked_for(usec_t span)
{
	ck_assert_int_eq(try_borrow("sales", 15 * SECOND, &none), POOL_BLOCKED);
	advance(span - 1);
	ck_assert_int_eq(try_borrow("sales", 15 * SECOND, &none), POOL_BLOCKED);
	advance(1);
}

/* And no longer. */
static void assert_blocked_no_more(void)
{
	struct borrow b;

	h.driver.failing_opens = 0;
	b = take("sales");
	give(&b);
}

START_TEST(a_failed_login_blocks_for_5_seconds)
{
	fail_login();
	assert_blocked_for(5 * SECOND);
	ck_assert_uint_eq(h.driver.failed_opens, 1);
	assert_blocked_no_more();
}
END_TEST

START_TEST(the_back_off_doubles_on_successive_failures_up_to_a_minute)
{
	static const int spans[] = {5, 10, 20, 40, 60, 60, 60};

	for (size_t i = 0; i < array_size(spans); i++) {
		fail_login();
		assert_blocked_for(spans[i] * SECOND);
	}
}
END_TEST

START_TEST(the_end_of_a_period_does_not_reset_the_back_off)
{
	fail_login();
	advance(3600 * SECOND);
	sweep();
	fail_login();
	assert_blocked_for(10 * SECOND);
	assert_blocked_no_more();
}
END_TEST

START_TEST(a_success_resets_the_back_off)
{
	struct borrow b;

	fail_login();
	advance(5 * SECOND);
	fail_login();
	advance(10 * SECOND);
	b = take("sales");
	fail_login();
	assert_blocked_for(5 * SECOND);
	assert_blocked_no_more();
	give(&b);
}
END_TEST

START_TEST(a_clear_ends_the_period_and_resets_the_back_off)
{
	struct borrow b = take("sales");

	fail_login();
	advance(5 * SECOND);
	fail_login();
	pool_clear(b.pool);
	fail_login();
	assert_blocked_for(5 * SECOND);
	assert_blocked_no_more();
	give(&b);
}
END_TEST

START_TEST(a_clear_after_the_end_of_the_period_resets_the_back_off)
{
	fail_login();
	advance(5 * SECOND);
	registry_clear_named(h.registry, NULL);
	fail_login();
	assert_blocked_for(5 * SECOND);
	assert_blocked_no_more();
}
END_TEST

START_TEST(blocked_connects_get_all_records_again_and_one_that_says_so)
{
	fail_login();
	advance(2 * SECOND);
	ck_assert_int_eq(try_borrow("sales", 15 * SECOND, &none), POOL_BLOCKED);
	ck_assert_uint_eq(h.diag.count, 2);
	ck_assert_str_eq(h.diag.records[0].sqlstate, "28000");
	ck_assert_int_eq(h.diag.records[0].native, 18456);
	ck_assert_str_eq(message(0), "[odbcpool][fake] Login failed, try 1");
	ck_assert_str_eq(h.diag.records[1].sqlstate, "01000");
	ck_assert_int_eq(h.diag.records[1].native, ODBCPOOL_ERR_BLOCKING_PERIOD);
	ck_assert_ptr_nonnull(strstr(message(1), "2.0 s ago"));
	ck_assert_ptr_nonnull(strstr(message(1), "another 3.0 s"));
	ck_assert_uint_eq(counters().blocked_connects, 1);
	ck_assert_uint_eq(h.driver.failed_opens, 1);
}
END_TEST

START_TEST(idle_connections_are_served_meanwhile)
{
	struct borrow b = take("sales");

	fail_login();
	ck_assert_int_eq(try_borrow("sales", SECOND, &none), POOL_BLOCKED);
	give(&b);
	b = take("sales");
	ck_assert_uint_eq(id_of(&b), 1);
}
END_TEST

START_TEST(a_login_time_out_counts)
{
	h.driver.open_takes = 15 * SECOND;
	fail_login();
	h.driver.open_takes = 0;
	ck_assert_int_eq(try_borrow("sales", 15 * SECOND, &none), POOL_BLOCKED);
}
END_TEST

START_TEST(time_spent_waiting_for_a_slot_does_not_count)
{
	h.settings.max_pool_size = 1;
	struct borrow b = take("sales");
	ck_assert_int_eq(try_borrow("sales", SECOND, &none), POOL_TIMED_OUT);
	give_as(&b, RETURN_CLOSE);
	work();
	ck_assert_int_eq(try_borrow("sales", SECOND, &none), POOL_OK);
}
END_TEST

START_TEST(never_block_blocks_nobody)
{
	h.settings.pool_blocking_period = BLOCKING_NEVER;
	fail_login();
	fail_login();
	ck_assert_uint_eq(h.driver.failed_opens, 2);
}
END_TEST

START_TEST(auto_exempts_the_hosts_it_is_told_of)
{
	h.is_exempt_host = true;
	fail_login();
	fail_login();
	ck_assert_uint_eq(h.driver.failed_opens, 2);
}
END_TEST

START_TEST(always_block_blocks_those_too)
{
	h.is_exempt_host = true;
	h.settings.pool_blocking_period = BLOCKING_ALWAYS;
	fail_login();
	assert_blocked_for(5 * SECOND);
	assert_blocked_no_more();
}
END_TEST

START_TEST(another_pool_is_not_blocked)
{
	fail_login();
	(void)take("stock");
}
END_TEST

START_TEST(one_prober_tries_when_the_period_ends_and_the_others_share_its_fate)
{
	struct client c[3];

	fail_login();
	advance(5 * SECOND);
	h.driver.is_open_gated = true;
	h.driver.failing_opens = FAKE_FAIL_ALL;
	for (int i = 0; i < 3; i++)
		client_start(&c[i], "sales", 15 * SECOND);
	await_at_gate(1);
	await_line(2);
	h.driver.is_open_gated = false;
	int failed = 0, blocked = 0;
	for (int i = 0; i < 3; i++) {
		await_done(&c[i]);
		failed += c[i].rc == POOL_OPEN_FAILED;
		blocked += c[i].rc == POOL_BLOCKED;
		ck_assert_str_eq(diag_sqlstate(&c[i].diag), "28000");
		client_join(&c[i]);
	}
	ck_assert_int_eq(failed, 1);
	ck_assert_int_eq(blocked, 2);
	ck_assert_uint_eq(h.driver.failed_opens, 2);
}
END_TEST

START_TEST(logins_that_fail_together_count_once)
{
	struct client c[4];

	h.driver.is_open_gated = true;
	h.driver.failing_opens = FAKE_FAIL_ALL;
	for (int i = 0; i < 4; i++)
		client_start(&c[i], "sales", 15 * SECOND);
	await_at_gate(4);
	advance(SECOND);
	h.driver.is_open_gated = false;
	for (int i = 0; i < 4; i++) {
		await_done(&c[i]);
		client_join(&c[i]);
	}
	ck_assert_uint_eq(h.driver.failed_opens, 4);
	assert_blocked_for(5 * SECOND);
	assert_blocked_no_more();
}
END_TEST

START_TEST(waiters_for_a_slot_get_the_error_when_the_slot_cannot_be_filled)
{
	struct client first, second;
	struct borrow b;

	h.settings.max_pool_size = 1;
	b = take("sales");
	client_start(&first, "sales", 15 * SECOND);
	await_waiting(b.pool, 1);
	client_start(&second, "sales", 15 * SECOND);
	await_waiting(b.pool, 2);
	h.driver.failing_opens = 1;
	give_as(&b, RETURN_CLOSE);
	work();
	await_done(&first);
	await_done(&second);
	ck_assert_int_eq(first.rc, POOL_OPEN_FAILED);
	ck_assert_int_eq(second.rc, POOL_BLOCKED);
	client_join(&first);
	client_join(&second);
}
END_TEST

START_TEST(a_login_with_only_the_rest_of_the_time_is_no_evidence)
{
	struct client late;
	struct borrow b;

	h.settings.max_pool_size = 1;
	b = take("sales");
	struct pool *p = b.pool;
	client_start(&late, "sales", 15 * SECOND);
	await_waiting(p, 1);
	advance(14 * SECOND);
	h.driver.failing_opens = 1;
	h.driver.open_takes = SECOND;
	give_as(&b, RETURN_CLOSE);
	work();
	await_done(&late);
	ck_assert_int_eq(late.rc, POOL_OPEN_FAILED);
	client_join(&late);
	b = take("sales");
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/blocking_period");
	TCase *t = tcase_create("one thread");

	tcase_add_checked_fixture(t, harness_setup, harness_teardown);
	tcase_add_test(t, a_failed_login_blocks_for_5_seconds);
	tcase_add_test(t, the_back_off_doubles_on_successive_failures_up_to_a_minute);
	tcase_add_test(t, the_end_of_a_period_does_not_reset_the_back_off);
	tcase_add_test(t, a_success_resets_the_back_off);
	tcase_add_test(t, a_clear_ends_the_period_and_resets_the_back_off);
	tcase_add_test(t, a_clear_after_the_end_of_the_period_resets_the_back_off);
	tcase_add_test(t, blocked_connects_get_all_records_again_and_one_that_says_so);
	tcase_add_test(t, idle_connections_are_served_meanwhile);
	tcase_add_test(t, a_login_time_out_counts);
	tcase_add_test(t, time_spent_waiting_for_a_slot_does_not_count);
	tcase_add_test(t, never_block_blocks_nobody);
	tcase_add_test(t, auto_exempts_the_hosts_it_is_told_of);
	tcase_add_test(t, always_block_blocks_those_too);
	tcase_add_test(t, another_pool_is_not_blocked);
	suite_add_tcase(s, t);

	t = tcase_create("threads");
	tcase_add_checked_fixture(t, harness_setup_shared, harness_teardown);
	tcase_add_test(t, one_prober_tries_when_the_period_ends_and_the_others_share_its_fate);
	tcase_add_test(t, logins_that_fail_together_count_once);
	tcase_add_test(t, waiters_for_a_slot_get_the_error_when_the_slot_cannot_be_filled);
	tcase_add_test(t, a_login_with_only_the_rest_of_the_time_is_no_evidence);
	suite_add_tcase(s, t);
	return s;
}
