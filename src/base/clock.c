/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include "base/lock.h"

#include <time.h>

static usec_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (usec_t)ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / 1000;
}

static usec_t real_now(const struct clock *c)
{
	(void)c;
	return read_clock(CLOCK_MONOTONIC);
}

static usec_t real_now_coarse(const struct clock *c)
{
	(void)c;
#ifdef CLOCK_MONOTONIC_COARSE
	return read_clock(CLOCK_MONOTONIC_COARSE);
#else
	return read_clock(CLOCK_MONOTONIC);
#endif
}

static bool real_wait_until(
	const struct clock *c, struct cond *cond, struct mutex *held, usec_t deadline)
{
	(void)c;
	return cond_wait_until(cond, held, deadline);
}

const struct clock clock_real = {
	.now = real_now,
	.now_coarse = real_now_coarse,
	.wait_until = real_wait_until,
};
