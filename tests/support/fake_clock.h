/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_FAKE_CLOCK_H
#define SUPPORT_FAKE_CLOCK_H
/*
 * A clock that stands still until the test moves it.
 *
 * Who waits on it in a test of one thread can be woken by nobody: the clock then jumps to the
 * deadline. In a test of several threads (`is_shared`) a waiter sleeps until it is signalled or the
 * test moves the clock past its deadline.
 */
#include "base/clock.h"

#include <stdatomic.h>
#include <stdbool.h>

struct fake_clock {
	struct clock clock; /* base class, must be first */
	_Atomic int64_t now;
	bool is_shared;
	/* Called once, without the lock, in place of the next wait. */
	void (*during_wait)(void);
};

void fake_clock_init(struct fake_clock *c, bool is_shared);
void fake_clock_advance(struct fake_clock *c, usec_t by);

#endif
