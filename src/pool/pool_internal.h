/* SPDX-License-Identifier: MIT */
#ifndef POOL_POOL_INTERNAL_H
#define POOL_POOL_INTERNAL_H
/*
 * A pool from the inside, for the files that make up the engine:
 *
 *   pool.c    the short way: take an idle connection, give one back
 *   borrow.c  the long way: wait in line, validate, log in
 *   supply.c  who gets what: every change of the supply under the lock, and whom it serves
 *   login.c   one physical login and what follows from its outcome
 *   chores.c  what a worker does for a pool: close, probe, refill
 *   sweep.c   what the housekeeper decides for a pool
 *   enlist.c  the transactions of a pool: enlist, park, take back
 *   enlist_borrow.c  a borrow for a transaction
 *   enlist_end.c  transactions across all pools: how they end
 *   report.c  texts for the application and the trace
 *
 * Locks:     as said at each group of fields.
 * Ownership: the registry frees a pool in its sweep and nowhere else, when it holds no connection,
 *            nobody stands in line or uses it, and no worker has it. Whoever touches a pool without
 *            having one of its connections in hand counts in `users` meanwhile.
 */
#include "base/counters.h"
#include "base/hash.h"
#include "base/lock.h"
#include "base/trace.h"
#include "conf/key.h"
#include "pool/blocking.h"
#include "pool/enlist.h"
#include "pool/entry.h"
#include "pool/policy.h"
#include "pool/pool.h"
#include "pool/pool_driver.h"
#include "pool/reaper.h"
#include "pool/waitq.h"
#include "pool/workers.h"

#include <stdatomic.h>

struct pool_spec;

/* What all pools of a registry share. */
struct engine {
	const struct clock *clock;
	struct workers workers;
	struct reaper reaper;
	const struct pool_books *books; /* NULL: private memory */
	bool (*is_only_thread)(void);
	_Atomic unsigned
		epoch; /* goes up in a forked child: pools of another epoch are the parent's */
};

struct pool {
	/* Fixed at birth. */
	struct engine *engine;
	const struct clock *clock;
	const struct pool_driver *driver;
	void *ctx;
	const struct trace *trace;
	char *name;
	char *word; /* the name, as a word of a trace line */
	unsigned epoch;
	struct limits limits;
	struct tally *tally; /* what it points to: lock */

	/* lock */
	struct mutex lock;
	struct entry_set entries;
	struct waitq line;
	struct enlistments enlistments;
	unsigned generation; /* goes up when the pool is cleared */
	bool is_wake_due;    /* work was offered: pool_unlock() wakes a worker */
	usec_t last_used;
	unsigned alarms; /* goes up when one is found dead: idle ones are then probed before use */
	unsigned users;
	bool is_retired;  /* another pool has, or will have, its key: no new logins */
	bool is_closed;	  /* the process is closing its pools */
	bool is_paused;	  /* borrowers wait in line */
	bool is_disabled; /* borrowers are sent past the pool */
	bool is_steered;  /* one of these two */
	bool has_holders; /* the books know of some */
	bool has_logged_in;
	bool has_stale;	     /* cleared ones may lie at the end of the idle list */
	bool has_suspects;   /* some idle ones may need probing */
	bool has_unreset;    /* some idle ones may need a worker to reset them */
	unsigned dead_found; /* of the present generation, within the present incident */
	usec_t first_dead_at;
	usec_t empty_since;
	usec_t aged_at; /* last sweep of IdleMode=Generations */
	uint64_t random;
	struct blocking blocking;

	/* the workers' lock */
	struct list work_link;
	enum work_state work_state;
	usec_t worker_since; /* or WORKER_NONE, WORKER_LOST */

	/* the registry's lock */
	struct list link;
	struct digest key;
	struct digest sections;
	struct key_parts parts;
	unsigned long ini_generation;
};

/* pool.c */
must_use struct pool *pool_new(
	struct engine *engine, const struct digest *key, const struct pool_spec *spec);
void pool_free(struct pool *p);
void pool_lock(struct pool *p);
/* Let go of the lock; wake a worker if there is something to do. */
void pool_unlock(struct pool *p);
/* The same, but with the registry's lock held: whoever holds it wakes the workers later. */
void pool_unlock_within_registry(struct pool *p);
/* Stand in line; the lock is let go of meanwhile. False: the deadline has passed. */
must_use bool pool_wait_locked(struct pool *p, struct waiter *w, usec_t deadline);
/* After a change of what a reader sees of the pool's state: flags and blocking period. */
void pool_show_state_locked(struct pool *p);
/* Keep the pool from being freed while its lock is not held. */
void pool_use_locked(struct pool *p);
void pool_unuse(struct pool *p);
/* Is this a pool of the process that this one was forked from? Then hands off. */
bool pool_is_inherited(const struct pool *p);
/*
 * Borrow; entered with the lock held, left without it. POOL_UNKNOWN: the pool was retired
 * meanwhile, ask the registry again.
 */
must_use enum pool_rc pool_borrow_locked(struct pool *p, const struct borrow_request *request,
	struct borrow *ret_borrow, struct diag *reterr);
void pool_fill_borrow(
	struct pool *p, struct entry *e, bool is_reused, usec_t waited, struct borrow *ret_borrow);
void pool_get_counters(struct pool *p, struct counter_values *ret_sum);

/* The same whatever the request's transaction; what is parked under `wants` serves it, too. */
must_use enum pool_rc pool_borrow_any_locked(struct pool *p, const struct borrow_request *request,
	struct enlistment *wants, struct borrow *ret_borrow, struct diag *reterr);

/* borrow.c */
/*
 * `dead`: what the caller was given and found dead (see pool_validate), or NULL. The request's
 * deadline is a time. Ends a use.
 */
must_use enum pool_rc pool_borrow_slowly(struct pool *p, const struct borrow_request *request,
	struct enlistment *wants, struct entry *dead, struct borrow *ret_borrow,
	struct diag *reterr);
/*
 * Ask the driver about a connection in hand, and reset it if that is still to be done. On false it
 * was dead or could not be reset: it is closed, its entry still takes a slot and is the caller's to
 * remove and free, and the pool has one user more.
 */
must_use bool pool_validate(struct pool *p, struct entry *e, usec_t idle_for, usec_t deadline);

/* supply.c; `now` may be coarse */
must_use struct entry *pool_take_idle_locked(
	struct pool *p, pid_t thread, usec_t now, usec_t *ret_idle_for);
/* What can be done for this thread, whose turn it is. On GRANT_ENTRY and GRANT_OPEN: w->entry. */
must_use enum grant pool_claim_locked(struct pool *p, struct waiter *w, usec_t now);
/* Give what is free to those who wait. After every change that frees something. */
void pool_serve_locked(struct pool *p, usec_t now);
/* A connection is fit for the next one, or will be when it is reset. */
void pool_put_idle_locked(struct pool *p, struct entry *e, usec_t now);
void pool_hand_out_locked(struct pool *p, struct entry *e, pid_t thread, usec_t now);
void pool_doom_locked(struct pool *p, struct entry *e, enum close_mode mode, const char *reason);
/* The slot is free; the entry is the caller's to free, outside the lock. */
void pool_drop_locked(struct pool *p, struct entry *e, usec_t now);
/* The same for one that the driver has closed, which counts; the entry is freed. */
void pool_drop_closed(struct pool *p, struct entry *e);
/* A connection was found dead. True: that made it an incident, and the pool was cleared. */
must_use bool pool_note_dead_locked(struct pool *p, const struct entry *e, usec_t now);
/* A login failed. True: after a death that made it an incident, and the pool was cleared. */
must_use bool pool_note_login_failure_locked(struct pool *p, usec_t now);
/* Give up every connection of the present generation. */
void pool_clear_locked(struct pool *p);
void pool_retire_locked(struct pool *p, usec_t now);
bool pool_wants_refill_locked(const struct pool *p, usec_t now);
void pool_offer_work_locked(struct pool *p);
struct pool_numbers pool_numbers_locked(const struct pool *p);

/* enlist.c */
/* The connection, in use by `thread`, joins; it must be in no transaction. */
void pool_enlist_entry_locked(
	struct pool *p, struct entry *e, struct enlistment *enl, pid_t thread);
/* It leaves, in use or parked. `is_lost`: because it is gone, and not because of an end. */
void pool_unlist_entry_locked(struct pool *p, struct entry *e, bool is_lost);
/* Set it aside, or hand it to whoever waits for it; when the transaction has ended it leaves. */
void pool_park_locked(struct pool *p, struct entry *e, usec_t now);
/* The last one parked is `thread`'s now; NULL: none is. */
struct entry *pool_take_parked_locked(
	struct pool *p, struct enlistment *enl, pid_t thread, usec_t now);
/* From a transaction to the common part, or to its end if that is due. The entry has left. */
void pool_put_back_locked(struct pool *p, struct entry *e, usec_t now);
/* Something has changed for those who wait on its account. */
void pool_wake_for_transaction_locked(struct pool *p, struct enlistment *enl, enum grant grant);
/* The pool is closed: nobody waits any longer for a connection of a transaction. */
void pool_wake_transactions_locked(struct pool *p);

/* enlist_borrow.c */
/* pool_borrow_locked() for a request with a transaction. */
must_use enum pool_rc pool_borrow_enlisted_locked(struct pool *p,
	const struct borrow_request *request, struct borrow *ret_borrow, struct diag *reterr);

/* login.c */
/*
 * Log in for the slot `e`, which is OPENING. On success the entry is the borrower's (`thread` not
 * 0) or idle; on failure it is gone. Never under a lock.
 */
must_use bool pool_login(struct pool *p, struct entry *e, void *opener, usec_t deadline,
	usec_t waited, pid_t thread, struct diag *reterr);

/* chores.c */
/* Do one piece of the pool's work. True: there is more. */
bool pool_do_chore(struct pool *p);
bool pool_has_chores_locked(const struct pool *p, usec_t now);
/*
 * Make the session as fresh, within ValidationTimeout and by `deadline`; the caller has the entry
 * in hand. False: it must be closed.
 */
must_use bool pool_reset_entry(struct pool *p, struct entry *e, usec_t deadline);
/* Close through the driver what is CLOSING, and free its slot. */
bool pool_close_entry(struct pool *p, struct entry *e);

/* sweep.c */
/* One round of decisions. True: the pool is empty and has been for long enough: it may vanish. */
must_use bool pool_sweep(struct pool *p, usec_t now);
bool pool_is_unused_locked(const struct pool *p);

/* report.c */
/* What a time-out says, gathered under the lock. */
struct exhaustion {
	struct pool_numbers numbers;
	bool is_full;
	bool is_paused;
	bool has_found_dead; /* the time went by while idle ones were found dead */
	pid_t holder;	     /* 0: none is in use */
	usec_t held_for;
	struct login_error *last_error; /* a reference, or NULL */
};
void report_gather_locked(const struct pool *p, usec_t now, struct exhaustion *ret_state);
void report_timed_out(const struct pool *p, const struct exhaustion *x, struct diag *reterr);
void report_self_deadlock(const struct pool *p, const struct exhaustion *x, struct diag *reterr);
/* `blocking` as it was under the lock, with a reference to its records. */
void report_blocked(
	const struct pool *p, const struct blocking *blocking, usec_t now, struct diag *reterr);
void report_closed(struct diag *reterr);
/* Trace that the pool was cleared. `why` is a literal. */
void report_cleared(const struct pool *p, const char *why);
/* Remember where a borrow happened, for LeakDetectionThreshold. */
void report_note_site(struct pool *p, struct entry *e);
void report_enlisted(const struct pool *p, enum pool_rc rc, struct diag *reterr);
/* Trace every connection that is parked for longer than MaxParkedTime, once. Without the lock. */
void report_parked(struct pool *p, usec_t now);
/* Trace every borrow that lasts too long and was not reported yet. Without the lock. */
void report_leaks(struct pool *p, usec_t now);

#endif
