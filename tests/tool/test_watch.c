/* SPDX-License-Identifier: MIT */
/* What `top` knows from look to look: of this very process, which pretends to have pools. */
#include "tool/watch.h"

#include "stats/segment.h"
#include "support/run.h"

#include <string.h>
#include <unistd.h>

static struct segment segment;
static struct tally *sales, *stock;
static struct watch watch;
static struct report_filter own;

static struct tally *make_pool(const char *name, const char *driver)
{
	const struct slot_about about = {
		.name = name, .driver = driver, .settings = {.max_pool_size = 10}};
	struct tally *t = segment_claim(&segment, &about);

	ck_assert_ptr_nonnull(t);
	return t;
}

static void setup(void)
{
	ck_assert(segment_init(&segment, "test"));
	sales = make_pool("sales", "/x/psqlodbcw.so");
	stock = make_pool("stock", "/x/libmaodbc.so");
	own = (struct report_filter){.pid = getpid()};
	watch_init(&watch);
}

static void teardown(void)
{
	watch_done(&watch);
	segment_remove(&segment);
}

static void look(void)
{
	ck_assert(watch_look(&watch, &own));
}

static void add(struct tally *t, _Atomic uint64_t *counter, uint64_t n)
{
	tally_begin(t);
	counter_add(counter, n);
	tally_end(t);
}

static const char *shown(enum watch_order order, const char *word)
{
	static char names[100];

	watch_arrange(&watch, order, word);
	*names = '\0';
	for (size_t i = 0; i < watch.shown_count; i++) {
		strcat(names, watch.shown[i]->pool->name);
		strcat(names, " ");
	}
	return names;
}

START_TEST(what_was_counted_before_the_first_look_is_no_rate)
{
	add(sales, &sales->counters.soft_connects, 1000);
	look();
	ck_assert_uint_eq(watch.count, 2);
	ck_assert(watch.rows[0].is_new);
	ck_assert(watch.rows[0].connects_per_s == 0);
	look();
	ck_assert(!watch.rows[0].is_new);
	ck_assert(watch.rows[0].connects_per_s == 0);
}
END_TEST

START_TEST(a_rate_is_of_the_pool_that_counted)
{
	look();
	add(stock, &stock->counters.soft_connects, 5);
	add(stock, &stock->counters.misses, 2);
	look();
	ck_assert(watch.rows[0].connects_per_s == 0);
	ck_assert(watch.rows[1].connects_per_s > 0);
	ck_assert(watch.rows[1].misses_per_s > 0);
	ck_assert(watch.rows[1].misses_per_s < watch.rows[1].connects_per_s);
}
END_TEST

START_TEST(waits_are_drawn_for_the_look_in_which_they_were)
{
	look();
	tally_begin(sales);
	histogram_add(&sales->histograms.wait, 100);
	histogram_add(&sales->histograms.wait, 100);
	tally_end(sales);
	look();
	look();
	ck_assert_uint_eq(watch_waits(&watch, &watch.rows[0], 0), 0);
	ck_assert_uint_eq(watch_waits(&watch, &watch.rows[0], 1), 2);
	ck_assert_uint_eq(watch_waits(&watch, &watch.rows[0], 2), 0);
	ck_assert_uint_eq(watch_waits(&watch, &watch.rows[0], WATCH_HISTORY), 0);
}
END_TEST

START_TEST(history_outlasts_its_room)
{
	for (int i = 0; i < 2 * WATCH_HISTORY + 3; i++) {
		tally_begin(sales);
		atomic_store(&sales->gauges.waiting, (uint64_t)i);
		tally_end(sales);
		look();
	}
	for (unsigned ago = 0; ago < WATCH_HISTORY; ago++)
		ck_assert_uint_eq(
			watch_waits(&watch, &watch.rows[0], ago), 2 * WATCH_HISTORY + 2 - ago);
}
END_TEST

START_TEST(a_pool_that_comes_or_goes_takes_no_history_along)
{
	look();
	add(stock, &stock->counters.soft_connects, 5);
	segment_release(&segment, sales);
	struct tally *other = make_pool("other", "x");
	add(other, &other->counters.soft_connects, 1000);
	look();
	ck_assert_uint_eq(watch.count, 2);
	ck_assert_str_eq(shown(WATCH_BY_CONNECTS, ""), "stock other ");
	ck_assert(watch.shown[1]->connects_per_s == 0);
}
END_TEST

START_TEST(rows_stand_in_the_order_asked_for)
{
	look();
	add(stock, &stock->counters.soft_connects, 5);
	tally_begin(sales);
	atomic_store(&sales->gauges.waiting, 1);
	atomic_store(&stock->gauges.active_connections, 1);
	tally_end(sales);
	look();
	ck_assert_str_eq(shown(WATCH_BY_WAITS, ""), "sales stock ");
	ck_assert_str_eq(shown(WATCH_BY_CONNECTS, ""), "stock sales ");
	ck_assert_str_eq(shown(WATCH_BY_ACTIVE, ""), "stock sales ");
	ck_assert_str_eq(shown(WATCH_BY_NAME, ""), "sales stock ");
}
END_TEST

START_TEST(a_filter_looks_at_name_and_driver)
{
	look();
	ck_assert_str_eq(shown(WATCH_BY_NAME, "SAL"), "sales ");
	ck_assert_str_eq(shown(WATCH_BY_NAME, "libma"), "stock ");
	ck_assert_str_eq(shown(WATCH_BY_NAME, "nothing"), "");
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("tool/watch");
	TCase *t = tcase_create("watch");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_was_counted_before_the_first_look_is_no_rate);
	tcase_add_test(t, a_rate_is_of_the_pool_that_counted);
	tcase_add_test(t, waits_are_drawn_for_the_look_in_which_they_were);
	tcase_add_test(t, history_outlasts_its_room);
	tcase_add_test(t, a_pool_that_comes_or_goes_takes_no_history_along);
	tcase_add_test(t, rows_stand_in_the_order_asked_for);
	tcase_add_test(t, a_filter_looks_at_name_and_driver);
	suite_add_tcase(s, t);
	return s;
}
