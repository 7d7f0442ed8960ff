/* SPDX-License-Identifier: MIT */
#include "pool/enlist.h"

#include "base/hash.h"
#include "pool/pool_internal.h"
#include "pool/threads.h"

#include <stdlib.h>
#include <string.h>

struct transaction_id transaction_id(const void *data, size_t len)
{
	struct hasher h;

	hasher_init(&h, hash_process_key());
	hasher_add(&h, data, len);
	return (struct transaction_id){data, len, hasher_finish(&h).word[0]};
}

void enlistments_init(struct enlistments *all)
{
	for (int i = 0; i < ENLISTMENT_BUCKETS; i++)
		list_init(&all->buckets[i]);
	list_init(&all->lost);
	all->lost_count = 0;
	atomic_init(&all->count, 0);
}

struct enlistment *enlistment_new(const struct transaction_id *id, bool is_on_one_session)
{
	struct enlistment *enl = calloc(1, sizeof(*enl) + id->len);

	if (!enl)
		return NULL;
	list_init(&enl->link);
	list_init(&enl->lost_link);
	list_init(&enl->parked);
	waitq_init(&enl->line);
	enl->refs = 1;
	enl->is_on_one_session = is_on_one_session;
	enl->hash = id->hash;
	enl->len = id->len;
	memcpy(enl->id, id->data, id->len);
	return enl;
}

struct enlistment *enlistments_find(const struct enlistments *all, const struct transaction_id *id)
{
	const struct list *bucket = &all->buckets[id->hash % ENLISTMENT_BUCKETS];

	for (struct list *l = bucket->next; l != bucket; l = l->next) {
		struct enlistment *enl = list_entry(l, struct enlistment, link);
		if (enl->hash == id->hash && enl->len == id->len &&
			memcmp(enl->id, id->data, id->len) == 0)
			return enl;
	}
	return NULL;
}

void enlistments_add(struct enlistments *all, struct enlistment *enl)
{
	list_push_front(&all->buckets[enl->hash % ENLISTMENT_BUCKETS], &enl->link);
	enl->refs++;
	atomic_fetch_add(&all->count, 1);
}

static void drop(struct enlistment *enl)
{
	if (--enl->refs == 0)
		free(enl);
}

void enlistments_remove(struct enlistments *all, struct enlistment *enl)
{
	if (list_is_empty(&enl->link))
		return;
	if (!list_is_empty(&enl->lost_link)) {
		list_remove(&enl->lost_link);
		all->lost_count--;
	}
	list_remove(&enl->link);
	atomic_fetch_sub(&all->count, 1);
	drop(enl);
}

void enlistment_unref(struct enlistments *all, struct enlistment *enl)
{
	bool is_listed = !list_is_empty(&enl->link);

	if (is_listed && enl->refs == 2 && !enl->is_lost)
		enlistments_remove(all, enl);
	drop(enl);
}

void enlistment_lose(struct enlistments *all, struct enlistment *enl)
{
	if (enl->is_lost || list_is_empty(&enl->link))
		return;
	enl->is_lost = true;
	list_push_back(&all->lost, &enl->lost_link);
	if (++all->lost_count > LOST_MAX)
		enlistments_remove(all, list_first(&all->lost, struct enlistment, lost_link));
}

void enlistments_done(struct enlistments *all)
{
	list_for_each(l, next, &all->lost)
	{
		enlistments_remove(all, list_entry(l, struct enlistment, lost_link));
	}
}

void pool_enlist_entry_locked(struct pool *p, struct entry *e, struct enlistment *enl, pid_t thread)
{
	mutex_assert_held(&p->lock);
	enl->refs++;
	enl->in_use++;
	enl->holder = thread;
	e->enlistment = enl;
	counter_add(&p->tally->counters.enlistments, 1);
}

void pool_wake_for_transaction_locked(struct pool *p, struct enlistment *enl, enum grant grant)
{
	struct waiter *w;

	mutex_assert_held(&p->lock);
	while ((w = waitq_head_locked(&enl->line)))
		waitq_serve_locked(&enl->line, w, grant);
}

void pool_wake_transactions_locked(struct pool *p)
{
	mutex_assert_held(&p->lock);
	for (int i = 0; i < ENLISTMENT_BUCKETS; i++)
		list_for_each(l, next, &p->enlistments.buckets[i])
		{
			pool_wake_for_transaction_locked(
				p, list_entry(l, struct enlistment, link), GRANT_POOL_CLOSED);
		}
}

void pool_unlist_entry_locked(struct pool *p, struct entry *e, bool is_lost)
{
	struct enlistment *enl = e->enlistment;

	mutex_assert_held(&p->lock);
	e->enlistment = NULL;
	if (e->state == ENTRY_PARKED) {
		/* Off a list that may be gone in a moment. */
		list_remove(&e->link);
		enl->parked_count--;
	} else {
		enl->in_use--;
	}
	if (enl->is_on_one_session && is_lost && !enl->is_sealed)
		enlistment_lose(&p->enlistments, enl);
	if (enl->is_on_one_session)
		pool_wake_for_transaction_locked(p, enl, GRANT_LOOK_AGAIN);
	enlistment_unref(&p->enlistments, enl);
}

/* Who has waited longest for a connection of this transaction; NULL: nobody does. */
static struct waiter *waiter_for_locked(
	struct pool *p, struct enlistment *enl, struct waitq **ret_line)
{
	struct waiter *w = waitq_head_locked(&enl->line);

	mutex_assert_held(&p->lock);
	*ret_line = &enl->line;
	if (w)
		return w;
	*ret_line = &p->line;
	list_for_each(l, next, &p->line.waiters)
	{
		w = list_entry(l, struct waiter, link);
		if (w->wants == enl)
			return w;
	}
	return NULL;
}

void pool_put_back_locked(struct pool *p, struct entry *e, usec_t now)
{
	const char *reason = policy_end_reason(&p->limits, e, p->generation, now);

	mutex_assert_held(&p->lock);
	/* Nobody has cleaned the session; the reset begins with that. */
	e->needs_reset = true;
	if (reason)
		pool_doom_locked(p, e, CLOSE_GRACEFULLY, reason);
	else
		pool_put_idle_locked(p, e, now);
}

void pool_park_locked(struct pool *p, struct entry *e, usec_t now)
{
	struct enlistment *enl = e->enlistment;
	struct waitq *line;
	struct waiter *w;

	mutex_assert_held(&p->lock);
	e->needs_reset = false;
	if (enl->has_ended) {
		pool_unlist_entry_locked(p, e, false);
		pool_put_back_locked(p, e, now);
		return;
	}
	w = enl->is_sealed ? NULL : waiter_for_locked(p, enl, &line);
	if (w) {
		pool_hand_out_locked(p, e, w->thread, now);
		enl->holder = w->thread;
		w->entry = e;
		w->idle_for = IDLE_FOR_PARKED;
		waitq_serve_locked(line, w, GRANT_ENTRY);
		return;
	}
	e->parked_since = now;
	e->is_park_reported = false;
	enl->in_use--;
	enl->parked_count++;
	entry_move(&p->entries, e, ENTRY_PARKED);
}

struct entry *pool_take_parked_locked(
	struct pool *p, struct enlistment *enl, pid_t thread, usec_t now)
{
	struct entry *e;

	mutex_assert_held(&p->lock);
	if (list_is_empty(&enl->parked))
		return NULL;
	e = list_first(&enl->parked, struct entry, link);
	enl->parked_count--;
	enl->in_use++;
	enl->holder = thread;
	pool_hand_out_locked(p, e, thread, now);
	return e;
}

/* The transaction in this pool, made from `spare` if it is new there. */
static struct enlistment *find_or_add_locked(
	struct pool *p, const struct transaction_id *id, struct enlistment **spare)
{
	struct enlistment *enl = enlistments_find(&p->enlistments, id);

	mutex_assert_held(&p->lock);
	if (!enl) {
		enl = *spare;
		*spare = NULL;
		enlistments_add(&p->enlistments, enl);
		enl->refs--;
	}
	return enl;
}

/* Does another connection have what this one would need to be? */
static bool is_elsewhere(const struct enlistment *enl, bool may_swap)
{
	if (enl->is_on_one_session)
		return enl->is_claimed || enl->in_use > 0 || enl->parked_count > 0 || enl->is_lost;
	return may_swap && enl->parked_count > 0;
}

enum pool_rc pool_enlist(struct borrow *b, const struct transaction_id *id, bool is_on_one_session,
	bool may_swap, bool *ret_is_elsewhere, struct diag *reterr)
{
	struct enlistment *spare = enlistment_new(id, is_on_one_session);
	struct pool *p = b->pool;
	struct entry *e = b->entry;
	struct enlistment *enl;
	enum pool_rc rc = POOL_OK;

	*ret_is_elsewhere = false;
	if (!spare) {
		diag_add_no_memory(reterr);
		return POOL_NO_MEMORY;
	}
	pool_lock(p);
	enl = find_or_add_locked(p, id, &spare);
	enl->refs++;
	if (enl->is_sealed) {
		rc = POOL_TRANSACTION_ENDED;
	} else if (e->enlistment != enl && is_elsewhere(enl, may_swap)) {
		*ret_is_elsewhere = true;
	} else if (e->enlistment != enl) {
		if (e->enlistment)
			pool_unlist_entry_locked(p, e, false);
		pool_enlist_entry_locked(p, e, enl, thread_id());
	}
	enlistment_unref(&p->enlistments, enl);
	pool_unlock(p);
	free(spare);
	if (rc != POOL_OK)
		report_enlisted(p, rc, reterr);
	else if (!*ret_is_elsewhere)
		b->is_enlisted = true;
	return rc;
}

void pool_unlist(struct borrow *b)
{
	struct pool *p = b->pool;

	b->is_enlisted = false;
	if (pool_is_inherited(p))
		return;
	pool_lock(p);
	if (b->entry->enlistment)
		pool_unlist_entry_locked(p, b->entry, false);
	pool_unlock(p);
}
