/* SPDX-License-Identifier: MIT */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H
/*
 * Something that can be measured: set up once, then run as often as wanted.
 *
 * A work is chosen by its name and runs in a process of its own (side.h), because much of what is
 * compared is decided once a process: the ini files, the driver manager's own pool.
 */
#include <stdbool.h>

struct work {
	const char *name;
	int arguments;
	/* False: it cannot be measured, and why was said on standard error. */
	bool (*open)(char **arguments);
	/* What a sample times, `calls` times over. False: it failed, as above. */
	bool (*run)(void);
	void (*close)(void);
	unsigned calls;
};

/* What run() has spent since its sample began on what is not to be measured, in ns. */
extern double work_uncounted_ns;

/* A connect and a disconnect through the driver manager. Argument: connection string. */
extern const struct work work_connect;
/*
 * The same with a query in between, whose rows are fetched, and a pause after it. Arguments:
 * connection string, query, length of the pause in ms.
 */
extern const struct work work_cycle;
/* The same without a driver manager. Arguments: driver file, connection string. */
extern const struct work work_direct;
/* One SQLFetch without a driver manager. Arguments: driver file, connection string. */
extern const struct work work_fetch;
/*
 * An update in two phases: by the application's own SQL on one connection that stays open; the same
 * with a connect and a disconnect for each; and by the XA switch, likewise with a connect for each.
 * Arguments: data source, more of the connection string (";KEY=VALUE...", or "").
 */
extern const struct work work_2pc_held, work_2pc_sql, work_2pc_switch;
/* Two mutex pairs and two coarse clock reads: how fast and how busy the machine is. */
extern const struct work work_reference;

#endif
