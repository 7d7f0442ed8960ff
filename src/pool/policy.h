/* SPDX-License-Identifier: MIT */
#ifndef POOL_POLICY_H
#define POOL_POLICY_H
/*
 * What the pool decides, as pure functions of numbers: no lock, no clock, no side effect.
 *
 * Locks:     none; the caller holds the pool's for the entries it passes.
 * Ownership: nothing is kept.
 */
#include "base/clock.h"
#include "pool/entry.h"

#include <stdbool.h>
#include <stdint.h>

struct settings;

/*
 * The settings that the engine goes by, in the form that comparing needs: "no limit", "never" and
 * "off" are the largest number of their type.
 */
struct limits {
	unsigned max_size;
	unsigned min_size;
	unsigned max_opening;
	unsigned max_pools;
	int64_t max_uses;
	usec_t connect_timeout;
	usec_t idle_timeout;
	usec_t keepalive;  /* PoolKeepalive */
	usec_t max_parked; /* MaxParkedTime */
	usec_t lifetime;
	usec_t leak_threshold;
	usec_t wait_notify;
	usec_t close_timeout;
	usec_t validation_timeout;
	int idle_mode;		   /* enum idle_mode */
	int pick_order;		   /* enum pick_order */
	bool resets_in_background; /* ConnectionReset, ResetMode; else the next borrower does it */
	bool has_blocking_period;
	bool may_enlist;   /* Enlist */
	bool may_not_wait; /* the driver manager lets one call of the process through at a time */
};

struct limits policy_limits(const struct settings *s, bool is_exempt_host);

/* Why this connection must not be handed out any more, as a literal; NULL: it may. */
const char *policy_end_reason(
	const struct limits *l, const struct entry *e, unsigned generation, usec_t now);
/* Has it been idle for too long? Never true in IdleMode=Generations, where the sweep decides. */
bool policy_is_idle_over(const struct limits *l, const struct entry *e, usec_t now);
/* Has nobody heard of this idle connection's server for PoolKeepalive? */
bool policy_is_keepalive_due(const struct limits *l, const struct entry *e, usec_t now);
/* Does MinPoolSize leave room for an idle connection to go? */
bool policy_may_shrink(const struct limits *l, const struct entry_set *set);
/* How long an idle connection lives, as far as an empty pool is concerned. */
usec_t policy_idle_window(const struct limits *l);

/* May one more login begin? `is_failing`: the last login failed. */
bool policy_may_open(const struct limits *l, const struct entry_set *set, bool is_failing);
/* Are all slots taken? Then a time-out is MaxPoolSize's doing, else MaxOpening's. */
bool policy_is_full(const struct limits *l, const struct entry_set *set);
/* May a worker open one more for MinPoolSize? */
bool policy_may_refill(const struct limits *l, const struct entry_set *set, bool is_failing);

/* The end of the lifetime of a connection born now; `random` decides the jitter of up to 10 %. */
usec_t policy_expiry(const struct limits *l, usec_t born, uint64_t random);

/*
 * Does a failed login speak against the server? Not when its time was up because most of it had
 * been spent in line.
 */
bool policy_login_failure_counts(usec_t waited, usec_t spent, bool is_out_of_time);

/* Do `dead` connections found dead, the first of them `age` ago, make an incident with one more
 * sign? */
bool policy_is_incident(unsigned dead, usec_t age);

#endif
