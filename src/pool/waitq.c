/* SPDX-License-Identifier: MIT */
#include "pool/waitq.h"

#include <stddef.h>

/* The wait that this thread is in, so that a child forked in the middle of it can leave it. */
static _Thread_local struct {
	struct waiter *waiter;
	struct mutex *pool_lock;
} current;

void waitq_init(struct waitq *q)
{
	list_init(&q->waiters);
	q->count = 0;
}

void waiter_init(struct waiter *w, pid_t thread)
{
	*w = (struct waiter){.grant = GRANT_NONE, .thread = thread};
	list_init(&w->link);
	cond_init(&w->served);
}

void waiter_done(struct waiter *w)
{
	cond_done(&w->served);
}

void waitq_join_locked(struct waitq *q, struct waiter *w)
{
	w->grant = GRANT_NONE;
	if (w->has_had_its_turn)
		list_push_front(&q->waiters, &w->link);
	else
		list_push_back(&q->waiters, &w->link);
	q->count++;
}

void waitq_leave_locked(struct waitq *q, struct waiter *w)
{
	list_remove(&w->link);
	q->count--;
}

bool waitq_wait_locked(
	struct waiter *w, struct mutex *pool_lock, const struct clock *clock, usec_t deadline)
{
	bool in_time = true;

	current.waiter = w;
	current.pool_lock = pool_lock;
	while (w->grant == GRANT_NONE && in_time)
		in_time = clock->wait_until(clock, &w->served, pool_lock, deadline);
	current.waiter = NULL;
	return w->grant != GRANT_NONE;
}

struct waiter *waitq_head_locked(const struct waitq *q)
{
	return list_is_empty(&q->waiters) ? NULL : list_first(&q->waiters, struct waiter, link);
}

void waitq_serve_locked(struct waitq *q, struct waiter *w, enum grant grant)
{
	waitq_leave_locked(q, w);
	w->grant = grant;
	/* With the lock held: a waiter that runs on may leave its stack frame, and `w` with it. */
	cond_signal(&w->served);
}

void waitq_after_fork_in_child(void)
{
	struct waiter *w = current.waiter;

	if (!w)
		return;
	/* No other thread exists here. What the pool's lock guards is the parent's and not looked
	 * at again, but the wait ends by taking the lock. */
	mutex_reinit_after_fork(current.pool_lock);
	w->grant = GRANT_POOL_CLOSED;
	cond_signal(&w->served);
}
