/* SPDX-License-Identifier: MIT */
#include "pool/remains.h"

#include "pool/pool_internal.h"

#include <stdlib.h>

struct kept {
	struct list link;
	struct digest key;
	struct counter_values counted;
	struct blocking blocking;
};

void remains_init(struct remains *r, struct tally *departed)
{
	*r = (struct remains){.departed = departed};
	list_init(&r->kept);
}

/* To who reads without the lock, it has either moved or not. */
static void move_to_departed(
	struct remains *r, struct tally *from, struct counter_values *ret_moved)
{
	*ret_moved = (struct counter_values){0};
	tally_sum(ret_moved, from);
	tally_begin(r->departed);
	tally_add(r->departed, ret_moved);
	tally_subtract(from, ret_moved);
	tally_end(r->departed);
}

static void move_from_departed(
	struct remains *r, struct tally *to, const struct counter_values *moved)
{
	tally_begin(r->departed);
	tally_subtract(r->departed, moved);
	tally_add(to, moved);
	tally_end(r->departed);
}

void remains_keep_counters(struct remains *r, struct pool *p)
{
	struct counter_values counted;

	move_to_departed(r, p->tally, &counted);
}

static void forget(struct remains *r, struct kept *k)
{
	list_remove(&k->link);
	r->count--;
	login_error_unref(k->blocking.last);
	free(k);
}

void remains_keep(struct remains *r, struct pool *p, unsigned limit)
{
	struct kept *k = calloc(1, sizeof(*k));

	if (!k) {
		remains_keep_counters(r, p);
		return;
	}
	k->key = p->key;
	move_to_departed(r, p->tally, &k->counted);
	k->blocking = p->blocking;
	p->blocking = (struct blocking){.last = NULL};
	list_push_back(&r->kept, &k->link);
	r->count++;
	if (r->count > limit)
		forget(r, list_first(&r->kept, struct kept, link));
}

void remains_inherit(struct remains *r, struct pool *p)
{
	list_for_each(l, next, &r->kept)
	{
		struct kept *k = list_entry(l, struct kept, link);
		if (!digest_equal(&k->key, &p->key))
			continue;
		move_from_departed(r, p->tally, &k->counted);
		p->blocking = k->blocking;
		k->blocking.last = NULL;
		forget(r, k);
		return;
	}
}

void remains_clear(struct remains *r)
{
	list_for_each(l, next, &r->kept)
	{
		struct kept *k = list_entry(l, struct kept, link);
		login_error_unref(blocking_reset(&k->blocking));
	}
}

void remains_forget(struct remains *r)
{
	list_for_each(l, next, &r->kept)
	{
		forget(r, list_entry(l, struct kept, link));
	}
	remains_init(r, r->departed);
}
