/* SPDX-License-Identifier: MIT */
/* Descriptors: what is bound, and what a result or a parameter looks like. */
#include "fakedrv/internal.h"

#include <stdlib.h>
#include <string.h>

void desc_init(struct desc *d, struct conn *c, struct stmt *owner)
{
	*d = (struct desc){.owner = owner, .array_size = 1, .h.conn = c};
}

void desc_done(struct desc *d)
{
	desc_resize(d, 0);
	free(d->records);
	d->records = NULL;
}

bool desc_resize(struct desc *d, SQLSMALLINT count)
{
	for (SQLSMALLINT i = count; i < d->count; i++)
		free(d->records[i].name);
	if (count > d->count) {
		struct desc_record *more = realloc(d->records, (size_t)count * sizeof(*d->records));
		if (!more)
			return false;
		d->records = more;
		memset(&more[d->count], 0, (size_t)(count - d->count) * sizeof(*more));
	}
	d->count = count;
	return true;
}

struct desc_record *desc_record(struct desc *d, SQLSMALLINT number)
{
	return number >= 1 && number <= d->count ? &d->records[number - 1] : NULL;
}

SQLULEN desc_header(const struct desc *d, SQLSMALLINT field)
{
	switch (field) {
	case SQL_DESC_ALLOC_TYPE:
		return d->owner ? SQL_DESC_ALLOC_AUTO : SQL_DESC_ALLOC_USER;
	case SQL_DESC_COUNT:
		return (SQLULEN)d->count;
	case SQL_DESC_ARRAY_SIZE:
		return d->array_size;
	case SQL_DESC_ARRAY_STATUS_PTR:
		return (SQLULEN)(uintptr_t)d->array_status;
	case SQL_DESC_BIND_OFFSET_PTR:
		return (SQLULEN)(uintptr_t)d->bind_offset;
	case SQL_DESC_BIND_TYPE:
		return d->bind_type;
	case SQL_DESC_ROWS_PROCESSED_PTR:
		return (SQLULEN)(uintptr_t)d->rows_processed;
	}
	return 0;
}

/* The header fields by the width in which SQLGetDescField writes them; 0: no header field. */
static size_t header_size(SQLSMALLINT field)
{
	switch (field) {
	case SQL_DESC_ALLOC_TYPE:
	case SQL_DESC_COUNT:
		return sizeof(SQLSMALLINT);
	case SQL_DESC_BIND_TYPE:
		return sizeof(SQLINTEGER);
	case SQL_DESC_ARRAY_SIZE:
	case SQL_DESC_ARRAY_STATUS_PTR:
	case SQL_DESC_BIND_OFFSET_PTR:
	case SQL_DESC_ROWS_PROCESSED_PTR:
		return sizeof(SQLULEN);
	}
	return 0;
}

bool desc_set_header(struct desc *d, SQLSMALLINT field, SQLULEN value)
{
	switch (field) {
	case SQL_DESC_COUNT:
		return desc_resize(d, (SQLSMALLINT)value);
	case SQL_DESC_ARRAY_SIZE:
		d->array_size = value;
		return true;
	case SQL_DESC_ARRAY_STATUS_PTR:
		d->array_status = (SQLUSMALLINT *)(uintptr_t)value;
		return true;
	case SQL_DESC_BIND_OFFSET_PTR:
		d->bind_offset = (SQLLEN *)(uintptr_t)value;
		return true;
	case SQL_DESC_BIND_TYPE:
		d->bind_type = value;
		return true;
	case SQL_DESC_ROWS_PROCESSED_PTR:
		d->rows_processed = (SQLULEN *)(uintptr_t)value;
		return true;
	}
	return false;
}

/* The fields of a record that are numbers or pointers, by where they lie. */
static const struct {
	SQLSMALLINT field;
	size_t offset, size;
} record_fields[] = {
#define FIELD(field, member)                                                                       \
	{                                                                                          \
		field, offsetof(struct desc_record, member),                                       \
			sizeof(((struct desc_record *)0)->member)                                  \
	}
	FIELD(SQL_DESC_TYPE, type),
	FIELD(SQL_DESC_CONCISE_TYPE, type),
	FIELD(SQL_DESC_PRECISION, precision),
	FIELD(SQL_DESC_SCALE, scale),
	FIELD(SQL_DESC_NULLABLE, nullable),
	FIELD(SQL_DESC_PARAMETER_TYPE, parameter_type),
	FIELD(SQL_DESC_DATA_PTR, data),
	FIELD(SQL_DESC_INDICATOR_PTR, indicator),
	FIELD(SQL_DESC_OCTET_LENGTH_PTR, octet_length_ptr),
	FIELD(SQL_DESC_OCTET_LENGTH, octet_length),
	FIELD(SQL_DESC_LENGTH, length),
#undef FIELD
};

static void number_out(SQLPOINTER to, size_t size, SQLULEN number, SQLINTEGER *length)
{
	/* The low bytes come first on every machine this is built for. */
	memcpy(to, &number, size);
	if (length)
		*length = (SQLINTEGER)size;
}

static SQLRETURN record_get(struct desc *d, const struct desc_record *r, SQLSMALLINT field,
	SQLPOINTER value, SQLINTEGER size, SQLINTEGER *length, enum width w)
{
	if (field == SQL_DESC_NAME || field == SQL_DESC_LABEL)
		return text_answer_bytes(&d->h, r->name ? r->name : "", value, size, length, w);
	for (size_t i = 0; i < array_size(record_fields); i++) {
		if (record_fields[i].field != field)
			continue;
		memcpy(value, (const char *)r + record_fields[i].offset, record_fields[i].size);
		if (length)
			*length = (SQLINTEGER)record_fields[i].size;
		return SQL_SUCCESS;
	}
	return diag_post(&d->h, "HY091", 0, "no such field");
}

SQLRETURN desc_get_field(SQLHDESC h, SQLSMALLINT number, SQLSMALLINT field, SQLPOINTER value,
	SQLINTEGER size, SQLINTEGER *length, enum width w)
{
	struct desc *d =
		desc_enter(h, "SQLGetDescField %d %d%s", number, field, w == WIDE ? " W" : "");

	if (!d)
		return SQL_INVALID_HANDLE;
	if (header_size(field)) {
		number_out(value, header_size(field), desc_header(d, field), length);
		return leave(&d->h, SQL_SUCCESS);
	}
	struct desc_record *r = desc_record(d, number);
	if (!r)
		return leave(&d->h, SQL_NO_DATA);
	return leave(&d->h, record_get(d, r, field, value, size, length, w));
}

static SQLRETURN record_set(struct desc *d, struct desc_record *r, SQLSMALLINT field,
	SQLPOINTER value, SQLINTEGER len, enum width w)
{
	if (field == SQL_DESC_NAME) {
		free(r->name);
		r->name = text_in_bytes(value, len, w);
		return SQL_SUCCESS;
	}
	for (size_t i = 0; i < array_size(record_fields); i++) {
		if (record_fields[i].field != field)
			continue;
		memcpy((char *)r + record_fields[i].offset, &value, record_fields[i].size);
		return SQL_SUCCESS;
	}
	return diag_post(&d->h, "HY091", 0, "no such field");
}

static bool is_implementation_row(const struct desc *d)
{
	return d->owner && d == &d->owner->implicit[DESC_IMP_ROW];
}

SQLRETURN desc_set_field(SQLHDESC h, SQLSMALLINT number, SQLSMALLINT field, SQLPOINTER value,
	SQLINTEGER len, enum width w)
{
	struct desc *d =
		desc_enter(h, "SQLSetDescField %d %d%s", number, field, w == WIDE ? " W" : "");

	if (!d)
		return SQL_INVALID_HANDLE;
	if (desc_set_header(d, field, (SQLULEN)(uintptr_t)value))
		return leave(&d->h, SQL_SUCCESS);
	if (is_implementation_row(d))
		return leave(&d->h, diag_post(&d->h, "HY016", 0, "an implementation descriptor"));
	if (number < 1 || (number > d->count && !desc_resize(d, number)))
		return leave(&d->h, diag_post(&d->h, "07009", 0, "no such record"));
	return leave(&d->h, record_set(d, desc_record(d, number), field, value, len, w));
}

SQLRETURN desc_get_rec(SQLHDESC h, SQLSMALLINT number, void *name, SQLSMALLINT size,
	SQLSMALLINT *length, SQLSMALLINT *type, SQLSMALLINT *sub_type, SQLLEN *octet_length,
	SQLSMALLINT *precision, SQLSMALLINT *scale, SQLSMALLINT *nullable, enum width w)
{
	struct desc *d = desc_enter(h, "SQLGetDescRec %d%s", number, w == WIDE ? " W" : "");

	if (!d)
		return SQL_INVALID_HANDLE;
	const struct desc_record *r = desc_record(d, number);
	if (!r)
		return leave(&d->h, SQL_NO_DATA);
	*type = r->type;
	*sub_type = 0;
	*octet_length = r->octet_length;
	*precision = r->precision;
	*scale = r->scale;
	*nullable = r->nullable;
	return leave(&d->h, text_answer(&d->h, r->name ? r->name : "", name, size, length, w));
}

SQLRETURN SQL_API SQLSetDescRec(SQLHDESC DescriptorHandle, SQLSMALLINT RecNumber, SQLSMALLINT Type,
	SQLSMALLINT SubType, SQLLEN Length, SQLSMALLINT Precision, SQLSMALLINT Scale,
	SQLPOINTER Data, SQLLEN *StringLength, SQLLEN *Indicator)
{
	struct desc *d = desc_enter(DescriptorHandle, "SQLSetDescRec %d", RecNumber);

	(void)SubType;
	if (!d)
		return SQL_INVALID_HANDLE;
	if (is_implementation_row(d))
		return leave(&d->h, diag_post(&d->h, "HY016", 0, "an implementation descriptor"));
	if (RecNumber < 1 || (RecNumber > d->count && !desc_resize(d, RecNumber)))
		return leave(&d->h, diag_post(&d->h, "07009", 0, "no such record"));
	struct desc_record *r = desc_record(d, RecNumber);
	r->type = Type;
	r->octet_length = Length;
	r->precision = Precision;
	r->scale = Scale;
	r->data = Data;
	r->octet_length_ptr = StringLength;
	r->indicator = Indicator;
	return leave(&d->h, SQL_SUCCESS);
}

static SQLRETURN desc_copy(struct desc *from, struct desc *to)
{
	if (is_implementation_row(to))
		return diag_post(&to->h, "HY016", 0, "an implementation descriptor");
	if (from == to)
		return SQL_SUCCESS;
	desc_resize(to, 0);
	if (!desc_resize(to, from->count))
		return diag_post(&to->h, "HY001", 0, "no memory");
	for (SQLSMALLINT i = 0; i < from->count; i++) {
		to->records[i] = from->records[i];
		if (from->records[i].name)
			to->records[i].name = strdup(from->records[i].name);
	}
	to->array_size = from->array_size;
	to->array_status = from->array_status;
	to->bind_offset = from->bind_offset;
	to->bind_type = from->bind_type;
	to->rows_processed = from->rows_processed;
	return SQL_SUCCESS;
}

/* Of one connection only, so that one lock is enough; across connections many drivers refuse too.
 */
SQLRETURN SQL_API SQLCopyDesc(SQLHDESC SourceDescHandle, SQLHDESC TargetDescHandle)
{
	struct handle *source = handle_find(SQL_HANDLE_DESC, SourceDescHandle, false);
	struct desc *to = source ? desc_enter(TargetDescHandle, "SQLCopyDesc") : NULL;

	if (!source || !to)
		return SQL_INVALID_HANDLE;
	if (source->conn != to->h.conn)
		return leave(&to->h, diag_post(&to->h, "HY007", 0, "another connection"));
	return leave(&to->h, desc_copy(container_of(source, struct desc, h), to));
}
