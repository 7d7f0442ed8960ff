/* SPDX-License-Identifier: MIT */
#ifndef SHIM_XA_BRANCH_H
#define SHIM_XA_BRANCH_H
/*
 * The transaction branches that this process knows, from xa_start until they are committed or
 * rolled back. The process-wide side of the switch: any thread that has opened the data source may
 * end a branch.
 *
 * A call of the switch enters the branch, does its work on the database without a lock, and leaves
 * it in its new state; one call at a time.
 *
 * Locks:     one mutex (LOCK_RANK_XA) for the table and, where noted, the branches; never held
 *            across anything else. What is not noted belongs to the call that has entered.
 * Ownership: a branch is counted: by the table, by each association, by the call at work.
 */
#include "base/hash.h"
#include "base/list.h"
#include "base/trace.h"
#include "dbms/xa.h"
#include "shim/transaction.h"
#include "shim/xa_rules.h"

/* Branches of one process at the same time; a transaction manager that forgets its own would else
 * fill the memory. */
#define BRANCHES_MAX 65536

struct branch {
	struct list link;	 /* the lock; on none when it is not in the table any more */
	unsigned refs;		 /* the lock */
	enum branch_state state; /* the lock */
	unsigned suspended;	 /* the lock: associations */
	bool is_at_work;	 /* the lock: a call has entered */
	/* Fixed at birth. */
	struct digest identity; /* of the data source */
	XID xid;
	const struct xa_dialect *dialect;
	const struct trace *trace;
	/* A reference until it has ended; NULL: the sessions have nothing to do with it any more.
	 */
	struct transaction *transaction;
	bool has_failed; /* xa_end(TMFAIL) of a suspended association */
	/* Of the session that works in it, by the thread that connects. */
	char *session_name;
	_Atomic(struct session *) session; /* to be compared only; NULL: nobody has connected yet */
	bool is_in_doubt; /* that session was lost while it prepared or ended the branch */
};

/* NULL: no memory. One reference. */
must_use struct branch *branch_new(
	const struct digest *identity, const XID *xid, const struct xa_dialect *dialect);
void branch_ref(struct branch *b);
void branch_unref(struct branch *b);

struct branch_call {
	enum xa_verb verb;
	long flags;
	const struct digest *identity;
	const XID *xid;
	enum association mine;
	bool has_other;
	struct branch *fresh; /* XA_START: what enters the table when there is no such branch */
};

/*
 * XA_OK: the caller is at work on *ret_branch, with a reference, and must leave it; NULL when this
 * process does not know the branch. XAER_RMERR without a branch in state ACTIVE: the table is full.
 */
int branch_enter(const struct branch_call *call, struct branch **ret_branch);
/* BRANCH_NONE: it is done with, and leaves the table. Drops the reference of branch_enter(). */
void branch_leave(struct branch *b, enum branch_state state);
/* Entered: one more or one less association is suspended. */
void branch_note_suspended(struct branch *b, int change);

/*
 * Enter a branch of that data source whose session was lost in the middle of a call. NULL: there
 * is none that nobody works on.
 */
struct branch *branch_enter_in_doubt(const struct digest *identity);

/* For pthread_atfork. */
void branches_before_fork(void);
void branches_after_fork_in_parent(void);
void branches_after_fork_in_child(void);

#endif
