/* SPDX-License-Identifier: MIT */
#include "driver/watchdog.h"

#include "base/lock.h"
#include "pool/threads.h"

#define WATCHDOG_STACK ((size_t)128 * 1024)

static struct {
	struct mutex lock;
	struct cond changed;
	struct list armed; /* lock */
	bool is_running;   /* lock */
} dog;
static pthread_once_t dog_once = PTHREAD_ONCE_INIT;

static void dog_setup(void)
{
	mutex_init(&dog.lock, LOCK_RANK_DRIVER);
	cond_init(&dog.changed);
	list_init(&dog.armed);
}

/* Shut down what is due; returns the next deadline. */
static usec_t strike_locked(usec_t now)
{
	usec_t next = USEC_INFINITY;

	mutex_assert_held(&dog.lock);
	list_for_each(l, scratch, &dog.armed)
	{
		struct guard *g = list_entry(l, struct guard, link);
		if (g->deadline <= now) {
			/* Under the lock, so that the guard cannot be disarmed and the socket
			 * closed meanwhile; shutdown() does not wait for the peer. */
			socket_shut_down(&g->socket);
			g->has_struck = true;
			list_remove(&g->link);
		} else if (g->deadline < next) {
			next = g->deadline;
		}
	}
	return next;
}

static void watch(void *arg)
{
	(void)arg;
	mutex_lock(&dog.lock);
	for (;;) {
		usec_t next = strike_locked(clock_now(&clock_real));
		clock_real.wait_until(&clock_real, &dog.changed, &dog.lock, next);
	}
}

static bool ensure_running_locked(void)
{
	mutex_assert_held(&dog.lock);
	if (!dog.is_running)
		dog.is_running = thread_start("odbcpool-watch", WATCHDOG_STACK, watch, NULL);
	return dog.is_running;
}

bool guard_arm(struct guard *g, const struct socket_ref *socket, usec_t deadline)
{
	if (!socket->is_confirmed)
		return false;
	pthread_once(&dog_once, dog_setup);
	*g = (struct guard){.socket = *socket, .deadline = deadline};
	mutex_lock(&dog.lock);
	bool is_armed = ensure_running_locked();
	if (is_armed) {
		list_push_back(&dog.armed, &g->link);
		cond_signal(&dog.changed);
	}
	mutex_unlock(&dog.lock);
	return is_armed;
}

void guard_disarm(struct guard *g)
{
	mutex_lock(&dog.lock);
	if (!g->has_struck)
		list_remove(&g->link);
	mutex_unlock(&dog.lock);
}

void watchdog_after_fork_in_child(void)
{
	pthread_once(&dog_once, dog_setup);
	mutex_reinit_after_fork(&dog.lock);
	cond_init(&dog.changed);
	list_init(&dog.armed);
	dog.is_running = false;
}
