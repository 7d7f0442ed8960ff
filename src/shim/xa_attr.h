/* SPDX-License-Identifier: MIT */
#ifndef SHIM_XA_ATTR_H
#define SHIM_XA_ATTR_H
/*
 * Enlistment through the real driver: SQL_ATTR_ENLIST_IN_DTC (1207), and SQL_ATTR_ENLIST_IN_XA
 * (1208) with the structure that msodbcsql documents for it.
 *
 * Both are passed on. Of a DTC transaction we never learn the end: a connection that is still in
 * one is closed at SQLDisconnect. An XA operation says all: OP_START enlists the connection under
 * its XID, and a disconnect parks it; what ends the branch, on whichever connection of the process,
 * ends it for the pools. A fresh handle whose XID has a parked connection gets that one.
 *
 * Locks:     none of its own.
 * Ownership: nothing is kept of the application's structure.
 */
#include "driver/xa_call.h"
#include "shim/handle.h"

/* 1207 or 1208 on a pooled connection that may enlist. */
SQLRETURN xa_attr_set(struct dbc *d, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER length);
/*
 * After a connect that ended with `rc`: set what was set before it. Where that fails the connect
 * fails. Gives the connect's answer.
 */
SQLRETURN xa_attr_set_kept(struct dbc *d, SQLRETURN rc);

#endif
