/* SPDX-License-Identifier: MIT */
#ifndef SHIM_TRANSACTION_H
#define SHIM_TRANSACTION_H
/*
 * The transactions of this process that outlive a connect: by a token (ODBCPOOL_ATTR_TRANSACTION),
 * by the real driver's own enlistment (SQL_ATTR_ENLIST_IN_XA), or as branches of the XA switch.
 *
 * A transaction has connections that are in use, bound to it here, and connections that are parked
 * under it in the pools (pool/enlist.h). It is ended by whoever holds it: while it is held no
 * statement begins on any of its connections and none of them comes or goes, so the holder may call
 * the real driver for each.
 *
 *	transaction_get -> [ACTIVE] -> transaction_hold -> [HELD] -> transaction_end -> [COMMITTED,
 *...]
 *	                      ^-------- transaction_release ---|
 *
 * How a bound connection knows: its handle and its statements carry TAG_BOUND, so that each call on
 * them takes the slow way in (shim/call.c), marks itself and then looks at the state, while the
 * holder sets the state and then looks at the marks.
 *
 * Locks:     one mutex (LOCK_RANK_TRANSACTION) for the table, the bindings and the counts; the
 *state is atomic. Never held across a call of a driver. Ownership: a transaction is counted: by
 *whoever got it, by each handle bound to it, and by the table until it has ended.
 */
#include "pool/enlist.h"
#include "shim/handle.h"

#include <stdatomic.h>

enum transaction_kind {
	TRANSACTION_TOKEN,  /* local to one database, by the application's token */
	TRANSACTION_DRIVER, /* the real driver's, which alone begins and ends it */
	TRANSACTION_BRANCH, /* of the XA switch */
};

enum transaction_state {
	TRANSACTION_ACTIVE,
	TRANSACTION_HELD,
	/* Ended, as far as its connections are concerned: */
	TRANSACTION_PREPARED,
	TRANSACTION_COMMITTED,
	TRANSACTION_ROLLED_BACK,
	TRANSACTION_UNKNOWN, /* nobody knows how */
};

struct transaction;

/* What a kind of transaction does on its sessions. Called without locks, by the session's owner. */
struct transaction_ops {
	/*
	 * The session has just been enlisted: begin on it. False: reterr says why; the connection
	 * is then closed and the connect fails. NULL: nothing is to be done.
	 */
	bool (*begin)(struct transaction *t, struct session *s, struct diag *reterr);
	/*
	 * The transaction has ended and the application goes on with the connection: give the
	 * session back the attributes that begin() has changed. NULL: nothing is to be done.
	 */
	void (*unbind)(struct transaction *t, struct session *s);
	bool is_on_one_session;
	/* The application may not end it by SQLEndTran (2D000) nor set autocommit (25000). */
	bool is_guarded;
	/* Setting autocommit off is no more than what begin() has done already. */
	bool is_in_manual_commit;
};

struct transaction {
	struct list link; /* the lock; on none once it has ended */
	unsigned refs;	  /* the lock */
	enum transaction_kind kind;
	_Atomic int state; /* enum transaction_state; changed under the lock */
	const struct transaction_ops *ops;
	void *context; /* the maker's; it outlives the transaction */
	/* the lock */
	struct list bound; /* struct dbc by transaction_link */
	unsigned bound_count;
	unsigned in_transit;  /* handles that are joining or leaving just now */
	bool is_visited;      /* transaction_for_each_session() is at work: nobody comes or goes */
	bool has_had_session; /* a connection has joined it, ever */
	bool is_lost;	      /* a session that it lived on is gone before the end */
	struct transaction_id id; /* the kind, then the bytes; points behind the struct */
};

/*
 * The transaction of that kind and id that has not ended, or a new one. Gives a reference. NULL: no
 * memory.
 */
must_use struct transaction *transaction_get(enum transaction_kind kind, const void *id, size_t len,
	const struct transaction_ops *ops, void *context);
/* The same, but only if there is one. */
struct transaction *transaction_find(enum transaction_kind kind, const void *id, size_t len);
struct transaction *transaction_ref(struct transaction *t);
void transaction_unref(struct transaction *t);
bool transaction_has_ended(const struct transaction *t);
/*
 * The state of the handle's transaction, and that is not HELD because somebody only tries to hold
 * it; ACTIVE where it has none.
 */
int transaction_settled_state(struct dbc *d);

enum transaction_hold {
	HOLD_OK,
	HOLD_BUSY,  /* a statement on one of its connections is at work or needs data */
	HOLD_TAKEN, /* another thread holds it */
	HOLD_ENDED, /* there is nothing to hold any more */
};

/* Keep everybody else off its connections. It may be kept for long: across xa_end and xa_commit. */
must_use enum transaction_hold transaction_hold(struct transaction *t);
/* Let its connections work on. */
void transaction_release(struct transaction *t);

/* What a holder does on each session. `d` is the handle that has it in use, NULL: it was parked. */
struct transaction_visit {
	bool (*visit)(struct transaction *t, struct session *s, struct dbc *d, void *arg);
	void *arg;
};
/*
 * Held: visit every session, parked ones first, which stay parked. Stops at the first false and
 * returns that. A driver may be called in it. *ret_visited: how many there were.
 */
bool transaction_for_each_session(
	struct transaction *t, const struct transaction_visit *visit, unsigned *ret_visited);
/*
 * It has ended thus: said by its holder, or without a hold by whoever learns that others have ended
 * it. Once it has ended nothing changes that. Parked connections are reset (a tainted one is
 * closed: session_taint()) and serve anybody; statements on those in use fail with 25000 until they
 * are unbound.
 */
void transaction_end(struct transaction *t, enum transaction_state outcome);
/* Wait while a holder is at work on its sessions. */
void transaction_await_visit(struct transaction *t);

/*
 * The transactions that connects of the calling thread join, as the XA switch says between xa_start
 * and xa_end: one for each database. `find` tells which of them this connect goes to, or NULL, and
 * gives no reference; it may resolve the connect (shim/connect.h). The struct must stay until it is
 * replaced; NULL: none.
 */
struct connecting;
struct thread_transaction {
	struct transaction *(*find)(const struct thread_transaction *t, struct connecting *c);
};
void transaction_set_thread(const struct thread_transaction *t);
const struct thread_transaction *transaction_of_thread(void);

/* For binding.c: a handle comes and goes. */
/*
 * `d` has got a connection for it. False: it is held, lost, or has ended; the connection must be
 * given back, and then transaction_turned_away() be called.
 */
must_use bool transaction_begin_join(struct transaction *t);
/* After begin(): NULL when that failed. Takes a reference for `d`. */
void transaction_end_join(struct transaction *t, struct dbc *d);
void transaction_turned_away(void);
/*
 * `d` is about to return its connection, or to be unbound: waits while the holder is at work. Then
 * transaction_end_leave() once it is done. True: the transaction goes on.
 */
must_use bool transaction_begin_leave(struct transaction *t, struct dbc *d);
void transaction_end_leave(struct transaction *t);
/* A pool remembers that for a while; the transaction does so until its end. */
void transaction_note_lost(struct transaction *t);
bool transaction_is_lost(struct transaction *t);
/* Has a connection ever been in it? */
bool transaction_was_joined(struct transaction *t);

/* Around fork(); in a forked child all are forgotten. */
void transactions_before_fork(void);
void transactions_after_fork_in_parent(void);
void transactions_after_fork_in_child(void);

#endif
