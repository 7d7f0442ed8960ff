/* SPDX-License-Identifier: MIT */
#ifndef TOOL_STATUS_JSON_H
#define TOOL_STATUS_JSON_H
/*
 * A report as JSON, as doc/odbcpool-status.schema.json describes it: the interface for programs.
 *
 * Locks: none. Ownership: see the functions.
 */
#include "tool/report.h"

/* The text, for the caller to free(); NULL: memory ran out. `flags` are jansson's. */
char *status_json(const struct report *r, size_t flags);

#endif
