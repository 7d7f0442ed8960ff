/* SPDX-License-Identifier: MIT */
#ifndef SHIM_CONNECT_H
#define SHIM_CONNECT_H
/*
 * A connect under way: what the application said, what it was resolved to, what it is to be told.
 *
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

	bool is_resolved;
	struct resolved resolved;
	struct driver *driver;
	struct buffer driver_string; /* what the real driver gets, in the application's width */
	struct diag warnings;	     /* 01000 records of a connect that may still succeed */
	struct diag diag;	     /* why it failed */
};

/*
 * Find out which real driver this is for and with which settings, once. False: c->diag says why
 * not.
 */
bool connecting_resolve(struct connecting *c);
/* Build c->login for the real driver; needs connecting_resolve(). False: c->diag. */
bool connecting_prepare_login(struct connecting *c);
/* Give the completed connection string to the application; a warning says when it was cut off. */
void connecting_give_completed(struct connecting *c);
void connecting_done(struct connecting *c);

#endif
