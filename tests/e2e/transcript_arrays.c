/* SPDX-License-Identifier: MIT */
/* Chapters: arrays of parameters, and parameters whose data come at execution. */
#include "transcript.h"

#include <stdio.h>
#include <string.h>

enum { ROWS = 5 };

struct row {
	SQLINTEGER id;
	SQLLEN id_length;
	char name[20];
	SQLLEN name_length;
};

static SQLUSMALLINT status[ROWS];
static SQLUSMALLINT operation[ROWS];
static SQLULEN processed;
static SQLULEN offset;

static void execute_array(SQLHSTMT s)
{
	fill(status, sizeof(status));
	fill(&processed, sizeof(processed));
	CALL(ON_STMT(s), Execute, s);
	show_bytes("status", status, sizeof(status));
	show_bytes("processed", &processed, sizeof(processed));
	CALL(ON_STMT(s), RowCount, s, out_len("rows"));
	CALL(ON_STMT(s), MoreResults, s);
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
	show_query(s, "select id, name from t_arrays order by id");
	run(s, "delete from t_arrays");
}

static void prepare(SQLHSTMT s)
{
	CALL_AW(ON_STMT(s), Prepare, s, text("insert into t_arrays (id, name) values (?, ?)"),
		SQL_NTS);
}

static void by_column(SQLHSTMT s)
{
	SQLINTEGER ids[ROWS] = {1, 2, 3, 4, 5};
	SQLLEN id_lengths[ROWS] = {0};
	char names[ROWS][20] = {"one", "two", "three", "four", "five"};
	SQLLEN name_lengths[ROWS] = {SQL_NTS, SQL_NULL_DATA, 3, SQL_NTS, 0};

	set_number(s, SQL_ATTR_PARAM_BIND_TYPE, SQL_PARAM_BIND_BY_COLUMN);
	set_number(s, SQL_ATTR_PARAMSET_SIZE, ROWS);
	set_pointer(s, SQL_ATTR_PARAM_STATUS_PTR, status);
	set_pointer(s, SQL_ATTR_PARAMS_PROCESSED_PTR, &processed);
	prepare(s);
	CALL(ON_STMT(s), BindParameter, s, 1, SQL_PARAM_INPUT, SQL_C_LONG, SQL_INTEGER, 0, 0, ids,
		0, id_lengths);
	CALL(ON_STMT(s), BindParameter, s, 2, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 40, 0,
		names, sizeof(names[0]), name_lengths);
	execute_array(s);
	/* The third one is there already. */
	ids[2] = 1;
	prepare(s);
	execute_array(s);
	ids[2] = 3;
	memcpy(operation, (SQLUSMALLINT[ROWS]){0, SQL_PARAM_IGNORE, 0, SQL_PARAM_IGNORE, 0},
		sizeof(operation));
	set_pointer(s, SQL_ATTR_PARAM_OPERATION_PTR, operation);
	prepare(s);
	execute_array(s);
	set_pointer(s, SQL_ATTR_PARAM_OPERATION_PTR, NULL);
	CALL(ON_STMT(s), FreeStmt, s, SQL_RESET_PARAMS);
}

static void by_row(SQLHSTMT s)
{
	struct row rows[ROWS + 1];

	memset(rows, 0, sizeof(rows));
	for (int i = 0; i <= ROWS; i++) {
		rows[i].id = 10 + i;
		snprintf(rows[i].name, sizeof(rows[i].name), "row %d", i);
		rows[i].name_length = i == 3 ? SQL_NULL_DATA : SQL_NTS;
	}
	set_number(s, SQL_ATTR_PARAM_BIND_TYPE, sizeof(rows[0]));
	offset = sizeof(rows[0]);
	set_pointer(s, SQL_ATTR_PARAM_BIND_OFFSET_PTR, &offset);
	prepare(s);
	CALL(ON_STMT(s), BindParameter, s, 1, SQL_PARAM_INPUT, SQL_C_LONG, SQL_INTEGER, 0, 0,
		&rows[0].id, 0, &rows[0].id_length);
	CALL(ON_STMT(s), BindParameter, s, 2, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 40, 0,
		rows[0].name, sizeof(rows[0].name), &rows[0].name_length);
	execute_array(s);
	set_pointer(s, SQL_ATTR_PARAM_BIND_OFFSET_PTR, NULL);
	CALL(ON_STMT(s), FreeStmt, s, SQL_RESET_PARAMS);
	set_number(s, SQL_ATTR_PARAM_BIND_TYPE, SQL_PARAM_BIND_BY_COLUMN);
	set_number(s, SQL_ATTR_PARAMSET_SIZE, 1);
	set_pointer(s, SQL_ATTR_PARAM_STATUS_PTR, NULL);
	set_pointer(s, SQL_ATTR_PARAMS_PROCESSED_PTR, NULL);
}

static void the_odbc2_way(SQLHSTMT s)
{
	SQLINTEGER ids[3] = {21, 22, 23};
	SQLLEN lengths[3] = {0};
	SQLULEN row;

	fill(&row, sizeof(row));
	CALL(ON_STMT(s), ParamOptions, s, 3, &row);
	CALL_AW(ON_STMT(s), Prepare, s, text("insert into t_arrays (id) values (?)"), SQL_NTS);
	CALL(ON_STMT(s), BindParameter, s, 1, SQL_PARAM_INPUT, SQL_C_LONG, SQL_INTEGER, 0, 0, ids,
		0, lengths);
	execute_array(s);
	show_bytes("row", &row, sizeof(row));
}

void chapter_arrays(void)
{
	struct session session;
	SQLHSTMT s;

	session_open(&session);
	s = statement_new(session.dbc);
	table_make(s, "t_arrays", 0);
	by_column(s);
	by_row(s);
	statement_free(s);
	s = statement_new(session.dbc);
	the_odbc2_way(s);
	statement_free(s);
	session_close(&session);
}

static char piece[] = "some text, ";

static SQLRETURN next_parameter(SQLHSTMT s, SQLPOINTER *token)
{
	SQLRETURN rc;

	*token = NULL;
	rc = CALL(ON_STMT(s), ParamData, s, token);
	say("\ttoken %ld\n", (long)(intptr_t)*token);
	return rc;
}

static void put_pieces(SQLHSTMT s)
{
	SQLPOINTER token;

	while (next_parameter(s, &token) == SQL_NEED_DATA) {
		CALL(ON_STMT(s), PutData, s, piece, sizeof(piece) - 1);
		CALL(ON_STMT(s), PutData, s, piece, 4);
	}
}

static void put_null(SQLHSTMT s)
{
	SQLPOINTER token;

	while (next_parameter(s, &token) == SQL_NEED_DATA)
		CALL(ON_STMT(s), PutData, s, piece, SQL_NULL_DATA);
}

static void put_oddly(SQLHSTMT s)
{
	SQLPOINTER token;

	next_parameter(s, &token);
	/* SQLite's driver crashes on a piece of zero bytes, and on one that follows NULL. */
	if (app.dbms != DBMS_SQLITE) {
		CALL(ON_STMT(s), PutData, s, piece, 0);
		CALL(ON_STMT(s), PutData, s, piece, SQL_NULL_DATA);
	}
	CALL(ON_STMT(s), PutData, s, piece, 3);
	CALL(ON_STMT(s), PutData, s, piece, -44);
	CALL(ON_STMT(s), Cancel, s);
}

static void bind_late(SQLHSTMT s, SQLLEN *lengths)
{
	static SQLINTEGER id;

	id++;
	CALL(ON_STMT(s), BindParameter, s, 1, SQL_PARAM_INPUT, SQL_C_LONG, SQL_INTEGER, 0, 0, &id,
		0, NULL);
	CALL(ON_STMT(s), BindParameter, s, 2, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 40, 0,
		(SQLPOINTER)2, 0, &lengths[0]);
	CALL(ON_STMT(s), BindParameter, s, 3, SQL_PARAM_INPUT, SQL_C_BINARY, SQL_VARBINARY, 200, 0,
		(SQLPOINTER)3, 0, &lengths[1]);
}

void chapter_at_execution(void)
{
	static const char insert[] = "insert into t_late (id, name, data) values (?, ?, ?)";
	SQLLEN lengths[2] = {SQL_LEN_DATA_AT_EXEC(15), SQL_DATA_AT_EXEC};
	struct session session;
	SQLHSTMT s;

	session_open(&session);
	s = statement_new(session.dbc);
	table_make(s, "t_late", 0);
	bind_late(s, lengths);
	run(s, insert);
	put_pieces(s);
	CALL_AW(ON_STMT(s), Prepare, s, text(insert), SQL_NTS);
	bind_late(s, lengths);
	CALL(ON_STMT(s), Execute, s);
	put_null(s);
	bind_late(s, lengths);
	CALL(ON_STMT(s), Execute, s);
	put_oddly(s);
	/* What may not be called in between, and giving up. */
	bind_late(s, lengths);
	CALL(ON_STMT(s), Execute, s);
	CALL(ON_STMT(s), Execute, s);
	CALL(ON_STMT(s), Fetch, s);
	CALL(ON_STMT(s), PutData, s, "x", 1);
	CALL(ON_DBC(session.dbc), EndTran, SQL_HANDLE_DBC, session.dbc, SQL_COMMIT);
	CALL(ON_DBC(session.dbc), Disconnect, session.dbc);
	CALL(ON_STMT(s), Cancel, s);
	CALL(ON_STMT(s), FreeStmt, s, SQL_RESET_PARAMS);
	show_query(s, "select id, name, data from t_late order by id");
	CALL(ON_STMT(s), PutData, s, "x", 1);
	statement_free(s);
	session_close(&session);
}
