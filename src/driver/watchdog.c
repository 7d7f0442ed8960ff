/* SPDX-License-Identifier: MIT */
#include "driver/watchdog.h"

#include "base/lock.h"
#include "pool/threads.h"

#define WATCHDOG_STACK ((size_t)128 * 1024)

/*
 * While guards come and go the dog wakes this often by itself, so that arming one with a later
 * deadline need not wake it: most are disarmed within microseconds. After a while without any it
 * sleeps until it is woken.
 */
#define TICK USEC_PER_SEC
#define LINGER (10 * USEC_PER_SEC)

static struct {
	struct mutex lock;
	struct cond changed;
	/* lock */
	struct list armed;
	usec_t wakes_at; /* when the dog looks next; USEC_INFINITY: when it is woken */
	usec_t last_armed;
	bool is_running;
} dog;
static pthread_once_t dog_once = PTHREAD_ONCE_INIT;

static void dog_setup(void)
{
	mutex_init(&dog.lock, LOCK_RANK_DRIVER);
	cond_init(&dog.changed);
	list_init(&dog.armed);
}

/* Strike where it is due; gives the next deadline. */
static usec_t strike_locked(usec_t now)
{
	usec_t next = USEC_INFINITY;

	mutex_assert_held(&dog.lock);
	list_for_each(l, scratch, &dog.armed)
	{
		struct guard *g = list_entry(l, struct guard, link);
		if (g->deadline > now) {
			next = g->deadline < next ? g->deadline : next;
			continue;
		}
		/* Under the lock, so that the guard cannot be disarmed and the socket closed
		 * meanwhile; shutdown() does not wait for the peer. */
		socket_shut_down(&g->socket);
		g->has_struck = true;
		list_remove(&g->link);
	}
	return next;
}

static void watch(void *arg)
{
	(void)arg;
	mutex_lock(&dog.lock);
	for (;;) {
		usec_t now = clock_now(&clock_real);
		bool may_sleep = list_is_empty(&dog.armed) && now - dog.last_armed > LINGER;
		usec_t next = strike_locked(now);
		usec_t tick = may_sleep ? USEC_INFINITY : now + TICK;
		dog.wakes_at = next < tick ? next : tick;
		clock_real.wait_until(&clock_real, &dog.changed, &dog.lock, dog.wakes_at);
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
	if (socket->fd < 0)
		return false;
	pthread_once(&dog_once, dog_setup);
	*g = (struct guard){.socket = *socket, .deadline = deadline};
	mutex_lock(&dog.lock);
	bool is_armed = ensure_running_locked();
	if (is_armed) {
		list_push_back(&dog.armed, &g->link);
		dog.last_armed = clock_now_coarse(&clock_real);
		if (dog.wakes_at > deadline)
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
	dog.wakes_at = 0;
}
