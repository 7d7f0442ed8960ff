/* SPDX-License-Identifier: MIT */
#ifndef BASE_TRACE_H
#define BASE_TRACE_H
/*
 * Trace: one line an event, to syslog or to a file, off unless a DSN asks for it (PoolTrace).
 *
 * A line is "time pid tid level event key=value ...". It never holds a secret: callers pass
 * names and numbers, never a connection string that was not redacted.
 *
 * Locks:     a line is one write(2) to a file opened O_APPEND, so lines of different threads do not
 *            mix; the table of sinks has a lock of its own. Never called with a pool's lock held.
 * Ownership: sinks are shared by (level, file) and live until the process ends.
 */
#include "base/compiler.h"

#include <stdbool.h>
#include <sys/types.h>

enum trace_level { TRACE_OFF, TRACE_ERROR, TRACE_WARN, TRACE_INFO, TRACE_DEBUG };

struct trace {
	enum trace_level level;
	int fd;	      /* -1: syslog */
	dev_t device; /* of the file: a number can be closed and reused behind our back */
	ino_t inode;
	const char *path; /* NULL: syslog */
};

/* A sink that swallows everything. */
extern const struct trace trace_off;

/*
 * The sink for `level` and `path` (NULL or "": syslog). When the file cannot be opened the sink
 * writes to syslog instead and says so there. NULL only when memory runs out. Thread-safe.
 */
const struct trace *trace_sink(enum trace_level level, const char *path);

static inline bool trace_is_on(const struct trace *t, enum trace_level level)
{
	return t && t->level >= level;
}

/*
 * `text`, which may hold anything, as one word of a line: itself, or within quotes when it would
 * not be one. NULL: no memory. The caller frees it.
 */
must_use char *trace_word(const char *text);

/* For pthread_atfork: another thread may have been making a sink. */
void trace_after_fork_in_child(void);

void trace_write(const struct trace *t, enum trace_level level, const char *event,
	const char *format, ...) printf_like(4, 5);

/* The arguments are evaluated only when the level is on. */
#define trace_event(t, lvl, event, ...)                                                            \
	do {                                                                                       \
		if (trace_is_on(t, lvl))                                                           \
			trace_write(t, lvl, event, __VA_ARGS__);                                   \
	} while (0)

#endif
