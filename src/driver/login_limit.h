/* SPDX-License-Identifier: MIT */
#ifndef DRIVER_LOGIN_LIMIT_H
#define DRIVER_LOGIN_LIMIT_H
/*
 * An end to logins that go on beyond their time.
 *
 * FreeTDS gives each protocol version that it tries the whole of SQL_ATTR_LOGIN_TIMEOUT, and does
 * not always keep to that: against a server that takes connections and never answers a login of two
 * seconds lasted for ever. So its calls of connect() are intercepted: each socket that it opens
 * during a limited login is shut down at the deadline, and after that it can open none. What it
 * does besides (looking up names, waiting for a ticket) is not limited.
 *
 * Nothing happens on a thread that limits no login: its calls cost one look at a variable of its
 * own.
 *
 * Locks:     none beside those of imports.h and watchdog.h.
 * Ownership: a limit lies on the stack of the thread that logs in.
 */
#include "base/clock.h"
#include "driver/watchdog.h"

#include <stdbool.h>

/* As many addresses of one server FreeTDS tries at once; the oldest is let go of when there are
 * more. */
#define LOGIN_SOCKETS_MAX 8

struct login_limit {
	usec_t deadline;
	unsigned socket_count; /* so far; each has its guard in turn */
	bool has_struck;
	bool is_armed[LOGIN_SOCKETS_MAX];
	struct guard guards[LOGIN_SOCKETS_MAX];
};

/* For the driver's connections that this thread opens until login_limit_end(). */
void login_limit_begin(struct login_limit *l, void *library, usec_t deadline);
/* True: the deadline came first. */
bool login_limit_end(struct login_limit *l);

#endif
