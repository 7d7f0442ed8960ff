/* SPDX-License-Identifier: MIT */
/*
 * Where calls block, and what lets them go on.
 *
 * One lock for all of them: whoever changes what a blocked call looks at (a cancel flag, a death)
 * wakes the gate afterwards, and no wake-up is lost.
 */
#include "fakedrv/internal.h"

#include <errno.h>
#include <time.h>

static struct {
	pthread_once_t once;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t blocked;
	unsigned long releases;
} gate = {.once = PTHREAD_ONCE_INIT, .lock = PTHREAD_MUTEX_INITIALIZER};

static void gate_init(void)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&gate.changed, &attr);
	pthread_condattr_destroy(&attr);
}

static void gate_lock(void)
{
	pthread_once(&gate.once, gate_init);
	pthread_mutex_lock(&gate.lock);
}

static struct timespec in_ms(long ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

static enum gate_result gate_wait_locked(struct conn *c, long timeout_ms, atomic_bool *is_cancelled)
{
	struct timespec deadline = in_ms(timeout_ms);
	unsigned long seen = gate.releases;
	int error = 0;

	for (;;) {
		if (is_cancelled && atomic_load(is_cancelled))
			return GATE_CANCELLED;
		if (atomic_load(&c->is_dead))
			return GATE_DEAD;
		if (gate.releases != seen)
			return GATE_RELEASED;
		if (error == ETIMEDOUT)
			return GATE_TIMED_OUT;
		error = timeout_ms ? pthread_cond_timedwait(&gate.changed, &gate.lock, &deadline)
				   : pthread_cond_wait(&gate.changed, &gate.lock);
	}
}

enum gate_result gate_wait(struct conn *c, long timeout_ms, atomic_bool *is_cancelled)
{
	gate_lock();
	c->blocked++;
	pthread_mutex_unlock(&c->lock);
	gate.blocked++;
	pthread_cond_broadcast(&gate.changed);
	enum gate_result result = gate_wait_locked(c, timeout_ms, is_cancelled);
	gate.blocked--;
	pthread_mutex_unlock(&gate.lock);
	pthread_mutex_lock(&c->lock);
	c->blocked--;
	return result;
}

void gate_wake(void)
{
	gate_lock();
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
}

void gate_release(void)
{
	gate_lock();
	gate.releases++;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
}

void gate_await_blocked(size_t n)
{
	gate_lock();
	while (gate.blocked < n)
		pthread_cond_wait(&gate.changed, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
}
