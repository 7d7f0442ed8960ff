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
 * The real driver is to behave as if the application had named it itself. So its string is the
 * application's, letter by letter, without our settings, and further:
 *
 *  - A string with DSN= (before any DRIVER=, as the driver manager chooses) keeps it, for drivers
 *    read that section themselves. A DRIVER= after it is dropped: the driver manager has ignored
 *    it, and MariaDB's driver would ignore the DSN because of it.
 *
 *  - A string with DRIVER= keeps it: the section that it names holds defaults which psqlODBC reads,
 *    and without it psqlODBC assumes a data source of its own; MariaDB's driver needs at least five
 *    characters. Where PoolDriver names a section, DRIVER={that section} takes its place.
 *
 *  - A string with neither gets DSN=DEFAULT; in front, as from the driver manager.
 *
 * When a keyword is repeated the last DSN= or DRIVER= counts, as for the driver manager; of our own
 * settings it is the first, as ODBC says.
 *
 * Locks:     none held on return. Ownership: a struct resolved owns all it points to and wipes it.
 */
#include "base/buffer.h"
#include "base/diag.h"
#include "conf/settings.h"

#include <stdbool.h>
#include <stddef.h>

/* What was passed to the entry point, as UTF-8 or the application's own 8-bit text. */
struct connect_text {
	bool is_string; /* SQLDriverConnect, SQLBrowseConnect: `string` is a connection string */
	const char *string; /* connection string, or the data source name (may be NULL) */
	size_t string_len;
};

struct resolved {
	struct settings settings;
	char *dsn;	      /* data source name in use; NULL: the string named a driver */
	char *driver_section; /* odbcinst.ini section that led here, or NULL */
	/* The value of PoolDriver after following sections: a path or a file name. */
	char *pool_driver;
	/* Where it was read, for messages: "PoolDriver in [x] of /etc/odbcinst.ini". */
	char *pool_driver_place;
	/* is_string only: what the real driver gets. */
	struct buffer driver_string;
	/* is_string only: the words taken from it (DRIVER=..., pool settings), each with its
	 * semicolon, to be put back into the completed string. */
	struct buffer own_words;
	/* Content of all sections that were read; differs when one is edited. */
	struct digest sections;
	unsigned long generation; /* of the ini files at that time: ini_generation() */
	bool has_warnings;	  /* the diag holds 01000 records although the call succeeded */
};

/*
 * True: *ret_resolved is filled (release with resolved_done), and `diag` may hold warnings (01000).
 * False: `diag` says why: IM002 (DSN unknown), IM003, HY024, HY001; nothing is to be
 * released.
 */
must_use bool resolve_connect(
	const struct connect_text *in, struct resolved *ret_resolved, struct diag *diag);
void resolved_done(struct resolved *r);

/*
 * Append the completed connection string for the application: own_words, and what the real driver
 * completed, without its DRIVER= and with the application's DSN=. Reconnecting with it comes back
 * to us.
 */
void resolved_complete_string(
	const struct resolved *r, const char *from_driver, size_t len, struct buffer *to);

#endif
