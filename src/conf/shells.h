/* SPDX-License-Identifier: MIT */
#ifndef CONF_SHELLS_H
#define CONF_SHELLS_H
/*
 * Our three libraries, and which of them a real driver belongs under.
 *
 * The driver manager decides by the presence of SQLConnectW or SQLDriverConnectW whether it speaks
 * Unicode to a driver; under the wrong library the real driver would see other calls than without
 * us.
 *
 * Locks: none.
 */
#include <stdbool.h>

/* SHELL_NONE: the connections that the XA switch makes for itself. */
enum shell { SHELL_BOTH, SHELL_ANSI, SHELL_WIDE, SHELLS, SHELL_NONE = SHELLS };

/* By the connect functions that the real driver has; it has one of them. */
enum shell shell_for(bool has_ansi_connect, bool has_wide_connect);
/* The name of its file. */
const char *shell_file(enum shell shell);
/* What a real driver is, that belongs under it: "is an ANSI driver". */
const char *shell_reason(enum shell shell);

#endif
