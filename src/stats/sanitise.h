/* SPDX-License-Identifier: MIT */
#ifndef STATS_SANITISE_H
#define STATS_SANITISE_H
/*
 * Texts on their way into a segment and out of it: printable UTF-8 that ends within its bounds.
 * What is not, and what could steer a terminal, becomes '?'.
 *
 * Locks: none. Ownership: the caller's bytes.
 */
#include <stddef.h>

/*
 * Copy what stands before the first NUL in `size_from` bytes; cut on a whole character where `to`
 * is too small. The rest of `to` is filled with 0.
 */
void sanitise(char *to, size_t size, const char *from, size_t size_from);

#endif
