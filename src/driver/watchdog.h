/* SPDX-License-Identifier: MIT */
#ifndef DRIVER_WATCHDOG_H
#define DRIVER_WATCHDOG_H
/*
 * An end to driver calls that hang: within a second of the deadline the connection's socket is shut
 * down, which makes the driver return with an error. (SQL_ATTR_QUERY_TIMEOUT does not end a query
 * on a server that has stopped.)
 *
 * One thread for the process, made when the first guard is armed; it calls no driver.
 *
 * Locks:     one of its own, LOCK_RANK_DRIVER, held for list work only.
 * Ownership: a guard lies on the stack of the thread that makes the call.
 */
#include "base/clock.h"
#include "base/list.h"
#include "driver/socket.h"

struct guard {
	struct list link;
	struct socket_ref socket;
	const struct socket_list *before; /* of a login; else NULL */
	pid_t thread;			  /* that logs in */
	usec_t deadline;
	bool has_struck; /* read after guard_disarm() */
};

/* False: no thread could be made, or the socket is not known; do not make the call. */
must_use bool guard_arm(struct guard *g, const struct socket_ref *socket, usec_t deadline);
/*
 * For a login of the calling thread, whose socket nobody knows yet: at the deadline what has
 * appeared since `before` was taken, and every other that it tries after that. False: no thread
 * could be made.
 */
must_use bool guard_arm_login(struct guard *g, const struct socket_list *before, usec_t deadline);
/* Afterwards nothing happens to the socket any more. */
void guard_disarm(struct guard *g);

/* For pthread_atfork: the child has no watchdog thread, and nothing armed. */
void watchdog_after_fork_in_child(void);

#endif
