/* SPDX-License-Identifier: MIT */
#include "pool/pool_internal.h"

#include "base/probe.h"
#include "pool/registry.h"
#include "pool/threads.h"

#include <stdlib.h>
#include <string.h>

struct pool *pool_new(struct engine *engine, const struct digest *key, const struct pool_spec *spec)
{
	struct pool *p = calloc(1, sizeof(*p));
	usec_t now = clock_now(engine->clock);

	if (!p)
		return NULL;
	p->name = strdup(spec->name);
	p->word = trace_word(spec->name);
	p->tally = spec->tally ? spec->tally : calloc(1, sizeof(*p->tally));
	if (!p->name || !p->word || !p->tally) {
		free(p->name);
		free(p->word);
		if (!spec->tally)
			free(p->tally);
		free(p);
		return NULL;
	}
	p->engine = engine;
	p->clock = engine->clock;
	p->driver = spec->driver;
	p->ctx = spec->ctx;
	p->trace = spec->trace;
	p->epoch = atomic_load_explicit(&engine->epoch, memory_order_relaxed);
	p->limits = policy_limits(spec->settings, spec->is_exempt_host);
	p->limits.may_not_wait = spec->may_not_wait;
	mutex_init(&p->lock, LOCK_RANK_POOL);
	entry_set_init(&p->entries);
	waitq_init(&p->line);
	enlistments_init(&p->enlistments);
	list_init(&p->work_link);
	p->worker_since = WORKER_NONE;
	list_init(&p->link);
	p->last_used = p->empty_since = p->aged_at = now;
	p->random = key->word[1] ^ (uint64_t)now;
	p->key = *key;
	p->sections = spec->sections;
	p->parts = spec->parts;
	p->ini_generation = spec->generation;
	return p;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	p->driver->free_ctx(p->ctx);
	enlistments_done(&p->enlistments);
	login_error_unref(p->blocking.last);
	mutex_done(&p->lock);
	if (p->engine->books)
		p->engine->books->release(p->tally);
	else
		free(p->tally);
	free(p->name);
	free(p->word);
	free(p);
}

/* Who reads the tally without the lock learns from its sequence what belongs together. */
static void begin_changes_locked(struct pool *p)
{
	mutex_assert_held(&p->lock);
	tally_begin(p->tally);
}

static void end_changes_locked(struct pool *p)
{
	struct gauges *g = &p->tally->gauges;
	struct pool_numbers n = pool_numbers_locked(p);

	mutex_assert_held(&p->lock);
	gauge_set(&g->active_connections, n.active);
	gauge_set(&g->free_connections, n.idle);
	gauge_set(&g->stasis_connections, n.parked);
	gauge_set(&g->opening, n.opening);
	gauge_set(&g->waiting, n.waiting);
	tally_end(p->tally);
}

void pool_lock(struct pool *p)
{
	mutex_lock(&p->lock);
	begin_changes_locked(p);
}

void pool_unlock_within_registry(struct pool *p)
{
	end_changes_locked(p);
	mutex_unlock(&p->lock);
}

bool pool_wait_locked(struct pool *p, struct waiter *w, usec_t deadline)
{
	bool is_served;

	end_changes_locked(p);
	is_served = waitq_wait_locked(w, &p->lock, p->clock, deadline);
	begin_changes_locked(p);
	return is_served;
}

void pool_show_state_locked(struct pool *p)
{
	struct tally *t = p->tally;
	uint32_t state = (p->is_paused ? TALLY_PAUSED : 0) | (p->is_disabled ? TALLY_DISABLED : 0) |
			 (p->is_retired ? TALLY_RETIRED : 0) | (p->is_closed ? TALLY_CLOSING : 0);

	mutex_assert_held(&p->lock);
	atomic_store_explicit(&t->state, state, memory_order_relaxed);
	atomic_store_explicit(&t->blocked_until,
		p->limits.has_blocking_period && p->blocking.is_failing ? p->blocking.until : 0,
		memory_order_relaxed);
}

void pool_unlock(struct pool *p)
{
	struct engine *engine = p->engine;
	bool is_wake_due = p->is_wake_due;

	p->is_wake_due = false;
	end_changes_locked(p);
	mutex_unlock(&p->lock);
	if (likely(!is_wake_due))
		return;
	/* The pool itself may be gone now; the engine never is. */
	workers_wake(&engine->workers);
	reaper_ensure(&engine->reaper);
}

void pool_use_locked(struct pool *p)
{
	mutex_assert_held(&p->lock);
	p->users++;
}

void pool_unuse(struct pool *p)
{
	pool_lock(p);
	p->users--;
	pool_unlock(p);
}

bool pool_is_inherited(const struct pool *p)
{
	return p->epoch != atomic_load_explicit(&p->engine->epoch, memory_order_relaxed);
}

void pool_fill_borrow(
	struct pool *p, struct entry *e, bool is_reused, usec_t waited, struct borrow *ret_borrow)
{
	if (unlikely(e->site != NULL))
		report_note_site(p, e);
	/* Only now is it certain, and the lock is not held. */
	counter_add_shared(&p->tally->counters.soft_connects, 1);
	probe3(borrow, p->name, is_reused, waited);
	trace_event(p->trace, TRACE_DEBUG, "borrow", "pool=%s how=%s waited-us=%lld", p->word,
		is_reused ? "reused" : "opened", (long long)waited);
	*ret_borrow = (struct borrow){
		.pool = p,
		.entry = e,
		.conn = e->conn,
		.ctx = p->ctx,
		.is_reused = is_reused,
		.is_wait_notable = waited >= p->limits.wait_notify,
		.waited = waited,
	};
}

enum pool_rc pool_borrow_any_locked(struct pool *p, const struct borrow_request *request,
	struct enlistment *wants, struct borrow *ret_borrow, struct diag *reterr)
{
	usec_t now = clock_now_coarse(p->clock);
	struct borrow_request timed = *request;
	usec_t idle_for;
	struct entry *e = unlikely(p->is_steered)
				  ? NULL
				  : pool_take_idle_locked(p, thread_id(), now, &idle_for);

	/* From the call on, whatever the time is spent on. */
	if (timed.deadline == BORROW_DEADLINE_OF_POOL)
		timed.deadline = usec_add(now, p->limits.connect_timeout);
	if (unlikely(!e)) {
		pool_use_locked(p);
		pool_unlock(p);
		return pool_borrow_slowly(p, &timed, wants, NULL, ret_borrow, reterr);
	}
	pool_unlock(p);
	if (unlikely(!pool_validate(p, e, idle_for, timed.deadline)))
		return pool_borrow_slowly(p, &timed, wants, e, ret_borrow, reterr);
	pool_fill_borrow(p, e, true, 0, ret_borrow);
	return POOL_OK;
}

enum pool_rc pool_borrow_locked(struct pool *p, const struct borrow_request *request,
	struct borrow *ret_borrow, struct diag *reterr)
{
	if (unlikely(request->transaction != NULL) && p->limits.may_enlist)
		return pool_borrow_enlisted_locked(p, request, ret_borrow, reterr);
	return pool_borrow_any_locked(p, request, NULL, ret_borrow, reterr);
}

enum pool_rc pool_borrow_again(struct pool *p, const struct borrow_request *request,
	struct borrow *ret_borrow, struct diag *reterr)
{
	enum pool_rc rc;

	pool_lock(p);
	rc = pool_borrow_enlisted_locked(p, request, ret_borrow, reterr);
	if (rc == POOL_OK)
		counter_add_shared(&p->tally->counters.swaps, 1);
	return rc;
}

/* What becomes of a connection that came back. */
struct fate {
	const char *what;   /* a literal, for the trace */
	const char *reason; /* why not reused, a literal */
	bool is_incident;
	bool is_parked;	   /* or given to the next in its transaction, or to the common part */
	usec_t leaked_for; /* it had been reported as leaked; else 0 */
	pid_t holder;
};

static void doom_returned_locked(
	struct pool *p, struct entry *e, enum return_verdict verdict, usec_t now, struct fate *fate)
{
	mutex_assert_held(&p->lock);
	fate->what = "closed";
	counter_add(&p->tally->counters.doomed, 1);
	if (verdict == RETURN_DEAD) {
		fate->is_incident = pool_note_dead_locked(p, e, now);
		pool_doom_locked(p, e, CLOSE_DEAD, fate->reason);
	} else {
		pool_doom_locked(p, e, CLOSE_GRACEFULLY, fate->reason);
	}
}

static void trace_fate(struct pool *p, const struct fate *fate)
{
	if (fate->leaked_for)
		trace_event(p->trace, TRACE_WARN, "leak-returned",
			"pool=%s thread=%d came back after %lld s", p->word, (int)fate->holder,
			(long long)(fate->leaked_for / USEC_PER_SEC));
	trace_event(p->trace, TRACE_DEBUG, "return", "pool=%s fate=%s reason=\"%s\"", p->word,
		fate->what, fate->reason ? fate->reason : "fit");
	if (fate->is_incident)
		report_cleared(p, "connections were found dead");
}

/* True: that was all, the transaction decides what becomes of it. */
static bool leave_or_park_locked(
	struct pool *p, struct entry *e, enum return_verdict verdict, usec_t now)
{
	mutex_assert_held(&p->lock);
	switch (verdict) {
	case RETURN_ENLISTED:
		pool_park_locked(p, e, now);
		return true;
	case RETURN_REUSABLE:
	case RETURN_NEEDS_RESET:
		pool_unlist_entry_locked(p, e, false);
		break;
	case RETURN_CLOSE:
	case RETURN_DEAD:
		pool_unlist_entry_locked(p, e, true);
		break;
	}
	e->needs_reset = verdict == RETURN_NEEDS_RESET;
	return false;
}

void pool_return(struct borrow *b, enum return_verdict verdict, const char *reason)
{
	struct pool *p = b->pool;
	struct entry *e = b->entry;
	struct fate fate = {.what = "reused", .reason = reason};
	bool is_reported;

	b->pool = NULL;
	b->entry = NULL;
	b->conn = NULL;
	if (unlikely(pool_is_inherited(p)))
		return;
	usec_t now = clock_now_coarse(p->clock);

	pool_lock(p);
	p->last_used = now;
	counter_add(&p->tally->counters.soft_disconnects, 1);
	histogram_add(&p->tally->histograms.use, now - e->borrowed_at);
	if (unlikely(e->is_leak_reported)) {
		e->is_leak_reported = false;
		fate.leaked_for = now - e->borrowed_at;
		fate.holder = e->holder;
	}
	if (unlikely(e->enlistment != NULL))
		fate.is_parked = leave_or_park_locked(p, e, verdict, now);
	else
		e->needs_reset = verdict == RETURN_NEEDS_RESET;
	if (fate.is_parked) {
		fate.what = "parked";
		fate.reason = NULL;
	} else if (likely(verdict == RETURN_REUSABLE || verdict == RETURN_NEEDS_RESET)) {
		fate.reason = policy_end_reason(&p->limits, e, p->generation, now);
		if (likely(!fate.reason))
			pool_put_idle_locked(p, e, now);
	}
	if (unlikely(fate.reason != NULL))
		doom_returned_locked(p, e, verdict, now, &fate);
	probe3(return, p->name, fate.what, fate.reason);
	is_reported = unlikely(trace_is_on(p->trace, TRACE_WARN));
	if (is_reported)
		pool_use_locked(p);
	pool_unlock(p);
	if (is_reported) {
		trace_fate(p, &fate);
		pool_unuse(p);
	}
}

void pool_note_reclaimed(const struct borrow *b)
{
	struct pool *p = b->pool;

	if (pool_is_inherited(p))
		return;
	pool_lock(p);
	counter_add(&p->tally->counters.reclaimed, 1);
	pool_unlock(p);
}

void pool_clear(struct pool *p)
{
	struct login_error *forgotten;

	if (pool_is_inherited(p))
		return;
	pool_lock(p);
	pool_clear_locked(p);
	forgotten = blocking_reset(&p->blocking);
	pool_show_state_locked(p);
	pool_serve_locked(p, clock_now_coarse(p->clock));
	pool_use_locked(p);
	pool_unlock(p);
	login_error_unref(forgotten);
	report_cleared(p, "the application or the tool asked for it");
	pool_unuse(p);
}

void pool_get_numbers(struct pool *p, struct pool_numbers *ret)
{
	const struct entry *oldest;

	if (pool_is_inherited(p)) {
		*ret = (struct pool_numbers){.total = 0};
		return;
	}
	pool_lock(p);
	*ret = pool_numbers_locked(p);
	oldest = entry_set_oldest_borrow(&p->entries);
	if (oldest) {
		ret->oldest_holder = oldest->holder;
		ret->oldest_held = clock_now(p->clock) - oldest->borrowed_at;
	}
	pool_unlock(p);
}

void pool_get_counters(struct pool *p, struct counter_values *ret_sum)
{
	bool is_active;

	if (pool_is_inherited(p))
		return;
	mutex_lock(&p->lock);
	tally_sum(ret_sum, p->tally);
	is_active = p->entries.total > 0;
	mutex_unlock(&p->lock);
	ret_sum->active_pools += is_active;
	ret_sum->inactive_pools += !is_active;
}

struct tally *pool_tally(const struct pool *p)
{
	return p->tally;
}

const char *pool_name(const struct pool *p)
{
	return p->name;
}
