/* SPDX-License-Identifier: MIT */
#ifndef POOL_POOL_H
#define POOL_POOL_H
/*
 * One pool: the physical connections of one key, and the line of threads that wait for one.
 *
 * Borrowing takes an idle connection, else opens one on the borrower's own thread while fewer than
 * MaxPoolSize exist, else waits in line, first come first served; what is returned goes to the head
 * of the line without being idle in between.
 *
 * A connection in a transaction is set aside for it; see enlist.h.
 *
 * Locks:     one mutex (LOCK_RANK_POOL), never held across a call of struct pool_driver, an
 *            allocation-heavy step or a trace line.
 * Ownership: pools belong to the registry; a borrowed connection belongs to the borrower until
 *            pool_return(), and keeps its pool alive.
 */
#include "base/clock.h"
#include "base/compiler.h"
#include "base/diag.h"
#include "base/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct counter_values;
struct entry;
struct pool;
struct tally;
struct transaction_id;

enum pool_rc {
	POOL_OK,
	POOL_UNKNOWN, /* registry_borrow: no pool with this key (or its settings may be out of date)
		       */
	POOL_TIMED_OUT,	    /* nothing was returned until the deadline */
	POOL_SELF_DEADLOCK, /* all are held by this thread, the only one of the application */
	POOL_OPEN_FAILED,   /* the login failed: the diag holds the real driver's records */
	POOL_BLOCKED,	    /* an earlier login failed, in the blocking period: its records again */
	POOL_DISABLED,	    /* connect past the pool: see registry_order() */
	POOL_CLOSED,	    /* the pools are being closed, or a fork woke the waiter in the child */
	POOL_NO_MEMORY,
	POOL_TRANSACTION_HERE,	/* its one session is in use by this very thread */
	POOL_TRANSACTION_ENDED, /* it ended while this borrow waited, or is being ended */
	POOL_TRANSACTION_LOST,	/* its one session is gone */
};

/* For struct borrow_request: PoolConnectTimeout, counted from the call. */
#define BORROW_DEADLINE_OF_POOL ((usec_t)0)

struct borrow_request {
	/* For waiting, validating and logging in together; USEC_INFINITY: none. */
	usec_t deadline;
	void *opener; /* handed to pool_driver.open */
	/*
	 * Borrow for this transaction: its own parked connection, else any other, which is then
	 * enlisted. NULL: for none. Ignored by a pool with Enlist=No.
	 */
	const struct transaction_id *transaction;
	bool is_on_one_session; /* the transaction is; the same at each borrow for it */
};

/* A borrowed connection, on the borrower's side. */
struct borrow {
	struct pool *pool;
	struct entry *entry;
	void *conn;	      /* what pool_driver.open made */
	void *ctx;	      /* the pool's */
	bool is_reused;	      /* false: it was opened for this borrow */
	bool is_wait_notable; /* it waited longer than WaitNotify: see pool_describe_wait() */
	usec_t waited;	      /* in line */
	bool is_enlisted;     /* for the transaction of the request */
	bool is_continued;    /* it was parked: the transaction has begun on it */
};

enum return_verdict {
	RETURN_REUSABLE,    /* rolled back, attributes restored: fit for the next */
	RETURN_NEEDS_RESET, /* the same, once pool_driver.reset has made it as fresh */
	RETURN_CLOSE,	    /* not to be reused, for the reason given */
	RETURN_DEAD,	    /* the peer is gone */
	/*
	 * In a transaction that goes on: parked under it. If it has ended meanwhile, or ends later,
	 * pool_driver.reset makes the connection fit for the next borrower. The other verdicts take
	 * an enlisted connection out of its transaction.
	 */
	RETURN_ENLISTED,
};

/*
 * Give a connection back. Never fails, never blocks on the network: what is not to be reused is
 * closed by a worker. `reason` is a literal, for the trace. In a forked child what the parent had
 * borrowed is only forgotten.
 */
void pool_return(struct borrow *b, enum return_verdict verdict, const char *reason);

/*
 * Enlist a borrowed connection in a transaction; one that is in another leaves that. POOL_OK and
 * *ret_is_elsewhere: nothing has changed, for another connection has the transaction's one session,
 * or `may_swap` and one is parked; pool_borrow_again() gets or awaits it. Never waits.
 */
must_use enum pool_rc pool_enlist(struct borrow *b, const struct transaction_id *id,
	bool is_on_one_session, bool may_swap, bool *ret_is_elsewhere, struct diag *reterr);
/* The connection has no part in its transaction any more (which has ended, or never began on it).
 */
void pool_unlist(struct borrow *b);
/*
 * Borrow the connection that the request's transaction has in this pool, waiting for it where it is
 * in use. POOL_UNKNOWN: it has none any more; nothing was opened. The request has no opener.
 */
must_use enum pool_rc pool_borrow_again(struct pool *p, const struct borrow_request *request,
	struct borrow *ret_borrow, struct diag *reterr);

/* Count that it is given back only because its handle was freed. Before pool_return(). */
void pool_note_reclaimed(const struct borrow *b);

/* The 01000 record for a borrow whose is_wait_notable is set. */
void pool_describe_wait(const struct borrow *b, struct diag *diag);

/* The pool of this connection: idle ones are closed, those in use when they come back. O(1). */
void pool_clear(struct pool *p);

/* The pool's name and numbers, for messages and attributes. */
struct pool_numbers {
	unsigned total, active, idle, parked, opening, waiting;
	/* Only of pool_get_numbers(): who has held a connection for longest; 0: nobody has one. */
	pid_t oldest_holder;
	usec_t oldest_held;
};
void pool_get_numbers(struct pool *p, struct pool_numbers *ret);
const char *pool_name(const struct pool *p);
/*
 * Trace what became of a transaction on a connection of the pool; `why`: redacted, or NULL. The
 * caller has the connection.
 */
void pool_trace_transaction(const struct pool *p, const struct transaction_id *id,
	enum trace_level level, const char *event, const char *why);
/* Where it counts. */
struct tally *pool_tally(const struct pool *p);
/* The session of a borrowed connection was reset by the borrower itself, or could not be. */
void pool_count_reset(struct pool *p, bool is_fresh, usec_t took);
/* Add the pool's counters and gauges to a snapshot. */
void pool_get_counters(struct pool *p, struct counter_values *ret_sum);

#endif
