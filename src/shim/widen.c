/* SPDX-License-Identifier: MIT */
/*
 * Functions with text results. Both forms pass through; where the real driver lacks the W form (the
 * driver manager calls any W function that it can see, unasked), its ANSI twin is called and the
 * text converted.
 */
#include "odbcpool.h"
#include "shim/call.h"
#include "shim/entry.h"
#include "shim/text.h"

#include <stdlib.h>
#include <string.h>

/* Room for the twin's text; longer ones are cut, and said to be. */
#define TWIN_TEXT_MAX 4096

/* The twin's answer has been given to the application, all of it or only a part. */
static SQLRETURN leave_with_text(struct call *c, SQLRETURN rc, bool is_cut)
{
	rc = call_leave(c, rc);
	if (!is_cut)
		return rc;
	diag_add(&c->handle->records, "01004", ODBCPOOL_ERR_TRUNCATED, "driver",
		"String data, right truncated");
	return handle_noted(c->handle, SQL_SUCCESS_WITH_INFO);
}

/* Give the twin's text to the application: lengths in characters. */
static SQLRETURN give_text(struct call *c, SQLRETURN rc, const char *text, SQLWCHAR *out,
	SQLSMALLINT size, SQLSMALLINT *ret_len)
{
	return leave_with_text(c, rc,
		SQL_SUCCEEDED(rc) && text_out_short(text, strnlen(text, TWIN_TEXT_MAX), true, out,
					     size, ret_len));
}

/* The same for functions that count in bytes. */
static SQLRETURN give_field(struct call *c, SQLRETURN rc, const char *text, SQLPOINTER out,
	SQLINTEGER size, SQLINTEGER *ret_len)
{
	return leave_with_text(c, rc,
		SQL_SUCCEEDED(rc) && text_out_bytes(text, strnlen(text, TWIN_TEXT_MAX), true, out,
					     size, ret_len));
}

/* Is a descriptor field a text? (ODBC 3.8, SQLSetDescField and SQLColAttribute) */
static bool is_text_field(SQLUSMALLINT field)
{
	switch (field) {
	case SQL_DESC_BASE_COLUMN_NAME:
	case SQL_DESC_BASE_TABLE_NAME:
	case SQL_DESC_CATALOG_NAME:
	case SQL_DESC_LABEL:
	case SQL_DESC_LITERAL_PREFIX:
	case SQL_DESC_LITERAL_SUFFIX:
	case SQL_DESC_LOCAL_TYPE_NAME:
	case SQL_DESC_NAME:
	case SQL_DESC_SCHEMA_NAME:
	case SQL_DESC_TABLE_NAME:
	case SQL_DESC_TYPE_NAME:
	case SQL_COLUMN_NAME:
		return true;
	default:
		return false;
	}
}

SQLRETURN odbcpool_DescribeCol(SQLHSTMT h, SQLUSMALLINT ColumnNumber, SQLCHAR *ColumnName,
	SQLSMALLINT BufferLength, SQLSMALLINT *NameLength, SQLSMALLINT *DataType,
	SQLULEN *ColumnSize, SQLSMALLINT *DecimalDigits, SQLSMALLINT *Nullable)
{
	struct call c;

	if (!call_enter_STMT(&c, &h))
		return c.rc;
	if (!c.calls->DescribeCol)
		return call_missing(&c, "SQLDescribeCol");
	return call_leave(&c, c.calls->DescribeCol(h, ColumnNumber, ColumnName, BufferLength,
				      NameLength, DataType, ColumnSize, DecimalDigits, Nullable));
}

SQLRETURN odbcpool_DescribeColW(SQLHSTMT h, SQLUSMALLINT ColumnNumber, SQLWCHAR *ColumnName,
	SQLSMALLINT BufferLength, SQLSMALLINT *NameLength, SQLSMALLINT *DataType,
	SQLULEN *ColumnSize, SQLSMALLINT *DecimalDigits, SQLSMALLINT *Nullable)
{
	char text[TWIN_TEXT_MAX] = "";
	SQLSMALLINT len;
	struct call c;

	if (!call_enter_STMT(&c, &h))
		return c.rc;
	if (c.calls->DescribeColW)
		return call_leave(
			&c, c.calls->DescribeColW(h, ColumnNumber, ColumnName, BufferLength,
				    NameLength, DataType, ColumnSize, DecimalDigits, Nullable));
	if (!c.calls->DescribeCol)
		return call_missing(&c, "SQLDescribeColW");
	SQLRETURN rc = c.calls->DescribeCol(h, ColumnNumber, (SQLCHAR *)text, sizeof(text), &len,
		DataType, ColumnSize, DecimalDigits, Nullable);
	return give_text(&c, rc, text, ColumnName, BufferLength, NameLength);
}

SQLRETURN odbcpool_ColAttribute(SQLHSTMT h, SQLUSMALLINT ColumnNumber, SQLUSMALLINT FieldIdentifier,
	SQLPOINTER CharacterAttribute, SQLSMALLINT BufferLength, SQLSMALLINT *StringLength,
	SQLLEN *NumericAttribute)
{
	struct call c;

	if (!call_enter_STMT(&c, &h))
		return c.rc;
	if (!c.calls->ColAttribute)
		return call_missing(&c, "SQLColAttribute");
	return call_leave(
		&c, c.calls->ColAttribute(h, ColumnNumber, FieldIdentifier, CharacterAttribute,
			    BufferLength, StringLength, NumericAttribute));
}

SQLRETURN odbcpool_ColAttributeW(SQLHSTMT h, SQLUSMALLINT ColumnNumber,
	SQLUSMALLINT FieldIdentifier, SQLPOINTER CharacterAttribute, SQLSMALLINT BufferLength,
	SQLSMALLINT *StringLength, SQLLEN *NumericAttribute)
{
	char text[TWIN_TEXT_MAX] = "";
	SQLSMALLINT narrow_len;
	SQLINTEGER len = 0;
	struct call c;

	if (!call_enter_STMT(&c, &h))
		return c.rc;
	if (c.calls->ColAttributeW)
		return call_leave(&c,
			c.calls->ColAttributeW(h, ColumnNumber, FieldIdentifier, CharacterAttribute,
				BufferLength, StringLength, NumericAttribute));
	if (!c.calls->ColAttribute)
		return call_missing(&c, "SQLColAttributeW");
	if (!is_text_field(FieldIdentifier))
		return call_leave(&c,
			c.calls->ColAttribute(h, ColumnNumber, FieldIdentifier, CharacterAttribute,
				BufferLength, StringLength, NumericAttribute));
	SQLRETURN rc = c.calls->ColAttribute(h, ColumnNumber, FieldIdentifier, text,
		(SQLSMALLINT)sizeof(text), &narrow_len, NumericAttribute);
	rc = give_field(&c, rc, text, CharacterAttribute, BufferLength, &len);
	if (SQL_SUCCEEDED(rc) && StringLength)
		*StringLength = (SQLSMALLINT)len;
	return rc;
}

/* The number that ODBC 3 gave to a field of SQLColAttributes; most kept theirs. */
static SQLUSMALLINT field_of_odbc3(SQLUSMALLINT field)
{
	switch (field) {
	case SQL_COLUMN_COUNT:
		return SQL_DESC_COUNT;
	case SQL_COLUMN_NAME:
		return SQL_DESC_NAME;
	case SQL_COLUMN_NULLABLE:
		return SQL_DESC_NULLABLE;
	default:
		return field;
	}
}

/*
 * SQLGetFunctions has one number for this and SQLColAttribute. So the driver manager, which would
 * map the one to the other, believes that a driver with SQLColAttribute alone has both.
 */
SQLRETURN odbcpool_ColAttributes(SQLHSTMT h, SQLUSMALLINT ColumnNumber, SQLUSMALLINT DescType,
	SQLPOINTER CharacterAttribute, SQLSMALLINT BufferLength, SQLSMALLINT *StringLength,
	SQLLEN *NumericAttribute)
{
	struct call c;

	if (!call_enter_STMT(&c, &h))
		return c.rc;
	if (c.calls->ColAttributes)
		return call_leave(
			&c, c.calls->ColAttributes(h, ColumnNumber, DescType, CharacterAttribute,
				    BufferLength, StringLength, NumericAttribute));
	if (!c.calls->ColAttribute)
		return call_missing(&c, "SQLColAttributes");
	return call_leave(
		&c, c.calls->ColAttribute(h, ColumnNumber, field_of_odbc3(DescType),
			    CharacterAttribute, BufferLength, StringLength, NumericAttribute));
}

SQLRETURN odbcpool_GetCursorName(
	SQLHSTMT h, SQLCHAR *CursorName, SQLSMALLINT BufferLength, SQLSMALLINT *NameLength)
{
	struct call c;

	if (!call_enter_STMT(&c, &h))
		return c.rc;
	if (!c.calls->GetCursorName)
		return call_missing(&c, "SQLGetCursorName");
	return call_leave(&c, c.calls->GetCursorName(h, CursorName, BufferLength, NameLength));
}

SQLRETURN odbcpool_GetCursorNameW(
	SQLHSTMT h, SQLWCHAR *CursorName, SQLSMALLINT BufferLength, SQLSMALLINT *NameLength)
{
	char text[TWIN_TEXT_MAX] = "";
	SQLSMALLINT len;
	struct call c;

	if (!call_enter_STMT(&c, &h))
		return c.rc;
	if (c.calls->GetCursorNameW)
		return call_leave(
			&c, c.calls->GetCursorNameW(h, CursorName, BufferLength, NameLength));
	if (!c.calls->GetCursorName)
		return call_missing(&c, "SQLGetCursorNameW");
	SQLRETURN rc = c.calls->GetCursorName(h, (SQLCHAR *)text, sizeof(text), &len);
	return give_text(&c, rc, text, CursorName, BufferLength, NameLength);
}

SQLRETURN odbcpool_GetDescField(SQLHDESC h, SQLSMALLINT RecNumber, SQLSMALLINT FieldIdentifier,
	SQLPOINTER Value, SQLINTEGER BufferLength, SQLINTEGER *StringLength)
{
	struct call c;

	if (!call_enter_DESC(&c, &h))
		return c.rc;
	if (!c.calls->GetDescField)
		return call_missing(&c, "SQLGetDescField");
	return call_leave(&c, c.calls->GetDescField(h, RecNumber, FieldIdentifier, Value,
				      BufferLength, StringLength));
}

SQLRETURN odbcpool_GetDescFieldW(SQLHDESC h, SQLSMALLINT RecNumber, SQLSMALLINT FieldIdentifier,
	SQLPOINTER Value, SQLINTEGER BufferLength, SQLINTEGER *StringLength)
{
	char text[TWIN_TEXT_MAX] = "";
	SQLINTEGER len = 0;
	struct call c;

	if (!call_enter_DESC(&c, &h))
		return c.rc;
	if (c.calls->GetDescFieldW)
		return call_leave(&c, c.calls->GetDescFieldW(h, RecNumber, FieldIdentifier, Value,
					      BufferLength, StringLength));
	if (!c.calls->GetDescField)
		return call_missing(&c, "SQLGetDescFieldW");
	if (!is_text_field((SQLUSMALLINT)FieldIdentifier))
		return call_leave(&c, c.calls->GetDescField(h, RecNumber, FieldIdentifier, Value,
					      BufferLength, StringLength));
	SQLRETURN rc =
		c.calls->GetDescField(h, RecNumber, FieldIdentifier, text, sizeof(text), &len);
	return give_field(&c, rc, text, Value, BufferLength, StringLength);
}

SQLRETURN odbcpool_SetDescField(SQLHDESC h, SQLSMALLINT RecNumber, SQLSMALLINT FieldIdentifier,
	SQLPOINTER Value, SQLINTEGER BufferLength)
{
	struct call c;

	if (!call_enter_DESC(&c, &h))
		return c.rc;
	if (!c.calls->SetDescField)
		return call_missing(&c, "SQLSetDescField");
	return call_leave(
		&c, c.calls->SetDescField(h, RecNumber, FieldIdentifier, Value, BufferLength));
}

SQLRETURN odbcpool_SetDescFieldW(SQLHDESC h, SQLSMALLINT RecNumber, SQLSMALLINT FieldIdentifier,
	SQLPOINTER Value, SQLINTEGER BufferLength)
{
	struct narrowed narrowed = {.count = 0};
	struct call c;

	if (!call_enter_DESC(&c, &h))
		return c.rc;
	if (c.calls->SetDescFieldW)
		return call_leave(&c,
			c.calls->SetDescFieldW(h, RecNumber, FieldIdentifier, Value, BufferLength));
	if (!c.calls->SetDescField)
		return call_missing(&c, "SQLSetDescFieldW");
	if (is_text_field((SQLUSMALLINT)FieldIdentifier)) {
		SQLINTEGER units = BufferLength == SQL_NTS
					   ? SQL_NTS
					   : BufferLength / (SQLINTEGER)sizeof(SQLWCHAR);
		Value = narrowed_add(&narrowed, Value, units);
		BufferLength = SQL_NTS;
	}
	SQLRETURN rc = call_leave(
		&c, c.calls->SetDescField(h, RecNumber, FieldIdentifier, Value, BufferLength));
	narrowed_done(&narrowed);
	return rc;
}

SQLRETURN odbcpool_GetDescRec(SQLHDESC h, SQLSMALLINT RecNumber, SQLCHAR *Name,
	SQLSMALLINT BufferLength, SQLSMALLINT *StringLength, SQLSMALLINT *Type,
	SQLSMALLINT *SubType, SQLLEN *Length, SQLSMALLINT *Precision, SQLSMALLINT *Scale,
	SQLSMALLINT *Nullable)
{
	struct call c;

	if (!call_enter_DESC(&c, &h))
		return c.rc;
	if (!c.calls->GetDescRec)
		return call_missing(&c, "SQLGetDescRec");
	return call_leave(&c, c.calls->GetDescRec(h, RecNumber, Name, BufferLength, StringLength,
				      Type, SubType, Length, Precision, Scale, Nullable));
}

SQLRETURN odbcpool_GetDescRecW(SQLHDESC h, SQLSMALLINT RecNumber, SQLWCHAR *Name,
	SQLSMALLINT BufferLength, SQLSMALLINT *StringLength, SQLSMALLINT *Type,
	SQLSMALLINT *SubType, SQLLEN *Length, SQLSMALLINT *Precision, SQLSMALLINT *Scale,
	SQLSMALLINT *Nullable)
{
	char text[TWIN_TEXT_MAX] = "";
	SQLSMALLINT len;
	struct call c;

	if (!call_enter_DESC(&c, &h))
		return c.rc;
	if (c.calls->GetDescRecW)
		return call_leave(
			&c, c.calls->GetDescRecW(h, RecNumber, Name, BufferLength, StringLength,
				    Type, SubType, Length, Precision, Scale, Nullable));
	if (!c.calls->GetDescRec)
		return call_missing(&c, "SQLGetDescRecW");
	SQLRETURN rc = c.calls->GetDescRec(h, RecNumber, (SQLCHAR *)text, sizeof(text), &len, Type,
		SubType, Length, Precision, Scale, Nullable);
	return give_text(&c, rc, text, Name, BufferLength, StringLength);
}

SQLRETURN odbcpool_NativeSql(SQLHDBC h, SQLCHAR *InStatementText, SQLINTEGER TextLength1,
	SQLCHAR *OutStatementText, SQLINTEGER BufferLength, SQLINTEGER *TextLength2Ptr)
{
	struct call c;

	if (!call_enter_DBC(&c, &h))
		return c.rc;
	if (!c.calls->NativeSql)
		return call_missing(&c, "SQLNativeSql");
	return call_leave(&c, c.calls->NativeSql(h, InStatementText, TextLength1, OutStatementText,
				      BufferLength, TextLength2Ptr));
}

/* The native text may be longer than the one that was given, but hardly four times. */
static SQLRETURN narrowed_native(struct call *c, SQLHDBC real, const SQLWCHAR *in,
	SQLINTEGER in_len, SQLWCHAR *out, SQLINTEGER size, SQLINTEGER *ret_len)
{
	struct narrowed narrowed = {.count = 0};
	SQLCHAR *text = narrowed_add(&narrowed, in, in_len);
	size_t room = 4 * (text ? strlen((char *)text) : 0) + TWIN_TEXT_MAX, whole = 0;
	SQLCHAR *native = calloc(1, room);
	SQLINTEGER len = 0;
	bool is_cut = false;

	if (!native) {
		narrowed_done(&narrowed);
		return handle_fail_no_memory(c->handle);
	}
	SQLRETURN rc = c->calls->NativeSql(real, text, SQL_NTS, native, (SQLINTEGER)room, &len);
	if (SQL_SUCCEEDED(rc))
		is_cut = text_out((char *)native, strlen((char *)native), true, out,
			size > 0 ? (size_t)size : 0, &whole);
	if (SQL_SUCCEEDED(rc) && ret_len)
		*ret_len = (SQLINTEGER)whole;
	secret_wipe(native, room);
	free(native);
	narrowed_done(&narrowed);
	return leave_with_text(c, rc, is_cut);
}

SQLRETURN odbcpool_NativeSqlW(SQLHDBC h, SQLWCHAR *InStatementText, SQLINTEGER TextLength1,
	SQLWCHAR *OutStatementText, SQLINTEGER BufferLength, SQLINTEGER *TextLength2Ptr)
{
	struct call c;

	if (!call_enter_DBC(&c, &h))
		return c.rc;
	if (c.calls->NativeSqlW)
		return call_leave(&c, c.calls->NativeSqlW(h, InStatementText, TextLength1,
					      OutStatementText, BufferLength, TextLength2Ptr));
	if (!c.calls->NativeSql)
		return call_missing(&c, "SQLNativeSqlW");
	return narrowed_native(&c, h, InStatementText, TextLength1, OutStatementText, BufferLength,
		TextLength2Ptr);
}
