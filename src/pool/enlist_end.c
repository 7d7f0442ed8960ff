/* SPDX-License-Identifier: MIT */
/*
 * Transactions across all pools of the process: sealing, taking in hand what is parked, the end.
 *
 * Pools that know of no transaction are passed by without taking their locks.
 */
#include "pool/registry_internal.h"

#include "pool/threads.h"

#include <stddef.h>

/* Something to do for a transaction in each pool that knows it. True: go on to the next pool. */
typedef bool each_pool(struct pool *p, struct enlistment *enl, void *arg);

static void for_each_pool(
	struct registry *r, const struct transaction_id *id, each_pool *each, void *arg)
{
	bool goes_on = true;

	mutex_lock(&r->lock);
	list_for_each(l, next, &r->pools)
	{
		struct pool *p = list_entry(l, struct pool, link);
		if (!goes_on || atomic_load(&p->enlistments.count) == 0)
			continue;
		pool_lock(p);
		struct enlistment *enl = enlistments_find(&p->enlistments, id);
		if (enl)
			goes_on = each(p, enl, arg);
		pool_unlock_within_registry(p);
	}
	mutex_unlock(&r->lock);
}

/* In the common line, those who would join it with another connection. */
static void turn_away_locked(struct pool *p, struct enlistment *enl)
{
	mutex_assert_held(&p->lock);
	list_for_each(l, next, &p->line.waiters)
	{
		struct waiter *w = list_entry(l, struct waiter, link);
		if (w->wants == enl)
			waitq_serve_locked(&p->line, w, GRANT_LOOK_AGAIN);
	}
	pool_wake_for_transaction_locked(p, enl, GRANT_LOOK_AGAIN);
}

static bool seal(struct pool *p, struct enlistment *enl, void *arg)
{
	(void)arg;
	enl->is_sealed = true;
	turn_away_locked(p, enl);
	return true;
}

void registry_seal_transaction(struct registry *r, const struct transaction_id *id)
{
	for_each_pool(r, id, seal, NULL);
}

static bool unseal(struct pool *p, struct enlistment *enl, void *arg)
{
	(void)p;
	(void)arg;
	enl->is_sealed = false;
	return true;
}

void registry_unseal_transaction(struct registry *r, const struct transaction_id *id)
{
	for_each_pool(r, id, unseal, NULL);
}

static bool take_parked(struct pool *p, struct enlistment *enl, void *arg)
{
	struct borrow *ret_borrow = arg;
	struct entry *e = pool_take_parked_locked(p, enl, thread_id(), clock_now_coarse(p->clock));

	if (!e)
		return true;
	/* Its return is not the application's. */
	counter_add(&p->tally->counters.soft_disconnects, (uint64_t)-1);
	e->uses--;
	*ret_borrow = (struct borrow){
		.pool = p,
		.entry = e,
		.conn = e->conn,
		.ctx = p->ctx,
		.is_reused = true,
		.is_enlisted = true,
		.is_continued = true,
	};
	return false;
}

bool registry_take_parked(
	struct registry *r, const struct transaction_id *id, struct borrow *ret_borrow)
{
	struct borrow b = {.pool = NULL};

	for_each_pool(r, id, take_parked, &b);
	if (b.pool)
		*ret_borrow = b;
	return b.pool;
}

struct count {
	unsigned in_use, parked;
};

static bool count(struct pool *p, struct enlistment *enl, void *arg)
{
	struct count *sum = arg;

	(void)p;
	sum->in_use += enl->in_use;
	sum->parked += enl->parked_count;
	return true;
}

void registry_count_enlisted(struct registry *r, const struct transaction_id *id,
	unsigned *ret_in_use, unsigned *ret_parked)
{
	struct count sum = {0, 0};

	for_each_pool(r, id, count, &sum);
	*ret_in_use = sum.in_use;
	*ret_parked = sum.parked;
}

static bool end(struct pool *p, struct enlistment *enl, void *arg)
{
	usec_t now = clock_now(p->clock);

	*(bool *)arg = true;
	enl->is_sealed = true;
	enl->has_ended = true;
	enl->refs++;
	enlistments_remove(&p->enlistments, enl);
	list_for_each(l, next, &enl->parked)
	{
		struct entry *e = list_entry(l, struct entry, link);
		pool_unlist_entry_locked(p, e, false);
		pool_put_back_locked(p, e, now);
	}
	turn_away_locked(p, enl);
	enlistment_unref(&p->enlistments, enl);
	return true;
}

bool registry_end_transaction(struct registry *r, const struct transaction_id *id)
{
	bool was_known = false;

	for_each_pool(r, id, end, &was_known);
	workers_wake(&r->engine.workers);
	return was_known;
}

struct pool *registry_find_retired_locked(
	struct registry *r, const struct digest *key, const struct transaction_id *id)
{
	mutex_assert_held(&r->lock);
	list_for_each(l, next, &r->pools)
	{
		struct pool *p = list_entry(l, struct pool, link);
		bool has_it = false;
		if (atomic_load(&p->enlistments.count) == 0 || !digest_equal(&p->key, key))
			continue;
		pool_lock(p);
		const struct enlistment *enl =
			p->is_retired ? enlistments_find(&p->enlistments, id) : NULL;
		if (enl && enl->is_on_one_session)
			has_it = enl->in_use + enl->parked_count > 0 || enl->is_lost;
		else if (enl)
			has_it = enl->parked_count > 0;
		pool_unlock_within_registry(p);
		if (has_it)
			return p;
	}
	return NULL;
}
