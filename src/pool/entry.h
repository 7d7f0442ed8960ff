/* SPDX-License-Identifier: MIT */
#ifndef POOL_ENTRY_H
#define POOL_ENTRY_H
/*
 * One physical connection of a pool, from the moment its slot is taken until its close has
 * returned; and the set of all entries of a pool.
 *
 * An entry exists exactly as long as it counts against MaxPoolSize. entry_move() is the only place
 * where a state changes, so the counts by state cannot drift from the states.
 *
 * Locks:     the pool's, for everything here. While an entry is OPENING, IN_USE, PROBING or CLOSING
 *            its `conn` belongs to one thread, which uses it without the lock.
 * Ownership: the set owns its entries; whoever removes one frees it.
 */
#include "base/clock.h"
#include "base/compiler.h"
#include "base/list.h"
#include "pool/pool_driver.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum entry_state {
	ENTRY_OPENING,	 /* a slot; its thread logs in */
	ENTRY_IDLE,	 /* on the set's idle list */
	ENTRY_IN_USE,	 /* a borrower's, or on the way to one and being validated */
	ENTRY_PROBING,	 /* a worker asks whether it is alive */
	ENTRY_RESETTING, /* a worker makes its session as fresh */
	ENTRY_PARKED,	 /* on its enlistment's list: set aside until the transaction ends */
	ENTRY_DOOMED,	 /* on the set's doomed list: a worker will close it */
	ENTRY_CLOSING,	 /* its close has begun */
	ENTRY_STATES
};

enum { LEAK_FRAMES = 24, THREAD_NAME_SIZE = 16 };

/* Where a borrow happened; kept only when leaks are looked for. */
struct borrow_site {
	void *frames[LEAK_FRAMES];
	int frame_count;
	char thread_name[THREAD_NAME_SIZE];
};

struct enlistment;

struct entry {
	struct list link; /* on idle, doomed or parked, by state */
	void *conn;	  /* NULL while OPENING */
	enum entry_state state;
	unsigned generation;   /* the pool's when the login began; older than the pool's: cleared */
	unsigned alarms_heard; /* the pool's when it was last known to be alive; fewer: suspect */
	usec_t idle_since;
	usec_t asked_at;   /* when a worker last asked the server for a sign of life */
	usec_t expires_at; /* end of its lifetime, jitter included */
	usec_t borrowed_at;
	int64_t uses;
	pid_t holder; /* thread id of the borrower */
	bool is_aged; /* a sweep of IdleMode=Generations has seen it idle */
	bool is_leak_reported;
	bool needs_reset;	       /* a borrower has used it since its last reset */
	struct enlistment *enlistment; /* the transaction that it is in, or NULL */
	usec_t parked_since;
	bool is_park_reported;
	enum close_mode close_mode; /* DOOMED and CLOSING */
	const char *close_reason;   /* a literal; DOOMED and CLOSING */
	struct borrow_site *site;   /* NULL unless leaks are looked for */
	struct list all_link;
};

struct entry_set {
	struct list idle; /* most recently used first */
	struct list doomed;
	struct list all;
	unsigned counts[ENTRY_STATES];
	unsigned total;
};

/* An entry that is in no set yet. NULL: no memory. */
must_use struct entry *entry_new(bool has_site);
void entry_free(struct entry *e);

void entry_set_init(struct entry_set *set);
/* Take a slot: the entry joins as OPENING. */
void entry_set_add(struct entry_set *set, struct entry *e, unsigned generation);
/* Give the slot up. The entry is the caller's to free. */
void entry_set_remove(struct entry_set *set, struct entry *e);
void entry_move(struct entry_set *set, struct entry *e, enum entry_state state);
/* To the doomed list. `reason` is a literal. */
void entry_doom(struct entry_set *set, struct entry *e, enum close_mode mode, const char *reason);
/* Those that a new borrower can count on: all but the doomed and the closing. */
unsigned entry_set_live(const struct entry_set *set);
/* The one that has been in use for the longest time, or NULL. */
struct entry *entry_set_oldest_borrow(const struct entry_set *set);

#endif
