/* SPDX-License-Identifier: MIT */
#include "stats/snapshot.h"

#include "support/run.h"

#include <string.h>

START_TEST(a_duration_falls_into_the_bucket_whose_end_lies_just_above)
{
	ck_assert_uint_eq(histogram_bucket(0), 0);
	ck_assert_uint_eq(histogram_bucket(1), 1);
	ck_assert_uint_eq(histogram_bucket(2), 2);
	ck_assert_uint_eq(histogram_bucket(3), 2);
	ck_assert_uint_eq(histogram_bucket(4), 3);
	ck_assert_uint_eq(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}
END_TEST

START_TEST(a_quantile_is_never_lower_than_the_truth)
{
	struct tally t = {.state = 0};
	struct counter_values v = {.hard_connects = 0};

	for (int i = 0; i < 98; i++)
		histogram_add(&t.histograms.wait, 100);
	histogram_add(&t.histograms.wait, 5000);
	histogram_add(&t.histograms.wait, 5000);
	tally_sum(&v, &t);
	ck_assert_uint_eq(histogram_count(&v.wait), 100);
	ck_assert_uint_eq(v.wait.sum_us, 98 * 100 + 2 * 5000);
	ck_assert_uint_eq(histogram_quantile(&v.wait, 0.5), 128);
	ck_assert_uint_eq(histogram_quantile(&v.wait, 0.98), 128);
	ck_assert_uint_eq(histogram_quantile(&v.wait, 0.99), 8192);
	ck_assert_uint_eq(histogram_quantile(&v.open, 0.5), 0);
}
END_TEST

START_TEST(a_duration_that_clocks_made_negative_counts_as_none)
{
	struct histogram h = {.sum_us = 0};

	histogram_add(&h, -5);
	ck_assert_uint_eq(h.bucket[0], 1);
	ck_assert_uint_eq(h.sum_us, 0);
}
END_TEST

START_TEST(every_number_has_its_name_and_value)
{
	struct counter_values v = {.resets = 7, .waiting = 3, .use = {.sum_us = 9}};
	struct number n;
	size_t i = 0, seen = 0;

	for (; number_get(&v, i, &n); i++) {
		bool is_histogram = n.kind == NUMBER_HISTOGRAM;
		ck_assert_int_eq(is_histogram, n.h != NULL);
		seen += strcmp(n.name, "resets") == 0 && n.value == 7;
		seen += strcmp(n.member, "waiting") == 0 && n.value == 3;
		seen += strcmp(n.name, "use") == 0 && is_histogram && n.h->sum_us == 9;
	}
	ck_assert_uint_eq(seen, 3);
	ck_assert_uint_eq(i, (sizeof(struct counters) + sizeof(struct gauges)) / sizeof(uint64_t) +
				     HISTOGRAMS_ROOM);
}
END_TEST

START_TEST(what_is_added_to_a_tally_can_be_taken_away_again)
{
	struct tally t = {.state = 0};
	struct counter_values v = {.clears = 2, .open = {.sum_us = 5, .bucket = {1}}}, sum;

	tally_add(&t, &v);
	tally_add(&t, &v);
	tally_subtract(&t, &v);
	sum = (struct counter_values){.clears = 1};
	tally_sum(&sum, &t);
	ck_assert_uint_eq(sum.clears, 3);
	ck_assert_uint_eq(sum.open.sum_us, 5);
	ck_assert_uint_eq(sum.open.bucket[0], 1);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("stats/numbers");
	TCase *t = tcase_create("numbers");

	tcase_add_test(t, a_duration_falls_into_the_bucket_whose_end_lies_just_above);
	tcase_add_test(t, a_quantile_is_never_lower_than_the_truth);
	tcase_add_test(t, a_duration_that_clocks_made_negative_counts_as_none);
	tcase_add_test(t, every_number_has_its_name_and_value);
	tcase_add_test(t, what_is_added_to_a_tally_can_be_taken_away_again);
	suite_add_tcase(s, t);
	return s;
}
