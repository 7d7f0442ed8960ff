/* SPDX-License-Identifier: MIT */
#ifndef SHIM_LIBRARY_H
#define SHIM_LIBRARY_H
/*
 * The process-wide side of the shim: the one registry of pools, exit and fork.
 *
 * Locks: none of its own; made once.
 */
#include "pool/registry.h"

/* The registry of this process, made at first use. NULL: no memory. */
struct registry *library_registry(void);

#endif
