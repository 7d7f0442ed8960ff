/* SPDX-License-Identifier: MIT */
#ifndef BASE_PROBE_H
#define BASE_PROBE_H
/*
 * Static probe points (USDT) for bpftrace, perf and SystemTap, provider "odbcpool". Each is one
 * instruction that does nothing until somebody attaches to it. What they mean and carry is in
 * doc/counters.md; names and arguments are for others to rely on.
 *
 * Locks: a probe may stand anywhere, under a lock too. Ownership: texts are the pool's.
 */
#ifdef HAVE_SYS_SDT_H
#include <sys/sdt.h>
#define probe2(name, a, b) DTRACE_PROBE2(odbcpool, name, a, b)
#define probe3(name, a, b, c) DTRACE_PROBE3(odbcpool, name, a, b, c)
#else
/* Not evaluated; the names in the arguments count as used. */
#define probe2(name, a, b) ((void)sizeof(a), (void)sizeof(b))
#define probe3(name, a, b, c) ((void)sizeof(a), (void)sizeof(b), (void)sizeof(c))
#endif

#endif
