/* SPDX-License-Identifier: MIT */
/* PoolKeepalive: idle connections are asked for a sign of life. */
#include "pool/harness.h"

static void keep_alive_every(usec_t span)
{
	h.settings.pool_keepalive = span;
	h.settings.connection_idle_timeout = USEC_INFINITY;
}

static void lay_idle(void)
{
	struct borrow b = take("sales");

	give(&b);
}

START_TEST(an_idle_connection_is_asked_once_in_each_span)
{
	keep_alive_every(60 * SECOND);
	lay_idle();
	for (int minute = 1; minute <= 3; minute++) {
		advance(59 * SECOND);
		sweep();
		ck_assert_uint_eq(h.driver.deep_checks, (unsigned)minute - 1);
		advance(1 * SECOND);
		sweep();
		ck_assert_uint_eq(h.driver.deep_checks, (unsigned)minute);
	}
}
END_TEST

START_TEST(a_use_counts_as_a_sign_of_life)
{
	keep_alive_every(60 * SECOND);
	lay_idle();
	advance(50 * SECOND);
	lay_idle();
	advance(50 * SECOND);
	sweep();
	ck_assert_uint_eq(h.driver.deep_checks, 0);
	ck_assert_uint_eq(h.driver.opens, 1);
}
END_TEST

START_TEST(one_that_does_not_answer_is_closed)
{
	struct borrow b;

	keep_alive_every(60 * SECOND);
	b = take("sales");
	fake_conn_kill(b.conn);
	give(&b);
	advance(60 * SECOND);
	sweep();
	ck_assert_uint_eq(h.driver.dead_closes, 1);
}
END_TEST

START_TEST(unset_nobody_is_asked)
{
	h.settings.connection_idle_timeout = USEC_INFINITY;
	lay_idle();
	advance(3600 * SECOND);
	sweep();
	ck_assert_uint_eq(h.driver.deep_checks, 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/keepalive");
	TCase *t = tcase_create("keepalive");

	tcase_add_checked_fixture(t, harness_setup, harness_teardown);
	tcase_add_test(t, an_idle_connection_is_asked_once_in_each_span);
	tcase_add_test(t, a_use_counts_as_a_sign_of_life);
	tcase_add_test(t, one_that_does_not_answer_is_closed);
	tcase_add_test(t, unset_nobody_is_asked);
	suite_add_tcase(s, t);
	return s;
}
