/* SPDX-License-Identifier: MIT */
/*
 * Allocating and freeing handles, in their ODBC 3 and ODBC 2 forms.
 *
 * The driver manager holds its global library lock while it allocates, sets and frees our
 * environment: nothing here loads a library, waits or closes a connection on that account.
 */
#include "driver/records.h"
#include "odbcpool.h"
#include "shim/binding.h"
#include "shim/call.h"
#include "shim/disconnect.h"
#include "shim/entry.h"
#include "shim/inherit.h"

#include <stdlib.h>

SQLRETURN odbcpool_alloc_env(enum shell shell, SQLUINTEGER odbc_version, SQLHENV *ret_env)
{
	if (!ret_env)
		return SQL_ERROR;
	struct env *e = calloc(1, sizeof(*e));
	*ret_env = e;
	if (!e)
		return SQL_ERROR;
	e->base.tag = TAG_ENV;
	e->shell = shell;
	e->odbc_version = odbc_version;
	mutex_init(&e->lock, LOCK_RANK_HANDLE);
	list_init(&e->dbcs);
	inherit_note_env(e);
	return SQL_SUCCESS;
}

static SQLRETURN alloc_dbc(struct env *e, SQLHANDLE *ret_handle)
{
	struct dbc *d = calloc(1, sizeof(*d));

	if (!d)
		return handle_fail_no_memory(&e->base);
	d->base.tag = TAG_DBC;
	d->env = e;
	mutex_init(&d->lock, LOCK_RANK_HANDLE);
	list_init(&d->stmts);
	list_init(&d->descs);
	list_init(&d->transaction_link);
	mutex_lock(&e->lock);
	list_push_back(&e->dbcs, &d->link);
	mutex_unlock(&e->lock);
	*ret_handle = d;
	return SQL_SUCCESS;
}

/* The real driver's statement or descriptor, and our wrapper around it. */
static SQLRETURN alloc_child(struct dbc *d, SQLSMALLINT type, SQLHANDLE *ret_handle)
{
	struct call c;
	SQLHDBC real_dbc = d;
	SQLHANDLE real = SQL_NULL_HANDLE;

	if (!call_enter_DBC(&c, &real_dbc))
		return c.rc;
	if (!c.calls->AllocHandle)
		return call_missing(&c, "SQLAllocHandle");
	SQLRETURN rc = call_leave(&c, c.calls->AllocHandle(type, real_dbc, &real));
	if (!SQL_SUCCEEDED(rc))
		return rc;
	d->session->was_used = true;
	*ret_handle = type == SQL_HANDLE_STMT ? (SQLHANDLE)stmt_new(d, real)
					      : (SQLHANDLE)desc_new(d, real);
	if (!*ret_handle) {
		c.calls->FreeHandle(type, real);
		return handle_fail_no_memory(&d->base);
	}
	return rc;
}

SQLRETURN odbcpool_AllocHandle(
	SQLSMALLINT HandleType, SQLHANDLE InputHandle, SQLHANDLE *OutputHandle)
{
	bool is_child = HandleType == SQL_HANDLE_STMT || HandleType == SQL_HANDLE_DESC;

	if (HandleType == SQL_HANDLE_ENV)
		return odbcpool_alloc_env(SHELL_BOTH, 0, OutputHandle);
	if (HandleType == SQL_HANDLE_DBC ? !handle_settle(InputHandle, TAG_ENV)
					 : !handle_settle(InputHandle, TAG_DBC))
		return SQL_INVALID_HANDLE;
	if (!OutputHandle)
		return handle_fail(InputHandle, "HY009", ODBCPOOL_ERR_BAD_ARGUMENT, "handle",
			"OutputHandle is NULL");
	*OutputHandle = SQL_NULL_HANDLE;
	if (HandleType == SQL_HANDLE_DBC)
		return alloc_dbc(InputHandle, OutputHandle);
	if (is_child)
		return alloc_child(InputHandle, HandleType, OutputHandle);
	return handle_fail(InputHandle, "HY092", ODBCPOOL_ERR_BAD_ARGUMENT, "handle",
		"%d is not a handle type", HandleType);
}

/* X/Open: the standard CLI's environment is an ODBC 3 one from the start. */
SQLRETURN odbcpool_AllocHandleStd(
	SQLSMALLINT HandleType, SQLHANDLE InputHandle, SQLHANDLE *OutputHandle)
{
	if (HandleType == SQL_HANDLE_ENV)
		return odbcpool_alloc_env(SHELL_BOTH, SQL_OV_ODBC3, OutputHandle);
	return odbcpool_AllocHandle(HandleType, InputHandle, OutputHandle);
}

SQLRETURN odbcpool_AllocEnv(SQLHENV *EnvironmentHandle)
{
	return odbcpool_alloc_env(SHELL_BOTH, SQL_OV_ODBC2, EnvironmentHandle);
}

SQLRETURN odbcpool_AllocConnect(SQLHENV EnvironmentHandle, SQLHDBC *ConnectionHandle)
{
	return odbcpool_AllocHandle(SQL_HANDLE_DBC, EnvironmentHandle, ConnectionHandle);
}

SQLRETURN odbcpool_AllocStmt(SQLHDBC ConnectionHandle, SQLHSTMT *StatementHandle)
{
	return odbcpool_AllocHandle(SQL_HANDLE_STMT, ConnectionHandle, StatementHandle);
}

static SQLRETURN free_env(struct env *e)
{
	mutex_lock(&e->lock);
	bool has_children = !list_is_empty(&e->dbcs);
	mutex_unlock(&e->lock);
	if (has_children)
		return handle_fail(&e->base, "HY010", ODBCPOOL_ERR_BAD_ARGUMENT, "handle",
			"the environment still has connections");
	inherit_forget_env(e);
	diag_clear(&e->base.records);
	mutex_done(&e->lock);
	e->base.tag = TAG_FREED;
	free(e);
	return SQL_SUCCESS;
}

static SQLRETURN free_dbc(struct dbc *d)
{
	if (d->calls && !d->borrow.pool)
		return handle_fail(&d->base, "HY010", ODBCPOOL_ERR_BAD_ARGUMENT, "handle",
			"the connection is still open: call SQLDisconnect first");
	/* A slot of the pool must not be lost with the handle. A driver manager refuses this call
	 * before it comes here. */
	if (d->calls) {
		d->is_being_freed = true;
		SQLRETURN rc = odbcpool_Disconnect(d);
		d->is_being_freed = false;
		if (!SQL_SUCCEEDED(rc))
			return rc;
	}
	disconnect_abandon_browse(d);
	mutex_lock(&d->env->lock);
	list_remove(&d->link);
	mutex_unlock(&d->env->lock);
	attributes_done(&d->attributes);
	free(d->token);
	diag_clear(&d->base.records);
	mutex_done(&d->lock);
	d->base.tag = TAG_FREED;
	free(d);
	return SQL_SUCCESS;
}

/* A statement or explicit descriptor: ours goes when the real one is gone. */
static SQLRETURN free_stmt(struct stmt *s)
{
	binding_enter_to_free(s);
	/* What a parent process has opened is only forgotten. */
	SQLRETURN rc =
		s->dbc->is_inherited ? SQL_SUCCESS : s->calls->FreeHandle(SQL_HANDLE_STMT, s->real);

	if (SQL_SUCCEEDED(rc))
		stmt_free(s);
	return rc;
}

static SQLRETURN free_desc(struct desc *d)
{
	if (list_is_empty(&d->link)) /* only explicit ones are on their connection's list */
		return handle_fail(&d->base, "HY017", ODBCPOOL_ERR_BAD_ARGUMENT, "handle",
			"Invalid use of an automatically allocated descriptor handle");
	SQLRETURN rc =
		d->dbc->is_inherited ? SQL_SUCCESS : d->calls->FreeHandle(SQL_HANDLE_DESC, d->real);
	if (SQL_SUCCEEDED(rc))
		desc_free(d);
	return rc;
}

SQLRETURN odbcpool_FreeHandle(SQLSMALLINT HandleType, SQLHANDLE Handle)
{
	uint32_t tag = handle_tag(HandleType);

	if (!tag || !handle_settle(Handle, tag))
		return SQL_INVALID_HANDLE;
	switch (HandleType) {
	case SQL_HANDLE_ENV:
		return free_env(Handle);
	case SQL_HANDLE_DBC:
		return free_dbc(Handle);
	case SQL_HANDLE_STMT:
		return free_stmt(Handle);
	default:
		return free_desc(Handle);
	}
}

SQLRETURN odbcpool_FreeEnv(SQLHENV EnvironmentHandle)
{
	return odbcpool_FreeHandle(SQL_HANDLE_ENV, EnvironmentHandle);
}

SQLRETURN odbcpool_FreeConnect(SQLHDBC ConnectionHandle)
{
	return odbcpool_FreeHandle(SQL_HANDLE_DBC, ConnectionHandle);
}

SQLRETURN odbcpool_FreeStmt(SQLHSTMT StatementHandle, SQLUSMALLINT Option)
{
	struct stmt *s = StatementHandle;
	struct call c = {.handle = StatementHandle, .stmt = s};

	/* Letting go is never refused because a transaction has ended. */
	if (!handle_settle(s, TAG_STMT))
		return SQL_INVALID_HANDLE;
	binding_enter_to_free(s);
	SQLHSTMT h = s->real;
	c.calls = s->calls;
	s->is_in_call = true;
	if (!c.calls->FreeStmt)
		return call_missing(&c, "SQLFreeStmt");
	SQLRETURN rc = call_leave(&c, c.calls->FreeStmt(h, Option));
	if (Option == SQL_CLOSE && SQL_SUCCEEDED(rc))
		c.stmt->needs_data = false;
	if (Option == SQL_DROP && SQL_SUCCEEDED(rc))
		stmt_free(StatementHandle);
	return rc;
}
