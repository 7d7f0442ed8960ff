/* SPDX-License-Identifier: MIT */
/*
 * What a transaction's own parked connection costs the engine, with a driver that does nothing:
 * enlist_borrow_ns is a borrow that gets it and a return that parks it again, among a hundred other
 * transactions of the pool; enlist_reference_ns is an ordinary borrow and return, measured in turn.
 */
#include "conf/settings.h"
#include "pool/enlist.h"
#include "pool/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 11, CYCLES = 200000, OTHERS = 100 };

static struct registry *registry;
static struct digest key;

static void check(bool is_true, const char *what)
{
	if (is_true)
		return;
	fprintf(stderr, "bench: %s\n", what);
	exit(EXIT_FAILURE);
}

static bool nothing_open(
	void *ctx, void *opener, usec_t deadline, void **ret_conn, struct diag *reterr)
{
	(void)opener;
	(void)deadline;
	(void)reterr;
	*ret_conn = ctx;
	return true;
}

static bool nothing_is_alive(void *ctx, void *conn, usec_t idle_for, usec_t deadline)
{
	(void)ctx;
	(void)conn;
	(void)idle_for;
	(void)deadline;
	return true;
}

static bool nothing_reset(void *ctx, void *conn, usec_t deadline)
{
	(void)ctx;
	(void)conn;
	(void)deadline;
	return true;
}

static bool nothing_close(void *ctx, void *conn, enum close_mode mode)
{
	(void)ctx;
	(void)conn;
	(void)mode;
	return true;
}

static void nothing_free_ctx(void *ctx)
{
	(void)ctx;
}

static const struct pool_driver nothing = {
	.open = nothing_open,
	.is_alive = nothing_is_alive,
	.reset = nothing_reset,
	.close = nothing_close,
	.free_ctx = nothing_free_ctx,
};

static void make_pool(void)
{
	struct registry_env env = {.clock = &clock_real, .with_threads = true};
	struct settings s;
	struct hasher h;

	registry = registry_new(&env);
	check(registry != NULL, "no memory");
	hasher_init(&h, hash_process_key());
	hasher_add(&h, "enlist", 6);
	key = hasher_finish(&h);
	settings_init(&s);
	s.max_pool_size = 0;
	struct pool_spec spec = {
		.settings = &s,
		.name = "bench",
		.driver = &nothing,
		.ctx = registry,
		.trace = &trace_off,
	};
	check(registry_add(registry, &key, &spec), "no memory");
	settings_done(&s);
}

static void cycle(const struct transaction_id *id)
{
	struct borrow_request request = {.deadline = USEC_INFINITY,
		.opener = registry,
		.transaction = id,
		.is_on_one_session = true};
	struct diag diag = DIAG_EMPTY;
	struct borrow b;

	check(registry_borrow(registry, &key, 0, &request, &b, &diag) == POOL_OK,
		"a borrow failed");
	pool_return(&b, id ? RETURN_ENLISTED : RETURN_REUSABLE, NULL);
}

static double time_cycles(const struct transaction_id *id)
{
	struct timespec began, ended;

	clock_gettime(CLOCK_MONOTONIC, &began);
	for (int i = 0; i < CYCLES; i++)
		cycle(id);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	return ((double)(ended.tv_sec - began.tv_sec) * 1e9 +
		       (double)(ended.tv_nsec - began.tv_nsec)) /
	       CYCLES;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print_median(const char *name, double *values)
{
	qsort(values, ROUNDS, sizeof(*values), compare);
	printf("%s\t%.4g\tns\n", name, values[ROUNDS / 2]);
}

int main(void)
{
	static char names[OTHERS][64]; /* as long as an XID may be */
	double own[ROUNDS], ordinary[ROUNDS];
	struct transaction_id id;

	make_pool();
	for (int i = 0; i < OTHERS; i++) {
		snprintf(names[i], sizeof(names[i]), "transaction %d", i);
		id = transaction_id(names[i], sizeof(names[i]));
		cycle(&id);
	}
	id = transaction_id(names[OTHERS / 2], sizeof(names[0]));
	cycle(NULL);
	for (int i = 0; i < ROUNDS; i++) {
		ordinary[i] = time_cycles(NULL);
		own[i] = time_cycles(&id);
	}
	print_median("enlist_reference_ns", ordinary);
	print_median("enlist_borrow_ns", own);
	registry_shutdown(registry);
	return EXIT_SUCCESS;
}
