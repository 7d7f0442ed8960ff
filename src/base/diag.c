/* SPDX-License-Identifier: MIT */
#include "base/diag.h"

#include "base/buffer.h"
#include "odbcpool.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* What a list holds when not even its record could be allocated. Never written, never freed. */
static char no_memory_text[] = "[odbcpool][memory] Memory allocation failed";
static struct diag_record no_memory_record = {
	.sqlstate = "HY001",
	.native = ODBCPOOL_ERR_NO_MEMORY,
	.is_ours = true,
	.message = no_memory_text,
};

static bool owns_records(const struct diag *d)
{
	return d->records != &no_memory_record;
}

static void record_done(struct diag_record *r)
{
	secret_free(r->message);
	free(r->class_origin);
	free(r->subclass_origin);
	free(r->connection_name);
	free(r->server_name);
}

void diag_clear(struct diag *d)
{
	if (owns_records(d)) {
		for (size_t i = 0; i < d->count; i++)
			record_done(&d->records[i]);
		free(d->records);
	}
	*d = (struct diag)DIAG_EMPTY;
}

void diag_add_no_memory(struct diag *d)
{
	diag_clear(d);
	d->records = &no_memory_record;
	d->count = 1;
}

/* Append a record whose texts the list now owns. */
static void append(struct diag *d, struct diag_record *r)
{
	if (!owns_records(d)) {
		record_done(r);
		return;
	}
	if (d->count == d->capacity) {
		size_t capacity = d->capacity ? d->capacity * 2 : 2;
		struct diag_record *records = realloc(d->records, capacity * sizeof(*records));
		if (!records) {
			record_done(r);
			diag_add_no_memory(d);
			return;
		}
		d->records = records;
		d->capacity = capacity;
	}
	d->records[d->count++] = *r;
}

void diag_add(struct diag *d, const char *sqlstate, int32_t native, const char *part,
	const char *format, ...)
{
	struct diag_record r = {.native = native, .is_ours = true};
	struct buffer text = BUFFER_EMPTY;
	va_list ap;

	memcpy(r.sqlstate, sqlstate, sizeof(r.sqlstate) - 1);
	buffer_printf(&text, "[odbcpool][%s] ", part);
	va_start(ap, format);
	buffer_vprintf(&text, format, ap);
	va_end(ap);
	r.message = buffer_steal(&text);
	if (r.message)
		append(d, &r);
	else
		diag_add_no_memory(d);
}

static bool copy_text(char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return *to || !from;
}

void diag_add_copy(struct diag *d, const struct diag_record *r)
{
	struct diag_record copy = {.native = r->native, .is_ours = r->is_ours};

	memcpy(copy.sqlstate, r->sqlstate, sizeof(copy.sqlstate));
	if (copy_text(&copy.message, r->message) &&
		copy_text(&copy.class_origin, r->class_origin) &&
		copy_text(&copy.subclass_origin, r->subclass_origin) &&
		copy_text(&copy.connection_name, r->connection_name) &&
		copy_text(&copy.server_name, r->server_name)) {
		append(d, &copy);
	} else {
		record_done(&copy);
		diag_add_no_memory(d);
	}
}

void diag_add_all(struct diag *d, const struct diag *other)
{
	for (size_t i = 0; i < other->count; i++)
		diag_add_copy(d, &other->records[i]);
}

void diag_move(struct diag *to, struct diag *from)
{
	diag_clear(to);
	*to = *from;
	*from = (struct diag)DIAG_EMPTY;
}

const char *diag_sqlstate(const struct diag *d)
{
	return d->count ? d->records[0].sqlstate : "00000";
}
