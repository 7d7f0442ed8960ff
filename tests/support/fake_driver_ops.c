/* SPDX-License-Identifier: MIT */
#include "support/fake_driver_ops.h"

#include "base/lock.h"
#include "support/run.h"

#include <sched.h>
#include <stdlib.h>

static void take_time(struct fake_driver *d, usec_t takes)
{
	if (takes && d->clock)
		fake_clock_advance(d->clock, takes);
}

static void pass_gate(struct fake_driver *d, const _Atomic bool *is_gated)
{
	if (!atomic_load(is_gated))
		return;
	atomic_fetch_add(&d->at_gate, 1);
	while (atomic_load(is_gated))
		sched_yield();
	atomic_fetch_sub(&d->at_gate, 1);
}

static void enter(struct fake_conn *c)
{
	lock_assert_none_held();
	ck_assert_msg(!atomic_exchange(&c->is_in_call, true), "two calls for one connection");
}

static void leave(struct fake_conn *c)
{
	atomic_store(&c->is_in_call, false);
}

static bool must_fail(_Atomic int *failing)
{
	int n = atomic_load(failing);

	while (n > 0 && !atomic_compare_exchange_weak(failing, &n, n - 1))
		;
	return n != FAKE_FAIL_NONE;
}

static void note_most(_Atomic unsigned *most, unsigned n)
{
	unsigned before = atomic_load(most);

	while (n > before && !atomic_compare_exchange_weak(most, &before, n))
		;
}

unsigned fake_driver_alive(const struct fake_driver *d)
{
	return atomic_load(&d->opens) - atomic_load(&d->closes) - atomic_load(&d->dead_closes) -
	       atomic_load(&d->aborts);
}

static bool fake_open(
	void *ctx, void *opener, usec_t deadline, void **ret_conn, struct diag *reterr)
{
	struct fake_driver *d = ctx;
	struct fake_conn *c;

	lock_assert_none_held();
	atomic_store(&d->last_deadline, deadline);
	note_most(&d->most_opening, atomic_fetch_add(&d->opening, 1) + 1);
	note_most(&d->most_alive, fake_driver_alive(d) + atomic_load(&d->opening));
	if (d->during_open)
		d->during_open(d);
	pass_gate(d, &d->is_open_gated);
	take_time(d, atomic_load(&d->open_takes));
	atomic_fetch_sub(&d->opening, 1);
	if (!opener)
		atomic_fetch_add(&d->worker_opens, 1);
	if (must_fail(&d->failing_opens)) {
		unsigned n = atomic_fetch_add(&d->failed_opens, 1) + 1;
		diag_add(reterr, d->open_sqlstate, 18456, "fake", "Login failed, try %u", n);
		return false;
	}
	c = calloc(1, sizeof(*c));
	ck_assert_ptr_nonnull(c);
	c->id = atomic_fetch_add(&d->opens, 1) + 1;
	c->opener = opener;
	*ret_conn = c;
	return true;
}

static bool fake_is_alive(void *ctx, void *conn, usec_t idle_for, usec_t deadline)
{
	struct fake_driver *d = ctx;
	struct fake_conn *c = conn;
	bool is_dead;

	enter(c);
	atomic_store(&d->last_deadline, deadline);
	atomic_store(&d->last_idle_for, idle_for);
	atomic_fetch_add(&d->checks, 1);
	if (idle_for == USEC_INFINITY)
		atomic_fetch_add(&d->deep_checks, 1);
	pass_gate(d, &d->is_alive_gated);
	take_time(d, atomic_load(&d->is_alive_takes));
	is_dead = atomic_load(&c->is_dead);
	leave(c);
	return !is_dead;
}

static bool fake_reset(void *ctx, void *conn, usec_t deadline)
{
	struct fake_driver *d = ctx;

	enter(conn);
	atomic_store(&d->last_reset_deadline, deadline);
	atomic_fetch_add(&d->resets, 1);
	pass_gate(d, &d->is_reset_gated);
	take_time(d, atomic_load(&d->reset_takes));
	leave(conn);
	return !must_fail(&d->failing_resets);
}

static bool fake_close(void *ctx, void *conn, enum close_mode mode)
{
	struct fake_driver *d = ctx;
	struct fake_conn *c = conn;
	bool refuses = c->refuses_close && mode != CLOSE_ABORT;

	enter(c);
	switch (mode) {
	case CLOSE_GRACEFULLY:
		pass_gate(d, &d->is_close_gated);
		take_time(d, atomic_load(&d->close_takes));
		atomic_fetch_add(&d->closes, 1);
		break;
	case CLOSE_DEAD:
		atomic_fetch_add(&d->dead_closes, 1);
		break;
	case CLOSE_ABORT:
		atomic_fetch_add(&d->aborts, 1);
		break;
	}
	free(c);
	return !refuses;
}

static void fake_free_ctx(void *ctx)
{
	struct fake_driver *d = ctx;

	lock_assert_none_held();
	atomic_fetch_add(&d->freed, 1);
}

const struct pool_driver fake_driver_ops = {
	.open = fake_open,
	.is_alive = fake_is_alive,
	.reset = fake_reset,
	.close = fake_close,
	.free_ctx = fake_free_ctx,
};

void fake_driver_init(struct fake_driver *d, struct fake_clock *clock)
{
	*d = (struct fake_driver){.clock = clock, .open_sqlstate = "28000"};
}

void fake_conn_kill(void *conn)
{
	struct fake_conn *c = conn;

	atomic_store(&c->is_dead, true);
}
