/* SPDX-License-Identifier: MIT */
#include "pool/remains.h"

#include "pool/pool_internal.h"

#include <stdlib.h>

struct kept {
	struct list link;
	struct digest key;
	struct counters counters;
	struct blocking blocking;
};

void remains_init(struct remains *r)
{
	*r = (struct remains){.count = 0};
	list_init(&r->kept);
}

static void add(struct counters *to, const struct counters *from)
{
#define COUNTER(member, name, help)                                                                \
	counter_add(&to->member, atomic_load_explicit(&from->member, memory_order_relaxed));
#define GAUGE(member, name, help)
#define HISTOGRAM(member, name, help)
#include "base/counters.def"
#undef COUNTER
#undef GAUGE
#undef HISTOGRAM
}

void remains_keep_counters(struct remains *r, const struct counters *c)
{
	add(&r->forgotten, c);
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
		remains_keep_counters(r, &p->counters);
		return;
	}
	k->key = p->key;
	add(&k->counters, &p->counters);
	k->blocking = p->blocking;
	p->blocking = (struct blocking){.last = NULL};
	list_push_back(&r->kept, &k->link);
	r->count++;
	if (r->count > limit) {
		struct kept *oldest = list_first(&r->kept, struct kept, link);
		remains_keep_counters(r, &oldest->counters);
		forget(r, oldest);
	}
}

void remains_inherit(struct remains *r, struct pool *p)
{
	list_for_each(l, next, &r->kept)
	{
		struct kept *k = list_entry(l, struct kept, link);
		if (!digest_equal(&k->key, &p->key))
			continue;
		add(&p->counters, &k->counters);
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

void remains_sum(const struct remains *r, struct counter_values *ret_sum)
{
	counters_sum(ret_sum, &r->forgotten);
	list_for_each(l, next, &r->kept)
	{
		counters_sum(ret_sum, &list_entry(l, struct kept, link)->counters);
	}
}

void remains_forget(struct remains *r)
{
	list_for_each(l, next, &r->kept)
	{
		forget(r, list_entry(l, struct kept, link));
	}
	remains_init(r);
}
