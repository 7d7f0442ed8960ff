/* SPDX-License-Identifier: MIT */
#ifndef SHIM_XA_SWITCH_H
#define SHIM_XA_SWITCH_H
/*
 * A call of the switch from its beginning to its answer: who calls, and why it did not work.
 *
 * Locks: none. Ownership: lives on the stack of the call.
 */
#include "shim/xa_thread.h"

/* A call under way. */
struct switch_call {
	const char *name;
	long flags;
	int rmid;
	const XID *xid; /* NULL: the call has none */
	struct xa_thread *thread;
	struct opened *opened; /* NULL: this thread has not opened that resource manager */
	struct diag diag;
	const char *reason; /* a literal, where no record says why */
};

/* False: no memory; the answer is XAER_RMERR. */
must_use bool switch_call_begin(
	struct switch_call *c, const char *name, const XID *xid, int rmid, long flags);
/* Every call that was begun ends here: trace and odbcpool_xa_error(). Returns `code`. */
int switch_call_end(struct switch_call *c, int code);
/* Say why, by a literal; returns `code`. */
int switch_call_refuse(struct switch_call *c, int code, const char *reason);

/* What the switch has of the calls that concern no branch; see xa_open.c. */
int switch_open(char *info, int rmid, long flags);
int switch_close(char *info, int rmid, long flags);
int switch_recover(XID *xids, long count, int rmid, long flags);

#endif
