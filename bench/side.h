/* SPDX-License-Identifier: MIT */
#ifndef BENCH_SIDE_H
#define BENCH_SIDE_H
/*
 * One side of a comparison: a process that does one work under its own ini files, and does it only
 * when asked, so that all sides can take turns.
 *
 * Ownership: a side that started is stopped by side_stop(), which also waits for its process.
 */
#include "bench/samples.h"
#include "bench/work.h"

#include <sys/types.h>

struct side {
	pid_t pid; /* 0: it does not run */
	int to, from;
};

/* `arguments`: the work's name and what it needs, NULL-terminated. `folder` has its ini files. */
bool side_start(struct side *s, const char *folder, const char *const *arguments);
/* Ask for `count` samples. False: the process has ended; it said why. */
bool side_sample(struct side *s, unsigned count, struct samples *to);
void side_stop(struct side *s);

/* The other end: do `w` as asked on standard input, until that ends. Gives an exit status. */
int side_serve(const struct work *w, char **arguments);

#endif
