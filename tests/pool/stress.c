/* SPDX-License-Identifier: MIT */
/*
 * 64 threads on a pool of 8, with failing logins, deaths, time-outs and clears at random, the
 * engine's own threads at work: at the end the books must balance.
 *
 * The short form is part of `make check`. ODBCPOOL_SOAK=1 makes it a million borrows.
 */
#include "pool/harness.h"

#include "base/counters.h"

#include <stdlib.h>

enum { THREADS = 64, POOL_SIZE = 8, SHORT_BORROWS = 300, LONG_BORROWS = 15625 };

static int borrows_each;
static _Atomic unsigned ok, timed_out, open_failed, blocked;
static pthread_barrier_t start;

static void hold(unsigned *random)
{
	for (unsigned i = next_random(random) % 4; i > 0; i--)
		sched_yield();
}

static void use(struct borrow *b, unsigned *random)
{
	struct fake_conn *c = b->conn;

	/* The fake driver fails the test when two threads have one connection. */
	ck_assert(!atomic_exchange(&c->is_in_call, true));
	hold(random);
	atomic_store(&c->is_in_call, false);
	switch (next_random(random) % 64) {
	case 0:
		fake_conn_kill(c);
		give_as(b, RETURN_DEAD);
		break;
	case 1:
		give_as(b, RETURN_CLOSE);
		break;
	case 2:
		fake_conn_kill(c); /* the next borrower finds out */
		give(b);
		break;
	case 3:
		pool_clear(b->pool);
		give(b);
		break;
	default:
		give(b);
		break;
	}
}

static enum pool_rc borrow_one(unsigned *random, struct borrow *ret_borrow, bool *ret_is_patient)
{
	struct digest key = key_of("stress");
	struct diag diag = DIAG_EMPTY;
	struct borrow_request request = {.deadline = USEC_INFINITY, .opener = &h};
	enum pool_rc rc;

	*ret_is_patient = next_random(random) % 4 != 0;
	if (!*ret_is_patient)
		request.deadline = clock_now(h.time) + next_random(random) % 500;
	if (next_random(random) % 64 == 0)
		atomic_store(&h.driver.failing_opens, 1);
	rc = registry_borrow(h.registry, &key, h.generation, &request, ret_borrow, &diag);
	ck_assert((rc == POOL_OK) == (diag.count == 0));
	diag_clear(&diag);
	return rc;
}

static void *client_main(void *arg)
{
	unsigned random = (unsigned)(size_t)arg * 2654435761u + 1;

	pthread_barrier_wait(&start);
	for (int i = 0; i < borrows_each; i++) {
		struct borrow b;
		bool is_patient;
		switch (borrow_one(&random, &b, &is_patient)) {
		case POOL_OK:
			atomic_fetch_add(&ok, 1);
			use(&b, &random);
			break;
		case POOL_TIMED_OUT:
			/* Who has all the time of the world is served in the end. */
			ck_assert(!is_patient);
			atomic_fetch_add(&timed_out, 1);
			break;
		case POOL_OPEN_FAILED:
			atomic_fetch_add(&open_failed, 1);
			break;
		case POOL_BLOCKED:
			atomic_fetch_add(&blocked, 1);
			break;
		case POOL_UNKNOWN:
		case POOL_SELF_DEADLOCK:
		case POOL_DISABLED:
		case POOL_CLOSED:
		case POOL_NO_MEMORY:
		case POOL_TRANSACTION_HERE:
		case POOL_TRANSACTION_ENDED:
		case POOL_TRANSACTION_LOST:
			ck_abort_msg("no such end was to be expected");
		}
	}
	return NULL;
}

static void run_clients(void)
{
	static pthread_t threads[THREADS];

	pthread_barrier_init(&start, NULL, THREADS);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, client_main, (void *)(i + 1)), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&start);
}

static struct pool *make_pool(int blocking_period)
{
	struct borrow b;
	struct pool *p;

	borrows_each = getenv("ODBCPOOL_SOAK") ? LONG_BORROWS : SHORT_BORROWS;
	h.settings.max_pool_size = POOL_SIZE;
	h.settings.min_pool_size = 2;
	h.settings.max_uses = 50;
	h.settings.pool_blocking_period = blocking_period;
	b = take("stress");
	p = b.pool;
	give(&b);
	return p;
}

/* Once the workers have done what was left to do. */
static void assert_books_balance(struct pool *p)
{
	struct counter_values v;
	struct pool_numbers n;

	registry_shutdown(h.registry);
	pool_get_numbers(p, &n);
	v = counters();
	ck_assert_uint_eq(n.waiting, 0);
	ck_assert_uint_eq(n.active, 0);
	ck_assert_uint_eq(n.opening, 0);
	ck_assert_uint_eq(n.total, 0);
	ck_assert_uint_eq(h.driver.opens, h.driver.closes + h.driver.dead_closes + h.driver.aborts);
	ck_assert_uint_eq(v.hard_connects, h.driver.opens);
	ck_assert_uint_eq(v.hard_disconnects, v.hard_connects);
	ck_assert_uint_eq(v.soft_connects, ok + 1);
	ck_assert_uint_eq(v.soft_disconnects, v.soft_connects);
	ck_assert_uint_eq(v.timeouts, timed_out);
	ck_assert_uint_eq(v.blocked_connects, blocked);
	ck_assert_uint_eq(v.login_failures, h.driver.failed_opens);
	ck_assert_uint_eq(
		ok + timed_out + open_failed + blocked, (unsigned)THREADS * (unsigned)borrows_each);
}

START_TEST(after_a_storm_the_books_balance)
{
	struct pool *p = make_pool(BLOCKING_NEVER);

	run_clients();
	ck_assert_uint_le(h.driver.most_alive, POOL_SIZE);
	assert_books_balance(p);
}
END_TEST

START_TEST(after_a_storm_no_slot_is_lost)
{
	struct borrow b[POOL_SIZE];

	make_pool(BLOCKING_NEVER);
	run_clients();
	h.driver.failing_opens = 0;
	for (int i = 0; i < POOL_SIZE; i++)
		b[i] = take("stress");
	for (int i = 0; i < POOL_SIZE; i++)
		give(&b[i]);
	registry_shutdown(h.registry);
}
END_TEST

START_TEST(with_blocking_periods_the_books_balance_too)
{
	struct pool *p = make_pool(BLOCKING_ALWAYS);

	run_clients();
	assert_books_balance(p);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/stress");
	TCase *t = tcase_create("stress");

	tcase_set_timeout(t, 1800);
	tcase_add_checked_fixture(t, harness_setup_real, harness_teardown);
	tcase_add_test(t, after_a_storm_the_books_balance);
	tcase_add_test(t, after_a_storm_no_slot_is_lost);
	tcase_add_test(t, with_blocking_periods_the_books_balance_too);
	suite_add_tcase(s, t);
	return s;
}
