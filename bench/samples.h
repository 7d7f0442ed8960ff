/* SPDX-License-Identifier: MIT */
#ifndef BENCH_SAMPLES_H
#define BENCH_SAMPLES_H
/* Measured times, and their median: on a shared machine the only figure worth printing. */
#include <stdbool.h>
#include <stddef.h>

struct samples {
	double *ns;
	size_t count, capacity;
};

bool samples_add(struct samples *s, double ns);
/* Sorts them. NAN when there are none. */
double samples_median(struct samples *s);
/*
 * The median of what the samples of `of` took longer than their counterparts in `to`. They were
 * taken in turns, so that what slowed one down slowed its counterpart too. Before samples_median().
 */
double samples_difference(const struct samples *of, const struct samples *to);
void samples_done(struct samples *s);

/* Of one value or more, which it sorts: 0 is the least, 0.5 the median. */
double quantile(double *values, size_t n, double q);

/* A precise monotonic clock. */
double now_ns(void);

#endif
