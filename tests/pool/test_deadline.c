/* SPDX-License-Identifier: MIT */
/* One deadline for everything that a borrow does: waiting, asking, resetting and logging in. */
#include "pool/harness.h"

#include "base/counters.h"
#include "odbcpool.h"

#include <string.h>

static void make_idle(unsigned count, enum return_verdict verdict, bool is_dead)
{
	struct borrow b[8];

	ck_assert_uint_le(count, 8);
	for (unsigned i = 0; i < count; i++)
		b[i] = take("sales");
	for (unsigned i = 0; i < count; i++) {
		if (is_dead)
			fake_conn_kill(b[i].conn);
		give_as(&b[i], verdict);
	}
}

START_TEST(no_login_begins_once_the_questions_have_used_up_the_time)
{
	struct borrow none;

	make_idle(3, RETURN_REUSABLE, true);
	h.driver.is_alive_takes = 2 * SECOND;
	ck_assert_int_eq(try_borrow("sales", 3 * SECOND, &none), POOL_TIMED_OUT);
	ck_assert_uint_eq(h.driver.opens, 3);
	ck_assert_uint_eq(h.driver.checks, 2);
	ck_assert_str_eq(diag_sqlstate(&h.diag), "HYT00");
	ck_assert_int_eq(h.diag.records[0].native, ODBCPOOL_ERR_POOL_EXHAUSTED);
	ck_assert_ptr_nonnull(strstr(message(0), "Timeout expired."));
	ck_assert_ptr_nonnull(strstr(message(0), "dead, and no time was left"));
	ck_assert_uint_eq(counters().timeouts, 1);
	ck_assert_uint_eq(counters().hard_disconnects, 2);
	ck_assert_uint_eq(counters().soft_connects, 3);
	ck_assert_uint_eq(counters().active_connections, 0);
}
END_TEST

START_TEST(the_slot_of_the_dead_one_goes_to_whoever_waits)
{
	struct borrow none;
	struct client c;

	h.settings.max_pool_size = 1;
	make_idle(1, RETURN_REUSABLE, true);
	h.driver.is_alive_gated = true;
	h.driver.is_alive_takes = 5 * SECOND;
	client_start(&c, "sales", 3 * SECOND);
	await_at_gate(1);
	/* Only a connect that got its connection counts. */
	ck_assert_uint_eq(counters().soft_connects, 1);
	struct client next;
	client_start(&next, "sales", 60 * SECOND);
	await_line(1);
	h.driver.is_alive_gated = false;
	await_done(&c);
	ck_assert_int_eq(c.rc, POOL_TIMED_OUT);
	await_done(&next);
	ck_assert_int_eq(next.rc, POOL_OK);
	ck_assert_uint_eq(h.driver.opens, 2);
	client_join(&c);
	client_join(&next);
	ck_assert_int_eq(try_borrow("sales", 0, &none), POOL_TIMED_OUT);
}
END_TEST

START_TEST(the_pools_own_time_counts_from_the_call_too)
{
	struct borrow_request request = {.deadline = BORROW_DEADLINE_OF_POOL, .opener = &h};
	struct digest key = key_of("sales");
	struct borrow b;

	h.settings.pool_connect_timeout = 10 * SECOND;
	make_idle(1, RETURN_REUSABLE, true);
	usec_t began = clock_now(&h.clock.clock);
	h.driver.is_alive_takes = 4 * SECOND;
	ck_assert_int_eq(
		registry_borrow(h.registry, &key, h.generation, &request, &b, &h.diag), POOL_OK);
	ck_assert_int_eq(h.driver.last_deadline, began + 10 * SECOND);
}
END_TEST

START_TEST(a_question_does_not_outlast_the_pools_own_time)
{
	struct borrow_request request = {.deadline = BORROW_DEADLINE_OF_POOL, .opener = &h};
	struct digest key = key_of("sales");
	struct borrow b;

	h.settings.pool_connect_timeout = 2 * SECOND;
	h.settings.validation_timeout = 5 * SECOND;
	make_idle(1, RETURN_REUSABLE, false);
	usec_t began = clock_now(&h.clock.clock);
	ck_assert_int_eq(
		registry_borrow(h.registry, &key, h.generation, &request, &b, &h.diag), POOL_OK);
	ck_assert_int_eq(h.driver.last_deadline, began + 2 * SECOND);
}
END_TEST

START_TEST(a_borrowers_reset_does_not_outlast_its_deadline)
{
	struct borrow b;

	h.settings.validation_timeout = 5 * SECOND;
	make_idle(1, RETURN_NEEDS_RESET, false);
	usec_t began = clock_now(&h.clock.clock);
	ck_assert_int_eq(try_borrow("sales", 3 * SECOND, &b), POOL_OK);
	ck_assert_int_eq(h.driver.last_reset_deadline, began + 3 * SECOND);
}
END_TEST

START_TEST(a_workers_reset_ends_by_the_validation_timeout)
{
	h.settings.validation_timeout = 5 * SECOND;
	make_idle(1, RETURN_NEEDS_RESET, false);
	usec_t began = clock_now(&h.clock.clock);
	work();
	ck_assert_int_eq(h.driver.last_reset_deadline, began + 5 * SECOND);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/deadline");
	TCase *t = tcase_create("one thread");

	tcase_add_checked_fixture(t, harness_setup, harness_teardown);
	tcase_add_test(t, no_login_begins_once_the_questions_have_used_up_the_time);
	tcase_add_test(t, the_pools_own_time_counts_from_the_call_too);
	tcase_add_test(t, a_question_does_not_outlast_the_pools_own_time);
	tcase_add_test(t, a_borrowers_reset_does_not_outlast_its_deadline);
	tcase_add_test(t, a_workers_reset_ends_by_the_validation_timeout);
	suite_add_tcase(s, t);
	t = tcase_create("threads");
	tcase_add_checked_fixture(t, harness_setup_shared, harness_teardown);
	tcase_add_test(t, the_slot_of_the_dead_one_goes_to_whoever_waits);
	suite_add_tcase(s, t);
	return s;
}
