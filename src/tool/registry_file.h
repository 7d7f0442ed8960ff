/* SPDX-License-Identifier: MIT */
#ifndef TOOL_REGISTRY_FILE_H
#define TOOL_REGISTRY_FILE_H
/*
 * An odbcinst.ini that `wrap` and `unwrap` change: read, compared, replaced, with the messages that
 * both have.
 *
 * Locks: none. Ownership: the struct owns its texts.
 */
#include "tool/command.h"
#include "tool/wrapping.h"

#include <sys/stat.h>

struct registry_file {
	char *path;
	struct stat seen;
	struct ini_lines lines;
};

/* The file at `path`, or when that is NULL the one that has `section`. False: the reason was said.
 */
must_use bool registry_file_open(
	struct registry_file *ret_file, const char *path, const char *section);
void registry_file_done(struct registry_file *f);

/* Show what would change, or change it. Takes `text` over. */
enum verdict registry_file_apply(
	const struct registry_file *f, struct buffer *text, bool is_dry, const char *done);
/* Say why not, and what to do next. */
void registry_file_refuse(const struct registry_file *f, const char *section, enum wrapping why);

#endif
