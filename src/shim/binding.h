/* SPDX-License-Identifier: MIT */
#ifndef SHIM_BINDING_H
#define SHIM_BINDING_H
/*
 * A connection handle in a transaction: how it joins, what it may do there, how it leaves.
 *
 * While bound, the handle and its statements carry TAG_BOUND, and so their calls come through
 * binding_enter(). When the transaction has ended the handle stays bound, and statements fail with
 * 25000, until the application un-enlists it or disconnects; with TransactionBinding=ImplicitUnbind
 * the next call unbinds it.
 *
 * Locks:     those of transaction.h; d->lock for the statements' tags.
 * Ownership: a bound handle has a reference to its transaction.
 */
#include "shim/transaction.h"

/* The slow way into a call on a bound handle. SQL_SUCCESS: go on. */
SQLRETURN binding_enter(struct handle *h);
/* Into a call that only lets go of something: never refused when the transaction has ended. */
void binding_enter_to_free(struct stmt *s);

enum join {
	JOINED,
	JOIN_REFUSED, /* it is held or has ended: the connection is as it was, reterr says so */
	JOIN_FAILED,  /* it could not begin on the connection, which must be closed; reterr */
};

/*
 * Bind `d`, whose d->borrow has just been enlisted, and begin on its session unless that is in the
 * transaction already. Not JOINED: the caller gives the connection back, then calls
 * transaction_turned_away().
 */
must_use enum join binding_join(struct dbc *d, struct transaction *t, struct diag *reterr);
/*
 * Enlist the connection of `d`, or, while it has no statements, put the one in its place that the
 * transaction has already. SQL_SUCCESS, or SQL_ERROR and what d's records say.
 */
must_use SQLRETURN binding_enlist(struct dbc *d, struct transaction *t, bool *ret_is_swapped);
/* The transaction has ended: the handle works on by itself. */
void binding_unbind(struct dbc *d);
/* Drop the marks alone: calls take the short way again, and the connection stays enlisted. */
void binding_loosen(struct dbc *d);
void binding_tighten(struct dbc *d);
/* The handle is disconnecting: it knows of no transaction any more. */
void binding_forget(struct dbc *d);

/* SQLEndTran and SQL_ATTR_AUTOCOMMIT on a bound handle: refused? Then *ret_rc is the answer. */
bool binding_refuses_end(struct dbc *d, SQLRETURN *ret_rc);
bool binding_answers_autocommit(struct dbc *d, SQLULEN value, SQLRETURN *ret_rc);

#endif
