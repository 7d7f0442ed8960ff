/* SPDX-License-Identifier: MIT */
#ifndef TOOL_REPORT_H
#define TOOL_REPORT_H
/*
 * What all processes count at this moment, and what is said of it everywhere alike: in tables, in
 * JSON, to Prometheus, in `top` and on the page.
 *
 * Only processes of the calling user are seen; root sees all.
 *
 * Locks: none. Ownership: a report owns its snapshots.
 */
#include "base/buffer.h"
#include "stats/snapshot.h"

#include <stdbool.h>

struct unreadable {
	struct segment_name name;
	enum segment_result why;
};

struct report {
	struct process_snapshot *processes;
	size_t count;
	struct unreadable *unreadable;
	size_t unreadable_count;
};

/* What is asked for; 0 and NULL: everything. */
struct report_filter {
	pid_t pid;
	const char *pool; /* its name, whatever its case */
};

/* Segments of processes that have ended are removed on the way. False: memory ran out. */
must_use bool report_take(const struct report_filter *filter, struct report *ret_report);
void report_done(struct report *r);
/* Is the pool one of those asked for? */
bool report_wants(const struct report_filter *filter, const struct pool_snapshot *p);
/* As given on the command line, or NULL. False: what is wrong with it was said. */
must_use bool report_read_filter(
	const char *pool, const char *pid, struct report_filter *ret_filter);

/* What the numbers of a pool amount to. */
struct pool_view {
	uint64_t total; /* physical connections */
	uint64_t hits, misses;
	double hit_percent;				       /* negative: no connect yet */
	uint64_t wait_median, wait_p99, open_median, open_p99; /* us */
};
struct pool_view pool_view(const struct counter_values *v);

/* "ok", or what is remarkable: "paused", "blocked 4 s", "full", several with commas. */
void report_add_state(
	struct buffer *to, const struct pool_snapshot *p, usec_t now, const char *separator);
/* The file name of the driver, without folder. */
const char *report_driver(const struct pool_snapshot *p);
/* "870us", "4.2ms", "12s", "-" for 0. */
void report_add_time(struct buffer *to, uint64_t us);

#endif
