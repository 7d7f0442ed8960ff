/* SPDX-License-Identifier: MIT */
#ifndef POOL_WORKERS_H
#define POOL_WORKERS_H
/*
 * The background threads: how they take work, pause for a fork, and stop.
 *
 * A pool that has something to do is put into the queue; a worker takes it out, does one piece of
 * its work, and puts it back if there is more. A pool is with one worker at most, so a driver call
 * that hangs holds up its own pool and no other. Workers are made when work finds none at leisure.
 *
 * A worker that has not come back from a pool for long is given up: it no longer counts among
 * those who work, so that another can be made in its place, up to WORKERS_LOST_MAX of them. Its
 * pool gets no other worker until it comes back; so a driver that hangs costs a thread for each
 * pool, and the other pools their background work only when that bound is reached.
 *
 * Locks:     one mutex (LOCK_RANK_WORK), taken inside a pool's lock, never held across the work.
 * Ownership: part of the registry. A queued pool is not freed (pool->work_state says so).
 */
#include "base/clock.h"
#include "base/compiler.h"
#include "base/list.h"
#include "base/lock.h"

#include <stdbool.h>

struct pool;

enum {
	WORKERS_MAX = 8,       /* who work */
	WORKERS_LOST_MAX = 24, /* who were given up, beside them */
};

enum work_state {
	WORK_NONE,
	WORK_QUEUED,
	WORK_RUNNING,
	WORK_RUNNING_AGAIN, /* more came up meanwhile */
};

/* In place of the time since when a worker has been with a pool. */
#define WORKER_NONE ((usec_t)-1)
#define WORKER_LOST ((usec_t)-2)

struct workers {
	const struct clock *clock;
	bool with_threads;
	struct mutex lock;
	/* lock */
	struct list queue;
	unsigned queue_length;
	struct cond queued;
	struct cond changed; /* a piece of work is done, or a thread has ended */
	struct cond resumed; /* is_parking has become false, or is_stopping true */
	unsigned threads;    /* all that count as busy at times: workers and the housekeeper */
	unsigned workers;    /* those given up too */
	unsigned lost;	     /* given up, and not back yet */
	unsigned at_leisure; /* waiting for work, or just made for it */
	unsigned busy;
	bool is_parking;
	bool is_stopping;
};

void workers_init(struct workers *w, const struct clock *clock, bool with_threads);

/* Queue the pool, whose lock is held. The caller then lets go of it and calls workers_wake(). */
void workers_offer(struct workers *w, struct pool *p);
/* See that somebody will do what is queued. Without any lock. */
void workers_wake(struct workers *w);
/* Do one piece of queued work on this thread. False: nothing is queued. */
bool workers_run_one(struct workers *w);

/*
 * The frame of every background thread's round: wait while the threads are parked, then count as
 * busy. False: the threads are to stop.
 */
must_use bool workers_begin_locked(struct workers *w);
void workers_end_locked(struct workers *w);

/* Ask the threads to stop; and wait for them, the housekeeper included, until `deadline`. */
void workers_ask_to_stop(struct workers *w);
void workers_wait_stopped(struct workers *w, usec_t deadline);
/* Wait until no worker is with this pool, at most until `deadline`. False: one still is. */
must_use bool workers_wait_for_pool(struct workers *w, struct pool *p, usec_t deadline);
/*
 * If a worker has been with the pool for so long that it must be taken for hanging, give it up. On
 * true that has just been done, and *ret_lost are given up in all. Once a second for each pool.
 */
must_use bool workers_give_up_on(struct workers *w, struct pool *p, usec_t now, unsigned *ret_lost);
/* Is the pool queued or with a worker? Then it must not be freed. */
bool workers_has_pool(struct workers *w, const struct pool *p);

/*
 * Around fork(): keep the threads outside every driver call. One that does not come out of it until
 * `deadline`, or was given up before, is not waited for.
 */
void workers_before_fork(struct workers *w, usec_t deadline);
void workers_after_fork_in_parent(struct workers *w);
void workers_after_fork_in_child(struct workers *w);

#endif
