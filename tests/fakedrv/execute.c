/* SPDX-License-Identifier: MIT */
/* What the texts of statements do: see fakedrv.h for the language. */
#include "fakedrv/internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t\n");
}

/* To the first of `ends` outside quotes, or the end of the text. */
static const char *find_end(const char *p, const char *ends)
{
	bool is_quoted = false;

	for (; *p && (is_quoted || !strchr(ends, *p)); p++)
		if (*p == '\'')
			is_quoted = !is_quoted;
	return p;
}

/* False: SQL NULL. */
static bool parameter_value(struct stmt *s, SQLSMALLINT number, SQLULEN set, struct buffer *to)
{
	const struct desc *apd = s->desc[DESC_APP_PARAM];
	const struct desc_record *r = desc_record(s->desc[DESC_APP_PARAM], number);
	SQLLEN shift = apd->bind_offset ? *apd->bind_offset : 0, len = SQL_NTS;

	if (!r)
		return false;
	if (s->put && s->put[number - 1].data) {
		buffer_append(to, s->put[number - 1].data, s->put[number - 1].len);
		return true;
	}
	size_t step = apd->bind_type ? apd->bind_type : value_size(r->type, r->octet_length);
	size_t len_step = apd->bind_type ? apd->bind_type : sizeof(SQLLEN);
	if (r->octet_length_ptr)
		len = *(SQLLEN *)((char *)r->octet_length_ptr + shift + set * len_step);
	if (len == SQL_NULL_DATA || s->put || !r->data)
		return false;
	return value_in(to, r->type, (const char *)r->data + shift + set * step, len);
}

/* One item of a select list into its cell. */
static bool item_value(struct stmt *s, const char *item, size_t len, SQLULEN set, size_t column)
{
	struct buffer value = BUFFER_EMPTY;
	bool is_set = true;

	while (len && isspace((unsigned char)item[len - 1]))
		len--;
	if (len == 4 && strncasecmp(item, "null", 4) == 0) {
		is_set = false;
	} else if (len == 1 && *item == '?') {
		is_set = parameter_value(s, s->next_parameter++, set, &value);
	} else if (len > 5 && strncasecmp(item, "long ", 5) == 0) {
		for (long n = strtol(item + 5, NULL, 10), i = 0; i < n; i++)
			buffer_append_char(&value, (char)('a' + i % 26));
	} else if (len >= 2 && *item == '\'') {
		buffer_append(&value, item + 1, len - 2);
	} else {
		buffer_append(&value, item, len);
	}
	if (is_set)
		result_set_cell(s, set, column, buffer_str(&value), value.len);
	bool is_whole = !value.failed;
	buffer_done(&value);
	return is_whole;
}

static SQLRETURN run_select(struct stmt *s, const char *list)
{
	SQLULEN sets = strchr(list, '?') ? s->desc[DESC_APP_PARAM]->array_size : 1;
	SQLSMALLINT first_parameter = s->next_parameter;
	size_t columns = 1;

	for (const char *p = find_end(list, ","); *p; p = find_end(p + 1, ","))
		columns++;
	if (!result_alloc(s, columns, sets))
		return SQL_ERROR;
	s->h.diag.function = "SELECT CURSOR";
	for (SQLULEN set = 0; set < sets; set++) {
		const char *item = list;
		s->next_parameter = first_parameter;
		for (size_t column = 0; column < columns; column++) {
			const char *end = find_end(item, ",");
			item = skip_blanks(item);
			if (!item_value(s, item, (size_t)(end - item), set, column))
				return diag_post(&s->h, "HY001", 0, "no memory");
			item = end + 1;
		}
	}
	s->row_count = (SQLLEN)sets;
	return SQL_SUCCESS;
}

static SQLRETURN run_rows(struct stmt *s, const char *arguments)
{
	size_t rows = (size_t)strtoul(arguments, NULL, 10);
	struct desc *ird = s->desc[DESC_IMP_ROW];
	char text[32];

	if (!result_alloc(s, 2, rows))
		return SQL_ERROR;
	s->h.diag.function = "SELECT CURSOR";
	strcpy(ird->records[0].name, "n");
	strcpy(ird->records[1].name, "t");
	for (size_t row = 0; row < rows; row++) {
		snprintf(text, sizeof(text), "row %zu", row + 1);
		result_set_cell(s, row, 0, text + 4, strlen(text + 4));
		result_set_cell(s, row, 1, text, strlen(text));
	}
	s->row_count = (SQLLEN)rows;
	return SQL_SUCCESS;
}

static SQLRETURN run_update(struct stmt *s, const char *arguments)
{
	s->row_count = strtol(arguments, NULL, 10);
	return SQL_SUCCESS;
}

static SQLRETURN run_wait(struct stmt *s, const char *arguments)
{
	long limit_ms = (long)stmt_number_attr(s, SQL_ATTR_QUERY_TIMEOUT) * 1000;

	(void)arguments;
	s->is_waiting = true;
	enum gate_result result = gate_wait(s->h.conn, limit_ms, &s->is_cancelled);
	s->is_waiting = false;
	switch (result) {
	case GATE_RELEASED:
		return SQL_SUCCESS;
	case GATE_CANCELLED:
		return diag_post(&s->h, "HY008", 0, "cancelled");
	case GATE_TIMED_OUT:
		return diag_post(&s->h, "HYT00", 0, "query timeout expired");
	case GATE_DEAD:
		conn_is_lost(&s->h);
		return SQL_ERROR;
	}
	return SQL_ERROR;
}

static SQLRETURN run_fail(struct stmt *s, const char *arguments)
{
	char state[6] = "HY000";
	int native = 0, end = 0;

	sscanf(arguments, "%5s %d %n", state, &native, &end);
	diag_post(&s->h, state, native, "%s", arguments + end);
	return SQL_ERROR;
}

static SQLRETURN run_warn(struct stmt *s, const char *arguments)
{
	run_fail(s, arguments);
	return SQL_SUCCESS_WITH_INFO;
}

static SQLRETURN run_fail_row(struct stmt *s, const char *arguments)
{
	char state[6] = "HY000";
	int native = 0, end = 0, column = 0;
	long row = 0;

	sscanf(arguments, "%5s %d %ld %d %n", state, &native, &row, &column, &end);
	diag_post(&s->h, state, native, "%s", arguments + end);
	if (diag_last(&s->h)) {
		diag_last(&s->h)->row = row;
		diag_last(&s->h)->column = column;
	}
	return SQL_ERROR;
}

static SQLRETURN run_die(struct stmt *s, const char *arguments)
{
	(void)arguments;
	conn_kill(s->h.conn);
	conn_is_lost(&s->h);
	return SQL_ERROR;
}

static SQLRETURN run_begin(struct stmt *s, const char *arguments)
{
	(void)arguments;
	s->h.conn->in_transaction = true;
	return SQL_SUCCESS;
}

static SQLRETURN run_end(struct stmt *s, const char *arguments)
{
	(void)arguments;
	s->h.conn->in_transaction = false;
	return SQL_SUCCESS;
}

static const struct {
	const char *word;
	SQLRETURN (*run)(struct stmt *s, const char *arguments);
} verbs[] = {
	{"select", run_select},
	{"rows", run_rows},
	{"update", run_update},
	{"wait", run_wait},
	{"fail", run_fail},
	{"warn", run_warn},
	{"failrow", run_fail_row},
	{"die", run_die},
	{"begin", run_begin},
	{"commit", run_end},
	{"rollback", run_end},
};

static SQLRETURN run_part(struct stmt *s, const char *part)
{
	size_t len = strcspn(part, " \t\n");

	for (size_t i = 0; i < array_size(verbs); i++)
		if (strlen(verbs[i].word) == len && strncasecmp(part, verbs[i].word, len) == 0)
			return verbs[i].run(s, skip_blanks(part + len));
	return SQL_SUCCESS;
}

/* Arrays of parameters succeed or fail as a whole. */
static void report_parameters(struct stmt *s, SQLRETURN rc)
{
	const struct desc *ipd = s->desc[DESC_IMP_PARAM];
	SQLULEN sets = s->desc[DESC_APP_PARAM]->array_size;

	if (ipd->rows_processed)
		*ipd->rows_processed = sets;
	for (SQLULEN i = 0; ipd->array_status && i < sets; i++)
		ipd->array_status[i] = SQL_SUCCEEDED(rc) ? SQL_PARAM_SUCCESS : SQL_PARAM_ERROR;
}

SQLRETURN stmt_run_next(struct stmt *s)
{
	struct conn *c = s->h.conn;
	const char *begin = skip_blanks(s->rest), *end = find_end(begin, ";");
	char *part = strndup(begin, (size_t)(end - begin));

	if (!part)
		return diag_post(&s->h, "HY001", 0, "no memory");
	s->rest = *end && *skip_blanks(end + 1) ? end + 1 : NULL;
	s->row_count = 0;
	if (conn_number_attr(c, SQL_ATTR_AUTOCOMMIT) == SQL_AUTOCOMMIT_OFF)
		c->in_transaction = true;
	SQLRETURN rc = run_part(s, part);
	free(part);
	report_parameters(s, rc);
	s->h.diag.row_count = s->row_count;
	return rc;
}

SQLRETURN stmt_catalog(SQLHSTMT h, const char *function, int count, char **args, enum width w)
{
	struct stmt *s = stmt_enter(h, "%s%s", function, w == WIDE ? " W" : "");
	SQLRETURN rc = SQL_INVALID_HANDLE;

	if (!s)
		goto out;
	rc = SQL_ERROR;
	if (stmt_is_busy(s) || conn_is_lost(&s->h))
		goto leave;
	if (s->is_open) {
		rc = diag_post(&s->h, "24000", 0, "a cursor is open");
		goto leave;
	}
	if (!result_alloc(s, (size_t)count + 1, 1))
		goto leave;
	result_set_cell(s, 0, 0, function, strlen(function));
	for (int i = 0; i < count; i++)
		if (args[i])
			result_set_cell(s, 0, (size_t)i + 1, args[i], strlen(args[i]));
	s->rest = NULL;
	s->row_count = 1;
	rc = SQL_SUCCESS;
leave:
	leave(&s->h, rc);
out:
	for (int i = 0; i < count; i++)
		free(args[i]);
	return rc;
}
