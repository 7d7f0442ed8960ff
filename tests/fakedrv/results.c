/* SPDX-License-Identifier: MIT */
/* Results: their shape, moving over their rows, and handing out their values. */
#include "fakedrv/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void result_clear(struct stmt *s)
{
	for (size_t i = 0; i < s->result.columns * s->result.rows; i++)
		free(s->result.cells[i].data);
	free(s->result.cells);
	s->result = (struct result){.position = -1};
	desc_resize(s->desc[DESC_IMP_ROW], 0);
	s->is_open = false;
}

bool result_alloc(struct stmt *s, size_t columns, size_t rows)
{
	struct desc *ird = s->desc[DESC_IMP_ROW];
	char name[32];

	result_clear(s);
	s->result.cells = calloc(columns * rows + 1, sizeof(*s->result.cells));
	if (!s->result.cells || !desc_resize(ird, (SQLSMALLINT)columns)) {
		diag_post(&s->h, "HY001", 0, "no memory");
		return false;
	}
	s->result.columns = columns;
	s->result.rows = rows;
	s->is_open = true;
	for (size_t i = 0; i < columns; i++) {
		snprintf(name, sizeof(name), "c%zu", i + 1);
		ird->records[i] = (struct desc_record){.type = SQL_VARCHAR,
			.length = 255,
			.octet_length = 255,
			.nullable = SQL_NULLABLE,
			.name = strdup(name)};
	}
	return true;
}

/* A value that ASCII cannot hold makes its column a wide one. */
bool result_set_cell(struct stmt *s, size_t row, size_t column, const char *data, size_t len)
{
	struct cell *cell = &s->result.cells[row * s->result.columns + column];
	struct desc_record *r = desc_record(s->desc[DESC_IMP_ROW], (SQLSMALLINT)(column + 1));

	cell->data = malloc(len + 1);
	if (!cell->data)
		return false;
	memcpy(cell->data, data, len);
	cell->data[len] = '\0';
	cell->len = len;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)data[i] >= 0x80)
			r->type = SQL_WVARCHAR;
	if (len > r->length) {
		r->length = len;
		r->octet_length = (SQLLEN)len;
	}
	return true;
}

/* Where element `row` of a bound array lies: column-wise or row-wise, and the offset on top. */
static void *element(const struct desc *d, void *base, SQLULEN row, size_t size)
{
	SQLLEN shift = d->bind_offset ? *d->bind_offset : 0;

	return base ? (char *)base + shift + row * (d->bind_type ? d->bind_type : size) : NULL;
}

static SQLRETURN row_out(struct stmt *s, SQLULEN row_in_set)
{
	const struct desc *ard = s->desc[DESC_APP_ROW];
	size_t row = (size_t)s->result.position + row_in_set;
	SQLRETURN rc = SQL_SUCCESS;

	for (SQLSMALLINT i = 0; i < ard->count && (size_t)i < s->result.columns; i++) {
		const struct desc_record *r = &ard->records[i];
		size_t offset = 0;
		if (!r->data && !r->octet_length_ptr)
			continue;
		SQLRETURN one = value_out(&s->h,
			&s->result.cells[row * s->result.columns + (size_t)i], r->type,
			element(ard, r->data, row_in_set, value_size(r->type, r->octet_length)),
			r->octet_length,
			element(ard, r->octet_length_ptr, row_in_set, sizeof(SQLLEN)), &offset);
		if (one != SQL_SUCCESS) {
			diag_last(&s->h)->row = (SQLLEN)row_in_set + 1;
			diag_last(&s->h)->column = i + 1;
			rc = one;
		}
	}
	return rc;
}

static SQLLEN target(const struct stmt *s, SQLSMALLINT orientation, SQLLEN offset, SQLULEN set)
{
	SQLLEN at = s->result.position, rows = (SQLLEN)s->result.rows;

	switch (orientation) {
	case SQL_FETCH_FIRST:
		return 0;
	case SQL_FETCH_LAST:
		return rows > (SQLLEN)set ? rows - (SQLLEN)set : 0;
	case SQL_FETCH_PRIOR:
		return at - (SQLLEN)set;
	case SQL_FETCH_ABSOLUTE:
		return offset < 0 ? rows + offset : offset - 1;
	case SQL_FETCH_RELATIVE:
		return at + offset;
	}
	return at < 0 ? 0 : at + (SQLLEN)set;
}

static SQLRETURN fetch(struct stmt *s, SQLSMALLINT orientation, SQLLEN offset, SQLULEN set,
	SQLULEN *fetched, SQLUSMALLINT *status)
{
	SQLRETURN rc = SQL_SUCCESS;
	SQLULEN got = 0;

	if (stmt_is_busy(s) || conn_is_lost(&s->h))
		return SQL_ERROR;
	if (!s->is_open)
		return diag_post(&s->h, "24000", 0, "no cursor");
	SQLLEN to = target(s, orientation, offset, set);
	s->result.position = to < 0			   ? -1
			     : to > (SQLLEN)s->result.rows ? (SQLLEN)s->result.rows
							   : to;
	s->result.row_in_set = 0;
	s->result.get_column = 0;
	for (SQLULEN i = 0; i < set; i++) {
		bool exists = to >= 0 && (size_t)to + i < s->result.rows;
		SQLRETURN one = exists ? row_out(s, i) : SQL_SUCCESS;
		if (status)
			status[i] = !exists			   ? SQL_ROW_NOROW
				    : one == SQL_SUCCESS	   ? SQL_ROW_SUCCESS
				    : one == SQL_SUCCESS_WITH_INFO ? SQL_ROW_SUCCESS_WITH_INFO
								   : SQL_ROW_ERROR;
		got += exists;
		if (one == SQL_ERROR && set == 1)
			rc = SQL_ERROR;
		else if (one != SQL_SUCCESS)
			rc = SQL_SUCCESS_WITH_INFO;
	}
	if (fetched)
		*fetched = got;
	return got ? rc : SQL_NO_DATA;
}

static SQLRETURN fetch_scroll(SQLHSTMT h, SQLSMALLINT orientation, SQLLEN offset, const char *name)
{
	struct stmt *s = stmt_enter(h, "%s %d %ld", name, orientation, (long)offset);

	if (!s)
		return SQL_INVALID_HANDLE;
	return leave(&s->h, fetch(s, orientation, offset, s->desc[DESC_APP_ROW]->array_size,
				    s->desc[DESC_IMP_ROW]->rows_processed,
				    s->desc[DESC_IMP_ROW]->array_status));
}

SQLRETURN SQL_API SQLFetch(SQLHSTMT StatementHandle)
{
	return fetch_scroll(StatementHandle, SQL_FETCH_NEXT, 0, "SQLFetch");
}

SQLRETURN SQL_API SQLFetchScroll(
	SQLHSTMT StatementHandle, SQLSMALLINT FetchOrientation, SQLLEN FetchOffset)
{
	return fetch_scroll(StatementHandle, FetchOrientation, FetchOffset, "SQLFetchScroll");
}

SQLRETURN SQL_API SQLExtendedFetch(SQLHSTMT StatementHandle, SQLUSMALLINT FetchOrientation,
	SQLLEN FetchOffset, SQLULEN *RowCountPtr, SQLUSMALLINT *RowStatusArray)
{
	struct stmt *s = stmt_enter(
		StatementHandle, "SQLExtendedFetch %d %ld", FetchOrientation, (long)FetchOffset);

	if (!s)
		return SQL_INVALID_HANDLE;
	return leave(
		&s->h, fetch(s, (SQLSMALLINT)FetchOrientation, FetchOffset,
			       stmt_number_attr(s, SQL_ROWSET_SIZE), RowCountPtr, RowStatusArray));
}

static SQLRETURN get_data(struct stmt *s, SQLUSMALLINT column, SQLSMALLINT c_type, SQLPOINTER to,
	SQLLEN size, SQLLEN *indicator)
{
	struct result *r = &s->result;
	SQLLEN row = r->position + (SQLLEN)r->row_in_set;

	if (stmt_is_busy(s))
		return SQL_ERROR;
	if (!s->is_open || r->position < 0 || row >= (SQLLEN)r->rows)
		return diag_post(&s->h, "24000", 0, "not on a row");
	if (column < 1 || column > r->columns)
		return diag_post(&s->h, "07009", 0, "no column %d", column);
	if (r->get_column != column) {
		r->get_column = column;
		r->get_offset = 0;
		r->get_done = false;
	}
	if (r->get_done)
		return SQL_NO_DATA;
	SQLRETURN rc = value_out(&s->h, &r->cells[(size_t)row * r->columns + column - 1], c_type,
		to, size, indicator, &r->get_offset);
	r->get_done = rc == SQL_SUCCESS;
	return rc;
}

SQLRETURN SQL_API SQLGetData(SQLHSTMT StatementHandle, SQLUSMALLINT ColumnNumber,
	SQLSMALLINT TargetType, SQLPOINTER TargetValue, SQLLEN BufferLength, SQLLEN *StrLen_or_Ind)
{
	struct stmt *s = stmt_enter(StatementHandle, "SQLGetData %d", ColumnNumber);

	if (!s)
		return SQL_INVALID_HANDLE;
	return leave(&s->h,
		get_data(s, ColumnNumber, TargetType, TargetValue, BufferLength, StrLen_or_Ind));
}

SQLRETURN SQL_API SQLBindCol(SQLHSTMT StatementHandle, SQLUSMALLINT ColumnNumber,
	SQLSMALLINT TargetType, SQLPOINTER TargetValue, SQLLEN BufferLength, SQLLEN *StrLen_or_Ind)
{
	struct stmt *s = stmt_enter(StatementHandle, "SQLBindCol %d", ColumnNumber);

	if (!s)
		return SQL_INVALID_HANDLE;
	struct desc *ard = s->desc[DESC_APP_ROW];
	SQLSMALLINT number = (SQLSMALLINT)ColumnNumber;
	if (number < 1 || (number > ard->count && !desc_resize(ard, number)))
		return leave(&s->h, diag_post(&s->h, "07009", 0, "no column %d", number));
	*desc_record(ard, number) = (struct desc_record){.type = TargetType,
		.data = TargetValue,
		.octet_length = BufferLength,
		.octet_length_ptr = StrLen_or_Ind,
		.indicator = StrLen_or_Ind};
	return leave(&s->h, SQL_SUCCESS);
}

SQLRETURN SQL_API SQLSetPos(SQLHSTMT StatementHandle, SQLSETPOSIROW RowNumber,
	SQLUSMALLINT Operation, SQLUSMALLINT LockType)
{
	struct stmt *s = stmt_enter(
		StatementHandle, "SQLSetPos %lu %d", (unsigned long)RowNumber, Operation);

	(void)LockType;
	if (!s)
		return SQL_INVALID_HANDLE;
	if (Operation != SQL_POSITION)
		return leave(&s->h, diag_post(&s->h, "HYC00", 0, "only SQL_POSITION"));
	if (!s->is_open || s->result.position < 0 || RowNumber < 1 ||
		(size_t)s->result.position + RowNumber > s->result.rows)
		return leave(&s->h, diag_post(&s->h, "HY107", 0, "no such row"));
	s->result.row_in_set = RowNumber - 1;
	s->result.get_column = 0;
	return leave(&s->h, SQL_SUCCESS);
}

SQLRETURN SQL_API SQLBulkOperations(SQLHSTMT StatementHandle, SQLSMALLINT Operation)
{
	struct stmt *s = stmt_enter(StatementHandle, "SQLBulkOperations %d", Operation);

	return s ? leave(&s->h, diag_post(&s->h, "HYC00", 0, "no bulk operations"))
		 : SQL_INVALID_HANDLE;
}

SQLRETURN SQL_API SQLNumResultCols(SQLHSTMT StatementHandle, SQLSMALLINT *ColumnCount)
{
	struct stmt *s = stmt_enter(StatementHandle, "SQLNumResultCols");

	if (!s)
		return SQL_INVALID_HANDLE;
	*ColumnCount = (SQLSMALLINT)s->result.columns;
	return leave(&s->h, SQL_SUCCESS);
}

SQLRETURN SQL_API SQLRowCount(SQLHSTMT StatementHandle, SQLLEN *RowCount)
{
	struct stmt *s = stmt_enter(StatementHandle, "SQLRowCount");

	if (!s)
		return SQL_INVALID_HANDLE;
	*RowCount = s->row_count;
	return leave(&s->h, SQL_SUCCESS);
}

SQLRETURN result_describe(SQLHSTMT h, SQLUSMALLINT column, void *name, SQLSMALLINT size,
	SQLSMALLINT *length, SQLSMALLINT *type, SQLULEN *column_size, SQLSMALLINT *digits,
	SQLSMALLINT *nullable, enum width w)
{
	struct stmt *s = stmt_enter(h, "SQLDescribeCol %d%s", column, w == WIDE ? " W" : "");

	if (!s)
		return SQL_INVALID_HANDLE;
	const struct desc_record *r = desc_record(s->desc[DESC_IMP_ROW], (SQLSMALLINT)column);
	if (!r)
		return leave(&s->h, diag_post(&s->h, "07009", 0, "no column %d", column));
	if (type)
		*type = r->type;
	if (column_size)
		*column_size = r->length;
	if (digits)
		*digits = r->scale;
	if (nullable)
		*nullable = r->nullable;
	return leave(&s->h, text_answer(&s->h, r->name, name, size, length, w));
}

SQLRETURN result_column_attribute(SQLHSTMT h, SQLUSMALLINT column, SQLUSMALLINT field,
	SQLPOINTER text, SQLSMALLINT size_bytes, SQLSMALLINT *length_bytes, SQLLEN *number,
	enum width w)
{
	struct stmt *s =
		stmt_enter(h, "SQLColAttribute %d %d%s", column, field, w == WIDE ? " W" : "");
	SQLINTEGER length = 0;
	SQLRETURN rc = SQL_SUCCESS;

	if (!s)
		return SQL_INVALID_HANDLE;
	const struct desc_record *r = desc_record(s->desc[DESC_IMP_ROW], (SQLSMALLINT)column);
	if (!r && field != SQL_DESC_COUNT && field != SQL_COLUMN_COUNT)
		return leave(&s->h, diag_post(&s->h, "07009", 0, "no column %d", column));
	switch (field) {
	case SQL_DESC_NAME:
	case SQL_DESC_LABEL:
	case SQL_COLUMN_NAME:
		rc = text_answer_bytes(&s->h, r->name, text, size_bytes, &length, w);
		if (length_bytes)
			*length_bytes = (SQLSMALLINT)length;
		break;
	case SQL_DESC_COUNT:
	case SQL_COLUMN_COUNT:
		*number = (SQLLEN)s->result.columns;
		break;
	case SQL_DESC_TYPE:
	case SQL_DESC_CONCISE_TYPE:
		*number = r->type;
		break;
	case SQL_DESC_LENGTH:
	case SQL_DESC_OCTET_LENGTH:
	case SQL_DESC_DISPLAY_SIZE:
	case SQL_COLUMN_LENGTH:
		*number = (SQLLEN)r->length;
		break;
	case SQL_DESC_NULLABLE:
	case SQL_COLUMN_NULLABLE:
		*number = r->nullable;
		break;
	default:
		rc = diag_post(&s->h, "HY091", 0, "no such field");
	}
	return leave(&s->h, rc);
}
