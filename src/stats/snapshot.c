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
 * microsecond, unless its thread was preempted or stopped; so after some tries it waits in between.
 */
enum { TRIES = 120, TRIES_AT_ONCE = 40 };

static void pause_before(int try)
{
	const struct timespec a_while = {.tv_nsec = 100000};

	if (try > TRIES_AT_ONCE)
		nanosleep(&a_while, NULL);
	else if (try > 0)
		sched_yield();
}

static uint32_t load32(const _Atomic uint32_t *p)
{
	return atomic_load_explicit(p, memory_order_relaxed);
}

/* Read a sequence; what is read after this call is younger, what was read before it is older. */
static bool read_sequence(const struct segment_file *file, size_t offset, uint32_t *ret_sequence)
{
	bool is_read;

	atomic_thread_fence(memory_order_acquire);
	is_read = segment_file_read(file, offset, ret_sequence, sizeof(*ret_sequence));
	atomic_thread_fence(memory_order_acquire);
	return is_read;
}

struct sequences {
	uint32_t tally, notes;
};

static bool read_sequences(
	const struct segment_file *file, size_t slot, struct sequences *ret_sequences)
{
	return read_sequence(file, slot + offsetof(struct stats_slot, tally.sequence),
		       &ret_sequences->tally) &&
	       read_sequence(
		       file, slot + offsetof(struct stats_slot, sequence), &ret_sequences->notes);
}

static bool is_settled(const struct sequences *before, const struct sequences *after)
{
	return before->tally == after->tally && before->notes == after->notes &&
	       before->tally % 2 == 0 && before->notes % 2 == 0;
}

/* False: the file is shorter. */
static bool read_slot(const struct segment_file *file, size_t offset, struct stats_slot *ret_slot,
	bool *ret_is_torn)
{
	*ret_is_torn = true;
	for (int i = 0; i < TRIES && *ret_is_torn; i++) {
		struct sequences before, after;
		pause_before(i);
		if (!read_sequences(file, offset, &before) ||
			!segment_file_read(file, offset, ret_slot, sizeof(*ret_slot)) ||
			!read_sequences(file, offset, &after))
			return false;
		*ret_is_torn = !is_settled(&before, &after);
	}
	return true;
}

static bool read_departed(
	const struct segment_file *file, struct tally *ret_tally, bool *ret_is_torn)
{
	const size_t offset = offsetof(struct stats_header, departed);

	*ret_is_torn = true;
	for (int i = 0; i < TRIES && *ret_is_torn; i++) {
		uint32_t before, after;
		pause_before(i);
		if (!read_sequence(file, offset, &before) ||
			!segment_file_read(file, offset, ret_tally, sizeof(*ret_tally)) ||
			!read_sequence(file, offset, &after))
			return false;
		*ret_is_torn = before != after || before % 2 != 0;
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

static enum segment_result read_pools(
	const struct segment_file *file, uint32_t slots, struct process_snapshot *s)
{
	struct stats_slot slot;

	s->pool_count = 0;
	if (file->size < STATS_PAGE || slots > (file->size - STATS_PAGE) / STATS_PAGE ||
		slots > STATS_SLOTS_MAX)
		return SEGMENT_MALFORMED;
	free(s->pools);
	s->pools = calloc(slots ? slots : 1, sizeof(*s->pools));
	if (!s->pools)
		return SEGMENT_NO_MEMORY;
	for (uint32_t i = 0; i < slots; i++) {
		bool is_torn;
		if (!read_slot(file, STATS_PAGE + (size_t)i * STATS_PAGE, &slot, &is_torn))
			return SEGMENT_MALFORMED;
		if (atomic_load_explicit(&slot.id, memory_order_relaxed) != 0)
			take_pool(&s->pools[s->pool_count++], &slot, is_torn);
	}
	return SEGMENT_OK;
}

/* Everything that changes, in one piece if the process lets us. */
static enum segment_result read_all(
	struct segment_file *file, struct process_snapshot *s, struct tally *ret_departed)
{
	const size_t directory = offsetof(struct stats_header, directory);
	enum segment_result result = SEGMENT_OK;
	bool is_torn = true;

	for (int i = 0; i < TRIES && is_torn && result == SEGMENT_OK; i++) {
		struct stats_header header;
		uint32_t before, after;
		pause_before(i);
		if (!read_sequence(file, directory, &before) ||
			!segment_file_read(file, 0, &header, sizeof(header)) ||
			!read_departed(file, ret_departed, &s->is_torn) ||
			!segment_file_measure(file))
			return SEGMENT_MALFORMED;
		s->state = load32(&header.state);
		s->pools_unlisted = load32(&header.pools_unlisted);
		result = read_pools(file, load32(&header.slots_used), s);
		if (!read_sequence(file, directory, &after))
			return SEGMENT_MALFORMED;
		is_torn = before != after || before % 2 != 0;
	}
	s->is_torn |= is_torn;
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
#undef COUNTER
#undef GAUGE
#undef HISTOGRAM
}

static enum segment_result take_from(struct segment_file *file, const struct segment_name *name,
	struct process_snapshot *ret_snapshot)
{
	struct process_snapshot s = {.name = *name};
	struct stats_header header;
	struct tally departed;
	enum segment_result result = segment_file_check(file, name, &header);

	if (result == SEGMENT_OK)
		result = read_all(file, &s, &departed);
	if (result != SEGMENT_OK) {
		free(s.pools);
		return result;
	}
	sanitise(s.program, sizeof(s.program), header.program, sizeof(header.program));
	sanitise(s.release, sizeof(s.release), header.release, sizeof(header.release));
	s.made_at_us_since_1970 = header.made_at;
	s.taken_at = clock_now(&clock_real);
	tally_sum(&s.totals, &departed);
	for (size_t i = 0; i < s.pool_count; i++)
		add_values(&s.totals, &s.pools[i].values);
	qsort(s.pools, s.pool_count, sizeof(*s.pools), by_id);
	*ret_snapshot = s;
	return SEGMENT_OK;
}

enum segment_result snapshot_take(
	const struct segment_name *name, struct process_snapshot *ret_snapshot)
{
	struct segment_file file;
	enum segment_result result = segment_file_open(name, false, &file);

	if (result != SEGMENT_OK)
		return result;
	result = take_from(&file, name, ret_snapshot);
	segment_file_close(&file);
	return result;
}

void snapshot_done(struct process_snapshot *s)
{
	free(s->pools);
	*s = (struct process_snapshot){.pools = NULL};
}
