/* SPDX-License-Identifier: MIT */
/*
 * The long way of a borrow: the pool had nothing idle, or what it had was dead.
 */
#include "pool/pool_internal.h"

#include "base/probe.h"
#include "pool/threads.h"

#include <stddef.h>

/* How an attempt at getting something out of the pool ended. */
enum outcome {
	OUTCOME_GRANTED, /* see waiter.grant */
	OUTCOME_TIMED_OUT,
	OUTCOME_SELF_DEADLOCK,
};

struct attempt {
	struct pool *pool;
	const struct borrow_request *request;
	usec_t deadline;
	struct waiter waiter;
	struct entry *dead; /* what it was given last; closed, but its slot is still taken */
	usec_t waited;
	bool has_company;	     /* other threads of the application exist */
	struct exhaustion exhausted; /* on OUTCOME_TIMED_OUT and _SELF_DEADLOCK */
	struct blocking blocking;    /* on GRANT_BLOCKED, with a reference */
};

bool pool_validate(struct pool *p, struct entry *e, usec_t idle_for, usec_t deadline)
{
	usec_t now = clock_now_coarse(p->clock);
	usec_t limit = usec_add(now, p->limits.validation_timeout);
	bool is_incident;

	lock_assert_none_held();
	bool is_alive =
		p->driver->is_alive(p->ctx, e->conn, idle_for, deadline < limit ? deadline : limit);
	if (likely(is_alive) && (likely(!e->needs_reset) || pool_reset_entry(p, e, deadline)))
		return true;

	pool_lock(p);
	/* The borrower stays on, so from here on it counts as a user. */
	pool_use_locked(p);
	is_incident = !is_alive && pool_note_dead_locked(p, e, now);
	if (e->enlistment)
		pool_unlist_entry_locked(p, e, true);
	entry_move(&p->entries, e, ENTRY_CLOSING);
	pool_unlock(p);
	if (!is_alive)
		trace_event(p->trace, TRACE_WARN, "dead-found", "pool=%s how=borrow idle-ms=%lld",
			p->word, (long long)((now - e->idle_since) / USEC_PER_MSEC));
	if (is_incident)
		report_cleared(p, "connections were found dead");
	/* On this thread: the slot is needed here, and where the peer is gone it takes no time. */
	bool is_closed =
		p->driver->close(p->ctx, e->conn, is_alive ? CLOSE_GRACEFULLY : CLOSE_DEAD);
	probe3(close, p->name, is_alive ? "the reset failed" : "dead", is_closed);
	return false;
}

/* Only the application can make one free. */
static bool are_all_in_use_locked(const struct pool *p)
{
	mutex_assert_held(&p->lock);
	return !p->is_paused && policy_is_full(&p->limits, &p->entries) &&
	       p->entries.counts[ENTRY_IN_USE] + p->entries.counts[ENTRY_PARKED] ==
		       p->entries.total;
}

/* Nobody can return a connection when the only thread there is stands here and all are in use. */
static bool may_be_alone_locked(const struct attempt *a)
{
	mutex_assert_held(&a->pool->lock);
	return !a->has_company && are_all_in_use_locked(a->pool);
}

/* Served, but too late to make use of it: is there somebody who still can? */
static bool must_give_on_locked(struct attempt *a, usec_t now)
{
	mutex_assert_held(&a->pool->lock);
	if (now < a->deadline)
		return false;
	switch (a->waiter.grant) {
	case GRANT_OPEN:
		return true;
	case GRANT_ENTRY:
		/* With nobody else in line it would only lie idle, while this one is told that all
		 * are in use. */
		return a->pool->line.count > 0 && !a->waiter.entry->enlistment;
	case GRANT_NONE:
	case GRANT_LOOK_AGAIN:
	case GRANT_BLOCKED:
	case GRANT_DISABLED:
	case GRANT_RETIRED:
	case GRANT_POOL_CLOSED:
		break;
	}
	return false;
}

/* Undo a grant; returns the slot's entry if that is to be freed, outside the lock. */
static struct entry *give_on_locked(struct attempt *a, usec_t now)
{
	struct pool *p = a->pool;
	struct entry *e = a->waiter.entry;

	mutex_assert_held(&p->lock);
	if (a->waiter.grant == GRANT_OPEN) {
		pool_drop_locked(p, e, now);
		return e;
	}
	e->uses--;
	/* As it was: it is neither younger for this nor less suspect. */
	entry_move(&p->entries, e, ENTRY_IDLE);
	pool_serve_locked(p, now);
	return NULL;
}

static enum outcome time_out_locked(struct attempt *a, usec_t now)
{
	mutex_assert_held(&a->pool->lock);
	counter_add(&a->pool->tally->counters.timeouts, 1);
	report_gather_locked(a->pool, now, &a->exhausted);
	return OUTCOME_TIMED_OUT;
}

/* To find out that it is dead took all the time there was: no login is begun any more. */
static enum outcome time_out_dead_locked(struct attempt *a, usec_t now)
{
	enum outcome outcome;

	mutex_assert_held(&a->pool->lock);
	counter_add(&a->pool->tally->counters.hard_disconnects, 1);
	pool_drop_locked(a->pool, a->dead, now);
	outcome = time_out_locked(a, now);
	a->exhausted.has_found_dead = true;
	return outcome;
}

/* Stand in line until served or until the deadline. */
static enum outcome wait_locked(struct attempt *a, struct entry **ret_unused)
{
	struct pool *p = a->pool;
	struct waiter *w = &a->waiter;
	usec_t since = clock_now(p->clock);
	enum outcome outcome = OUTCOME_GRANTED;

	mutex_assert_held(&p->lock);
	waitq_join_locked(&p->line, w);
	/* What it waits for may be work that this thread has just offered: a close, for the slot.
	 */
	if (p->is_wake_due) {
		pool_unlock(p);
		pool_lock(p);
	}
	bool is_served = pool_wait_locked(p, w, a->deadline);
	usec_t now = clock_now(p->clock);
	a->waited += now - since;
	if (unlikely(pool_is_inherited(p)))
		return OUTCOME_GRANTED;
	histogram_add(&p->tally->histograms.wait, now - since);
	probe3(wait, p->name, is_served, now - since);
	if (!is_served) {
		outcome = time_out_locked(a, now);
		waitq_leave_locked(&p->line, w);
	} else if (unlikely(must_give_on_locked(a, now))) {
		*ret_unused = give_on_locked(a, now);
		outcome = time_out_locked(a, now);
	}
	return outcome;
}

static enum outcome claim_or_wait_locked(struct attempt *a, struct entry **ret_unused)
{
	struct pool *p = a->pool;
	struct waiter *w = &a->waiter;

	mutex_assert_held(&p->lock);
	w->grant = p->line.count > 0 && !w->has_had_its_turn
			   ? GRANT_NONE
			   : pool_claim_locked(p, w, clock_now(p->clock));
	if (w->grant == GRANT_NONE && p->limits.may_not_wait && are_all_in_use_locked(p)) {
		report_gather_locked(p, clock_now(p->clock), &a->exhausted);
		return OUTCOME_SELF_DEADLOCK;
	}
	if (w->grant == GRANT_NONE && may_be_alone_locked(a)) {
		pool_unlock(p);
		a->has_company = !p->engine->is_only_thread();
		pool_lock(p);
		/* Only our own threads can have changed anything, and they free nothing that is in
		 * use. */
		if (may_be_alone_locked(a)) {
			report_gather_locked(p, clock_now(p->clock), &a->exhausted);
			return OUTCOME_SELF_DEADLOCK;
		}
		return claim_or_wait_locked(a, ret_unused);
	}
	return w->grant == GRANT_NONE ? wait_locked(a, ret_unused) : OUTCOME_GRANTED;
}

static enum outcome try_once(struct attempt *a)
{
	struct pool *p = a->pool;
	struct entry *dead = a->dead;
	struct entry *unused = NULL;
	usec_t now = dead ? clock_now(p->clock) : 0;
	enum outcome outcome;

	pool_lock(p);
	if (unlikely(dead && now >= a->deadline)) {
		outcome = time_out_dead_locked(a, now);
	} else if (dead) {
		/* The slot goes to nobody else before this thread has had a look at it. */
		counter_add(&p->tally->counters.hard_disconnects, 1);
		entry_set_remove(&p->entries, dead);
		a->waiter.has_had_its_turn = true;
		outcome = claim_or_wait_locked(a, &unused);
		pool_serve_locked(p, clock_now(p->clock));
	} else {
		outcome = claim_or_wait_locked(a, &unused);
	}
	if (outcome == OUTCOME_GRANTED && a->waiter.grant == GRANT_BLOCKED) {
		counter_add(&p->tally->counters.blocked_connects, 1);
		a->blocking = p->blocking;
		login_error_ref(a->blocking.last);
	}
	pool_unlock(p);
	entry_free(dead);
	a->dead = NULL;
	entry_free(unused);
	return outcome;
}

static enum pool_rc time_out(struct attempt *a, struct diag *reterr)
{
	struct pool *p = a->pool;

	trace_event(p->trace, TRACE_WARN, "wait-timeout",
		"pool=%s total=%u active=%u waited-ms=%lld", p->word, a->exhausted.numbers.total,
		a->exhausted.numbers.active, (long long)(a->waited / USEC_PER_MSEC));
	report_timed_out(p, &a->exhausted, reterr);
	return POOL_TIMED_OUT;
}

/* The login that was granted. */
static enum pool_rc log_in(struct attempt *a, struct borrow *ret_borrow, struct diag *reterr)
{
	struct pool *p = a->pool;
	struct entry *e = a->waiter.entry;

	if (!pool_login(p, e, a->request->opener, a->deadline, a->waited, a->waiter.thread, reterr))
		return POOL_OPEN_FAILED;
	pool_fill_borrow(p, e, false, a->waited, ret_borrow);
	return POOL_OK;
}

/* One round. False: what was granted turned out to be dead, this thread is still first. */
static bool borrow_once(
	struct attempt *a, struct borrow *ret_borrow, struct diag *reterr, enum pool_rc *ret_rc)
{
	struct pool *p = a->pool;

	switch (try_once(a)) {
	case OUTCOME_TIMED_OUT:
		*ret_rc = time_out(a, reterr);
		return true;
	case OUTCOME_SELF_DEADLOCK:
		report_self_deadlock(p, &a->exhausted, reterr);
		*ret_rc = POOL_SELF_DEADLOCK;
		return true;
	case OUTCOME_GRANTED:
		break;
	}
	switch (a->waiter.grant) {
	case GRANT_ENTRY:
		if (!pool_validate(p, a->waiter.entry, a->waiter.idle_for, a->deadline)) {
			pool_unuse(p);
			a->dead = a->waiter.entry;
			return false;
		}
		pool_fill_borrow(p, a->waiter.entry, true, a->waited, ret_borrow);
		*ret_rc = POOL_OK;
		return true;
	case GRANT_OPEN:
		*ret_rc = log_in(a, ret_borrow, reterr);
		return true;
	case GRANT_BLOCKED:
		report_blocked(p, &a->blocking, clock_now(p->clock), reterr);
		*ret_rc = POOL_BLOCKED;
		return true;
	case GRANT_DISABLED:
		*ret_rc = POOL_DISABLED;
		return true;
	case GRANT_RETIRED:
		*ret_rc = POOL_UNKNOWN;
		return true;
	case GRANT_LOOK_AGAIN:
		report_enlisted(p, *ret_rc = POOL_TRANSACTION_ENDED, reterr);
		return true;
	case GRANT_NONE:
	case GRANT_POOL_CLOSED:
		break;
	}
	report_closed(reterr);
	*ret_rc = POOL_CLOSED;
	return true;
}

enum pool_rc pool_borrow_slowly(struct pool *p, const struct borrow_request *request,
	struct enlistment *wants, struct entry *dead, struct borrow *ret_borrow,
	struct diag *reterr)
{
	struct attempt a = {
		.pool = p,
		.request = request,
		.deadline = request->deadline,
		.dead = dead,
	};
	enum pool_rc rc = POOL_NO_MEMORY;

	waiter_init(&a.waiter, thread_id());
	a.waiter.wants = wants;
	a.waiter.spare = entry_new(p->limits.leak_threshold != USEC_INFINITY);
	if (a.waiter.spare) {
		while (!borrow_once(&a, ret_borrow, reterr, &rc))
			;
	} else {
		diag_add_no_memory(reterr);
		if (dead)
			pool_drop_closed(p, dead);
	}
	entry_free(a.waiter.spare);
	login_error_unref(a.exhausted.last_error);
	login_error_unref(a.blocking.last);
	waiter_done(&a.waiter);
	if (!pool_is_inherited(p))
		pool_unuse(p);
	return rc;
}
