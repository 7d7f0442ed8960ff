/* SPDX-License-Identifier: MIT */
#include "shim/xa_work.h"

#include "dbms/profile.h"
#include "dbms/xa_watch.h"
#include "driver/query.h"
#include "odbcpool.h"
#include "shim/library.h"
#include "shim/xa_thread.h"

#include <stdlib.h>
#include <string.h>

static bool learn_name(struct branch *b, struct session *s, struct diag *reterr)
{
	if (!s->server_name)
		s->server_name = query_text(s, b->dialect->session_query);
	b->session_name = s->server_name ? strdup(s->server_name) : NULL;
	if (!b->session_name)
		diag_add(reterr, "HY000", ODBCPOOL_ERR_NO_TWO_PHASE_COMMIT, "xa",
			"the server does not say what it calls this session");
	return b->session_name != NULL;
}

/* A connect has joined the branch on a session that is in no transaction yet. */
static bool begin(struct transaction *t, struct session *s, struct diag *reterr)
{
	struct branch *b = t->context;
	struct session *first = atomic_load(&b->session);

	if (first && first != s) {
		diag_add(reterr, "25000", ODBCPOOL_ERR_TRANSACTION_STATE, "xa",
			"the transaction branch lives on one connection, which was made with other "
			"arguments: all connects between xa_start and xa_end must be spelled "
			"alike");
		return false;
	}
	if (b->dialect->session_query && !learn_name(b, s, reterr))
		return false;
	if (!b->dialect->begin(s, &b->xid, reterr))
		return false;
	atomic_store(&b->session, s);
	return true;
}

static void unbind(struct transaction *t, struct session *s)
{
	(void)t;
	if (s->profile->xa && s->profile->xa->leave)
		s->profile->xa->leave(s);
}

static const struct transaction_ops ops = {
	.begin = begin,
	.unbind = unbind,
	.is_on_one_session = true,
	.is_guarded = true,
};

/* The same XID may be at work in several databases. */
bool work_begin(struct branch *b)
{
	struct buffer id = BUFFER_EMPTY;

	buffer_append(&id, &b->identity, sizeof(b->identity));
	buffer_append(&id, &b->xid.formatID, sizeof(b->xid.formatID));
	buffer_append(&id, &b->xid.gtrid_length, sizeof(b->xid.gtrid_length));
	buffer_append(&id, b->xid.data, (size_t)(b->xid.gtrid_length + b->xid.bqual_length));
	b->transaction =
		id.failed ? NULL : transaction_get(TRANSACTION_BRANCH, id.data, id.len, &ops, b);
	buffer_done(&id);
	return b->transaction != NULL;
}

enum step { STEP_LOOK, STEP_PREPARE, STEP_COMMIT_AT_ONCE, STEP_ROLL_BACK, STEP_COMMIT, STEP_UNDO };

struct stepping {
	struct branch *branch;
	enum step step;
	struct diag *diag;
	int code;
};

/* Where the application has done nothing, there is nothing to prepare or to commit. */
static int end_unused(struct stepping *st, struct session *s, int code)
{
	st->branch->dialect->roll_back(s, &st->branch->xid, st->diag);
	return code;
}

/* In a watched session only what was executed counts; elsewhere a statement's being there is
 * enough. */
static bool has_work(struct session *s)
{
	return xa_watch_is_on(s) ? xa_watch_has_work(s) : s->was_used;
}

static int do_step(struct stepping *st, struct session *s)
{
	const struct xa_dialect *d = st->branch->dialect;
	const XID *xid = &st->branch->xid;

	switch (st->step) {
	case STEP_LOOK:
		return s->looks_dead || source_is_dead(s) ? XA_RBCOMMFAIL : XA_OK;
	case STEP_PREPARE:
		return has_work(s) ? d->prepare(s, xid, st->diag) : end_unused(st, s, XA_RDONLY);
	case STEP_COMMIT_AT_ONCE:
		return has_work(s) ? d->commit_at_once(s, xid, st->diag) : end_unused(st, s, XA_OK);
	case STEP_ROLL_BACK:
		return d->roll_back(s, xid, st->diag);
	case STEP_COMMIT:
		return d->settle(s, xid, true, st->diag);
	case STEP_UNDO:
		return d->settle(s, xid, false, st->diag);
	}
	return XAER_RMERR;
}

/*
 * The server has said that the session is done with the branch. Where it was parked nobody works on
 * it, so that there is nothing to roll back when it goes back to the pool.
 */
static bool leaves_nothing(const struct stepping *st, const struct session *s, const struct dbc *d)
{
	bool is_end =
		st->step == STEP_PREPARE ? !st->branch->dialect->is_pinned : st->step != STEP_LOOK;

	return !d && is_end && st->code == XA_OK && !s->looks_dead;
}

static bool visit(struct transaction *t, struct session *s, struct dbc *d, void *arg)
{
	struct stepping *st = arg;

	(void)t;
	st->code = do_step(st, s);
	if (leaves_nothing(st, s, d))
		s->was_used = false;
	/* Never reset what may hold a prepared branch: MariaDB 10.11 would lose it. */
	if (s->looks_dead || st->code == XAER_RMFAIL)
		session_taint(s, "it was lost in a transaction branch");
	return true;
}

/* False: the session that worked in the branch has gone. */
static bool step_on_session(struct branch *b, enum step step, struct diag *diag, int *ret_code)
{
	struct stepping st = {.branch = b, .step = step, .diag = diag, .code = XA_OK};
	struct transaction_visit v = {.visit = visit, .arg = &st};
	unsigned visited = 0;

	transaction_for_each_session(b->transaction, &v, &visited);
	if (visited == 0)
		return false;
	*ret_code = st.code;
	return true;
}

/* The branch's sessions have nothing to do with it any more. */
static void let_go(struct branch *b, enum transaction_state outcome)
{
	struct transaction *t = b->transaction;

	b->transaction = NULL;
	transaction_end(t, outcome);
	transaction_unref(t);
}

int work_hold(struct branch *b)
{
	switch (transaction_hold(b->transaction)) {
	case HOLD_OK:
		return XA_OK;
	case HOLD_BUSY: /* a statement is at work in another thread */
	case HOLD_TAKEN:
		return XAER_PROTO;
	case HOLD_ENDED:
		break;
	}
	return XAER_RMERR;
}

static int note_lost(struct branch *b, struct diag *diag)
{
	diag_add(diag, "08S01", ODBCPOOL_ERR_TRANSACTION_LOST, "xa",
		"the connection that worked in the branch was lost, and the server has rolled it "
		"back");
	let_go(b, TRANSACTION_ROLLED_BACK);
	return XA_RBCOMMFAIL;
}

int work_end(struct branch *b, bool has_failed, struct diag *diag)
{
	bool is_begun = atomic_load(&b->session) != NULL;
	int code = XA_OK;

	if (is_begun && !step_on_session(b, STEP_LOOK, diag, &code))
		code = XA_RBCOMMFAIL;
	if (code == XA_RBCOMMFAIL)
		return note_lost(b, diag);
	if (!has_failed)
		return XA_OK;
	work_roll_back(b, diag);
	return XA_RBROLLBACK;
}

void work_roll_back(struct branch *b, struct diag *diag)
{
	int code;

	if (!b->transaction)
		return;
	/* A session that is gone has been rolled back by the server. */
	if (step_on_session(b, STEP_ROLL_BACK, diag, &code) && code != XA_OK)
		diag_clear(diag);
	let_go(b, TRANSACTION_ROLLED_BACK);
}

int work_prepare(struct branch *b, struct diag *diag, enum branch_state *ret_state)
{
	int code = XA_RDONLY;

	*ret_state = BRANCH_NONE;
	if (atomic_load(&b->session) && !step_on_session(b, STEP_PREPARE, diag, &code))
		return note_lost(b, diag);
	switch (code) {
	case XA_OK:
		registry_note_prepared(library_registry());
		*ret_state = BRANCH_PREPARED;
		if (!b->dialect->is_pinned)
			let_go(b, TRANSACTION_PREPARED);
		break;
	case XA_RDONLY:
		let_go(b, TRANSACTION_COMMITTED);
		break;
	case XAER_RMFAIL:
		*ret_state = BRANCH_PREPARED;
		b->is_in_doubt = true;
		let_go(b, TRANSACTION_UNKNOWN);
		break;
	default:
		let_go(b, TRANSACTION_ROLLED_BACK);
	}
	return code;
}

int work_commit_at_once(struct branch *b, struct diag *diag, enum branch_state *ret_state)
{
	int code = XA_OK;

	*ret_state = BRANCH_NONE;
	if (atomic_load(&b->session) && !step_on_session(b, STEP_COMMIT_AT_ONCE, diag, &code))
		return note_lost(b, diag);
	let_go(b, code == XA_OK		? TRANSACTION_COMMITTED
		  : code == XAER_RMFAIL ? TRANSACTION_UNKNOWN
					: TRANSACTION_ROLLED_BACK);
	return code;
}

/* On the session that prepared the branch and keeps it. False: it has gone. */
static bool settle_pinned(struct branch *b, bool is_commit, struct diag *diag, int *ret_code)
{
	bool is_there = step_on_session(b, STEP_LOOK, diag, ret_code) && *ret_code == XA_OK &&
			step_on_session(b, is_commit ? STEP_COMMIT : STEP_UNDO, diag, ret_code);

	if (!is_there) {
		b->is_in_doubt = true;
		let_go(b, TRANSACTION_UNKNOWN);
		return false;
	}
	if (*ret_code == XA_OK) {
		let_go(b, is_commit ? TRANSACTION_COMMITTED : TRANSACTION_ROLLED_BACK);
	} else if (*ret_code == XAER_RMFAIL || *ret_code == XAER_NOTA) {
		b->is_in_doubt = *ret_code == XAER_RMFAIL;
		let_go(b, TRANSACTION_UNKNOWN);
	}
	return true;
}

static int settle_elsewhere(
	struct branch *b, struct resource *r, const XID *xid, bool is_commit, struct diag *diag)
{
	struct session *s = resource_session(r, diag);

	if (!s)
		return XAER_RMFAIL;
	if (b && b->is_in_doubt && !b->dialect->evict(s, b->session_name)) {
		diag_add(diag, "08S01", ODBCPOOL_ERR_TRANSACTION_LOST, "xa",
			"the lost session %s may still be at work on the branch", b->session_name);
		return XAER_RMFAIL;
	}
	bool is_recovered = !b || b->is_in_doubt;
	if (b)
		b->is_in_doubt = false;
	int code = r->dialect->settle(s, xid, is_commit, diag);
	if (code == XA_OK && is_recovered)
		registry_note_recovered(library_registry());
	return code;
}

int work_settle(struct branch *b, struct resource *r, const XID *xid, bool is_commit,
	struct diag *diag, enum branch_state *ret_state)
{
	int code;

	if (!b || !b->transaction || !settle_pinned(b, is_commit, diag, &code))
		code = settle_elsewhere(b, r, xid, is_commit, diag);
	if (b)
		*ret_state = code == XA_OK || code == XAER_NOTA		 ? BRANCH_NONE
			     : code >= XA_HEURMIX && code < XA_NOMIGRATE ? BRANCH_HEURISTIC
									 : BRANCH_PREPARED;
	return code;
}

int work_forget(struct resource *r, const XID *xid, struct diag *diag)
{
	if (!r->dialect->forget)
		return XAER_NOTA;
	struct session *s = resource_session(r, diag);
	return s ? r->dialect->forget(s, xid, diag) : XAER_RMFAIL;
}

/*
 * A session that was lost in the middle of xa_prepare could still prepare the branch after the list
 * was read.
 */
static bool settle_doubts(struct resource *r, struct session *s)
{
	struct branch *b;
	bool ok = true;

	while (ok && (b = branch_enter_in_doubt(&r->identity))) {
		ok = b->dialect->evict(s, b->session_name);
		b->is_in_doubt = !ok;
		branch_leave(b, ok ? BRANCH_NONE : BRANCH_PREPARED);
	}
	return ok;
}

int work_recover(struct resource *r, struct xa_list *ret_list, struct diag *diag)
{
	struct session *s = resource_session(r, diag);

	if (!s)
		return XAER_RMFAIL;
	if (!settle_doubts(r, s)) {
		diag_add(diag, "08S01", ODBCPOOL_ERR_TRANSACTION_LOST, "xa",
			"a lost session may still be at work on a branch");
		return XAER_RMFAIL;
	}
	int code = r->dialect->recover(s, ret_list, diag);
	if (code == XA_OK && ret_list->failed) {
		diag_add_no_memory(diag);
		return XAER_RMERR;
	}
	return code;
}

void xa_abandon(struct attachment *a)
{
	struct diag diag = DIAG_EMPTY;
	struct branch *b;
	struct branch_call call = {
		.verb = XA_END,
		.flags = TMFAIL,
		.identity = &a->branch->identity,
		.xid = &a->branch->xid,
		.mine = a->is_suspended ? ASSOCIATION_SUSPENDED : ASSOCIATION_ACTIVE,
	};

	if (branch_enter(&call, &b) == XA_OK) {
		if (a->is_suspended)
			branch_note_suspended(b, -1);
		if (a->is_suspended && b->state == BRANCH_ACTIVE) {
			b->has_failed = true;
			branch_leave(b, BRANCH_ACTIVE);
		} else {
			if (a->is_suspended || work_hold(b) == XA_OK)
				work_roll_back(b, &diag);
			else /* a statement is at work: its connection rolls back later */
				let_go(b, TRANSACTION_ROLLED_BACK);
			branch_leave(b, BRANCH_ROLLBACK_ONLY);
		}
	}
	attachment_free(a);
	diag_clear(&diag);
}
