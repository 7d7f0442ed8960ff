/* SPDX-License-Identifier: MIT */
/* Chapters: ways to connect, and connects that fail. */
#include "transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything that another way to connect could change. */
static void look_around(SQLHDBC dbc)
{
	SQLHSTMT s;

	CALL_AW(ON_DBC(dbc), GetInfo, dbc, SQL_DATA_SOURCE_NAME, out_text("value"), octets(100),
		out_smallint("length"));
	CALL_AW(ON_DBC(dbc), GetInfo, dbc, SQL_DATABASE_NAME, out_text("value"), octets(100),
		out_smallint("length"));
	CALL_AW(ON_DBC(dbc), GetInfo, dbc, SQL_USER_NAME, out_text("value"), octets(100),
		out_smallint("length"));
	s = statement_new(dbc);
	show_query(s, "select 42 as answer, 'text' as words");
	statement_free(s);
}

static void try_string(SQLHDBC dbc, const char *string, SQLUSMALLINT completion)
{
	if (!SQL_SUCCEEDED(driver_connect(dbc, string, completion)))
		return;
	look_around(dbc);
	CALL(ON_DBC(dbc), Disconnect, dbc);
}

static void try_strings(SQLHDBC dbc)
{
	static const char *const formats[] = {
		"DSN=%s",
		"DSN=%s;",
		"dsn=%s;",
		"DSN={%s}",
		"DSN=%s;APP=x;",
		"DSN=%s;NoSuchKeyword=1;",
		"DSN=%s;NoSuchKeyword=;",
		"DSN=%s; ;;",
		"DSN=%s;DSN=second;",
		"DSN=%s;nonsense",
	};
	char string[256];

	for (size_t i = 0; i < array_size(formats); i++) {
		snprintf(string, sizeof(string), formats[i], app.source);
		try_string(dbc, string, SQL_DRIVER_NOPROMPT);
	}
	snprintf(string, sizeof(string), "DSN=%s;", app.source);
	try_string(dbc, string, SQL_DRIVER_COMPLETE);
	try_string(dbc, string, SQL_DRIVER_COMPLETE_REQUIRED);
	try_string(dbc, string, SQL_DRIVER_PROMPT);
	try_string(dbc, string, 99);
}

/* A string that names the driver and brings everything itself. */
static void driver_string(char *string, size_t size)
{
	const char *user = getenv("E2E_USER"), *password = getenv("E2E_PASSWORD");
	const char *database = getenv("E2E_DATABASE");

	if (app.dbms == DBMS_SQLITE)
		snprintf(string, size, "DRIVER={%s};Database=%s/sqlite.db;", app.driver,
			getenv("E2E_DIR"));
	else if (app.dbms == DBMS_SQLSERVER)
		snprintf(string, size,
			"DRIVER={%s};SERVER=127.0.0.1;PORT=%s;DATABASE=%s;UID=%s;PWD=%s;",
			app.driver, getenv("TDSD_PORT"), database, user, password);
	else if (app.dbms == DBMS_MARIADB)
		snprintf(string, size,
			"DRIVER={%s};SERVER=127.0.0.1;PORT=%s;DATABASE=%s;UID=%s;PWD=%s;",
			app.driver, getenv("MY_PORT"), database, user, password);
	else
		snprintf(string, size,
			"DRIVER={%s};Servername=127.0.0.1;Port=%s;Database=%s;UID=%s;PWD=%s;",
			app.driver, getenv("PG_PORT"), database, user, password);
}

static void try_driver_strings(SQLHDBC dbc)
{
	char string[512], longer[800];

	driver_string(string, sizeof(string));
	try_string(dbc, string, SQL_DRIVER_NOPROMPT);
	try_string(dbc, string, SQL_DRIVER_COMPLETE);
	snprintf(longer, sizeof(longer), "%sNoSuchKeyword={a value};", string);
	try_string(dbc, longer, SQL_DRIVER_NOPROMPT);
	try_string(dbc, "DRIVER={No Such Driver};", SQL_DRIVER_NOPROMPT);
	try_string(dbc, "DSN=no-such-source;", SQL_DRIVER_NOPROMPT);
	try_string(dbc, "", SQL_DRIVER_NOPROMPT);
	try_string(dbc, "nonsense", SQL_DRIVER_NOPROMPT);
}

static void try_lengths(SQLHDBC dbc)
{
	char string[256];
	SQLSMALLINT length;
	SQLSMALLINT completed_length; /* psqlODBC abbreviates where there is no room */

	length = (SQLSMALLINT)snprintf(string, sizeof(string), "DSN=%s;garbage", app.source);
	length = (SQLSMALLINT)(length - (SQLSMALLINT)strlen("garbage"));
	CALL_AW(ON_DBC(dbc), DriverConnect, dbc, NULL, text(string), length, NULL, 0,
		&completed_length, SQL_DRIVER_NOPROMPT);
	CALL(ON_DBC(dbc), Disconnect, dbc);
	CALL_AW(ON_DBC(dbc), DriverConnect, dbc, NULL, text(string), length, NULL, 0, NULL,
		SQL_DRIVER_NOPROMPT);
	/* Connected already. */
	CALL_AW(ON_DBC(dbc), DriverConnect, dbc, NULL, text(string), length, NULL, 0, NULL,
		SQL_DRIVER_NOPROMPT);
	CALL_AW(ON_DBC(dbc), Connect, dbc, text(app.source), SQL_NTS, NULL, 0, NULL, 0);
	CALL(ON_DBC(dbc), Disconnect, dbc);
	CALL(ON_DBC(dbc), Disconnect, dbc);
	CALL_AW(ON_DBC(dbc), DriverConnect, dbc, NULL, text(string), -5, NULL, 0, NULL,
		SQL_DRIVER_NOPROMPT);
	CALL_AW(ON_DBC(dbc), DriverConnect, dbc, NULL, NULL, SQL_NTS, NULL, 0, NULL,
		SQL_DRIVER_NOPROMPT);
}

static void try_plain(SQLHDBC dbc)
{
	const char *user = getenv("E2E_USER"), *password = getenv("E2E_PASSWORD");
	char longer[64];

	CALL_AW(ON_DBC(dbc), Connect, dbc, text(app.source), SQL_NTS, text(user), SQL_NTS,
		text(password), SQL_NTS);
	look_around(dbc);
	CALL(ON_DBC(dbc), Disconnect, dbc);
	CALL_AW(ON_DBC(dbc), Connect, dbc, text(app.source), SQL_NTS, NULL, 0, NULL, 0);
	look_around(dbc);
	CALL(ON_DBC(dbc), Disconnect, dbc);
	CALL_AW(ON_DBC(dbc), Connect, dbc, text(app.source), SQL_NTS, NULL, SQL_NTS, NULL, SQL_NTS);
	CALL(ON_DBC(dbc), Disconnect, dbc);
	snprintf(longer, sizeof(longer), "%sgarbage", app.source);
	CALL_AW(ON_DBC(dbc), Connect, dbc, text(longer), (SQLSMALLINT)strlen(app.source),
		text(user), SQL_NTS, text(password), SQL_NTS);
	CALL(ON_DBC(dbc), Disconnect, dbc);
	CALL_AW(ON_DBC(dbc), Connect, dbc, text("no-such-source"), SQL_NTS, NULL, 0, NULL, 0);
	CALL_AW(ON_DBC(dbc), Connect, dbc, NULL, 0, NULL, 0, NULL, 0);
	CALL_AW(ON_DBC(dbc), Connect, dbc, text(app.source), -7, NULL, 0, NULL, 0);
	CALL_AW(ON_DBC(dbc), Connect, dbc, text(app.source), SQL_NTS, text(user), -7, NULL, 0);
}

static void set_before(SQLHDBC dbc, SQLINTEGER attribute, SQLLEN value)
{
	CALL_AW(ON_DBC(dbc), SetConnectAttr, dbc, (SQLINTEGER)number(attribute),
		(SQLPOINTER)number(value), SQL_IS_UINTEGER);
	CALL_AW(ON_DBC(dbc), GetConnectAttr, dbc, attribute, out_bytes("value"), 100,
		out_integer("length"));
}

static void try_attributes_before(SQLHENV env)
{
	static const SQLINTEGER attributes[] = {SQL_ATTR_ACCESS_MODE, SQL_ATTR_AUTOCOMMIT,
		SQL_ATTR_TXN_ISOLATION, SQL_ATTR_LOGIN_TIMEOUT, SQL_ATTR_CONNECTION_TIMEOUT,
		SQL_ATTR_PACKET_SIZE, SQL_ATTR_QUIET_MODE, SQL_ATTR_METADATA_ID,
		SQL_ATTR_ASYNC_ENABLE, SQL_QUERY_TIMEOUT, SQL_CURSOR_TYPE, 1208, 30000};
	static const SQLLEN values[] = {SQL_MODE_READ_WRITE, SQL_AUTOCOMMIT_OFF,
		SQL_TXN_SERIALIZABLE, 7, 9, 4096, 0, SQL_FALSE, SQL_ASYNC_ENABLE_OFF, 11,
		SQL_CURSOR_STATIC, 0, 1};
	SQLHDBC dbc = SQL_NULL_HDBC;

	CALL(ON_ENV(env), AllocHandle, SQL_HANDLE_DBC, env, &dbc);
	for (size_t i = 0; i < array_size(values); i++)
		set_before(dbc, attributes[i], values[i]);
	CALL_AW(ON_DBC(dbc), SetConnectAttr, dbc, SQL_ATTR_CURRENT_CATALOG,
		text(getenv("E2E_DATABASE")), SQL_NTS);
	CALL_AW(ON_DBC(dbc), Connect, dbc, text(app.source), SQL_NTS, NULL, 0, NULL, 0);
	for (size_t i = 0; i < array_size(values); i++)
		CALL_AW(ON_DBC(dbc), GetConnectAttr, dbc, (SQLINTEGER)number(attributes[i]),
			out_bytes("value"), 100, out_integer("length"));
	CALL_AW(ON_DBC(dbc), GetConnectAttr, dbc, SQL_ATTR_CURRENT_CATALOG, out_text("value"),
		octets(100), out_integer("length"));
	look_around(dbc);
	CALL(ON_DBC(dbc), EndTran, SQL_HANDLE_DBC, dbc, SQL_ROLLBACK);
	CALL(ON_DBC(dbc), Disconnect, dbc);
	/* What the handle remembers when it connects again. */
	CALL_AW(ON_DBC(dbc), Connect, dbc, text(app.source), SQL_NTS, NULL, 0, NULL, 0);
	CALL_AW(ON_DBC(dbc), GetConnectAttr, dbc, SQL_ATTR_AUTOCOMMIT, out_bytes("value"), 100,
		out_integer("length"));
	CALL_AW(ON_DBC(dbc), GetConnectAttr, dbc, SQL_ATTR_TXN_ISOLATION, out_bytes("value"), 100,
		out_integer("length"));
	CALL(ON_DBC(dbc), Disconnect, dbc);
	CALL(ON_DBC(dbc), FreeHandle, SQL_HANDLE_DBC, dbc);
}

/* As the data source is meant to be connected to. */
static void connect_plainly(SQLHDBC dbc)
{
	if (app.dbms == DBMS_SQLSERVER)
		CALL_AW(ON_DBC(dbc), Connect, dbc, text(app.source), SQL_NTS,
			text(getenv("E2E_USER")), SQL_NTS, text(getenv("E2E_PASSWORD")), SQL_NTS);
	else
		CALL_AW(ON_DBC(dbc), Connect, dbc, text(app.source), SQL_NTS, NULL, 0, NULL, 0);
}

/* Several connections at a time, statements and descriptors left behind. */
static void try_several(SQLHENV env)
{
	SQLHDBC dbc[3];
	SQLHSTMT s[3];

	for (int i = 0; i < 3; i++) {
		CALL(ON_ENV(env), AllocHandle, SQL_HANDLE_DBC, env, &dbc[i]);
		connect_plainly(dbc[i]);
		s[i] = statement_new(dbc[i]);
		run(s[i], "select 1 union all select 2");
		CALL(ON_STMT(s[i]), Fetch, s[i]);
	}
	CALL(ON_ENV(env), FreeHandle, SQL_HANDLE_ENV, env);
	CALL(ON_DBC(dbc[0]), FreeHandle, SQL_HANDLE_DBC, dbc[0]);
	for (int i = 2; i >= 0; i--) {
		if (app.dbms == DBMS_SQLITE)
			statement_free(s[i]);
		CALL(ON_DBC(dbc[i]), Disconnect, dbc[i]);
		CALL(ON_DBC(dbc[i]), FreeHandle, SQL_HANDLE_DBC, dbc[i]);
	}
}

void chapter_connect(void)
{
	SQLHENV env;
	SQLHDBC dbc = SQL_NULL_HDBC;

	environment_open(&env);
	CALL(ON_ENV(env), AllocHandle, SQL_HANDLE_DBC, env, &dbc);
	try_strings(dbc);
	try_driver_strings(dbc);
	try_lengths(dbc);
	try_plain(dbc);
	CALL(ON_DBC(dbc), FreeHandle, SQL_HANDLE_DBC, dbc);
	try_attributes_before(env);
	try_several(env);
	CALL(ON_ENV(env), FreeHandle, SQL_HANDLE_ENV, env);
}

void chapter_login(void)
{
	SQLHENV env;
	SQLHDBC dbc = SQL_NULL_HDBC;
	char string[256];
	static const char *const additions[] = {"PWD=wrong;", "UID=nobody-here;PWD=wrong;",
		"DATABASE=no_such_database;", "PORT=1;", "UID=;PWD=;", "SERVER=127.0.0.1;PORT=1;"};

	environment_open(&env);
	CALL(ON_ENV(env), AllocHandle, SQL_HANDLE_DBC, env, &dbc);
	CALL_AW(ON_DBC(dbc), Connect, dbc, text(app.source), SQL_NTS, text(getenv("E2E_USER")),
		SQL_NTS, text("wrong"), SQL_NTS);
	CALL(ON_DBC(dbc), Disconnect, dbc);
	for (size_t i = 0; i < array_size(additions); i++) {
		snprintf(string, sizeof(string), "DSN=%s;%s", app.source, additions[i]);
		try_string(dbc, string, SQL_DRIVER_NOPROMPT);
		try_string(dbc, string, SQL_DRIVER_COMPLETE);
	}
	/* The handle is as good as new after all that. */
	CALL_AW(ON_DBC(dbc), Connect, dbc, text(app.source), SQL_NTS, NULL, 0, NULL, 0);
	look_around(dbc);
	CALL(ON_DBC(dbc), Disconnect, dbc);
	CALL(ON_DBC(dbc), FreeHandle, SQL_HANDLE_DBC, dbc);
	CALL(ON_ENV(env), FreeHandle, SQL_HANDLE_ENV, env);
}

void chapter_browse(void)
{
	SQLHENV env;
	SQLHDBC dbc = SQL_NULL_HDBC;
	SQLRETURN rc;
	SQLSMALLINT length; /* as undefined as the text when the call fails */
	char string[512];

	environment_open(&env);
	CALL(ON_ENV(env), AllocHandle, SQL_HANDLE_DBC, env, &dbc);
	CALL_AW(ON_DBC(dbc), BrowseConnect, dbc, text("DSN=no-such-source;"), SQL_NTS,
		out_text_unless_failed("result"), 1000, &length);
	snprintf(string, sizeof(string), "DSN=%s;", app.source);
	rc = CALL_AW(ON_DBC(dbc), BrowseConnect, dbc, text(string), SQL_NTS,
		out_text_unless_failed("result"), 1000, &length);
	if (rc == SQL_NEED_DATA) {
		snprintf(string, sizeof(string), "UID=%s;PWD=%s;", getenv("E2E_USER"),
			getenv("E2E_PASSWORD"));
		rc = CALL_AW(ON_DBC(dbc), BrowseConnect, dbc, text(string), SQL_NTS,
			out_text_unless_failed("result"), 1000, &length);
	}
	if (SQL_SUCCEEDED(rc))
		look_around(dbc);
	CALL(ON_DBC(dbc), Disconnect, dbc);
	driver_string(string, sizeof(string));
	rc = CALL_AW(ON_DBC(dbc), BrowseConnect, dbc, text(string), SQL_NTS,
		out_text_unless_failed("result"), 1000, &length);
	if (SQL_SUCCEEDED(rc))
		look_around(dbc);
	CALL(ON_DBC(dbc), Disconnect, dbc);
	CALL(ON_DBC(dbc), FreeHandle, SQL_HANDLE_DBC, dbc);
	CALL(ON_ENV(env), FreeHandle, SQL_HANDLE_ENV, env);
}

/* A data source whose port refuses: what a driver without a server can show. */
void chapter_refused(void)
{
	SQLHENV env;
	SQLHDBC dbc = SQL_NULL_HDBC;
	char string[256];

	environment_open(&env);
	CALL(ON_ENV(env), AllocHandle, SQL_HANDLE_DBC, env, &dbc);
	CALL_AW(ON_DBC(dbc), Connect, dbc, text(app.source), SQL_NTS, text("user"), SQL_NTS,
		text("password"), SQL_NTS);
	CALL_AW(ON_DBC(dbc), SetConnectAttr, dbc, SQL_ATTR_LOGIN_TIMEOUT, (SQLPOINTER)3, 0);
	snprintf(string, sizeof(string), "DSN=%s;UID=user;PWD=password;", app.source);
	try_string(dbc, string, SQL_DRIVER_NOPROMPT);
	snprintf(string, sizeof(string), "DRIVER={%s};Server=127.0.0.1;Port=1;UID=user;PWD=x;",
		app.driver);
	try_string(dbc, string, SQL_DRIVER_NOPROMPT);
	snprintf(string, sizeof(string), "DSN=%s;Server=127.0.0.1;UID=user;PWD=x;", app.source);
	try_string(dbc, string, SQL_DRIVER_NOPROMPT);
	CALL(ON_DBC(dbc), Disconnect, dbc);
	CALL(ON_DBC(dbc), FreeHandle, SQL_HANDLE_DBC, dbc);
	CALL(ON_ENV(env), FreeHandle, SQL_HANDLE_ENV, env);
}
