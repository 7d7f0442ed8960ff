/* SPDX-License-Identifier: MIT */
#ifndef POOL_WAITQ_H
#define POOL_WAITQ_H
/*
 * The line of threads that wait for a connection, served first come, first served.
 *
 * What a waiter gets is handed to it while it stands in line: a connection that comes back is never
 * seen as idle in between, so a thread that arrives later cannot overtake.
 *
 * Locks:     _locked functions need the pool's lock; waiting lets go of it.
 * Ownership: a waiter lives on its thread's stack; the line only borrows it. Once served it is out
 *            of the line.
 */
#include "base/clock.h"
#include "base/compiler.h"
#include "base/list.h"
#include "base/lock.h"

#include <stdbool.h>
#include <sys/types.h>

struct enlistment;
struct entry;

enum grant {
	GRANT_NONE,	   /* stand in line */
	GRANT_ENTRY,	   /* waiter.entry is yours, IN_USE */
	GRANT_OPEN,	   /* waiter.entry is your slot, OPENING: log in */
	GRANT_BLOCKED,	   /* a login would be needed, in a blocking period */
	GRANT_LOOK_AGAIN,  /* the transaction that it borrows for has changed */
	GRANT_DISABLED,	   /* connect past the pool */
	GRANT_RETIRED,	   /* the pool is no longer the one of its key */
	GRANT_POOL_CLOSED, /* the pools are being closed, or this is a forked child */
};

struct waiter {
	struct list link;
	struct cond served;
	enum grant grant;
	struct entry *entry;
	usec_t idle_for;     /* of that entry; USEC_INFINITY: it is suspect */
	struct entry *spare; /* allocated before the lock is taken, for GRANT_OPEN */
	pid_t thread;
	struct enlistment *wants; /* a connection that is parked under this serves it, too */
	bool has_had_its_turn; /* what it was given was no good: it goes to the head of the line */
};

struct waitq {
	struct list waiters; /* head: has waited longest */
	unsigned count;
};

void waitq_init(struct waitq *q);
void waiter_init(struct waiter *w, pid_t thread);
void waiter_done(struct waiter *w);

/* Stand in line: at its end, or at its head if this thread has had its turn. */
void waitq_join_locked(struct waitq *q, struct waiter *w);
void waitq_leave_locked(struct waitq *q, struct waiter *w);
/* Sleep until served or `deadline`. False: not served, and still in line. */
must_use bool waitq_wait_locked(
	struct waiter *w, struct mutex *pool_lock, const struct clock *clock, usec_t deadline);
/* Who is next, or NULL. */
struct waiter *waitq_head_locked(const struct waitq *q);
/* Take the waiter out of line and wake it with `grant`; w->entry is set. */
void waitq_serve_locked(struct waitq *q, struct waiter *w, enum grant grant);

/* In a child of fork(), made by a signal handler that interrupted a wait: end that wait. */
void waitq_after_fork_in_child(void);

#endif
