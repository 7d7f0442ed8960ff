/* SPDX-License-Identifier: MIT */
#ifndef STATS_LAYOUT_H
#define STATS_LAYOUT_H
/*
 * What lies in the shared memory of a process: POSIX shared memory /odbcpool.<euid>.<pid>, mode
 * 0600, made with the process's first pool, removed at its exit. A header of one page, then a page
 * for each pool. The file is as long as it has ever had pools at the same time; free slots say so.
 *
 * The process writes everything except `struct stats_command`, which the tool writes and the
 * process answers. There is no pointer in it, and a reader trusts nothing that it has not checked:
 * stats/snapshot.h is the only reader.
 *
 * A process and a tool of different releases understand each other while STATS_VERSION is the same:
 * counters are only ever appended (base/counters.def), fields only take up room that was 0. It goes
 * up when anything else changes.
 *
 * Times are microseconds of CLOCK_MONOTONIC, which all processes of a machine share, unless the
 * name says otherwise.
 *
 * Locks:     of the writing process: a tally's writers hold their pool's lock; all else is written
 *            under the segment's (stats/segment.h). Readers use the sequences.
 * Ownership: the process's; the file goes when the process ends, or is swept after it.
 */
#include "base/clock.h"
#include "base/counters.h"

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define STATS_MAGIC UINT64_C(0x4c4f4f504342444f) /* "ODBCPOOL" */
#define STATS_VERSION 1u
#define STATS_FILE_FORMAT "odbcpool.%u.%d" /* effective uid, process id */
#define STATS_NAME_FORMAT "/" STATS_FILE_FORMAT

enum {
	STATS_PAGE = 4096,
	STATS_SLOTS_MAX = 2048,
	STATS_NAME_SIZE =
		128, /* texts end with a NUL within their size, cut on a whole character */
	STATS_PATH_SIZE = 256,
	STATS_WORD_SIZE = 64,
	STATS_MESSAGE_SIZE = 512,
	STATS_HOLDERS = 8,
};

/* What the tool can ask for. */
enum stats_verb {
	STATS_CLEAR = 1, /* close idle connections, others when they come back */
	/* Connects wait, each within its own deadline. Connections in use stay, a connection that
	 * comes back lies idle. Connects that go past the pools are not concerned. */
	STATS_PAUSE = 2,
	STATS_RESUME = 3,
	/*
	 * No pooling: each connect logs in for itself, as with Pooling=No, and so do those that
	 * stand in line; idle connections are closed, others when they come back. MaxPoolSize does
	 * not hold meanwhile. A pool that is paused as well lets nobody through.
	 */
	STATS_DISABLE = 4,
	STATS_ENABLE = 5,
};

/*
 * One command at a time: whoever sends holds the file's lock (flock). `request` is made odd, the
 * verb and the pool are written, and `request` is made the next even number. The process looks at
 * it at each connect and about once a second; when it is even and differs from `acknowledged` it
 * obeys, and then makes them equal.
 */
struct stats_command {
	_Atomic uint32_t request; /* goes up by 2 with each command */
	_Atomic uint32_t verb;	  /* enum stats_verb */
	_Atomic uint64_t pool;	  /* stats_slot.id; 0: all pools, those yet to come included */
	_Atomic uint32_t acknowledged;
	_Atomic uint32_t affected; /* how many pools the last one concerned */
};

struct stats_header {
	_Atomic uint64_t magic; /* written last: nothing is to be believed before */
	uint32_t version;
	uint32_t header_size;
	uint32_t slot_size;
	uint32_t slots_max;
	/* How many of each the process knows; those beyond are 0. */
	uint32_t counter_count;
	uint32_t gauge_count;
	uint32_t histogram_count;
	uint32_t bucket_count;
	int32_t pid;
	uint32_t euid;
	uint64_t start_ticks;	/* field 22 of /proc/<pid>/stat; 0: unknown */
	uint64_t pid_namespace; /* inode of /proc/<pid>/ns/pid; 0: unknown */
	uint64_t program_inode; /* of /proc/<pid>/exe; 0: unknown */
	int64_t made_at;	/* microseconds since 1970 */
	char program[STATS_WORD_SIZE];
	char release[STATS_WORD_SIZE]; /* of odbcpool */

	/*
	 * Goes up by 2 whenever a slot is taken or given back, odd meanwhile. Numbers that move
	 * between `departed` and a slot do so while the sequence of `departed` is odd.
	 */
	_Atomic uint32_t directory;
	_Atomic uint32_t slots_used;	 /* slots beyond were never taken */
	_Atomic uint32_t pools_unlisted; /* pools of the moment that found no slot */
	_Atomic uint32_t state;		 /* enum tally_state, of the whole process */

	_Alignas(64) struct stats_command command;
	/* What is counted by no pool of the moment: pools that have vanished, connects that went
	 * past the pools. Gauges are unused here. */
	_Alignas(64) struct tally departed;
};

/* The settings that a reader of numbers wants to know. No limit, never: -1. Times in us. */
struct stats_settings {
	int64_t max_pool_size;
	int64_t min_pool_size;
	int64_t max_opening;
	int64_t max_uses;
	int64_t pool_connect_timeout;
	int64_t connection_idle_timeout;
	int64_t connection_lifetime;
	int64_t leak_detection_threshold;
	int64_t room[8];
};

struct stats_holder {
	int64_t since;
	int32_t thread; /* 0: none, and none after it */
	uint32_t room;
};

struct stats_login_error {
	int64_t at_us_since_1970; /* 0: none */
	int32_t native;
	char sqlstate[8];
	char message[STATS_MESSAGE_SIZE]; /* of its first record, connection strings redacted */
};

struct stats_slot {
	_Alignas(64) struct tally tally;
	_Atomic uint64_t id; /* 0: free; otherwise never used again in this process */
	/* Odd while what follows is being changed. */
	_Atomic uint32_t sequence;
	uint32_t holder_count; /* of `holders` */
	uint64_t key[2]; /* keyed hash of what the pool is told by: tells equal from unequal */
	int64_t made_at;
	struct stats_settings settings;
	struct stats_login_error last_error;
	/* Who has held a connection for longest, as the last sweep saw it: longest first. */
	int64_t holders_at;
	struct stats_holder holders[STATS_HOLDERS];
	char name[STATS_NAME_SIZE];
	char driver[STATS_PATH_SIZE]; /* the real one's file */
	char dbms[STATS_WORD_SIZE];   /* "" before the first login */
	char server[STATS_NAME_SIZE]; /* where it is known */
};

static_assert(sizeof(struct tally) == 2176, "the tally's layout has changed");
static_assert(sizeof(struct gauges) <= GAUGES_ROOM * sizeof(uint64_t), "too many gauges");
static_assert(sizeof(struct counters) <= COUNTERS_ROOM * sizeof(uint64_t), "too many counters");
static_assert(sizeof(struct histograms) == HISTOGRAMS_ROOM * sizeof(struct histogram),
	"another number of histograms");
static_assert(offsetof(struct stats_header, directory) == 208, "the header's layout has changed");
static_assert(offsetof(struct stats_header, command) == 256, "the header's layout has changed");
static_assert(offsetof(struct stats_header, departed) == 320, "the header's layout has changed");
static_assert(sizeof(struct stats_header) <= STATS_PAGE, "the header does not fit its page");
static_assert(offsetof(struct stats_slot, id) == 2176, "the slot's layout has changed");
static_assert(offsetof(struct stats_slot, name) == 3016, "the slot's layout has changed");
static_assert(sizeof(struct stats_slot) <= STATS_PAGE, "a slot does not fit its page");

#endif
