/* SPDX-License-Identifier: MIT */
/* Chapters: catalog functions, and the list of types. */
#include "transcript.h"

#define NAME(x) text(x), SQL_NTS

enum { MOST_ROWS = 60 };

/*
 * The tables that setup() of differential.sh made once for all runs: PostgreSQL shows their object
 * identifiers, which a table made anew would change.
 */
static const char parent[] = "c_parent", child[] = "c_child";

static void show(SQLHSTMT s, SQLRETURN rc)
{
	if (SQL_SUCCEEDED(rc))
		show_result(s, MOST_ROWS);
}

static void tables(SQLHSTMT s)
{
	show(s, CALL_AW(ON_STMT(s), Tables, s, NULL, 0, NULL, 0, NAME(parent), NULL, 0));
	show(s, CALL_AW(ON_STMT(s), Tables, s, NULL, 0, NULL, 0, NAME("c\\_%"), NAME("TABLE")));
	show(s, CALL_AW(ON_STMT(s), Tables, s, NULL, 0, NULL, 0, NAME("c_%"), NAME("'VIEW'")));
	show(s, CALL_AW(ON_STMT(s), Tables, s, NAME(SQL_ALL_CATALOGS), NAME(""), NAME(""),
			NAME("")));
	show(s, CALL_AW(ON_STMT(s), Tables, s, NAME(""), NAME(SQL_ALL_SCHEMAS), NAME(""),
			NAME("")));
	show(s, CALL_AW(ON_STMT(s), Tables, s, NAME(""), NAME(""), NAME(""),
			NAME(SQL_ALL_TABLE_TYPES)));
	show(s, CALL_AW(ON_STMT(s), Tables, s, NULL, 0, NULL, 0, text("c_parent, etc."), 8, NULL,
			0));
	show(s, CALL_AW(ON_STMT(s), Tables, s, NULL, 0, NULL, 0, NAME("no_such_table"), NULL, 0));
	CALL_AW(ON_STMT(s), Tables, s, NULL, 0, NULL, 0, text(parent), -9, NULL, 0);
}

static void columns(SQLHSTMT s)
{
	show(s, CALL_AW(ON_STMT(s), Columns, s, NULL, 0, NULL, 0, NAME(parent), NULL, 0));
	show(s, CALL_AW(ON_STMT(s), Columns, s, NULL, 0, NULL, 0, NAME(child), NAME("p%")));
	show(s, CALL_AW(ON_STMT(s), Columns, s, NULL, 0, NULL, 0, NAME("no_such_table"), NULL, 0));
	show(s, CALL_AW(ON_STMT(s), ColumnPrivileges, s, NULL, 0, NULL, 0, NAME(parent),
			NAME("%")));
	show(s, CALL_AW(ON_STMT(s), TablePrivileges, s, NULL, 0, NULL, 0, NAME(parent)));
}

static void keys(SQLHSTMT s)
{
	show(s, CALL_AW(ON_STMT(s), PrimaryKeys, s, NULL, 0, NULL, 0, NAME(parent)));
	show(s, CALL_AW(ON_STMT(s), PrimaryKeys, s, NULL, 0, NULL, 0, NULL, 0));
	show(s, CALL_AW(ON_STMT(s), ForeignKeys, s, NULL, 0, NULL, 0, NAME(parent), NULL, 0, NULL,
			0, NULL, 0));
	show(s, CALL_AW(ON_STMT(s), ForeignKeys, s, NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL, 0,
			NAME(child)));
	show(s, CALL_AW(ON_STMT(s), ForeignKeys, s, NULL, 0, NULL, 0, NAME(parent), NULL, 0, NULL,
			0, NAME(child)));
	show(s, CALL_AW(ON_STMT(s), Statistics, s, NULL, 0, NULL, 0, NAME(parent), SQL_INDEX_ALL,
			SQL_QUICK));
	show(s, CALL_AW(ON_STMT(s), Statistics, s, NULL, 0, NULL, 0, NAME(child), SQL_INDEX_UNIQUE,
			SQL_ENSURE));
	show(s, CALL_AW(ON_STMT(s), SpecialColumns, s, SQL_BEST_ROWID, NULL, 0, NULL, 0,
			NAME(parent), SQL_SCOPE_SESSION, SQL_NULLABLE));
	show(s, CALL_AW(ON_STMT(s), SpecialColumns, s, SQL_ROWVER, NULL, 0, NULL, 0, NAME(parent),
			SQL_SCOPE_CURROW, SQL_NO_NULLS));
	CALL_AW(ON_STMT(s), SpecialColumns, s, 99, NULL, 0, NULL, 0, NAME(parent), 0, 0);
}

static void procedures(SQLHSTMT s)
{
	show(s, CALL_AW(ON_STMT(s), Procedures, s, NULL, 0, NULL, 0, NAME("c_twice")));
	show(s, CALL_AW(ON_STMT(s), ProcedureColumns, s, NULL, 0, NULL, 0, NAME("c_twice"),
			NAME("%")));
}

void chapter_catalog(void)
{
	struct session session;
	SQLHSTMT s;

	session_open(&session);
	s = statement_new(session.dbc);
	tables(s);
	columns(s);
	keys(s);
	procedures(s);
	/* Names are literal now, not patterns. */
	CALL_AW(ON_STMT(s), SetStmtAttr, s, SQL_ATTR_METADATA_ID, (SQLPOINTER)SQL_TRUE, 0);
	show(s, CALL_AW(ON_STMT(s), Columns, s, NULL, 0, NULL, 0, NAME("C_PARENT"), NAME("ID")));
	statement_free(s);
	session_close(&session);
}

void chapter_typeinfo(void)
{
	static const SQLSMALLINT types[] = {SQL_ALL_TYPES, SQL_CHAR, SQL_VARCHAR, SQL_LONGVARCHAR,
		SQL_WCHAR, SQL_WVARCHAR, SQL_INTEGER, SQL_SMALLINT, SQL_BIGINT, SQL_TINYINT,
		SQL_BIT, SQL_NUMERIC, SQL_DECIMAL, SQL_REAL, SQL_FLOAT, SQL_DOUBLE, SQL_DATE,
		SQL_TIME, SQL_TIMESTAMP, SQL_TYPE_DATE, SQL_TYPE_TIME, SQL_TYPE_TIMESTAMP,
		SQL_BINARY, SQL_VARBINARY, SQL_LONGVARBINARY, SQL_GUID, SQL_INTERVAL_DAY, 12345};
	struct session session;
	SQLHSTMT s;

	session_open(&session);
	s = statement_new(session.dbc);
	for (size_t i = 0; i < array_size(types); i++)
		show(s, CALL_AW(ON_STMT(s), GetTypeInfo, s, (SQLSMALLINT)number(types[i])));
	statement_free(s);
	session_close(&session);
}
