/* SPDX-License-Identifier: MIT */
/* Transactions that end, are lost, or never end. */
#include "pool/harness.h"

#include "base/counters.h"
#include "pool/pool_internal.h"
#include "support/trace_file.h"

#include <stdio.h>
#include <string.h>

START_TEST(the_end_brings_a_parked_connection_to_the_common_part_by_way_of_a_reset)
{
	struct borrow b = take_in("sales", "t1");
	unsigned id = id_of(&b);

	park(&b);
	ck_assert(end_of("t1"));
	ck_assert_uint_eq(h.driver.resets, 1);
	b = take("sales");
	ck_assert_uint_eq(id_of(&b), id);
	ck_assert(!b.is_enlisted);
	give(&b);
}
END_TEST

START_TEST(a_reset_that_fails_after_the_end_costs_the_connection)
{
	struct borrow b = take_in("sales", "t1");

	park(&b);
	h.driver.failing_resets = 1;
	end_of("t1");
	ck_assert_uint_eq(fake_driver_alive(&h.driver), 0);
}
END_TEST

START_TEST(an_end_before_the_park_leaves_nothing_parked)
{
	struct borrow b = take_in("sales", "t1");

	ck_assert(end_of("t1"));
	park(&b);
	work();
	ck_assert_uint_eq(counters().stasis_connections, 0);
	ck_assert_uint_eq(counters().free_connections, 1);
	ck_assert_uint_eq(h.driver.resets, 1);
}
END_TEST

START_TEST(a_second_end_is_told_that_nobody_knows_the_transaction)
{
	struct borrow b = take_in("sales", "t1");

	park(&b);
	ck_assert(end_of("t1"));
	ck_assert(!end_of("t1"));
	ck_assert(!end_of("never"));
}
END_TEST

START_TEST(a_connection_in_use_survives_the_end_of_its_transaction)
{
	struct borrow b = take_in("sales", "t1"), c;

	ck_assert(end_of("t1"));
	c = take_in("sales", "t1");
	ck_assert_uint_ne(id_of(&b), id_of(&c));
	park(&c);
	park(&b);
	work();
	/* The id was used anew: one of each. */
	ck_assert_uint_eq(counters().stasis_connections, 1);
	ck_assert_uint_eq(counters().free_connections, 1);
}
END_TEST

START_TEST(a_transaction_that_loses_its_one_session_is_lost_until_it_is_ended)
{
	struct borrow b;

	h.is_on_one_session = true;
	b = take_in("sales", "t1");
	give_as(&b, RETURN_DEAD);
	work();
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(try_borrow_in("sales", "t1", SECOND, &b), POOL_TRANSACTION_LOST);
		ck_assert_str_eq(h.diag.records[0].sqlstate, "25S03");
	}
	ck_assert(end_of("t1"));
	b = take_in("sales", "t1");
	ck_assert(!b.is_continued);
	park(&b);
}
END_TEST

START_TEST(no_more_than_so_many_lost_transactions_are_remembered)
{
	struct borrow b;
	char name[16];

	h.is_on_one_session = true;
	for (int i = 0; i <= LOST_MAX; i++) {
		snprintf(name, sizeof(name), "t%d", i);
		b = take_in("sales", name);
		give_as(&b, RETURN_CLOSE);
		work();
	}
	ck_assert_int_eq(try_borrow_in("sales", "t1", SECOND, &b), POOL_TRANSACTION_LOST);
	ck_assert(!end_of("t0"));
	ck_assert(end_of("t1"));
}
END_TEST

START_TEST(many_ended_transactions_leave_nothing_behind)
{
	struct borrow b = take("sales");
	struct pool *p = b.pool;
	char name[16];

	give(&b);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "t%d", i);
		b = take_in("sales", name);
		park(&b);
		end_of(name);
	}
	ck_assert_uint_eq(atomic_load(&p->enlistments.count), 0);
	ck_assert_uint_eq(h.driver.opens, 1);
}
END_TEST

START_TEST(what_was_cleared_meanwhile_is_closed_at_the_end)
{
	struct borrow b = take_in("sales", "t1");
	struct pool *p = b.pool;

	park(&b);
	pool_clear(p);
	work();
	ck_assert_uint_eq(fake_driver_alive(&h.driver), 1);
	end_of("t1");
	ck_assert_uint_eq(fake_driver_alive(&h.driver), 0);
}
END_TEST

START_TEST(what_is_too_old_is_closed_at_the_end)
{
	struct borrow b;

	h.settings.connection_lifetime = SECOND;
	b = take_in("sales", "t1");
	park(&b);
	advance(2 * SECOND);
	end_of("t1");
	ck_assert_uint_eq(fake_driver_alive(&h.driver), 0);
}
END_TEST

START_TEST(a_transaction_ends_in_all_pools)
{
	struct borrow a = take_in("sales", "t1"), b = take_in("stock", "t1");

	park(&a);
	park(&b);
	assert_parked("t1", 2);
	end_of("t1");
	ck_assert_uint_eq(counters().stasis_connections, 0);
	ck_assert_uint_eq(counters().free_connections, 2);
}
END_TEST

START_TEST(a_sealed_transaction_takes_nobody_in)
{
	struct transaction_id id = id_named("t1");
	struct borrow b = take_in("sales", "t1"), c;
	bool is_elsewhere;

	park(&b);
	registry_seal_transaction(h.registry, &id);
	ck_assert_int_eq(try_borrow_in("sales", "t1", SECOND, &c), POOL_TRANSACTION_ENDED);
	c = take("sales");
	ck_assert_int_eq(
		pool_enlist(&c, &id, false, true, &is_elsewhere, &h.diag), POOL_TRANSACTION_ENDED);
	give(&c);
	registry_unseal_transaction(h.registry, &id);
	b = take_in("sales", "t1");
	ck_assert(b.is_continued);
	park(&b);
}
END_TEST

START_TEST(who_ends_a_transaction_takes_its_parked_connections_in_hand)
{
	struct transaction_id id = id_named("t1");
	struct borrow b = take_in("sales", "t1");
	struct counter_values before;

	park(&b);
	before = counters();
	registry_seal_transaction(h.registry, &id);
	ck_assert(registry_take_parked(h.registry, &id, &b));
	ck_assert(!registry_take_parked(h.registry, &id, &(struct borrow){.pool = NULL}));
	pool_return(&b, RETURN_NEEDS_RESET, NULL);
	work();
	assert_parked("t1", 0);
	ck_assert_uint_eq(counters().free_connections, 1);
	/* The application has done none of this. */
	ck_assert_uint_eq(counters().soft_connects, before.soft_connects);
	ck_assert_uint_eq(counters().soft_disconnects, before.soft_disconnects);
}
END_TEST

START_TEST(what_is_parked_for_too_long_is_reported_once_and_stays)
{
	struct borrow b;

	h.trace = trace_file_open(TRACE_WARN);
	h.settings.max_parked_time = 10 * SECOND;
	b = take_in("sales", "t1");
	park(&b);
	advance(9 * SECOND);
	sweep();
	ck_assert_int_eq(trace_file_count("parked-too-long"), 0);
	advance(2 * SECOND);
	sweep();
	sweep();
	ck_assert_int_eq(trace_file_count("parked-too-long"), 1);
	ck_assert_uint_eq(counters().parked_too_long, 1);
	assert_parked("t1", 1);
	trace_file_remove();
}
END_TEST

START_TEST(a_shutdown_closes_what_is_parked_and_says_so)
{
	struct borrow b;

	h.trace = trace_file_open(TRACE_WARN);
	b = take_in("sales", "t1");
	park(&b);
	registry_shutdown(h.registry);
	ck_assert_uint_eq(h.driver.closes, 1);
	ck_assert_int_eq(trace_file_count("transaction-never-ended"), 1);
	ck_assert(!end_of("t1"));
	trace_file_remove();
}
END_TEST

START_TEST(a_shutdown_says_what_is_still_in_use_in_a_transaction)
{
	struct borrow b;

	h.trace = trace_file_open(TRACE_WARN);
	b = take_in("sales", "t1");
	registry_shutdown(h.registry);
	ck_assert_uint_eq(h.driver.closes, 0);
	ck_assert_int_eq(
		trace_file_count("transaction-never-ended pool=sales parked=0 in-use=1"), 1);
	park(&b);
	trace_file_remove();
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/enlist_end");
	TCase *t = tcase_create("enlist");

	tcase_add_checked_fixture(t, harness_setup, harness_teardown);
	tcase_add_test(t, the_end_brings_a_parked_connection_to_the_common_part_by_way_of_a_reset);
	tcase_add_test(t, a_reset_that_fails_after_the_end_costs_the_connection);
	tcase_add_test(t, an_end_before_the_park_leaves_nothing_parked);
	tcase_add_test(t, a_second_end_is_told_that_nobody_knows_the_transaction);
	tcase_add_test(t, a_connection_in_use_survives_the_end_of_its_transaction);
	tcase_add_test(t, a_transaction_that_loses_its_one_session_is_lost_until_it_is_ended);
	tcase_add_test(t, no_more_than_so_many_lost_transactions_are_remembered);
	tcase_add_test(t, many_ended_transactions_leave_nothing_behind);
	tcase_add_test(t, what_was_cleared_meanwhile_is_closed_at_the_end);
	tcase_add_test(t, what_is_too_old_is_closed_at_the_end);
	tcase_add_test(t, a_transaction_ends_in_all_pools);
	tcase_add_test(t, a_sealed_transaction_takes_nobody_in);
	tcase_add_test(t, who_ends_a_transaction_takes_its_parked_connections_in_hand);
	tcase_add_test(t, what_is_parked_for_too_long_is_reported_once_and_stays);
	tcase_add_test(t, a_shutdown_closes_what_is_parked_and_says_so);
	tcase_add_test(t, a_shutdown_says_what_is_still_in_use_in_a_transaction);
	suite_add_tcase(s, t);
	return s;
}
