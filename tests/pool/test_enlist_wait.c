/* SPDX-License-Identifier: MIT */
/* Several threads and one transaction: who waits, who wakes them, and the fork. */
#include "pool/harness.h"

#include "base/counters.h"
#include "pool/pool_internal.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Threads in the line of the transaction itself. */
static unsigned waiting_in(struct pool *p, const char *transaction)
{
	struct transaction_id id = id_named(transaction);
	struct enlistment *enl;
	unsigned n;

	pool_lock(p);
	enl = enlistments_find(&p->enlistments, &id);
	n = enl ? enl->line.count : 0;
	pool_unlock(p);
	return n;
}

/* The only session of a transaction, for which another thread waits. */
static struct borrow take_awaited(struct client *waiting, usec_t timeout)
{
	struct borrow b;

	h.is_on_one_session = true;
	b = take_in("sales", "t1");
	client_start_in(waiting, "sales", "t1", timeout);
	AWAIT(waiting_in(b.pool, "t1") == 1);
	return b;
}

START_TEST(a_second_borrow_of_one_session_waits_until_it_is_parked)
{
	struct client c;
	struct borrow b = take_awaited(&c, 100 * SECOND);
	unsigned id = id_of(&b);

	park(&b);
	await_done(&c);
	ck_assert_int_eq(c.rc, POOL_OK);
	ck_assert_uint_eq(id_of(&c.borrow), id);
	ck_assert(c.borrow.is_continued);
	park(&c.borrow);
	client_join(&c);
}
END_TEST

START_TEST(the_wait_for_one_session_ends_with_the_deadline)
{
	struct client c;
	struct borrow b = take_awaited(&c, 5 * SECOND);

	advance(6 * SECOND);
	await_done(&c);
	ck_assert_int_eq(c.rc, POOL_TIMED_OUT);
	ck_assert_str_eq(c.diag.records[0].sqlstate, "HYT00");
	ck_assert_uint_eq(waiting_in(b.pool, "t1"), 0);
	client_join(&c);
	park(&b);
}
END_TEST

START_TEST(the_end_of_a_transaction_wakes_who_waits_for_it)
{
	struct client c;
	struct borrow b = take_awaited(&c, 100 * SECOND);

	end_of("t1");
	await_done(&c);
	ck_assert_int_eq(c.rc, POOL_TRANSACTION_ENDED);
	ck_assert_str_eq(c.diag.records[0].sqlstate, "25000");
	client_join(&c);
	give(&b);
}
END_TEST

START_TEST(the_loss_of_one_session_wakes_who_waits_for_it)
{
	struct client c;
	struct borrow b = take_awaited(&c, 100 * SECOND);

	give_as(&b, RETURN_DEAD);
	await_done(&c);
	ck_assert_int_eq(c.rc, POOL_TRANSACTION_LOST);
	client_join(&c);
}
END_TEST

START_TEST(the_end_frees_a_slot_for_who_stands_in_the_common_line)
{
	struct borrow b;
	struct client c;

	h.settings.max_pool_size = 1;
	b = take_in("sales", "t1");
	struct pool *p = b.pool;
	park(&b);
	client_start(&c, "sales", 100 * SECOND);
	await_waiting(p, 1);
	end_of("t1");
	await_done(&c);
	ck_assert_int_eq(c.rc, POOL_OK);
	ck_assert_uint_eq(h.driver.resets, 1);
	give(&c.borrow);
	client_join(&c);
}
END_TEST

START_TEST(who_stands_in_the_common_line_for_a_transaction_gets_what_it_parks)
{
	struct borrow b;
	struct client first, c;
	unsigned id;

	h.settings.max_pool_size = 1;
	b = take_in("sales", "t1");
	id = id_of(&b);
	client_start(&first, "sales", 100 * SECOND);
	await_waiting(b.pool, 1);
	client_start_in(&c, "sales", "t1", 100 * SECOND);
	await_waiting(b.pool, 2);
	/* The first in line cannot have it, it is the transaction's. */
	park(&b);
	await_done(&c);
	ck_assert_int_eq(c.rc, POOL_OK);
	ck_assert_uint_eq(id_of(&c.borrow), id);
	ck_assert(c.borrow.is_continued);
	give(&c.borrow);
	await_done(&first);
	ck_assert_int_eq(first.rc, POOL_OK);
	give(&first.borrow);
	client_join(&first);
	client_join(&c);
}
END_TEST

START_TEST(the_end_turns_away_who_stands_in_the_common_line_for_it)
{
	struct borrow b, other;
	struct client c;

	h.settings.max_pool_size = 1;
	b = take_in("sales", "t1");
	client_start_in(&c, "sales", "t1", 100 * SECOND);
	await_waiting(b.pool, 1);
	end_of("t1");
	await_done(&c);
	ck_assert_int_eq(c.rc, POOL_TRANSACTION_ENDED);
	client_join(&c);
	give(&b);
	other = take("sales");
	give(&other);
}
END_TEST

START_TEST(who_brings_the_one_session_keeps_others_waiting_and_a_failed_login_lets_them_try)
{
	struct client first, second;
	struct borrow b = take("sales");
	struct pool *p = b.pool;

	h.is_on_one_session = true;
	h.driver.is_open_gated = true;
	client_start_in(&first, "sales", "t1", 100 * SECOND);
	await_at_gate(1);
	client_start_in(&second, "sales", "t1", 100 * SECOND);
	AWAIT(waiting_in(p, "t1") == 1);
	h.driver.failing_opens = 1;
	give(&b); /* what is idle now serves the second once the first has failed */
	h.driver.is_open_gated = false;
	await_done(&first);
	await_done(&second);
	ck_assert_int_eq(first.rc, POOL_OPEN_FAILED);
	ck_assert_int_eq(second.rc, POOL_OK);
	park(&second.borrow);
	client_join(&first);
	client_join(&second);
}
END_TEST

START_TEST(an_end_during_the_login_leaves_the_connection_to_the_common_part)
{
	struct client c;
	struct borrow b = take("sales");

	h.driver.is_open_gated = true;
	client_start_in(&c, "sales", "t1", 100 * SECOND);
	await_at_gate(1);
	end_of("t1");
	h.driver.is_open_gated = false;
	await_done(&c);
	ck_assert_int_eq(c.rc, POOL_TRANSACTION_ENDED);
	await_idle(b.pool, 1);
	client_join(&c);
	give(&b);
}
END_TEST

START_TEST(closing_the_pools_wakes_who_waits_for_a_transaction)
{
	struct client c;

	take_awaited(&c, 100 * SECOND);
	registry_shutdown(h.registry);
	await_done(&c);
	ck_assert_int_eq(c.rc, POOL_CLOSED);
	client_join(&c);
}
END_TEST

START_TEST(a_forked_child_forgets_what_is_parked)
{
	struct borrow b = take_in("sales", "t1");
	int status;

	park(&b);
	registry_before_fork(h.registry);
	pid_t pid = fork();
	if (pid == 0) {
		struct transaction_id id = id_named("t1");
		registry_after_fork_in_child(h.registry);
		if (registry_end_transaction(h.registry, &id))
			_exit(1);
		_exit(h.driver.closes + h.driver.aborts + h.driver.dead_closes ? 2 : 0);
	}
	registry_after_fork_in_parent(h.registry);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	b = take_in("sales", "t1");
	ck_assert(b.is_continued);
	park(&b);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/enlist_wait");
	TCase *t = tcase_create("wait");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, harness_setup_shared, harness_teardown);
	tcase_add_test(t, a_second_borrow_of_one_session_waits_until_it_is_parked);
	tcase_add_test(t, the_wait_for_one_session_ends_with_the_deadline);
	tcase_add_test(t, the_end_of_a_transaction_wakes_who_waits_for_it);
	tcase_add_test(t, the_loss_of_one_session_wakes_who_waits_for_it);
	tcase_add_test(t, the_end_frees_a_slot_for_who_stands_in_the_common_line);
	tcase_add_test(t, who_stands_in_the_common_line_for_a_transaction_gets_what_it_parks);
	tcase_add_test(t, the_end_turns_away_who_stands_in_the_common_line_for_it);
	tcase_add_test(t,
		who_brings_the_one_session_keeps_others_waiting_and_a_failed_login_lets_them_try);
	tcase_add_test(t, an_end_during_the_login_leaves_the_connection_to_the_common_part);
	tcase_add_test(t, closing_the_pools_wakes_who_waits_for_a_transaction);
	tcase_add_test(t, a_forked_child_forgets_what_is_parked);
	suite_add_tcase(s, t);
	return s;
}
