/* SPDX-License-Identifier: MIT */
#ifndef CONF_INI_TEXT_H
#define CONF_INI_TEXT_H
/*
 * One ini file: read whole, cut into sections and entries.
 *
 * Locks:     none.
 * Ownership: the struct owns everything; passwords may stand in it, so it is wiped.
 */
#include "base/buffer.h"
#include "base/hash.h"
#include "conf/ini.h"

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

/* What tells one content of a file from another without reading it. */
struct ini_stamp {
	int error; /* errno of stat(); then the rest is zero */
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified;
};

/* Of the file at `path` as it is now. */
struct ini_stamp ini_stamp_of(const char *path);
bool ini_stamp_equal(const struct ini_stamp *a, const struct ini_stamp *b);

struct ini_text {
	char *path;
	struct ini_stamp stamp;
	struct timespec read_at; /* on the clock that files are stamped with */
	int error;		 /* errno of reading it; EILSEQ: it does not begin with a section */
	struct digest content;
	struct buffer text;
	struct ini_section *sections;
	size_t section_count;
	struct ini_entry *entries;
	size_t entry_count;
};

/* Read the file at `path`, which is taken over. False: no memory, and nothing is to be released. */
must_use bool ini_text_load(struct ini_text *ret_text, char *path);
void ini_text_done(struct ini_text *t);
/* True also when the file was so new as it was read that a later change may have left no mark. */
bool ini_text_is_stale(const struct ini_text *t);
/* Do both hold the same, from the same place? */
bool ini_text_equal(const struct ini_text *a, const struct ini_text *b);

#endif
