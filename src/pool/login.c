/* SPDX-License-Identifier: MIT */
#include "pool/pool_internal.h"

#include "base/probe.h"
#include "pool/registry.h"

#include <stddef.h>

/* xorshift64: only the jitter of lifetimes depends on it. */
static uint64_t next_random_locked(struct pool *p)
{
	uint64_t x = p->random ? p->random : 1;

	mutex_assert_held(&p->lock);
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return p->random = x;
}

static void succeed(
	struct pool *p, struct entry *e, void *conn, usec_t began, usec_t now, pid_t thread)
{
	struct login_error *forgotten;

	pool_lock(p);
	e->conn = conn;
	e->idle_since = now;
	e->alarms_heard = p->alarms;
	e->expires_at = policy_expiry(&p->limits, now, next_random_locked(p));
	counter_add(&p->tally->counters.hard_connects, 1);
	histogram_add(&p->tally->histograms.open, now - began);
	forgotten = blocking_reset(&p->blocking);
	pool_show_state_locked(p);
	p->has_logged_in = true;
	if (thread) {
		counter_add(&p->tally->counters.misses, 1);
		pool_hand_out_locked(p, e, thread, now);
	} else if (e->generation == p->generation) {
		pool_put_idle_locked(p, e, now);
	} else {
		pool_doom_locked(p, e, CLOSE_GRACEFULLY, "cleared");
	}
	/* One login fewer under way, and none has failed now: others may begin. */
	pool_serve_locked(p, now);
	if (pool_wants_refill_locked(p, now))
		pool_offer_work_locked(p);
	pool_unlock(p);
	login_error_unref(forgotten);
}

static void fail(
	struct pool *p, struct entry *e, const struct diag *diag, usec_t began, bool counts)
{
	struct login_error *error = counts ? login_error_new(diag) : NULL;
	usec_t now = clock_now(p->clock);
	bool is_incident;

	pool_lock(p);
	is_incident = pool_note_login_failure_locked(p, now);
	if (counts)
		error = blocking_failed(&p->blocking, error, began, now);
	pool_show_state_locked(p);
	pool_drop_locked(p, e, now);
	pool_unlock(p);
	login_error_unref(error);
	entry_free(e);
	if (is_incident)
		report_cleared(p, "a connection was found dead and a new login failed");
}

bool pool_login(struct pool *p, struct entry *e, void *opener, usec_t deadline, usec_t waited,
	pid_t thread, struct diag *reterr)
{
	struct diag diag = DIAG_EMPTY;
	void *conn = NULL;
	usec_t began = clock_now(p->clock);

	lock_assert_none_held();
	bool is_open = p->driver->open(p->ctx, opener, deadline, &conn, &diag);
	usec_t ended = clock_now(p->clock);
	/* The driver may have forked: in the child nothing of this pool is ours any more. */
	if (pool_is_inherited(p)) {
		report_closed(reterr);
		diag_clear(&diag);
		return false;
	}
	probe3(open, p->name, is_open, ended - began);
	if (is_open) {
		/* Before others can see it: once idle, the entry may be closed at any moment. */
		trace_event(p->trace, TRACE_INFO, "open", "pool=%s by=%s took-us=%lld", p->word,
			thread ? "borrower" : "worker", (long long)(ended - began));
		reaper_ensure(&p->engine->reaper);
		succeed(p, e, conn, began, ended, thread);
		diag_clear(&diag);
		return true;
	}
	bool counts = policy_login_failure_counts(waited, ended - began, ended >= deadline);
	trace_event(p->trace, TRACE_WARN, "open-failed", "pool=%s by=%s took-us=%lld sqlstate=%s%s",
		p->word, thread ? "borrower" : "worker", (long long)(ended - began),
		diag_sqlstate(&diag), counts ? "" : " (too little time was left)");
	if (p->engine->books)
		p->engine->books->note_login_error(p->tally, &diag);
	fail(p, e, &diag, began, counts);
	diag_move(reterr, &diag);
	return false;
}
