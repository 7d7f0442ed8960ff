/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_TRACE_FILE_H
#define SUPPORT_TRACE_FILE_H
/* A trace into a temporary file, to be read back. One at a time. */
#include "base/trace.h"

const struct trace *trace_file_open(enum trace_level level);
void trace_file_remove(void);
/* Everything that was traced so far. */
const char *trace_file_text(void);
/* How many lines hold `what`? */
int trace_file_count(const char *what);

#endif
