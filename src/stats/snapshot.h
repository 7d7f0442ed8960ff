/* SPDX-License-Identifier: MIT */
#ifndef STATS_SNAPSHOT_H
#define STATS_SNAPSHOT_H
/*
 * What the tool reads: the segments of processes, at any moment, also of one that hangs or was
 * stopped.
 *
 * A reader never maps what it reads and never believes it: the file is copied with pread(), sizes
 * and numbers are checked, texts come out as printable UTF-8. So a hostile or truncated segment
 * cannot harm it, and no writer is ever held up.
 *
 * Locks:     none in the process that is read; between two senders of commands, flock().
 * Ownership: a snapshot and a list own their memory.
 */
#include "base/clock.h"
#include "base/compiler.h"
#include "base/counters.h"
#include "stats/layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A segment by its name, as found in the folder of shared memory. */
struct segment_name {
	uid_t euid;
	pid_t pid;
};

struct segment_list {
	struct segment_name *names; /* by pid */
	size_t count;
};

/*
 * All segments of user `euid`, or of everybody with SEGMENTS_OF_ALL. Nothing is opened: some may be
 * stale. False: memory ran out. Where the system has no shared memory the list is empty.
 */
#define SEGMENTS_OF_ALL ((uid_t)-1)
must_use bool segment_list_get(uid_t euid, struct segment_list *ret_list);
void segment_list_done(struct segment_list *list);

enum segment_result {
	SEGMENT_OK,
	SEGMENT_GONE,	       /* no such file */
	SEGMENT_STALE,	       /* its process has ended; segment_sweep() removes it */
	SEGMENT_NOT_READY,     /* its process is just making it */
	SEGMENT_DENIED,	       /* another user's */
	SEGMENT_OTHER_VERSION, /* of a release that this one does not understand */
	SEGMENT_MALFORMED,     /* not what odbcpool writes, or cut off */
	SEGMENT_NO_MEMORY,
};
/* A sentence's part: "is another user's", ... */
const char *segment_result_text(enum segment_result result);

/* Remove the segment of a process that has ended. False: it lives, or it may not be removed. */
bool segment_sweep(const struct segment_name *name);

/* One pool. Texts are printable UTF-8, ended by a NUL. */
struct pool_snapshot {
	uint64_t id; /* for commands */
	char name[STATS_NAME_SIZE];
	char driver[STATS_PATH_SIZE];
	char dbms[STATS_WORD_SIZE];
	char server[STATS_NAME_SIZE];
	char key[33];	      /* hexadecimal */
	uint32_t state;	      /* enum tally_state, or-ed */
	bool is_torn;	      /* the process changed it all the time, or stopped in the middle: the
				 numbers may not fit together */
	usec_t blocked_until; /* 0: not blocked */
	usec_t made_at;
	struct stats_settings settings;
	struct counter_values values;
	struct stats_login_error last_error;
	usec_t holders_at;
	unsigned holder_count;
	struct stats_holder holders[STATS_HOLDERS]; /* longest first */
};

struct process_snapshot {
	struct segment_name name;
	char program[STATS_WORD_SIZE];
	char release[STATS_WORD_SIZE];
	int64_t made_at_us_since_1970;
	usec_t taken_at;
	uint32_t state;		 /* of the process as a whole, and of pools yet to come */
	unsigned pools_unlisted; /* pools beyond those in `pools`: not in `totals` */
	bool is_torn;		 /* pools came and went all the time */
	struct counter_values
		totals; /* of the pools here, of vanished ones, and unpooled connects */
	size_t pool_count;
	struct pool_snapshot *pools; /* in the order of their making */
};

/* Read one process. Only on SEGMENT_OK there is something to release. */
must_use enum segment_result snapshot_take(
	const struct segment_name *name, struct process_snapshot *ret_snapshot);
void snapshot_done(struct process_snapshot *s);

/* The value below which the share `quantile` (0..1) of a histogram's durations lies, in us: the
 * upper end of its bucket, never lower than the truth. 0 when it is empty. */
uint64_t histogram_quantile(const struct histogram_values *h, double quantile);
uint64_t histogram_count(const struct histogram_values *h);

/*
 * Walk through a snapshot's numbers by name, in the order of base/counters.def. `h` is set for
 * histograms, `value` for the others.
 */
enum number_kind { NUMBER_COUNTER, NUMBER_GAUGE, NUMBER_HISTOGRAM };
struct number {
	enum number_kind kind;
	const char *member; /* "hard_connects" */
	const char *name;   /* "hard-connects" */
	const char *help;
	uint64_t value;
	const struct histogram_values *h;
};
/* The i-th number of the snapshot. False: there is none. */
bool number_get(const struct counter_values *values, size_t i, struct number *ret_number);

enum command_result {
	COMMAND_OBEYED,
	COMMAND_PENDING, /* no answer until the deadline: it hangs or was stopped, and will obey
			    when it goes on, unless another command comes first */
	COMMAND_BUSY,	 /* another tool is commanding that process, until the deadline */
	COMMAND_FAILED,	 /* see *ret_segment */
};

/*
 * Ask a process to do something with one pool (pool_snapshot.id) or all of them (0), and wait until
 * it has. `deadline` is of CLOCK_MONOTONIC. On COMMAND_OBEYED *ret_affected is the number of pools
 * concerned: 0 when the pool has gone meanwhile.
 */
must_use enum command_result command_send(const struct segment_name *name, enum stats_verb verb,
	uint64_t pool, usec_t deadline, unsigned *ret_affected, enum segment_result *ret_segment);

#endif
