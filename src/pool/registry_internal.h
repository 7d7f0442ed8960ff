/* SPDX-License-Identifier: MIT */
#ifndef POOL_REGISTRY_INTERNAL_H
#define POOL_REGISTRY_INTERNAL_H
/* The registry from the inside, for registry.c, closing.c (process exit) and fork.c. */
#include "base/list.h"
#include "base/lock.h"
#include "pool/pool_internal.h"
#include "pool/registry.h"
#include "pool/remains.h"
#include "pool/table.h"

#include <stdbool.h>

struct registry {
	struct mutex lock;
	/* lock */
	struct table table;
	struct list pools; /* all, retired ones too; only a sweep takes one off */
	struct remains remains;
	bool is_closed;
	unsigned retired;	     /* of `pools` */
	bool is_paused, is_disabled; /* pools yet to come */
	struct list inherited;	     /* pools of the parent process, never touched again */
	struct tally *departed;	     /* what is counted by no pool of the moment */
	struct tally own_departed;   /* without books */
	/* their own */
	struct engine engine;
};

/* enlist_end.c */
/*
 * A connect must not come into another pool than its transaction's because the ini files were
 * edited meanwhile: the retired pool of the key that has a connection of it, or NULL.
 */
struct pool *registry_find_retired_locked(
	struct registry *r, const struct digest *key, const struct transaction_id *id);
/* steer.c */
/* A new pool, which nobody else knows yet, begins as its predecessor was, or as all are. */
void registry_steer_new_locked(struct registry *r, struct pool *p, const struct pool *replaced);

#endif
