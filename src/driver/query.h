/* SPDX-License-Identifier: MIT */
#ifndef DRIVER_QUERY_H
#define DRIVER_QUERY_H
/*
 * Statements of our own on a session: resets, probes, snapshots.
 *
 * Locks:     none; never called while the application has the session.
 * Ownership: columns handed to a callback are valid during it.
 */
#include "base/buffer.h"
#include "driver/session.h"

/*
 * Append a text in quotes, with quotes and backslashes doubled: for servers that take a backslash
 * for an escape (MariaDB; PostgreSQL in E'...').
 */
void query_add_literal(struct buffer *to, const char *text);
/* Execute, and throw away whatever comes back. False: the driver or the server refused. */
must_use bool query_run(struct session *s, const char *sql);

/* The same; on failure `reterr` gets the driver's records. */
must_use bool query_run_reporting(struct session *s, const char *sql, struct diag *reterr);

/* One row of a result: texts in UTF-8 (wide sessions) or the driver's bytes; NULL is SQL NULL. */
typedef void query_row(void *arg, const char *const *columns, unsigned count);

/* The same, with each row of each result given to `row`. Long texts are cut at 4 KiB. */
must_use bool query_rows(struct session *s, const char *sql, query_row *row, void *arg);

/* The first column of the first row, to be freed; NULL: no row, NULL, or refused. */
char *query_text(struct session *s, const char *sql);

#endif
