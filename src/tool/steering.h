/* SPDX-License-Identifier: MIT */
#ifndef TOOL_STEERING_H
#define TOOL_STEERING_H
/*
 * One command for many processes: sent to all at once, so that one that hangs holds up no other.
 *
 * Locks: none. Ownership: inputs are borrowed for the call.
 */
#include "tool/report.h"

/* One process, and what came of it. */
struct steered {
	const struct process_snapshot *process;
	const struct report_filter *filter; /* pool NULL: all, those yet to come included */
	enum stats_verb verb;
	usec_t deadline;
	/* written by steering_send() */
	enum command_result result;  /* of the worst of its pools */
	enum segment_result segment; /* COMMAND_FAILED: why */
	unsigned affected;
};

void steering_send(struct steered *targets, size_t count);

#endif
