/* SPDX-License-Identifier: MIT */
#ifndef E2E_CHILD_H
#define E2E_CHILD_H
/*
 * Children of fork(), for the tests of it. The child's assertions count: what fails there is
 * printed, and its exit status says so.
 */
#include "client.h"

#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

/* So that no reset is under way when the server is asked what it has heard. */
#define QUIET "ResetMode=Return;"

/*
 * The allocator of gcc 12's AddressSanitizer does not hold its locks across a fork: a thread that
 * is just starting leaves them locked in the child for ever. The other builds run these tests.
 */
#ifdef __SANITIZE_ADDRESS__
#define FORK_IS_SAFE 0
#else
#define FORK_IS_SAFE 1
#endif

#define child_assert(condition)                                                                    \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "in the child, line %d: %s\n", __LINE__, #condition);      \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

/* fork() that must succeed. The child runs on after 0, and is ended when it hangs. */
pid_t child_fork(void);
/* The child must end well. */
void child_await(pid_t pid);

/* In a child: a pool of its own, whose session is not `not_this`, and is reused. */
void child_works(const char *source, const char *more, long not_this);
/* In a child: the call on an inherited handle was refused as one. */
void child_is_refused(SQLSMALLINT kind, SQLHANDLE h, SQLRETURN rc);

void pause_ms(int ms);

#endif
