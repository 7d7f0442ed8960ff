/* SPDX-License-Identifier: MIT */
#ifndef TOOL_LIBRARY_FILE_H
#define TOOL_LIBRARY_FILE_H
/*
 * What a shared library exports, read from its file: none of its code runs.
 *
 * Locks: none. Ownership: results hold no memory.
 */
#include "base/buffer.h"
#include "conf/shells.h"

#include <stdbool.h>

struct library_file {
	bool is_ours; /* one of odbcpool's three */
	enum shell our_shell;
	bool is_driver;	    /* an ODBC 3 driver */
	bool is_old_driver; /* ODBC 2 only */
	enum shell shell;   /* is_driver: where it belongs */
	bool is_sqlite;	    /* is not pooled by default */
};

/* False: it cannot be read, or is no library for this machine; the reason is appended. */
must_use bool library_file_read(
	const char *path, struct library_file *ret_file, struct buffer *reterr);

#endif
