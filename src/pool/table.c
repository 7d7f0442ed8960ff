/* SPDX-License-Identifier: MIT */
#include "pool/table.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 16 };

static size_t home(const struct table *t, const struct digest *key)
{
	return key->word[0] & t->mask;
}

void table_insert(struct table *t, const struct digest *key, struct pool *p)
{
	size_t i = home(t, key);

	while (t->slots[i].pool)
		i = (i + 1) & t->mask;
	t->slots[i] = (struct table_slot){.key = *key, .pool = p};
	t->count++;
}

bool table_reserve(struct table *t)
{
	struct table old = *t;
	size_t size = old.slots ? old.mask + 1 : 0;

	/* At most half full: a search ends soon, and always at a free slot. */
	if ((old.count + 1) * 2 <= size)
		return true;
	size = size ? size * 2 : FIRST_SIZE;
	t->slots = calloc(size, sizeof(*t->slots));
	if (!t->slots) {
		*t = old;
		return false;
	}
	t->mask = size - 1;
	t->count = 0;
	for (size_t i = 0; old.slots && i <= old.mask; i++) {
		if (old.slots[i].pool)
			table_insert(t, &old.slots[i].key, old.slots[i].pool);
	}
	free(old.slots);
	return true;
}

void table_remove(struct table *t, const struct digest *key)
{
	size_t hole = home(t, key);

	while (!digest_equal(&t->slots[hole].key, key))
		hole = (hole + 1) & t->mask;
	/* Close the gap: an entry moves into the hole unless that lies before its home. */
	for (size_t i = (hole + 1) & t->mask; t->slots[i].pool; i = (i + 1) & t->mask) {
		size_t from_home = (i - home(t, &t->slots[i].key)) & t->mask;
		size_t from_hole = (i - hole) & t->mask;
		if (from_home >= from_hole) {
			t->slots[hole] = t->slots[i];
			hole = i;
		}
	}
	t->slots[hole] = (struct table_slot){.pool = NULL};
	t->count--;
}

void table_clear(struct table *t)
{
	if (t->slots)
		memset(t->slots, 0, (t->mask + 1) * sizeof(*t->slots));
	t->count = 0;
}
