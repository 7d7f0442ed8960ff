/* SPDX-License-Identifier: MIT */
#ifndef SHIM_XA_WORK_H
#define SHIM_XA_WORK_H
/*
 * What the calls of the switch do on a branch's sessions. The caller has entered the branch
 * (xa_branch.h), which it leaves in the state that it is given here; the codes are X/Open's.
 *
 * Locks: none is held. Ownership: nothing is kept.
 */
#include "shim/xa_branch.h"
#include "shim/xa_resource.h"

struct attachment;

/* Give a new branch its transaction: connects that join it begin on their session. */
must_use bool work_begin(struct branch *b);
/* Keep everybody off the branch's sessions. XA_OK, or why that cannot be. */
int work_hold(struct branch *b);
/* Held: the application has finished, well or not. XA_OK, or the branch was rolled back. */
int work_end(struct branch *b, bool has_failed, struct diag *diag);
int work_prepare(struct branch *b, struct diag *diag, enum branch_state *ret_state);
int work_commit_at_once(struct branch *b, struct diag *diag, enum branch_state *ret_state);
/* Of a branch that was not prepared. */
void work_roll_back(struct branch *b, struct diag *diag);
/*
 * The second phase. `b` is NULL when the branch was prepared by somebody that this process does
 * not know; *ret_state is written only when it is not.
 */
int work_settle(struct branch *b, struct resource *r, const XID *xid, bool is_commit,
	struct diag *diag, enum branch_state *ret_state);
/* XAER_NOTA: no branch of this database is ever completed heuristically. */
int work_forget(struct resource *r, const XID *xid, struct diag *diag);
/* The prepared branches of a data source. XA_OK or XAER_RMFAIL. */
int work_recover(struct resource *r, struct xa_list *ret_list, struct diag *diag);

/* The thread ends in the middle of a branch: it can only be rolled back. Frees the attachment. */
void xa_abandon(struct attachment *a);

#endif
