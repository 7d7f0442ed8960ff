/* SPDX-License-Identifier: MIT */
/*
 * Statement texts, which are watched for what they may leave behind in the session, and the
 * functions that end data at execution.
 */
#include "dbms/source.h"
#include "odbcpool.h"
#include "shim/call.h"
#include "shim/entry.h"
#include "shim/text.h"

/* Before the text goes to the driver, while the call holds the statement. */
static void watch(struct stmt *s, const void *text, SQLINTEGER len, bool is_wide)
{
	if (s->dbc->borrow.pool)
		source_note_statement(s->dbc->borrow.ctx, s->dbc->session, text,
			text_arg_len(text, len, is_wide), is_wide);
}

SQLRETURN odbcpool_ExecDirect(SQLHSTMT h, SQLCHAR *StatementText, SQLINTEGER TextLength)
{
	struct call c;

	if (!call_enter_STMT(&c, &h))
		return c.rc;
	watch(c.stmt, StatementText, TextLength, false);
	if (!c.calls->ExecDirect)
		return call_missing(&c, "SQLExecDirect");
	return call_leave(&c, c.calls->ExecDirect(h, StatementText, TextLength));
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

/* By the ANSI twin, when the driver has no W form. */
static SQLRETURN narrowed_text(struct call *c, SQLHSTMT h, __typeof__(SQLPrepare) *twin,
	const char *function, const SQLWCHAR *text, SQLINTEGER len)
{
	struct narrowed narrowed = {.count = 0};

	if (!twin)
		return call_missing(c, function);
	SQLRETURN rc = call_leave(c, twin(h, narrowed_add(&narrowed, text, len), SQL_NTS));
	narrowed_done(&narrowed);
	return rc;
}

SQLRETURN odbcpool_ExecDirectW(SQLHSTMT h, SQLWCHAR *StatementText, SQLINTEGER TextLength)
{
	struct call c;

	if (!call_enter_STMT(&c, &h))
		return c.rc;
	watch(c.stmt, StatementText, TextLength, true);
	if (c.calls->ExecDirectW)
		return call_leave(&c, c.calls->ExecDirectW(h, StatementText, TextLength));
	return narrowed_text(
		&c, h, c.calls->ExecDirect, "SQLExecDirectW", StatementText, TextLength);
}

SQLRETURN odbcpool_PrepareW(SQLHSTMT h, SQLWCHAR *StatementText, SQLINTEGER TextLength)
{
	struct call c;

	if (!call_enter_STMT(&c, &h))
		return c.rc;
	watch(c.stmt, StatementText, TextLength, true);
	if (c.calls->PrepareW)
		return call_leave(&c, c.calls->PrepareW(h, StatementText, TextLength));
	return narrowed_text(&c, h, c.calls->Prepare, "SQLPrepareW", StatementText, TextLength);
}

SQLRETURN odbcpool_ParamData(SQLHSTMT h, SQLPOINTER *Value)
{
	struct call c;

	if (!call_enter_STMT(&c, &h))
		return c.rc;
	if (!c.calls->ParamData)
		return call_missing(&c, "SQLParamData");
	c.stmt->needs_data = false; /* set again by call_leave() when it is asked for */
	return call_leave(&c, c.calls->ParamData(h, Value));
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
