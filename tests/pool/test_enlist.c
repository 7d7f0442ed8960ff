/* SPDX-License-Identifier: MIT */
/* Connections set aside for their transaction, one thread at a time. */
#include "pool/harness.h"

#include "base/counters.h"
#include "pool/pool_internal.h"
#include "support/trace_file.h"

#include <stdio.h>
#include <string.h>

START_TEST(a_parked_connection_comes_back_to_its_transaction_without_a_reset)
{
	struct borrow b = take_in("sales", "t1");
	unsigned id = id_of(&b);

	ck_assert(b.is_enlisted && !b.is_continued);
	park(&b);
	assert_parked("t1", 1);
	advance(3600 * SECOND);
	b = take_in("sales", "t1");
	ck_assert_uint_eq(id_of(&b), id);
	ck_assert(b.is_enlisted && b.is_continued && b.is_reused);
	ck_assert_uint_eq(h.driver.resets, 0);
	ck_assert_int_eq(h.driver.last_idle_for, IDLE_FOR_PARKED);
	park(&b);
}
END_TEST

START_TEST(nobody_else_gets_a_parked_connection)
{
	struct borrow b = take_in("sales", "t1"), c, d;
	unsigned id = id_of(&b);

	park(&b);
	c = take("sales");
	d = take_in("sales", "t2");
	ck_assert_uint_ne(id_of(&c), id);
	ck_assert_uint_ne(id_of(&d), id);
	give(&c);
	park(&d);
}
END_TEST

START_TEST(a_transaction_takes_what_is_idle_before_it_logs_in)
{
	struct borrow b = take("sales");
	unsigned id = id_of(&b);

	give(&b);
	b = take_in("sales", "t1");
	ck_assert_uint_eq(id_of(&b), id);
	ck_assert(!b.is_continued);
	park(&b);
}
END_TEST

START_TEST(the_last_one_parked_is_the_first_to_come_back)
{
	struct borrow a = take_in("sales", "t1"), b = take_in("sales", "t1");
	unsigned last = id_of(&a);

	park(&b);
	park(&a);
	b = take_in("sales", "t1");
	ck_assert_uint_eq(id_of(&b), last);
	park(&b);
}
END_TEST

START_TEST(a_connection_doomed_in_a_transaction_is_not_parked)
{
	struct borrow b = take_in("sales", "t1");

	give_as(&b, RETURN_CLOSE);
	work();
	assert_parked("t1", 0);
	ck_assert_uint_eq(fake_driver_alive(&h.driver), 0);
	ck_assert(!end_of("t1"));
}
END_TEST

START_TEST(one_session_that_died_while_parked_is_not_replaced)
{
	struct borrow b;

	h.is_on_one_session = true;
	b = take_in("sales", "t1");
	fake_conn_kill(b.conn);
	park(&b);
	ck_assert_int_eq(try_borrow_in("sales", "t1", SECOND, &b), POOL_TRANSACTION_LOST);
	ck_assert_int_eq(try_borrow_in("sales", "t1", SECOND, &b), POOL_TRANSACTION_LOST);
	ck_assert_uint_eq(h.driver.opens, 1);
	ck_assert_uint_eq(h.driver.dead_closes, 1);
	ck_assert_uint_eq(fake_driver_alive(&h.driver), 0);
}
END_TEST

START_TEST(one_of_many_sessions_that_died_while_parked_is_replaced)
{
	struct borrow b = take_in("sales", "t1");

	fake_conn_kill(b.conn);
	park(&b);
	b = take_in("sales", "t1");
	ck_assert_uint_eq(id_of(&b), 2);
	ck_assert(!b.is_continued);
	park(&b);
}
END_TEST

START_TEST(the_same_thread_is_refused_a_second_connection_of_one_session)
{
	struct borrow b, c;

	h.is_on_one_session = true;
	b = take_in("sales", "t1");
	ck_assert_int_eq(try_borrow_in("sales", "t1", SECOND, &c), POOL_TRANSACTION_HERE);
	ck_assert_str_eq(h.diag.records[0].sqlstate, "25000");
	park(&b);
	c = take_in("sales", "t1");
	park(&c);
}
END_TEST

START_TEST(parked_connections_count_against_the_maximum)
{
	struct borrow b, c;

	h.settings.max_pool_size = 1;
	b = take_in("sales", "t1");
	park(&b);
	ck_assert_int_eq(try_borrow("sales", SECOND, &c), POOL_TIMED_OUT);
	ck_assert_ptr_nonnull(strstr(message(0), "parked 1"));
	ck_assert_uint_eq(numbers(take_in("sales", "t1").pool).active, 1);
}
END_TEST

START_TEST(who_is_alone_is_told_that_only_parked_ones_are_left)
{
	struct borrow b, c;

	h.settings.max_pool_size = 1;
	h.is_only_thread = true;
	b = take_in("sales", "t1");
	park(&b);
	ck_assert_int_eq(try_borrow("sales", SECOND, &c), POOL_SELF_DEADLOCK);
}
END_TEST

START_TEST(neither_idle_time_nor_lifetime_nor_clear_touches_a_parked_connection)
{
	struct borrow b;
	struct pool *p;

	h.settings.connection_idle_timeout = SECOND;
	h.settings.connection_lifetime = SECOND;
	b = take_in("sales", "t1");
	p = b.pool;
	park(&b);
	pool_clear(p);
	advance(3600 * SECOND);
	sweep();
	sweep();
	assert_parked("t1", 1);
	b = take_in("sales", "t1");
	ck_assert_uint_eq(id_of(&b), 1);
	park(&b);
}
END_TEST

START_TEST(a_pool_that_holds_a_parked_connection_does_not_vanish)
{
	struct borrow b = take_in("sales", "t1");

	park(&b);
	advance(24 * 3600 * SECOND);
	sweep();
	sweep();
	ck_assert_uint_eq(h.driver.freed, 0);
	b = take_in("sales", "t1");
	ck_assert(b.is_continued);
	park(&b);
}
END_TEST

START_TEST(an_edit_of_the_ini_files_does_not_split_a_transaction)
{
	struct borrow b, c;

	h.is_on_one_session = true;
	b = take_in("sales", "t1");
	park(&b);
	h.sections.word[0]++;
	h.generation++;
	c = take("sales"); /* the new pool */
	give(&c);
	b = take_in("sales", "t1");
	ck_assert(b.is_continued);
	ck_assert_uint_eq(id_of(&b), 1);
	park(&b);
	end_of("t1");
	/* The old pool's connection serves nobody any more. */
	ck_assert_uint_eq(fake_driver_alive(&h.driver), 1);
}
END_TEST

START_TEST(without_enlist_a_transaction_does_not_concern_the_pool)
{
	struct borrow b;

	h.settings.enlist = false;
	b = take_in("sales", "t1");
	ck_assert(!b.is_enlisted);
	give(&b);
	ck_assert(!end_of("t1"));
}
END_TEST

START_TEST(a_connection_in_hand_can_join_and_leave)
{
	struct transaction_id id = id_named("t1");
	struct borrow b = take("sales");
	bool is_elsewhere;

	ck_assert_int_eq(pool_enlist(&b, &id, true, true, &is_elsewhere, &h.diag), POOL_OK);
	ck_assert(!is_elsewhere && b.is_enlisted);
	pool_unlist(&b);
	ck_assert(!b.is_enlisted);
	give(&b);
	ck_assert_uint_eq(counters().free_connections, 1);
	ck_assert(!end_of("t1"));
}
END_TEST

START_TEST(what_lives_on_one_session_cannot_be_joined_by_another)
{
	struct transaction_id id = id_named("t1");
	struct borrow a, b = take("sales");
	bool is_elsewhere;

	h.is_on_one_session = true;
	a = take_in("sales", "t1");
	ck_assert_int_eq(pool_enlist(&b, &id, true, false, &is_elsewhere, &h.diag), POOL_OK);
	ck_assert(is_elsewhere && !b.is_enlisted);
	park(&a);
	ck_assert_int_eq(pool_enlist(&b, &id, true, false, &is_elsewhere, &h.diag), POOL_OK);
	ck_assert(is_elsewhere);
	give(&b);
}
END_TEST

START_TEST(what_lives_on_many_is_joined_or_swapped_as_is_wished)
{
	struct transaction_id id = id_named("t1");
	struct borrow a = take_in("sales", "t1"), b = take("sales");
	bool is_elsewhere;

	park(&a);
	ck_assert_int_eq(pool_enlist(&b, &id, false, true, &is_elsewhere, &h.diag), POOL_OK);
	ck_assert(is_elsewhere);
	ck_assert_int_eq(pool_enlist(&b, &id, false, false, &is_elsewhere, &h.diag), POOL_OK);
	ck_assert(!is_elsewhere && b.is_enlisted);
	park(&b);
	assert_parked("t1", 2);
}
END_TEST

START_TEST(joining_another_transaction_leaves_the_first)
{
	struct transaction_id id = id_named("t2");
	struct borrow b = take_in("sales", "t1");
	bool is_elsewhere;

	ck_assert_int_eq(pool_enlist(&b, &id, false, true, &is_elsewhere, &h.diag), POOL_OK);
	park(&b);
	ck_assert(!end_of("t1"));
	assert_parked("t2", 1);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/enlist");
	TCase *t = tcase_create("enlist");

	tcase_add_checked_fixture(t, harness_setup, harness_teardown);
	tcase_add_test(t, a_parked_connection_comes_back_to_its_transaction_without_a_reset);
	tcase_add_test(t, nobody_else_gets_a_parked_connection);
	tcase_add_test(t, a_transaction_takes_what_is_idle_before_it_logs_in);
	tcase_add_test(t, the_last_one_parked_is_the_first_to_come_back);
	tcase_add_test(t, a_connection_doomed_in_a_transaction_is_not_parked);
	tcase_add_test(t, one_session_that_died_while_parked_is_not_replaced);
	tcase_add_test(t, one_of_many_sessions_that_died_while_parked_is_replaced);
	tcase_add_test(t, the_same_thread_is_refused_a_second_connection_of_one_session);
	tcase_add_test(t, parked_connections_count_against_the_maximum);
	tcase_add_test(t, who_is_alone_is_told_that_only_parked_ones_are_left);
	tcase_add_test(t, neither_idle_time_nor_lifetime_nor_clear_touches_a_parked_connection);
	tcase_add_test(t, a_pool_that_holds_a_parked_connection_does_not_vanish);
	tcase_add_test(t, an_edit_of_the_ini_files_does_not_split_a_transaction);
	tcase_add_test(t, without_enlist_a_transaction_does_not_concern_the_pool);
	tcase_add_test(t, a_connection_in_hand_can_join_and_leave);
	tcase_add_test(t, what_lives_on_one_session_cannot_be_joined_by_another);
	tcase_add_test(t, what_lives_on_many_is_joined_or_swapped_as_is_wished);
	tcase_add_test(t, joining_another_transaction_leaves_the_first);
	suite_add_tcase(s, t);
	return s;
}
