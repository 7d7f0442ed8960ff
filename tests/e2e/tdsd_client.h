/* SPDX-License-Identifier: MIT */
#ifndef E2E_TDSD_CLIENT_H
#define E2E_TDSD_CLIENT_H
/*
 * The tests' hand on the server of tests/tdsd: its control socket and its audit log, whose paths
 * are in TDSD_CONTROL and TDSD_AUDIT. See tests/tdsd/README.
 */
#include <stddef.h>

/* E2E_USER and E2E_PASSWORD as words of a connection string, and `more`; until the next call.
 * FreeTDS reads neither in a data source's section. */
const char *tdsd_options(const char *more);
/* A command, which must be answered with "ok". */
void tdsd_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Calm: nothing refused, delayed or stalled. */
void tdsd_calm(void);
/* One of the counters of the command `counts`. */
long tdsd_count(const char *counter);
/* How many sessions have `text` (" spid=51 user=app ...") in what the command `sessions` says. */
long tdsd_sessions(const char *text);
/* Lines of the audit log since the note `from` that have `text` in them. */
long tdsd_audit_count(const char *from, const char *text);

#endif
