/* SPDX-License-Identifier: MIT */
#include "shim/pool_info.h"

#include "base/counters.h"
#include "odbcpool.h"
#include "shim/library.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* What programs of the first release pass. */
enum { SIZE_OF_VERSION_1 = 4136 };

static_assert(sizeof(struct odbcpool_pool_info) == SIZE_OF_VERSION_1,
	"programs that are compiled already pass another size");
static_assert((int)ODBCPOOL_BUCKETS == (int)HISTOGRAM_BUCKETS, "another number of buckets");

/* Does not compile before a new counter has its member in odbcpool.h. */
static void fill(struct odbcpool_counts *to, const struct counter_values *from)
{
#define COUNTER(member, name, help) to->member = from->member;
#define GAUGE(member, name, help) to->member = from->member;
#define HISTOGRAM(member, name, help)
#include "base/counters.def"
}

static void fill_histogram(struct odbcpool_histogram *to, const struct histogram_values *from)
{
	to->sum_us = from->sum_us;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		to->bucket[i] = from->bucket[i];
}

static void fill_times(struct odbcpool_histograms *to, const struct counter_values *from)
{
#define COUNTER(member, name, help)
#define GAUGE(member, name, help)
#define HISTOGRAM(member, name, help) fill_histogram(&to->member, &from->member);
#include "base/counters.def"
}

static void fill_pool(struct odbcpool_pool_info *info, struct pool *p)
{
	struct counter_values values = {0};
	struct pool_numbers numbers;
	uint32_t state = atomic_load_explicit(&pool_tally(p)->state, memory_order_relaxed);

	pool_get_counters(p, &values);
	pool_get_numbers(p, &numbers);
	fill(&info->pool, &values);
	fill_times(&info->pool_times, &values);
	info->is_pooled = 1;
	info->is_paused = (state & TALLY_PAUSED) != 0;
	info->is_disabled = (state & TALLY_DISABLED) != 0;
	info->total = numbers.total;
	info->oldest_holder = numbers.oldest_holder;
	info->oldest_held_us = (unsigned long long)numbers.oldest_held;
	snprintf(info->name, sizeof(info->name), "%s", pool_name(p));
}

SQLRETURN pool_info_get(struct dbc *d, SQLPOINTER value, SQLINTEGER size, SQLINTEGER *ret_len)
{
	struct odbcpool_pool_info info = {.version = ODBCPOOL_POOL_INFO_VERSION};
	struct counter_values all;

	if (value && size < SIZE_OF_VERSION_1)
		return handle_fail(&d->base, "HY090", ODBCPOOL_ERR_BAD_ARGUMENT, "attribute",
			"Invalid string or buffer length: ODBCPOOL_ATTR_POOL_INFO needs a buffer "
			"of %d bytes, a struct odbcpool_pool_info, and SQLGetConnectAttr",
			SIZE_OF_VERSION_1);
	info.size = sizeof(info);
	if (value && (size_t)size < sizeof(info))
		info.size = (unsigned)size;
	if (ret_len)
		*ret_len = (SQLINTEGER)info.size;
	if (!value)
		return SQL_SUCCESS;
	if (d->borrow.pool && !d->is_inherited)
		fill_pool(&info, d->borrow.pool);
	registry_get_counters(library_registry(), &all);
	fill(&info.process, &all);
	fill_times(&info.process_times, &all);
	memcpy(value, &info, info.size);
	return SQL_SUCCESS;
}
