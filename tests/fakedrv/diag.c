/* SPDX-License-Identifier: MIT */
/* Diagnostic records and header fields: posting them, and the functions that read them. */
#include "fakedrv/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void diag_forget(struct handle *h)
{
	for (size_t i = 0; i < h->diag.count; i++)
		free(h->diag.records[i].text);
	free(h->diag.records);
	h->diag = (struct diag){.row_count = h->diag.row_count};
}

/* Errors are SQL_ERROR to the caller; for a warning (01xxx) it is SQL_SUCCESS_WITH_INFO. */
SQLRETURN diag_post(struct handle *h, const char *state, SQLINTEGER native, const char *format, ...)
{
	SQLRETURN rc = memcmp(state, "01", 2) == 0 ? SQL_SUCCESS_WITH_INFO : SQL_ERROR;
	struct record *records =
		realloc(h->diag.records, (h->diag.count + 1) * sizeof(*h->diag.records));
	struct buffer text = BUFFER_EMPTY;
	va_list ap;

	if (!records)
		return rc;
	h->diag.records = records;
	buffer_append_str(&text, "[fakedrv]");
	va_start(ap, format);
	buffer_vprintf(&text, format, ap);
	va_end(ap);
	struct record *r = &records[h->diag.count];
	*r = (struct record){.native = native,
		.row = SQL_NO_ROW_NUMBER,
		.column = SQL_NO_COLUMN_NUMBER,
		.text = buffer_steal(&text)};
	if (!r->text)
		return rc;
	strncpy(r->state, state, sizeof(r->state) - 1);
	h->diag.count++;
	return rc;
}

struct record *diag_last(struct handle *h)
{
	return h->diag.count ? &h->diag.records[h->diag.count - 1] : NULL;
}

static SQLRETURN record_out(const struct record *r, void *state, SQLINTEGER *native, void *text,
	SQLSMALLINT size, SQLSMALLINT *length, enum width w)
{
	SQLINTEGER len;

	if (state)
		text_out(r->state, state, sizeof(r->state), &len, w);
	if (native)
		*native = r->native;
	bool is_whole = text_out(r->text, text, size, &len, w);
	if (length)
		*length = (SQLSMALLINT)len;
	return is_whole ? SQL_SUCCESS : SQL_SUCCESS_WITH_INFO;
}

SQLRETURN diag_get_rec(SQLSMALLINT kind, SQLHANDLE handle, SQLSMALLINT number, void *state,
	SQLINTEGER *native, void *text, SQLSMALLINT size, SQLSMALLINT *length, enum width w)
{
	struct handle *h = handle_find(kind, handle, true);
	SQLRETURN rc = SQL_NO_DATA;

	if (!h)
		return SQL_INVALID_HANDLE;
	if (number < 1 || size < 0)
		rc = SQL_ERROR;
	else if ((size_t)number <= h->diag.count)
		rc = record_out(&h->diag.records[number - 1], state, native, text, size, length, w);
	pthread_mutex_unlock(h->lock);
	return rc;
}

SQLRETURN diag_error(SQLHENV env, SQLHDBC dbc, SQLHSTMT stmt, void *state, SQLINTEGER *native,
	void *text, SQLSMALLINT size, SQLSMALLINT *length, enum width w)
{
	struct handle *h = stmt	 ? handle_find(SQL_HANDLE_STMT, stmt, true)
			   : dbc ? handle_find(SQL_HANDLE_DBC, dbc, true)
				 : handle_find(SQL_HANDLE_ENV, env, true);
	SQLRETURN rc = SQL_NO_DATA;

	if (!h)
		return SQL_INVALID_HANDLE;
	if (h->diag.popped < h->diag.count)
		rc = record_out(
			&h->diag.records[h->diag.popped++], state, native, text, size, length, w);
	pthread_mutex_unlock(h->lock);
	return rc;
}

static SQLRETURN text_field(
	const char *text, void *to, SQLSMALLINT size_bytes, SQLSMALLINT *length, enum width w)
{
	SQLINTEGER unit = w == WIDE ? sizeof(SQLWCHAR) : 1, len;
	bool is_whole = text_out(text, to, size_bytes / unit, &len, w);

	if (length)
		*length = (SQLSMALLINT)(len * unit);
	return is_whole ? SQL_SUCCESS : SQL_SUCCESS_WITH_INFO;
}

static SQLRETURN header_field(struct handle *h, SQLSMALLINT field, SQLPOINTER value,
	SQLSMALLINT size_bytes, SQLSMALLINT *length, enum width w)
{
	const struct diag *d = &h->diag;

	switch (field) {
	case SQL_DIAG_RETURNCODE:
		*(SQLRETURN *)value = d->rc;
		return SQL_SUCCESS;
	case SQL_DIAG_NUMBER:
		*(SQLINTEGER *)value = (SQLINTEGER)d->count;
		return SQL_SUCCESS;
	case SQL_DIAG_ROW_COUNT:
	case SQL_DIAG_CURSOR_ROW_COUNT:
		if (h->kind != SQL_HANDLE_STMT)
			return SQL_ERROR;
		*(SQLLEN *)value = d->row_count;
		return SQL_SUCCESS;
	case SQL_DIAG_DYNAMIC_FUNCTION:
		if (h->kind != SQL_HANDLE_STMT)
			return SQL_ERROR;
		return text_field(d->function ? d->function : "", value, size_bytes, length, w);
	case SQL_DIAG_DYNAMIC_FUNCTION_CODE:
		if (h->kind != SQL_HANDLE_STMT)
			return SQL_ERROR;
		*(SQLINTEGER *)value = d->function && strcmp(d->function, "SELECT CURSOR") == 0
					       ? SQL_DIAG_SELECT_CURSOR
					       : SQL_DIAG_UNKNOWN_STATEMENT;
		return SQL_SUCCESS;
	}
	return SQL_ERROR;
}

static SQLRETURN record_field(struct handle *h, const struct record *r, SQLSMALLINT field,
	SQLPOINTER value, SQLSMALLINT size_bytes, SQLSMALLINT *length, enum width w)
{
	char name[32];

	switch (field) {
	case SQL_DIAG_SQLSTATE:
		return text_field(r->state, value, size_bytes, length, w);
	case SQL_DIAG_MESSAGE_TEXT:
		return text_field(r->text, value, size_bytes, length, w);
	case SQL_DIAG_CLASS_ORIGIN:
	case SQL_DIAG_SUBCLASS_ORIGIN:
		return text_field("ISO 9075", value, size_bytes, length, w);
	case SQL_DIAG_CONNECTION_NAME:
	case SQL_DIAG_SERVER_NAME:
		snprintf(name, sizeof(name), "fake%u", h->conn ? h->conn->h.number : 0);
		return text_field(name, value, size_bytes, length, w);
	case SQL_DIAG_NATIVE:
		*(SQLINTEGER *)value = r->native;
		return SQL_SUCCESS;
	case SQL_DIAG_ROW_NUMBER:
		*(SQLLEN *)value = r->row;
		return SQL_SUCCESS;
	case SQL_DIAG_COLUMN_NUMBER:
		*(SQLINTEGER *)value = r->column;
		return SQL_SUCCESS;
	}
	return SQL_ERROR;
}

SQLRETURN diag_get_field(SQLSMALLINT kind, SQLHANDLE handle, SQLSMALLINT number, SQLSMALLINT field,
	SQLPOINTER value, SQLSMALLINT size_bytes, SQLSMALLINT *length, enum width w)
{
	struct handle *h = handle_find(kind, handle, true);
	SQLRETURN rc = SQL_NO_DATA;

	if (!h)
		return SQL_INVALID_HANDLE;
	if (field == SQL_DIAG_RETURNCODE || field == SQL_DIAG_NUMBER || number == 0)
		rc = header_field(h, field, value, size_bytes, length, w);
	else if (number < 0)
		rc = SQL_ERROR;
	else if ((size_t)number <= h->diag.count)
		rc = record_field(
			h, &h->diag.records[number - 1], field, value, size_bytes, length, w);
	pthread_mutex_unlock(h->lock);
	return rc;
}
