/* SPDX-License-Identifier: MIT */
/*
 * 32 threads on a pool of 8 that borrow for four transactions, or for none, while two others end
 * them all the time; connections die and pools are cleared meanwhile. At the end the books balance.
 *
 * The short form is part of `make check`. ODBCPOOL_SOAK=1 makes it a million borrows.
 */
#include "pool/harness.h"

#include "base/counters.h"
#include "pool/pool_internal.h"

#include <stdlib.h>

enum { THREADS = 32, ENDERS = 2, POOL_SIZE = 8, SHORT_BORROWS = 300, LONG_BORROWS = 31250 };

static const char *const transactions[] = {"many-1", "many-2", "one-1", "one-2"};
enum { TRANSACTIONS = 4 };

static int borrows_each;
static _Atomic unsigned running, continued, ended, lost, turned_away;

static bool is_one(int t)
{
	return transactions[t][0] == 'o';
}

static enum pool_rc borrow_one(int t, struct borrow *ret_borrow)
{
	struct digest key = key_of("stress");
	struct transaction_id id = id_named(t < TRANSACTIONS ? transactions[t] : "");
	struct borrow_request request = {.deadline = USEC_INFINITY,
		.opener = &h,
		.transaction = t < TRANSACTIONS ? &id : NULL,
		.is_on_one_session = t < TRANSACTIONS && is_one(t)};
	struct diag diag = DIAG_EMPTY;
	enum pool_rc rc =
		registry_borrow(h.registry, &key, h.generation, &request, ret_borrow, &diag);

	ck_assert((rc == POOL_OK) == (diag.count == 0));
	diag_clear(&diag);
	return rc;
}

static void use(struct borrow *b, unsigned *random)
{
	struct fake_conn *c = b->conn;
	enum return_verdict fit = b->is_enlisted ? RETURN_ENLISTED : RETURN_REUSABLE;

	ck_assert(!atomic_exchange(&c->is_in_call, true));
	for (unsigned i = next_random(random) % 4; i > 0; i--)
		sched_yield();
	atomic_store(&c->is_in_call, false);
	atomic_fetch_add(&continued, b->is_continued);
	switch (next_random(random) % 64) {
	case 0:
		fake_conn_kill(c);
		give_as(b, RETURN_DEAD);
		break;
	case 1:
		fake_conn_kill(c); /* the next borrower finds out */
		give_as(b, fit);
		break;
	case 2:
		pool_clear(b->pool);
		give_as(b, fit);
		break;
	default:
		give_as(b, fit);
		break;
	}
}

static void *client_main(void *arg)
{
	unsigned random = (unsigned)(size_t)arg * 2654435761u + 1;

	for (int i = 0; i < borrows_each; i++) {
		int t = (int)(next_random(&random) % (TRANSACTIONS + 2));
		struct borrow b;
		enum pool_rc rc = borrow_one(t, &b);
		if (rc == POOL_OK) {
			use(&b, &random);
		} else if (rc == POOL_TRANSACTION_LOST) {
			ck_assert(is_one(t));
			atomic_fetch_add(&lost, 1);
		} else {
			/* Whoever waits without end is served, or told that there is nothing to
			 * wait for. */
			ck_assert_int_eq(rc, POOL_TRANSACTION_ENDED);
			atomic_fetch_add(&turned_away, 1);
		}
	}
	atomic_fetch_sub(&running, 1);
	return NULL;
}

/* By a seal and a visit of what is parked, as a commit is, or just so. */
static void end_one(const char *name, bool visits)
{
	struct transaction_id id = id_named(name);
	struct borrow b;

	if (visits) {
		registry_seal_transaction(h.registry, &id);
		while (registry_take_parked(h.registry, &id, &b))
			pool_return(&b, RETURN_NEEDS_RESET, NULL);
	}
	atomic_fetch_add(&ended, registry_end_transaction(h.registry, &id));
}

static void *ender_main(void *arg)
{
	unsigned random = (unsigned)(size_t)arg;

	while (atomic_load(&running) > 0) {
		end_one(transactions[next_random(&random) % TRANSACTIONS],
			next_random(&random) % 2);
		sched_yield();
	}
	return NULL;
}

START_TEST(threads_share_transactions_that_end_at_any_moment)
{
	static pthread_t threads[THREADS + ENDERS];
	struct counter_values v;
	struct borrow b;

	borrows_each = getenv("ODBCPOOL_SOAK") ? LONG_BORROWS : SHORT_BORROWS;
	h.settings.max_pool_size = POOL_SIZE;
	b = take("stress");
	struct pool *p = b.pool;
	give(&b);
	running = THREADS;
	for (size_t i = 0; i < THREADS + ENDERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL,
					 i < THREADS ? client_main : ender_main, (void *)(i + 1)),
			0);
	for (size_t i = 0; i < THREADS + ENDERS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < TRANSACTIONS; i++)
		end_one(transactions[i], false);
	ck_assert_uint_eq(atomic_load(&p->enlistments.count), 0);
	ck_assert_uint_gt(continued, 0);
	ck_assert_uint_gt(ended, 0);
	v = counters();
	ck_assert_uint_eq(v.stasis_connections, 0);
	ck_assert_uint_eq(v.active_connections, 0);
	ck_assert_uint_eq(v.waiting, 0);
	ck_assert_uint_eq(v.soft_connects, v.soft_disconnects);
	ck_assert_uint_le(h.driver.most_alive, POOL_SIZE);
	registry_shutdown(h.registry);
	v = counters();
	ck_assert_uint_eq(v.hard_connects, v.hard_disconnects);
	ck_assert_uint_eq(fake_driver_alive(&h.driver), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/stress_enlist");
	TCase *t = tcase_create("stress");

	tcase_set_timeout(t, 600);
	tcase_add_checked_fixture(t, harness_setup_real, harness_teardown);
	tcase_add_test(t, threads_share_transactions_that_end_at_any_moment);
	suite_add_tcase(s, t);
	return s;
}
