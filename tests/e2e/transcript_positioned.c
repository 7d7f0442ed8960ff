/* SPDX-License-Identifier: MIT */
/* Chapter: cursor names, and changes by way of a cursor. */
#include "transcript.h"

#include <stdio.h>
#include <string.h>

enum { ROWS = 3 };

static struct {
	SQLINTEGER id[ROWS + 1];
	SQLLEN id_length[ROWS + 1];
	char name[ROWS + 1][24];
	SQLLEN name_length[ROWS + 1];
	SQLUSMALLINT status[ROWS + 1];
	unsigned char bookmark[ROWS + 1][32];
	SQLLEN bookmark_length[ROWS + 1];
} rowset;

static void show_rowset(void)
{
	show_bytes("id", rowset.id, sizeof(rowset.id));
	show_bytes("id length", rowset.id_length, sizeof(rowset.id_length));
	show_bytes("name", rowset.name, sizeof(rowset.name));
	show_bytes("name length", rowset.name_length, sizeof(rowset.name_length));
	show_bytes("status", rowset.status, sizeof(rowset.status));
}

static SQLHSTMT open_rowset(SQLHDBC dbc, SQLLEN cursor_type, SQLLEN concurrency)
{
	SQLHSTMT s = statement_new(dbc);

	fill(&rowset, sizeof(rowset));
	set_number(s, SQL_ATTR_CURSOR_TYPE, cursor_type);
	set_number(s, SQL_ATTR_CONCURRENCY, concurrency);
	set_number(s, SQL_ATTR_USE_BOOKMARKS, SQL_UB_VARIABLE);
	set_number(s, SQL_ATTR_ROW_ARRAY_SIZE, ROWS);
	CALL_AW(ON_STMT(s), SetStmtAttr, s, SQL_ATTR_ROW_STATUS_PTR, rowset.status, SQL_IS_POINTER);
	CALL(ON_STMT(s), BindCol, s, 0, SQL_C_VARBOOKMARK, rowset.bookmark[0],
		sizeof(rowset.bookmark[0]), rowset.bookmark_length);
	CALL(ON_STMT(s), BindCol, s, 1, SQL_C_LONG, rowset.id, 0, rowset.id_length);
	CALL(ON_STMT(s), BindCol, s, 2, SQL_C_CHAR, rowset.name[0], sizeof(rowset.name[0]),
		rowset.name_length);
	run(s, "select id, name from t_positioned order by id");
	CALL(ON_STMT(s), FetchScroll, s, SQL_FETCH_NEXT, 0);
	show_rowset();
	return s;
}

static void set_row(int i, SQLINTEGER id, const char *name)
{
	rowset.id[i] = id;
	rowset.id_length[i] = 0;
	snprintf(rowset.name[i], sizeof(rowset.name[i]), "%s", name);
	rowset.name_length[i] = SQL_NTS;
}

static void set_position(SQLHDBC dbc, SQLHSTMT look)
{
	SQLHSTMT s = open_rowset(dbc, SQL_CURSOR_KEYSET_DRIVEN, SQL_CONCUR_ROWVER);

	CALL(ON_STMT(s), SetPos, s, 2, SQL_POSITION, SQL_LOCK_NO_CHANGE);
	CALL(ON_STMT(s), GetData, s, 2, SQL_C_CHAR, out_bytes("value"), 30, out_len("length"));
	CALL(ON_STMT(s), SetPos, s, 1, SQL_REFRESH, SQL_LOCK_NO_CHANGE);
	set_row(1, rowset.id[1], "updated");
	CALL(ON_STMT(s), SetPos, s, 2, SQL_UPDATE, SQL_LOCK_NO_CHANGE);
	show_rowset();
	CALL(ON_STMT(s), SetPos, s, 3, SQL_DELETE, SQL_LOCK_NO_CHANGE);
	set_row(0, 70, "added");
	CALL(ON_STMT(s), SetPos, s, 1, SQL_ADD, SQL_LOCK_NO_CHANGE);
	CALL(ON_STMT(s), SetPos, s, 99, SQL_POSITION, SQL_LOCK_NO_CHANGE);
	CALL(ON_STMT(s), SetPos, s, 1, 99, SQL_LOCK_NO_CHANGE);
	CALL(ON_STMT(s), SetPos, s, 1, SQL_POSITION, SQL_LOCK_EXCLUSIVE);
	show_rowset();
	statement_free(s);
	show_query(look, "select id, name from t_positioned order by id");
}

static void bulk(SQLHDBC dbc, SQLHSTMT look)
{
	SQLHSTMT s = open_rowset(dbc, SQL_CURSOR_KEYSET_DRIVEN, SQL_CONCUR_ROWVER);

	for (int i = 0; i < ROWS; i++)
		set_row(i, 80 + i, "bulk");
	CALL(ON_STMT(s), BulkOperations, s, SQL_ADD);
	show_rowset();
	CALL(ON_STMT(s), FetchScroll, s, SQL_FETCH_FIRST, 0);
	for (int i = 0; i < ROWS; i++)
		set_row(i, rowset.id[i], "by bookmark");
	CALL(ON_STMT(s), BulkOperations, s, SQL_UPDATE_BY_BOOKMARK);
	CALL(ON_STMT(s), BulkOperations, s, SQL_FETCH_BY_BOOKMARK);
	show_rowset();
	set_number(s, SQL_ATTR_ROW_ARRAY_SIZE, 1);
	CALL(ON_STMT(s), BulkOperations, s, SQL_DELETE_BY_BOOKMARK);
	CALL(ON_STMT(s), BulkOperations, s, 99);
	statement_free(s);
	show_query(look, "select id, name from t_positioned order by id");
}

static void names(SQLHDBC dbc)
{
	SQLHSTMT s = statement_new(dbc), other = statement_new(dbc);

	CALL_AW(ON_STMT(s), GetCursorName, s, out_text("name"), 100, out_smallint("length"));
	CALL_AW(ON_STMT(s), SetCursorName, s, text("c_first"), SQL_NTS);
	CALL_AW(ON_STMT(s), GetCursorName, s, out_text("name"), 100, out_smallint("length"));
	CALL_AW(ON_STMT(s), GetCursorName, s, out_text("name"), 4, out_smallint("length"));
	CALL_AW(ON_STMT(s), GetCursorName, s, NULL, 0, out_smallint("length"));
	CALL_AW(ON_STMT(s), GetCursorName, s, out_text("name"), 100, NULL);
	CALL_AW(ON_STMT(other), SetCursorName, other, text("c_first"), SQL_NTS);
	CALL_AW(ON_STMT(other), SetCursorName, other, text("c_second, and more"), 8);
	CALL_AW(ON_STMT(other), GetCursorName, other, out_text("name"), 100,
		out_smallint("length"));
	CALL_AW(ON_STMT(other), SetCursorName, other, NULL, SQL_NTS);
	CALL_AW(ON_STMT(other), SetCursorName, other, text("x"), -8);
	run(s, "select id, name from t_positioned order by id");
	CALL_AW(ON_STMT(s), SetCursorName, s, text("c_late"), SQL_NTS);
	statement_free(s);
	statement_free(other);
}

static void where_current_of(SQLHDBC dbc, SQLHSTMT look)
{
	SQLHSTMT s = statement_new(dbc), other = statement_new(dbc);

	set_number(s, SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC);
	set_number(s, SQL_ATTR_CONCURRENCY, SQL_CONCUR_ROWVER);
	CALL_AW(ON_STMT(s), SetCursorName, s, text("c_here"), SQL_NTS);
	run(s, "select id, name from t_positioned order by id");
	CALL(ON_STMT(s), Fetch, s);
	CALL(ON_STMT(s), Fetch, s);
	run(other, "update t_positioned set name = 'here' where current of c_here");
	CALL(ON_STMT(other), RowCount, other, out_len("rows"));
	run(other, "delete from t_positioned where current of c_nowhere");
	statement_free(other);
	statement_free(s);
	show_query(look, "select id, name from t_positioned order by id");
}

void chapter_positioned(void)
{
	struct session session;
	SQLHSTMT look;

	session_open(&session);
	look = statement_new(session.dbc);
	table_make(look, "t_positioned", 7);
	names(session.dbc);
	set_position(session.dbc, look);
	bulk(session.dbc, look);
	where_current_of(session.dbc, look);
	statement_free(look);
	session_close(&session);
}
