/* SPDX-License-Identifier: MIT */
#include "pool/registry_internal.h"

#include "base/buffer.h"
#include "pool/threads.h"

#include <stdlib.h>
#include <string.h>

#define SWEEP_PERIOD USEC_PER_SEC

struct registry *registry_new(const struct registry_env *env)
{
	struct registry *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	mutex_init(&r->lock, LOCK_RANK_REGISTRY);
	list_init(&r->pools);
	list_init(&r->inherited);
	r->departed = env->books ? env->books->departed : &r->own_departed;
	remains_init(&r->remains, r->departed);
	r->engine.books = env->books;
	r->engine.clock = env->clock;
	r->engine.is_only_thread = env->is_only_thread ? env->is_only_thread : thread_is_only_one;
	workers_init(&r->engine.workers, env->clock, env->with_threads);
	reaper_init(&r->engine.reaper, r, &r->engine.workers, env->every_second);
	return r;
}

enum pool_rc registry_borrow(struct registry *r, const struct digest *key, unsigned long generation,
	const struct borrow_request *request, struct borrow *ret_borrow, struct diag *reterr)
{
	enum pool_rc rc;

	do {
		mutex_lock(&r->lock);
		struct pool *p = table_find(&r->table, key);
		struct pool *retired = NULL;
		if (unlikely(request->transaction && r->retired > 0))
			retired = registry_find_retired_locked(r, key, request->transaction);
		if (unlikely(retired != NULL)) {
			p = retired;
		} else if (unlikely(!p || generation > p->ini_generation)) {
			bool is_closed = r->is_closed;
			mutex_unlock(&r->lock);
			if (!is_closed)
				return POOL_UNKNOWN;
			report_closed(reterr);
			return POOL_CLOSED;
		}
		/* The pool's lock is taken before the registry's is let go: it cannot vanish
		 * between. */
		pool_lock(p);
		mutex_unlock(&r->lock);
		rc = pool_borrow_locked(p, request, ret_borrow, reterr);
	} while (unlikely(rc == POOL_UNKNOWN));
	return rc;
}

/*
 * Which pool is most like this one, and in what do they differ: why a connect found none. The
 * names of the differing parts go to the trace, never what they hold.
 */
static void trace_miss(struct registry *r, const struct pool *p)
{
	struct key_parts nearest = {.hash = {0}};
	struct buffer differing = BUFFER_EMPTY;
	int best = -1;

	mutex_lock(&r->lock);
	list_for_each(l, next, &r->pools)
	{
		struct pool *other = list_entry(l, struct pool, link);
		int same = 0;
		if (other == p || other->driver != p->driver)
			continue;
		for (int i = 0; i < KEY_PARTS; i++)
			same += other->parts.hash[i] == p->parts.hash[i];
		if (same > best) {
			best = same;
			nearest = other->parts;
		}
	}
	mutex_unlock(&r->lock);
	for (int i = 0; best >= 0 && i < KEY_PARTS; i++) {
		if (nearest.hash[i] != p->parts.hash[i])
			buffer_printf(&differing, "%s%s", differing.len ? "," : "",
				key_part_name((enum key_part)i));
	}
	trace_write(p->trace, TRACE_INFO, "pool-new", "pool=%s nearest-differs-in=\"%s\"", p->word,
		best < 0	? "none-there"
		: differing.len ? buffer_str(&differing)
				: "ini-files");
	buffer_done(&differing);
}

/* Which of two pools, both without a connection in use, should go first? */
static bool goes_before_locked(const struct pool *p, usec_t *ret_last_used, bool *ret_is_empty)
{
	mutex_assert_held(&p->lock);
	if (p->is_retired || p->is_steered || p->limits.min_size > 0 || p->users > 0 ||
		p->line.count > 0 || p->entries.counts[ENTRY_IN_USE] > 0 ||
		p->entries.counts[ENTRY_OPENING] > 0 || p->entries.counts[ENTRY_PARKED] > 0)
		return false;
	bool is_empty = p->entries.total == 0;
	if (is_empty < *ret_is_empty ||
		(is_empty == *ret_is_empty && p->last_used >= *ret_last_used))
		return false;
	*ret_is_empty = is_empty;
	*ret_last_used = p->last_used;
	return true;
}

/* MaxPools: the least recently used goes, an empty one if there is any. Without one the bound
 * gives. */
static struct pool *find_victim_locked(struct registry *r, const struct pool *spared)
{
	usec_t last_used = USEC_INFINITY;
	bool is_empty = false;
	struct pool *victim = NULL;

	mutex_assert_held(&r->lock);
	list_for_each(l, next, &r->pools)
	{
		struct pool *p = list_entry(l, struct pool, link);
		if (p == spared)
			continue;
		pool_lock(p);
		if (goes_before_locked(p, &last_used, &is_empty))
			victim = p;
		pool_unlock_within_registry(p);
	}
	return victim;
}

/* Take the pool out of the table; the sweep frees it once it is empty. */
static void retire_locked(struct registry *r, struct pool *p)
{
	mutex_assert_held(&r->lock);
	table_remove(&r->table, &p->key);
	r->retired++;
	pool_lock(p);
	pool_retire_locked(p, clock_now_coarse(p->clock));
	pool_unlock_within_registry(p);
}

/* Enter a new pool, or learn that another thread was faster. Gives what is not needed, to be freed.
 */
static struct pool *enter_locked(
	struct registry *r, struct pool *p, struct pool **ret_replaced, struct pool **ret_victim)
{
	struct pool *present = table_find(&r->table, &p->key);

	mutex_assert_held(&r->lock);
	if (r->is_closed)
		return p;
	/* The files may have been read again while this connect was being resolved. */
	if (present && p->ini_generation < present->ini_generation)
		return p;
	if (present && digest_equal(&present->sections, &p->sections)) {
		present->ini_generation = p->ini_generation;
		return p;
	}
	registry_steer_new_locked(r, p, present);
	if (present)
		retire_locked(r, present);
	else
		remains_inherit(&r->remains, p);
	*ret_replaced = present;
	table_insert(&r->table, &p->key, p);
	list_push_back(&r->pools, &p->link);
	if (r->table.count > p->limits.max_pools) {
		*ret_victim = find_victim_locked(r, p);
		if (*ret_victim)
			retire_locked(r, *ret_victim);
	}
	return NULL;
}

bool registry_add(struct registry *r, const struct digest *key, const struct pool_spec *spec)
{
	struct pool *p = pool_new(&r->engine, key, spec);
	struct pool *replaced = NULL, *victim = NULL, *unneeded;

	if (!p) {
		spec->driver->free_ctx(spec->ctx);
		if (r->engine.books)
			r->engine.books->release(spec->tally);
		return false;
	}
	mutex_lock(&r->lock);
	bool has_room = table_reserve(&r->table);
	unneeded = has_room ? enter_locked(r, p, &replaced, &victim) : p;
	bool is_told = !unneeded && trace_is_on(p->trace, TRACE_INFO);
	if (is_told) {
		/* Or it could be another thread's victim, and gone, before it is spoken of. */
		pool_lock(p);
		pool_use_locked(p);
		pool_unlock_within_registry(p);
	}
	mutex_unlock(&r->lock);
	if (is_told) {
		trace_miss(r, p);
		pool_unuse(p);
	}
	pool_free(unneeded);
	workers_wake(&r->engine.workers);
	reaper_ensure(&r->engine.reaper);
	return has_room;
}

static void note(struct registry *r, _Atomic uint64_t *counter)
{
	mutex_lock(&r->lock);
	tally_begin(r->departed);
	counter_add(counter, 1);
	tally_end(r->departed);
	mutex_unlock(&r->lock);
}

void registry_note_unpooled(struct registry *r)
{
	note(r, &r->departed->counters.non_pooled_connects);
}

void registry_note_prepared(struct registry *r)
{
	note(r, &r->departed->counters.prepared);
}

void registry_note_recovered(struct registry *r)
{
	note(r, &r->departed->counters.recovered);
}

void registry_get_counters(struct registry *r, struct counter_values *ret)
{
	*ret = (struct counter_values){0};
	mutex_lock(&r->lock);
	tally_sum(ret, r->departed);
	list_for_each(l, next, &r->pools)
	{
		pool_get_counters(list_entry(l, struct pool, link), ret);
	}
	mutex_unlock(&r->lock);
}

/* The sweep found the pool empty; look again under both locks, and take it off. */
static bool take_off(struct registry *r, struct pool *p)
{
	bool is_off;

	mutex_lock(&r->lock);
	pool_lock(p);
	is_off = !r->is_closed && pool_is_unused_locked(p) &&
		 !workers_has_pool(&r->engine.workers, p);
	if (is_off) {
		struct pool *present = table_find(&r->table, &p->key);
		if (present == p)
			table_remove(&r->table, &p->key);
		/* One that was replaced was made from other sections: its failures say nothing now.
		 */
		if (present && present != p)
			remains_keep_counters(&r->remains, p);
		else
			remains_keep(&r->remains, p, p->limits.max_pools);
		list_remove(&p->link);
		r->retired -= p->is_retired;
	}
	pool_unlock_within_registry(p);
	mutex_unlock(&r->lock);
	return is_off;
}

usec_t registry_sweep(struct registry *r)
{
	usec_t now = clock_now(r->engine.clock);
	struct pool *p, *next;

	mutex_lock(&r->lock);
	p = list_first(&r->pools, struct pool, link);
	mutex_unlock(&r->lock);
	/* Without the registry's lock between two pools: nobody else takes a pool off the list. */
	for (; &p->link != &r->pools; p = next) {
		bool may_vanish = pool_sweep(p, now);
		mutex_lock(&r->lock);
		next = list_first(&p->link, struct pool, link);
		mutex_unlock(&r->lock);
		if (may_vanish && take_off(r, p)) {
			trace_event(p->trace, TRACE_INFO, "pool-gone", "pool=%s reason=%s", p->word,
				p->is_retired ? "retired" : "empty");
			pool_free(p);
		}
	}
	workers_wake(&r->engine.workers);
	return now + SWEEP_PERIOD;
}

bool registry_work(struct registry *r)
{
	return workers_run_one(&r->engine.workers);
}
