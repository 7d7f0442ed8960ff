/* SPDX-License-Identifier: MIT */
#include "shim/binding.h"

#include "dbms/source.h"
#include "dbms/xa_watch.h"
#include "odbcpool.h"
#include "shim/connect.h"
#include "shim/disconnect.h"
#include "shim/watched.h"

static const char *end_text(int state)
{
	switch ((enum transaction_state)state) {
	case TRANSACTION_COMMITTED:
		return "was committed";
	case TRANSACTION_ROLLED_BACK:
		return "was rolled back";
	case TRANSACTION_PREPARED:
		return "is prepared";
	case TRANSACTION_UNKNOWN:
		return "has ended, and it is unknown how";
	case TRANSACTION_HELD:
		return "is being ended";
	case TRANSACTION_ACTIVE:
		break;
	}
	return "goes on";
}

static SQLRETURN refuse(struct handle *h, int state)
{
	if (state == TRANSACTION_HELD)
		return handle_fail(h, "25000", ODBCPOOL_ERR_TRANSACTION_ENDED, "transaction",
			"Invalid transaction state: the transaction of this connection %s",
			end_text(state));
	return handle_fail(h, "25000", ODBCPOOL_ERR_TRANSACTION_ENDED, "transaction",
		"Invalid transaction state: the transaction of this connection %s; un-enlist the "
		"connection (ODBCPOOL_ATTR_TRANSACTION, NULL), or disconnect it",
		end_text(state));
}

static struct stmt *as_stmt(struct handle *h)
{
	return (h->tag & TAG_KIND) == TAG_STMT ? container_of(h, struct stmt, base) : NULL;
}

/*
 * A call, on `s` unless that is NULL, enters. Another thread's call on the connection may unbind it
 * at this moment.
 */
static int enter(struct dbc *d, struct stmt *s)
{
	mutex_lock(&d->lock);
	const struct transaction *t = d->transaction;
	int state = t ? atomic_load(&t->state) : TRANSACTION_ACTIVE;
	watched_enter_locked(d, s);
	mutex_unlock(&d->lock);
	return state;
}

/* What would be executed after a loss would be executed outside the transaction. */
static bool is_still_whole(struct dbc *d)
{
	xa_watch_settle(d->session);
	return !xa_watch_is_broken(d->session);
}

SQLRETURN binding_enter(struct handle *h)
{
	struct dbc *d = handle_dbc(h);
	struct stmt *s = as_stmt(h);
	int state;

	if (d->is_inherited)
		return SQL_SUCCESS;
	/* First the mark, then the state; who holds the transaction does the reverse. */
	if (s)
		atomic_store(&s->is_in_call, true);
	state = enter(d, s);
	/* Perhaps another statement is about to refuse the hold; then this one goes on, too. */
	if (state == TRANSACTION_HELD)
		state = transaction_settled_state(d);
	if (state == TRANSACTION_ACTIVE && (!s || is_still_whole(d)))
		return SQL_SUCCESS;
	if (s)
		atomic_store(&s->is_in_call, false);
	if (state == TRANSACTION_ACTIVE)
		return handle_fail(h, "25S03", ODBCPOOL_ERR_TRANSACTION_LOST, "transaction",
			"Transaction is rolled back: a call failed, and what was done before it is "
			"gone or cannot be vouched for; the transaction manager will be told");
	if (state != TRANSACTION_HELD && source_unbinds_implicitly(d->borrow.ctx)) {
		binding_unbind(d);
		return SQL_SUCCESS;
	}
	/* Statements can be made, for the time after; they cannot be executed. */
	if (state != TRANSACTION_HELD && !s)
		return SQL_SUCCESS;
	return refuse(h, state);
}

void binding_enter_to_free(struct stmt *s)
{
	if (s->dbc->transaction && !s->dbc->is_inherited)
		transaction_await_visit(s->dbc->transaction);
}

static void set_tags(struct dbc *d, uint32_t bound)
{
	d->base.tag = (d->base.tag & ~TAG_BOUND) | bound;
	mutex_lock(&d->lock);
	list_for_each(l, next, &d->stmts)
	{
		struct stmt *s = list_entry(l, struct stmt, link);
		s->base.tag = (s->base.tag & ~TAG_BOUND) | bound;
	}
	mutex_unlock(&d->lock);
}

void binding_loosen(struct dbc *d)
{
	set_tags(d, 0);
}

void binding_tighten(struct dbc *d)
{
	set_tags(d, TAG_BOUND);
}

void binding_forget(struct dbc *d)
{
	d->transaction = NULL;
	list_init(&d->transaction_link);
	set_tags(d, 0);
}

static void add_refusal(struct transaction *t, struct diag *reterr)
{
	int state = atomic_load(&t->state);

	if (state == TRANSACTION_ACTIVE && transaction_is_lost(t))
		diag_add(reterr, "25S03", ODBCPOOL_ERR_TRANSACTION_LOST, "transaction",
			"Transaction is rolled back: a session that it lived on is gone");
	else
		diag_add(reterr, "25000", ODBCPOOL_ERR_TRANSACTION_ENDED, "transaction",
			"Invalid transaction state: the transaction %s", end_text(state));
}

enum join binding_join(struct dbc *d, struct transaction *t, struct diag *reterr)
{
	struct session *s = d->borrow.conn;

	s->pool = d->borrow.pool;
	if (!transaction_begin_join(t)) {
		add_refusal(t, reterr);
		return JOIN_REFUSED;
	}
	lock_assert_none_held();
	if (!d->borrow.is_continued && t->ops->begin && !t->ops->begin(t, s, reterr)) {
		transaction_end_join(t, NULL);
		return JOIN_FAILED;
	}
	s->is_unclean = false;
	d->transaction = t;
	binding_tighten(d);
	transaction_end_join(t, d);
	return JOINED;
}

void binding_unbind(struct dbc *d)
{
	struct transaction *t;

	mutex_lock(&d->lock);
	t = d->transaction;
	d->transaction = NULL;
	mutex_unlock(&d->lock);
	if (!t)
		return;
	(void)!transaction_begin_leave(t, d);
	pool_unlist(&d->borrow);
	if (t->ops->unbind)
		t->ops->unbind(t, d->session);
	binding_forget(d);
	transaction_end_leave(t);
}

static bool has_children(struct dbc *d)
{
	mutex_lock(&d->lock);
	bool has_any = !list_is_empty(&d->stmts) || !list_is_empty(&d->descs);
	mutex_unlock(&d->lock);
	return has_any;
}

static SQLRETURN fail_with(struct dbc *d, struct diag *diag)
{
	diag_move(&d->base.records, diag);
	return handle_noted(&d->base, SQL_ERROR);
}

/* The present connection is enlisted itself. */
static SQLRETURN join_as_it_is(struct dbc *d, struct transaction *t, struct diag *diag)
{
	d->borrow.is_continued = false;
	if (binding_join(d, t, diag) == JOINED)
		return SQL_SUCCESS;
	pool_unlist(&d->borrow);
	transaction_turned_away();
	return fail_with(d, diag);
}

/* The transaction's own connection takes the place of the present one, which nobody has used. */
static SQLRETURN swap(struct dbc *d, struct transaction *t, struct borrow *b, struct diag *diag)
{
	disconnect_give_back(d);
	d->borrow = *b;
	connecting_bind(d, b->conn);
	if (binding_join(d, t, diag) == JOINED)
		return SQL_SUCCESS;
	/* It has ended meanwhile: the connection serves this handle by itself. */
	pool_unlist(&d->borrow);
	transaction_turned_away();
	return fail_with(d, diag);
}

SQLRETURN binding_enlist(struct dbc *d, struct transaction *t, bool *ret_is_swapped)
{
	struct borrow_request request = {
		.transaction = &t->id, .is_on_one_session = t->ops->is_on_one_session};
	bool may_swap = !has_children(d);
	struct diag diag = DIAG_EMPTY;
	bool is_elsewhere;
	struct borrow b;

	for (;;) {
		enum pool_rc rc = pool_enlist(&d->borrow, &t->id, t->ops->is_on_one_session,
			may_swap, &is_elsewhere, &diag);
		*ret_is_swapped = is_elsewhere;
		if (rc != POOL_OK)
			return fail_with(d, &diag);
		if (!is_elsewhere)
			return join_as_it_is(d, t, &diag);
		if (!may_swap)
			return handle_fail(&d->base, "25000", ODBCPOOL_ERR_TRANSACTION_STATE,
				"transaction",
				"Invalid transaction state: the transaction lives on another "
				"connection, which cannot take the place of this one while this "
				"has statements; free them first");
		rc = pool_borrow_again(d->borrow.pool, &request, &b, &diag);
		if (rc == POOL_OK)
			return swap(d, t, &b, &diag);
		if (rc == POOL_TRANSACTION_LOST)
			transaction_note_lost(t);
		if (rc != POOL_UNKNOWN)
			return fail_with(d, &diag);
	}
}

bool binding_refuses_end(struct dbc *d, SQLRETURN *ret_rc)
{
	struct transaction *t = d->transaction;

	if (!t || d->is_inherited || !t->ops->is_guarded)
		return false;
	int state = atomic_load(&t->state);
	if (state != TRANSACTION_ACTIVE && state != TRANSACTION_HELD) {
		if (source_unbinds_implicitly(d->borrow.ctx)) {
			binding_unbind(d);
			return false;
		}
		*ret_rc = refuse(&d->base, state);
		return true;
	}
	*ret_rc = handle_fail(&d->base, "2D000", ODBCPOOL_ERR_TRANSACTION_STATE, "transaction",
		"Invalid transaction termination: the connection is in a transaction that others "
		"take part in; %s ends it",
		t->kind == TRANSACTION_TOKEN ? "odbcpool_transaction_end()"
					     : "its transaction manager");
	return true;
}

bool binding_answers_autocommit(struct dbc *d, SQLULEN value, SQLRETURN *ret_rc)
{
	struct transaction *t = d->transaction;

	if (!t || d->is_inherited || !t->ops->is_guarded)
		return false;
	if (transaction_has_ended(t) && source_unbinds_implicitly(d->borrow.ctx)) {
		binding_unbind(d);
		return false;
	}
	if (t->ops->is_in_manual_commit && value == SQL_AUTOCOMMIT_OFF) {
		/* As it is; and so it stays when the transaction has ended. */
		d->session->autocommit_before = SQL_AUTOCOMMIT_OFF;
		*ret_rc = SQL_SUCCESS;
		return true;
	}
	*ret_rc = handle_fail(&d->base, "25000", ODBCPOOL_ERR_TRANSACTION_STATE, "transaction",
		"Invalid transaction state: autocommit cannot be changed while the connection is "
		"enlisted; its transaction %s",
		end_text(atomic_load(&t->state)));
	return true;
}
