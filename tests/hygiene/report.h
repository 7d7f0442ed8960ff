/* SPDX-License-Identifier: MIT */
#ifndef HYGIENE_REPORT_H
#define HYGIENE_REPORT_H
/*
 * What the hygiene programs print: a line for each claim, "ok: ..." or "FAILED: ...", and at the
 * end "N passed, N failed". Not thread-safe.
 */
#include <stdbool.h>

#include "base/compiler.h"

void report_pass(const char *format, ...) printf_like(1, 2);
void report_fail(const char *format, ...) printf_like(1, 2);
/* One of the two, by `is_true`. */
void report_check(bool is_true, const char *format, ...) printf_like(2, 3);
/* The last line; returns the program's exit status. */
int report_end(void);

#endif
