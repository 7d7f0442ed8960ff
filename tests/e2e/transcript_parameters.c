/* SPDX-License-Identifier: MIT */
/* Chapter: parameters of every C type, in and out. */
#include "transcript.h"

#include <stdio.h>
#include <string.h>

static char c_char[] = "  1234 ";
/* Room for whatever a driver takes the default of a type to be. */
static char c_default[64] = "2024-02-29";
static SQLWCHAR c_wide[] = {'5', '6', 0x20AC, 0};
static SQLSMALLINT c_short = -1234;
static SQLINTEGER c_long = 123456;
static SQLCHAR c_tiny = 200;
static SQLBIGINT c_big = 1234567890123LL;
static float c_float = 2.5F;
static double c_double = -0.125;
static unsigned char c_bit = 1;
static unsigned char c_binary[] = {0, 1, 0xFF, 0x7F, 'a'};
static DATE_STRUCT c_date = {2024, 2, 29};
static TIME_STRUCT c_time = {23, 59, 58};
static TIMESTAMP_STRUCT c_stamp = {2024, 2, 29, 1, 2, 3, 123000000};
static SQL_NUMERIC_STRUCT c_numeric = {7, 2, 1, {0x39, 0x30}};
static SQLGUID c_guid = {0x01234567, 0x89AB, 0xCDEF, {1, 2, 3, 4, 5, 6, 7, 8}};
static SQL_INTERVAL_STRUCT c_interval = {SQL_IS_DAY, SQL_TRUE, {.day_second = {5, 0, 0, 0, 0}}};

static const struct value {
	const char *name;
	SQLSMALLINT type;
	void *data;
	SQLLEN size;
} values[] = {
	{"char", SQL_C_CHAR, c_char, SQL_NTS},
	{"wchar", SQL_C_WCHAR, c_wide, SQL_NTS},
	{"short", SQL_C_SHORT, &c_short, 0},
	{"sshort", SQL_C_SSHORT, &c_short, 0},
	{"ushort", SQL_C_USHORT, &c_short, 0},
	{"long", SQL_C_LONG, &c_long, 0},
	{"slong", SQL_C_SLONG, &c_long, 0},
	{"ulong", SQL_C_ULONG, &c_long, 0},
	{"tiny", SQL_C_TINYINT, &c_tiny, 0},
	{"stiny", SQL_C_STINYINT, &c_tiny, 0},
	{"utiny", SQL_C_UTINYINT, &c_tiny, 0},
	{"sbig", SQL_C_SBIGINT, &c_big, 0},
	{"ubig", SQL_C_UBIGINT, &c_big, 0},
	{"float", SQL_C_FLOAT, &c_float, 0},
	{"double", SQL_C_DOUBLE, &c_double, 0},
	{"bit", SQL_C_BIT, &c_bit, 0},
	{"binary", SQL_C_BINARY, c_binary, sizeof(c_binary)},
	{"date", SQL_C_DATE, &c_date, 0},
	{"type-date", SQL_C_TYPE_DATE, &c_date, 0},
	{"time", SQL_C_TIME, &c_time, 0},
	{"type-time", SQL_C_TYPE_TIME, &c_time, 0},
	{"timestamp", SQL_C_TIMESTAMP, &c_stamp, 0},
	{"type-timestamp", SQL_C_TYPE_TIMESTAMP, &c_stamp, 0},
	{"numeric", SQL_C_NUMERIC, &c_numeric, 0},
	{"guid", SQL_C_GUID, &c_guid, 0},
	{"interval", SQL_C_INTERVAL_DAY, &c_interval, 0},
	{"default", SQL_C_DEFAULT, c_default, SQL_NTS},
	{"unknown", 12345, c_default, SQL_NTS},
};

static const struct column {
	const char *name;
	SQLSMALLINT type;
	SQLULEN size;
	SQLSMALLINT digits;
} columns[] = {
	{"name", SQL_VARCHAR, 40, 0},
	{"name", SQL_WVARCHAR, 40, 0},
	{"name", SQL_LONGVARCHAR, 4000, 0},
	{"amount", SQL_NUMERIC, 10, 2},
	{"amount", SQL_DECIMAL, 10, 2},
	{"ratio", SQL_DOUBLE, 15, 0},
	{"ratio", SQL_REAL, 7, 0},
	{"born", SQL_TYPE_DATE, 10, 0},
	{"stamp", SQL_TYPE_TIMESTAMP, 23, 3},
	{"data", SQL_VARBINARY, 200, 0},
	{"data", SQL_LONGVARBINARY, 200, 0},
	{"small", SQL_SMALLINT, 5, 0},
	{"small", SQL_TINYINT, 3, 0},
	{"small", SQL_BIT, 1, 0},
	{"big", SQL_BIGINT, 19, 0},
	{"big", SQL_INTEGER, 10, 0},
	{"name", SQL_GUID, 36, 0},
};

static void insert_value(SQLHSTMT s, int id, const struct value *v, const struct column *c)
{
	char sql[100];
	SQLLEN indicator = v->size;

	snprintf(sql, sizeof(sql), "insert into t_parameters (id, %s) values (%d, ?)", c->name, id);
	CALL(ON_STMT(s), BindParameter, s, 1, SQL_PARAM_INPUT, (SQLSMALLINT)number(v->type),
		(SQLSMALLINT)number(c->type), c->size, c->digits, v->data,
		v->size > 0 ? v->size : 0, &indicator);
	run(s, sql);
	CALL(ON_STMT(s), FreeStmt, s, SQL_RESET_PARAMS);
}

/* Each C type into each SQL type; what was stored is looked at once per C type. */
static void insert_all(SQLHSTMT s)
{
	int id = 0;

	for (size_t i = 0; i < array_size(values); i++) {
		say("-- %s\n", values[i].name);
		run(s, "delete from t_parameters");
		for (size_t k = 0; k < array_size(columns); k++)
			insert_value(s, ++id, &values[i], &columns[k]);
		show_query(s, "select * from t_parameters order by id");
	}
}

static void prepared(SQLHSTMT s)
{
	SQLINTEGER id = 0;
	char name[41];
	SQLLEN id_length = 0, name_length = SQL_NTS;

	run(s, "delete from t_parameters");
	CALL_AW(ON_STMT(s), Prepare, s, text("insert into t_parameters (id, name) values (?, ?)"),
		SQL_NTS);
	CALL(ON_STMT(s), NumParams, s, out_smallint("parameters"));
	for (SQLUSMALLINT i = 0; i <= 3; i++)
		CALL(ON_STMT(s), DescribeParam, s, (SQLUSMALLINT)number(i), out_smallint("type"),
			(SQLULEN *)out_len("size"), out_smallint("digits"),
			out_smallint("nullable"));
	/* Too few are bound. */
	CALL(ON_STMT(s), Execute, s);
	CALL(ON_STMT(s), BindParameter, s, 1, SQL_PARAM_INPUT, SQL_C_LONG, SQL_INTEGER, 0, 0, &id,
		0, &id_length);
	CALL(ON_STMT(s), BindParameter, s, 2, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 40, 0, name,
		sizeof(name), &name_length);
	for (id = 1; id <= 4; id++) {
		snprintf(name, sizeof(name), "prepared %d", (int)id);
		name_length = id == 2 ? SQL_NULL_DATA : id == 3 ? 4 : id == 4 ? 0 : SQL_NTS;
		CALL(ON_STMT(s), Execute, s);
		CALL(ON_STMT(s), RowCount, s, out_len("rows"));
	}
	id = 1;
	CALL(ON_STMT(s), Execute, s);
	CALL(ON_STMT(s), FreeStmt, s, SQL_RESET_PARAMS);
	show_query(s, "select id, name from t_parameters order by id");
	/* A parameter in a query, and the older ways to bind one. */
	CALL_AW(ON_STMT(s), Prepare, s, text("select name from t_parameters where id = ?"),
		SQL_NTS);
	CALL(ON_STMT(s), BindParam, s, 1, SQL_C_LONG, SQL_INTEGER, 0, 0, &id, &id_length);
	CALL(ON_STMT(s), Execute, s);
	show_result(s, 3);
	CALL(ON_STMT(s), SetParam, s, 1, SQL_C_LONG, SQL_INTEGER, 0, 0, &id, &id_length);
	CALL(ON_STMT(s), Execute, s);
	show_result(s, 3);
	CALL(ON_STMT(s), FreeStmt, s, SQL_RESET_PARAMS);
}

static void odd_bindings(SQLHSTMT s)
{
	SQLINTEGER id = 1;
	SQLLEN indicator = 0;

	CALL(ON_STMT(s), BindParameter, s, 0, SQL_PARAM_INPUT, SQL_C_LONG, SQL_INTEGER, 0, 0, &id,
		0, &indicator);
	CALL(ON_STMT(s), BindParameter, s, 1, 99, SQL_C_LONG, SQL_INTEGER, 0, 0, &id, 0,
		&indicator);
	CALL(ON_STMT(s), BindParameter, s, 1, SQL_PARAM_INPUT, SQL_C_LONG, 12345, 0, 0, &id, 0,
		&indicator);
	CALL(ON_STMT(s), BindParameter, s, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 0, 0, NULL,
		0, NULL);
	CALL(ON_STMT(s), BindParameter, s, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 10, 0, &id,
		-9, &indicator);
	CALL(ON_STMT(s), FreeStmt, s, SQL_RESET_PARAMS);
}

/* Text beyond ASCII, in the application's width. */
static void foreign_text(SQLHSTMT s)
{
	static const char euro[] = "na\xC3\xAFve \xE2\x82\xAC \xF0\x9F\x90\x98";
	SQLLEN indicator = SQL_NTS;

	run(s, "delete from t_parameters");
	run(s, "insert into t_parameters (id, name) values (1, 'na\xC3\xAFve \xE2\x82\xAC')");
	CALL(ON_STMT(s), BindParameter, s, 1, SQL_PARAM_INPUT,
		app.is_wide ? SQL_C_WCHAR : SQL_C_CHAR, app.is_wide ? SQL_WVARCHAR : SQL_VARCHAR,
		40, 0, text(euro), 0, &indicator);
	run(s, "insert into t_parameters (id, name) values (2, ?)");
	CALL(ON_STMT(s), FreeStmt, s, SQL_RESET_PARAMS);
	show_query(s, "select id, name from t_parameters order by id");
}

void chapter_parameters(void)
{
	struct session session;
	SQLHSTMT s;

	session_open(&session);
	s = statement_new(session.dbc);
	table_make(s, "t_parameters", 0);
	insert_all(s);
	prepared(s);
	odd_bindings(s);
	foreign_text(s);
	statement_free(s);
	session_close(&session);
}
