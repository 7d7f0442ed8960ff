/* SPDX-License-Identifier: MIT */
#ifndef POOL_ENLIST_H
#define POOL_ENLIST_H
/*
 * Transactions as the engine knows them: opaque ids, and in each pool the connections that are
 * enlisted under one.
 *
 * A connection joins a transaction when it is borrowed for it (struct borrow_request) or by
 * pool_enlist(). Returned with RETURN_ENLISTED it is parked: only a borrow for the same transaction
 * gets it back, as it is and last returned first, until the transaction ends. Parked ones take
 * their slot of MaxPoolSize and are spared by idle time-outs, lifetimes and clears; what those
 * would have done follows at the end.
 *
 * Some transactions live on one session (is_on_one_session): a second borrow waits until the first
 * has parked it, or is refused when the same thread has it.
 *
 * The engine begins, commits and rolls back nothing. Whoever ends a transaction on its connections
 * takes the parked ones in hand (registry_take_parked()) and those in use from their borrowers; for
 * a transaction that ends elsewhere registry_end_transaction() is all.
 *
 * Locks:     the pool's for everything here; the functions of registry.h take it themselves.
 * Ownership: an enlistment is counted by its connections, by the borrows that look for one, and by
 *            its place among the pool's. All that parking needs is allocated when a connection is
 *            enlisted: parking cannot fail. A transaction that has ended is remembered only as long
 *            as one of these still refers to it; one that was lost with its only session until it
 * is ended, but no more than LOST_MAX of a pool are.
 */
#include "base/clock.h"
#include "base/compiler.h"
#include "base/list.h"
#include "pool/waitq.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct entry;

/* An id in the caller's memory. Make it with transaction_id(). */
struct transaction_id {
	const void *data;
	size_t len;
	uint64_t hash;
};

struct transaction_id transaction_id(const void *data, size_t len);

/* One transaction in one pool. */
struct enlistment {
	struct list link; /* among the pool's with the same bucket; on none once it has ended */
	struct list lost_link;
	struct list parked;    /* entries, last returned first */
	unsigned refs;	       /* entries, borrows under way, and one for its place in the bucket */
	unsigned in_use;       /* entries that are not parked */
	unsigned parked_count; /* entries that are */
	bool is_on_one_session;
	bool is_claimed; /* is_on_one_session: a borrower is about to bring the session */
	bool is_sealed;	 /* being ended: nobody gets a connection of it any more */
	bool has_ended;
	bool is_lost;	   /* is_on_one_session: the session is gone, and the transaction with it */
	pid_t holder;	   /* is_on_one_session: who has the session in use, or claimed */
	struct waitq line; /* those who wait for the one session */
	uint64_t hash;	   /* a trace shows its lower half */
	size_t len;
	unsigned char id[];
};

enum { ENLISTMENT_BUCKETS = 32, LOST_MAX = 64 };

struct enlistments {
	struct list buckets[ENLISTMENT_BUCKETS];
	struct list lost; /* oldest first */
	unsigned lost_count;
	_Atomic unsigned count; /* read without the lock, to pass by pools that have none */
};

void enlistments_init(struct enlistments *all);
/* Free those that were lost and never ended; there can be no others in a pool that is freed. */
void enlistments_done(struct enlistments *all);
/* One that is in no bucket yet, with one reference. NULL: no memory. */
must_use struct enlistment *enlistment_new(const struct transaction_id *id, bool is_on_one_session);
/* The transaction that has not ended, or NULL. */
struct enlistment *enlistments_find(const struct enlistments *all, const struct transaction_id *id);
/* Put it into its bucket, which counts as a reference. */
void enlistments_add(struct enlistments *all, struct enlistment *enl);
/* Take it out of its bucket: its id may be used anew. */
void enlistments_remove(struct enlistments *all, struct enlistment *enl);
/* Drop a reference. When only the bucket's is left and nothing is to be remembered it goes, too. */
void enlistment_unref(struct enlistments *all, struct enlistment *enl);
/* Its one session is gone. */
void enlistment_lose(struct enlistments *all, struct enlistment *enl);

#endif
