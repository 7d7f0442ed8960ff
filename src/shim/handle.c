/* SPDX-License-Identifier: MIT */
#include "shim/handle.h"

#include "base/buffer.h"
#include "odbcpool.h"

#include <stdlib.h>

bool handle_is(const void *h, uint32_t tag)
{
	const struct handle *handle = h;

	return handle && (handle->tag & TAG_KIND) == tag;
}

bool handle_settle(void *h, uint32_t tag)
{
	struct handle *handle = h;

	if (!handle_is(handle, tag))
		return false;
	if (handle->tag & TAG_NOTED) {
		diag_clear(&handle->records);
		handle->tag &= ~TAG_NOTED;
	}
	return true;
}

uint32_t handle_tag(SQLSMALLINT handle_type)
{
	switch (handle_type) {
	case SQL_HANDLE_ENV:
		return TAG_ENV;
	case SQL_HANDLE_DBC:
		return TAG_DBC;
	case SQL_HANDLE_STMT:
		return TAG_STMT;
	case SQL_HANDLE_DESC:
		return TAG_DESC;
	default:
		return 0;
	}
}

struct dbc *handle_dbc(struct handle *h)
{
	switch (h->tag & TAG_KIND) {
	case TAG_DBC:
		return container_of(h, struct dbc, base);
	case TAG_STMT:
		return container_of(h, struct stmt, base)->dbc;
	case TAG_DESC:
		return container_of(h, struct desc, base)->dbc;
	default:
		return NULL;
	}
}

SQLRETURN handle_noted(struct handle *h, SQLRETURN rc)
{
	if (h->records.count)
		h->tag |= TAG_NOTED;
	h->return_code = rc;
	h->error_next = 0;
	return rc;
}

SQLRETURN handle_fail(struct handle *h, const char *sqlstate, int32_t native, const char *part,
	const char *format, ...)
{
	struct buffer text = BUFFER_EMPTY;
	va_list ap;

	va_start(ap, format);
	buffer_vprintf(&text, format, ap);
	va_end(ap);
	diag_add(&h->records, sqlstate, native, part, "%s", buffer_str(&text));
	buffer_done(&text);
	return handle_noted(h, SQL_ERROR);
}

SQLRETURN handle_fail_no_memory(struct handle *h)
{
	diag_add_no_memory(&h->records);
	return handle_noted(h, SQL_ERROR);
}

static void handle_done(struct handle *h)
{
	diag_clear(&h->records);
	h->tag = TAG_FREED;
}

struct stmt *stmt_new(struct dbc *dbc, SQLHSTMT real)
{
	struct stmt *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->base.tag = TAG_STMT | (dbc->base.tag & TAG_BOUND);
	s->calls = dbc->calls;
	s->real = real;
	s->dbc = dbc;
	for (int i = 0; i < DESC_KINDS; i++) {
		s->implicit[i].base.tag = TAG_DESC;
		s->implicit[i].dbc = dbc;
		s->implicit[i].calls = dbc->calls;
		list_init(&s->implicit[i].link);
	}
	mutex_lock(&dbc->lock);
	list_push_back(&dbc->stmts, &s->link);
	mutex_unlock(&dbc->lock);
	return s;
}

void stmt_free(struct stmt *s)
{
	mutex_lock(&s->dbc->lock);
	list_remove(&s->link);
	mutex_unlock(&s->dbc->lock);
	for (int i = 0; i < DESC_KINDS; i++)
		handle_done(&s->implicit[i].base);
	handle_done(&s->base);
	free(s);
}

struct desc *desc_new(struct dbc *dbc, SQLHDESC real)
{
	struct desc *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->base.tag = TAG_DESC;
	d->dbc = dbc;
	d->calls = dbc->calls;
	d->real = real;
	mutex_lock(&dbc->lock);
	list_push_back(&dbc->descs, &d->link);
	mutex_unlock(&dbc->lock);
	return d;
}

void desc_free(struct desc *d)
{
	mutex_lock(&d->dbc->lock);
	list_remove(&d->link);
	mutex_unlock(&d->dbc->lock);
	handle_done(&d->base);
	free(d);
}
