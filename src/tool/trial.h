/* SPDX-License-Identifier: MIT */
#ifndef TOOL_TRIAL_H
#define TOOL_TRIAL_H
/*
 * Connect twice, as any application, and tell what came of it: was the second connect served from
 * the pool, and why not.
 *
 * Locks: none.
 */
#include "tool/finding.h"

void trial_run(const char *what, struct findings *f);

#endif
