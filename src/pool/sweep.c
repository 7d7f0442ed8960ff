/* SPDX-License-Identifier: MIT */
#include "pool/pool_internal.h"

#include "conf/settings.h"
#include "pool/registry.h"

#include <stddef.h>

bool pool_is_unused_locked(const struct pool *p)
{
	mutex_assert_held(&p->lock);
	return p->entries.total == 0 && p->users == 0 && p->line.count == 0;
}

/* IdleMode=Generations: is it time to close what the last such sweep had seen idle already? */
static bool is_aging_due_locked(struct pool *p, usec_t now)
{
	mutex_assert_held(&p->lock);
	if (p->limits.idle_mode != IDLE_GENERATIONS ||
		now - p->aged_at < policy_idle_window(&p->limits))
		return false;
	p->aged_at = now;
	return true;
}

/*
 * Doom what is too old or was idle for too long. What has reached its end must go even when that
 * leaves fewer than MinPoolSize, but then one at a sweep: the refill follows before the next goes.
 */
static void retire_idle_locked(struct pool *p, usec_t now)
{
	bool is_aging = is_aging_due_locked(p, now);
	struct list *before;

	mutex_assert_held(&p->lock);
	for (struct list *l = p->entries.idle.prev; l != &p->entries.idle; l = before) {
		struct entry *e = list_entry(l, struct entry, link);
		bool may_shrink = policy_may_shrink(&p->limits, &p->entries);
		const char *reason = policy_end_reason(&p->limits, e, p->generation, now);
		before = l->prev;
		if (!reason && may_shrink &&
			(policy_is_idle_over(&p->limits, e, now) || (is_aging && e->is_aged)))
			reason = "idle";
		if (is_aging)
			e->is_aged = true;
		if (!reason)
			continue;
		entry_doom(&p->entries, e, CLOSE_GRACEFULLY, reason);
		if (!may_shrink)
			break;
	}
}

/* A connection that nobody has heard of for long is probed as a suspect is. */
static void keep_alive_locked(struct pool *p, usec_t now)
{
	mutex_assert_held(&p->lock);
	if (p->limits.keepalive == USEC_INFINITY)
		return;
	list_for_each(l, next, &p->entries.idle)
	{
		struct entry *e = list_entry(l, struct entry, link);
		if (!policy_is_keepalive_due(&p->limits, e, now))
			continue;
		e->alarms_heard = p->alarms - 1;
		p->has_suspects = true;
	}
}

static bool may_vanish_locked(const struct pool *p, usec_t now)
{
	usec_t window = policy_idle_window(&p->limits);
	usec_t since = p->empty_since > p->last_used ? p->empty_since : p->last_used;

	mutex_assert_held(&p->lock);
	if (!pool_is_unused_locked(p) || (p->is_steered && !p->is_retired))
		return false;
	return p->is_retired ||
	       (p->limits.min_size == 0 && now - since >= usec_add(window, window));
}

/* Keep the longest, in order. */
static unsigned add_holder(
	struct borrow_holder *holders, unsigned count, const struct borrow_holder *h)
{
	unsigned at = count < BORROW_HOLDERS ? count++ : BORROW_HOLDERS;

	for (; at > 0 && h->since < holders[at - 1].since; at--) {
		if (at < BORROW_HOLDERS)
			holders[at] = holders[at - 1];
	}
	if (at < BORROW_HOLDERS)
		holders[at] = *h;
	return count;
}

static unsigned find_holders_locked(const struct pool *p, struct borrow_holder *ret_holders)
{
	unsigned count = 0;

	mutex_assert_held(&p->lock);
	if (p->entries.counts[ENTRY_IN_USE] == 0)
		return 0;
	list_for_each(l, next, &p->entries.all)
	{
		const struct entry *e = list_entry(l, struct entry, all_link);
		struct borrow_holder h = {.thread = e->holder, .since = e->borrowed_at};
		if (e->state == ENTRY_IN_USE)
			count = add_holder(ret_holders, count, &h);
	}
	return count;
}

static void note_holders(struct pool *p, usec_t now)
{
	struct borrow_holder holders[BORROW_HOLDERS];
	unsigned count;
	bool is_news;

	if (!p->engine->books)
		return;
	pool_lock(p);
	count = find_holders_locked(p, holders);
	is_news = count > 0 || p->has_holders;
	p->has_holders = count > 0;
	pool_unlock(p);
	if (is_news)
		p->engine->books->note_holders(p->tally, holders, count, now);
}

/* A call that hangs in the driver must not take background work from the other pools. */
static void look_after_worker(struct pool *p, usec_t now)
{
	unsigned lost;

	if (!workers_give_up_on(&p->engine->workers, p, now, &lost))
		return;
	trace_event(p->trace, TRACE_WARN, "worker-lost",
		"pool=%s lost=%u a call of the driver does not end, no other worker is sent to "
		"this pool",
		p->word, lost);
	if (lost == WORKERS_LOST_MAX)
		trace_event(p->trace, TRACE_ERROR, "workers-lost",
			"lost=%u no more are replaced: should %u others hang, connections are "
			"closed and reset in the background no longer",
			lost, (unsigned)WORKERS_MAX);
}

bool pool_sweep(struct pool *p, usec_t now)
{
	bool may_vanish;

	pool_lock(p);
	if (!p->is_closed) {
		retire_idle_locked(p, now);
		keep_alive_locked(p, now);
		if (pool_has_chores_locked(p, now))
			pool_offer_work_locked(p);
	}
	may_vanish = may_vanish_locked(p, now);
	pool_unlock(p);
	note_holders(p, now);
	look_after_worker(p, now);
	if (p->limits.leak_threshold != USEC_INFINITY)
		report_leaks(p, now);
	if (p->limits.max_parked != USEC_INFINITY)
		report_parked(p, now);
	return may_vanish;
}
