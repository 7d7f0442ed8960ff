/* SPDX-License-Identifier: MIT */
#ifndef TOOL_MANAGER_H
#define TOOL_MANAGER_H
/*
 * The driver manager, as an application has it, opened at run time: the tool is not linked with it
 * and does not know sql.h, for it must run where there is none, and must not bring a driver into
 * the process unless it was asked to connect.
 *
 * The types are those of unixODBC's ABI: SQLRETURN is short, SQLINTEGER int, SQLSMALLINT short, and
 * handles are pointers.
 *
 * Locks:     none; one thread uses it.
 * Ownership: manager_open() and manager_connect() give what manager_close() and
 *            manager_disconnect() end.
 */
#include "base/buffer.h"

#include <stdbool.h>

struct manager;

/* NULL: the reason is appended. */
struct manager *manager_open(struct buffer *reterr);
void manager_close(struct manager *m);

/* Connect: to a data source, or with a connection string when it has an equals sign. False: the
 * diagnostics are appended, and the connection is closed. */
must_use bool manager_connect(struct manager *m, const char *what, struct buffer *reterr);
/* False: likewise. */
must_use bool manager_disconnect(struct manager *m, struct buffer *reterr);
/* SELECT 1, fetched, so that the session has been used; what comes of it does not matter. */
void manager_use(struct manager *m);
/* An attribute of the connection. False: the driver has none such. */
bool manager_get_number(struct manager *m, int attribute, unsigned *ret_value);
bool manager_get_text(struct manager *m, int attribute, struct buffer *to);
/* SQL_DBMS_NAME and SQL_DBMS_VER, appended with a blank between them. */
void manager_get_dbms(struct manager *m, struct buffer *to);

#endif
