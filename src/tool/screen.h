/* SPDX-License-Identifier: MIT */
#ifndef TOOL_SCREEN_H
#define TOOL_SCREEN_H
/*
 * `top` on the terminal, by ncurses. 80 columns and 24 lines are enough.
 *
 * Locks: none; one thread uses it.
 */
#include "tool/watch.h"

/* Until the user quits. False: memory ran out, or the terminal is of no use; it was said. */
bool screen_run(const struct report_filter *filter, unsigned interval_ms);

#endif
