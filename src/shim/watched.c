/* SPDX-License-Identifier: MIT */
#include "shim/watched.h"

#include "dbms/xa_watch.h"
#include "shim/transaction.h"

static bool is_anybody_at_work_locked(struct dbc *d, const struct stmt *except)
{
	bool is_any = d->desc_calls > 0;

	mutex_assert_held(&d->lock);
	list_for_each(l, next, &d->stmts)
	{
		struct stmt *s = list_entry(l, struct stmt, link);
		is_any |= s != except && atomic_load(&s->is_in_call);
	}
	return is_any;
}

void watched_enter_locked(struct dbc *d, const struct stmt *s)
{
	d->is_crowded = is_anybody_at_work_locked(d, s);
}

/* Of the caller's own call. */
static bool was_alone(struct dbc *d)
{
	mutex_lock(&d->lock);
	bool was_alone = !d->is_crowded;
	mutex_unlock(&d->lock);
	return was_alone;
}

void watched_enter_desc(struct dbc *d)
{
	if (d->is_inherited)
		return;
	mutex_lock(&d->lock);
	const struct transaction *t = d->transaction;
	bool is_active = !t || atomic_load(&t->state) == TRANSACTION_ACTIVE;
	watched_enter_locked(d, NULL);
	d->desc_calls++;
	mutex_unlock(&d->lock);
	/* A holder has the session for itself. */
	if (is_active)
		xa_watch_settle(d->session);
	else
		xa_watch_break_doubt(d->session);
}

void watched_leave_desc(struct dbc *d)
{
	if (d->is_inherited)
		return;
	mutex_lock(&d->lock);
	d->desc_calls--;
	mutex_unlock(&d->lock);
}

void watched_text(struct stmt *s, const void *text, size_t len, bool is_wide)
{
	struct session *session = s->dbc->session;

	if (xa_watch_is_on(session) && xa_watch_heeds(session, text, len, is_wide) &&
		xa_watch_sign(session))
		xa_watch_signed(session, was_alone(s->dbc));
}

/* Of an array the driver may keep the rows before the one that fails. */
static bool has_array(struct stmt *s)
{
	SQLULEN size = 1;

	if (s->calls->GetStmtAttr)
		s->calls->GetStmtAttr(s->real, SQL_ATTR_PARAMSET_SIZE, &size, 0, NULL);
	else if (s->calls->GetStmtAttrW)
		s->calls->GetStmtAttrW(s->real, SQL_ATTR_PARAMSET_SIZE, &size, 0, NULL);
	return size > 1;
}

/* Asked before, since asking afterwards would clear the driver's records. */
void watched_executing(struct stmt *s)
{
	struct session *session = s->dbc->session;

	if (xa_watch_is_on(session) && !xa_watch_has_work(session) && has_array(s))
		xa_watch_executed(session, SQL_SUCCESS);
}

void watched_executed(struct stmt *s, SQLRETURN rc)
{
	if (xa_watch_is_on(s->dbc->session))
		xa_watch_executed(s->dbc->session, rc);
}

void watched_failure(struct handle *h)
{
	struct dbc *d = handle_dbc(h);

	if (d->is_inherited || !xa_watch_is_on(d->session))
		return;
	/* First whether it was alone: who else is at work has not said yet that something was done.
	 */
	if (was_alone(d) && !xa_watch_has_work(d->session))
		return;
	xa_watch_failed(d->session);
	/* And once more: who enters from now on sees the doubt. */
	if (!was_alone(d))
		xa_watch_break(d->session);
}
