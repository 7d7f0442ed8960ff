/* SPDX-License-Identifier: MIT */
/*
 * A driver that does XA itself, by SQL_ATTR_ENLIST_IN_XA (msodbcsql 17.3 and later; tried with a
 * fake of it only). A transaction coordinator of its own has the branches: each operation may go
 * over any session, and a session that is lost takes nothing with it that the coordinator does not
 * know of.
 */
#include "dbms/xa.h"

#include "base/compiler.h"
#include "driver/records.h"
#include "driver/xa_call.h"
#include "odbcpool.h"

#include <stdlib.h>
#include <string.h>

enum { RECOVERED_MAX = 1024 };

static struct xa_call make_call(enum xa_operation operation, const XID *xid, long flags)
{
	struct xa_call x = {
		.size_param = sizeof(x),
		.operation = (int32_t)operation,
		.flags = (int32_t)flags,
		.status = XA_STATUS_UNTOUCHED,
	};

	if (!xid)
		return x;
	x.xid.format_id = (int32_t)xid->formatID;
	x.xid.gtrid_length = (int32_t)xid->gtrid_length;
	x.xid.bqual_length = (int32_t)xid->bqual_length;
	memcpy(x.xid.data, xid->data, (size_t)(xid->gtrid_length + xid->bqual_length));
	return x;
}

/* What the coordinator answered; without an answer of its, XAER_RMFAIL. */
static int call(struct session *s, struct xa_call *x, struct diag *diag)
{
	diag_clear(diag);
	lock_assert_none_held();
	SQLRETURN rc = session_set_attribute(s, SQL_ATTR_ENLIST_IN_XA_NUMBER, x, SQL_IS_POINTER);
	if (SQL_SUCCEEDED(rc) && x->status != XA_STATUS_UNTOUCHED)
		return x->status;
	records_read(s->calls, SQL_HANDLE_DBC, s->hdbc, diag);
	return XAER_RMFAIL;
}

static int run(struct session *s, enum xa_operation operation, const XID *xid, long flags,
	struct diag *diag)
{
	struct xa_call x = make_call(operation, xid, flags);

	return call(s, &x, diag);
}

static int recover(struct session *s, struct xa_list *ret_list, struct diag *diag)
{
	const size_t room = RECOVERED_MAX * sizeof(struct xa_xid);
	struct xa_call *x = calloc(1, sizeof(*x) + room);

	if (!x) {
		ret_list->failed = true;
		return XA_OK;
	}
	*x = make_call(XA_OP_RECOVER, NULL, TMSTARTRSCAN | TMENDRSCAN);
	x->size_data = (uint32_t)room;
	int code = call(s, x, diag);
	const struct xa_xid *found = (const struct xa_xid *)(x + 1);
	for (int i = 0; i < code && i < RECOVERED_MAX; i++) {
		XID xid = {
			.formatID = found[i].format_id,
			.gtrid_length = found[i].gtrid_length,
			.bqual_length = found[i].bqual_length,
		};
		memcpy(xid.data, found[i].data, sizeof(xid.data));
		if (xid_is_valid(&xid))
			xa_list_add(ret_list, &xid);
	}
	free(x);
	return code >= 0 ? XA_OK : code;
}

bool xa_attribute_is_taken(struct session *s)
{
	struct xa_list list = {0};
	struct diag diag = DIAG_EMPTY;
	bool is_taken = recover(s, &list, &diag) == XA_OK;

	xa_list_done(&list);
	diag_clear(&diag);
	return is_taken;
}

static bool is_able(struct session *s, struct diag *reterr)
{
	(void)s;
	(void)reterr;
	return true; /* or it would not have been found */
}

static bool begin(struct session *s, const XID *xid, struct diag *reterr)
{
	int code = run(s, XA_OP_START, xid, TMNOFLAGS, reterr);

	if (code != XA_OK && reterr->count == 0)
		diag_add(reterr, "25000", ODBCPOOL_ERR_NO_TWO_PHASE_COMMIT, "xa",
			"the driver's OP_START answers %d", code);
	return code == XA_OK;
}

static int roll_back(struct session *s, const XID *xid, struct diag *diag)
{
	int code = run(s, XA_OP_END, xid, TMFAIL, diag);

	if (code == XA_OK || code >= XA_RBBASE)
		code = run(s, XA_OP_ROLLBACK, xid, TMNOFLAGS, diag);
	/* It never becomes more than the session's own work, and goes with that. */
	if (code != XA_OK)
		session_taint(s, "it may still be in a transaction branch");
	return XA_OK;
}

/* OP_END, then `operation`; when the former fails there is nothing left to be done but to undo. */
static int end(struct session *s, const XID *xid, enum xa_operation operation, long flags,
	struct diag *diag)
{
	struct diag scratch = DIAG_EMPTY;
	int code = run(s, XA_OP_END, xid, TMSUCCESS, diag);

	if (code == XA_OK)
		return run(s, operation, xid, flags, diag);
	if (run(s, XA_OP_ROLLBACK, xid, TMNOFLAGS, &scratch) != XA_OK)
		session_taint(s, "it may still be in a transaction branch");
	diag_clear(&scratch);
	return code >= XA_RBBASE ? code : XA_RBOTHER;
}

static int prepare(struct session *s, const XID *xid, struct diag *diag)
{
	return end(s, xid, XA_OP_PREPARE, TMNOFLAGS, diag);
}

static int commit_at_once(struct session *s, const XID *xid, struct diag *diag)
{
	return end(s, xid, XA_OP_COMMIT, TMONEPHASE, diag);
}

static int settle(struct session *s, const XID *xid, bool is_commit, struct diag *diag)
{
	return run(s, is_commit ? XA_OP_COMMIT : XA_OP_ROLLBACK, xid, TMNOFLAGS, diag);
}

static bool evict(struct session *s, const char *lost_session)
{
	(void)s;
	(void)lost_session;
	return true; /* the coordinator answers for the branch, not the session */
}

static int forget(struct session *s, const XID *xid, struct diag *diag)
{
	return run(s, XA_OP_FORGET, xid, TMNOFLAGS, diag);
}

const struct xa_dialect xa_attribute = {
	.format_max = INT32_MAX,
	.is_able = is_able,
	.begin = begin,
	.prepare = prepare,
	.commit_at_once = commit_at_once,
	.roll_back = roll_back,
	.settle = settle,
	.recover = recover,
	.evict = evict,
	.forget = forget,
};
