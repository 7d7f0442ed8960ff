/* SPDX-License-Identifier: MIT */
#ifndef SHIM_WATCHED_H
#define SHIM_WATCHED_H
/*
 * The calls on a connection in a transaction, as they matter where the server does not know of that
 * (dbms/xa_watch.h): which may reach the server, which have failed, and which were alone.
 *
 * A call was alone when it entered while no other was at work, and none has entered since. A
 * statement's call is marked by is_in_call from before it enters until a failure has been noted.
 *
 * Locks:     d->lock, never held across a call of the driver.
 * Ownership: nothing is kept.
 */
#include "shim/handle.h"

/* Under d->lock: a call enters, on `s` unless that is NULL. */
void watched_enter_locked(struct dbc *d, const struct stmt *s);
/*
 * Into and out of a call on a descriptor, which is never refused. A driver may ask the server in it
 * what a statement's columns are, and begin a transaction for that.
 */
void watched_enter_desc(struct dbc *d);
void watched_leave_desc(struct dbc *d);

/* Before a text is sent; before and after a function that executes. */
void watched_text(struct stmt *s, const void *text, size_t len, bool is_wide);
void watched_executing(struct stmt *s);
void watched_executed(struct stmt *s, SQLRETURN rc);
/* A call on a handle of the connection has failed, and is not over yet. */
void watched_failure(struct handle *h);

#endif
