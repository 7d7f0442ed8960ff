/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SHIM_APP_H
#define TESTS_SHIM_APP_H
/*
 * An application that calls the shim's entry points itself, with no driver manager between, over
 * the fake driver. Private ini files lead there:
 *
 *	DRIVER=   real driver     library
 *	fake      fakedrv         libodbcpool.so
 *	second    fakedrva        libodbcpoola.so    (another real driver)
 *	wide      fakedrvw        libodbcpoolw.so
 *	nomix     fakedrv_nomix   libodbcpool.so     (single W functions are missing)
 *	DSN=one, DSN=two (with a script), DSN=plain (Pooling=No) are data sources of `fake`.
 *
 * Ownership: app_done() frees what app_env() and app_dbc() gave.
 */
#include "fakedrv/fakedrv.h"
#include "odbcpool.h"
#include "shim/entry.h"

#include <check.h>

/* For tcase_add_checked_fixture(). The second checks that no driver saw a foreign handle. */
void app_setup(void);
void app_done(void);

/* Add a section to odbcinst.ini or odbc.ini, before the first connect. */
void app_add_ini(const char *file, const char *text);
/* What is in a file; stays as it is until the next call. */
const char *app_read_file(const char *path);
/* The folder of the ini files. */
const char *app_folder(void);

/* The controls of the real driver below a section. */
const struct fakedrv_control *app_fake(const char *section);
struct fakedrv_counts app_counts(const char *section);
/* Until that many logouts have been counted; Check's time limit ends a wait in vain. */
void app_await_logouts(const char *section, size_t logouts);

SQLHENV app_env(SQLUINTEGER odbc_version);
/* An environment that came through another library than libodbcpool.so. */
SQLHENV app_env_of(enum shell shell);
SQLHDBC app_dbc_of(SQLHENV env);
SQLHDBC app_dbc(void); /* of one ODBC 3 environment */
SQLRETURN app_connect(SQLHDBC dbc, const char *string);
SQLRETURN app_connect_wide(SQLHDBC dbc, const char *string);
/* Must succeed. */
SQLHDBC app_connected(const char *string);
SQLHSTMT app_stmt(SQLHDBC dbc);
SQLRETURN app_exec(SQLHSTMT stmt, const char *text);
/* On a statement of its own; it must succeed. */
void app_run(SQLHDBC dbc, const char *text);
void app_disconnect(SQLHDBC dbc);

SQLUINTEGER app_attribute(SQLHDBC dbc, SQLINTEGER attribute);
void app_set(SQLHDBC dbc, SQLINTEGER attribute, SQLULEN value);
bool app_is_reused(SQLHDBC dbc);
/* The number that the real driver gave its connection. */
SQLULEN app_number(SQLHDBC dbc);

/* Record `number` must be there, with this state and this text somewhere in its message. */
void app_check_record(SQLSMALLINT type, SQLHANDLE h, SQLSMALLINT number, const char *state,
	SQLINTEGER native, const char *text);
void app_check_no_record(SQLSMALLINT type, SQLHANDLE h, SQLSMALLINT number);
/* The call must return `rc`, else its record is shown. */
void app_check_rc(SQLRETURN got, SQLRETURN wanted, SQLSMALLINT type, SQLHANDLE h);
#define app_check(call, rc, type, h) app_check_rc(call, rc, type, h)

/* ASCII to W, in one of a few buffers that are used in turn. */
SQLWCHAR *wide(const char *text);
/* The other way round. */
const char *narrow(const SQLWCHAR *text);

#endif
