/* SPDX-License-Identifier: MIT */
#ifndef POOL_BLOCKING_H
#define POOL_BLOCKING_H
/*
 * The blocking period: after a failed login, connects that would need another are refused with the
 * same diagnostics for 5 seconds, then 10, 20, 40, 60, 60, ...
 *
 * A success or a clear resets; the end of a period does not. Whether a period stops borrowers is
 * the pool's decision (PoolBlockingPeriod); background logins always heed it.
 *
 * Locks:     the pool's, except for what operates on a struct login_error alone.
 * Ownership: a login_error is counted and immutable, so that its texts are copied outside the lock.
 */
#include "base/clock.h"
#include "base/compiler.h"
#include "base/diag.h"

#include <stdatomic.h>
#include <stdbool.h>

/* The records of a failed login. */
struct login_error {
	_Atomic unsigned refs;
	struct diag diag;
};

struct blocking {
	bool is_failing;	  /* the last login failed */
	struct login_error *last; /* its records; NULL also when memory ran out */
	usec_t failed_at;
	usec_t until; /* end of the period */
	usec_t span;  /* its length */
};

/* A copy of the records, with one reference. NULL: no memory. */
must_use struct login_error *login_error_new(const struct diag *diag);
struct login_error *login_error_ref(struct login_error *e);
void login_error_unref(struct login_error *e);

/*
 * A login that had begun at `began` failed. Takes over the reference to `error` and gives the
 * former one, to be dropped outside the lock. A login that began before the failure we know of
 * belongs to the same trouble: it does not lengthen the period.
 */
must_use struct login_error *blocking_failed(
	struct blocking *b, struct login_error *error, usec_t began, usec_t now);
/* A login succeeded, or the pool was cleared. Gives the reference to drop outside the lock (or
 * NULL). */
must_use struct login_error *blocking_reset(struct blocking *b);
bool blocking_is_on(const struct blocking *b, usec_t now);

#endif
