/* SPDX-License-Identifier: MIT */
#include "driver/records.h"

#include "base/utf16.h"

#include <stdlib.h>
#include <string.h>

/* Some drivers go on giving a record for any number that is asked for. */
#define MAX_RECORDS 64

static void widen_state(const SQLWCHAR *from, char to[6])
{
	for (int i = 0; i < 5; i++)
		to[i] = from[i] < 0x80 ? (char)from[i] : '?';
	to[5] = '\0';
}

static void read_message_wide(const struct calls *calls, SQLSMALLINT type, SQLHANDLE handle,
	SQLSMALLINT number, struct diag_record *r, SQLRETURN *rc)
{
	SQLWCHAR state[8] = {0}, text[SQL_MAX_MESSAGE_LENGTH * 4];
	struct buffer utf8 = BUFFER_EMPTY;
	SQLSMALLINT len = 0;

	text[0] = 0;
	*rc = calls->GetDiagRecW(
		type, handle, number, state, &r->native, text, array_size(text), &len);
	if (!SQL_SUCCEEDED(*rc))
		return;
	text[array_size(text) - 1] = 0;
	widen_state(state, r->sqlstate);
	utf16_to_utf8(&utf8, text, utf16_len(text));
	r->message = buffer_steal(&utf8);
}

static void read_message_ansi(const struct calls *calls, SQLSMALLINT type, SQLHANDLE handle,
	SQLSMALLINT number, struct diag_record *r, SQLRETURN *rc)
{
	SQLCHAR state[8] = {0}, text[SQL_MAX_MESSAGE_LENGTH * 4];
	SQLSMALLINT len = 0;

	text[0] = 0;
	*rc = calls->GetDiagRec(type, handle, number, state, &r->native, text, sizeof(text), &len);
	if (!SQL_SUCCEEDED(*rc))
		return;
	text[sizeof(text) - 1] = 0;
	memcpy(r->sqlstate, state, 5);
	r->message = strdup((const char *)text);
}

/* A text field beside the message; NULL where the driver does not tell. */
static char *read_field(const struct calls *calls, SQLSMALLINT type, SQLHANDLE handle,
	SQLSMALLINT number, SQLSMALLINT field)
{
	SQLWCHAR text[512] = {0};
	SQLSMALLINT len = 0;

	if (calls->GetDiagFieldW) {
		struct buffer utf8 = BUFFER_EMPTY;
		if (!SQL_SUCCEEDED(calls->GetDiagFieldW(
			    type, handle, number, field, text, sizeof(text) - 2, &len)))
			return NULL;
		utf16_to_utf8(&utf8, text, utf16_len(text));
		return utf8.len ? buffer_steal(&utf8) : strdup("");
	}
	if (!calls->GetDiagField || !SQL_SUCCEEDED(calls->GetDiagField(type, handle, number, field,
					    text, sizeof(text) - 2, &len)))
		return NULL;
	return strdup((const char *)text);
}

static bool read_record(const struct calls *calls, SQLSMALLINT type, SQLHANDLE handle,
	SQLSMALLINT number, struct diag_record *r)
{
	SQLRETURN rc = SQL_NO_DATA;

	if (calls->GetDiagRecW)
		read_message_wide(calls, type, handle, number, r, &rc);
	else if (calls->GetDiagRec)
		read_message_ansi(calls, type, handle, number, r, &rc);
	return SQL_SUCCEEDED(rc);
}

void records_read(
	const struct calls *calls, SQLSMALLINT handle_type, SQLHANDLE handle, struct diag *to)
{
	for (SQLSMALLINT number = 1; number <= MAX_RECORDS; number++) {
		struct diag_record r = {.native = 0};
		if (!read_record(calls, handle_type, handle, number, &r))
			break;
		r.class_origin =
			read_field(calls, handle_type, handle, number, SQL_DIAG_CLASS_ORIGIN);
		r.subclass_origin =
			read_field(calls, handle_type, handle, number, SQL_DIAG_SUBCLASS_ORIGIN);
		r.connection_name =
			read_field(calls, handle_type, handle, number, SQL_DIAG_CONNECTION_NAME);
		r.server_name =
			read_field(calls, handle_type, handle, number, SQL_DIAG_SERVER_NAME);
		diag_add_copy(to, &r);
		secret_free(r.message);
		free(r.class_origin);
		free(r.subclass_origin);
		free(r.connection_name);
		free(r.server_name);
	}
}
