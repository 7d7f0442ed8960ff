/* SPDX-License-Identifier: MIT */
/*
 * The end of the process: pools one after another, the connections of one in parallel.
 *
 * As WCF closes its channels: the first pool with a failed close, or still closing when its time is
 * up, is aborted, and those after it are abandoned. Nothing here waits for longer than
 * CloseTimeout: a close that hangs is left to its thread, which ends with the process.
 */
#include "pool/registry_internal.h"

#include "pool/threads.h"

#include <stdlib.h>

enum { CLOSERS_MAX = 32 };
#define CLOSER_STACK ((size_t)1024 * 1024)
/* For the background threads to finish what they are at. */
#define STOPPING_TIME USEC_PER_SEC
/* How often it is looked whether the logins under way have ended. */
#define LOGIN_POLL (5 * USEC_PER_MSEC)

/* The closing of one pool. Counted, since a closer that hangs may outlive it. */
struct closing {
	struct pool *pool;
	struct mutex lock;
	/* lock */
	struct cond changed;
	struct list todo; /* entries, CLOSING */
	unsigned under_way;
	unsigned closed;
	unsigned failed;
	bool is_over; /* begin no more */
	unsigned refs;
};

static struct closing *closing_new(struct pool *p)
{
	struct closing *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->pool = p;
	c->refs = 1;
	mutex_init(&c->lock, LOCK_RANK_WORK);
	cond_init(&c->changed);
	list_init(&c->todo);
	return c;
}

static void closing_unref(struct closing *c)
{
	bool is_last;

	mutex_lock(&c->lock);
	is_last = --c->refs == 0;
	mutex_unlock(&c->lock);
	if (!is_last)
		return;
	cond_done(&c->changed);
	mutex_done(&c->lock);
	free(c);
}

static bool may_begin_locked(const struct closing *c)
{
	mutex_assert_held(&c->lock);
	return !c->is_over && !list_is_empty(&c->todo);
}

static void close_one_locked(struct closing *c)
{
	struct entry *e = list_first(&c->todo, struct entry, link);
	bool may_fail = e->close_mode == CLOSE_DEAD;

	mutex_assert_held(&c->lock);
	list_remove(&e->link);
	c->under_way++;
	mutex_unlock(&c->lock);
	bool is_closed = pool_close_entry(c->pool, e);
	mutex_lock(&c->lock);
	c->under_way--;
	if (is_closed || may_fail) {
		c->closed++;
	} else {
		c->failed++;
		c->is_over = true;
	}
	cond_broadcast(&c->changed);
}

static void closer_main(void *arg)
{
	struct closing *c = arg;

	mutex_lock(&c->lock);
	while (may_begin_locked(c))
		close_one_locked(c);
	mutex_unlock(&c->lock);
	closing_unref(c);
}

/* Everything that lies idle or waits to be closed. What is in use is left alone. */
static unsigned gather(struct closing *c)
{
	struct pool *p = c->pool;
	unsigned n = 0, parked = 0, in_use = 0;

	pool_lock(p);
	list_for_each(l, next, &p->entries.all)
	{
		struct entry *e = list_entry(l, struct entry, all_link);
		if (e->state == ENTRY_IDLE)
			entry_doom(&p->entries, e, CLOSE_GRACEFULLY, "exit");
		if (e->state == ENTRY_PARKED) {
			pool_unlist_entry_locked(p, e, false);
			entry_doom(&p->entries, e, CLOSE_GRACEFULLY,
				"exit, its transaction was never ended");
			parked++;
		}
		in_use += e->state == ENTRY_IN_USE && e->enlistment;
		if (e->state != ENTRY_DOOMED)
			continue;
		entry_move(&p->entries, e, ENTRY_CLOSING);
		list_push_back(&c->todo, &e->link);
		n++;
	}
	pool_unlock(p);
	if (parked + in_use > 0)
		trace_event(p->trace, TRACE_WARN, "transaction-never-ended",
			"pool=%s parked=%u in-use=%u: rolled back, those in use by the server when "
			"it finds them gone",
			p->word, parked, in_use);
	return n;
}

/* Without a thread that may hang in its place this one begins no close: the rest is aborted. */
static void start_closers(struct closing *c, unsigned n)
{
	unsigned i;

	for (i = 0; i < n && i < CLOSERS_MAX; i++) {
		mutex_lock(&c->lock);
		c->refs++;
		mutex_unlock(&c->lock);
		if (!thread_start("odbcpool-close", CLOSER_STACK, closer_main, c)) {
			closing_unref(c);
			break;
		}
	}
	if (i > 0)
		return;
	mutex_lock(&c->lock);
	c->is_over = true;
	mutex_unlock(&c->lock);
}

static void wait_for_closers(struct closing *c, usec_t deadline)
{
	const struct clock *clock = c->pool->clock;
	bool in_time = true;

	mutex_lock(&c->lock);
	while ((may_begin_locked(c) || c->under_way > 0) && !c->is_over && in_time)
		in_time = clock->wait_until(clock, &c->changed, &c->lock, deadline);
	c->is_over = true;
	mutex_unlock(&c->lock);
}

static void close_on_this_thread(struct closing *c, usec_t deadline)
{
	mutex_lock(&c->lock);
	while (may_begin_locked(c) && clock_now(c->pool->clock) < deadline)
		close_one_locked(c);
	c->is_over = true;
	mutex_unlock(&c->lock);
}

/* What was not begun is dropped without a word to the server. */
static unsigned abort_rest(struct closing *c)
{
	unsigned n = 0;

	/* Nobody else takes from the list once the closing is over. */
	list_for_each(l, next, &c->todo)
	{
		struct entry *e = list_entry(l, struct entry, link);
		list_remove(&e->link);
		e->close_mode = CLOSE_ABORT;
		e->close_reason = "exit, aborted";
		pool_close_entry(c->pool, e);
		n++;
	}
	return n;
}

struct closing_result {
	unsigned closed;
	unsigned aborted;
	bool has_failed;
};

static struct closing_result close_pool(struct engine *engine, struct pool *p, usec_t deadline)
{
	struct closing_result result = {.has_failed = false};
	struct closing *c = closing_new(p);
	bool is_worker_stuck;
	unsigned n;

	if (!c) {
		result.has_failed = true;
		return result;
	}
	pool_lock(p);
	is_worker_stuck = p->entries.counts[ENTRY_CLOSING] > 0;
	pool_unlock(p);
	n = gather(c);
	if (engine->workers.with_threads) {
		start_closers(c, n);
		wait_for_closers(c, deadline);
	} else {
		close_on_this_thread(c, deadline);
	}
	if (is_worker_stuck)
		is_worker_stuck = !workers_wait_for_pool(&engine->workers, p, deadline);
	mutex_lock(&c->lock);
	result.closed = c->closed;
	result.aborted = c->failed + c->under_way + (is_worker_stuck ? 1 : 0);
	mutex_unlock(&c->lock);
	result.aborted += abort_rest(c);
	result.has_failed = result.aborted > 0;
	closing_unref(c);
	return result;
}

/* No more borrows, and whoever waits is told. */
static void close_door(struct pool *p)
{
	pool_lock(p);
	p->is_closed = true;
	p->generation++;
	pool_show_state_locked(p);
	pool_serve_locked(p, clock_now_coarse(p->clock));
	pool_wake_transactions_locked(p);
	pool_unlock_within_registry(p);
}

static unsigned count_abandoned(struct registry *r, const struct list *from)
{
	unsigned n = 0;

	for (const struct list *l = from->next; l != &r->pools; l = l->next) {
		struct pool *p = list_entry(l, struct pool, link);
		pool_lock(p);
		n += p->entries.counts[ENTRY_IDLE] + p->entries.counts[ENTRY_DOOMED] +
		     p->entries.counts[ENTRY_PARKED];
		pool_unlock(p);
	}
	return n;
}

static void stop_threads(struct registry *r)
{
	workers_ask_to_stop(&r->engine.workers);
	/* Only now: poked earlier, the housekeeper could look and lie down again before it is
	 * asked. */
	reaper_poke(&r->engine.reaper);
	workers_wait_stopped(
		&r->engine.workers, usec_add(clock_now(r->engine.clock), STOPPING_TIME));
}

static unsigned count_logins(struct registry *r)
{
	unsigned n = 0;

	list_for_each(l, next, &r->pools)
	{
		struct pool *p = list_entry(l, struct pool, link);
		pool_lock(p);
		n += p->entries.counts[ENTRY_OPENING];
		pool_unlock(p);
	}
	return n;
}

/*
 * The libraries below the drivers are torn down after us (OpenSSL, Kerberos), and crash a thread
 * that is logging in then. No login begins any more; those under way get a moment to end.
 */
static void wait_for_logins(struct registry *r)
{
	struct workers *w = &r->engine.workers;
	usec_t deadline = usec_add(clock_now(w->clock), STOPPING_TIME);

	while (w->with_threads && count_logins(r) > 0 && clock_now(w->clock) < deadline) {
		mutex_lock(&w->lock);
		w->clock->wait_until(
			w->clock, &w->changed, &w->lock, usec_add(clock_now(w->clock), LOGIN_POLL));
		mutex_unlock(&w->lock);
	}
}

void registry_shutdown(struct registry *r)
{
	usec_t began = clock_now(r->engine.clock);
	bool is_closed_already;

	mutex_lock(&r->lock);
	is_closed_already = r->is_closed;
	r->is_closed = true;
	mutex_unlock(&r->lock);
	if (is_closed_already)
		return;
	/* From here on no pool joins or leaves the list. */
	list_for_each(l, next, &r->pools)
	{
		close_door(list_entry(l, struct pool, link));
	}
	/* Before any driver call: nobody else is then in the libraries that are about to be torn
	 * down. */
	stop_threads(r);
	wait_for_logins(r);
	list_for_each(l, next, &r->pools)
	{
		struct pool *p = list_entry(l, struct pool, link);
		struct closing_result result =
			close_pool(&r->engine, p, usec_add(began, p->limits.close_timeout));
		if (!result.has_failed)
			continue;
		trace_event(p->trace, TRACE_ERROR, "pool-close-failed",
			"pool=%s closed=%u aborted=%u abandoned=%u", p->word, result.closed,
			result.aborted, count_abandoned(r, l));
		break;
	}
}
