/* SPDX-License-Identifier: MIT */
/* Snapshots as lists of named numbers, and what histograms tell. */
#include "stats/snapshot.h"

uint64_t histogram_count(const struct histogram_values *h)
{
	uint64_t n = 0;

	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		n += h->bucket[i];
	return n;
}

uint64_t histogram_quantile(const struct histogram_values *h, double quantile)
{
	uint64_t count = histogram_count(h), seen = 0;

	if (count == 0)
		return 0;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->bucket[i];
		if (seen > 0 && (double)seen >= quantile * (double)count)
			return i == 0 ? 1 : UINT64_C(1) << i;
	}
	return UINT64_C(1) << (HISTOGRAM_BUCKETS - 1);
}

enum {
#define COUNTER(member, name, help) AT_##member,
#define GAUGE(member, name, help) AT_##member,
#define HISTOGRAM(member, name, help) AT_##member,
#include "base/counters.def"
};

bool number_get(const struct counter_values *values, size_t i, struct number *ret_number)
{
	switch (i) {
#define NUMBER(mem, nam, hlp, ...)                                                                 \
	case AT_##mem:                                                                             \
		*ret_number =                                                                      \
			(struct number){.member = #mem, .name = nam, .help = hlp, __VA_ARGS__};    \
		return true;
#define COUNTER(mem, nam, hlp) NUMBER(mem, nam, hlp, .kind = NUMBER_COUNTER, .value = values->mem)
#define GAUGE(mem, nam, hlp) NUMBER(mem, nam, hlp, .kind = NUMBER_GAUGE, .value = values->mem)
#define HISTOGRAM(mem, nam, hlp) NUMBER(mem, nam, hlp, .kind = NUMBER_HISTOGRAM, .h = &values->mem)
#include "base/counters.def"
	}
	return false;
}
