/* SPDX-License-Identifier: MIT */
#include "shim/xa_attr.h"

#include "driver/records.h"
#include "odbcpool.h"
#include "shim/binding.h"
#include "shim/call.h"
#include "shim/entry.h"

#include <string.h>

/* X/Open XA, return codes. */
enum {
	XA_RBBASE = 100,
	XA_RBEND = 107,
	XA_HEURHAZ = 8,
	XA_HEURMIX = 5,
	XA_RDONLY = 3,
	XA_OK = 0,
	XAER_RMERR = -3,
	XAER_NOTA = -4,
};

/* Smaller values of 1207 and 1208 are no pointers but switches. */
#define SMALLEST_POINTER 4096

static const struct transaction_ops driver_ops = {.begin = NULL};

static SQLRETURN forward(struct dbc *d, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER length)
{
	struct call c = {.handle = &d->base, .calls = d->calls};

	lock_assert_none_held();
	return call_leave(&c, session_set_attribute(d->session, attribute, value, length));
}

static bool has_xid(const struct xa_call *x)
{
	const struct xa_xid *id = &x->xid;

	return x->size_param >= sizeof(*x) && id->gtrid_length >= 0 && id->bqual_length >= 0 &&
	       id->gtrid_length <= 64 && id->bqual_length <= 64;
}

/* What tells one branch from another. */
static size_t id_len(const struct xa_call *x)
{
	return offsetof(struct xa_xid, data) + (size_t)x->xid.gtrid_length +
	       (size_t)x->xid.bqual_length;
}

/* SQL_ERROR, or SQL_SUCCESS and a status that a transaction manager has given. */
static SQLRETURN call_driver(struct dbc *d, struct xa_call *x, SQLINTEGER length)
{
	int32_t before = x->status;

	x->status = XA_STATUS_UNTOUCHED;
	SQLRETURN rc = forward(d, SQL_ATTR_ENLIST_IN_XA_NUMBER, x, length);
	if (x->status != XA_STATUS_UNTOUCHED)
		return rc;
	x->status = before;
	if (!SQL_SUCCEEDED(rc))
		return rc;
	x->status = XAER_RMERR;
	return handle_fail(&d->base, "HYC00", ODBCPOOL_ERR_NOT_SUPPORTED, "transaction",
		"Optional feature not implemented: the real driver (%s) accepts "
		"SQL_ATTR_ENLIST_IN_XA, but does nothing with it",
		d->session->driver->path);
}

static bool is_rollback(int32_t status)
{
	return status >= XA_RBBASE && status <= XA_RBEND;
}

/* Has this operation ended the branch, and how? */
static bool is_end(const struct xa_call *x, enum transaction_state *ret_outcome)
{
	*ret_outcome = is_rollback(x->status) ? TRANSACTION_ROLLED_BACK : TRANSACTION_UNKNOWN;
	switch (x->operation) {
	case XA_OP_PREPARE:
		if (x->status == XA_RDONLY)
			*ret_outcome = TRANSACTION_COMMITTED;
		return x->status == XA_RDONLY || is_rollback(x->status);
	case XA_OP_COMMIT:
		if (x->status == XA_OK)
			*ret_outcome = TRANSACTION_COMMITTED;
		return x->status == XA_OK || is_rollback(x->status) || x->status == XAER_NOTA ||
		       (x->status >= XA_HEURMIX && x->status <= XA_HEURHAZ);
	case XA_OP_ROLLBACK:
		if (x->status == XA_OK)
			*ret_outcome = TRANSACTION_ROLLED_BACK;
		return x->status == XA_OK || is_rollback(x->status) || x->status == XAER_NOTA ||
		       (x->status >= XA_HEURMIX && x->status <= XA_HEURHAZ);
	case XA_OP_FORGET:
		return x->status == XA_OK || x->status == XAER_NOTA;
	default:
		return false;
	}
}

/* Leave a branch that has ended, or that another takes the place of. */
static SQLRETURN make_free(struct dbc *d, const struct transaction *wanted)
{
	struct transaction *t = d->transaction;

	if (!t || t == wanted)
		return SQL_SUCCESS;
	if (!transaction_has_ended(t) &&
		(t->kind != TRANSACTION_DRIVER || d->session->is_xa_started))
		return handle_fail(&d->base, "25000", ODBCPOOL_ERR_TRANSACTION_STATE, "transaction",
			"Invalid transaction state: the connection is in another transaction");
	binding_unbind(d);
	return SQL_SUCCESS;
}

/* OP_START: enlist first, so that the connection is the transaction's before the driver begins. */
static SQLRETURN start_in(
	struct dbc *d, struct xa_call *x, SQLINTEGER length, struct transaction *t)
{
	bool was_bound = d->transaction == t, is_swapped = false;
	SQLRETURN rc = SQL_SUCCESS;

	if (!was_bound)
		rc = binding_enlist(d, t, &is_swapped);
	if (!SQL_SUCCEEDED(rc))
		return rc;
	/* It was disconnected without OP_END, so the driver has never left the branch. */
	if (is_swapped && d->session->is_xa_started) {
		x->status = XA_OK;
		return SQL_SUCCESS;
	}
	rc = call_driver(d, x, length);
	if (SQL_SUCCEEDED(rc) && x->status == XA_OK) {
		d->session->is_xa_started = true;
		binding_tighten(d);
	} else if (!was_bound && !is_swapped) {
		binding_unbind(d);
	} else if (!d->session->is_xa_started) {
		binding_loosen(d);
	}
	return rc;
}

static SQLRETURN start(struct dbc *d, struct xa_call *x, SQLINTEGER length)
{
	struct transaction *t =
		transaction_get(TRANSACTION_DRIVER, &x->xid, id_len(x), &driver_ops, NULL);

	if (!t)
		return handle_fail_no_memory(&d->base);
	SQLRETURN rc = make_free(d, t);
	if (SQL_SUCCEEDED(rc))
		rc = start_in(d, x, length, t);
	transaction_unref(t);
	return rc;
}

/* OP_END: the connection does no more for the branch, but stays set aside until that has ended. */
static SQLRETURN end(struct dbc *d, struct xa_call *x, SQLINTEGER length)
{
	struct transaction *t = d->transaction;
	SQLRETURN rc = call_driver(d, x, length);
	bool is_its_own = t && t->kind == TRANSACTION_DRIVER && t->id.len == id_len(x) + 1 &&
			  memcmp((const char *)t->id.data + 1, &x->xid, id_len(x)) == 0;

	if (!SQL_SUCCEEDED(rc) || !is_its_own || (x->status != XA_OK && !is_rollback(x->status)))
		return rc;
	d->session->is_xa_started = false;
	binding_loosen(d);
	return rc;
}

static SQLRETURN finish(struct dbc *d, struct xa_call *x, SQLINTEGER length)
{
	SQLRETURN rc = call_driver(d, x, length);
	enum transaction_state outcome;
	struct transaction *t;

	if (!SQL_SUCCEEDED(rc) || !is_end(x, &outcome))
		return rc;
	t = transaction_find(TRANSACTION_DRIVER, &x->xid, id_len(x));
	if (!t)
		return rc;
	transaction_end(t, outcome);
	/* Where OP_END has come before, the application is done with it. */
	if (d->transaction == t && !d->session->is_xa_started)
		binding_unbind(d);
	transaction_unref(t);
	return rc;
}

static SQLRETURN set_xa(struct dbc *d, SQLPOINTER value, SQLINTEGER length)
{
	struct xa_call *x = value;

	if ((uintptr_t)value < SMALLEST_POINTER) {
		/* A switch of the driver's, whose transaction nobody names to us. */
		SQLRETURN rc = forward(d, SQL_ATTR_ENLIST_IN_XA_NUMBER, value, length);
		if (SQL_SUCCEEDED(rc))
			d->is_in_dtc = value != NULL;
		return rc;
	}
	if (!has_xid(x))
		return forward(d, SQL_ATTR_ENLIST_IN_XA_NUMBER, value, length);
	switch (x->operation) {
	case XA_OP_START:
		return start(d, x, length);
	case XA_OP_END:
		return end(d, x, length);
	case XA_OP_PREPARE:
	case XA_OP_COMMIT:
	case XA_OP_ROLLBACK:
	case XA_OP_FORGET:
		return finish(d, x, length);
	default:
		return call_driver(d, x, length);
	}
}

static SQLRETURN set_dtc(struct dbc *d, SQLPOINTER value, SQLINTEGER length)
{
	SQLRETURN rc = forward(d, SQL_ATTR_ENLIST_IN_DTC, value, length);

	if (SQL_SUCCEEDED(rc))
		d->is_in_dtc = value != NULL;
	return rc;
}

SQLRETURN xa_attr_set(struct dbc *d, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER length)
{
	return attribute == SQL_ATTR_ENLIST_IN_DTC ? set_dtc(d, value, length)
						   : set_xa(d, value, length);
}

/* The connect fails for want of what was to be set on it. */
static SQLRETURN fail_connect(struct dbc *d, SQLRETURN rc)
{
	struct diag diag = DIAG_EMPTY;

	if (d->base.records.count)
		diag_move(&diag, &d->base.records);
	else
		records_read(d->calls, SQL_HANDLE_DBC, d->real, &diag);
	odbcpool_Disconnect(d);
	diag_move(&d->base.records, &diag);
	return handle_noted(&d->base, rc);
}

SQLRETURN xa_attr_set_kept(struct dbc *d, SQLRETURN rc)
{
	static const SQLINTEGER numbers[] = {SQL_ATTR_ENLIST_IN_DTC, SQL_ATTR_ENLIST_IN_XA_NUMBER};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct attribute *a = attributes_find(&d->attributes, numbers[i]);
		SQLRETURN answer;
		if (!a)
			continue;
		answer = odbcpool_SetConnectAttr(
			d, a->number, a->data ? a->data : a->value, a->length);
		if (!SQL_SUCCEEDED(answer))
			return fail_connect(d, answer);
	}
	return rc;
}
