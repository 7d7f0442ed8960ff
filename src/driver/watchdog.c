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

/* A login goes on to the next address, or is between two calls: look again soon. */
#define LOGIN_AGAIN (USEC_PER_SEC / 5)

/* The one case in which more is done under the lock than shutdown(), and none that is frequent. */
static void strike_login_locked(struct guard *g, usec_t now)
{
	mutex_assert_held(&dog.lock);
	struct socket_ref socket = socket_find_awaited(g->before, g->thread);
	socket_shut_down(&socket);
	g->has_struck |= socket.fd >= 0;
	g->deadline = now + LOGIN_AGAIN;
}

/* Strike where it is due; gives the next deadline. */
static usec_t strike_locked(usec_t now)
{
	usec_t next = USEC_INFINITY;

	mutex_assert_held(&dog.lock);
	list_for_each(l, scratch, &dog.armed)
	{
		struct guard *g = list_entry(l, struct guard, link);
		if (g->deadline <= now && g->before)
			strike_login_locked(g, now);
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

static bool arm(struct guard *g)
{
	pthread_once(&dog_once, dog_setup);
	mutex_lock(&dog.lock);
	bool is_armed = ensure_running_locked();
	if (is_armed) {
		list_push_back(&dog.armed, &g->link);
		dog.last_armed = clock_now_coarse(&clock_real);
		if (dog.wakes_at > g->deadline)
			cond_signal(&dog.changed);
	}
	mutex_unlock(&dog.lock);
	return is_armed;
}

bool guard_arm(struct guard *g, const struct socket_ref *socket, usec_t deadline)
{
	*g = (struct guard){.socket = *socket, .deadline = deadline};
	return socket->fd >= 0 && arm(g);
}

bool guard_arm_login(struct guard *g, const struct socket_list *before, usec_t deadline)
{
	*g = (struct guard){.before = before, .thread = thread_id(), .deadline = deadline};
	return arm(g);
}

void guard_disarm(struct guard *g)
{
	mutex_lock(&dog.lock);
	if (g->before || !g->has_struck)
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
