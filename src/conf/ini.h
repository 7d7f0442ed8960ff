/* SPDX-License-Identifier: MIT */
#ifndef CONF_INI_H
#define CONF_INI_H
/*
 * The user's odbc.ini, the system's odbc.ini and odbcinst.ini, as the driver manager would read them.
 *
 * libodbcinst says where the files are. It caches values for 20 seconds and cannot be told otherwise,
 * so the files are read here: one snapshot of all three, remade when path, time, size or inode of
 * one has changed. Key look-ups fall back from the user's file to the system's, key by key, as
 * libodbcinst does; names are compared without case.
 *
 * Locks:     LOCK_RANK_CONF, never held on return; a snapshot is immutable.
 * Ownership: a snapshot is counted; ini_unref() what ini_current() gave.
 */
#include "base/hash.h"

#include <stdbool.h>

struct ini;

enum ini_file { INI_ODBC, INI_ODBCINST };

/* The newest snapshot, read now if none was read before. NULL only when memory runs out. */
struct ini *ini_current(void);
void ini_unref(struct ini *ini);

/* Number of the newest snapshot: one atomic load, for the way of a borrow. 0 before the first. */
unsigned long ini_generation(void);
/* Look whether a file has changed and read it anew if so. For the housekeeper, once a second. */
void ini_poll(void);

bool ini_has_section(const struct ini *ini, enum ini_file file, const char *section);
/* The value, or NULL. *ret_path (may be NULL) gets the file that it stands in. Valid as long as `ini`. */
const char *ini_get(const struct ini *ini, enum ini_file file, const char *section, const char *key,
	const char **ret_path);

#endif
