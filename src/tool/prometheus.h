/* SPDX-License-Identifier: MIT */
#ifndef TOOL_PROMETHEUS_H
#define TOOL_PROMETHEUS_H
/*
 * A report in the text format of Prometheus: what OpenTelemetry has a name for under that name
 * (db.client.connection.*), everything else as odbcpool_*.
 *
 * Locks: none. Ownership: appended to the caller's buffer, which says whether memory ran out.
 */
#include "tool/report.h"

void prometheus_add(struct buffer *to, const struct report *r);

#endif
