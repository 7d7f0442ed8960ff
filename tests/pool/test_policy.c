/* SPDX-License-Identifier: MIT */
#include "pool/policy.h"

#include "conf/settings.h"
#include "support/run.h"

#include <limits.h>
#include <string.h>

#define SECOND USEC_PER_SEC

static struct limits limits_of(void (*change)(struct settings *))
{
	struct settings s;
	struct limits l;

	settings_init(&s);
	if (change)
		change(&s);
	l = policy_limits(&s, false);
	settings_done(&s);
	return l;
}

START_TEST(the_built_in_settings_are_the_documented_ones)
{
	struct limits l = limits_of(NULL);

	ck_assert_uint_eq(l.max_size, 100);
	ck_assert_uint_eq(l.min_size, 0);
	ck_assert_uint_eq(l.max_opening, 8);
	ck_assert_uint_eq(l.max_pools, 1000);
	ck_assert_int_eq(l.max_uses, INT64_MAX);
	ck_assert_int_eq(l.connect_timeout, 15 * SECOND);
	ck_assert_int_eq(l.idle_timeout, 300 * SECOND);
	ck_assert_int_eq(l.lifetime, USEC_INFINITY);
	ck_assert_int_eq(l.leak_threshold, USEC_INFINITY);
	ck_assert_int_eq(l.wait_notify, USEC_INFINITY);
	ck_assert_int_eq(l.close_timeout, 10 * SECOND);
	ck_assert(l.has_blocking_period);
}
END_TEST

static void lift_all_limits(struct settings *s)
{
	s->max_pool_size = 0;
	s->pool_connect_timeout = USEC_INFINITY;
	s->connection_idle_timeout = USEC_INFINITY;
}

static void reset_nothing(struct settings *s)
{
	s->connection_reset = false;
}

START_TEST(without_a_reset_there_is_nothing_to_do_in_the_background)
{
	ck_assert(limits_of(NULL).resets_in_background);
	ck_assert(!limits_of(reset_nothing).resets_in_background);
}
END_TEST

START_TEST(no_limit_is_the_largest_number)
{
	struct limits l = limits_of(lift_all_limits);

	ck_assert_uint_eq(l.max_size, UINT_MAX);
	ck_assert_int_eq(l.connect_timeout, USEC_INFINITY);
	ck_assert_int_eq(l.idle_timeout, USEC_INFINITY);
}
END_TEST

static const struct {
	int mode;
	bool is_exempt_host;
	bool blocks;
} blocking_cases[] = {
	{BLOCKING_AUTO, false, true},
	{BLOCKING_AUTO, true, false},
	{BLOCKING_ALWAYS, false, true},
	{BLOCKING_ALWAYS, true, true},
	{BLOCKING_NEVER, false, false},
	{BLOCKING_NEVER, true, false},
};

START_TEST(who_is_blocked_depends_on_mode_and_host)
{
	struct settings s;

	settings_init(&s);
	s.pool_blocking_period = blocking_cases[_i].mode;
	ck_assert_int_eq(policy_limits(&s, blocking_cases[_i].is_exempt_host).has_blocking_period,
		blocking_cases[_i].blocks);
	settings_done(&s);
}
END_TEST

static const struct {
	unsigned generation;
	usec_t now;
	int64_t uses;
	const char *reason;
} end_cases[] = {
	{7, 99, 9, NULL},
	{6, 99, 9, "cleared"},
	{7, 100, 9, "lifetime"},
	{7, 99, 10, "max-uses"},
	{6, 100, 10, "cleared"},
};

START_TEST(a_connection_ends_by_clear_lifetime_or_uses)
{
	struct limits l = {.max_uses = 10};
	struct entry e = {.generation = end_cases[_i].generation,
		.uses = end_cases[_i].uses,
		.expires_at = 100};
	const char *reason = policy_end_reason(&l, &e, 7, end_cases[_i].now);

	if (end_cases[_i].reason)
		ck_assert_str_eq(reason, end_cases[_i].reason);
	else
		ck_assert_ptr_null(reason);
}
END_TEST

static const struct {
	unsigned total, opening;
	bool is_failing, may_open;
} open_cases[] = {
	{0, 0, false, true}, {9, 3, false, true}, {10, 0, false, false}, /* full */
	{9, 4, false, false},						 /* MaxOpening */
	{9, 0, true, true}, {9, 1, true, false},			 /* one at a time */
};

START_TEST(a_login_may_begin_below_both_limits)
{
	struct limits l = {.max_size = 10, .max_opening = 4};
	struct entry_set set = {.total = open_cases[_i].total};

	set.counts[ENTRY_OPENING] = open_cases[_i].opening;
	ck_assert_int_eq(
		policy_may_open(&l, &set, open_cases[_i].is_failing), open_cases[_i].may_open);
}
END_TEST

static const struct {
	unsigned total, doomed, closing;
	bool may_refill, may_shrink;
} minimum_cases[] = {
	{2, 0, 0, true, false}, {3, 0, 0, false, false}, {4, 0, 0, false, true},
	{4, 1, 0, false, false}, {4, 1, 1, true, false},  /* those that go do not count */
	{9, 4, 3, true, false}, {10, 4, 4, false, false}, /* but they take their slots */
};

START_TEST(the_minimum_counts_those_that_stay)
{
	struct limits l = {.max_size = 10, .min_size = 3, .max_opening = 4};
	struct entry_set set = {.total = minimum_cases[_i].total};

	set.counts[ENTRY_DOOMED] = minimum_cases[_i].doomed;
	set.counts[ENTRY_CLOSING] = minimum_cases[_i].closing;
	ck_assert_int_eq(policy_may_refill(&l, &set, false), minimum_cases[_i].may_refill);
	ck_assert_int_eq(policy_may_shrink(&l, &set), minimum_cases[_i].may_shrink);
}
END_TEST

START_TEST(lifetimes_lie_between_nine_tenths_and_all_of_it)
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

static const struct {
	usec_t waited, spent;
	bool is_out_of_time, counts;
} failure_cases[] = {
	{0, 1, false, true},  /* refused */
	{14, 1, false, true}, /* refused, after a long wait */
	{0, 15, true, true},  /* a login time-out */
	{5, 10, true, true},  /* mostly the login's doing */
	{14, 1, true, false}, /* mostly the line's */
};

START_TEST(a_login_that_had_little_time_left_is_no_evidence)
{
	ck_assert_int_eq(policy_login_failure_counts(failure_cases[_i].waited,
				 failure_cases[_i].spent, failure_cases[_i].is_out_of_time),
		failure_cases[_i].counts);
}
END_TEST

START_TEST(signs_of_trouble_close_together_are_an_incident)
{
	ck_assert(!policy_is_incident(0, 0));
	ck_assert(policy_is_incident(1, 60 * SECOND));
	ck_assert(!policy_is_incident(1, 60 * SECOND + 1));
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/policy");
	TCase *t = tcase_create("policy");

	tcase_add_test(t, the_built_in_settings_are_the_documented_ones);
	tcase_add_test(t, without_a_reset_there_is_nothing_to_do_in_the_background);
	tcase_add_test(t, no_limit_is_the_largest_number);
	tcase_add_loop_test(
		t, who_is_blocked_depends_on_mode_and_host, 0, array_size(blocking_cases));
	tcase_add_loop_test(
		t, a_connection_ends_by_clear_lifetime_or_uses, 0, array_size(end_cases));
	tcase_add_loop_test(t, a_login_may_begin_below_both_limits, 0, array_size(open_cases));
	tcase_add_loop_test(t, the_minimum_counts_those_that_stay, 0, array_size(minimum_cases));
	tcase_add_test(t, lifetimes_lie_between_nine_tenths_and_all_of_it);
	tcase_add_loop_test(
		t, a_login_that_had_little_time_left_is_no_evidence, 0, array_size(failure_cases));
	tcase_add_test(t, signs_of_trouble_close_together_are_an_incident);
	suite_add_tcase(s, t);
	return s;
}
