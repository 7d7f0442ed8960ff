/* SPDX-License-Identifier: MIT */
/* What is counted, where it lands, and what the books are told beside it. */
#include "pool/harness.h"

#include "base/counters.h"

#include <stdlib.h>
#include <string.h>

static struct tally departed;
static unsigned claimed, released, errors, notes;
static struct borrow_holder seen[BORROW_HOLDERS];
static unsigned seen_count;
static char last_sqlstate[6];

static void release(struct tally *t)
{
	released++;
	free(t);
}

static void note_login_error(struct tally *t, const struct diag *diag)
{
	ck_assert_ptr_nonnull(t);
	errors++;
	strcpy(last_sqlstate, diag_sqlstate(diag));
}

static void note_holders(
	struct tally *t, const struct borrow_holder *holders, unsigned count, usec_t now)
{
	ck_assert_ptr_nonnull(t);
	ck_assert_int_eq(now, clock_now(h.time));
	memcpy(seen, holders, count * sizeof(*holders));
	seen_count = count;
	notes++;
}

static struct tally *claim(void)
{
	struct tally *t = calloc(1, sizeof(*t));

	ck_assert_ptr_nonnull(t);
	claimed++;
	return t;
}

static const struct pool_books books = {
	.departed = &departed,
	.release = release,
	.note_login_error = note_login_error,
	.note_holders = note_holders,
};

static void setup(void)
{
	harness_setup_with_books(&books);
	h.claim_tally = claim;
}

static const struct tally *tally_of(const struct borrow *b)
{
	return pool_tally(b->pool);
}

START_TEST(gauges_follow_every_change)
{
	struct borrow a = take("sales"), b = take("sales");
	const struct tally *t = tally_of(&a);

	ck_assert_uint_eq(t->gauges.active_connections, 2);
	ck_assert_uint_eq(t->gauges.free_connections, 0);
	give(&b);
	ck_assert_uint_eq(t->gauges.active_connections, 1);
	ck_assert_uint_eq(t->gauges.free_connections, 1);
	give(&a);
	ck_assert_uint_eq(t->gauges.free_connections, 2);
	ck_assert_uint_eq(t->counters.soft_connects, 2);
	ck_assert_uint_eq(t->sequence % 2, 0);
}
END_TEST

static uint64_t count_of(const struct histogram *h_)
{
	uint64_t n = 0;

	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		n += h_->bucket[i];
	return n;
}

START_TEST(logins_uses_waits_and_resets_are_timed)
{
	struct borrow a, none;

	h.settings.max_pool_size = 1;
	h.driver.open_takes = 3000;
	a = take("sales");
	const struct histograms *hs = &tally_of(&a)->histograms;
	ck_assert_uint_eq(hs->open.sum_us, 3000);
	ck_assert_uint_eq(hs->open.bucket[12], 1);
	ck_assert_int_eq(try_borrow("sales", 2 * SECOND, &none), POOL_TIMED_OUT);
	ck_assert_uint_eq(hs->wait.sum_us, 2 * SECOND);
	ck_assert_uint_eq(count_of(&hs->wait), 1);
	advance(SECOND);
	give_as(&a, RETURN_NEEDS_RESET);
	ck_assert_uint_eq(hs->use.sum_us, 3 * SECOND);
	work();
	ck_assert_uint_eq(count_of(&hs->reset), 1);
}
END_TEST

START_TEST(a_failed_login_is_told_and_the_end_of_the_blocking_period_shown)
{
	struct borrow b;

	h.driver.failing_opens = 1;
	h.driver.open_sqlstate = "08001";
	ck_assert_int_eq(try_borrow("sales", SECOND, &b), POOL_OPEN_FAILED);
	ck_assert_uint_eq(errors, 1);
	ck_assert_str_eq(last_sqlstate, "08001");
	advance(6 * SECOND);
	b = take("sales");
	ck_assert_int_eq(tally_of(&b)->blocked_until, 0);
	h.driver.failing_opens = 1;
	struct borrow none;
	ck_assert_int_eq(try_borrow("sales", SECOND, &none), POOL_OPEN_FAILED);
	ck_assert_int_eq(tally_of(&b)->blocked_until, clock_now(h.time) + 5 * SECOND);
}
END_TEST

START_TEST(the_oldest_holders_are_told_longest_first)
{
	struct borrow b[BORROW_HOLDERS + 3];
	usec_t first = clock_now(h.time);

	for (size_t i = 0; i < array_size(b); i++) {
		b[i] = take("sales");
		advance(SECOND);
	}
	sweep();
	ck_assert_uint_eq(seen_count, BORROW_HOLDERS);
	for (unsigned i = 0; i < seen_count; i++)
		ck_assert_int_eq(seen[i].since, first + (usec_t)i * SECOND);
	give(&b[0]);
	b[0] = take("sales");
	sweep();
	ck_assert_int_eq(seen[0].since, first + SECOND);
	for (size_t i = 0; i < array_size(b); i++)
		give(&b[i]);
	sweep();
	ck_assert_uint_eq(seen_count, 0);
	unsigned told = notes;
	sweep();
	ck_assert_uint_eq(notes, told);
}
END_TEST

START_TEST(what_a_vanished_pool_counted_stays_in_the_sum_and_comes_back_with_it)
{
	struct borrow b = take("sales");

	give(&b);
	h.settings.connection_idle_timeout = SECOND;
	advance(1000 * SECOND);
	sweep();
	advance(1000 * SECOND);
	sweep();
	ck_assert_uint_eq(released, 1);
	ck_assert_uint_eq(departed.counters.hard_connects, 1);
	ck_assert_uint_eq(count_of(&departed.histograms.open), 1);
	ck_assert_uint_eq(counters().hard_connects, 1);
	b = take("sales");
	ck_assert_uint_eq(departed.counters.hard_connects, 0);
	ck_assert_uint_eq(tally_of(&b)->counters.hard_connects, 2);
	ck_assert_uint_eq(counters().hard_connects, 2);
	ck_assert_uint_eq(departed.sequence % 2, 0);
}
END_TEST

START_TEST(every_place_that_was_claimed_is_given_back_but_those_in_use)
{
	struct borrow b = take("sales");

	give(&b);
	b = take("stock");
	h.generation++;
	h.sections.word[0]++;
	struct borrow c = take("sales");
	sweep();
	sweep();
	ck_assert_uint_eq(claimed - released, 2);
	give(&b);
	give(&c);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/books");
	TCase *t = tcase_create("books");

	tcase_add_checked_fixture(t, setup, harness_teardown);
	tcase_add_test(t, gauges_follow_every_change);
	tcase_add_test(t, logins_uses_waits_and_resets_are_timed);
	tcase_add_test(t, a_failed_login_is_told_and_the_end_of_the_blocking_period_shown);
	tcase_add_test(t, the_oldest_holders_are_told_longest_first);
	tcase_add_test(t, what_a_vanished_pool_counted_stays_in_the_sum_and_comes_back_with_it);
	tcase_add_test(t, every_place_that_was_claimed_is_given_back_but_those_in_use);
	suite_add_tcase(s, t);
	return s;
}
