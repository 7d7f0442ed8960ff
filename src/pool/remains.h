/* SPDX-License-Identifier: MIT */
#ifndef POOL_REMAINS_H
#define POOL_REMAINS_H
/*
 * What is kept of a pool that has vanished: its counters, and its blocking period, so that an
 * application whose logins fail does not escape it by letting its pool go.
 *
 * Bounded: the oldest remains go first; their counters stay in the sum.
 *
 * Locks:     the registry's.
 * Ownership: owns what is kept.
 */
#include "base/counters.h"
#include "base/hash.h"
#include "base/list.h"

struct pool;

struct remains {
	struct list kept; /* oldest first */
	unsigned count;
	struct tally *departed; /* the sum of what was counted by pools that are gone */
};

void remains_init(struct remains *r, struct tally *departed);
/* Keep what matters of a pool that is about to be freed; at most `limit` are kept. */
void remains_keep(struct remains *r, struct pool *p, unsigned limit);
/* Only move the counters to the sum. */
void remains_keep_counters(struct remains *r, struct pool *p);
/* A new pool takes over from an earlier one of its key. */
void remains_inherit(struct remains *r, struct pool *p);
/* All pools were cleared: their blocking periods end. */
void remains_clear(struct remains *r);
/* In a forked child: nothing has been counted, and no login has failed. */
void remains_forget(struct remains *r);

#endif
