/* SPDX-License-Identifier: MIT */
#ifndef BASE_COUNTERS_H
#define BASE_COUNTERS_H
/*
 * What is counted, by the names that users of ADO.NET know.
 *
 * A struct tally is what one pool counts. It is written by one thread at a time (whoever holds the
 * pool's lock) and read by anyone at any moment, other processes included: hence atomics, additions
 * that need no locked instruction, and a sequence that tells a reader whether what it read belongs
 * together. It holds no pointer. Its layout is part of stats/layout.h.
 *
 * Locks:     writers share the lock of the owner, those of counter_add_shared() need none; nor do
 *            readers, who hold nobody up.
 * Ownership: shared memory, or embedded in the object that counts.
 */
#include <stdatomic.h>
#include <stdint.h>

struct counters {
#define COUNTER(member, name, help) _Atomic uint64_t member;
#define GAUGE(member, name, help)
#define HISTOGRAM(member, name, help)
#include "base/counters.def"
};

struct gauges {
#define COUNTER(member, name, help)
#define GAUGE(member, name, help) _Atomic uint64_t member;
#define HISTOGRAM(member, name, help)
#include "base/counters.def"
};

/* Bucket 0 counts what took less than 1 us, bucket i what took less than 2^i us; the last, what
 * took that long or longer. */
enum { HISTOGRAM_BUCKETS = 47 };

struct histogram {
	_Atomic uint64_t sum_us;
	_Atomic uint64_t bucket[HISTOGRAM_BUCKETS];
};

struct histograms {
#define COUNTER(member, name, help)
#define GAUGE(member, name, help)
#define HISTOGRAM(member, name, help) struct histogram member;
#include "base/counters.def"
};

enum tally_state {
	TALLY_PAUSED = 1,   /* connects wait, within their deadline */
	TALLY_DISABLED = 2, /* connects go past the pool */
	TALLY_RETIRED = 4,  /* another pool has its key; it goes when its connections are back */
	TALLY_CLOSING = 8,  /* the process is ending */
};

/* Room for rows yet to come, so that a tool understands older and newer processes. */
enum { GAUGES_ROOM = 14, COUNTERS_ROOM = 64, HISTOGRAMS_ROOM = 4 };

struct tally {
	_Atomic uint32_t sequence;     /* odd while the numbers are being changed */
	_Atomic uint32_t state;	       /* of enum tally_state, or-ed */
	_Atomic int64_t blocked_until; /* end of the blocking period, monotonic us; 0: none */
	union {
		struct gauges gauges;
		_Atomic uint64_t gauges_room[GAUGES_ROOM];
	};
	union {
		struct counters counters;
		_Atomic uint64_t counters_room[COUNTERS_ROOM];
	};
	union {
		struct histograms histograms;
		struct histogram histograms_room[HISTOGRAMS_ROOM];
	};
};

struct histogram_values {
	uint64_t sum_us;
	uint64_t bucket[HISTOGRAM_BUCKETS];
};

/* A snapshot. */
struct counter_values {
#define COUNTER(member, name, help) uint64_t member;
#define GAUGE(member, name, help) uint64_t member;
#define HISTOGRAM(member, name, help) struct histogram_values member;
#include "base/counters.def"
};

/* For bench/engine_uncounted, which tells what counting costs; never defined otherwise. */
#ifdef ODBCPOOL_UNCOUNTED
enum { IS_COUNTED = 0 };
#else
enum { IS_COUNTED = 1 };
#endif

/* Add to one counter; the caller is its only writer at this moment. */
static inline void counter_add(_Atomic uint64_t *counter, uint64_t n)
{
	if (!IS_COUNTED)
		return;
	uint64_t old = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, old + n, memory_order_relaxed);
}

/* The same for a counter that several threads write at a time; all of them write it like this. */
static inline void counter_add_shared(_Atomic uint64_t *counter, uint64_t n)
{
	if (IS_COUNTED)
		atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static inline void gauge_set(_Atomic uint64_t *gauge, uint64_t value)
{
	if (IS_COUNTED)
		atomic_store_explicit(gauge, value, memory_order_relaxed);
}

static inline unsigned histogram_bucket(uint64_t us)
{
	unsigned i = us ? 64 - (unsigned)__builtin_clzll(us) : 0;

	return i < HISTOGRAM_BUCKETS ? i : HISTOGRAM_BUCKETS - 1;
}

/* Add one duration. Clocks of different precision may make it negative: that is 0. */
static inline void histogram_add(struct histogram *to, int64_t us)
{
	uint64_t lasted = us > 0 ? (uint64_t)us : 0;

	counter_add(&to->sum_us, lasted);
	counter_add(&to->bucket[histogram_bucket(lasted)], 1);
}

/* Add what `from` has now to the snapshot: counters, gauges and histograms. */
void tally_sum(struct counter_values *to, const struct tally *from);
/* Add a snapshot's counters and histograms to `to`, or take them away; gauges are of the moment. */
void tally_add(struct tally *to, const struct counter_values *values);
void tally_subtract(struct tally *to, const struct counter_values *values);

/*
 * What was stored before is seen by whoever sees what is stored after it; and the other way round.
 * The readers meant are other processes, which ThreadSanitizer, as it knows no fences, cannot see.
 */
static inline void fence_stores(void)
{
#ifndef __SANITIZE_THREAD__
	atomic_thread_fence(memory_order_release);
#endif
}

static inline void fence_loads(void)
{
#ifndef __SANITIZE_THREAD__
	atomic_thread_fence(memory_order_acquire);
#endif
}

/*
 * Before the first change and after the last one, by whoever holds the owner's lock. Whatever the
 * sequence was (a segment may get other memory behind it in between), it is odd, and then even.
 */
static inline void tally_begin(struct tally *t)
{
	if (!IS_COUNTED)
		return;
	uint32_t sequence = atomic_load_explicit(&t->sequence, memory_order_relaxed);

	atomic_store_explicit(&t->sequence, sequence | 1, memory_order_relaxed);
	fence_stores();
}

static inline void tally_end(struct tally *t)
{
	if (!IS_COUNTED)
		return;
	uint32_t sequence = atomic_load_explicit(&t->sequence, memory_order_relaxed);

	atomic_store_explicit(&t->sequence, (sequence | 1) + 1, memory_order_release);
}

#endif
