/* SPDX-License-Identifier: MIT */
#ifndef CONF_RESOLVE_H
#define CONF_RESOLVE_H
/*
 * From what the application said to what will be done: which real driver, with which string, and
 * with which settings.
 *
 * Reads the connection string, the DSN's section of odbc.ini and the driver's section of
 * odbcinst.ini (conf/ini.h); this is the only place that knows their precedence.
 *
 * Locks:     none held on return. Ownership: a struct resolved owns all it points to and wipes it.
 */
#include "base/buffer.h"
#include "base/diag.h"
#include "conf/settings.h"

#include <stdbool.h>

/* What was passed to the entry point, as UTF-8 or the application's own 8-bit text. */
struct connect_text {
	bool is_string;	       /* SQLDriverConnect, SQLBrowseConnect: `string` is a connection string */
	const char *string;    /* connection string, or the data source name (may be NULL) */
	size_t string_len;
};

struct resolved {
	struct settings settings;
	char *dsn;	       /* data source name in use, or NULL */
	char *driver_section;  /* odbcinst.ini section that led here, or NULL */
	char *pool_driver;     /* the value of PoolDriver after following sections: a path or a file name */
	char *pool_driver_place; /* where it was read, for messages: "PoolDriver in [x] of /etc/odbcinst.ini" */
	struct buffer driver_string; /* is_string only: what the real driver gets */
	struct buffer own_words;     /* is_string only: the words taken away (DRIVER=..., pool settings), each with
					its semicolon, to be put back into the completed string */
	struct digest sections;	     /* content of all sections that were read; differs when one is edited */
	unsigned long generation;    /* of the ini files at that time: ini_generation() */
	bool has_warnings;	     /* the diag holds 01000 records although the call succeeded */
};

/*
 * True: *ret_resolved is filled (release with resolved_done), and `diag` may hold warnings (01000).
 * False: `diag` says why: IM002 (DSN unknown), IM003, HY024, HYC00, HY001; nothing is to be released.
 */
must_use bool resolve_connect(
	const struct connect_text *in, struct resolved *ret_resolved, struct diag *diag);
void resolved_done(struct resolved *r);

/* The key word of the completed string, etc.: see connstr.h. */

#endif
