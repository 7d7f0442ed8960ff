/* SPDX-License-Identifier: MIT */
#ifndef STATS_SEGMENT_H
#define STATS_SEGMENT_H
/*
 * The process's own segment, from the writer's side.
 *
 * Its addresses are reserved at the beginning and stay the same for the life of the process: at
 * first there is private memory behind them; with the first pool the file is put in its place; in a
 * forked child private memory again, so that nothing that is still being counted there reaches the
 * parent's file. Where there is no shared memory to be had, it stays private: all works as well,
 * only that nobody can look at it.
 *
 * Locks:     one of its own (LOCK_RANK_STATS) for slots and texts. Tallies are written under the
 *            lock of whoever they were given to.
 * Ownership: made once, never freed. A slot belongs to who has claimed it until segment_release().
 */
#include "base/compiler.h"
#include "base/counters.h"
#include "base/lock.h"
#include "stats/layout.h"

#include <stdbool.h>
#include <sys/types.h>

struct segment {
	struct mutex lock;
	struct stats_header *header;
	size_t room; /* slots that addresses are reserved for */
	/* A file is behind it. Written under the lock, after the file has taken the memory's place.
	 */
	atomic_bool is_shared;
	/* lock */
	uint64_t last_id;
	bool is_tried; /* to share it: not again before a fork */
	size_t backed; /* slots that may be touched */
	dev_t device;  /* of the file */
	ino_t inode;
	const char *trouble; /* a literal: why some of it is not shared; NULL: all is */
	int trouble_error;
	bool is_trouble_told;
	bool is_taken[STATS_SLOTS_MAX];
};

/* Private as yet. False: no memory. */
must_use bool segment_init(struct segment *s, const char *release);

/* What a pool is, as far as it is known at its birth. Texts may be NULL. */
struct slot_about {
	const char *name;
	const char *driver;
	const char *server;
	uint64_t key[2];
	struct stats_settings settings;
};

/*
 * A place for a new pool to count at; the first makes the file. All is 0. NULL: no memory. The
 * memory is private where no file is to be had, or the file is full.
 */
must_use struct tally *segment_claim(struct segment *s, const struct slot_about *about);
/* The pool is gone. NULL is allowed. */
void segment_release(struct segment *s, struct tally *t);
/*
 * True, once in the life of a process: something could not be shared, for the reason given (errno,
 * or 0).
 */
must_use bool segment_take_trouble(struct segment *s, const char **ret_reason, int *ret_error);

/* What is learned about a pool later. `t` was claimed here. */
void segment_note_dbms(struct segment *s, struct tally *t, const char *dbms);
/* `message` holds no secret. */
void segment_note_login_error(struct segment *s, struct tally *t, const char *sqlstate,
	int32_t native, const char *message);
/* At most STATS_HOLDERS, longest first. */
void segment_note_holders(struct segment *s, struct tally *t, const struct stats_holder *holders,
	unsigned count, usec_t now);

/* enum tally_state, or-ed, of the process as a whole. */
void segment_set_state(struct segment *s, uint32_t state);

/*
 * Is there a command to obey? Cheap enough for each connect. What is not shared nobody commands,
 * and its memory may be exchanged for the file's at any moment.
 */
static inline bool segment_has_command(const struct segment *s)
{
	const struct stats_command *c = &s->header->command;
	uint32_t request;

	if (!atomic_load_explicit(&s->is_shared, memory_order_acquire))
		return false;
	request = atomic_load_explicit(&c->request, memory_order_relaxed);
	return request != atomic_load_explicit(&c->acknowledged, memory_order_relaxed) &&
	       request % 2 == 0;
}

struct command {
	uint32_t request;
	enum stats_verb verb;
	struct tally *pool; /* NULL: all */
};

/*
 * Take the command that waits. True: *ret_command is to be obeyed and then acknowledged. False:
 * there is none, or it concerns a pool that has gone, or makes no sense, and was acknowledged here.
 */
must_use bool segment_take_command(struct segment *s, struct command *ret_command);
void segment_acknowledge(struct segment *s, const struct command *c, unsigned affected);

/* Remove the files that processes of this user left behind. Opens files: not on the way of a
 * borrow. */
void segment_sweep_stale(void);
/* The process is ending: nobody is to look any more. Counting goes on to work. */
void segment_remove(struct segment *s);
void segment_after_fork_in_child(struct segment *s);

#endif
