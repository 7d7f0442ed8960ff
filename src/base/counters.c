/* SPDX-License-Identifier: MIT */
#include "base/counters.h"

#include <stddef.h>

static uint64_t get(const _Atomic uint64_t *number)
{
	return atomic_load_explicit(number, memory_order_relaxed);
}

static void sum_histogram(struct histogram_values *to, const struct histogram *from)
{
	to->sum_us += get(&from->sum_us);
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		to->bucket[i] += get(&from->bucket[i]);
}

void tally_sum(struct counter_values *to, const struct tally *from)
{
#define COUNTER(member, name, help) to->member += get(&from->counters.member);
#define GAUGE(member, name, help) to->member += get(&from->gauges.member);
#define HISTOGRAM(member, name, help) sum_histogram(&to->member, &from->histograms.member);
#include "base/counters.def"
}

/* What is not concerned is not written: somebody else may be adding to it. */
static void add_to(_Atomic uint64_t *number, uint64_t n)
{
	if (n)
		counter_add(number, n);
}

static void add_histogram(
	struct histogram *to, const struct histogram_values *from, uint64_t factor)
{
	add_to(&to->sum_us, factor * from->sum_us);
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		add_to(&to->bucket[i], factor * from->bucket[i]);
}

/* `factor` is 1 or, in unsigned arithmetic, -1. */
static void add(struct tally *to, const struct counter_values *values, uint64_t factor)
{
#define COUNTER(member, name, help) add_to(&to->counters.member, factor * values->member);
#define GAUGE(member, name, help)
#define HISTOGRAM(member, name, help)                                                              \
	add_histogram(&to->histograms.member, &values->member, factor);
#include "base/counters.def"
}

void tally_add(struct tally *to, const struct counter_values *values)
{
	add(to, values, 1);
}

void tally_subtract(struct tally *to, const struct counter_values *values)
{
	add(to, values, (uint64_t)-1);
}
