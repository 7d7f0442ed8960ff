/* SPDX-License-Identifier: MIT */
#ifndef TOOL_WORDS_IN_H
#define TOOL_WORDS_IN_H
/*
 * A data source or connection string as it stands on the command line; "-" reads it from standard
 * input, where no other user of the machine sees the password.
 *
 * Ownership: the text is the caller's, to be released by secret_free().
 */

/* NULL: there is none, and that was said. */
char *words_in(const char *argument);

#endif
