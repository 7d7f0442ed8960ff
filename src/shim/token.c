/* SPDX-License-Identifier: MIT */
#include "shim/token.h"

#include "conf/connstr.h"
#include "dbms/source.h"
#include "driver/records.h"
#include "odbcpool.h"
#include "shim/binding.h"
#include "shim/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Manual commit: whoever works on the session next, the transaction goes on. */
static bool token_begin(struct transaction *t, struct session *s, struct diag *reterr)
{
	SQLUINTEGER before = SQL_AUTOCOMMIT_ON;

	(void)t;
	session_get_number(s, SQL_ATTR_AUTOCOMMIT, &before);
	session_will_change(s, SQL_ATTR_AUTOCOMMIT);
	if (!session_ensure_number(s, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF)) {
		records_read(s->calls, SQL_HANDLE_DBC, s->hdbc, reterr);
		return false;
	}
	session_changed(s, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	s->autocommit_before = before;
	/* A worker that finds nothing of ours on it would not roll back. */
	s->was_used = true;
	return true;
}

static void token_unbind(struct transaction *t, struct session *s)
{
	(void)t;
	if (session_ensure_number(s, SQL_ATTR_AUTOCOMMIT, s->autocommit_before))
		session_changed(s, SQL_ATTR_AUTOCOMMIT, s->autocommit_before);
	else
		session_taint(s, "autocommit could not be restored after a transaction");
}

static const struct transaction_ops token_ops = {
	.begin = token_begin,
	.unbind = token_unbind,
	.is_on_one_session = true,
	.is_guarded = true,
	.is_in_manual_commit = true,
};

static SQLRETURN unenlist(struct dbc *d)
{
	if (!d->transaction)
		return SQL_SUCCESS;
	if (!transaction_has_ended(d->transaction))
		return handle_fail(&d->base, "25000", ODBCPOOL_ERR_TRANSACTION_STATE, "transaction",
			"Invalid transaction state: the transaction goes on, and it lives on this "
			"connection; end it first, or disconnect and connect anew without it");
	binding_unbind(d);
	return SQL_SUCCESS;
}

static SQLRETURN bad_length(struct dbc *d, SQLINTEGER length)
{
	return handle_fail(&d->base, "HY090", ODBCPOOL_ERR_BAD_ARGUMENT, "attribute",
		"ODBCPOOL_ATTR_TRANSACTION needs the token's length in bytes, which %d is not",
		(int)length);
}

/* For the next connect. */
static SQLRETURN keep_token(struct dbc *d, const void *token, SQLINTEGER length)
{
	free(d->token);
	d->token = NULL;
	d->token_len = 0;
	/* The driver manager ignores what is returned before a connect; so the connect says it. */
	d->has_bad_token = token && length <= 0;
	if (!token)
		return SQL_SUCCESS;
	if (d->has_bad_token)
		return bad_length(d, length);
	d->token = malloc((size_t)length);
	if (!d->token) {
		d->has_bad_token = true;
		return handle_fail_no_memory(&d->base);
	}
	memcpy(d->token, token, (size_t)length);
	d->token_len = (size_t)length;
	return SQL_SUCCESS;
}

static SQLRETURN note_not_concerned(struct dbc *d)
{
	diag_add(&d->base.records, "01000", ODBCPOOL_ERR_TRANSACTION_STATE, "transaction",
		"Enlist=No: the connection takes no part in the transaction");
	return handle_noted(&d->base, SQL_SUCCESS_WITH_INFO);
}

static SQLRETURN enlist(struct dbc *d, const void *token, SQLINTEGER length)
{
	struct transaction *t;
	bool is_swapped;
	SQLRETURN rc;

	if (length <= 0)
		return bad_length(d, length);
	if (!d->borrow.pool)
		return handle_fail(&d->base, "HYC00", ODBCPOOL_ERR_TRANSACTION_STATE, "transaction",
			"a connection that is not pooled cannot join a transaction by token");
	if (!source_may_enlist(d->borrow.ctx))
		return note_not_concerned(d);
	if (d->transaction && transaction_has_ended(d->transaction))
		binding_unbind(d);
	t = transaction_get(TRANSACTION_TOKEN, token, (size_t)length, &token_ops, NULL);
	if (!t)
		return handle_fail_no_memory(&d->base);
	if (!d->transaction)
		rc = binding_enlist(d, t, &is_swapped);
	else if (d->transaction == t)
		rc = SQL_SUCCESS;
	else
		rc = handle_fail(&d->base, "25000", ODBCPOOL_ERR_TRANSACTION_STATE, "transaction",
			"Invalid transaction state: the connection is in another transaction, "
			"which goes on");
	transaction_unref(t);
	return rc;
}

SQLRETURN token_set(struct dbc *d, SQLPOINTER token, SQLINTEGER length)
{
	if (!d->calls)
		return keep_token(d, token, length);
	if (d->is_inherited)
		return call_lacks(&d->base, "SQLSetConnectAttr");
	return token ? enlist(d, token, length) : unenlist(d);
}

bool token_for_connect(
	const struct dbc *d, struct transaction **ret_transaction, struct diag *reterr)
{
	*ret_transaction = NULL;
	if (d->has_bad_token) {
		diag_add(reterr, "HY090", ODBCPOOL_ERR_BAD_ARGUMENT, "attribute",
			"ODBCPOOL_ATTR_TRANSACTION was set without the token's length in bytes");
		return false;
	}
	if (!d->token)
		return true;
	*ret_transaction =
		transaction_get(TRANSACTION_TOKEN, d->token, d->token_len, &token_ops, NULL);
	if (!*ret_transaction)
		diag_add_no_memory(reterr);
	return *ret_transaction;
}

/* Of one end: what was asked for, and what became of it. */
struct ending {
	SQLSMALLINT completion;
	unsigned committed;
	bool is_dead;	  /* a session was found dead */
	bool has_failed;  /* a commit failed */
	struct diag diag; /* what the driver said of that */
};

/* Of the thread's last odbcpool_transaction_end(). */
static _Thread_local char last_error[1024];

static void keep_error(const struct diag *diag)
{
	size_t at = 0;

	last_error[0] = '\0';
	for (size_t i = 0; i < diag->count && at < sizeof(last_error); i++)
		at += (size_t)snprintf(last_error + at, sizeof(last_error) - at, "%s%s %s",
			i ? "; " : "", diag->records[i].sqlstate,
			diag->records[i].message ? diag->records[i].message : "");
}

static void trace_end(const struct transaction *t, const struct session *s, enum trace_level level,
	const char *event, const struct diag *diag)
{
	struct buffer why = BUFFER_EMPTY;

	if (diag && diag->count) {
		buffer_printf(&why, "%s ", diag->records[0].sqlstate);
		if (diag->records[0].message)
			connstr_add_redacted_text(&why, diag->records[0].message);
	}
	pool_trace_transaction(s->pool, &t->id, level, event, why.len ? buffer_str(&why) : NULL);
	buffer_done(&why);
}

static bool look(struct transaction *t, struct session *s, struct dbc *d, void *arg)
{
	struct ending *e = arg;

	(void)d;
	if (source_is_dead(s)) {
		e->is_dead = true;
		trace_end(t, s, TRACE_WARN, "transaction-lost", NULL);
	}
	return true;
}

static bool end_session(struct transaction *t, struct session *s, struct dbc *d, void *arg)
{
	struct ending *e = arg;
	bool ok = SQL_SUCCEEDED(session_end_transaction(s, e->completion));

	(void)d;
	/* A driver that finds its connection gone may call that a success (psqlODBC 13.02). */
	if (e->completion == SQL_ROLLBACK) {
		trace_end(t, s, TRACE_INFO, "transaction-rolled-back", NULL);
		return true;
	}
	if (!ok) {
		e->has_failed = true;
		records_read(s->calls, SQL_HANDLE_DBC, s->hdbc, &e->diag);
		trace_end(t, s, TRACE_WARN, "commit-failed", &e->diag);
		e->is_dead |= source_is_dead(s);
		return false;
	}
	trace_end(t, s, TRACE_INFO, "transaction-committed", NULL);
	e->committed++;
	return true;
}

static int visit(struct transaction *t, struct ending *e,
	bool (*each)(struct transaction *, struct session *, struct dbc *, void *),
	unsigned *ret_visited)
{
	struct transaction_visit v = {.visit = each, .arg = e};

	return transaction_for_each_session(t, &v, ret_visited);
}

static int roll_back(struct transaction *t, struct ending *e)
{
	unsigned visited;

	e->completion = SQL_ROLLBACK;
	visit(t, e, end_session, &visited);
	return 0;
}

static int commit(struct transaction *t, struct ending *e, enum transaction_state *ret_outcome)
{
	unsigned visited;
	bool is_over;

	*ret_outcome = TRANSACTION_ROLLED_BACK;
	if (!visit(t, e, look, &visited))
		return ODBCPOOL_ERR_NO_MEMORY;
	if (e->is_dead || transaction_is_lost(t) || visited == 0) {
		roll_back(t, e);
		return ODBCPOOL_ERR_TRANSACTION_LOST;
	}
	is_over = visit(t, e, end_session, &visited);
	if (is_over && !e->has_failed) {
		*ret_outcome = TRANSACTION_COMMITTED;
		return 0;
	}
	roll_back(t, e);
	if (!e->is_dead && e->committed == 0)
		return ODBCPOOL_ERR_COMMIT_FAILED;
	*ret_outcome = TRANSACTION_UNKNOWN;
	return ODBCPOOL_ERR_OUTCOME_UNKNOWN;
}

static int end_held(struct transaction *t, SQLSMALLINT completion)
{
	struct ending e = {.completion = completion, .diag = DIAG_EMPTY};
	enum transaction_state outcome = TRANSACTION_ROLLED_BACK;
	int rc = completion == SQL_COMMIT ? commit(t, &e, &outcome) : roll_back(t, &e);

	keep_error(&e.diag);
	diag_clear(&e.diag);
	if (rc == ODBCPOOL_ERR_NO_MEMORY)
		transaction_release(t);
	else
		transaction_end(t, outcome);
	return rc;
}

static int end_transaction(struct transaction *t, SQLSMALLINT completion)
{
	switch (transaction_hold(t)) {
	case HOLD_OK:
		return end_held(t, completion);
	case HOLD_BUSY:
		return ODBCPOOL_ERR_STATEMENT_BUSY;
	case HOLD_TAKEN:
		return ODBCPOOL_ERR_TRANSACTION_STATE;
	case HOLD_ENDED:
		break;
	}
	return ODBCPOOL_ERR_NO_TRANSACTION;
}

exported int odbcpool_transaction_end(const void *token, unsigned long length, int completion)
{
	struct transaction *t;
	int rc;

	last_error[0] = '\0';
	if (!token || length == 0 || (completion != SQL_COMMIT && completion != SQL_ROLLBACK))
		return ODBCPOOL_ERR_BAD_ARGUMENT;
	t = transaction_find(TRANSACTION_TOKEN, token, length);
	if (!t)
		return ODBCPOOL_ERR_NO_TRANSACTION;
	rc = transaction_was_joined(t) ? end_transaction(t, (SQLSMALLINT)completion)
				       : ODBCPOOL_ERR_NO_TRANSACTION;
	transaction_unref(t);
	return rc;
}

exported unsigned long odbcpool_transaction_error(char *text, unsigned long size)
{
	if (text && size > 0)
		snprintf(text, size, "%s", last_error);
	return strlen(last_error);
}
