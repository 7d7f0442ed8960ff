/* SPDX-License-Identifier: MIT */
#include "support/fake_clock.h"

#include "base/lock.h"
#include "support/run.h"

/* Any moment will do; not 0, so that a forgotten time shows. */
#define BEGINNING (1000 * USEC_PER_SEC)

static struct fake_clock *fake(const struct clock *c)
{
	return (struct fake_clock *)(void *)c;
}

static usec_t fake_now(const struct clock *c)
{
	return atomic_load(&fake(c)->now);
}

static bool fake_wait_until(
	const struct clock *c, struct cond *cond, struct mutex *held, usec_t deadline)
{
	void (*during_wait)(void) = fake(c)->during_wait;

	if (fake_now(c) >= deadline)
		return false;
	if (during_wait) {
		fake(c)->during_wait = NULL;
		mutex_unlock(held);
		during_wait();
		mutex_lock(held);
		return fake_now(c) < deadline;
	}
	if (fake(c)->is_shared) {
		/* Looks at the fake time every millisecond of the real one: whoever moves the clock
		 * need not know who waits. */
		cond_wait_until(cond, held, clock_now(&clock_real) + USEC_PER_MSEC);
		return fake_now(c) < deadline;
	}
	if (deadline == USEC_INFINITY)
		ck_abort_msg("the only thread would wait for ever");
	atomic_store(&fake(c)->now, deadline);
	return false;
}

void fake_clock_init(struct fake_clock *c, bool is_shared)
{
	c->clock = (struct clock){
		.now = fake_now, .now_coarse = fake_now, .wait_until = fake_wait_until};
	atomic_init(&c->now, BEGINNING);
	c->is_shared = is_shared;
	c->during_wait = NULL;
}

void fake_clock_advance(struct fake_clock *c, usec_t by)
{
	atomic_fetch_add(&c->now, by);
}
