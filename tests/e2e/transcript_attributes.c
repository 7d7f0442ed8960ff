/* SPDX-License-Identifier: MIT */
/* Chapter: attributes of environments, connections and statements, of all numbers. */
#include "transcript.h"

#include <stdlib.h>
#include <string.h>

static bool is_pointer(long attribute)
{
	switch (attribute) {
	case SQL_ATTR_FETCH_BOOKMARK_PTR:
	case SQL_ATTR_PARAM_BIND_OFFSET_PTR:
	case SQL_ATTR_PARAM_OPERATION_PTR:
	case SQL_ATTR_PARAM_STATUS_PTR:
	case SQL_ATTR_PARAMS_PROCESSED_PTR:
	case SQL_ATTR_ROW_BIND_OFFSET_PTR:
	case SQL_ATTR_ROW_OPERATION_PTR:
	case SQL_ATTR_ROW_STATUS_PTR:
	case SQL_ATTR_ROWS_FETCHED_PTR:
	case SQL_ATTR_APP_ROW_DESC:
	case SQL_ATTR_APP_PARAM_DESC:
	case SQL_ATTR_IMP_ROW_DESC:
	case SQL_ATTR_IMP_PARAM_DESC:
		return true;
	default:
		return false;
	}
}

/* Those whose value is text; a number there would be taken for an address. */
static bool is_text(long attribute)
{
	switch (attribute) {
	case SQL_ATTR_CURRENT_CATALOG:
	case SQL_ATTR_TRACEFILE:
	case SQL_ATTR_TRANSLATE_LIB:
		return true;
	default:
		return false;
	}
}

/*
 * Not set here: switching on the driver manager's trace writes a file; loading a translator or the
 * cursor library, an event's handle and a callback change what the rest of the chapter would say.
 */
static bool is_left_alone(long attribute)
{
	switch (attribute) {
	case SQL_ATTR_TRACE:
	case SQL_ATTR_TRACEFILE:
	case SQL_ATTR_TRANSLATE_LIB:
	case SQL_ATTR_ODBC_CURSORS:
	case SQL_ATTR_ASYNC_STMT_EVENT:
	case SQL_ATTR_ASYNC_DBC_FUNCTIONS_ENABLE:
	case 118: /* SQL_ATTR_ASYNC_DBC_EVENT */
		return true;
	default:
		return false;
	}
}

static void get_connect_range(SQLHDBC dbc, long from, long until)
{
	for (long a = from; a <= until; a++) {
		if (app.is_converted && a == SQL_ATTR_TRANSLATE_LIB)
			continue;
		item(a);
		CALL_AW(ON_DBC(dbc), GetConnectAttr, dbc, (SQLINTEGER)a, out_text("value"), 300,
			out_integer("length"));
	}
}

static void set_connect_range(SQLHDBC dbc, long from, long until)
{
	for (long a = from; a <= until; a++) {
		if (is_left_alone(a))
			continue;
		item(a);
		if (is_text(a)) {
			CALL_AW(ON_DBC(dbc), SetConnectAttr, dbc, (SQLINTEGER)a,
				text(getenv("E2E_DATABASE")), SQL_NTS);
			continue;
		}
		for (SQLLEN value = 0; value <= 2; value++)
			CALL_AW(ON_DBC(dbc), SetConnectAttr, dbc, (SQLINTEGER)a,
				(SQLPOINTER)number(value), SQL_IS_UINTEGER);
	}
}

static void get_statement_range(SQLHSTMT s, long from, long until)
{
	SQLPOINTER pointer;

	for (long a = from; a <= until; a++) {
		item(a);
		if (!is_pointer(a)) {
			CALL_AW(ON_STMT(s), GetStmtAttr, s, (SQLINTEGER)a, out_bytes("value"), 300,
				out_integer("length"));
			continue;
		}
		fill(&pointer, sizeof(pointer));
		CALL_AW(ON_STMT(s), GetStmtAttr, s, (SQLINTEGER)a, &pointer, SQL_IS_POINTER,
			out_integer("length"));
		say("\t%s\n", pointer ? "there" : "missing");
	}
}

static void set_statement_range(SQLHSTMT s, long from, long until)
{
	static SQLULEN room[64];

	for (long a = from; a <= until; a++) {
		if (is_left_alone(a))
			continue;
		item(a);
		if (is_pointer(a)) {
			if (a < SQL_ATTR_APP_ROW_DESC)
				CALL_AW(ON_STMT(s), SetStmtAttr, s, (SQLINTEGER)a, room,
					SQL_IS_POINTER);
			continue;
		}
		for (SQLLEN value = 3; value >= 0; value--)
			CALL_AW(ON_STMT(s), SetStmtAttr, s, (SQLINTEGER)a,
				(SQLPOINTER)number(value), SQL_IS_UINTEGER);
	}
}

static void environment_attributes(SQLHENV env)
{
	static const SQLINTEGER attributes[] = {SQL_ATTR_ODBC_VERSION, SQL_ATTR_CONNECTION_POOLING,
		SQL_ATTR_CP_MATCH, SQL_ATTR_OUTPUT_NTS, 30000};

	for (size_t i = 0; i < array_size(attributes); i++)
		CALL(ON_ENV(env), GetEnvAttr, env, (SQLINTEGER)number(attributes[i]),
			out_bytes("value"), 100, out_integer("length"));
	CALL(ON_ENV(env), SetEnvAttr, env, SQL_ATTR_OUTPUT_NTS, (SQLPOINTER)SQL_TRUE, 0);
	CALL(ON_ENV(env), SetEnvAttr, env, SQL_ATTR_OUTPUT_NTS, (SQLPOINTER)SQL_FALSE, 0);
	CALL(ON_ENV(env), SetEnvAttr, env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)12345, 0);
	CALL(ON_ENV(env), SetEnvAttr, env, 30000, (SQLPOINTER)1, 0);
}

static void connection_attributes(SQLHDBC dbc)
{
	items_begin();
	get_connect_range(dbc, 0, 300);
	get_connect_range(dbc, 1200, 1300);
	get_connect_range(dbc, 10000, 10020);
	get_connect_range(dbc, 19995, 20005);
	get_connect_range(dbc, 65535, 65550);
	set_connect_range(dbc, 0, 300);
	set_connect_range(dbc, 1200, 1300);
	set_connect_range(dbc, 10000, 10020);
	set_connect_range(dbc, 19995, 20005);
	get_connect_range(dbc, 0, 300);
	items_end();
	CALL_AW(ON_DBC(dbc), GetConnectAttr, dbc, SQL_ATTR_CURRENT_CATALOG, out_text("value"),
		octets(4), out_integer("length"));
	CALL_AW(ON_DBC(dbc), GetConnectAttr, dbc, SQL_ATTR_CURRENT_CATALOG, NULL, 0,
		out_integer("length"));
	CALL_AW(ON_DBC(dbc), SetConnectAttr, dbc, SQL_ATTR_CURRENT_CATALOG,
		text("no_such_database"), SQL_NTS);
	CALL_AW(ON_DBC(dbc), SetConnectAttr, dbc, SQL_ATTR_CURRENT_CATALOG, text("pooltestgarbage"),
		octets(8));
	CALL_AW(ON_DBC(dbc), GetConnectAttr, dbc, SQL_ATTR_CURRENT_CATALOG, out_text("value"),
		octets(100), out_integer("length"));
}

void chapter_attributes(void)
{
	struct session session;
	SQLHSTMT s;

	session_open(&session);
	environment_attributes(session.env);
	s = statement_new(session.dbc);
	items_begin();
	get_statement_range(s, -2, 60);
	get_statement_range(s, 1200, 1300);
	get_statement_range(s, 10000, 10020);
	get_statement_range(s, 19995, 20005);
	set_statement_range(s, -2, 60);
	set_statement_range(s, 1200, 1300);
	set_statement_range(s, 10000, 10020);
	set_statement_range(s, 19995, 20005);
	get_statement_range(s, -2, 60);
	items_end();
	statement_free(s);
	connection_attributes(session.dbc);
	CALL_AW(ON_DBC(session.dbc), SetConnectAttr, session.dbc, SQL_ATTR_AUTOCOMMIT,
		(SQLPOINTER)SQL_AUTOCOMMIT_ON, SQL_IS_UINTEGER);
	s = statement_new(session.dbc);
	show_query(s, "select 'still alive'");
	statement_free(s);
	session_close(&session);
}
