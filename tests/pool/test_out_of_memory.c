/* SPDX-License-Identifier: MIT */
/*
 * Every allocation of the engine fails in turn: the borrower is told, and no slot, connection or
 * ctx is lost. (Leaks are found when this runs under the address sanitizer.)
 */
#include "pool/harness.h"

#include "base/counters.h"
#include "support/failing_alloc.h"

/* A login needs no memory of the engine's, and the fake driver's own must not fail here. */
static struct fake_conn the_conn;

static bool static_open(
	void *ctx, void *opener, usec_t deadline, void **ret_conn, struct diag *reterr)
{
	struct fake_driver *d = ctx;

	(void)opener;
	(void)deadline;
	if (d->failing_opens) {
		diag_add(reterr, "28000", 1, "fake", "Login failed");
		return false;
	}
	d->opens++;
	*ret_conn = &the_conn;
	return true;
}

static bool static_is_alive(void *ctx, void *conn, usec_t idle_for, usec_t deadline)
{
	(void)ctx;
	(void)idle_for;
	(void)deadline;
	return !((struct fake_conn *)conn)->is_dead;
}

static bool static_reset(void *ctx, void *conn, usec_t deadline)
{
	(void)ctx;
	(void)conn;
	(void)deadline;
	return true;
}

static bool static_close(void *ctx, void *conn, enum close_mode mode)
{
	struct fake_driver *d = ctx;

	(void)conn;
	(void)mode;
	d->closes++;
	return true;
}

static void static_free_ctx(void *ctx)
{
	((struct fake_driver *)ctx)->freed++;
}

static const struct pool_driver static_driver = {
	.open = static_open,
	.is_alive = static_is_alive,
	.reset = static_reset,
	.close = static_close,
	.free_ctx = static_free_ctx,
};

static unsigned ctx_given;

static bool add_pool(const struct digest *key)
{
	struct pool_spec spec = {
		.settings = &h.settings,
		.name = "sales",
		.driver = &static_driver,
		.ctx = &h.driver,
		.trace = &trace_off,
	};

	ctx_given++;
	return registry_add(h.registry, key, &spec);
}

static enum pool_rc borrow(const struct digest *key, struct borrow *b, struct diag *diag)
{
	struct borrow_request request = {.deadline = clock_now(h.time) + SECOND};

	return registry_borrow(h.registry, key, 0, &request, b, diag);
}

/* Borrow once; Check needs memory of its own, so what is wrong is noted and asserted later. */
static enum pool_rc borrow_and_note(
	const struct digest *key, struct borrow *b, bool *ret_is_consistent)
{
	struct diag diag = DIAG_EMPTY;
	enum pool_rc rc = borrow(key, b, &diag);

	*ret_is_consistent = (rc == POOL_OK) == (diag.count == 0);
	diag_clear(&diag);
	return rc;
}

/* One life of a connection, with the n-th allocation failing. True: there was no n-th any more. */
static bool live_once(long n, bool login_fails, bool dies)
{
	struct digest key = key_of("sales");
	bool is_consistent[2] = {true, true};
	struct borrow b;

	key.word[0] += (uint64_t)n; /* a pool of its own */
	h.driver.failing_opens = login_fails;
	the_conn.is_dead = false;
	alloc_fail_after(n);
	if (add_pool(&key)) {
		if (borrow_and_note(&key, &b, &is_consistent[0]) == POOL_OK) {
			the_conn.is_dead = dies;
			pool_return(&b, RETURN_REUSABLE, NULL);
		}
		if (borrow_and_note(&key, &b, &is_consistent[1]) == POOL_OK)
			pool_return(&b, RETURN_CLOSE, "the test says so");
	}
	bool is_over = !alloc_end_failing();
	work();
	ck_assert(is_consistent[0] && is_consistent[1]);
	ck_assert_uint_eq(counters().active_connections + counters().free_connections, 0);
	ck_assert_uint_eq(counters().opening + counters().waiting, 0);
	ck_assert_uint_eq(h.driver.opens, h.driver.closes);
	return is_over;
}

static void live_through_all(bool login_fails, bool dies)
{
	long n = 0;

	while (!live_once(n, login_fails, dies))
		n++;
	ck_assert_int_gt(n, 3);
	/* Pools vanish, and so do their ctxs, each once. */
	fake_clock_advance(&h.clock, 3600 * SECOND);
	sweep();
	sweep();
	ck_assert_uint_eq(h.driver.freed, ctx_given);
}

START_TEST(a_borrow_survives_each_failed_allocation)
{
	live_through_all(false, false);
}
END_TEST

START_TEST(a_failed_login_survives_each_failed_allocation)
{
	live_through_all(true, false);
}
END_TEST

START_TEST(the_replacement_of_a_dead_connection_survives_each_failed_allocation)
{
	live_through_all(false, true);
}
END_TEST

START_TEST(a_time_out_survives_each_failed_allocation)
{
	struct digest key = key_of("sales");
	struct borrow held, none;
	long tries = 0;

	h.settings.max_pool_size = 1;
	ck_assert(add_pool(&key));
	struct diag diag = DIAG_EMPTY;
	ck_assert_int_eq(borrow(&key, &held, &diag), POOL_OK);
	for (bool is_over = false; !is_over; tries++) {
		alloc_fail_after(tries);
		enum pool_rc rc = borrow(&key, &none, &diag);
		is_over = !alloc_end_failing();
		ck_assert(rc == POOL_TIMED_OUT || rc == POOL_NO_MEMORY);
		ck_assert_uint_gt(diag.count, 0);
		ck_assert_uint_eq(numbers(held.pool).waiting, 0);
		diag_clear(&diag);
	}
	ck_assert_int_gt(tries, 3);
	pool_return(&held, RETURN_CLOSE, "the test says so");
	work();
}
END_TEST

/* Borrow for a transaction, park, end; what is parked needs no memory. True: as above. */
static bool take_part_once(const struct digest *key, long n)
{
	struct transaction_id id = id_named("t1");
	struct borrow_request request = {.deadline = clock_now(h.time) + SECOND,
		.opener = &h,
		.transaction = &id,
		.is_on_one_session = n % 2};
	struct diag diag = DIAG_EMPTY;
	struct borrow b;
	enum pool_rc rc;

	alloc_fail_after(n / 2);
	rc = registry_borrow(h.registry, key, 0, &request, &b, &diag);
	bool is_consistent = (rc == POOL_OK) == (diag.count == 0);
	diag_clear(&diag);
	if (rc == POOL_OK)
		pool_return(&b, RETURN_ENLISTED, NULL);
	bool is_over = !alloc_end_failing();
	ck_assert(is_consistent);
	ck_assert_int_eq(registry_end_transaction(h.registry, &id), rc == POOL_OK);
	work();
	ck_assert_uint_eq(counters().stasis_connections + counters().active_connections, 0);
	return is_over;
}

START_TEST(a_borrow_for_a_transaction_survives_each_failed_allocation)
{
	struct digest key = key_of("sales");
	long n = 0;

	ck_assert(add_pool(&key));
	while (!take_part_once(&key, n))
		n++;
	ck_assert_int_gt(n, 3);
}
END_TEST

START_TEST(an_enlistment_survives_a_failed_allocation)
{
	struct transaction_id id = id_named("t1");
	struct digest key = key_of("sales");
	struct diag diag = DIAG_EMPTY;
	bool is_elsewhere;
	struct borrow b;

	ck_assert(add_pool(&key));
	ck_assert_int_eq(borrow(&key, &b, &diag), POOL_OK);
	alloc_fail_after(0);
	enum pool_rc rc = pool_enlist(&b, &id, true, true, &is_elsewhere, &diag);
	ck_assert(alloc_end_failing());
	ck_assert_int_eq(rc, POOL_NO_MEMORY);
	ck_assert_uint_eq(diag.count, 1);
	diag_clear(&diag);
	ck_assert(!b.is_enlisted && !registry_end_transaction(h.registry, &id));
	pool_return(&b, RETURN_REUSABLE, NULL);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/out_of_memory");
	TCase *t = tcase_create("out of memory");

	tcase_add_checked_fixture(t, harness_setup, harness_teardown);
	tcase_add_test(t, a_borrow_survives_each_failed_allocation);
	tcase_add_test(t, a_failed_login_survives_each_failed_allocation);
	tcase_add_test(t, the_replacement_of_a_dead_connection_survives_each_failed_allocation);
	tcase_add_test(t, a_time_out_survives_each_failed_allocation);
	tcase_add_test(t, a_borrow_for_a_transaction_survives_each_failed_allocation);
	tcase_add_test(t, an_enlistment_survives_a_failed_allocation);
	suite_add_tcase(s, t);
	return s;
}
