/* SPDX-License-Identifier: MIT */
#include "bench/nothing.h"

#include "conf/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void check(bool is_true, const char *what)
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

struct registry *nothing_registry(void)
{
	struct registry_env env = {.clock = &clock_real, .with_threads = true};
	struct registry *r = registry_new(&env);

	check(r != NULL, "no memory");
	return r;
}

struct digest nothing_key(const char *group, int number)
{
	struct hasher h;

	hasher_init(&h, hash_process_key());
	hasher_add(&h, group, strlen(group));
	hasher_add_u64(&h, (uint64_t)number);
	return hasher_finish(&h);
}

void nothing_add_pool(struct registry *r, const struct digest *key, int64_t size)
{
	struct settings s;

	settings_init(&s);
	s.max_pool_size = size;
	s.max_pools = 100000;
	struct pool_spec spec = {
		.settings = &s,
		.name = "bench",
		.driver = &nothing,
		.ctx = r,
		.trace = &trace_off,
	};
	check(registry_add(r, key, &spec), "no memory");
	settings_done(&s);
}

void print_figure(const char *name, double value, const char *unit)
{
	printf("%s\t%.4g\t%s\n", name, value, unit);
	fflush(stdout);
}
