/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_FAILING_ALLOC_H
#define SUPPORT_FAILING_ALLOC_H
/*
 * Allocations that fail at the word of a test.
 *
 * The linker's --wrap (FAILING_ALLOC_WRAPS) leads those of our own libraries through here, and
 * only those; they fail on the thread that asks for it.
 */
#include <stdbool.h>

/* `n` allocations go well from now on, and the next one fails. */
void alloc_fail_after(long n);
/* From now on none fails. Has it come to that? */
bool alloc_end_failing(void);

#endif
