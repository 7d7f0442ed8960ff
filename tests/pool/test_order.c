/* SPDX-License-Identifier: MIT */
/* Orders from outside: pause, resume, disable, enable, clear. */
#include "pool/harness.h"

#include "base/counters.h"
#include "odbcpool.h"

#include <string.h>

static void order(enum pool_order what)
{
	registry_order(h.registry, what, NULL);
}

static void order_one(struct pool *p, enum pool_order what)
{
	ck_assert_uint_eq(registry_order(h.registry, what, pool_tally(p)), 1);
}

static struct pool *pool_with_one_idle(const char *name)
{
	struct borrow b = take(name);
	struct pool *p = b.pool;

	give(&b);
	return p;
}

START_TEST(a_paused_pool_hands_nothing_out_and_says_so)
{
	struct pool *p = pool_with_one_idle("sales");
	struct borrow b;

	order_one(p, POOL_PAUSE);
	ck_assert_int_eq(try_borrow("sales", 3 * SECOND, &b), POOL_TIMED_OUT);
	ck_assert_ptr_nonnull(strstr(message(0), "paused"));
	ck_assert_int_eq(h.diag.records[0].native, ODBCPOOL_ERR_POOL_PAUSED);
	ck_assert_uint_eq(counters().timeouts, 1);
	ck_assert_uint_eq(numbers(p).idle, 1);
	order_one(p, POOL_RESUME);
	b = take("sales");
	ck_assert(b.is_reused);
}
END_TEST

START_TEST(a_paused_pool_logs_nobody_in_and_refills_nothing)
{
	struct borrow b;

	h.settings.min_pool_size = 3;
	struct pool *p = pool_with_one_idle("sales");
	order_one(p, POOL_PAUSE);
	sweep();
	ck_assert_uint_eq(h.driver.opens, 1);
	h.settings.min_pool_size = 0;
	order(POOL_PAUSE);
	ck_assert_int_eq(try_borrow("new", SECOND, &b), POOL_TIMED_OUT);
	ck_assert_uint_eq(h.driver.opens, 1);
	order(POOL_RESUME);
	b = take("new");
	ck_assert_uint_eq(h.driver.opens, 2);
}
END_TEST

START_TEST(a_thread_alone_waits_in_a_paused_pool_although_it_holds_all)
{
	struct borrow b;

	h.is_only_thread = true;
	h.settings.max_pool_size = 1;
	b = take("sales");
	order_one(b.pool, POOL_PAUSE);
	struct borrow none;
	ck_assert_int_eq(try_borrow("sales", SECOND, &none), POOL_TIMED_OUT);
}
END_TEST

START_TEST(what_comes_back_to_a_paused_pool_lies_idle)
{
	struct borrow b = take("sales");
	struct pool *p = b.pool;

	order_one(p, POOL_PAUSE);
	give(&b);
	ck_assert_uint_eq(numbers(p).idle, 1);
}
END_TEST

START_TEST(one_pool_is_paused_and_the_others_are_not)
{
	struct pool *p = pool_with_one_idle("sales");
	struct borrow b;

	pool_with_one_idle("stock");
	order_one(p, POOL_PAUSE);
	b = take("stock");
	ck_assert_int_eq(try_borrow("sales", SECOND, &b), POOL_TIMED_OUT);
}
END_TEST

START_TEST(a_disabled_pool_sends_its_borrowers_past_it_and_closes_what_is_idle)
{
	struct borrow busy = take("sales"), b;
	struct pool *p = pool_with_one_idle("sales");

	order_one(p, POOL_DISABLE);
	work();
	ck_assert_uint_eq(h.driver.closes, 1);
	ck_assert_int_eq(try_borrow("sales", SECOND, &b), POOL_DISABLED);
	give(&busy);
	work();
	ck_assert_uint_eq(h.driver.closes, 2);
	order_one(p, POOL_ENABLE);
	b = take("sales");
	ck_assert(!b.is_reused);
	give(&b);
	b = take("sales");
	ck_assert(b.is_reused);
}
END_TEST

START_TEST(orders_for_all_hold_for_pools_yet_to_come)
{
	struct borrow b;

	ck_assert(!registry_get_state(h.registry).is_disabled);
	order(POOL_DISABLE);
	ck_assert(registry_get_state(h.registry).is_disabled);
	ck_assert_int_eq(try_borrow("new", SECOND, &b), POOL_DISABLED);
	order(POOL_PAUSE);
	ck_assert_int_eq(try_borrow("new", SECOND, &b), POOL_TIMED_OUT);
	ck_assert_int_eq(try_borrow("newer", SECOND, &b), POOL_TIMED_OUT);
	order(POOL_RESUME);
	ck_assert_int_eq(try_borrow("newer", SECOND, &b), POOL_DISABLED);
	order(POOL_ENABLE);
	b = take("newer");
}
END_TEST

START_TEST(a_pool_made_anew_from_edited_files_stays_paused)
{
	struct pool *p = pool_with_one_idle("sales");
	struct borrow b;

	order_one(p, POOL_PAUSE);
	h.generation++;
	h.sections.word[0]++;
	ck_assert_int_eq(try_borrow("sales", SECOND, &b), POOL_TIMED_OUT);
	order(POOL_RESUME);
	b = take("sales");
	ck_assert_ptr_ne(b.pool, p);
}
END_TEST

START_TEST(a_paused_pool_does_not_vanish_with_its_order)
{
	struct pool *p = pool_with_one_idle("sales");
	struct borrow b;

	order_one(p, POOL_PAUSE);
	advance(10000 * SECOND);
	sweep();
	advance(10000 * SECOND);
	sweep();
	ck_assert_int_eq(try_borrow("sales", SECOND, &b), POOL_TIMED_OUT);
	order_one(p, POOL_RESUME);
	advance(10000 * SECOND);
	sweep();
	ck_assert_uint_eq(h.driver.freed, 1);
}
END_TEST

START_TEST(the_tally_says_what_was_ordered)
{
	struct pool *p = pool_with_one_idle("sales");
	struct tally *t = pool_tally(p);

	ck_assert_uint_eq(t->state, 0);
	order_one(p, POOL_PAUSE);
	ck_assert_uint_eq(t->state, TALLY_PAUSED);
	order_one(p, POOL_DISABLE);
	ck_assert_uint_eq(t->state, TALLY_PAUSED | TALLY_DISABLED);
	order_one(p, POOL_RESUME);
	order_one(p, POOL_ENABLE);
	ck_assert_uint_eq(t->state, 0);
	ck_assert_uint_eq(t->sequence % 2, 0);
}
END_TEST

START_TEST(an_order_for_a_pool_that_is_gone_concerns_none)
{
	struct tally gone = {.state = 0};

	pool_with_one_idle("sales");
	ck_assert_uint_eq(registry_order(h.registry, POOL_CLEAR, &gone), 0);
	ck_assert_uint_eq(counters().clears, 0);
}
END_TEST

START_TEST(those_who_wait_are_served_as_soon_as_the_pool_goes_on)
{
	struct pool *p = pool_with_one_idle("sales");
	struct client c;

	order_one(p, POOL_PAUSE);
	client_start(&c, "sales", 60 * SECOND);
	await_waiting(p, 1);
	order_one(p, POOL_RESUME);
	client_join(&c);
	ck_assert_int_eq(c.rc, POOL_OK);
	ck_assert(c.borrow.is_reused);
	ck_assert_uint_eq(pool_tally(p)->gauges.waiting, 0);
}
END_TEST

START_TEST(those_who_wait_are_sent_past_a_pool_that_is_disabled)
{
	struct pool *p;
	struct client c;

	h.settings.max_pool_size = 1;
	struct borrow b = take("sales");
	p = b.pool;
	client_start(&c, "sales", 60 * SECOND);
	await_waiting(p, 1);
	order_one(p, POOL_DISABLE);
	client_join(&c);
	ck_assert_int_eq(c.rc, POOL_DISABLED);
	give(&b);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/order");
	TCase *t = tcase_create("one thread");

	tcase_add_checked_fixture(t, harness_setup, harness_teardown);
	tcase_add_test(t, a_paused_pool_hands_nothing_out_and_says_so);
	tcase_add_test(t, a_paused_pool_logs_nobody_in_and_refills_nothing);
	tcase_add_test(t, a_thread_alone_waits_in_a_paused_pool_although_it_holds_all);
	tcase_add_test(t, what_comes_back_to_a_paused_pool_lies_idle);
	tcase_add_test(t, one_pool_is_paused_and_the_others_are_not);
	tcase_add_test(t, a_disabled_pool_sends_its_borrowers_past_it_and_closes_what_is_idle);
	tcase_add_test(t, orders_for_all_hold_for_pools_yet_to_come);
	tcase_add_test(t, a_pool_made_anew_from_edited_files_stays_paused);
	tcase_add_test(t, a_paused_pool_does_not_vanish_with_its_order);
	tcase_add_test(t, the_tally_says_what_was_ordered);
	tcase_add_test(t, an_order_for_a_pool_that_is_gone_concerns_none);
	suite_add_tcase(s, t);

	t = tcase_create("threads");
	tcase_add_checked_fixture(t, harness_setup_shared, harness_teardown);
	tcase_add_test(t, those_who_wait_are_served_as_soon_as_the_pool_goes_on);
	tcase_add_test(t, those_who_wait_are_sent_past_a_pool_that_is_disabled);
	suite_add_tcase(s, t);
	return s;
}
