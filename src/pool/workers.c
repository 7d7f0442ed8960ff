/* SPDX-License-Identifier: MIT */
#include "pool/workers.h"

#include "pool/pool_internal.h"
#include "pool/threads.h"

/* Drivers log in on these, with TLS and Kerberos libraries below them. */
#define WORKER_STACK ((size_t)1024 * 1024)
/* Longer than any call that ends: those have time-outs, whose defaults are a half of it and less.
 */
#define PATIENCE (30 * USEC_PER_SEC)

void workers_init(struct workers *w, const struct clock *clock, bool with_threads)
{
	*w = (struct workers){.clock = clock, .with_threads = with_threads};
	mutex_init(&w->lock, LOCK_RANK_WORK);
	list_init(&w->queue);
	cond_init(&w->queued);
	cond_init(&w->changed);
	cond_init(&w->resumed);
}

static void push_locked(struct workers *w, struct pool *p)
{
	mutex_assert_held(&w->lock);
	p->work_state = WORK_QUEUED;
	list_push_back(&w->queue, &p->work_link);
	w->queue_length++;
}

void workers_offer(struct workers *w, struct pool *p)
{
	mutex_lock(&w->lock);
	switch (p->work_state) {
	case WORK_NONE:
		push_locked(w, p);
		break;
	case WORK_RUNNING:
		p->work_state = WORK_RUNNING_AGAIN;
		break;
	case WORK_QUEUED:
	case WORK_RUNNING_AGAIN:
		break;
	}
	mutex_unlock(&w->lock);
}

static struct pool *take_locked(struct workers *w)
{
	struct pool *p;

	mutex_assert_held(&w->lock);
	if (list_is_empty(&w->queue))
		return NULL;
	p = list_first(&w->queue, struct pool, work_link);
	list_remove(&p->work_link);
	w->queue_length--;
	p->work_state = WORK_RUNNING;
	return p;
}

bool workers_give_up_on(struct workers *w, struct pool *p, usec_t now, unsigned *ret_lost)
{
	bool is_news;

	mutex_lock(&w->lock);
	is_news = p->worker_since != WORKER_NONE && p->worker_since != WORKER_LOST &&
		  now - p->worker_since >= PATIENCE && w->lost < WORKERS_LOST_MAX;
	if (is_news) {
		p->worker_since = WORKER_LOST;
		*ret_lost = ++w->lost;
	}
	mutex_unlock(&w->lock);
	return is_news;
}

static void put_back_locked(struct workers *w, struct pool *p, bool has_more)
{
	mutex_assert_held(&w->lock);
	if (p->worker_since == WORKER_LOST)
		w->lost--;
	p->worker_since = WORKER_NONE;
	if (has_more || p->work_state == WORK_RUNNING_AGAIN)
		push_locked(w, p);
	else
		p->work_state = WORK_NONE;
	/* The first of the queue is for the thread at hand. */
	if (w->queue_length > 1 && w->at_leisure > 0)
		cond_signal(&w->queued);
	cond_broadcast(&w->changed);
}

bool workers_begin_locked(struct workers *w)
{
	mutex_assert_held(&w->lock);
	while (w->is_parking && !w->is_stopping)
		w->clock->wait_until(w->clock, &w->resumed, &w->lock, USEC_INFINITY);
	if (w->is_stopping)
		return false;
	w->busy++;
	return true;
}

void workers_end_locked(struct workers *w)
{
	mutex_assert_held(&w->lock);
	w->busy--;
	cond_broadcast(&w->changed);
}

/* `is_worker`: on one of our threads, which can be given up. */
static bool run_one_locked(struct workers *w, bool is_worker)
{
	struct pool *p = take_locked(w);

	if (!p)
		return false;
	if (is_worker)
		p->worker_since = clock_now_coarse(w->clock);
	mutex_unlock(&w->lock);
	bool has_more = pool_do_chore(p);
	mutex_lock(&w->lock);
	put_back_locked(w, p, has_more);
	return true;
}

/* One that was given up has come back, and another was made meanwhile. */
static bool is_one_too_many_locked(const struct workers *w)
{
	mutex_assert_held(&w->lock);
	return w->workers - w->lost > WORKERS_MAX;
}

static void worker_main(void *arg)
{
	struct workers *w = arg;

	mutex_lock(&w->lock);
	w->at_leisure--;
	while (!is_one_too_many_locked(w) && workers_begin_locked(w)) {
		bool did_something = run_one_locked(w, true);
		workers_end_locked(w);
		if (!did_something && !w->is_stopping) {
			w->at_leisure++;
			w->clock->wait_until(w->clock, &w->queued, &w->lock, USEC_INFINITY);
			w->at_leisure--;
		}
	}
	w->workers--;
	w->threads--;
	cond_broadcast(&w->changed);
	/* The first of the queue was for this thread, had it gone on. */
	if (w->queue_length > 0 && w->at_leisure > 0)
		cond_signal(&w->queued);
	mutex_unlock(&w->lock);
}

void workers_wake(struct workers *w)
{
	bool is_wanted, is_alone, is_awaited;

	mutex_lock(&w->lock);
	is_awaited = w->queue_length > 0 && w->at_leisure > 0;
	is_wanted = w->with_threads && !w->is_stopping && w->queue_length > w->at_leisure &&
		    w->workers - w->lost < WORKERS_MAX;
	if (is_wanted) {
		w->workers++;
		w->threads++;
		w->at_leisure++;
	}
	mutex_unlock(&w->lock);
	/* Without the lock, or the woken thread would run into it. */
	if (is_awaited)
		cond_signal(&w->queued);
	if (!is_wanted || thread_start("odbcpool-work", WORKER_STACK, worker_main, w))
		return;

	mutex_lock(&w->lock);
	w->workers--;
	w->threads--;
	w->at_leisure--;
	is_alone = w->workers == 0;
	cond_broadcast(&w->changed);
	mutex_unlock(&w->lock);
	/* No thread can be made and there is none: slots must not stay taken for that. */
	while (is_alone && workers_run_one(w))
		;
}

bool workers_run_one(struct workers *w)
{
	bool did_something;

	mutex_lock(&w->lock);
	did_something = run_one_locked(w, false);
	mutex_unlock(&w->lock);
	return did_something;
}

void workers_ask_to_stop(struct workers *w)
{
	mutex_lock(&w->lock);
	w->is_stopping = true;
	cond_broadcast(&w->queued);
	cond_broadcast(&w->resumed);
	mutex_unlock(&w->lock);
}

void workers_wait_stopped(struct workers *w, usec_t deadline)
{
	bool in_time = true;

	mutex_lock(&w->lock);
	while (w->threads > (thread_is_ours() ? 1 : 0) && in_time)
		in_time = w->clock->wait_until(w->clock, &w->changed, &w->lock, deadline);
	mutex_unlock(&w->lock);
}

static bool is_with_pool_locked(const struct pool *p)
{
	return p->work_state == WORK_RUNNING || p->work_state == WORK_RUNNING_AGAIN;
}

bool workers_wait_for_pool(struct workers *w, struct pool *p, usec_t deadline)
{
	bool in_time = true;
	bool is_free;

	mutex_lock(&w->lock);
	while (is_with_pool_locked(p) && in_time)
		in_time = w->clock->wait_until(w->clock, &w->changed, &w->lock, deadline);
	is_free = !is_with_pool_locked(p);
	mutex_unlock(&w->lock);
	return is_free;
}

bool workers_has_pool(struct workers *w, const struct pool *p)
{
	bool has;

	mutex_lock(&w->lock);
	has = p->work_state != WORK_NONE;
	mutex_unlock(&w->lock);
	return has;
}

void workers_before_fork(struct workers *w, usec_t deadline)
{
	bool in_time = true;

	mutex_lock(&w->lock);
	w->is_parking = true;
	/* A driver that forks on one of our threads must not wait for itself. */
	while (w->busy > w->lost + (thread_is_ours() ? 1 : 0) && in_time)
		in_time = w->clock->wait_until(w->clock, &w->changed, &w->lock, deadline);
	mutex_unlock(&w->lock);
}

void workers_after_fork_in_parent(struct workers *w)
{
	mutex_lock(&w->lock);
	w->is_parking = false;
	cond_broadcast(&w->resumed);
	mutex_unlock(&w->lock);
}

void workers_after_fork_in_child(struct workers *w)
{
	bool is_stopping = w->is_stopping;

	/* Written over, not destroyed: a destroyed condition waits for threads that are not here.
	 */
	workers_init(w, w->clock, w->with_threads);
	w->is_stopping = is_stopping;
}
