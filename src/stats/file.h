/* SPDX-License-Identifier: MIT */
#ifndef STATS_FILE_H
#define STATS_FILE_H
/*
 * A segment as a file that may be anything: opened, measured, and copied out of with pread().
 *
 * Locks: none. Ownership: an open file is the caller's to close.
 */
#include "base/compiler.h"
#include "stats/layout.h"
#include "stats/process.h"
#include "stats/snapshot.h"

#include <stdbool.h>
#include <stddef.h>

#define SEGMENT_FOLDER "/dev/shm"

enum { SEGMENT_FILE_NAME_SIZE = 64 };

struct segment_file {
	int fd;
	size_t size;
	int64_t changed_at_s; /* since 1970 */
};

/* "/odbcpool.<euid>.<pid>" */
void segment_file_name(const struct segment_name *name, char ret_name[SEGMENT_FILE_NAME_SIZE]);
/*
 * SEGMENT_OK: *ret_file is to be closed. The file then is a regular one and belongs to the user of
 * its name; nothing is known of what is in it.
 */
must_use enum segment_result segment_file_open(
	const struct segment_name *name, bool is_for_writing, struct segment_file *ret_file);
void segment_file_close(struct segment_file *file);
/* Learn the present size. */
must_use bool segment_file_measure(struct segment_file *file);
/* Copy `size` bytes at `offset`. False: they are not there (any more). */
must_use bool segment_file_read(
	const struct segment_file *file, size_t offset, void *ret_bytes, size_t size);
must_use bool segment_file_write(
	const struct segment_file *file, size_t offset, const void *bytes, size_t size);
/* The process that says that it has made it. */
struct process_identity segment_maker(const struct stats_header *header);
/*
 * Read the header and check it. SEGMENT_OK and SEGMENT_STALE: it is one that this release
 * understands, made by the process of its name, which lives or has ended. SEGMENT_STALE is also
 * given for a file that was never finished and whose process is not there.
 */
must_use enum segment_result segment_file_check(const struct segment_file *file,
	const struct segment_name *name, struct stats_header *ret_header);

#endif
