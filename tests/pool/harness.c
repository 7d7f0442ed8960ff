/* SPDX-License-Identifier: MIT */
#include "pool/harness.h"

#include "base/counters.h"

#include <string.h>

struct harness h;

static bool is_only_thread(void)
{
	return h.is_only_thread;
}

static void count_second(void)
{
	atomic_fetch_add(&h.seconds, 1);
}

enum threads { ONE_THREAD, CLIENT_THREADS, OWN_THREADS, OWN_THREADS_IN_REAL_TIME };

static void setup(enum threads threads, const struct pool_books *books)
{
	bool is_real = threads == OWN_THREADS_IN_REAL_TIME;

	h = (struct harness){.trace = &trace_off, .generation = 1};
	fake_clock_init(&h.clock, threads != ONE_THREAD);
	h.time = is_real ? &clock_real : &h.clock.clock;
	fake_driver_init(&h.driver, is_real ? NULL : &h.clock);
	settings_init(&h.settings);
	struct registry_env env = {
		.clock = h.time,
		.with_threads = threads >= OWN_THREADS,
		.is_only_thread = is_only_thread,
		.every_second = count_second,
		.books = books,
	};
	h.registry = registry_new(&env);
	ck_assert_ptr_nonnull(h.registry);
}

void harness_setup(void)
{
	setup(ONE_THREAD, NULL);
}

void harness_setup_with_books(const struct pool_books *books)
{
	setup(ONE_THREAD, books);
}

void harness_setup_shared(void)
{
	setup(CLIENT_THREADS, NULL);
}

void harness_setup_with_threads(void)
{
	setup(OWN_THREADS, NULL);
}

void harness_setup_real(void)
{
	setup(OWN_THREADS_IN_REAL_TIME, NULL);
}

void harness_teardown(void)
{
	diag_clear(&h.diag);
	settings_done(&h.settings);
}

struct digest key_of(const char *pool)
{
	struct hasher hasher;

	hasher_init(&hasher, hash_process_key());
	hasher_add(&hasher, pool, strlen(pool));
	return hasher_finish(&hasher);
}

unsigned next_random(unsigned *state)
{
	*state = *state * 1103515245u + 12345u;
	return *state >> 16;
}

struct transaction_id id_named(const char *transaction)
{
	return transaction_id(transaction, strlen(transaction));
}

static enum pool_rc borrow_into(const char *pool, const char *transaction, usec_t timeout,
	struct borrow *ret_borrow, struct diag *diag)
{
	struct digest key = key_of(pool);
	struct transaction_id id = id_named(transaction ? transaction : "");
	struct borrow_request request = {
		.deadline = usec_add(clock_now(h.time), timeout),
		.opener = &h,
		.transaction = transaction ? &id : NULL,
		.is_on_one_session = h.is_on_one_session,
	};
	struct pool_spec spec = {
		.settings = &h.settings,
		.name = pool,
		.driver = &fake_driver_ops,
		.ctx = &h.driver,
		.trace = h.trace,
		.sections = h.sections,
		.generation = h.generation,
		.may_not_wait = h.may_not_wait,
		.is_exempt_host = h.is_exempt_host,
	};

	for (;;) {
		enum pool_rc rc =
			registry_borrow(h.registry, &key, h.generation, &request, ret_borrow, diag);
		if (rc != POOL_UNKNOWN)
			return rc;
		if (h.claim_tally)
			spec.tally = h.claim_tally();
		spec.parts.hash[KEY_PART_STRING] = key.word[0];
		ck_assert(registry_add(h.registry, &key, &spec));
	}
}

enum pool_rc try_borrow(const char *pool, usec_t timeout, struct borrow *ret_borrow)
{
	diag_clear(&h.diag);
	return borrow_into(pool, NULL, timeout, ret_borrow, &h.diag);
}

enum pool_rc try_borrow_in(
	const char *pool, const char *transaction, usec_t timeout, struct borrow *ret_borrow)
{
	diag_clear(&h.diag);
	return borrow_into(pool, transaction, timeout, ret_borrow, &h.diag);
}

struct borrow take(const char *pool)
{
	return take_in(pool, NULL);
}

struct borrow take_the_only_one(void)
{
	h.settings.max_pool_size = 1;
	h.settings.pool_blocking_period = BLOCKING_NEVER;
	return take("sales");
}

struct borrow take_in(const char *pool, const char *transaction)
{
	struct borrow b;
	struct diag diag = DIAG_EMPTY;
	enum pool_rc rc = borrow_into(pool, transaction, 15 * USEC_PER_SEC, &b, &diag);

	ck_assert_msg(rc == POOL_OK, "borrow gave %d: %s", (int)rc,
		diag.count ? diag.records[0].message : "no record");
	return b;
}

void give_as(struct borrow *b, enum return_verdict verdict)
{
	pool_return(b, verdict, verdict == RETURN_DEAD ? "found dead" : "the test says so");
}

void give(struct borrow *b)
{
	give_as(b, RETURN_REUSABLE);
}

void park(struct borrow *b)
{
	give_as(b, RETURN_ENLISTED);
}

void assert_parked(const char *transaction, unsigned n)
{
	struct transaction_id id = id_named(transaction);
	unsigned in_use, parked;

	registry_count_enlisted(h.registry, &id, &in_use, &parked);
	ck_assert_uint_eq(parked, n);
}

bool end_of(const char *transaction)
{
	struct transaction_id id = id_named(transaction);
	bool was_known = registry_end_transaction(h.registry, &id);

	work();
	return was_known;
}

unsigned id_of(const struct borrow *b)
{
	return ((const struct fake_conn *)b->conn)->id;
}

struct pool_numbers numbers(struct pool *p)
{
	struct pool_numbers n;

	pool_get_numbers(p, &n);
	return n;
}

struct counter_values counters(void)
{
	struct counter_values v;

	registry_get_counters(h.registry, &v);
	return v;
}

void advance(usec_t by)
{
	fake_clock_advance(&h.clock, by);
}

unsigned work(void)
{
	unsigned n = 0;

	while (registry_work(h.registry))
		n++;
	return n;
}

static void *work_main(void *arg)
{
	(void)arg;
	work();
	return NULL;
}

pthread_t work_aside(void)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, work_main, NULL), 0);
	return thread;
}

void sweep(void)
{
	registry_sweep(h.registry);
	work();
}

const char *message(size_t record)
{
	return record < h.diag.count ? h.diag.records[record].message : "";
}

static void *client_main(void *arg)
{
	struct client *c = arg;

	c->rc = borrow_into(c->pool, c->transaction, c->timeout, &c->borrow, &c->diag);
	atomic_store(&c->is_done, true);
	return NULL;
}

void client_start(struct client *c, const char *pool, usec_t timeout)
{
	client_start_in(c, pool, NULL, timeout);
}

void client_start_in(struct client *c, const char *pool, const char *transaction, usec_t timeout)
{
	*c = (struct client){.pool = pool, .transaction = transaction, .timeout = timeout};
	ck_assert_int_eq(pthread_create(&c->thread, NULL, client_main, c), 0);
}

void client_join(struct client *c)
{
	pthread_join(c->thread, NULL);
	diag_clear(&c->diag);
}

void await_waiting(struct pool *p, unsigned n)
{
	AWAIT(numbers(p).waiting == n);
}

void await_line(unsigned n)
{
	AWAIT(counters().waiting == n);
}

void await_at_gate(unsigned n)
{
	AWAIT(atomic_load(&h.driver.at_gate) == n);
}

void await_idle(struct pool *p, unsigned n)
{
	AWAIT(numbers(p).idle == n);
}

void await_done(struct client *c)
{
	AWAIT(atomic_load(&c->is_done));
}
