/* SPDX-License-Identifier: MIT */
#ifndef POOL_TABLE_H
#define POOL_TABLE_H
/*
 * Key -> pool: an open-addressing hash table that grows. A key is a keyed digest already, so its
 * first word is the hash.
 *
 * Locks:     the registry's.
 * Ownership: the table owns its slots, not the pools.
 */
#include "base/compiler.h"
#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>

struct pool;

struct table_slot {
	struct digest key;
	struct pool *pool; /* NULL: free */
};

struct table {
	struct table_slot *slots;
	size_t mask; /* number of slots - 1, a power of two */
	size_t count;
};

/* See that one more pool fits. False: no memory, the table is as before. */
must_use bool table_reserve(struct table *t);
/* After table_reserve(), with a key that is not in the table. */
void table_insert(struct table *t, const struct digest *key, struct pool *p);
void table_remove(struct table *t, const struct digest *key);
void table_clear(struct table *t);

static inline struct pool *table_find(const struct table *t, const struct digest *key)
{
	if (unlikely(!t->slots))
		return NULL;
	for (size_t i = key->word[0] & t->mask;; i = (i + 1) & t->mask) {
		const struct table_slot *s = &t->slots[i];
		if (!s->pool || digest_equal(&s->key, key))
			return s->pool;
	}
}

#endif
