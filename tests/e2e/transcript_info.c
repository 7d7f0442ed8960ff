/* SPDX-License-Identifier: MIT */
/* Chapter: what driver and connection say of themselves. */
#include "transcript.h"

static bool is_handle(long type)
{
	switch (type) {
	case SQL_DRIVER_HDBC:
	case SQL_DRIVER_HENV:
	case SQL_DRIVER_HSTMT:
	case SQL_DRIVER_HLIB:
	case SQL_DRIVER_HDESC:
		return true;
	default:
		return false;
	}
}

static void info_range(SQLHDBC dbc, long from, long until)
{
	for (long type = from; type <= until; type++) {
		if (is_handle(type))
			continue;
		item(type);
		CALL_AW(ON_DBC(dbc), GetInfo, dbc, (SQLUSMALLINT)type, out_text("value"), 1000,
			out_smallint("length"));
	}
}

static void handles(struct session *session, SQLHSTMT s)
{
	SQLHANDLE handle = s;

	handle = session->dbc;
	CALL_AW(ON_DBC(session->dbc), GetInfo, session->dbc, SQL_DRIVER_HDBC, &handle, 0, NULL);
	say("\t%s\n", handle ? "there" : "missing");
	CALL_AW(ON_DBC(session->dbc), GetInfo, session->dbc, SQL_DRIVER_HENV, &handle, 0, NULL);
	say("\t%s\n", handle ? "there" : "missing");
	CALL_AW(ON_DBC(session->dbc), GetInfo, session->dbc, SQL_DRIVER_HLIB, &handle, 0, NULL);
	say("\t%s\n", handle ? "there" : "missing");
	handle = s;
	CALL_AW(ON_DBC(session->dbc), GetInfo, session->dbc, SQL_DRIVER_HSTMT, &handle, 0, NULL);
	say("\t%s\n", handle ? "there" : "missing");
}

static void truncated(SQLHDBC dbc)
{
	static const SQLUSMALLINT types[] = {
		SQL_DBMS_NAME, SQL_DRIVER_NAME, SQL_DATA_SOURCE_NAME, SQL_KEYWORDS};

	for (size_t i = 0; i < array_size(types); i++) {
		CALL_AW(ON_DBC(dbc), GetInfo, dbc, (SQLUSMALLINT)number(types[i]),
			out_text("value"), octets(4), out_smallint("length"));
		CALL_AW(ON_DBC(dbc), GetInfo, dbc, (SQLUSMALLINT)number(types[i]), NULL, 0,
			out_smallint("length"));
		CALL_AW(ON_DBC(dbc), GetInfo, dbc, (SQLUSMALLINT)number(types[i]),
			out_text("value"), octets(100), NULL);
		CALL_AW(ON_DBC(dbc), GetInfo, dbc, (SQLUSMALLINT)number(types[i]),
			out_text("value"), -3, out_smallint("length"));
	}
}

static void functions(SQLHDBC dbc)
{
	SQLUSMALLINT supported;
	SQLUSMALLINT odbc2[100], odbc3[SQL_API_ODBC3_ALL_FUNCTIONS_SIZE];

	for (long id = 0; id <= 1100; id++) {
		if (id == SQL_API_ALL_FUNCTIONS || id == SQL_API_ODBC3_ALL_FUNCTIONS)
			continue;
		item(id);
		fill(&supported, sizeof(supported));
		CALL(ON_DBC(dbc), GetFunctions, dbc, (SQLUSMALLINT)id, &supported);
		show_bytes("supported", &supported, sizeof(supported));
	}
	items_end();
	fill(odbc2, sizeof(odbc2));
	fill(odbc3, sizeof(odbc3));
	CALL(ON_DBC(dbc), GetFunctions, dbc, SQL_API_ALL_FUNCTIONS, odbc2);
	show_bytes("ODBC 2", odbc2, sizeof(odbc2));
	CALL(ON_DBC(dbc), GetFunctions, dbc, SQL_API_ODBC3_ALL_FUNCTIONS, odbc3);
	show_bytes("ODBC 3", odbc3, sizeof(odbc3));
}

static void sources_and_drivers(SQLHENV env)
{
	SQLRETURN rc = SQL_SUCCESS;

	for (SQLUSMALLINT direction = SQL_FETCH_FIRST; SQL_SUCCEEDED(rc);
		direction = SQL_FETCH_NEXT)
		rc = CALL_AW(ON_ENV(env), DataSources, env, direction, out_text("source"), 100,
			out_smallint("length"), out_text("description"), 100,
			out_smallint("length"));
	/* The attributes of a driver are the lines of its section: ours has more of them. */
	CALL_AW(ON_ENV(env), Drivers, env, SQL_FETCH_FIRST, out_text("driver"), 100,
		out_smallint("length"), NULL, 0, NULL);
}

void chapter_info(void)
{
	struct session session;
	SQLHSTMT s;

	session_open(&session);
	s = statement_new(session.dbc);
	items_begin();
	info_range(session.dbc, 0, 1500);
	info_range(session.dbc, 9990, 10200);
	info_range(session.dbc, 19990, 20010);
	info_range(session.dbc, 30000, 30010);
	info_range(session.dbc, 65530, 65535);
	items_end();
	handles(&session, s);
	truncated(session.dbc);
	functions(session.dbc);
	sources_and_drivers(session.env);
	statement_free(s);
	session_close(&session);
}
