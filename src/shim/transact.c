/* SPDX-License-Identifier: MIT */
/* Commit and rollback. On an environment they concern each of its connections in turn. */
#include "odbcpool.h"
#include "shim/binding.h"
#include "shim/call.h"
#include "shim/entry.h"

static SQLRETURN end_connection(struct dbc *d, SQLSMALLINT completion)
{
	struct call c;
	SQLHDBC h = d;

	if (unlikely(d->transaction != NULL) && binding_refuses_end(d, &c.rc))
		return c.rc;
	if (!call_enter_DBC(&c, &h))
		return c.rc;
	d->session->has_ended_transaction = true;
	if (c.calls->EndTran)
		return call_leave(&c, c.calls->EndTran(SQL_HANDLE_DBC, h, completion));
	if (!c.calls->Transact)
		return call_missing(&c, "SQLEndTran");
	return call_leave(&c,
		c.calls->Transact(d->session->environment->handle, h, (SQLUSMALLINT)completion));
}

/*
 * The list's lock is not held while a driver is called: each round looks for the next connection
 * that has not had its turn. An application must not close connections meanwhile (ODBC 3.8,
 * SQLEndTran).
 */
static struct dbc *next_connected(struct env *e, struct dbc *after)
{
	struct dbc *found = NULL;
	bool is_past = !after;

	mutex_lock(&e->lock);
	list_for_each(l, next, &e->dbcs)
	{
		struct dbc *d = list_entry(l, struct dbc, link);
		if (is_past && d->calls && !found)
			found = d;
		is_past |= d == after;
	}
	mutex_unlock(&e->lock);
	return found;
}

static SQLRETURN end_environment(struct env *e, SQLSMALLINT completion)
{
	SQLRETURN worst = SQL_SUCCESS;

	for (struct dbc *d = next_connected(e, NULL); d; d = next_connected(e, d)) {
		SQLRETURN rc = end_connection(d, completion);
		if (rc == SQL_ERROR || (rc == SQL_SUCCESS_WITH_INFO && worst == SQL_SUCCESS))
			worst = rc;
	}
	if (worst == SQL_ERROR)
		return handle_fail(&e->base, "25S01", ODBCPOOL_ERR_BAD_ARGUMENT, "transaction",
			"Transaction state unknown: at least one connection of the environment "
			"failed; its own diagnostics say why");
	return worst;
}

SQLRETURN odbcpool_EndTran(SQLSMALLINT HandleType, SQLHANDLE Handle, SQLSMALLINT CompletionType)
{
	if (HandleType == SQL_HANDLE_DBC)
		return handle_settle(Handle, TAG_DBC) ? end_connection(Handle, CompletionType)
						      : SQL_INVALID_HANDLE;
	if (HandleType == SQL_HANDLE_ENV)
		return handle_settle(Handle, TAG_ENV) ? end_environment(Handle, CompletionType)
						      : SQL_INVALID_HANDLE;
	return SQL_INVALID_HANDLE;
}

SQLRETURN odbcpool_Transact(
	SQLHENV EnvironmentHandle, SQLHDBC ConnectionHandle, SQLUSMALLINT CompletionType)
{
	SQLSMALLINT completion = (SQLSMALLINT)CompletionType;

	if (!ConnectionHandle)
		return odbcpool_EndTran(SQL_HANDLE_ENV, EnvironmentHandle, completion);
	struct dbc *d = ConnectionHandle;
	if (!handle_settle(d, TAG_DBC))
		return SQL_INVALID_HANDLE;
	if (!d->calls || !d->calls->Transact || d->transaction)
		return end_connection(d, completion);
	struct call c = {.handle = &d->base, .calls = d->calls};
	d->session->has_ended_transaction = true;
	return call_leave(
		&c, d->calls->Transact(d->session->environment->handle, d->real, CompletionType));
}
