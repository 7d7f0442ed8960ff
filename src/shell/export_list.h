/* SPDX-License-Identifier: MIT */
/*
 * The names that a shell exports, one EXPORT(name) each, from the entry-point table; the
 * preprocessor's output becomes the shell's version script and the list that the export check
 * compares with nm.
 *
 * SHELL_HAS_ANSI and SHELL_HAS_WIDE say which forms of a function with text the shell has.
 */
#if SHELL_HAS_ANSI
#define PLAIN_OF_TEXT(name) EXPORT(SQL##name) EXPORT(SQL##name##A)
#else
#define PLAIN_OF_TEXT(name)
#endif
#if SHELL_HAS_WIDE
#define WIDE_OF_TEXT(name) EXPORT(SQL##name##W)
#else
#define WIDE_OF_TEXT(name)
#endif
#define FORWARD(name, ...) EXPORT(SQL##name)
#define OWN(name, ...) EXPORT(SQL##name)
#define LOCAL(name, ...) EXPORT(SQL##name)
#define FORWARD_AW(name, ...) PLAIN_OF_TEXT(name) WIDE_OF_TEXT(name)
#define OWN_AW(name, ...) PLAIN_OF_TEXT(name) WIDE_OF_TEXT(name)
#define LOCAL_AW(name, ...) PLAIN_OF_TEXT(name) WIDE_OF_TEXT(name)
#include "driver/entry_points.def"
EXPORT(SQLDriverLoad)
EXPORT(SQLDriverUnload)
EXPORT(odbcpool_shell)
#if SHELL_HAS_ANSI
	EXPORT(SQLColAttributesA) EXPORT(SQLErrorA) EXPORT(SQLGetConnectOptionA)
		EXPORT(SQLSetConnectOptionA)
#endif
