/* SPDX-License-Identifier: MIT */
#ifndef STATS_SHARE_H
#define STATS_SHARE_H
/*
 * The file behind a segment.
 *
 * It is created, never opened where one of its name is there: the folder is everybody's, and the
 * name may have been taken by another user. Whatever fails leaves the memory private, and says why
 * in segment.trouble.
 *
 * Locks:     the segment's is held throughout, system calls included; whoever counts never needs
 *            it.
 * Ownership: the name belongs to the process; no descriptor is kept.
 */
#include "base/compiler.h"
#include "stats/segment.h"

#define SEGMENT_WHOLE ((size_t)STATS_PAGE * (1 + STATS_SLOTS_MAX))

/* Put a new file in the place of the private memory, which holds nothing but a header. */
void segment_share_locked(struct segment *s);
/* Make the file long enough for so many slots. False: they must not be touched. */
must_use bool segment_back_locked(struct segment *s, size_t slots);
/* Remove the name, if it is still this process's file. */
void segment_unlink_locked(struct segment *s);
/* Note a trouble, with errno. False. */
bool segment_fail_locked(struct segment *s, const char *what);
int64_t segment_now_since_1970(void);

#endif
