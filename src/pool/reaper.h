/* SPDX-License-Identifier: MIT */
#ifndef POOL_REAPER_H
#define POOL_REAPER_H
/*
 * The housekeeper: one thread for all pools, which only decides. It never calls a driver.
 *
 * Locks:     the workers', to sleep on and to be parked like them.
 * Ownership: part of the registry.
 */
#include "base/compiler.h"
#include "pool/workers.h"

#include <stdbool.h>

struct registry;

struct reaper {
	struct workers *workers;
	struct registry *registry;
	void (*every_second)(void);
	struct cond poked;
	bool is_running; /* workers->lock */
};

void reaper_init(struct reaper *reaper, struct registry *registry, struct workers *workers,
	void (*every_second)(void));
/*
 * See that the thread exists. When none can be made the next call tries again: one comes with each
 * new pool, login and piece of work, so that a moment without threads is no life without sweeps.
 */
void reaper_ensure(struct reaper *reaper);
/* After workers_ask_to_stop(): do not sleep on. */
void reaper_poke(struct reaper *reaper);
void reaper_after_fork_in_child(struct reaper *reaper);

#endif
