/* SPDX-License-Identifier: MIT */
#ifndef FAKEDRV_CLIENT_H
#define FAKEDRV_CLIENT_H
/*
 * Calling an ODBC driver's functions straight out of its file, with no driver manager between.
 *
 * CALL(client, SQLFetch)(stmt) is typed by the system's own headers. A name that the file lacks
 * fails the test.
 *
 * Ownership: a client is never closed, as drivers are not; a session is its test's.
 */
#define SQL_NOUNICODEMAP
#include "fakedrv/fakedrv.h"

#include <check.h>
#include <dlfcn.h>
#include <sql.h>
#include <sqlext.h>
#include <sqlucode.h>
#include <stdio.h>

struct client {
	void *library;
	const struct fakedrv_control *fake; /* NULL: it is another driver */
};

struct session {
	SQLHENV env;
	SQLHDBC dbc;
	SQLHSTMT stmt;
};

#define CALL(client, function) ((__typeof__(function) *)client_symbol(&(client), #function))

static inline void *client_symbol(const struct client *c, const char *name)
{
	void *symbol = dlsym(c->library, name);

	ck_assert_msg(symbol != NULL, "%s is not exported", name);
	return symbol;
}

/* A variant of the fake driver, by the name of its file. */
static inline void client_load(struct client *c, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s.so", FAKEDRV_DIR, name);
	c->library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	ck_assert_msg(c->library != NULL, "%s", dlerror());
	c->fake = dlsym(c->library, FAKEDRV_CONTROL);
}

static inline struct session session_prepare(const struct client *c)
{
	struct session s = {0};

	ck_assert_int_eq(
		CALL(*c, SQLAllocHandle)(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &s.env), SQL_SUCCESS);
	CALL(*c, SQLSetEnvAttr)(s.env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0);
	ck_assert_int_eq(CALL(*c, SQLAllocHandle)(SQL_HANDLE_DBC, s.env, &s.dbc), SQL_SUCCESS);
	return s;
}

static inline SQLRETURN session_connect(
	const struct client *c, struct session *s, const char *string)
{
	return CALL(*c, SQLDriverConnect)(
		s->dbc, NULL, (SQLCHAR *)string, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT);
}

static inline struct session session_open(const struct client *c, const char *string)
{
	struct session s = session_prepare(c);

	ck_assert_int_eq(session_connect(c, &s, string), SQL_SUCCESS);
	ck_assert_int_eq(CALL(*c, SQLAllocHandle)(SQL_HANDLE_STMT, s.dbc, &s.stmt), SQL_SUCCESS);
	return s;
}

static inline SQLRETURN session_exec(const struct client *c, struct session *s, const char *text)
{
	return CALL(*c, SQLExecDirect)(s->stmt, (SQLCHAR *)text, SQL_NTS);
}

static inline void session_close(const struct client *c, struct session *s)
{
	CALL(*c, SQLDisconnect)(s->dbc);
	ck_assert_int_eq(CALL(*c, SQLFreeHandle)(SQL_HANDLE_DBC, s->dbc), SQL_SUCCESS);
	ck_assert_int_eq(CALL(*c, SQLFreeHandle)(SQL_HANDLE_ENV, s->env), SQL_SUCCESS);
}

#endif
