/* SPDX-License-Identifier: MIT */
#ifndef POOL_THREADS_H
#define POOL_THREADS_H
/*
 * The threads of the process: naming the one that holds a connection, telling whether it still
 * exists, and making threads of our own.
 *
 * Our threads block every signal: a handler of the application never runs on one of them.
 *
 * Locks:     none; the counts are atomics.
 * Ownership: threads are detached; what is passed to one is the caller's arrangement.
 */
#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The kernel's number of the calling thread, as shown by ps and gdb. Costs a system call once. */
pid_t thread_id(void);
/* Name of a living thread, or "" when it has none or has ended. */
void thread_get_name(pid_t thread, char *ret_name, size_t size);
bool thread_has_ended(pid_t thread);

/*
 * Is the calling thread the only one of the process, ours not counted? When threads come or go
 * meanwhile the answer is no.
 */
bool thread_is_only_one(void);

/* Run main(arg) on a detached thread named `name` (a literal). False: none could be made. */
must_use bool thread_start(const char *name, size_t stack_size, void (*main)(void *), void *arg);
/* Is the calling thread one that thread_start() made? */
bool thread_is_ours(void);

/* In the child of fork() only the forking thread exists, under a new number. */
void threads_after_fork_in_child(void);

#endif
