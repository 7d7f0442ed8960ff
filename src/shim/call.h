/* SPDX-License-Identifier: MIT */
#ifndef SHIM_CALL_H
#define SHIM_CALL_H
/*
 * The way in and out of a forwarded call: check the handle, swap in the real one, look at the
 * result.
 *
 * On success this is a load, a compare and two plain stores; everything rarer is in call.c.
 */
#include "shim/handle.h"

struct call {
	struct handle *handle;
	struct stmt *stmt; /* NULL: not a statement's call */
	const struct calls *calls;
	SQLRETURN rc; /* when entering failed */
};

/* The slow ways; see call.c. */
bool call_settle(struct call *c, SQLHANDLE h, uint32_t tag);
bool call_not_connected(struct call *c);
void call_note_result(struct call *c, SQLRETURN rc);
SQLRETURN call_missing(struct call *c, const char *function);

static inline bool call_enter_STMT(struct call *c, SQLHSTMT *h)
{
	struct stmt *s = *h;

	c->handle = *h;
	if (unlikely(!s || s->base.tag != TAG_STMT) && !call_settle(c, s, TAG_STMT))
		return false;
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
	if (unlikely(!d || d->base.tag != TAG_DESC) && !call_settle(c, d, TAG_DESC))
		return false;
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
	if (unlikely(!d || d->base.tag != TAG_DBC) && !call_settle(c, d, TAG_DBC))
		return false;
	if (unlikely(!d->calls))
		return call_not_connected(c);
	c->calls = d->calls;
	*h = d->real;
	return true;
}

static inline SQLRETURN call_leave(struct call *c, SQLRETURN rc)
{
	if (c->stmt)
		atomic_store_explicit(&c->stmt->is_in_call, false, memory_order_relaxed);
	if (unlikely(rc != SQL_SUCCESS))
		call_note_result(c, rc);
	return rc;
}

#endif
