/* SPDX-License-Identifier: MIT */
/*
 * SQLDisconnect: what is open is rolled back before it returns, then the physical connection goes
 * back to its pool, or is closed when it is not fit for another user. For the application it always
 * succeeds.
 */
#include "shim/disconnect.h"

#include "base/clock.h"
#include "dbms/source.h"
#include "driver/records.h"
#include "odbcpool.h"
#include "shim/binding.h"
#include "shim/call.h"
#include "shim/entry.h"
#include "shim/library.h"

#include <pthread.h>
#include <stdlib.h>

/* A cancel that was sent less than this ago may still be on its way to the server. */
#define CANCEL_GRACE (2 * USEC_PER_SEC)

bool disconnect_free_children(struct dbc *d)
{
	bool all_freed = true;

	/* No other thread works with these handles now, so the lists need no lock. */
	list_for_each(l, next, &d->stmts)
	{
		struct stmt *s = list_entry(l, struct stmt, link);
		all_freed &= SQL_SUCCEEDED(s->calls->FreeHandle(SQL_HANDLE_STMT, s->real));
		stmt_free(s);
	}
	list_for_each(l, next, &d->descs)
	{
		struct desc *desc = list_entry(l, struct desc, link);
		all_freed &= SQL_SUCCEEDED(desc->calls->FreeHandle(SQL_HANDLE_DESC, desc->real));
		desc_free(desc);
	}
	return all_freed;
}

void disconnect_abandon_browse(struct dbc *d)
{
	if (!d->session || d->calls)
		return;
	session_close(d->session);
	d->session = NULL;
}

/* A statement at work in another thread, or waiting for its data: the driver would refuse too. */
static bool has_busy_statement(struct dbc *d)
{
	bool is_busy = false;

	mutex_lock(&d->lock);
	list_for_each(l, next, &d->stmts)
	{
		struct stmt *s = list_entry(l, struct stmt, link);
		is_busy |= s->needs_data || atomic_load(&s->is_in_call);
	}
	mutex_unlock(&d->lock);
	return is_busy;
}

static bool may_be_cancelled(struct dbc *d)
{
	usec_t at = atomic_load(&d->cancelled_at);

	return at && clock_now_coarse(&clock_real) - at < CANCEL_GRACE;
}

/* On the application's own thread, and counted as one of the pool's. */
static bool reset_here(struct dbc *d)
{
	usec_t began = clock_now(&clock_real);
	bool is_fresh = source_reset(d->borrow.ctx, d->session, USEC_INFINITY);

	pool_count_reset(d->borrow.pool, is_fresh, clock_now(&clock_real) - began);
	return is_fresh;
}

/* What becomes of the physical connection, and why. */
static enum return_verdict judge(struct dbc *d, const char **ret_reason)
{
	struct session *s = d->session;
	struct source *source = d->borrow.ctx;

	if (d->is_in_dtc)
		session_taint(s, "it is in a distributed transaction whose end nobody tells us");
	if (d->is_discarded)
		session_taint(s, "the application asked for it to be closed");
	if (may_be_cancelled(d))
		session_taint(s, "a cancel may still be on its way");
	if ((s->had_error || s->looks_dead) && session_is_dead(s)) {
		*ret_reason = "the connection was lost";
		return RETURN_DEAD;
	}
	if (s->looks_dead) {
		*ret_reason = "a diagnostic said that the connection is gone";
		return RETURN_CLOSE;
	}
	if (!source_clean(source, s, ret_reason))
		return source_is_dead(s) ? RETURN_DEAD : RETURN_CLOSE;
	if (!source_wants_reset(source, s))
		return RETURN_REUSABLE;
	if (!source_resets_at_return(source, s))
		return RETURN_NEEDS_RESET;
	*ret_reason = "the reset failed";
	return reset_here(d) ? RETURN_REUSABLE : RETURN_CLOSE;
}

void disconnect_reset_now(struct dbc *d)
{
	struct source *source = d->borrow.ctx;
	struct session *s = d->session;
	const char *reason;

	/* What is in a transaction must not serve anybody else: it is taken for dead, and
	 * disconnected, which parks it. */
	if (d->transaction) {
		s->looks_dead = true;
		return;
	}
	if (!disconnect_free_children(d) || !source_clean(source, s, &reason) ||
		(source_wants_reset(source, s) && !reset_here(d)))
		s->looks_dead = true;
}

void disconnect_give_back(struct dbc *d)
{
	const char *reason = "returned";
	enum return_verdict verdict = judge(d, &reason);

	if (d->is_being_freed)
		pool_note_reclaimed(&d->borrow);
	pool_return(&d->borrow, verdict, reason);
}

static void forget_connection(struct dbc *d)
{
	d->calls = NULL;
	d->real = NULL;
	d->session = NULL;
	d->borrow = (struct borrow){0};
	d->is_discarded = false;
	d->is_inherited = false;
	d->is_in_dtc = false;
	atomic_store(&d->cancelled_at, 0);
}

/* The real driver frees its own when it is disconnected. */
static void forget_children(struct dbc *d)
{
	list_for_each(l, next, &d->stmts)
	{
		stmt_free(list_entry(l, struct stmt, link));
	}
	list_for_each(l, next, &d->descs)
	{
		desc_free(list_entry(l, struct desc, link));
	}
}

/* In a child: not a word to the real driver, whose sockets are the parent's. */
static SQLRETURN disconnect_inherited(struct dbc *d)
{
	forget_children(d);
	binding_forget(d);
	if (d->borrow.pool)
		pool_return(&d->borrow, RETURN_CLOSE, "inherited");
	forget_connection(d);
	return SQL_SUCCESS;
}

static size_t count_statements(struct dbc *d)
{
	size_t n = 0;

	list_for_each(l, next, &d->stmts)
	{
		n++;
	}
	return n;
}

/* Freeing a statement may cost a round trip, to a server that does not answer any more. */
static bool free_children_in_time(struct dbc *d)
{
	struct guard guard;
	bool is_guarded = !list_is_empty(&d->stmts) &&
			  source_guard(d->borrow.ctx, d->session, USEC_INFINITY, &guard);
	bool all_freed = disconnect_free_children(d);

	if (is_guarded)
		guard_disarm(&guard);
	return all_freed;
}

/* The connection stays in its transaction; what is wrong with it counts when that has ended. */
static void park(struct dbc *d, struct transaction *t)
{
	struct session *s = d->session;

	if (d->is_being_freed)
		pool_note_reclaimed(&d->borrow);
	/* Without a sign of it the next connect, or the end, is early enough to look. */
	if ((s->had_error || s->looks_dead) && source_is_dead(s)) {
		if (t->ops->is_on_one_session)
			transaction_note_lost(t);
		pool_return(&d->borrow, RETURN_DEAD, "the connection was lost");
		return;
	}
	if (d->is_discarded || d->is_in_dtc || s->looks_dead)
		session_taint(s, "it was to be closed when its transaction has ended");
	s->is_unclean = true;
	pool_return(&d->borrow, RETURN_ENLISTED, "in its transaction");
}

static SQLRETURN disconnect_enlisted(struct dbc *d)
{
	struct transaction *t = d->transaction;
	bool goes_on = transaction_begin_leave(t, d);

	binding_forget(d);
	if (!free_children_in_time(d))
		session_taint(d->session, "a statement could not be freed");
	if (goes_on)
		park(d, t);
	else
		disconnect_give_back(d);
	forget_connection(d);
	transaction_end_leave(t);
	return SQL_SUCCESS;
}

static SQLRETURN disconnect_pooled(struct dbc *d)
{
	if (has_busy_statement(d))
		return handle_fail(&d->base, "HY010", ODBCPOOL_ERR_STATEMENT_BUSY, "connection",
			"Function sequence error: a statement of this connection is executing or "
			"needs data");
	if (d->transaction)
		return disconnect_enlisted(d);
	if (source_prefers_to_close(d->borrow.ctx, d->session, count_statements(d))) {
		session_taint(d->session, "more statements were open than StatementCleanupLimit");
		d->session->has_statements = true;
		forget_children(d);
	} else if (!free_children_in_time(d)) {
		session_taint(d->session, "a statement could not be freed");
	}
	disconnect_give_back(d);
	forget_connection(d);
	return SQL_SUCCESS;
}

/* A pass-through: the real driver's own answer, whatever it is. */
static SQLRETURN disconnect_unpooled(struct dbc *d)
{
	struct session *s = d->session;
	SQLRETURN rc = s->calls->Disconnect(s->hdbc);

	if (!SQL_SUCCEEDED(rc))
		return rc;
	/* The real driver has freed its statements and descriptors with the connection. */
	forget_children(d);
	if (rc == SQL_SUCCESS_WITH_INFO)
		records_read(s->calls, SQL_HANDLE_DBC, s->hdbc, &d->base.records);
	session_free(s);
	forget_connection(d);
	return handle_noted(&d->base, rc);
}

static SQLRETURN disconnect(struct dbc *d)
{
	if (!d->calls && d->session) {
		disconnect_abandon_browse(d);
		return SQL_SUCCESS;
	}
	if (!d->calls)
		return handle_fail(&d->base, "08003", ODBCPOOL_ERR_NOT_CONNECTED, "connection",
			"Connection not open");
	if (d->is_inherited)
		return disconnect_inherited(d);
	return d->borrow.pool ? disconnect_pooled(d) : disconnect_unpooled(d);
}

SQLRETURN odbcpool_Disconnect(SQLHDBC h)
{
	struct dbc *d = h;
	int cancel_state;

	if (!handle_settle(d, TAG_DBC))
		return SQL_INVALID_HANDLE;
	/* A thread cancelled in here would never give the connection back. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	SQLRETURN rc = disconnect(d);
	pthread_setcancelstate(cancel_state, NULL);
	return rc;
}
