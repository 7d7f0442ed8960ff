/* SPDX-License-Identifier: MIT */
#ifndef HYGIENE_APP_H
#define HYGIENE_APP_H
/*
 * A small ODBC application: what the hygiene programs need of the driver manager, in few words.
 * It can speak as an ANSI or as a wide application; texts here are UTF-8.
 *
 * Ownership: app_done() frees what app_init() and app_connect() made. One thread at a time.
 */
#include <stdbool.h>
#include <stddef.h>

#define SQL_NOUNICODEMAP
#include <sql.h>
#include <sqlext.h>
#include <sqlucode.h>

struct app {
	SQLHENV env;
	SQLHDBC dbc;
	const char *string; /* what to connect with */
	bool is_wide;
	char problem[512]; /* "[state] message" of the last call that failed */
};

void app_init(struct app *a, const char *string, bool is_wide);
void app_done(struct app *a);

/* False: a->problem says why. */
bool app_connect(struct app *a);
bool app_disconnect(struct app *a);
/* Run it and drop its results. */
bool app_run(struct app *a, const char *sql);
/* The first column of the first row as text; "no row", "null", "error 42000" when it is not one. */
void app_ask(struct app *a, const char *sql, char *ret_text, size_t size);
/* As a number; -1 when it is none. */
long app_number(struct app *a, const char *sql);
/* A statement handle; NULL: a->problem. */
SQLHSTMT app_statement(struct app *a);
/* SQLExecDirect in the application's width. */
SQLRETURN app_execute(struct app *a, SQLHSTMT h, const char *sql);
bool app_set(struct app *a, SQLINTEGER attribute, SQLULEN value);
bool app_set_text(struct app *a, SQLINTEGER attribute, const char *text);
bool app_end(struct app *a, SQLSMALLINT completion);
/* The state of the first record, "00000" when there is none. */
void app_state(SQLSMALLINT kind, SQLHANDLE h, char ret_state[6]);
/* Was the physical connection used before? */
bool app_is_reused(struct app *a);
/* Have the physical connection closed at the disconnect. */
bool app_discard(struct app *a);
/* What the server calls the session; -1 where it has no name for it. */
long app_session(struct app *a);

#endif
