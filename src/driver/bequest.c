/* SPDX-License-Identifier: MIT */
#include "driver/bequest.h"

static struct mutex sessions_lock;
static struct list sessions; /* sessions_lock */
static pthread_once_t sessions_once = PTHREAD_ONCE_INIT;

static void sessions_setup(void)
{
	mutex_init(&sessions_lock, LOCK_RANK_DRIVER);
	list_init(&sessions);
}

void bequest_add(struct session *s)
{
	pthread_once(&sessions_once, sessions_setup);
	mutex_lock(&sessions_lock);
	list_push_back(&sessions, &s->link);
	mutex_unlock(&sessions_lock);
}

void bequest_remove(struct session *s)
{
	pthread_once(&sessions_once, sessions_setup);
	mutex_lock(&sessions_lock);
	list_remove(&s->link);
	mutex_unlock(&sessions_lock);
}

void bequest_before_fork(void)
{
	pthread_once(&sessions_once, sessions_setup);
	mutex_hold_for_fork(&sessions_lock);
}

void bequest_after_fork_in_parent(void)
{
	mutex_release_after_fork(&sessions_lock);
}

void bequest_after_fork_in_child(void)
{
	mutex_release_after_fork(&sessions_lock);
	list_for_each(l, next, &sessions)
	{
		socket_close_inherited(&list_entry(l, struct session, link)->socket);
	}
	list_init(&sessions);
}
