/* SPDX-License-Identifier: MIT */
#ifndef SHIM_CONNECT_H
#define SHIM_CONNECT_H
/*
 * A connect under way: what the application said, what it was resolved to, what it is to be told.
 *
 * Locks:     none; a connection handle is connected by one thread.
 * Ownership: lives on the stack of the connecting thread; connecting_done() wipes and frees.
 */
#include "conf/key.h"
#include "conf/resolve.h"
#include "shim/handle.h"

struct connecting {
	struct dbc *dbc;
	struct login login; /* kind, width and raw arguments from the start; the string when it is
			       needed */
	struct text string, user, password; /* as passed; lengths in bytes */
	SQLPOINTER out;			    /* room for the completed connection string */
	SQLSMALLINT out_size;
	SQLSMALLINT *out_len;

	struct transaction *transaction; /* that this connect joins, a reference; or NULL */
	bool is_resolved;
	struct resolved resolved;
	struct driver *driver;
	struct buffer driver_string; /* what the real driver gets, in the application's width */
	struct diag warnings;	     /* 01000 records of a connect that may still succeed */
	struct diag diag;	     /* why it failed */
	int cancel_state;	     /* of the thread, before it could not be cancelled */
};

/*
 * Ready for a connect? False: *ret_rc is the answer. On true connecting_done() must follow; until
 * then the thread is not cancelled, for it would leave locks held and a slot of the pool taken.
 */
bool connecting_begin(
	struct connecting *c, SQLHDBC h, enum connect_kind kind, bool is_wide, SQLRETURN *ret_rc);
/* Take an argument of the connect function. False: its length makes no sense, c->diag says so. */
bool connecting_take_text(
	struct connecting *c, const void *data, SQLSMALLINT len, struct text *ret);
/*
 * Find out which real driver this is for and with which settings, once. False: c->diag says why
 * not.
 */
bool connecting_resolve(struct connecting *c);
/* Build c->login for the real driver; needs connecting_resolve(). False: c->diag. */
bool connecting_prepare_login(struct connecting *c);
/* Give the completed connection string to the application; a warning says when it was cut off. */
void connecting_give_completed(struct connecting *c);
/* Hand c->diag over to the connection handle and return `rc`. */
SQLRETURN connecting_fail(struct connecting *c, SQLRETURN rc);
/* The same for arguments that make no sense, and connecting_done(). */
SQLRETURN connecting_refuse(struct connecting *c);
/* The handle is connected: calls go to this session from now on. */
void connecting_bind(struct dbc *d, struct session *s);
void connecting_done(struct connecting *c);

#endif
