/* SPDX-License-Identifier: MIT */
#ifndef STATS_PROCESS_H
#define STATS_PROCESS_H
/*
 * Which process is meant: a number alone may have been given to another one since, and
 * execve() makes another program of one.
 *
 * Locks: none. Ownership: plain values.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process_identity {
	pid_t pid;
	uint64_t start_ticks;	/* since boot, field 22 of /proc/<pid>/stat; 0: unknown */
	uint64_t pid_namespace; /* inode of /proc/self/ns/pid; 0: unknown */
	uint64_t program_inode; /* of /proc/<pid>/exe; 0: unknown */
};

/* The calling process. */
struct process_identity process_self(void);
/* True only when it is certain: of a process in another PID namespace nothing can be said. */
bool process_has_ended(const struct process_identity *p);

#endif
