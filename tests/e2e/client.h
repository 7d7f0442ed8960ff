/* SPDX-License-Identifier: MIT */
#ifndef E2E_CLIENT_H
#define E2E_CLIENT_H
/*
 * A small ODBC application for the tests of pooling: what they need of the driver manager, in few
 * words. A failure that a test does not ask for ends the test with the diagnostics.
 *
 * The data sources are those of ini.sh, with Pooling = Yes.
 */
#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>

#define SQL_NOUNICODEMAP
#include <sql.h>
#include <sqlext.h>
#include <sqlucode.h>

struct client {
	SQLHENV env;
	SQLHDBC dbc;
};

/* The data sources with a server, for loop tests: index 0 to SERVER_SOURCES - 1. */
enum { SERVER_SOURCES = 3 };
const char *server_source(int i);

/* An environment of that ODBC version (SQL_OV_...), and a connection handle. */
struct client client_new(SQLINTEGER odbc_version);
void client_done(struct client *c);

/* "DSN=source;more": more may be "". */
SQLRETURN client_try(struct client *c, const char *source, const char *more);
void client_connect(struct client *c, const char *source, const char *more);
/* With the whole string, as a wide application. */
SQLRETURN client_try_wide(struct client *c, const char *string);
void client_disconnect(struct client *c);

void client_set(struct client *c, SQLINTEGER attribute, SQLULEN value);
SQLULEN client_get(struct client *c, SQLINTEGER attribute);
bool client_is_reused(struct client *c);
/* A new one; the caller frees it. */
SQLHSTMT client_statement(struct client *c);
SQLRETURN client_try_run(struct client *c, const char *sql);
void client_run(struct client *c, const char *sql);
long client_number(struct client *c, const char *sql);
void client_text(struct client *c, const char *sql, char *ret_text, size_t size);
/* What the server calls this session: a backend's process, or a connection's number. */
long client_session(struct client *c, const char *source);

/* The diagnostic record with that number, from 1; "" and "" when there is none. */
struct record {
	char state[6];
	char message[2048];
};
struct record client_record(const struct client *c, int i);

/* Fails the test, with what was recorded, unless record 1 has that state and that text in it. */
void client_assert_refused(
	const struct client *c, SQLRETURN rc, const char *state, const char *text);

/* Connect, ask for the session, disconnect. */
long session_of(struct client *c, const char *source, const char *more);

/*
 * How many sessions the server has whose users are `user`, without the one that asks, which comes
 * from an unpooled connection of its own.
 */
long server_sessions(const char *source, const char *user);
/* Is `count` reached before some seconds are over? The only way to see what a background thread
 * does. */
bool server_comes_down_to(const char *source, const char *user, long count);

/* By a clock that only goes forward. */
long now_ms(void);

#endif
