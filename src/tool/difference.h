/* SPDX-License-Identifier: MIT */
#ifndef TOOL_DIFFERENCE_H
#define TOOL_DIFFERENCE_H
/*
 * Two versions of a file as a unified diff, on standard output.
 *
 * Locks: none.
 */
#include "tool/ini_lines.h"

void difference_show(const char *path, const struct ini_lines *old, const struct ini_lines *new);

#endif
