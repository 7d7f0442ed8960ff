/* SPDX-License-Identifier: MIT */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H
/*
 * Mutexes that know their place in the lock order, and condition variables on the monotonic clock.
 *
 * The order is that of enum lock_rank: a thread takes locks in rising rank only, and never two of
 * one rank. A checked build (--enable-checked) asserts this, and that `_locked` functions are
 * called with the lock held; an ordinary build pays nothing for it.
 *
 * Locks:     this is them.
 * Ownership: embedded in the object they guard; init before use, done after the last.
 */
#include "base/clock.h"
#include "base/compiler.h"

#include <pthread.h>
#include <stdbool.h>

enum lock_rank {
	LOCK_RANK_ENVIRONMENTS = 1, /* shim: the list of the application's environments */
	LOCK_RANK_XA,		    /* shim: the table of transaction branches */
	LOCK_RANK_TRANSACTION,	    /* shim: the transactions and what is bound to them */
	LOCK_RANK_HANDLE,	    /* shim: one application handle's lists */
	LOCK_RANK_CONF,		    /* conf: the snapshot of the ini files */
	LOCK_RANK_DRIVER,	    /* driver: the table of loaded drivers and their environments */
	LOCK_RANK_REGISTRY,	    /* pool: key -> pool */
	LOCK_RANK_POOL,		    /* pool: one pool */
	LOCK_RANK_WORK,		    /* pool: the queue of the workers */
	LOCK_RANK_STATS,	    /* stats: the slots and texts of the segment */
	LOCK_RANK_TRACE,	    /* base: the list of trace files */
};

struct mutex {
	pthread_mutex_t native;
	enum lock_rank rank;
#ifdef ODBCPOOL_CHECKED
	bool is_held; /* by `owner` */
	pthread_t owner;
#endif
};

struct cond {
	pthread_cond_t native;
};

void mutex_init(struct mutex *m, enum lock_rank rank);
void mutex_done(struct mutex *m);
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);
/*
 * Around fork(), all locks of a kind are held together, whatever their rank: nobody can be in the
 * middle of what they guard when the process is copied. Released by parent and child alike: in both
 * it is the thread that took them.
 */
void mutex_hold_for_fork(struct mutex *m);
void mutex_release_after_fork(struct mutex *m);
/* Make one that was not held for the fork usable in the child, whoever held it in the parent. */
void mutex_reinit_after_fork(struct mutex *m);

void cond_init(struct cond *c);
void cond_done(struct cond *c);
void cond_signal(struct cond *c);
void cond_broadcast(struct cond *c);
/* Code that takes a struct clock waits through clock->wait_until, never with this. */
bool cond_wait_until(struct cond *c, struct mutex *held, usec_t deadline);

#ifdef ODBCPOOL_CHECKED
void mutex_assert_held(const struct mutex *m);
/* No lock of ours is held by this thread: said before each driver call and callback. */
void lock_assert_none_held(void);
#else
static inline void mutex_assert_held(const struct mutex *m)
{
	(void)m;
}
static inline void lock_assert_none_held(void)
{
}
#endif

#endif
