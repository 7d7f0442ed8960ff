/* SPDX-License-Identifier: MIT */
#include "driver/query.h"

#include "base/utf16.h"
#include "driver/records.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 9
#define TEXT_MAX 4096

static SQLRETURN execute(struct session *s, SQLHSTMT h, const char *sql)
{
	const struct calls *c = s->calls;

	if (!s->is_wide && c->ExecDirect)
		return c->ExecDirect(h, (SQLCHAR *)sql, SQL_NTS);
	if (!c->ExecDirectW)
		return c->ExecDirect ? c->ExecDirect(h, (SQLCHAR *)sql, SQL_NTS) : SQL_ERROR;

	struct buffer wide = BUFFER_EMPTY;
	utf8_to_utf16(&wide, sql, strlen(sql) + 1);
	SQLRETURN rc = wide.failed ? SQL_ERROR : c->ExecDirectW(h, (SQLWCHAR *)wide.data, SQL_NTS);
	buffer_done(&wide);
	return rc;
}

/* A column as text in `to`; *ret_text is NULL for SQL NULL. */
static bool get_column(struct session *s, SQLHSTMT h, SQLUSMALLINT number, struct buffer *to,
	const char **ret_text)
{
	SQLWCHAR raw[TEXT_MAX];
	SQLLEN len = 0;
	SQLRETURN rc = s->calls->GetData(h, number, s->is_wide ? SQL_C_WCHAR : SQL_C_CHAR, raw,
		s->is_wide ? sizeof(raw) : TEXT_MAX, &len);

	if (!SQL_SUCCEEDED(rc))
		return false;
	*ret_text = NULL;
	if (len == SQL_NULL_DATA)
		return true;
	if (s->is_wide)
		utf16_to_utf8(to, raw, utf16_len(raw));
	else
		buffer_append_str(to, (const char *)raw);
	*ret_text = buffer_str(to);
	return !to->failed;
}

static bool give_row(struct session *s, SQLHSTMT h, unsigned count, query_row *row, void *arg)
{
	struct buffer texts[COLUMNS_MAX] = {BUFFER_EMPTY};
	const char *columns[COLUMNS_MAX] = {NULL};
	bool ok = true;

	for (unsigned i = 0; i < count && ok; i++)
		ok = get_column(s, h, (SQLUSMALLINT)(i + 1), &texts[i], &columns[i]);
	if (ok)
		row(arg, columns, count);
	for (unsigned i = 0; i < count; i++)
		buffer_done(&texts[i]);
	return ok;
}

/* A result without columns has no rows to read. */
static bool read_result(struct session *s, SQLHSTMT h, query_row *row, void *arg)
{
	SQLSMALLINT count = 0;
	SQLRETURN rc = SQL_NO_DATA;

	if (!s->calls->NumResultCols || !SQL_SUCCEEDED(s->calls->NumResultCols(h, &count)))
		return false;
	if (count > COLUMNS_MAX)
		count = COLUMNS_MAX;
	while (count > 0 && SQL_SUCCEEDED(rc = s->calls->Fetch(h)))
		if (!give_row(s, h, (unsigned)count, row, arg))
			return false;
	return rc == SQL_NO_DATA;
}

/* All results of a text with several statements: an error may come with any of them. */
static bool read_results(struct session *s, SQLHSTMT h, query_row *row, void *arg)
{
	SQLRETURN rc;

	do {
		if (row && !read_result(s, h, row, arg))
			return false;
		rc = s->calls->MoreResults ? s->calls->MoreResults(h) : SQL_NO_DATA;
	} while (SQL_SUCCEEDED(rc));
	return rc == SQL_NO_DATA;
}

/*
 * MariaDB's driver (3.1.15) crashes when it is given another statement after one that lost the
 * connection. Before the socket is known only the diagnostics tell.
 */
static void note_loss(struct session *s, const struct diag *records)
{
	enum socket_state state = socket_poll(&s->socket);

	s->looks_dead |= strncmp(diag_sqlstate(records), "08", 2) == 0 ||
			 (s->socket.fd >= 0 && state != SOCKET_QUIET);
}

static void note_failure(struct session *s, SQLHSTMT h, struct diag *reterr)
{
	struct diag records = DIAG_EMPTY;

	records_read(s->calls, SQL_HANDLE_STMT, h, &records);
	note_loss(s, &records);
	if (reterr)
		diag_add_all(reterr, &records);
	diag_clear(&records);
}

/*
 * A statement is kept from one query to the next: to make one and to free it costs the drivers
 * about half of what it costs to run a short text.
 */
static bool take_statement(struct session *s, SQLHSTMT *ret_stmt)
{
	*ret_stmt = s->own_stmt;
	s->own_stmt = SQL_NULL_HSTMT;
	return *ret_stmt ||
	       SQL_SUCCEEDED(s->calls->AllocHandle(SQL_HANDLE_STMT, s->hdbc, ret_stmt));
}

/* Nobody knows what a driver keeps of one that failed. */
static void put_statement(struct session *s, SQLHSTMT h, bool is_well)
{
	if (is_well && !s->own_stmt && s->calls->FreeStmt &&
		SQL_SUCCEEDED(s->calls->FreeStmt(h, SQL_CLOSE)))
		s->own_stmt = h;
	else
		s->calls->FreeHandle(SQL_HANDLE_STMT, h);
}

static bool run(struct session *s, const char *sql, query_row *row, void *arg, struct diag *reterr)
{
	SQLHSTMT h;

	lock_assert_none_held();
	if (s->looks_dead || !take_statement(s, &h))
		return false;
	SQLRETURN rc = execute(s, h, sql);
	/* A statement without rows may say SQL_NO_DATA (ODBC 3: an UPDATE that found none). */
	bool ok = SQL_SUCCEEDED(rc) || rc == SQL_NO_DATA;
	if (ok)
		ok = read_results(s, h, row, arg);
	if (!ok)
		note_failure(s, h, reterr);
	put_statement(s, h, ok);
	return ok;
}

bool query_rows(struct session *s, const char *sql, query_row *row, void *arg)
{
	return run(s, sql, row, arg, NULL);
}

bool query_run(struct session *s, const char *sql)
{
	return run(s, sql, NULL, NULL, NULL);
}

bool query_run_reporting(struct session *s, const char *sql, struct diag *reterr)
{
	return run(s, sql, NULL, NULL, reterr);
}

static void keep_first(void *arg, const char *const *columns, unsigned count)
{
	char **to = arg;

	if (!*to && count > 0 && columns[0])
		*to = strdup(columns[0]);
}

char *query_text(struct session *s, const char *sql)
{
	char *text = NULL;

	if (query_rows(s, sql, keep_first, &text))
		return text;
	free(text);
	return NULL;
}

void query_add_literal(struct buffer *to, const char *text)
{
	buffer_append_char(to, '\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			buffer_append_char(to, *text);
		buffer_append_char(to, *text);
	}
	buffer_append_char(to, '\'');
}
