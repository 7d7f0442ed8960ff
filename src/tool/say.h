/* SPDX-License-Identifier: MIT */
#ifndef TOOL_SAY_H
#define TOOL_SAY_H
/*
 * What is said to people: answers on standard output, errors on standard error, in colours where
 * somebody looks on.
 *
 * An error has two parts: what is wrong, and what to do next.
 */
#include "base/compiler.h"

#include <stdbool.h>
#include <stdio.h>

enum tint { TINT_GOOD, TINT_BAD, TINT_WARN, TINT_HEAD, TINT_FAINT };

/* The sequences that begin and end a colour on `to`; "" where colours are not wanted. */
const char *say_tint(FILE *to, enum tint tint);
const char *say_end(FILE *to);

/* "odbcpool: ..." on standard error. */
void say_error(const char *format, ...) printf_like(1, 2);
/* The line below it: what to do next. */
void say_next(const char *format, ...) printf_like(1, 2);
/* On standard output, in lines of at most 100 columns; later lines are indented by `indent`. */
void say_wrapped(int indent, const char *text);
void say_no_memory(void);

#endif
