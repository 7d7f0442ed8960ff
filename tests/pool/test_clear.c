/* SPDX-License-Identifier: MIT */
/* Clearing on request, clearing after an incident, and suspects. */
#include "pool/harness.h"

#include "base/counters.h"

/* `n` connections of "sales", borrowed. */
static struct pool *take_many(struct borrow *b, int n)
{
	for (int i = 0; i < n; i++)
		b[i] = take("sales");
	return b[0].pool;
}

static void give_many(struct borrow *b, int n)
{
	for (int i = 0; i < n; i++)
		give(&b[i]);
}

START_TEST(a_clear_closes_idle_ones_and_those_in_use_when_they_come_back)
{
	struct borrow b[4];
	struct pool *p = take_many(b, 4);

	give(&b[0]);
	give(&b[1]);
	pool_clear(p);
	work();
	ck_assert_uint_eq(h.driver.closes, 2);
	ck_assert_uint_eq(numbers(p).active, 2);
	give(&b[2]);
	give(&b[3]);
	work();
	ck_assert_uint_eq(h.driver.closes, 4);
	ck_assert_uint_eq(numbers(p).total, 0);
}
END_TEST

START_TEST(a_cleared_connection_is_not_borrowed_though_no_worker_came_yet)
{
	struct borrow b = take("sales");
	struct pool *p = b.pool;

	give(&b);
	pool_clear(p);
	b = take("sales");
	ck_assert_uint_eq(id_of(&b), 2);
}
END_TEST

START_TEST(what_is_opened_after_a_clear_stays)
{
	struct borrow old = take("sales"), fresh;
	struct pool *p = old.pool;

	pool_clear(p);
	fresh = take("sales");
	give(&fresh);
	give(&old);
	sweep();
	ck_assert_uint_eq(numbers(p).idle, 1);
	fresh = take("sales");
	ck_assert_uint_eq(id_of(&fresh), 2);
}
END_TEST

START_TEST(clear_all_clears_every_pool)
{
	struct borrow a = take("sales"), b = take("stock");

	give(&a);
	give(&b);
	registry_clear_named(h.registry, NULL);
	work();
	ck_assert_uint_eq(h.driver.closes, 2);
	ck_assert_uint_eq(counters().clears, 2);
}
END_TEST

START_TEST(one_killed_session_clears_nothing)
{
	struct borrow b[3];
	struct pool *p = take_many(b, 3);

	give_as(&b[0], RETURN_DEAD);
	give(&b[1]);
	give(&b[2]);
	work();
	ck_assert_uint_eq(counters().clears, 0);
	ck_assert_uint_eq(numbers(p).idle, 2);
}
END_TEST

START_TEST(two_found_dead_clear_the_pool)
{
	struct borrow b[4];
	struct pool *p = take_many(b, 4);

	give(&b[2]);
	give_as(&b[0], RETURN_DEAD);
	give_as(&b[1], RETURN_DEAD);
	ck_assert_uint_eq(counters().clears, 1);
	give(&b[3]);
	work();
	ck_assert_uint_eq(numbers(p).total, 0);
}
END_TEST

START_TEST(one_dead_and_a_login_that_fails_clear_the_pool)
{
	struct borrow b[3], none;
	struct pool *p = take_many(b, 3);

	give_as(&b[0], RETURN_DEAD);
	h.driver.failing_opens = 1;
	ck_assert_int_eq(try_borrow("sales", SECOND, &none), POOL_OPEN_FAILED);
	ck_assert_uint_eq(counters().clears, 1);
	give(&b[1]);
	give(&b[2]);
	work();
	ck_assert_uint_eq(numbers(p).total, 0);
	/* The clearing came of the failure: it does not forgive it. */
	ck_assert_int_eq(try_borrow("sales", SECOND, &none), POOL_BLOCKED);
}
END_TEST

START_TEST(a_failed_login_alone_clears_nothing)
{
	struct borrow b = take("sales"), none;

	h.driver.failing_opens = 1;
	ck_assert_int_eq(try_borrow("sales", SECOND, &none), POOL_OPEN_FAILED);
	ck_assert_uint_eq(counters().clears, 0);
	give(&b);
}
END_TEST

START_TEST(an_incident_clears_once)
{
	struct borrow b[8];

	take_many(b, 8);
	for (int i = 0; i < 8; i++)
		give_as(&b[i], RETURN_DEAD);
	ck_assert_uint_eq(counters().clears, 1);
	ck_assert_uint_eq(counters().dead_found, 8);
}
END_TEST

START_TEST(deaths_far_apart_are_no_incident)
{
	struct borrow b[3];

	take_many(b, 3);
	give_as(&b[0], RETURN_DEAD);
	advance(61 * SECOND);
	give_as(&b[1], RETURN_DEAD);
	ck_assert_uint_eq(counters().clears, 0);
	give(&b[2]);
}
END_TEST

START_TEST(a_fail_over_costs_no_error_however_many_were_pooled)
{
	struct borrow b[16];
	struct pool *p = take_many(b, 16);

	for (int i = 0; i < 16; i++)
		fake_conn_kill(b[i].conn);
	give_many(b, 16);
	for (int i = 0; i < 16; i++) {
		b[i] = take("sales");
		ck_assert(!((struct fake_conn *)b[i].conn)->is_dead);
	}
	work();
	ck_assert_uint_eq(counters().clears, 1);
	ck_assert_uint_eq(numbers(p).total, 16);
	ck_assert_uint_le(counters().dead_found, 3);
}
END_TEST

START_TEST(one_dead_idle_connection_makes_the_others_suspect)
{
	struct borrow b[3];

	take_many(b, 3);
	fake_conn_kill(b[2].conn);
	give_many(b, 3);
	ck_assert_uint_eq(h.driver.deep_checks, 0);
	b[0] = take("sales");
	/* The dead one was next; the one after it was asked in earnest. */
	ck_assert_uint_eq(id_of(&b[0]), 2);
	ck_assert_uint_eq(h.driver.deep_checks, 1);
	ck_assert_uint_eq(counters().clears, 0);
}
END_TEST

START_TEST(suspects_are_probed_by_a_worker_too)
{
	struct borrow b[4];
	struct pool *p = take_many(b, 4);

	give(&b[0]);
	give(&b[1]);
	give(&b[2]);
	give_as(&b[3], RETURN_DEAD);
	work();
	ck_assert_uint_eq(h.driver.deep_checks, 3);
	ck_assert_uint_eq(numbers(p).idle, 3);
	/* Once proven alive they are suspects no more, and keep their places. */
	b[0] = take("sales");
	ck_assert_uint_eq(id_of(&b[0]), 3);
	ck_assert_uint_eq(h.driver.deep_checks, 3);
}
END_TEST

START_TEST(a_suspect_that_a_worker_finds_dead_is_closed)
{
	struct borrow b[3];
	struct pool *p = take_many(b, 3);

	fake_conn_kill(b[1].conn);
	give(&b[0]);
	give(&b[1]);
	give_as(&b[2], RETURN_DEAD);
	work();
	ck_assert_uint_eq(counters().dead_found, 2);
	/* Two found dead: an incident, after which nothing old is left. */
	ck_assert_uint_eq(counters().clears, 1);
	ck_assert_uint_eq(numbers(p).total, 0);
}
END_TEST

START_TEST(probing_does_not_make_a_connection_younger)
{
	struct borrow b[2];
	struct pool *p = take_many(b, 2);

	give(&b[0]);
	advance(200 * SECOND);
	give_as(&b[1], RETURN_DEAD);
	work();
	ck_assert_uint_eq(h.driver.deep_checks, 1);
	advance(100 * SECOND);
	sweep();
	ck_assert_uint_eq(numbers(p).total, 0);
}
END_TEST

START_TEST(a_connection_that_is_cleared_while_it_is_probed_is_closed)
{
	pthread_t worker;
	struct borrow b[2];
	struct pool *p = take_many(b, 2);

	give(&b[0]);
	give_as(&b[1], RETURN_DEAD);
	h.driver.is_alive_gated = true;
	worker = work_aside();
	await_at_gate(1);
	pool_clear(p);
	h.driver.is_alive_gated = false;
	pthread_join(worker, NULL);
	ck_assert_uint_eq(h.driver.closes, 1);
	ck_assert_uint_eq(numbers(p).total, 0);
}
END_TEST

START_TEST(who_waits_gets_the_connection_that_was_being_probed)
{
	pthread_t worker;
	struct client c;
	struct borrow b[2];

	h.settings.max_pool_size = 2;
	struct pool *p = take_many(b, 2);
	give(&b[0]);
	give_as(&b[1], RETURN_DEAD);
	registry_work(h.registry); /* closes the dead one */
	h.driver.is_alive_gated = true;
	worker = work_aside();
	await_at_gate(1);
	struct borrow other = take("sales");
	client_start(&c, "sales", 15 * SECOND);
	await_waiting(p, 1);
	h.driver.is_alive_gated = false;
	await_done(&c);
	ck_assert_int_eq(c.rc, POOL_OK);
	ck_assert_uint_eq(id_of(&c.borrow), 1);
	client_join(&c);
	pthread_join(worker, NULL);
	give(&other);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/clear");
	TCase *t = tcase_create("one thread");

	tcase_add_checked_fixture(t, harness_setup, harness_teardown);
	tcase_add_test(t, a_clear_closes_idle_ones_and_those_in_use_when_they_come_back);
	tcase_add_test(t, a_cleared_connection_is_not_borrowed_though_no_worker_came_yet);
	tcase_add_test(t, what_is_opened_after_a_clear_stays);
	tcase_add_test(t, clear_all_clears_every_pool);
	tcase_add_test(t, one_killed_session_clears_nothing);
	tcase_add_test(t, two_found_dead_clear_the_pool);
	tcase_add_test(t, one_dead_and_a_login_that_fails_clear_the_pool);
	tcase_add_test(t, a_failed_login_alone_clears_nothing);
	tcase_add_test(t, an_incident_clears_once);
	tcase_add_test(t, deaths_far_apart_are_no_incident);
	tcase_add_test(t, a_fail_over_costs_no_error_however_many_were_pooled);
	tcase_add_test(t, one_dead_idle_connection_makes_the_others_suspect);
	tcase_add_test(t, suspects_are_probed_by_a_worker_too);
	tcase_add_test(t, a_suspect_that_a_worker_finds_dead_is_closed);
	tcase_add_test(t, probing_does_not_make_a_connection_younger);
	suite_add_tcase(s, t);

	t = tcase_create("threads");
	tcase_add_checked_fixture(t, harness_setup_shared, harness_teardown);
	tcase_add_test(t, a_connection_that_is_cleared_while_it_is_probed_is_closed);
	tcase_add_test(t, who_waits_gets_the_connection_that_was_being_probed);
	suite_add_tcase(s, t);
	return s;
}
