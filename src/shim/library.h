/* SPDX-License-Identifier: MIT */
#ifndef SHIM_LIBRARY_H
#define SHIM_LIBRARY_H
/*
 * The process-wide side of the shim: the one registry of pools, exit and fork.
 *
 * Locks:     one of its own, only until the registry is made.
 * Ownership: the registry is never freed.
 */
#include "pool/registry.h"

/* The registry of this process, made at first use. NULL: no memory; the next call tries again. */
struct registry *library_registry(void);

#endif
