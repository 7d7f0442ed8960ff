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
#include "shim/handle.h"

/* X/Open's XID as msodbcsql lays it out: 32-bit numbers. */
struct xa_xid {
	int32_t format_id;
	int32_t gtrid_length;
	int32_t bqual_length;
	unsigned char data[128];
};

/* XACALLPARAM. Data of some operations follow it. */
struct xa_call {
	uint32_t size_param;
	int32_t operation;
	struct xa_xid xid;
	int32_t flags;
	int32_t status;
	uint32_t size_data;
	uint32_t size_returned;
};

enum xa_operation {
	XA_OP_START,
	XA_OP_END,
	XA_OP_PREPARE,
	XA_OP_COMMIT,
	XA_OP_ROLLBACK,
	XA_OP_FORGET,
	XA_OP_RECOVER,
	XA_OP_GETTIMEOUT,
	XA_OP_SETTIMEOUT,
};

/* 1207 or 1208 on a pooled connection that may enlist. */
SQLRETURN xa_attr_set(struct dbc *d, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER length);
/*
 * After a connect that ended with `rc`: set what was set before it. Where that fails the connect
 * fails. Gives the connect's answer.
 */
SQLRETURN xa_attr_set_kept(struct dbc *d, SQLRETURN rc);

#endif
