/* SPDX-License-Identifier: MIT */
#include "pool/reaper.h"

#include "pool/registry.h"
#include "pool/threads.h"

#include <stddef.h>

/* It calls no driver, but what it calls once a second reads files. */
#define REAPER_STACK ((size_t)256 * 1024)

void reaper_init(struct reaper *reaper, struct registry *registry, struct workers *workers,
	void (*every_second)(void))
{
	*reaper = (struct reaper){
		.workers = workers, .registry = registry, .every_second = every_second};
	cond_init(&reaper->poked);
}

static void reaper_main(void *arg)
{
	struct reaper *reaper = arg;
	struct workers *w = reaper->workers;

	mutex_lock(&w->lock);
	while (workers_begin_locked(w)) {
		mutex_unlock(&w->lock);
		if (reaper->every_second)
			reaper->every_second();
		usec_t next = registry_sweep(reaper->registry);
		mutex_lock(&w->lock);
		workers_end_locked(w);
		if (!w->is_stopping)
			w->clock->wait_until(w->clock, &reaper->poked, &w->lock, next);
	}
	reaper->is_running = false;
	w->threads--;
	cond_broadcast(&w->changed);
	mutex_unlock(&w->lock);
}

void reaper_ensure(struct reaper *reaper)
{
	struct workers *w = reaper->workers;
	bool is_wanted;

	mutex_lock(&w->lock);
	is_wanted = w->with_threads && !reaper->is_running && !w->is_stopping;
	if (is_wanted) {
		reaper->is_running = true;
		w->threads++;
	}
	mutex_unlock(&w->lock);
	if (!is_wanted || thread_start("odbcpool-house", REAPER_STACK, reaper_main, reaper))
		return;
	mutex_lock(&w->lock);
	reaper->is_running = false;
	w->threads--;
	cond_broadcast(&w->changed);
	mutex_unlock(&w->lock);
}

void reaper_poke(struct reaper *reaper)
{
	mutex_lock(&reaper->workers->lock);
	cond_signal(&reaper->poked);
	mutex_unlock(&reaper->workers->lock);
}

void reaper_after_fork_in_child(struct reaper *reaper)
{
	cond_init(&reaper->poked);
	reaper->is_running = false;
}
