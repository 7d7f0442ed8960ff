/* SPDX-License-Identifier: MIT */
#ifndef POOL_POOL_DRIVER_H
#define POOL_POOL_DRIVER_H
/*
 * What the engine needs from whoever makes connections. Everything ODBC is behind this.
 *
 * `ctx` belongs to one pool and knows how its connections are made; `conn` is one physical
 * connection, opaque here. The functions are called from application threads and from workers,
 * never with a lock of the engine held, and never two at a time for one `conn`.
 *
 * Locks:     none of the engine's is held during a call.
 * Ownership: a `conn` is the engine's from open() to close(), a `ctx` until free_ctx().
 */
#include "base/clock.h"
#include "base/compiler.h"
#include "base/diag.h"

#include <stdbool.h>

enum close_mode {
	CLOSE_GRACEFULLY, /* log out, free everything */
	CLOSE_DEAD,	  /* the peer is gone: free everything, failures are none */
	CLOSE_ABORT, /* shut the socket down where it is known, drop the handle: must not block */
};

/* For pool_driver.is_alive: parked in a transaction, which a query could disturb. */
#define IDLE_FOR_PARKED ((usec_t)-1)

struct pool_driver {
	/*
	 * Log in. `opener` is what the borrower brought (its strings, with secrets); NULL on a
	 * worker, which uses what ctx keeps sealed. Ends by `deadline` + 2 s at the latest. True:
	 * *ret_conn. False: reterr has the records to show to the application; no handle is left.
	 */
	bool (*open)(
		void *ctx, void *opener, usec_t deadline, void **ret_conn, struct diag *reterr);
	/*
	 * Is the connection fit to be handed out? `idle_for` picks the rung of the ladder;
	 * IDLE_FOR_PARKED: no query, only what costs no round trip.
	 */
	bool (*is_alive)(void *ctx, void *conn, usec_t idle_for, usec_t deadline);
	/*
	 * Make the session as fresh. It was cleaned by its borrower, except when it comes out of a
	 * transaction that it was parked under. False: it is not fit for another user and is
	 * closed.
	 */
	bool (*reset)(void *ctx, void *conn, usec_t deadline);
	/* False: the close failed (only the closing at exit asks). */
	bool (*close)(void *ctx, void *conn, enum close_mode mode);
	/* The pool is gone. */
	void (*free_ctx)(void *ctx);
};

#endif
