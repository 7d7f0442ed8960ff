/* SPDX-License-Identifier: MIT */
/* Preparing, binding, executing and cancelling; what a text means is in execute.c. */
#include "fakedrv/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool stmt_is_busy(struct stmt *s)
{
	if (!s->is_waiting && !s->needs_data)
		return false;
	diag_post(&s->h, "HY010", 0, "the statement is at work or needs data");
	return true;
}

static void stmt_forget_put(struct stmt *s)
{
	for (size_t i = 0; i < s->put_count; i++)
		buffer_done(&s->put[i]);
	free(s->put);
	s->put = NULL;
	s->put_count = 0;
	s->needs_data = 0;
}

static bool stmt_take_text(struct stmt *s, char *text)
{
	if (stmt_is_busy(s) || conn_is_lost(&s->h)) {
		free(text);
		return false;
	}
	if (s->is_open) {
		diag_post(&s->h, "24000", 0, "a cursor is open");
		free(text);
		return false;
	}
	free(s->text);
	s->text = text;
	s->rest = NULL;
	return true;
}

SQLRETURN stmt_prepare(SQLHSTMT h, char *text, enum width w)
{
	struct stmt *s = stmt_enter(h, "SQLPrepare %s%s", text, w == WIDE ? " W" : "");

	if (!s) {
		free(text);
		return SQL_INVALID_HANDLE;
	}
	s->is_prepared = stmt_take_text(s, text);
	return leave(&s->h, s->is_prepared ? SQL_SUCCESS : SQL_ERROR);
}

static bool is_at_execution(const struct desc *apd, SQLSMALLINT number)
{
	const struct desc_record *r = &apd->records[number - 1];

	return r->octet_length_ptr && (*r->octet_length_ptr == SQL_DATA_AT_EXEC ||
					      *r->octet_length_ptr <= SQL_LEN_DATA_AT_EXEC_OFFSET);
}

/* The first parameter after `number` whose value SQLPutData has to bring; 0: there is none. */
static SQLSMALLINT next_at_execution(const struct stmt *s, SQLSMALLINT number)
{
	const struct desc *apd = s->desc[DESC_APP_PARAM];

	while (++number <= apd->count)
		if (is_at_execution(apd, number))
			return number;
	return 0;
}

static SQLRETURN stmt_begin(struct stmt *s, const char *function)
{
	s->rest = s->text;
	s->next_parameter = 1;
	atomic_store(&s->is_cancelled, false);
	stmt_forget_put(s);
	if (!next_at_execution(s, 0))
		return stmt_run_next(s);
	s->put_count = (size_t)s->desc[DESC_APP_PARAM]->count;
	s->put = calloc(s->put_count, sizeof(*s->put));
	if (!s->put)
		return diag_post(&s->h, "HY001", 0, "no memory");
	s->needs_data = -1;
	s->asked_by = function;
	return SQL_NEED_DATA;
}

SQLRETURN stmt_exec_direct(SQLHSTMT h, char *text, enum width w)
{
	struct stmt *s = stmt_enter(h, "SQLExecDirect %s%s", text, w == WIDE ? " W" : "");

	if (!s) {
		free(text);
		return SQL_INVALID_HANDLE;
	}
	s->is_prepared = false;
	return leave(&s->h, stmt_take_text(s, text) ? stmt_begin(s, "SQLExecDirect") : SQL_ERROR);
}

static SQLRETURN stmt_execute(struct stmt *s)
{
	if (stmt_is_busy(s) || conn_is_lost(&s->h))
		return SQL_ERROR;
	if (!s->is_prepared)
		return diag_post(&s->h, "HY010", 0, "not prepared");
	if (s->is_open)
		return diag_post(&s->h, "24000", 0, "a cursor is open");
	return stmt_begin(s, "SQLExecute");
}

SQLRETURN SQL_API SQLExecute(SQLHSTMT StatementHandle)
{
	struct stmt *s = stmt_enter(StatementHandle, "SQLExecute");

	return s ? leave(&s->h, stmt_execute(s)) : SQL_INVALID_HANDLE;
}

static SQLRETURN stmt_param_data(struct stmt *s, SQLPOINTER *value)
{
	if (!s->needs_data)
		return diag_post(&s->h, "HY010", 0, "%s did not ask for data",
			s->asked_by ? s->asked_by : "the statement");
	SQLSMALLINT next = next_at_execution(s, s->needs_data < 0 ? 0 : s->needs_data);
	s->needs_data = next;
	if (!next)
		return stmt_run_next(s);
	*value = s->desc[DESC_APP_PARAM]->records[next - 1].data;
	return SQL_NEED_DATA;
}

SQLRETURN SQL_API SQLParamData(SQLHSTMT StatementHandle, SQLPOINTER *Value)
{
	struct stmt *s = stmt_enter(StatementHandle, "SQLParamData");

	return s ? leave(&s->h, stmt_param_data(s, Value)) : SQL_INVALID_HANDLE;
}

static SQLRETURN stmt_put_data(struct stmt *s, SQLPOINTER data, SQLLEN len)
{
	if (s->needs_data <= 0)
		return diag_post(&s->h, "HY010", 0, "no parameter is being put");
	struct buffer *to = &s->put[s->needs_data - 1];
	SQLSMALLINT type = s->desc[DESC_APP_PARAM]->records[s->needs_data - 1].type;
	if (len == SQL_NULL_DATA)
		buffer_done(to);
	else if (!value_in(to, type, data, len))
		return diag_post(&s->h, "07006", 0, "C type %d is not known", type);
	return SQL_SUCCESS;
}

SQLRETURN SQL_API SQLPutData(SQLHSTMT StatementHandle, SQLPOINTER Data, SQLLEN StrLen_or_Ind)
{
	struct stmt *s = stmt_enter(StatementHandle, "SQLPutData");

	return s ? leave(&s->h, stmt_put_data(s, Data, StrLen_or_Ind)) : SQL_INVALID_HANDLE;
}

/* No lock: it must get past the call that it cancels. */
static SQLRETURN stmt_cancel(SQLHSTMT h)
{
	struct handle *found = handle_find(SQL_HANDLE_STMT, h, false);

	if (!found)
		return SQL_INVALID_HANDLE;
	struct stmt *s = container_of(found, struct stmt, h);
	log_line(found, "SQLCancel");
	atomic_store(&s->is_cancelled, true);
	gate_wake();
	/* A statement that needs data does not run: here the lock is free, or soon. */
	pthread_mutex_lock(found->lock);
	if (s->needs_data)
		stmt_forget_put(s);
	pthread_mutex_unlock(found->lock);
	return SQL_SUCCESS;
}

SQLRETURN SQL_API SQLCancel(SQLHSTMT StatementHandle)
{
	return stmt_cancel(StatementHandle);
}

SQLRETURN SQL_API SQLCancelHandle(SQLSMALLINT HandleType, SQLHANDLE InputHandle)
{
	if (HandleType == SQL_HANDLE_STMT)
		return stmt_cancel(InputHandle);
	struct conn *c = conn_enter(InputHandle, "SQLCancelHandle");
	return c ? leave(&c->h, SQL_SUCCESS) : SQL_INVALID_HANDLE;
}

static SQLRETURN bind_parameter(SQLHSTMT h, SQLSMALLINT number, SQLSMALLINT direction,
	SQLSMALLINT c_type, SQLSMALLINT sql_type, SQLULEN size, SQLSMALLINT digits,
	SQLPOINTER value, SQLLEN buffer, SQLLEN *indicator, const char *function)
{
	struct stmt *s = stmt_enter(h, "%s %d", function, number);

	if (!s)
		return SQL_INVALID_HANDLE;
	struct desc *apd = s->desc[DESC_APP_PARAM], *ipd = s->desc[DESC_IMP_PARAM];
	if (number < 1 || (number > apd->count && !desc_resize(apd, number)) ||
		(number > ipd->count && !desc_resize(ipd, number)))
		return leave(&s->h, diag_post(&s->h, "07009", 0, "no parameter %d", number));
	*desc_record(apd, number) = (struct desc_record){.type = c_type,
		.data = value,
		.octet_length = buffer,
		.octet_length_ptr = indicator,
		.indicator = indicator};
	*desc_record(ipd, number) = (struct desc_record){
		.type = sql_type, .length = size, .scale = digits, .parameter_type = direction};
	return leave(&s->h, SQL_SUCCESS);
}

SQLRETURN SQL_API SQLBindParameter(SQLHSTMT StatementHandle, SQLUSMALLINT ParameterNumber,
	SQLSMALLINT InputOutputType, SQLSMALLINT ValueType, SQLSMALLINT ParameterType,
	SQLULEN ColumnSize, SQLSMALLINT DecimalDigits, SQLPOINTER ParameterValuePtr,
	SQLLEN BufferLength, SQLLEN *StrLen_or_IndPtr)
{
	return bind_parameter(StatementHandle, (SQLSMALLINT)ParameterNumber, InputOutputType,
		ValueType, ParameterType, ColumnSize, DecimalDigits, ParameterValuePtr,
		BufferLength, StrLen_or_IndPtr, "SQLBindParameter");
}

SQLRETURN SQL_API SQLBindParam(SQLHSTMT StatementHandle, SQLUSMALLINT ParameterNumber,
	SQLSMALLINT ValueType, SQLSMALLINT ParameterType, SQLULEN LengthPrecision,
	SQLSMALLINT ParameterScale, SQLPOINTER ParameterValue, SQLLEN *StrLen_or_Ind)
{
	return bind_parameter(StatementHandle, (SQLSMALLINT)ParameterNumber, SQL_PARAM_INPUT,
		ValueType, ParameterType, LengthPrecision, ParameterScale, ParameterValue,
		SQL_SETPARAM_VALUE_MAX, StrLen_or_Ind, "SQLBindParam");
}

SQLRETURN SQL_API SQLSetParam(SQLHSTMT StatementHandle, SQLUSMALLINT ParameterNumber,
	SQLSMALLINT ValueType, SQLSMALLINT ParameterType, SQLULEN LengthPrecision,
	SQLSMALLINT ParameterScale, SQLPOINTER ParameterValue, SQLLEN *StrLen_or_Ind)
{
	return bind_parameter(StatementHandle, (SQLSMALLINT)ParameterNumber, SQL_PARAM_INPUT_OUTPUT,
		ValueType, ParameterType, LengthPrecision, ParameterScale, ParameterValue,
		SQL_SETPARAM_VALUE_MAX, StrLen_or_Ind, "SQLSetParam");
}

SQLRETURN SQL_API SQLParamOptions(SQLHSTMT StatementHandle, SQLULEN Crow, SQLULEN *FetchOffsetPtr)
{
	struct stmt *s = stmt_enter(StatementHandle, "SQLParamOptions %lu", (unsigned long)Crow);

	if (!s)
		return SQL_INVALID_HANDLE;
	s->desc[DESC_APP_PARAM]->array_size = Crow;
	s->desc[DESC_IMP_PARAM]->rows_processed = FetchOffsetPtr;
	return leave(&s->h, SQL_SUCCESS);
}

SQLRETURN SQL_API SQLNumParams(SQLHSTMT StatementHandle, SQLSMALLINT *ParameterCountPtr)
{
	struct stmt *s = stmt_enter(StatementHandle, "SQLNumParams");

	if (!s)
		return SQL_INVALID_HANDLE;
	*ParameterCountPtr = 0;
	for (const char *p = s->text; p && *p; p++)
		*ParameterCountPtr = (SQLSMALLINT)(*ParameterCountPtr + (*p == '?'));
	return leave(&s->h, SQL_SUCCESS);
}

SQLRETURN SQL_API SQLDescribeParam(SQLHSTMT StatementHandle, SQLUSMALLINT ParameterNumber,
	SQLSMALLINT *DataTypePtr, SQLULEN *ParameterSizePtr, SQLSMALLINT *DecimalDigitsPtr,
	SQLSMALLINT *NullablePtr)
{
	struct stmt *s = stmt_enter(StatementHandle, "SQLDescribeParam %d", ParameterNumber);

	if (!s)
		return SQL_INVALID_HANDLE;
	if (!s->is_prepared)
		return leave(&s->h, diag_post(&s->h, "HY010", 0, "not prepared"));
	*DataTypePtr = SQL_VARCHAR;
	*ParameterSizePtr = 255;
	*DecimalDigitsPtr = 0;
	*NullablePtr = SQL_NULLABLE;
	return leave(&s->h, SQL_SUCCESS);
}

SQLRETURN stmt_set_cursor_name(SQLHSTMT h, char *name, enum width w)
{
	struct stmt *s = stmt_enter(h, "SQLSetCursorName %s%s", name, w == WIDE ? " W" : "");

	if (!s) {
		free(name);
		return SQL_INVALID_HANDLE;
	}
	free(s->cursor_name);
	s->cursor_name = name;
	return leave(&s->h, SQL_SUCCESS);
}

SQLRETURN stmt_get_cursor_name(
	SQLHSTMT h, void *name, SQLSMALLINT size, SQLSMALLINT *length, enum width w)
{
	struct stmt *s = stmt_enter(h, "SQLGetCursorName%s", w == WIDE ? " W" : "");
	char made_up[32];

	if (!s)
		return SQL_INVALID_HANDLE;
	snprintf(made_up, sizeof(made_up), "SQL_CUR%u", s->h.number);
	return leave(&s->h, text_answer(&s->h, s->cursor_name ? s->cursor_name : made_up, name,
				    size, length, w));
}

SQLRETURN SQL_API SQLCloseCursor(SQLHSTMT StatementHandle)
{
	struct stmt *s = stmt_enter(StatementHandle, "SQLCloseCursor");

	if (!s)
		return SQL_INVALID_HANDLE;
	if (!s->is_open)
		return leave(&s->h, diag_post(&s->h, "24000", 0, "no cursor"));
	result_clear(s);
	s->rest = NULL;
	return leave(&s->h, SQL_SUCCESS);
}

SQLRETURN SQL_API SQLFreeStmt(SQLHSTMT StatementHandle, SQLUSMALLINT Option)
{
	struct stmt *s = stmt_enter(StatementHandle, "SQLFreeStmt %d", Option);

	if (!s)
		return SQL_INVALID_HANDLE;
	switch (Option) {
	case SQL_DROP:
		return stmt_free(s);
	case SQL_CLOSE:
		result_clear(s);
		s->rest = NULL;
		return leave(&s->h, SQL_SUCCESS);
	case SQL_UNBIND:
		desc_resize(s->desc[DESC_APP_ROW], 0);
		return leave(&s->h, SQL_SUCCESS);
	case SQL_RESET_PARAMS:
		desc_resize(s->desc[DESC_APP_PARAM], 0);
		desc_resize(s->desc[DESC_IMP_PARAM], 0);
		return leave(&s->h, SQL_SUCCESS);
	}
	return leave(&s->h, diag_post(&s->h, "HY092", 0, "no such option"));
}

SQLRETURN SQL_API SQLMoreResults(SQLHSTMT StatementHandle)
{
	struct stmt *s = stmt_enter(StatementHandle, "SQLMoreResults");

	if (!s)
		return SQL_INVALID_HANDLE;
	if (stmt_is_busy(s) || conn_is_lost(&s->h))
		return leave(&s->h, SQL_ERROR);
	result_clear(s);
	s->row_count = -1;
	return leave(&s->h, s->rest ? stmt_run_next(s) : SQL_NO_DATA);
}

SQLRETURN SQL_API SQLSetScrollOptions(SQLHSTMT StatementHandle, SQLUSMALLINT Concurrency,
	SQLLEN KeySetSize, SQLUSMALLINT RowSetSize)
{
	struct stmt *s = stmt_enter(StatementHandle, "SQLSetScrollOptions %d %ld %d", Concurrency,
		(long)KeySetSize, RowSetSize);

	return s ? leave(&s->h, SQL_SUCCESS) : SQL_INVALID_HANDLE;
}
