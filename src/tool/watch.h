/* SPDX-License-Identifier: MIT */
#ifndef TOOL_WATCH_H
#define TOOL_WATCH_H
/*
 * Pools looked at again and again: what has changed since the last look, and how it has been going.
 * This is what `top` shows; it knows nothing of terminals.
 *
 * Locks: none. Ownership: a struct watch owns its rows and the last report.
 */
#include "tool/report.h"

#define WATCH_HISTORY 60

/* One pool. */
struct watch_row {
	/* Valid until the next look. */
	const struct process_snapshot *process;
	const struct pool_snapshot *pool;
	pid_t pid;
	uint64_t id;
	uint64_t connects, misses, waits; /* of the last look, to subtract */
	bool is_new;			  /* seen once: there is no rate yet */
	double connects_per_s, misses_per_s;
	/* Connects that had to stand in line, by look; the last one is at history_at - 1. */
	unsigned history[WATCH_HISTORY];
};

enum watch_order {
	WATCH_BY_WAITS,
	WATCH_BY_CONNECTS,
	WATCH_BY_ACTIVE,
	WATCH_BY_NAME,
	WATCH_ORDERS
};

struct watch {
	struct report report;
	bool has_report;
	usec_t looked_at;
	struct watch_row *rows; /* in the order of the report */
	size_t count;
	unsigned looks;
	/* Those that pass the filter, in order. */
	const struct watch_row **shown;
	size_t shown_count;
};

void watch_init(struct watch *w);
void watch_done(struct watch *w);
/* Look at all pools. False: memory ran out, and nothing has changed. */
must_use bool watch_look(struct watch *w, const struct report_filter *filter);
/* Choose and order what is shown: those with `word` in their program, name or driver. */
void watch_arrange(struct watch *w, enum watch_order order, const char *word);
const char *watch_order_name(enum watch_order order);
/* The waits of the look that is `ago` looks old; 0: the last one. */
unsigned watch_waits(const struct watch *w, const struct watch_row *row, unsigned ago);

#endif
