/* SPDX-License-Identifier: MIT */
/*
 * Diagnostics: our own records while they wait, else the real driver's, unchanged.
 *
 * Records of a real driver that lacks the form that is asked for (a W function, SQLError) are read
 * through the form that it has. These functions must work even before the driver manager has asked
 * SQLGetFunctions: after a failed connect they are the first that it calls.
 */
#include "driver/records.h"
#include "odbcpool.h"
#include "shim/call.h"
#include "shim/entry.h"
#include "shim/text.h"

#include <string.h>

/* A handle whose records are asked for. */
struct asked {
	struct handle *handle;
	const struct calls *calls; /* NULL: it has no real handle */
	SQLHANDLE real;
	SQLSMALLINT type;
};

static bool ask(SQLSMALLINT type, SQLHANDLE h, struct asked *a)
{
	uint32_t tag = handle_tag(type);

	if (!tag || !handle_is(h, tag))
		return false;
	*a = (struct asked){.handle = h, .type = type};
	switch (tag) {
	case TAG_DBC:
		a->calls = ((struct dbc *)h)->calls;
		a->real = ((struct dbc *)h)->real;
		break;
	case TAG_STMT:
		a->calls = ((struct stmt *)h)->calls;
		a->real = ((struct stmt *)h)->real;
		break;
	case TAG_DESC:
		a->calls = ((struct desc *)h)->calls;
		a->real = ((struct desc *)h)->real;
		break;
	default:
		break;
	}
	return true;
}

static bool has_own(const struct asked *a)
{
	return (a->handle->tag & TAG_NOTED) || !a->calls;
}

/* An SQLSTATE that says the connection is gone, seen as the application reads it. */
static void note_state(const struct asked *a, const char *state)
{
	struct dbc *dbc = handle_dbc(a->handle);
	bool is_loss = strncmp(state, "08", 2) == 0 ||
		       (strncmp(state, "57P0", 4) == 0 && state[4] >= '1' && state[4] <= '5');

	if (is_loss && dbc && dbc->session)
		dbc->session->looks_dead = true;
}

static void note_state_wide(const struct asked *a, const SQLWCHAR *state)
{
	char narrow[6];

	for (int i = 0; i < 6; i++)
		narrow[i] = state[i] < 0x80 ? (char)state[i] : '?';
	narrow[5] = '\0';
	note_state(a, narrow);
}

/* The answer from a list of records, ours or read from the driver. */
static SQLRETURN give_record(const struct diag *records, SQLSMALLINT number, bool is_wide,
	SQLPOINTER state, SQLINTEGER *native, SQLPOINTER message, SQLSMALLINT size,
	SQLSMALLINT *len)
{
	if (number < 1 || size < 0)
		return SQL_ERROR;
	if ((size_t)number > records->count)
		return SQL_NO_DATA;

	const struct diag_record *r = &records->records[number - 1];
	const char *text = r->message ? r->message : "";
	text_out(r->sqlstate, 5, is_wide, state, 6, NULL);
	if (native)
		*native = r->native;
	return text_out_short(text, strlen(text), is_wide, message, size, len)
		       ? SQL_SUCCESS_WITH_INFO
		       : SQL_SUCCESS;
}

static SQLRETURN record_of(const struct asked *a, SQLSMALLINT number, bool is_wide,
	SQLPOINTER state, SQLINTEGER *native, SQLPOINTER message, SQLSMALLINT size,
	SQLSMALLINT *len)
{
	SQLRETURN rc;

	if (has_own(a))
		return give_record(
			&a->handle->records, number, is_wide, state, native, message, size, len);
	if (is_wide && a->calls->GetDiagRecW) {
		rc = a->calls->GetDiagRecW(
			a->type, a->real, number, state, native, message, size, len);
		if (SQL_SUCCEEDED(rc) && state)
			note_state_wide(a, state);
		return rc;
	}
	if (!is_wide && a->calls->GetDiagRec) {
		rc = a->calls->GetDiagRec(
			a->type, a->real, number, state, native, message, size, len);
		if (SQL_SUCCEEDED(rc) && state)
			note_state(a, state);
		return rc;
	}
	struct diag records = DIAG_EMPTY;
	records_read(a->calls, a->type, a->real, &records);
	note_state(a, diag_sqlstate(&records));
	rc = give_record(&records, number, is_wide, state, native, message, size, len);
	diag_clear(&records);
	return rc;
}

SQLRETURN odbcpool_GetDiagRec(SQLSMALLINT HandleType, SQLHANDLE Handle, SQLSMALLINT RecNumber,
	SQLCHAR *Sqlstate, SQLINTEGER *NativeError, SQLCHAR *MessageText, SQLSMALLINT BufferLength,
	SQLSMALLINT *TextLength)
{
	struct asked a;

	return ask(HandleType, Handle, &a) ? record_of(&a, RecNumber, false, Sqlstate, NativeError,
						     MessageText, BufferLength, TextLength)
					   : SQL_INVALID_HANDLE;
}

SQLRETURN odbcpool_GetDiagRecW(SQLSMALLINT HandleType, SQLHANDLE Handle, SQLSMALLINT RecNumber,
	SQLWCHAR *Sqlstate, SQLINTEGER *NativeError, SQLWCHAR *MessageText,
	SQLSMALLINT BufferLength, SQLSMALLINT *TextLength)
{
	struct asked a;

	return ask(HandleType, Handle, &a) ? record_of(&a, RecNumber, true, Sqlstate, NativeError,
						     MessageText, BufferLength, TextLength)
					   : SQL_INVALID_HANDLE;
}

/* Header fields of a list that is no real driver's. */
static SQLRETURN give_header(
	const struct asked *a, const struct diag *records, SQLSMALLINT field, SQLPOINTER info)
{
	if (!info)
		return SQL_SUCCESS;
	switch (field) {
	case SQL_DIAG_NUMBER:
		*(SQLINTEGER *)info = (SQLINTEGER)records->count;
		return SQL_SUCCESS;
	case SQL_DIAG_RETURNCODE:
		*(SQLRETURN *)info = a->handle->return_code;
		return SQL_SUCCESS;
	case SQL_DIAG_DYNAMIC_FUNCTION_CODE:
		*(SQLINTEGER *)info = SQL_DIAG_UNKNOWN_STATEMENT;
		return SQL_SUCCESS;
	case SQL_DIAG_ROW_COUNT:
	case SQL_DIAG_CURSOR_ROW_COUNT:
		*(SQLLEN *)info = 0;
		return SQL_SUCCESS;
	default:
		return SQL_ERROR;
	}
}

static bool is_header(SQLSMALLINT field)
{
	return field == SQL_DIAG_NUMBER || field == SQL_DIAG_RETURNCODE ||
	       field == SQL_DIAG_DYNAMIC_FUNCTION_CODE || field == SQL_DIAG_ROW_COUNT ||
	       field == SQL_DIAG_CURSOR_ROW_COUNT;
}

/* What defined the class of an SQLSTATE (ODBC 3.8, SQLGetDiagField). */
static const char *class_origin(const char *state)
{
	return strncmp(state, "IM", 2) == 0 ? "ODBC 3.0" : "ISO 9075";
}

/* The subclasses that ODBC added to the standard's (ODBC 3.8, SQL_DIAG_SUBCLASS_ORIGIN). */
static const char *subclass_origin(const char *state)
{
	bool is_odbc = strncmp(state, "IM", 2) == 0 || strncmp(state, "HYT", 3) == 0 ||
		       strncmp(state, "HY1", 3) == 0 || state[2] == 'S' ||
		       (strncmp(state, "HY09", 4) == 0 && state[4] >= '5');

	return is_odbc ? "ODBC 3.0" : "ISO 9075";
}

static const char *record_text(const struct diag_record *r, SQLSMALLINT field)
{
	switch (field) {
	case SQL_DIAG_SQLSTATE:
		return r->sqlstate;
	case SQL_DIAG_MESSAGE_TEXT:
		return r->message ? r->message : "";
	case SQL_DIAG_CLASS_ORIGIN:
		return r->class_origin ? r->class_origin : class_origin(r->sqlstate);
	case SQL_DIAG_SUBCLASS_ORIGIN:
		return r->subclass_origin ? r->subclass_origin : subclass_origin(r->sqlstate);
	case SQL_DIAG_CONNECTION_NAME:
		return r->connection_name ? r->connection_name : "";
	case SQL_DIAG_SERVER_NAME:
		return r->server_name ? r->server_name : "";
	default:
		return NULL;
	}
}

static SQLRETURN give_field(const struct asked *a, const struct diag *records, SQLSMALLINT number,
	SQLSMALLINT field, bool is_wide, SQLPOINTER info, SQLSMALLINT size, SQLSMALLINT *ret_len)
{
	SQLINTEGER len = 0;

	if (field == SQL_DIAG_DYNAMIC_FUNCTION) {
		text_out_bytes("", 0, is_wide, info, size, &len);
		if (ret_len)
			*ret_len = 0;
		return SQL_SUCCESS;
	}
	if (is_header(field))
		return give_header(a, records, field, info);
	if (number < 1)
		return SQL_ERROR;
	if ((size_t)number > records->count)
		return SQL_NO_DATA;

	const struct diag_record *r = &records->records[number - 1];
	const char *text = record_text(r, field);
	if (text) {
		bool is_cut = text_out_bytes(text, strlen(text), is_wide, info, size, &len);
		if (ret_len)
			*ret_len = (SQLSMALLINT)len;
		return is_cut ? SQL_SUCCESS_WITH_INFO : SQL_SUCCESS;
	}
	switch (field) {
	case SQL_DIAG_NATIVE:
		if (info)
			*(SQLINTEGER *)info = r->native;
		return SQL_SUCCESS;
	case SQL_DIAG_ROW_NUMBER:
		if (info)
			*(SQLLEN *)info = SQL_NO_ROW_NUMBER;
		return SQL_SUCCESS;
	case SQL_DIAG_COLUMN_NUMBER:
		if (info)
			*(SQLINTEGER *)info = SQL_NO_COLUMN_NUMBER;
		return SQL_SUCCESS;
	default:
		return SQL_ERROR;
	}
}

static SQLRETURN field_of(const struct asked *a, SQLSMALLINT number, SQLSMALLINT field,
	bool is_wide, SQLPOINTER info, SQLSMALLINT size, SQLSMALLINT *ret_len)
{
	if (has_own(a))
		return give_field(
			a, &a->handle->records, number, field, is_wide, info, size, ret_len);
	if (is_wide && a->calls->GetDiagFieldW)
		return a->calls->GetDiagFieldW(
			a->type, a->real, number, field, info, size, ret_len);
	if (!is_wide && a->calls->GetDiagField)
		return a->calls->GetDiagField(a->type, a->real, number, field, info, size, ret_len);
	/* Numbers are the same in either form; of the twin's texts a copy is converted. */
	if (a->calls->GetDiagField &&
		(is_header(field) || field == SQL_DIAG_NATIVE || field == SQL_DIAG_ROW_NUMBER ||
			field == SQL_DIAG_COLUMN_NUMBER))
		return a->calls->GetDiagField(a->type, a->real, number, field, info, size, ret_len);
	struct diag records = DIAG_EMPTY;
	records_read(a->calls, a->type, a->real, &records);
	SQLRETURN rc = give_field(a, &records, number, field, is_wide, info, size, ret_len);
	diag_clear(&records);
	return rc;
}

SQLRETURN odbcpool_GetDiagField(SQLSMALLINT HandleType, SQLHANDLE Handle, SQLSMALLINT RecNumber,
	SQLSMALLINT DiagIdentifier, SQLPOINTER DiagInfo, SQLSMALLINT BufferLength,
	SQLSMALLINT *StringLength)
{
	struct asked a;

	return ask(HandleType, Handle, &a) ? field_of(&a, RecNumber, DiagIdentifier, false,
						     DiagInfo, BufferLength, StringLength)
					   : SQL_INVALID_HANDLE;
}

SQLRETURN odbcpool_GetDiagFieldW(SQLSMALLINT HandleType, SQLHANDLE Handle, SQLSMALLINT RecNumber,
	SQLSMALLINT DiagIdentifier, SQLPOINTER DiagInfo, SQLSMALLINT BufferLength,
	SQLSMALLINT *StringLength)
{
	struct asked a;

	return ask(HandleType, Handle, &a) ? field_of(&a, RecNumber, DiagIdentifier, true, DiagInfo,
						     BufferLength, StringLength)
					   : SQL_INVALID_HANDLE;
}

/* SQLError reads each record once; the position is kept until a call starts anew. */
static SQLRETURN next_error(struct asked *a, SQLCHAR *state, SQLINTEGER *native, SQLCHAR *message,
	SQLSMALLINT size, SQLSMALLINT *len)
{
	SQLRETURN rc = record_of(a, (SQLSMALLINT)(a->handle->error_next + 1), false, state, native,
		message, size, len);

	if (SQL_SUCCEEDED(rc))
		a->handle->error_next++;
	else
		a->handle->error_next = 0;
	return rc;
}

/* The real driver's own SQLError consumes its records itself. */
static SQLRETURN driver_error(struct asked *a, SQLCHAR *state, SQLINTEGER *native, SQLCHAR *message,
	SQLSMALLINT size, SQLSMALLINT *len)
{
	SQLRETURN rc =
		a->calls->Error(SQL_NULL_HENV, a->type == SQL_HANDLE_DBC ? a->real : SQL_NULL_HDBC,
			a->type == SQL_HANDLE_STMT ? a->real : SQL_NULL_HSTMT, state, native,
			message, size, len);

	if (SQL_SUCCEEDED(rc) && state)
		note_state(a, (const char *)state);
	return rc;
}

SQLRETURN odbcpool_Error(SQLHENV EnvironmentHandle, SQLHDBC ConnectionHandle,
	SQLHSTMT StatementHandle, SQLCHAR *Sqlstate, SQLINTEGER *NativeError, SQLCHAR *MessageText,
	SQLSMALLINT BufferLength, SQLSMALLINT *TextLength)
{
	struct asked a;
	bool is_known;

	if (StatementHandle)
		is_known = ask(SQL_HANDLE_STMT, StatementHandle, &a);
	else if (ConnectionHandle)
		is_known = ask(SQL_HANDLE_DBC, ConnectionHandle, &a);
	else
		is_known = ask(SQL_HANDLE_ENV, EnvironmentHandle, &a);
	if (!is_known)
		return SQL_INVALID_HANDLE;
	if (!has_own(&a) && a.calls->Error)
		return driver_error(
			&a, Sqlstate, NativeError, MessageText, BufferLength, TextLength);
	return next_error(&a, Sqlstate, NativeError, MessageText, BufferLength, TextLength);
}
