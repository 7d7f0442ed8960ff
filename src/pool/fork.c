/* SPDX-License-Identifier: MIT */
/*
 * fork(). Background threads are kept outside every driver call while it happens, since a child
 * inherits the locks that libc or a driver held at that moment, for ever locked. In the child
 * every connection of the parent is forgotten, never closed: a logout would travel on the parent's
 * socket.
 */
#include "pool/registry_internal.h"

#include "pool/threads.h"

#include <string.h>

#define PARKING_TIME USEC_PER_SEC

void registry_before_fork(struct registry *r)
{
	workers_before_fork(&r->engine.workers, usec_add(clock_now(r->engine.clock), PARKING_TIME));
	/* So that the child finds the list of pools whole. */
	mutex_lock(&r->lock);
}

void registry_after_fork_in_parent(struct registry *r)
{
	mutex_unlock(&r->lock);
	workers_after_fork_in_parent(&r->engine.workers);
}

void registry_after_fork_in_child(struct registry *r)
{
	/* Orders were given to the parent. */
	r->is_paused = r->is_disabled = false;
	memset(&r->own_departed, 0, sizeof(r->own_departed));
	mutex_unlock(&r->lock);
	atomic_fetch_add(&r->engine.epoch, 1);
	threads_after_fork_in_child();
	waitq_after_fork_in_child();
	/* Kept in sight, so that they are no leak, but nothing in them is touched again. */
	list_take_all(&r->inherited, &r->pools);
	table_clear(&r->table);
	r->retired = 0;
	remains_forget(&r->remains);
	workers_after_fork_in_child(&r->engine.workers);
	reaper_after_fork_in_child(&r->engine.reaper);
}
