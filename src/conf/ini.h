/* SPDX-License-Identifier: MIT */
#ifndef CONF_INI_H
#define CONF_INI_H
/*
 * The user's and the system's odbc.ini and odbcinst.ini, as the driver manager reads them.
 *
 * libodbcinst says where the files are. It caches values for 20 seconds and cannot be told
 * otherwise, so the files are read here: one snapshot of all, remade when path, time, size or inode
 * of one has changed. As with libodbcinst, a section of the user's odbc.ini hides the system's
 * section of the same name as a whole (for odbcinst.ini it is the system's file that comes first),
 * the first of two sections of one name in a file counts, and names are compared without case. A
 * file that is missing, cannot be read or does not begin with a section is as an empty one.
 *
 * Other files that real drivers read at their login can be watched in the same round.
 *
 * Locks:     LOCK_RANK_CONF, never held on return; a snapshot is immutable.
 * Ownership: a snapshot is counted; ini_unref() what ini_current() gave.
 */
#include "base/buffer.h"
#include "base/compiler.h"
#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>

struct ini;

enum ini_file { INI_ODBC, INI_ODBCINST };

struct ini_entry {
	const char *key;
	const char *value;
};

struct ini_section {
	const char *name;
	const char *path; /* of the file that it stands in */
	const struct ini_entry *entries;
	size_t count;
};

/*
 * The files as they are now: the newest snapshot, made anew when a file or the environment variable
 * ODBCINI has changed. About 3 us when nothing has. NULL only when memory runs out.
 */
struct ini *ini_current(void);
void ini_unref(struct ini *ini);

/* Number of the newest snapshot: one atomic load, for the way of a borrow. 0 before the first. */
unsigned long ini_generation(void);
/* The number of this one. */
unsigned long ini_generation_of(const struct ini *ini);
/* Look whether a file has changed and read it anew if so. For the housekeeper, once a second. */
void ini_poll(void);
/*
 * Watch the files whose paths are in `paths`, each with its terminator, from now on: a change of
 * time, size or inode of one is a new generation, as that of an ini file. What they are now is
 * added to `h`; a missing file is one that can appear. False: no memory.
 */
must_use bool ini_watch(const struct buffer *paths, struct hasher *h);
/* Another thread may have held the lock when this process was forked. */
void ini_after_fork_in_child(void);

/* The section, or NULL. Valid as long as `ini`. */
const struct ini_section *ini_find(const struct ini *ini, enum ini_file file, const char *section);
bool ini_has_section(const struct ini *ini, enum ini_file file, const char *section);
/* The value, or NULL; valid as long as `ini`. *ret_path (may be NULL) gets the file it is in. */
const char *ini_get(const struct ini *ini, enum ini_file file, const char *section, const char *key,
	const char **ret_path);
/*
 * The value of Driver of a data source, where the driver manager looks in the system's file too
 * when the user's section has none. NULL or not empty.
 */
const char *ini_get_driver(const struct ini *ini, const char *dsn);

/* The section of the same name in the second file, which `s` hides as a whole; NULL: none. */
const struct ini_section *ini_hidden_by(
	const struct ini *ini, enum ini_file file, const struct ini_section *s);
/* The sections that count, one after another: NULL begins, and NULL is the end. */
const struct ini_section *ini_next(
	const struct ini *ini, enum ini_file file, const struct ini_section *after);
/* The value that a section has itself, or NULL. */
const char *ini_value(const struct ini_section *s, const char *key);

/* The path of a file, for messages: the system's. */
const char *ini_path_of(const struct ini *ini, enum ini_file file);
/* Append " (/etc/odbc.ini could not be read: Permission denied)" for each such file. */
void ini_add_errors(const struct ini *ini, enum ini_file file, struct buffer *to);

#endif
