/* SPDX-License-Identifier: MIT */
#include "client.h"

#include "odbcpool.h"
#include "support/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STRING_SIZE = 4096, PATIENCE_MS = 15000, STEP_MS = 50 };

const char *server_source(int i)
{
	static const char *const sources[SERVER_SOURCES] = {
		"postgresql", "postgresql-ansi", "mariadb"};

	return sources[i];
}

static bool is_mariadb(const char *source)
{
	return !strcmp(source, "mariadb");
}

struct record client_record(const struct client *c, int i)
{
	struct record r = {.state = ""};
	SQLINTEGER native;
	SQLSMALLINT length;
	SQLCHAR state[6] = "", message[sizeof(r.message)] = "";

	SQLGetDiagRec(SQL_HANDLE_DBC, c->dbc, (SQLSMALLINT)i, state, &native, message,
		sizeof(message), &length);
	memcpy(r.state, state, sizeof(state));
	memcpy(r.message, message, sizeof(message));
	return r;
}

static void must(const struct client *c, SQLRETURN rc, const char *what)
{
	struct record r = client_record(c, 1);

	ck_assert_msg(SQL_SUCCEEDED(rc), "%s: %d [%s] %s", what, rc, r.state, r.message);
}

struct client client_new(SQLINTEGER odbc_version)
{
	struct client c = {SQL_NULL_HENV, SQL_NULL_HDBC};

	must(&c, SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &c.env), "environment");
	must(&c, SQLSetEnvAttr(c.env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)(intptr_t)odbc_version, 0),
		"version");
	must(&c, SQLAllocHandle(SQL_HANDLE_DBC, c.env, &c.dbc), "connection handle");
	return c;
}

void client_done(struct client *c)
{
	must(c, SQLFreeHandle(SQL_HANDLE_DBC, c->dbc), "free connection handle");
	SQLFreeHandle(SQL_HANDLE_ENV, c->env);
}

SQLRETURN client_try(struct client *c, const char *source, const char *more)
{
	char string[STRING_SIZE];

	snprintf(string, sizeof(string), "DSN=%s;%s", source, more);
	return SQLDriverConnect(
		c->dbc, NULL, (SQLCHAR *)string, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT);
}

SQLRETURN client_try_wide(struct client *c, const char *string)
{
	SQLWCHAR wide[STRING_SIZE];
	size_t i = 0;

	do
		wide[i] = (unsigned char)string[i];
	while (string[i++]);
	return SQLDriverConnectW(c->dbc, NULL, wide, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT);
}

void client_connect(struct client *c, const char *source, const char *more)
{
	must(c, client_try(c, source, more), "connect");
}

void client_disconnect(struct client *c)
{
	must(c, SQLDisconnect(c->dbc), "disconnect");
}

void client_set(struct client *c, SQLINTEGER attribute, SQLULEN value)
{
	must(c, SQLSetConnectAttr(c->dbc, attribute, (SQLPOINTER)value, SQL_IS_UINTEGER),
		"set attribute");
}

SQLULEN client_get(struct client *c, SQLINTEGER attribute)
{
	SQLULEN value = 0;

	must(c, SQLGetConnectAttr(c->dbc, attribute, &value, sizeof(value), NULL), "get attribute");
	return (SQLUINTEGER)value;
}

SQLHSTMT client_statement(struct client *c)
{
	SQLHSTMT s = SQL_NULL_HSTMT;

	must(c, SQLAllocHandle(SQL_HANDLE_STMT, c->dbc, &s), "statement handle");
	return s;
}

bool client_is_reused(struct client *c)
{
	return client_get(c, ODBCPOOL_ATTR_REUSED) == 1;
}

SQLRETURN client_try_run(struct client *c, const char *sql)
{
	SQLHSTMT s = client_statement(c);
	SQLRETURN rc = SQLExecDirect(s, (SQLCHAR *)sql, SQL_NTS);

	SQLFreeHandle(SQL_HANDLE_STMT, s);
	return rc;
}

/* A statement's diagnostics, for the message of a failing test. */
static void must_run(SQLHSTMT s, const char *sql)
{
	SQLCHAR state[6] = "", message[512] = "";
	SQLINTEGER native;
	SQLSMALLINT length;
	SQLRETURN rc = SQLExecDirect(s, (SQLCHAR *)sql, SQL_NTS);

	if (!SQL_SUCCEEDED(rc) && rc != SQL_NO_DATA)
		SQLGetDiagRec(
			SQL_HANDLE_STMT, s, 1, state, &native, message, sizeof(message), &length);
	ck_assert_msg(SQL_SUCCEEDED(rc) || rc == SQL_NO_DATA, "%s: [%s] %s", sql, state, message);
}

void client_run(struct client *c, const char *sql)
{
	SQLHSTMT s = client_statement(c);

	must_run(s, sql);
	SQLFreeHandle(SQL_HANDLE_STMT, s);
}

void client_text(struct client *c, const char *sql, char *ret_text, size_t size)
{
	SQLHSTMT s = client_statement(c);
	SQLLEN length;

	must_run(s, sql);
	/* Bound, not asked for afterwards: the cursor library allows nothing else. */
	ck_assert(SQL_SUCCEEDED(SQLBindCol(s, 1, SQL_C_CHAR, ret_text, (SQLLEN)size, &length)));
	ck_assert_msg(SQL_SUCCEEDED(SQLFetch(s)), "%s: no row", sql);
	SQLFreeHandle(SQL_HANDLE_STMT, s);
}

long client_number(struct client *c, const char *sql)
{
	char digits[64] = "";

	client_text(c, sql, digits, sizeof(digits));
	return atol(digits);
}

long client_session(struct client *c, const char *source)
{
	return client_number(
		c, is_mariadb(source) ? "select connection_id()" : "select pg_backend_pid()");
}

void client_assert_refused(
	const struct client *c, SQLRETURN rc, const char *state, const char *text)
{
	struct record r = client_record(c, 1);

	ck_assert_msg(rc == SQL_ERROR, "expected %s, but the return code is %d", state, rc);
	ck_assert_msg(!strcmp(r.state, state) && strstr(r.message, text),
		"expected [%s] ...%s..., got [%s] %s", state, text, r.state, r.message);
}

long session_of(struct client *c, const char *source, const char *more)
{
	client_connect(c, source, more);
	long session = client_session(c, source);
	client_disconnect(c);
	return session;
}

long server_sessions(const char *source, const char *user)
{
	struct client observer = client_new(SQL_OV_ODBC3);
	char sql[256];
	long count;

	client_connect(&observer, source, "Pooling=No");
	if (is_mariadb(source))
		snprintf(sql, sizeof(sql),
			"select count(*) from information_schema.processlist where user = '%s' and "
			"id <> connection_id()",
			user);
	else
		snprintf(sql, sizeof(sql),
			"select count(*) from pg_stat_activity where usename = '%s' and pid <> "
			"pg_backend_pid()",
			user);
	count = client_number(&observer, sql);
	client_disconnect(&observer);
	client_done(&observer);
	return count;
}

bool server_comes_down_to(const char *source, const char *user, long count)
{
	struct timespec step = {0, STEP_MS * 1000000L};

	for (int waited = 0; waited < PATIENCE_MS; waited += STEP_MS) {
		if (server_sessions(source, user) == count)
			return true;
		nanosleep(&step, NULL);
	}
	return false;
}

long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
