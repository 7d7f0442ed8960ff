/* SPDX-License-Identifier: MIT */
/*
 * Orders from outside: clear, pause, disable. What they mean to a borrower is in
 * pool_claim_locked().
 */
#include "pool/registry_internal.h"

#include <string.h>

static void clear_locked(struct pool *p)
{
	mutex_assert_held(&p->lock);
	pool_clear_locked(p);
	login_error_unref(blocking_reset(&p->blocking));
}

static void obey_locked(struct pool *p, enum pool_order order)
{
	mutex_assert_held(&p->lock);
	switch (order) {
	case POOL_CLEAR:
		clear_locked(p);
		break;
	case POOL_PAUSE:
		p->is_paused = true;
		break;
	case POOL_RESUME:
		p->is_paused = false;
		break;
	case POOL_DISABLE:
		p->is_disabled = true;
		clear_locked(p);
		break;
	case POOL_ENABLE:
		p->is_disabled = false;
		break;
	}
	p->is_steered = p->is_paused || p->is_disabled;
	pool_show_state_locked(p);
	pool_serve_locked(p, clock_now_coarse(p->clock));
}

static void keep_for_new_locked(struct registry *r, enum pool_order order)
{
	mutex_assert_held(&r->lock);
	switch (order) {
	case POOL_CLEAR:
		remains_clear(&r->remains);
		break;
	case POOL_PAUSE:
		r->is_paused = true;
		break;
	case POOL_RESUME:
		r->is_paused = false;
		break;
	case POOL_DISABLE:
		r->is_disabled = true;
		break;
	case POOL_ENABLE:
		r->is_disabled = false;
		break;
	}
}

void registry_steer_new_locked(struct registry *r, struct pool *p, const struct pool *replaced)
{
	mutex_assert_held(&r->lock);
	/* Nobody else knows this pool yet. */
	p->is_paused = r->is_paused || (replaced && replaced->is_paused);
	p->is_disabled = r->is_disabled || (replaced && replaced->is_disabled);
	p->is_steered = p->is_paused || p->is_disabled;
}

unsigned registry_order(struct registry *r, enum pool_order order, const struct tally *of)
{
	unsigned n = 0;

	mutex_lock(&r->lock);
	if (!of)
		keep_for_new_locked(r, order);
	list_for_each(l, next, &r->pools)
	{
		struct pool *p = list_entry(l, struct pool, link);
		if (of && p->tally != of)
			continue;
		pool_lock(p);
		obey_locked(p, order);
		n += !p->is_retired;
		pool_unlock_within_registry(p);
	}
	mutex_unlock(&r->lock);
	workers_wake(&r->engine.workers);
	return n;
}

unsigned registry_clear_named(struct registry *r, const char *name)
{
	unsigned n = 0;

	if (!name)
		return registry_order(r, POOL_CLEAR, NULL);
	mutex_lock(&r->lock);
	list_for_each(l, next, &r->pools)
	{
		struct pool *p = list_entry(l, struct pool, link);
		if (strcmp(name, p->name) != 0)
			continue;
		pool_lock(p);
		obey_locked(p, POOL_CLEAR);
		pool_unlock_within_registry(p);
		n++;
	}
	mutex_unlock(&r->lock);
	workers_wake(&r->engine.workers);
	return n;
}

struct registry_state registry_get_state(struct registry *r)
{
	struct registry_state state;

	mutex_lock(&r->lock);
	state = (struct registry_state){r->is_paused, r->is_disabled};
	mutex_unlock(&r->lock);
	return state;
}
