/* SPDX-License-Identifier: MIT */
#ifndef DBMS_STATEMENT_TEXT_H
#define DBMS_STATEMENT_TEXT_H
/*
 * A conservative look at statements: could this one leave something behind in the session?
 *
 * Only what is known to be harmless passes: queries and row changes, one or several in a text, by
 * the first word of each. Anything else (SET, USE, CREATE, CALL, a word that is not known) counts
 * as leaving state, and so do the few words inside a query that are known to (SELECT ... INTO,
 * session locks, set_config and the like). What a function of the user's own does cannot be seen.
 *
 * Comments and quoted text are skipped, but only where every database agrees on where they end: a
 * text that could hide a statement from this reader and not from the server counts as leaving
 * state. That is what the odd cases in the test are about.
 *
 * Locks:     none.
 * Ownership: the text is only read.
 */
#include <stdbool.h>
#include <stddef.h>

/* `len` is in units of one byte, or of two when is_wide. */
bool statement_may_leave_state(const void *text, size_t len, bool is_wide);

#endif
