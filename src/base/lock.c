/* SPDX-License-Identifier: MIT */
#include "base/lock.h"

#include <errno.h>
#include <time.h>

#ifdef ODBCPOOL_CHECKED
#include <assert.h>

/* Ranks held by this thread, one bit each. */
static _Thread_local unsigned held_ranks;

static void note_locked(struct mutex *m)
{
	m->is_held = true;
	m->owner = pthread_self();
	held_ranks |= 1u << m->rank;
}

static void note_unlocking(struct mutex *m)
{
	mutex_assert_held(m);
	m->is_held = false;
	held_ranks &= ~(1u << m->rank);
}

void mutex_assert_held(const struct mutex *m)
{
	assert(m->is_held && pthread_equal(m->owner, pthread_self()));
}

void lock_assert_none_held(void)
{
	assert(held_ranks == 0);
}

static void assert_rising(const struct mutex *m)
{
	assert(held_ranks >> m->rank == 0 && "locks are taken in rising rank");
}
#else
static void note_locked(struct mutex *m)
{
	(void)m;
}
static void note_unlocking(struct mutex *m)
{
	(void)m;
}
static void assert_rising(const struct mutex *m)
{
	(void)m;
}
#endif

void mutex_init(struct mutex *m, enum lock_rank rank)
{
	pthread_mutex_init(&m->native, NULL);
	m->rank = rank;
#ifdef ODBCPOOL_CHECKED
	m->is_held = false;
#endif
}

void mutex_done(struct mutex *m)
{
	pthread_mutex_destroy(&m->native);
}

void mutex_lock(struct mutex *m)
{
	assert_rising(m);
	pthread_mutex_lock(&m->native);
	note_locked(m);
}

void mutex_unlock(struct mutex *m)
{
	note_unlocking(m);
	pthread_mutex_unlock(&m->native);
}

void mutex_hold_for_fork(struct mutex *m)
{
	pthread_mutex_lock(&m->native);
}

void mutex_release_after_fork(struct mutex *m)
{
	pthread_mutex_unlock(&m->native);
}

void mutex_reinit_after_fork(struct mutex *m)
{
	/* The old one may be held by a thread that does not exist here; it is written over, not
	 * destroyed: destroying a locked mutex is undefined, and it owns no memory on Linux. */
	mutex_init(m, m->rank);
#ifdef ODBCPOOL_CHECKED
	held_ranks &= ~(1u << m->rank);
#endif
}

void cond_init(struct cond *c)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->native, &attr);
	pthread_condattr_destroy(&attr);
}

void cond_done(struct cond *c)
{
	pthread_cond_destroy(&c->native);
}

void cond_signal(struct cond *c)
{
	pthread_cond_signal(&c->native);
}

void cond_broadcast(struct cond *c)
{
	pthread_cond_broadcast(&c->native);
}

bool cond_wait_until(struct cond *c, struct mutex *held, usec_t deadline)
{
	int err;

	note_unlocking(held);
	if (deadline == USEC_INFINITY) {
		err = pthread_cond_wait(&c->native, &held->native);
	} else {
		struct timespec ts = {
			.tv_sec = (time_t)(deadline / USEC_PER_SEC),
			.tv_nsec = (long)(deadline % USEC_PER_SEC) * 1000,
		};
		err = pthread_cond_timedwait(&c->native, &held->native, &ts);
	}
	note_locked(held);
	return err != ETIMEDOUT;
}
