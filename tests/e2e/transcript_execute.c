/* SPDX-License-Identifier: MIT */
/* Chapter: executing statements and describing what they give. */
#include "transcript.h"

/* Every descriptor field that a column may be asked for, ODBC 2's among them. */
static const SQLSMALLINT fields[] = {SQL_COLUMN_COUNT, SQL_COLUMN_NAME, SQL_COLUMN_TYPE,
	SQL_COLUMN_LENGTH, SQL_COLUMN_PRECISION, SQL_COLUMN_SCALE, SQL_COLUMN_DISPLAY_SIZE,
	SQL_COLUMN_NULLABLE, SQL_COLUMN_UNSIGNED, SQL_COLUMN_MONEY, SQL_COLUMN_UPDATABLE,
	SQL_COLUMN_AUTO_INCREMENT, SQL_COLUMN_CASE_SENSITIVE, SQL_COLUMN_SEARCHABLE,
	SQL_COLUMN_TYPE_NAME, SQL_COLUMN_TABLE_NAME, SQL_COLUMN_OWNER_NAME,
	SQL_COLUMN_QUALIFIER_NAME, SQL_COLUMN_LABEL, SQL_DESC_COUNT, SQL_DESC_TYPE, SQL_DESC_LENGTH,
	SQL_DESC_PRECISION, SQL_DESC_SCALE, SQL_DESC_NULLABLE, SQL_DESC_NAME, SQL_DESC_UNNAMED,
	SQL_DESC_OCTET_LENGTH, SQL_DESC_BASE_COLUMN_NAME, SQL_DESC_BASE_TABLE_NAME,
	SQL_DESC_LITERAL_PREFIX, SQL_DESC_LITERAL_SUFFIX, SQL_DESC_LOCAL_TYPE_NAME,
	SQL_DESC_NUM_PREC_RADIX, SQL_DESC_ROWVER, SQL_DESC_DATETIME_INTERVAL_CODE,
	SQL_DESC_DATETIME_INTERVAL_PRECISION, SQL_DESC_PARAMETER_TYPE, 99, 1212, 20000};

static bool is_text_field(SQLSMALLINT field)
{
	switch (field) {
	case SQL_COLUMN_NAME:
	case SQL_COLUMN_TYPE_NAME:
	case SQL_COLUMN_TABLE_NAME:
	case SQL_COLUMN_OWNER_NAME:
	case SQL_COLUMN_QUALIFIER_NAME:
	case SQL_COLUMN_LABEL:
	case SQL_DESC_NAME:
	case SQL_DESC_BASE_COLUMN_NAME:
	case SQL_DESC_BASE_TABLE_NAME:
	case SQL_DESC_LITERAL_PREFIX:
	case SQL_DESC_LITERAL_SUFFIX:
	case SQL_DESC_LOCAL_TYPE_NAME:
		return true;
	default:
		return false;
	}
}

static void show_attributes(SQLHSTMT s, SQLUSMALLINT column)
{
	for (size_t i = 0; i < array_size(fields); i++) {
		/* psqlODBC succeeds and writes nothing. */
		if (app.is_converted && (fields[i] == SQL_DESC_LITERAL_PREFIX ||
						fields[i] == SQL_DESC_LITERAL_SUFFIX))
			continue;
		if (is_text_field(fields[i]))
			CALL_AW(ON_STMT(s), ColAttribute, s, (SQLUSMALLINT)number(column),
				(SQLUSMALLINT)number(fields[i]), out_text("value"), 200,
				out_smallint("length"), NULL);
		else
			CALL_AW(ON_STMT(s), ColAttribute, s, (SQLUSMALLINT)number(column),
				(SQLUSMALLINT)number(fields[i]), NULL, 0, NULL, out_len("value"));
	}
}

static void describe(SQLHSTMT s)
{
	CALL(ON_STMT(s), NumResultCols, s, out_smallint("columns"));
	for (SQLUSMALLINT i = 0; i <= 10; i++)
		CALL_AW(ON_STMT(s), DescribeCol, s, (SQLUSMALLINT)number(i),
			out_text_unless_failed("name"), 128, out_smallint("length"),
			out_smallint("type"), (SQLULEN *)out_len("size"), out_smallint("digits"),
			out_smallint("nullable"));
	CALL_AW(ON_STMT(s), DescribeCol, s, 2, out_text("name"), 3, out_smallint("length"), NULL,
		NULL, NULL, NULL);
	CALL_AW(ON_STMT(s), DescribeCol, s, 2, NULL, 0, out_smallint("length"), NULL, NULL, NULL,
		NULL);
	CALL_AW(ON_STMT(s), ColAttribute, s, 2, SQL_DESC_NAME, out_text("value"), octets(3),
		out_smallint("length"), NULL);
}

static void prepare_and_execute(SQLHSTMT s)
{
	CALL_AW(ON_STMT(s), Prepare, s, text("select * from t_execute order by id"), SQL_NTS);
	CALL(ON_STMT(s), NumParams, s, out_smallint("parameters"));
	describe(s);
	for (SQLUSMALLINT i = 1; i <= 9; i++)
		show_attributes(s, i);
	for (int i = 0; i < 2; i++) {
		CALL(ON_STMT(s), Execute, s);
		CALL(ON_STMT(s), RowCount, s, out_len("rows"));
		show_result(s, 10);
	}
	/* The cursor is open. */
	CALL(ON_STMT(s), Execute, s);
	CALL(ON_STMT(s), Execute, s);
	CALL_AW(ON_STMT(s), Prepare, s, text("select 1"), SQL_NTS);
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
	CALL_AW(ON_STMT(s), Prepare, s, text("select 1"), SQL_NTS);
	CALL(ON_STMT(s), Execute, s);
	CALL(ON_STMT(s), CloseCursor, s);
	CALL(ON_STMT(s), CloseCursor, s);
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
	CALL(ON_STMT(s), FreeStmt, s, SQL_UNBIND);
	CALL(ON_STMT(s), FreeStmt, s, SQL_RESET_PARAMS);
	CALL(ON_STMT(s), FreeStmt, s, 77);
	CALL_AW(ON_STMT(s), Prepare, s, text("select 1; garbage"), 8);
	CALL(ON_STMT(s), Execute, s);
	show_result(s, 3);
}

static void change_rows(SQLHSTMT s)
{
	static const char *const changes[] = {
		"insert into t_execute (id, name) values (50, 'fifty')",
		"update t_execute set small = 5 where id <= 3",
		"update t_execute set small = 5 where id = 1000",
		"delete from t_execute where id = 50",
		"create table t_short (id integer)",
		"drop table t_short",
	};

	for (size_t i = 0; i < array_size(changes); i++) {
		run(s, changes[i]);
		CALL(ON_STMT(s), RowCount, s, out_len("rows"));
		CALL(ON_STMT(s), NumResultCols, s, out_smallint("columns"));
		CALL(ON_STMT(s), Fetch, s);
		CALL(ON_STMT(s), MoreResults, s);
		CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
	}
	show_query(s, "select id, small from t_execute order by id");
}

static void native_sql(SQLHDBC dbc)
{
	static const char *const statements[] = {"select {fn upper('abc')}, {d '2024-02-29'}",
		"select {fn now()}", "select * from {oj a left outer join b on a.x = b.x}",
		"{call p(?, ?)}", "{? = call p(?)}", "select 'a{b}c'", "garbage {", " "};

	/* SQLite's driver writes past the end of what it is given. */
	if (app.dbms == DBMS_SQLITE)
		return;
	for (size_t i = 0; i < array_size(statements); i++)
		CALL_AW(ON_DBC(dbc), NativeSql, dbc, text(statements[i]), SQL_NTS,
			out_text("native"), 500, out_integer("length"));
	CALL_AW(ON_DBC(dbc), NativeSql, dbc, text("select 12345"), SQL_NTS, out_text("native"), 8,
		out_integer("length"));
	CALL_AW(ON_DBC(dbc), NativeSql, dbc, text("select 12345"), 8, out_text("native"), 80,
		out_integer("length"));
}

void chapter_execute(void)
{
	struct session session;
	SQLHSTMT s, other;

	session_open(&session);
	s = statement_new(session.dbc);
	table_make(s, "t_execute", 5);
	prepare_and_execute(s);
	change_rows(s);
	run(s, "select * from t_execute order by id");
	describe(s);
	CALL(ON_STMT(s), FreeStmt, s, SQL_CLOSE);
	/* Escapes are translated on the way. */
	show_query(s, "select {fn ucase('abc')}, {d '2024-02-29'}, {t '12:34:56'}");
	show_query(
		s, "select id from t_execute where stamp > {ts '2024-02-02 00:00:00'} order by id");
	/* Two results open at a time. */
	other = statement_new(session.dbc);
	run(s, "select id from t_execute order by id");
	CALL(ON_STMT(s), Fetch, s);
	run(other, "select name from t_execute order by id");
	CALL(ON_STMT(other), Fetch, other);
	CALL(ON_STMT(s), Fetch, s);
	CALL(ON_STMT(s), GetData, s, 1, SQL_C_CHAR, out_bytes("value"), 20, out_len("length"));
	CALL(ON_STMT(other), GetData, other, 1, SQL_C_CHAR, out_bytes("value"), 20,
		out_len("length"));
	statement_free(other);
	CALL(ON_STMT(s), FreeStmt, s, SQL_DROP);
	native_sql(session.dbc);
	session_close(&session);
}
