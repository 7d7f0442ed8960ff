/* SPDX-License-Identifier: MIT */
#include "bench/samples.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

bool samples_add(struct samples *s, double ns)
{
	if (s->count == s->capacity) {
		size_t capacity = s->capacity ? 2 * s->capacity : 1024;
		double *more = realloc(s->ns, capacity * sizeof(*more));
		if (!more)
			return false;
		s->ns = more;
		s->capacity = capacity;
	}
	s->ns[s->count++] = ns;
	return true;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double quantile(double *values, size_t n, double q)
{
	qsort(values, n, sizeof(*values), compare);
	return values[(size_t)((double)(n - 1) * q)];
}

double samples_median(struct samples *s)
{
	if (!s->count)
		return NAN;
	qsort(s->ns, s->count, sizeof(*s->ns), compare);
	return (s->ns[(s->count - 1) / 2] + s->ns[s->count / 2]) / 2;
}

double samples_difference(const struct samples *of, const struct samples *to)
{
	struct samples differences = {0};
	double median = NAN;
	bool is_well = of->count == to->count;

	for (size_t i = 0; is_well && i < of->count; i++)
		is_well = samples_add(&differences, of->ns[i] - to->ns[i]);
	if (is_well)
		median = samples_median(&differences);
	samples_done(&differences);
	return median;
}

void samples_done(struct samples *s)
{
	free(s->ns);
	*s = (struct samples){0};
}
