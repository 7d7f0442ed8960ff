/* SPDX-License-Identifier: MIT */
#ifndef BASE_COUNTERS_H
#define BASE_COUNTERS_H
/*
 * What is counted, by the names that users of ADO.NET know.
 *
 * A struct counters is written by one thread at a time (whoever holds the pool's lock) and read by
 * anyone at any moment: hence atomics, and an addition that needs no locked instruction.
 *
 * Locks:     writers share the lock of the owner, those of counter_add_shared() need none; nor do
 *            readers.
 * Ownership: embedded in the object that counts.
 */
#include <stdatomic.h>
#include <stdint.h>

struct counters {
#define COUNTER(member, name, help) _Atomic uint64_t member;
#define GAUGE(member, name, help)
#include "base/counters.def"
#undef COUNTER
#undef GAUGE
};

/* A snapshot, gauges included. */
struct counter_values {
#define COUNTER(member, name, help) uint64_t member;
#define GAUGE(member, name, help) uint64_t member;
#include "base/counters.def"
#undef COUNTER
#undef GAUGE
};

/* Add to one counter; the caller is its only writer at this moment. */
static inline void counter_add(_Atomic uint64_t *counter, uint64_t n)
{
	uint64_t old = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, old + n, memory_order_relaxed);
}

/* The same for a counter that several threads write at a time; all of them write it like this. */
static inline void counter_add_shared(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

/* Add every counter of `from` to the snapshot; gauges are the caller's business. */
static inline void counters_sum(struct counter_values *to, const struct counters *from)
{
#define COUNTER(member, name, help)                                                                \
	to->member += atomic_load_explicit(&from->member, memory_order_relaxed);
#define GAUGE(member, name, help)
#include "base/counters.def"
#undef COUNTER
#undef GAUGE
}

#endif
