/* SPDX-License-Identifier: MIT */
#include "stats/snapshot.h"

#include "stats/file.h"
#include "stats/sanitise.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * So often a reader tries to get numbers that belong together. A lock is held for less than a
 * microsecond, unless its thread was preempted or stopped; so after some tries it sleeps in
 * between. All its sleeps together are bounded, whatever the segment holds.
 */
enum { TRIES = 120, TRIES_AT_ONCE = 40, RETRIES = 5000, NAPS = 400 };

struct reader {
	struct segment_file file;
	int retries, naps; /* so far */
};

/* May the reader try for the i-th time (from 0)? If so, now is the moment. */
static bool may_try(struct reader *r, int i)
{
	const struct timespec nap = {.tv_nsec = 100000};

	if (i == 0)
		return true;
	if (i >= TRIES || r->naps >= NAPS || r->retries >= RETRIES)
		return false;
	r->retries++;
	if (i < TRIES_AT_ONCE) {
		sched_yield();
	} else {
		nanosleep(&nap, NULL);
		r->naps++;
	}
	return true;
}

static uint32_t load32(const _Atomic uint32_t *p)
{
	return atomic_load_explicit(p, memory_order_relaxed);
}

/* Read a sequence; what is read after this call is younger, what was read before it is older. */
static bool read_sequence(const struct segment_file *file, size_t offset, uint32_t *ret_sequence)
{
	bool is_read;

	fence_loads();
	is_read = segment_file_read(file, offset, ret_sequence, sizeof(*ret_sequence));
	fence_loads();
	return is_read;
}

/* Two that watch over the same bytes. */
struct sequences {
	uint32_t first, second;
};

/* Both in one call: to copy what lies between them costs less than another one. */
static bool read_slot_sequences(
	const struct segment_file *file, size_t slot, struct sequences *ret_sequences)
{
	enum { SECOND = offsetof(struct stats_slot, sequence) };
	unsigned char bytes[SECOND + sizeof(uint32_t)];
	bool is_read;

	static_assert(offsetof(struct stats_slot, tally.sequence) == 0, "the slot begins with it");
	fence_loads();
	is_read = segment_file_read(file, slot, bytes, sizeof(bytes));
	fence_loads();
	if (is_read) {
		memcpy(&ret_sequences->first, bytes, sizeof(uint32_t));
		memcpy(&ret_sequences->second, bytes + SECOND, sizeof(uint32_t));
	}
	return is_read;
}

static bool read_header_sequences(const struct segment_file *file, struct sequences *ret_sequences)
{
	return read_sequence(
		       file, offsetof(struct stats_header, directory), &ret_sequences->first) &&
	       read_sequence(file, offsetof(struct stats_header, departed.sequence),
		       &ret_sequences->second);
}

static bool is_settled(const struct sequences *before, const struct sequences *after)
{
	return before->first == after->first && before->second == after->second &&
	       before->first % 2 == 0 && before->second % 2 == 0;
}

/* False: the file is shorter. */
static bool read_slot(
	struct reader *r, size_t offset, struct stats_slot *ret_slot, bool *ret_is_torn)
{
	*ret_is_torn = true;
	for (int i = 0; *ret_is_torn && may_try(r, i); i++) {
		struct sequences before, after;
		if (!read_slot_sequences(&r->file, offset, &before) ||
			!segment_file_read(&r->file, offset, ret_slot, sizeof(*ret_slot)) ||
			!read_slot_sequences(&r->file, offset, &after))
			return false;
		*ret_is_torn = !is_settled(&before, &after);
	}
	return true;
}

static void take_last_error(struct stats_login_error *to, const struct stats_login_error *from)
{
	to->at_us_since_1970 = from->at_us_since_1970;
	to->native = from->native;
	sanitise(to->sqlstate, sizeof(to->sqlstate), from->sqlstate, sizeof(from->sqlstate));
	sanitise(to->message, sizeof(to->message), from->message, sizeof(from->message));
}

static void take_holders(struct pool_snapshot *to, const struct stats_slot *from)
{
	to->holders_at = from->holders_at;
	while (to->holder_count < STATS_HOLDERS && to->holder_count < from->holder_count &&
		from->holders[to->holder_count].thread > 0) {
		to->holders[to->holder_count] = from->holders[to->holder_count];
		to->holder_count++;
	}
}

static void take_pool(struct pool_snapshot *to, const struct stats_slot *from, bool is_torn)
{
	const struct tally *t = &from->tally;

	*to = (struct pool_snapshot){
		.id = atomic_load_explicit(&from->id, memory_order_relaxed),
		.state = load32(&t->state),
		.is_torn = is_torn,
		.blocked_until = atomic_load_explicit(&t->blocked_until, memory_order_relaxed),
		.made_at = from->made_at,
		.settings = from->settings,
	};
	sanitise(to->name, sizeof(to->name), from->name, sizeof(from->name));
	sanitise(to->driver, sizeof(to->driver), from->driver, sizeof(from->driver));
	sanitise(to->dbms, sizeof(to->dbms), from->dbms, sizeof(from->dbms));
	sanitise(to->server, sizeof(to->server), from->server, sizeof(from->server));
	snprintf(to->key, sizeof(to->key), "%016" PRIx64 "%016" PRIx64, from->key[0], from->key[1]);
	tally_sum(&to->values, t);
	const struct counter_values *v = &to->values;
	bool is_active =
		v->active_connections + v->free_connections + v->stasis_connections + v->opening >
		0;
	to->values.active_pools = is_active;
	to->values.inactive_pools = !is_active;
	take_last_error(&to->last_error, &from->last_error);
	take_holders(to, from);
}

static int by_id(const void *a, const void *b)
{
	uint64_t x = ((const struct pool_snapshot *)a)->id;
	uint64_t y = ((const struct pool_snapshot *)b)->id;

	return (x > y) - (x < y);
}

static enum segment_result read_pools(struct reader *r, uint32_t slots, struct process_snapshot *s)
{
	size_t size = r->file.size;
	struct stats_slot slot;

	s->pool_count = 0;
	if (size < STATS_PAGE || slots > (size - STATS_PAGE) / STATS_PAGE ||
		slots > STATS_SLOTS_MAX)
		return SEGMENT_MALFORMED;
	free(s->pools);
	s->pools = calloc(slots ? slots : 1, sizeof(*s->pools));
	if (!s->pools)
		return SEGMENT_NO_MEMORY;
	for (uint32_t i = 0; i < slots; i++) {
		bool is_torn;
		if (!read_slot(r, STATS_PAGE + (size_t)i * STATS_PAGE, &slot, &is_torn))
			return SEGMENT_MALFORMED;
		if (atomic_load_explicit(&slot.id, memory_order_relaxed) != 0)
			take_pool(&s->pools[s->pool_count++], &slot, is_torn);
	}
	return SEGMENT_OK;
}

/* Everything that changes, in one piece if the process lets us. */
static enum segment_result read_all(
	struct reader *r, struct process_snapshot *s, struct stats_header *ret_header)
{
	enum segment_result result = SEGMENT_OK;

	s->is_torn = true;
	for (int i = 0; s->is_torn && result == SEGMENT_OK && may_try(r, i); i++) {
		struct sequences before, after;
		if (!read_header_sequences(&r->file, &before) ||
			!segment_file_read(&r->file, 0, ret_header, sizeof(*ret_header)) ||
			!segment_file_measure(&r->file))
			return SEGMENT_MALFORMED;
		result = read_pools(r, load32(&ret_header->slots_used), s);
		if (!read_header_sequences(&r->file, &after))
			return SEGMENT_MALFORMED;
		s->is_torn = !is_settled(&before, &after);
	}
	return result;
}

static void add_histogram(struct histogram_values *to, const struct histogram_values *from)
{
	to->sum_us += from->sum_us;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		to->bucket[i] += from->bucket[i];
}

static void add_values(struct counter_values *to, const struct counter_values *from)
{
#define COUNTER(member, name, help) to->member += from->member;
#define GAUGE(member, name, help) to->member += from->member;
#define HISTOGRAM(member, name, help) add_histogram(&to->member, &from->member);
#include "base/counters.def"
}

static enum segment_result take_from(
	struct reader *r, const struct segment_name *name, struct process_snapshot *ret_snapshot)
{
	struct process_snapshot s = {.name = *name};
	struct stats_header header;
	enum segment_result result = segment_file_check(&r->file, name, &header);

	if (result == SEGMENT_OK)
		result = read_all(r, &s, &header);
	if (result != SEGMENT_OK) {
		free(s.pools);
		return result;
	}
	sanitise(s.program, sizeof(s.program), header.program, sizeof(header.program));
	sanitise(s.release, sizeof(s.release), header.release, sizeof(header.release));
	s.made_at_us_since_1970 = header.made_at;
	s.state = load32(&header.state);
	s.pools_unlisted = load32(&header.pools_unlisted);
	s.taken_at = clock_now(&clock_real);
	tally_sum(&s.totals, &header.departed);
	for (size_t i = 0; i < s.pool_count; i++)
		add_values(&s.totals, &s.pools[i].values);
	qsort(s.pools, s.pool_count, sizeof(*s.pools), by_id);
	*ret_snapshot = s;
	return SEGMENT_OK;
}

enum segment_result snapshot_take(
	const struct segment_name *name, struct process_snapshot *ret_snapshot)
{
	struct reader r = {.naps = 0};
	enum segment_result result = segment_file_open(name, false, &r.file);

	if (result != SEGMENT_OK)
		return result;
	result = take_from(&r, name, ret_snapshot);
	segment_file_close(&r.file);
	return result;
}

void snapshot_done(struct process_snapshot *s)
{
	free(s->pools);
	*s = (struct process_snapshot){.pools = NULL};
}
