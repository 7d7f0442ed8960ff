/* SPDX-License-Identifier: MIT */
/*
 * The XA switch, and X/Open's entry points for branches.
 *
 * Every call is admitted (flags, resource manager, XID, state table), does its work on the
 * database, and leaves its branch in the new state. Nothing waits for a lock meanwhile.
 */
#include "odbcpool_xa.h"

#include "base/compiler.h"
#include "shim/xa_switch.h"
#include "shim/xa_rules.h"
#include "shim/xa_work.h"

static struct attachment *attachment_of(const struct switch_call *c)
{
	return opened_attachment(c->opened, c->xid);
}

/* `fresh`: see struct branch_call. On XA_OK the branch, if any, is entered. */
static int admit(
	struct switch_call *c, enum xa_verb verb, struct branch *fresh, struct branch **ret_branch)
{
	struct attachment *mine = attachment_of(c), *active = opened_active(c->opened);
	struct branch_call call = {
		.verb = verb,
		.flags = c->flags,
		.identity = &c->opened->resource->identity,
		.xid = c->xid,
		.mine = !mine		     ? ASSOCIATION_NONE
			: mine->is_suspended ? ASSOCIATION_SUSPENDED
					     : ASSOCIATION_ACTIVE,
		.has_other = active && active != mine,
		.fresh = fresh,
	};
	int code = branch_enter(&call, ret_branch);

	return code == XA_OK
		       ? code
		       : switch_call_refuse(c, code, "out of order for the state of the branch");
}

/* What needs no look at the branch. */
static int check(struct switch_call *c, enum xa_verb verb)
{
	int code = xa_judge_flags(verb, c->flags);

	if (code != XA_OK)
		return switch_call_refuse(c, code, "these flags have no place here");
	if (!c->opened)
		return switch_call_refuse(c, XAER_PROTO, "this thread has not opened that rmid");
	if (!xid_is_valid(c->xid))
		return switch_call_refuse(
			c, XAER_INVAL, "the XID is null, or its lengths are out of range");
	return XA_OK;
}

static int start_new(struct switch_call *c)
{
	struct resource *r = c->opened->resource;
	struct branch *fresh = branch_new(&r->identity, c->xid, r->dialect), *b;
	struct attachment *a = fresh ? attachment_new(c->opened, fresh) : NULL;
	int code;

	if (c->xid->formatID > r->dialect->format_max)
		code = switch_call_refuse(
			c, XAER_INVAL, "the database takes no formatID as large as that");
	else if (!a)
		code = switch_call_refuse(c, XAER_RMERR, "no memory");
	else {
		/* Its own association is not to be taken for one with an older branch. */
		list_remove(&a->link);
		code = admit(c, XA_START, fresh, &b);
		if (code == XA_OK && !work_begin(fresh))
			branch_leave(b, BRANCH_NONE),
				code = switch_call_refuse(c, XAER_RMERR, "no memory");
		else if (code == XA_OK)
			branch_leave(b, BRANCH_ACTIVE);
	}
	if (code == XA_OK)
		list_push_front(&c->opened->attachments, &a->link);
	else if (a)
		attachment_free(a);
	branch_unref(fresh);
	return code;
}

static void forget_suspension(struct branch *b, struct attachment *a)
{
	a->is_suspended = false;
	branch_note_suspended(b, -1);
}

/* A suspended association whose branch can only be rolled back ends by the attempt to resume it. */
static int start_again(struct switch_call *c)
{
	struct attachment *a = attachment_of(c);
	struct branch *b;
	int code = admit(c, XA_START, NULL, &b);

	if (code == XA_RBROLLBACK && a) {
		forget_suspension(a->branch, a);
		attachment_free(a);
	}
	if (code != XA_OK)
		return code;
	if (!a && !(a = attachment_new(c->opened, b))) {
		branch_leave(b, BRANCH_IDLE);
		return switch_call_refuse(c, XAER_RMERR, "no memory");
	}
	if (a->is_suspended)
		forget_suspension(b, a);
	transaction_release(b->transaction);
	branch_leave(b, BRANCH_ACTIVE);
	return XA_OK;
}

static int entry_start(XID *xid, int rmid, long flags)
{
	struct switch_call c;

	if (!switch_call_begin(&c, "xa-start", xid, rmid, flags))
		return XAER_RMERR;
	int code = check(&c, XA_START);
	if (code == XA_OK)
		code = c.flags & (TMJOIN | TMRESUME) ? start_again(&c) : start_new(&c);
	xa_thread_join(c.thread);
	return switch_call_end(&c, code);
}

/* The association ends or is suspended; `b` is entered, and left here. */
static int end_active(struct switch_call *c, struct branch *b, struct attachment *a)
{
	int code = work_hold(b);

	if (code == XAER_PROTO) {
		branch_leave(b, BRANCH_ACTIVE);
		return switch_call_refuse(c, code, "a statement is still at work in the branch");
	}
	if (code == XA_OK && c->flags == TMSUSPEND) {
		a->is_suspended = true;
		branch_note_suspended(b, 1);
		branch_leave(b, BRANCH_IDLE);
		return XA_OK;
	}
	if (code == XA_OK)
		code = work_end(b, c->flags == TMFAIL || b->has_failed, &c->diag);
	branch_leave(b, code == XA_OK ? BRANCH_IDLE : BRANCH_ROLLBACK_ONLY);
	attachment_free(a);
	return code;
}

static int end_suspended(struct switch_call *c, struct branch *b, struct attachment *a)
{
	enum branch_state state = b->state;
	int code = XA_OK;

	forget_suspension(b, a);
	attachment_free(a);
	if (c->flags == TMFAIL) {
		code = XA_RBROLLBACK;
		b->has_failed = true;
		if (state == BRANCH_IDLE) {
			work_roll_back(b, &c->diag);
			state = BRANCH_ROLLBACK_ONLY;
		}
	}
	branch_leave(b, state);
	return code;
}

static int entry_end(XID *xid, int rmid, long flags)
{
	struct switch_call c;
	struct branch *b;

	if (!switch_call_begin(&c, "xa-end", xid, rmid, flags))
		return XAER_RMERR;
	int code = check(&c, XA_END);
	if (code == XA_OK)
		code = admit(&c, XA_END, NULL, &b);
	if (code == XA_OK) {
		struct attachment *a = attachment_of(&c);
		code = a->is_suspended ? end_suspended(&c, b, a) : end_active(&c, b, a);
	}
	xa_thread_join(c.thread);
	return switch_call_end(&c, code);
}

static int entry_prepare(XID *xid, int rmid, long flags)
{
	enum branch_state state;
	struct branch *b;
	struct switch_call c;

	if (!switch_call_begin(&c, "xa-prepare", xid, rmid, flags))
		return XAER_RMERR;
	int code = check(&c, XA_PREPARE);
	if (code == XA_OK)
		code = admit(&c, XA_PREPARE, NULL, &b);
	if (code == XA_OK) {
		code = work_prepare(b, &c.diag, &state);
		branch_leave(b, state);
	}
	return switch_call_end(&c, code);
}

/* The second phase; `b` is entered unless it is NULL, and left here. */
static int settle(struct switch_call *c, struct branch *b, bool is_commit)
{
	enum branch_state state;
	int code = work_settle(b, c->opened->resource, c->xid, is_commit, &c->diag, &state);

	if (b)
		branch_leave(b, state);
	return code;
}

static int entry_commit(XID *xid, int rmid, long flags)
{
	enum branch_state state;
	struct branch *b = NULL;
	struct switch_call c;

	if (!switch_call_begin(&c, "xa-commit", xid, rmid, flags))
		return XAER_RMERR;
	int code = check(&c, XA_COMMIT);
	if (code == XA_OK)
		code = admit(&c, XA_COMMIT, NULL, &b);
	if (code == XA_OK && (c.flags & TMONEPHASE)) {
		code = work_commit_at_once(b, &c.diag, &state);
		branch_leave(b, state);
	} else if (code == XA_OK) {
		code = settle(&c, b, true);
	}
	return switch_call_end(&c, code);
}

static int entry_rollback(XID *xid, int rmid, long flags)
{
	struct branch *b = NULL;
	struct switch_call c;

	if (!switch_call_begin(&c, "xa-rollback", xid, rmid, flags))
		return XAER_RMERR;
	int code = check(&c, XA_ROLLBACK);
	if (code == XA_OK)
		code = admit(&c, XA_ROLLBACK, NULL, &b);
	if (code == XA_OK && b && b->state != BRANCH_PREPARED) {
		work_roll_back(b, &c.diag);
		branch_leave(b, BRANCH_NONE);
	} else if (code == XA_OK) {
		code = settle(&c, b, false);
	}
	return switch_call_end(&c, code);
}

static int entry_forget(XID *xid, int rmid, long flags)
{
	struct branch *b = NULL;
	struct switch_call c;

	if (!switch_call_begin(&c, "xa-forget", xid, rmid, flags))
		return XAER_RMERR;
	int code = check(&c, XA_FORGET);
	if (code == XA_OK)
		code = admit(&c, XA_FORGET, NULL, &b);
	if (code == XA_OK) {
		code = work_forget(c.opened->resource, c.xid, &c.diag);
		if (b)
			branch_leave(b, code == XA_OK || code == XAER_NOTA ? BRANCH_NONE
									   : BRANCH_HEURISTIC);
	}
	return switch_call_end(&c, code);
}

/* Nothing is asynchronous. */
static int entry_complete(int *handle, int *retval, int rmid, long flags)
{
	(void)handle;
	(void)retval;
	(void)rmid;
	(void)flags;
	return XAER_PROTO;
}

exported struct xa_switch_t odbcpool_xa_switch = {
	.name = "odbcpool",
	.flags = TMNOMIGRATE,
	.version = 0,
	.xa_open_entry = switch_open,
	.xa_close_entry = switch_close,
	.xa_start_entry = entry_start,
	.xa_end_entry = entry_end,
	.xa_rollback_entry = entry_rollback,
	.xa_prepare_entry = entry_prepare,
	.xa_commit_entry = entry_commit,
	.xa_recover_entry = switch_recover,
	.xa_forget_entry = entry_forget,
	.xa_complete_entry = entry_complete,
};
