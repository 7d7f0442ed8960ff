/* SPDX-License-Identifier: MIT */
/*
 * Statement texts, which are watched for what they may leave behind in the session, what executes
 * them, which is watched in a transaction, and what ends that early.
 */
#include "dbms/source.h"
#include "shim/call.h"
#include "shim/entry.h"
#include "shim/text.h"

/* Before the text goes to the driver, while the call holds the statement. */
static void watch(struct stmt *s, const void *text, SQLINTEGER len, bool is_wide)
{
	size_t count = text_arg_len(text, len, is_wide);

	if (s->dbc->borrow.pool)
		source_note_statement(s->dbc->borrow.ctx, s->dbc->session, text, count, is_wide);
	if (unlikely(s->base.tag & TAG_BOUND))
		watched_text(s, text, count, is_wide);
}

static void note_executing(struct stmt *s)
{
	if (unlikely(s->base.tag & TAG_BOUND))
		watched_executing(s);
}

/* As call_leave(), for a function that executes. */
static SQLRETURN leave_executed(struct call *c, SQLRETURN rc)
{
	if (unlikely(c->stmt->base.tag & TAG_BOUND))
		watched_executed(c->stmt, rc);
	return call_leave(c, rc);
}

SQLRETURN odbcpool_ExecDirect(SQLHSTMT h, SQLCHAR *StatementText, SQLINTEGER TextLength)
{
	struct call c;

	if (!call_enter_STMT(&c, &h))
		return c.rc;
	watch(c.stmt, StatementText, TextLength, false);
	if (!c.calls->ExecDirect)
		return call_missing(&c, "SQLExecDirect");
	note_executing(c.stmt);
	return leave_executed(&c, c.calls->ExecDirect(h, StatementText, TextLength));
}

SQLRETURN odbcpool_Prepare(SQLHSTMT h, SQLCHAR *StatementText, SQLINTEGER TextLength)
{
	struct call c;

	if (!call_enter_STMT(&c, &h))
		return c.rc;
	watch(c.stmt, StatementText, TextLength, false);
	if (!c.calls->Prepare)
		return call_missing(&c, "SQLPrepare");
	return call_leave(&c, c.calls->Prepare(h, StatementText, TextLength));
}

/* One that takes no text, and needs no W form. */
#define EXECUTING(name, params, args)                                                              \
	SQLRETURN odbcpool_##name params                                                           \
	{                                                                                          \
		struct call c;                                                                     \
		if (!call_enter_STMT(&c, &h))                                                      \
			return c.rc;                                                               \
		if (!c.calls->name)                                                                \
			return call_missing(&c, "SQL" #name);                                      \
		note_executing(c.stmt);                                                            \
		return leave_executed(&c, c.calls->name args);                                     \
	}

EXECUTING(Execute, (SQLHSTMT h), (h))
EXECUTING(BulkOperations, (SQLHSTMT h, SQLSMALLINT Operation), (h, Operation))
EXECUTING(SetPos,
	(SQLHSTMT h, SQLSETPOSIROW RowNumber, SQLUSMALLINT Operation, SQLUSMALLINT LockType),
	(h, RowNumber, Operation, LockType))

/* By the ANSI twin, when the driver has no W form. */
static SQLRETURN by_twin(
	__typeof__(SQLPrepare) *twin, SQLHSTMT h, const SQLWCHAR *text, SQLINTEGER len)
{
	struct narrowed narrowed = {.count = 0};
	SQLRETURN rc = twin(h, narrowed_add(&narrowed, text, len), SQL_NTS);

	narrowed_done(&narrowed);
	return rc;
}

SQLRETURN odbcpool_ExecDirectW(SQLHSTMT h, SQLWCHAR *StatementText, SQLINTEGER TextLength)
{
	struct call c;

	if (!call_enter_STMT(&c, &h))
		return c.rc;
	watch(c.stmt, StatementText, TextLength, true);
	note_executing(c.stmt);
	if (c.calls->ExecDirectW)
		return leave_executed(&c, c.calls->ExecDirectW(h, StatementText, TextLength));
	if (!c.calls->ExecDirect)
		return call_missing(&c, "SQLExecDirectW");
	return leave_executed(&c, by_twin(c.calls->ExecDirect, h, StatementText, TextLength));
}

SQLRETURN odbcpool_PrepareW(SQLHSTMT h, SQLWCHAR *StatementText, SQLINTEGER TextLength)
{
	struct call c;

	if (!call_enter_STMT(&c, &h))
		return c.rc;
	watch(c.stmt, StatementText, TextLength, true);
	if (c.calls->PrepareW)
		return call_leave(&c, c.calls->PrepareW(h, StatementText, TextLength));
	if (!c.calls->Prepare)
		return call_missing(&c, "SQLPrepareW");
	return call_leave(&c, by_twin(c.calls->Prepare, h, StatementText, TextLength));
}

SQLRETURN odbcpool_ParamData(SQLHSTMT h, SQLPOINTER *Value)
{
	struct call c;

	if (!call_enter_STMT(&c, &h))
		return c.rc;
	if (!c.calls->ParamData)
		return call_missing(&c, "SQLParamData");
	c.stmt->needs_data = false; /* set again by call_leave() when it is asked for */
	return leave_executed(&c, c.calls->ParamData(h, Value));
}

/*
 * A cancel must get past the call that it cancels: it takes no lock, leaves the statement's marks
 * alone, and drops no records, which belong to that call.
 */
static SQLRETURN cancel_stmt(struct stmt *s, bool by_handle)
{
	const struct calls *calls = s->calls;
	SQLRETURN rc;

	atomic_store(&s->dbc->cancelled_at, clock_now_coarse(&clock_real));
	if (by_handle && calls->CancelHandle)
		rc = calls->CancelHandle(SQL_HANDLE_STMT, s->real);
	else if (calls->Cancel)
		rc = calls->Cancel(s->real);
	else
		return call_lacks(&s->base, "SQLCancel");
	if (SQL_SUCCEEDED(rc))
		s->needs_data = false;
	return rc;
}

SQLRETURN odbcpool_Cancel(SQLHSTMT StatementHandle)
{
	return handle_is(StatementHandle, TAG_STMT) ? cancel_stmt(StatementHandle, false)
						    : SQL_INVALID_HANDLE;
}

SQLRETURN odbcpool_CancelHandle(SQLSMALLINT HandleType, SQLHANDLE Handle)
{
	struct dbc *d = Handle;

	if (HandleType == SQL_HANDLE_STMT && handle_is(Handle, TAG_STMT))
		return cancel_stmt(Handle, true);
	if (HandleType != SQL_HANDLE_DBC || !handle_is(Handle, TAG_DBC))
		return SQL_INVALID_HANDLE;
	if (!d->calls || !d->calls->CancelHandle)
		return call_lacks(&d->base, "SQLCancelHandle");
	atomic_store(&d->cancelled_at, clock_now_coarse(&clock_real));
	return d->calls->CancelHandle(SQL_HANDLE_DBC, d->real);
}
