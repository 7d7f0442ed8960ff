/* SPDX-License-Identifier: MIT */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H
/*
 * Time, as something that is passed in, so that tests can move it.
 *
 * All times inside the program are usec_t: microseconds of a monotonic clock, unmoved by changes
 * of the wall clock. Two readings are offered: a precise one (about 22 ns) for deadlines and
 * measurements, and a coarse one (about 3 ns, a few milliseconds behind) for idle stamps.
 *
 * Locks:     none of its own; waiting lets go of the mutex it is given.
 * Ownership: a clock is never freed while anything refers to it.
 */
#include "base/compiler.h"

#include <stdbool.h>
#include <stdint.h>

typedef int64_t usec_t;

#define USEC_PER_MSEC ((usec_t)1000)
#define USEC_PER_SEC ((usec_t)1000000)
#define USEC_INFINITY INT64_MAX

struct cond;
struct mutex;

struct clock {
	usec_t (*now)(const struct clock *c);
	usec_t (*now_coarse)(const struct clock *c);
	/* Wait for a signal or for `deadline`. False: the deadline has passed. May wake for
	 * nothing. */
	bool (*wait_until)(
		const struct clock *c, struct cond *cond, struct mutex *held, usec_t deadline);
};

/* The machine's monotonic clock. */
extern const struct clock clock_real;

static inline usec_t clock_now(const struct clock *c)
{
	return c->now(c);
}

static inline usec_t clock_now_coarse(const struct clock *c)
{
	return c->now_coarse(c);
}

/* `from` + `span`, where either may be USEC_INFINITY and the sum never overflows. */
static inline usec_t usec_add(usec_t from, usec_t span)
{
	if (from >= USEC_INFINITY - span)
		return USEC_INFINITY;
	return from + span;
}

#endif
