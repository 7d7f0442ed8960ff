/* SPDX-License-Identifier: MIT */
#ifndef TDSD_FREETDS_H
#define TDSD_FREETDS_H
/*
 * An ODBC application on FreeTDS's driver, connected to the harness's server. Texts are UTF-8.
 *
 * Ownership: one a test; its fixture starts and stops the server, too.
 */
#include "hygiene/app.h"

#include <check.h>

extern struct app app;

/* A suite without tests when there is no driver ends as skipped. */
Suite *freetds_suite(const char *name);
void freetds_set_up(void);
void freetds_tear_down(void);
/* "7.1" to "7.4", "5.0". */
void freetds_log_in(const char *version);
/* The same, but for the connect itself; with more of a connection string. */
void freetds_prepare(const char *version, const char *more);
void freetds_run(const char *sql);
/* The first column of the first row, as app_ask() gives it. */
void freetds_expect(const char *sql, const char *result);

#endif
