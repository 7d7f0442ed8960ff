/* SPDX-License-Identifier: MIT */
/*
 * The supply of connections: what is there, what may be added, and who gets it.
 *
 * The rule that makes the line fair: while somebody stands in line nothing lies idle and no login
 * may begin, because whoever frees something calls pool_serve_locked() before letting go of the
 * lock. So a thread that finds a line need only join it.
 */
#include "pool/pool_internal.h"

#include "base/probe.h"
#include "conf/settings.h"

#include <stddef.h>

void pool_offer_work_locked(struct pool *p)
{
	mutex_assert_held(&p->lock);
	if (p->is_closed)
		return;
	workers_offer(&p->engine->workers, p);
	p->is_wake_due = true;
}

void pool_hand_out_locked(struct pool *p, struct entry *e, pid_t thread, usec_t now)
{
	mutex_assert_held(&p->lock);
	entry_move(&p->entries, e, ENTRY_IN_USE);
	e->holder = thread;
	e->borrowed_at = now;
	e->is_aged = false;
	e->uses++;
	p->last_used = now;
}

void pool_doom_locked(struct pool *p, struct entry *e, enum close_mode mode, const char *reason)
{
	mutex_assert_held(&p->lock);
	entry_doom(&p->entries, e, mode, reason);
	pool_offer_work_locked(p);
}

static const char *end_reason_when_idle(const struct pool *p, const struct entry *e, usec_t now)
{
	const char *reason = policy_end_reason(&p->limits, e, p->generation, now);

	if (unlikely(!reason && policy_is_idle_over(&p->limits, e, now)) &&
		policy_may_shrink(&p->limits, &p->entries))
		reason = "idle";
	return reason;
}

/* The first in PickOrder that is ready; where none is, the first: its borrower will reset it. */
static struct entry *pick_idle_locked(const struct pool *p)
{
	const struct list *idle = &p->entries.idle;
	bool is_lifo = p->limits.pick_order == PICK_LIFO;
	struct list *first = is_lifo ? idle->next : idle->prev;
	struct list *l = first;

	mutex_assert_held(&p->lock);
	while (l != idle && unlikely(list_entry(l, struct entry, link)->needs_reset))
		l = is_lifo ? l->next : l->prev;
	return list_entry(l == idle ? first : l, struct entry, link);
}

struct entry *pool_take_idle_locked(struct pool *p, pid_t thread, usec_t now, usec_t *ret_idle_for)
{
	mutex_assert_held(&p->lock);
	while (!list_is_empty(&p->entries.idle)) {
		struct entry *e = pick_idle_locked(p);
		const char *reason = end_reason_when_idle(p, e, now);
		if (unlikely(reason != NULL)) {
			pool_doom_locked(p, e, CLOSE_GRACEFULLY, reason);
			continue;
		}
		*ret_idle_for = unlikely(e->alarms_heard != p->alarms) ? USEC_INFINITY
								       : now - e->idle_since;
		counter_add(&p->tally->counters.validations, 1);
		pool_hand_out_locked(p, e, thread, now);
		return e;
	}
	return NULL;
}

enum grant pool_claim_locked(struct pool *p, struct waiter *w, usec_t now)
{
	mutex_assert_held(&p->lock);
	if (p->is_closed)
		return GRANT_POOL_CLOSED;
	if (p->is_retired)
		return GRANT_RETIRED;
	if (unlikely(p->is_steered))
		return p->is_paused ? GRANT_NONE : GRANT_DISABLED;
	w->entry = pool_take_idle_locked(p, w->thread, now, &w->idle_for);
	if (w->entry)
		return GRANT_ENTRY;
	/* It is about to be idle: worth the wait rather than another login. */
	if (p->entries.counts[ENTRY_RESETTING] > 0)
		return GRANT_NONE;
	if (policy_is_full(&p->limits, &p->entries))
		return GRANT_NONE;
	if (p->limits.has_blocking_period && blocking_is_on(&p->blocking, now))
		return GRANT_BLOCKED;
	if (!policy_may_open(&p->limits, &p->entries, p->blocking.is_failing))
		return GRANT_NONE;
	w->entry = w->spare;
	w->spare = NULL;
	entry_set_add(&p->entries, w->entry, p->generation);
	return GRANT_OPEN;
}

void pool_serve_locked(struct pool *p, usec_t now)
{
	struct waiter *w;

	mutex_assert_held(&p->lock);
	while ((w = waitq_head_locked(&p->line))) {
		enum grant grant = pool_claim_locked(p, w, now);
		if (grant == GRANT_NONE)
			break;
		waitq_serve_locked(&p->line, w, grant);
	}
}

void pool_put_idle_locked(struct pool *p, struct entry *e, usec_t now)
{
	mutex_assert_held(&p->lock);
	e->idle_since = now;
	e->alarms_heard = p->alarms;
	entry_move(&p->entries, e, ENTRY_IDLE);
	if (unlikely(p->line.count > 0))
		pool_serve_locked(p, now);
	if (e->needs_reset && e->state == ENTRY_IDLE && p->limits.resets_in_background) {
		p->has_unreset = true;
		pool_offer_work_locked(p);
	}
}

void pool_drop_locked(struct pool *p, struct entry *e, usec_t now)
{
	mutex_assert_held(&p->lock);
	entry_set_remove(&p->entries, e);
	if (p->entries.total == 0)
		p->empty_since = now;
	pool_serve_locked(p, now);
	if (pool_wants_refill_locked(p, now))
		pool_offer_work_locked(p);
}

void pool_drop_closed(struct pool *p, struct entry *e)
{
	pool_lock(p);
	counter_add(&p->tally->counters.hard_disconnects, 1);
	pool_drop_locked(p, e, clock_now(p->clock));
	pool_unlock(p);
	entry_free(e);
}

bool pool_wants_refill_locked(const struct pool *p, usec_t now)
{
	mutex_assert_held(&p->lock);
	/* Before the first login it is not known that one can succeed: the first borrower finds
	 * out. */
	return p->has_logged_in && !p->is_retired && !p->is_closed && !p->is_steered &&
	       !blocking_is_on(&p->blocking, now) &&
	       policy_may_refill(&p->limits, &p->entries, p->blocking.is_failing);
}

static void begin_generation_locked(struct pool *p)
{
	mutex_assert_held(&p->lock);
	p->generation++;
	p->dead_found = 0;
	if (list_is_empty(&p->entries.idle))
		return;
	p->has_stale = true;
	pool_offer_work_locked(p);
}

void pool_clear_locked(struct pool *p)
{
	mutex_assert_held(&p->lock);
	counter_add(&p->tally->counters.clears, 1);
	begin_generation_locked(p);
}

void pool_retire_locked(struct pool *p, usec_t now)
{
	mutex_assert_held(&p->lock);
	p->is_retired = true;
	pool_show_state_locked(p);
	begin_generation_locked(p);
	pool_serve_locked(p, now);
}

/* One more sign of trouble. True: together with what was seen before it is an incident. */
static bool is_incident_locked(struct pool *p, usec_t now)
{
	mutex_assert_held(&p->lock);
	if (!policy_is_incident(p->dead_found, now - p->first_dead_at))
		return false;
	pool_clear_locked(p);
	return true;
}

bool pool_note_dead_locked(struct pool *p, const struct entry *e, usec_t now)
{
	mutex_assert_held(&p->lock);
	counter_add(&p->tally->counters.dead_found, 1);
	probe2(dead, p->name, now - e->idle_since);
	/* One of an earlier generation belongs to an incident that is over. */
	if (e->generation != p->generation)
		return false;
	p->alarms++;
	p->has_suspects = true;
	if (is_incident_locked(p, now))
		return true;
	p->dead_found = 1;
	p->first_dead_at = now;
	pool_offer_work_locked(p);
	return false;
}

bool pool_note_login_failure_locked(struct pool *p, usec_t now)
{
	mutex_assert_held(&p->lock);
	counter_add(&p->tally->counters.login_failures, 1);
	return is_incident_locked(p, now);
}

struct pool_numbers pool_numbers_locked(const struct pool *p)
{
	const unsigned *counts = p->entries.counts;

	mutex_assert_held(&p->lock);
	return (struct pool_numbers){
		.total = p->entries.total,
		.active = counts[ENTRY_IN_USE],
		.idle = counts[ENTRY_IDLE] + counts[ENTRY_PROBING] + counts[ENTRY_RESETTING],
		.parked = counts[ENTRY_PARKED],
		.opening = counts[ENTRY_OPENING],
		.waiting = p->line.count,
	};
}
