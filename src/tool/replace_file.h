/* SPDX-License-Identifier: MIT */
#ifndef TOOL_REPLACE_FILE_H
#define TOOL_REPLACE_FILE_H
/*
 * A file read whole, and replaced as a whole: at any moment, also after a crash, it is the old one
 * or the new one. Mode and owner stay; a symbolic link stays and its target is replaced.
 *
 * Locks: none. Ownership: texts are the caller's.
 */
#include "base/buffer.h"

#include <stdbool.h>
#include <sys/stat.h>

/* Append the file's content. False: errno. *ret_stat is for file_replace(). */
must_use bool file_read(const char *path, struct buffer *to, struct stat *ret_stat);

/*
 * Put `text` in its place. False: nothing has changed, and the reason is appended; one of them is
 * that the file is not the one any more that `seen` tells of.
 */
must_use bool file_replace(const char *path, const struct buffer *text, const struct stat *seen,
	struct buffer *reterr);

#endif
