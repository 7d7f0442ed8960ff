/* SPDX-License-Identifier: MIT */
#ifndef SHIM_CALL_H
#define SHIM_CALL_H
/*
 * The way in and out of a forwarded call: check the handle, swap in the real one, look at the
 * result.
 *
 * On success this is a load, a compare and two plain stores; everything rarer is in call.c.
 *
 * Locks:     none; another thread may free a handle only when no call is under way on it.
 * Ownership: a struct call lies on the stack of the calling thread.
 */
#include "shim/handle.h"
#include "shim/watched.h"

struct call {
	struct handle *handle;
	struct stmt *stmt;   /* NULL: not a statement's call */
	struct dbc *watched; /* not NULL: a descriptor's call on a connection in a transaction */
	const struct calls *calls;
	SQLRETURN rc; /* when entering failed */
};

/*
 * The slow ways; see call.c. They take no struct call, so that the fast way can keep it in
 * registers. The first two return SQL_SUCCESS when the call may go on.
 */
SQLRETURN call_settle(struct handle *h, uint32_t tag);
SQLRETURN call_not_connected(struct handle *h);
/* The result was not SQL_SUCCESS. */
void call_note_result(struct handle *h, SQLRETURN rc);
SQLRETURN call_lacks(struct handle *h, const char *function);

static inline bool call_enter_STMT(struct call *c, SQLHSTMT *h)
{
	struct stmt *s = *h;

	c->handle = *h;
	if (unlikely(!s || s->base.tag != TAG_STMT)) {
		c->rc = call_settle(c->handle, TAG_STMT);
		if (c->rc != SQL_SUCCESS)
			return false;
	}
	atomic_store_explicit(&s->is_in_call, true, memory_order_relaxed);
	c->stmt = s;
	c->calls = s->calls;
	*h = s->real;
	return true;
}

static inline bool call_enter_DESC(struct call *c, SQLHDESC *h)
{
	struct desc *d = *h;

	c->handle = *h;
	c->stmt = NULL;
	if (unlikely(!d || d->base.tag != TAG_DESC)) {
		c->rc = call_settle(c->handle, TAG_DESC);
		if (c->rc != SQL_SUCCESS)
			return false;
	}
	c->watched = unlikely(d->dbc->base.tag & TAG_BOUND) ? d->dbc : NULL;
	if (unlikely(c->watched))
		watched_enter_desc(c->watched);
	c->calls = d->calls;
	*h = d->real;
	return true;
}

/* A connection must be connected: else 08003. */
static inline bool call_enter_DBC(struct call *c, SQLHDBC *h)
{
	struct dbc *d = *h;

	c->handle = *h;
	c->stmt = NULL;
	c->watched = NULL;
	if (unlikely(!d || d->base.tag != TAG_DBC)) {
		c->rc = call_settle(c->handle, TAG_DBC);
		if (c->rc != SQL_SUCCESS)
			return false;
	}
	if (unlikely(!d->calls)) {
		c->rc = call_not_connected(c->handle);
		return false;
	}
	c->calls = d->calls;
	*h = d->real;
	return true;
}

static inline SQLRETURN call_leave(struct call *c, SQLRETURN rc)
{
	/* It is in the call until a failure has been noted: see shim/watched.h. */
	if (unlikely(rc != SQL_SUCCESS))
		call_note_result(c->handle, rc);
	else if (c->stmt)
		atomic_store_explicit(&c->stmt->is_in_call, false, memory_order_relaxed);
	if (!c->stmt && unlikely(c->watched))
		watched_leave_desc(c->watched);
	return rc;
}

/* The real driver has no such function. */
static inline SQLRETURN call_missing(struct call *c, const char *function)
{
	if (c->stmt)
		atomic_store_explicit(&c->stmt->is_in_call, false, memory_order_relaxed);
	else if (unlikely(c->watched))
		watched_leave_desc(c->watched);
	return call_lacks(c->handle, function);
}

#endif
