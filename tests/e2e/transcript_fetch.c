/* SPDX-License-Identifier: MIT */
/* Chapters: fetching into bound columns, forwards and about. */
#include "transcript.h"

#include <string.h>

enum { ROWS = 3, ROOM = 64 };

static const struct target {
	const char *name;
	SQLSMALLINT type;
} targets[] = {
	{"char", SQL_C_CHAR},
	{"wchar", SQL_C_WCHAR},
	{"short", SQL_C_SSHORT},
	{"ushort", SQL_C_USHORT},
	{"long", SQL_C_SLONG},
	{"ulong", SQL_C_ULONG},
	{"tiny", SQL_C_STINYINT},
	{"utiny", SQL_C_UTINYINT},
	{"sbig", SQL_C_SBIGINT},
	{"ubig", SQL_C_UBIGINT},
	{"float", SQL_C_FLOAT},
	{"double", SQL_C_DOUBLE},
	{"bit", SQL_C_BIT},
	{"binary", SQL_C_BINARY},
	{"date", SQL_C_TYPE_DATE},
	{"time", SQL_C_TYPE_TIME},
	{"timestamp", SQL_C_TYPE_TIMESTAMP},
	{"old date", SQL_C_DATE},
	{"old timestamp", SQL_C_TIMESTAMP},
	{"numeric", SQL_C_NUMERIC},
	{"default", SQL_C_DEFAULT},
	{"unknown", 12345},
};

static unsigned char cells[10][ROWS][ROOM];
static SQLLEN lengths[10][ROWS];
static SQLUSMALLINT status[ROWS];
static SQLULEN fetched;

static void clear_cells(void)
{
	fill(cells, sizeof(cells));
	fill(lengths, sizeof(lengths));
	fill(status, sizeof(status));
	fill(&fetched, sizeof(fetched));
}

static void show_cells(int columns)
{
	show_bytes("status", status, sizeof(status));
	show_bytes("fetched", &fetched, sizeof(fetched));
	for (int c = 1; c <= columns; c++) {
		show_bytes("cells", cells[c], sizeof(cells[c]));
		show_bytes("lengths", lengths[c], sizeof(lengths[c]));
	}
}

/* Every column as every C type, with a row of NULLs at the end. */
static void bind_all_types(SQLHSTMT s)
{
	for (size_t i = 0; i < array_size(targets); i++) {
		say("-- as %s\n", targets[i].name);
		for (SQLUSMALLINT c = 1; c <= 9; c++)
			CALL(ON_STMT(s), BindCol, s, (SQLUSMALLINT)number(c), targets[i].type,
				cells[c][0], ROOM, lengths[c]);
		run(s, "select * from t_fetch where id in (2, 4) order by id");
		for (int row = 0; row < 3; row++) {
			clear_cells();
			CALL(ON_STMT(s), Fetch, s);
			show_cells(9);
		}
		CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
		CALL(ON_STMT(s), FreeStmt, s, SQL_UNBIND);
	}
}

static void bind_name_and_id(SQLHSTMT s)
{
	CALL(ON_STMT(s), BindCol, s, 1, SQL_C_LONG, cells[1][0], sizeof(SQLINTEGER), lengths[1]);
	CALL(ON_STMT(s), BindCol, s, 2, SQL_C_CHAR, cells[2][0], ROOM, lengths[2]);
}

static void fetch_blocks(SQLHSTMT s)
{
	SQLRETURN rc;

	set_number(s, SQL_ATTR_ROW_ARRAY_SIZE, ROWS);
	set_pointer(s, SQL_ATTR_ROW_STATUS_PTR, status);
	set_pointer(s, SQL_ATTR_ROWS_FETCHED_PTR, &fetched);
	bind_name_and_id(s);
	run(s, "select id, name from t_fetch order by id");
	do {
		clear_cells();
		rc = CALL(ON_STMT(s), Fetch, s);
		show_cells(2);
	} while (SQL_SUCCEEDED(rc));
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
	/* Row by row in one struct, shifted by an offset. */
	static struct {
		SQLINTEGER id;
		SQLLEN id_length;
		char name[24];
		SQLLEN name_length;
	} rows[ROWS + 1];
	SQLULEN offset = sizeof(rows[0]);

	fill(rows, sizeof(rows));
	set_number(s, SQL_ATTR_ROW_BIND_TYPE, sizeof(rows[0]));
	set_pointer(s, SQL_ATTR_ROW_BIND_OFFSET_PTR, &offset);
	CALL(ON_STMT(s), BindCol, s, 1, SQL_C_LONG, &rows[0].id, 0, &rows[0].id_length);
	CALL(ON_STMT(s), BindCol, s, 2, SQL_C_CHAR, rows[0].name, 5, &rows[0].name_length);
	run(s, "select id, name from t_fetch order by id");
	CALL(ON_STMT(s), Fetch, s);
	show_bytes("rows", rows, sizeof(rows));
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
	CALL(ON_STMT(s), FreeStmt, s, SQL_UNBIND);
}

static void limits(SQLHSTMT s)
{
	set_number(s, SQL_ATTR_MAX_ROWS, 2);
	show_query(s, "select id from t_fetch order by id");
	set_number(s, SQL_ATTR_MAX_ROWS, 0);
	set_number(s, SQL_ATTR_MAX_LENGTH, 3);
	show_query(s, "select name from t_fetch where id = 1");
	set_number(s, SQL_ATTR_MAX_LENGTH, 0);
	set_number(s, SQL_ATTR_RETRIEVE_DATA, SQL_RD_OFF);
	run(s, "select name from t_fetch where id = 1");
	CALL(ON_STMT(s), Fetch, s);
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
}

void chapter_fetch(void)
{
	struct session session;
	SQLHSTMT s;

	session_open(&session);
	s = statement_new(session.dbc);
	table_make(s, "t_fetch", 8);
	bind_all_types(s);
	fetch_blocks(s);
	statement_free(s);
	s = statement_new(session.dbc);
	limits(s);
	CALL(ON_STMT(s), Fetch, s);
	CALL(ON_STMT(s), BindCol, s, 1, SQL_C_CHAR, NULL, 0, NULL);
	CALL(ON_STMT(s), BindCol, s, 1, SQL_C_CHAR, cells[1][0], -3, NULL);
	CALL(ON_STMT(s), BindCol, s, 100, SQL_C_CHAR, cells[1][0], ROOM, NULL);
	statement_free(s);
	session_close(&session);
}

static void scroll_about(SQLHSTMT s)
{
	static const struct {
		SQLSMALLINT orientation;
		SQLLEN offset;
	} moves[] = {{SQL_FETCH_NEXT, 0}, {SQL_FETCH_NEXT, 0}, {SQL_FETCH_PRIOR, 0},
		{SQL_FETCH_LAST, 0}, {SQL_FETCH_FIRST, 0}, {SQL_FETCH_ABSOLUTE, 5},
		{SQL_FETCH_ABSOLUTE, -2}, {SQL_FETCH_RELATIVE, 1}, {SQL_FETCH_RELATIVE, -2},
		{SQL_FETCH_ABSOLUTE, 100}, {SQL_FETCH_PRIOR, 0}, {SQL_FETCH_ABSOLUTE, 0}, {77, 0}};

	for (size_t i = 0; i < array_size(moves); i++) {
		clear_cells();
		CALL(ON_STMT(s), FetchScroll, s, (SQLSMALLINT)number(moves[i].orientation),
			number(moves[i].offset));
		show_cells(2);
		CALL_AW(ON_STMT(s), GetStmtAttr, s, SQL_ATTR_ROW_NUMBER, out_bytes("row"), 0,
			out_integer("length"));
	}
}

static void extended_fetch(SQLHSTMT s)
{
	static const SQLUSMALLINT moves[] = {
		SQL_FETCH_NEXT, SQL_FETCH_NEXT, SQL_FETCH_FIRST, SQL_FETCH_LAST};
	SQLULEN rows;

	set_number(s, SQL_ROWSET_SIZE, ROWS);
	bind_name_and_id(s);
	run(s, "select id, name from t_scroll order by id");
	for (size_t i = 0; i < array_size(moves); i++) {
		clear_cells();
		fill(&rows, sizeof(rows));
		SQLRETURN rc = CALL(ON_STMT(s), ExtendedFetch, s, (SQLUSMALLINT)number(moves[i]), 0,
			&rows, status);
		/* psqlODBC leaves an address there when it fails. */
		if (SQL_SUCCEEDED(rc))
			show_bytes("rows", &rows, sizeof(rows));
		show_cells(2);
	}
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
}

static void bookmarks(SQLHSTMT s)
{
	static unsigned char bookmark[ROWS][ROOM];
	static SQLLEN bookmark_lengths[ROWS];

	set_number(s, SQL_ATTR_USE_BOOKMARKS, SQL_UB_VARIABLE);
	fill(bookmark, sizeof(bookmark));
	fill(bookmark_lengths, sizeof(bookmark_lengths));
	CALL(ON_STMT(s), BindCol, s, 0, SQL_C_VARBOOKMARK, bookmark, ROOM, bookmark_lengths);
	bind_name_and_id(s);
	run(s, "select id, name from t_scroll order by id");
	clear_cells();
	CALL(ON_STMT(s), FetchScroll, s, SQL_FETCH_ABSOLUTE, 3);
	show_bytes("bookmarks", bookmark, sizeof(bookmark));
	show_bytes("lengths", bookmark_lengths, sizeof(bookmark_lengths));
	show_cells(2);
	CALL(ON_STMT(s), GetData, s, 0, SQL_C_VARBOOKMARK, out_bytes("bookmark"), ROOM,
		out_len("length"));
	set_pointer(s, SQL_ATTR_FETCH_BOOKMARK_PTR, bookmark);
	CALL(ON_STMT(s), FetchScroll, s, SQL_FETCH_FIRST, 0);
	clear_cells();
	CALL(ON_STMT(s), FetchScroll, s, SQL_FETCH_BOOKMARK, 1);
	show_cells(2);
	CALL_AW(ON_STMT(s), ColAttribute, s, 0, SQL_DESC_OCTET_LENGTH, NULL, 0, NULL,
		out_len("value"));
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
	CALL(ON_STMT(s), FreeStmt, s, SQL_UNBIND);
}

void chapter_scroll(void)
{
	static const SQLLEN types[] = {SQL_CURSOR_STATIC, SQL_CURSOR_KEYSET_DRIVEN,
		SQL_CURSOR_DYNAMIC, SQL_CURSOR_FORWARD_ONLY};
	struct session session;
	SQLHSTMT s;

	session_open(&session);
	s = statement_new(session.dbc);
	table_make(s, "t_scroll", 8);
	statement_free(s);
	for (size_t i = 0; i < array_size(types); i++) {
		s = statement_new(session.dbc);
		set_number(s, SQL_ATTR_CURSOR_TYPE, types[i]);
		CALL_AW(ON_STMT(s), GetStmtAttr, s, SQL_ATTR_CURSOR_TYPE, out_bytes("type"), 0,
			out_integer("length"));
		set_number(s, SQL_ATTR_ROW_ARRAY_SIZE, 2);
		set_pointer(s, SQL_ATTR_ROW_STATUS_PTR, status);
		set_pointer(s, SQL_ATTR_ROWS_FETCHED_PTR, &fetched);
		bind_name_and_id(s);
		run(s, "select id, name from t_scroll order by id");
		scroll_about(s);
		statement_free(s);
		s = statement_new(session.dbc);
		set_number(s, SQL_ATTR_CURSOR_TYPE, types[i]);
		extended_fetch(s);
		statement_free(s);
		s = statement_new(session.dbc);
		set_number(s, SQL_ATTR_CURSOR_TYPE, types[i]);
		bookmarks(s);
		statement_free(s);
	}
	s = statement_new(session.dbc);
	set_number(s, SQL_ATTR_CURSOR_SCROLLABLE, SQL_SCROLLABLE);
	set_number(s, SQL_ATTR_CURSOR_SENSITIVITY, SQL_INSENSITIVE);
	CALL(ON_STMT(s), SetScrollOptions, s, SQL_CONCUR_READ_ONLY, SQL_SCROLL_STATIC, 2);
	CALL(ON_STMT(s), SetScrollOptions, s, SQL_CONCUR_READ_ONLY, SQL_SCROLL_FORWARD_ONLY, 1);
	statement_free(s);
	session_close(&session);
}
