/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_FAKE_DRIVER_OPS_H
#define SUPPORT_FAKE_DRIVER_OPS_H
/*
 * A struct pool_driver whose connections are a few bytes each, and which does what the test says.
 *
 * It also holds the engine to its contract: no lock of ours held during a call, never two calls at
 * a time for one connection, nothing done to a closed one.
 *
 * The members of struct fake_driver may be set at any time; a ctx is the struct itself.
 */
#include "pool/pool_driver.h"
#include "support/fake_clock.h"

#include <stdatomic.h>

enum { FAKE_FAIL_NONE = 0, FAKE_FAIL_ALL = -1 };

struct fake_conn {
	unsigned id; /* 1, 2, ... in the order of the logins */
	_Atomic bool is_dead;
	_Atomic bool is_in_call;
	bool refuses_close;
	void *opener;
};

struct fake_driver {
	struct fake_clock *clock; /* moved by calls that take time; may be NULL */
	/* What the next calls do. */
	_Atomic int failing_opens; /* so many more, or FAKE_FAIL_ALL */
	_Atomic int failing_resets;
	const char *open_sqlstate;
	_Atomic int64_t open_takes;
	_Atomic int64_t close_takes;
	_Atomic int64_t is_alive_takes;
	_Atomic int64_t reset_takes;
	_Atomic bool is_open_gated; /* logins wait at the gate ... */
	_Atomic bool is_close_gated;
	_Atomic bool is_alive_gated;
	_Atomic bool is_reset_gated;
	_Atomic unsigned at_gate; /* ... so many now */
	void (*during_open)(struct fake_driver *d);
	/* What happened. */
	_Atomic unsigned opens, failed_opens, worker_opens;
	_Atomic unsigned closes, dead_closes, aborts;
	_Atomic unsigned most_opening, opening;
	_Atomic unsigned most_alive;	      /* open, opening or not yet closed */
	_Atomic unsigned resets;	      /* tried */
	_Atomic unsigned checks, deep_checks; /* is_alive; deep: with idle_for unlimited */
	_Atomic int64_t last_idle_for, last_deadline, last_reset_deadline;
	_Atomic unsigned freed;
};

extern const struct pool_driver fake_driver_ops;

void fake_driver_init(struct fake_driver *d, struct fake_clock *clock);
/* Connections that are open now. */
unsigned fake_driver_alive(const struct fake_driver *d);
void fake_conn_kill(void *conn);

#endif
