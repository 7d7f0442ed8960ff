/* SPDX-License-Identifier: MIT */
/*
 * What a worker does for a pool, one piece at a time: close what is doomed, reset what came back
 * used, probe what is suspect, open what MinPoolSize wants.
 */
#include "pool/pool_internal.h"

#include "base/probe.h"

#include <stddef.h>

bool pool_close_entry(struct pool *p, struct entry *e)
{
	bool is_closed;

	lock_assert_none_held();
	is_closed = p->driver->close(p->ctx, e->conn, e->close_mode);
	probe3(close, p->name, e->close_reason, is_closed);
	trace_event(p->trace, TRACE_INFO, "close", "pool=%s reason=\"%s\"%s", p->word,
		e->close_reason, is_closed ? "" : " failed");
	pool_drop_closed(p, e);
	return is_closed;
}

/* Cleared connections are older than those that came back since, so they lie at the end. */
static struct entry *stale_locked(struct pool *p)
{
	struct entry *e;

	mutex_assert_held(&p->lock);
	if (!p->has_stale || list_is_empty(&p->entries.idle))
		return NULL;
	e = list_last(&p->entries.idle, struct entry, link);
	return e->generation != p->generation ? e : NULL;
}

static struct entry *suspect_locked(struct pool *p)
{
	mutex_assert_held(&p->lock);
	if (!p->has_suspects)
		return NULL;
	/* From the end: a borrower takes from the front and asks for itself. */
	for (struct list *l = p->entries.idle.prev; l != &p->entries.idle; l = l->prev) {
		struct entry *e = list_entry(l, struct entry, link);
		if (e->alarms_heard != p->alarms)
			return e;
	}
	return NULL;
}

static struct entry *unreset_locked(struct pool *p)
{
	mutex_assert_held(&p->lock);
	if (!p->has_unreset)
		return NULL;
	/* The newest first: it is the next that a borrower takes. */
	for (struct list *l = p->entries.idle.next; l != &p->entries.idle; l = l->next) {
		struct entry *e = list_entry(l, struct entry, link);
		if (e->needs_reset)
			return e;
	}
	return NULL;
}

void pool_count_reset(struct pool *p, bool is_fresh, usec_t took)
{
	pool_lock(p);
	counter_add(is_fresh ? &p->tally->counters.resets : &p->tally->counters.reset_failures, 1);
	histogram_add(&p->tally->histograms.reset, took);
	probe3(reset, p->name, is_fresh, took);
	pool_unlock(p);
	if (!is_fresh)
		trace_event(p->trace, TRACE_WARN, "reset-failed", "pool=%s", p->word);
}

bool pool_reset_entry(struct pool *p, struct entry *e, usec_t deadline)
{
	usec_t began = clock_now(p->clock);
	usec_t limit = usec_add(began, p->limits.validation_timeout);
	bool is_fresh;

	lock_assert_none_held();
	is_fresh = p->driver->reset(p->ctx, e->conn, deadline < limit ? deadline : limit);
	e->needs_reset = !is_fresh;
	pool_count_reset(p, is_fresh, clock_now(p->clock) - began);
	return is_fresh;
}

static void reset(struct pool *p, struct entry *e)
{
	bool is_fresh = pool_reset_entry(p, e, USEC_INFINITY);
	usec_t now = clock_now(p->clock);

	pool_lock(p);
	if (is_fresh && e->generation == p->generation)
		entry_move(&p->entries, e, ENTRY_IDLE);
	else
		pool_doom_locked(p, e, CLOSE_GRACEFULLY, is_fresh ? "cleared" : "the reset failed");
	/* Whoever waited for it gets it, or may open another now. */
	pool_serve_locked(p, now);
	pool_unlock(p);
}

static void probe(struct pool *p, struct entry *e)
{
	usec_t now = clock_now(p->clock);
	bool is_incident = false;
	bool is_alive;

	lock_assert_none_held();
	is_alive = p->driver->is_alive(
		p->ctx, e->conn, USEC_INFINITY, usec_add(now, p->limits.validation_timeout));
	now = clock_now(p->clock);
	if (!is_alive)
		trace_event(p->trace, TRACE_WARN, "dead-found", "pool=%s how=probe idle-ms=%lld",
			p->word, (long long)((now - e->idle_since) / USEC_PER_MSEC));
	pool_lock(p);
	counter_add(&p->tally->counters.validations, 1);
	e->asked_at = now;
	if (is_alive) {
		if (e->generation == p->generation)
			entry_move(&p->entries, e, ENTRY_IDLE);
		else
			pool_doom_locked(p, e, CLOSE_GRACEFULLY, "cleared");
		pool_serve_locked(p, now);
	} else {
		is_incident = pool_note_dead_locked(p, e, now);
		pool_doom_locked(p, e, CLOSE_DEAD, "dead");
	}
	pool_unlock(p);
	if (is_incident)
		report_cleared(p, "connections were found dead");
}

/* Log in for MinPoolSize. A failure is remembered by the pool; there is nobody to tell. */
static void refill(struct pool *p, struct entry *e)
{
	struct diag diag = DIAG_EMPTY;
	usec_t deadline = usec_add(clock_now(p->clock), p->limits.connect_timeout);

	if (!pool_login(p, e, NULL, deadline, 0, 0, &diag))
		diag_clear(&diag);
}

/* Decide on one piece of work and mark the entry with it. */
enum chore { CHORE_NONE, CHORE_CLOSE, CHORE_RESET, CHORE_PROBE, CHORE_REFILL };

static enum chore next_chore_locked(
	struct pool *p, struct entry *spare, usec_t now, struct entry **ret_entry)
{
	struct entry *e;

	mutex_assert_held(&p->lock);
	if (p->is_closed)
		return CHORE_NONE;
	e = stale_locked(p);
	if (e)
		entry_doom(&p->entries, e, CLOSE_GRACEFULLY, p->is_retired ? "retired" : "cleared");
	else
		p->has_stale = false;
	if (!list_is_empty(&p->entries.doomed)) {
		*ret_entry = list_first(&p->entries.doomed, struct entry, link);
		entry_move(&p->entries, *ret_entry, ENTRY_CLOSING);
		return CHORE_CLOSE;
	}
	e = unreset_locked(p);
	if (e) {
		entry_move(&p->entries, e, ENTRY_RESETTING);
		*ret_entry = e;
		return CHORE_RESET;
	}
	p->has_unreset = false;
	e = suspect_locked(p);
	if (e) {
		entry_move(&p->entries, e, ENTRY_PROBING);
		/* As of the beginning of the probe: an alarm meanwhile makes it suspect again. */
		e->alarms_heard = p->alarms;
		*ret_entry = e;
		return CHORE_PROBE;
	}
	p->has_suspects = false;
	if (spare && pool_wants_refill_locked(p, now)) {
		entry_set_add(&p->entries, spare, p->generation);
		*ret_entry = spare;
		return CHORE_REFILL;
	}
	return CHORE_NONE;
}

bool pool_has_chores_locked(const struct pool *p, usec_t now)
{
	mutex_assert_held(&p->lock);
	return p->has_stale || p->has_unreset || p->has_suspects ||
	       !list_is_empty(&p->entries.doomed) || pool_wants_refill_locked(p, now);
}

bool pool_do_chore(struct pool *p)
{
	/* Made beforehand, since it may be needed under the lock; without memory the refill waits.
	 */
	struct entry *spare = p->limits.min_size > 0
				      ? entry_new(p->limits.leak_threshold != USEC_INFINITY)
				      : NULL;
	struct entry *e = NULL;
	enum chore chore;
	bool has_more;

	pool_lock(p);
	chore = next_chore_locked(p, spare, clock_now(p->clock), &e);
	pool_unlock(p);
	if (e != spare)
		entry_free(spare);
	switch (chore) {
	case CHORE_NONE:
		return false;
	case CHORE_CLOSE:
		pool_close_entry(p, e);
		break;
	case CHORE_RESET:
		reset(p, e);
		break;
	case CHORE_PROBE:
		probe(p, e);
		break;
	case CHORE_REFILL:
		refill(p, e);
		break;
	}
	pool_lock(p);
	has_more = !p->is_closed && pool_has_chores_locked(p, clock_now(p->clock));
	pool_unlock(p);
	return has_more;
}
