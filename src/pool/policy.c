/* SPDX-License-Identifier: MIT */
#include "pool/policy.h"

#include "conf/settings.h"

#include <limits.h>

/* ADO.NET's two sweeps are 4 to 8 minutes: an entry is closed by the second sweep that sees it
 * idle. */
#define GENERATION_WINDOW (240 * USEC_PER_SEC)
#define DEFAULT_WINDOW (300 * USEC_PER_SEC)
/* Signs of trouble further apart than this are not one incident. */
#define INCIDENT_WINDOW (60 * USEC_PER_SEC)

static unsigned count_or_no_limit(int64_t n)
{
	return n > 0 && n < UINT_MAX ? (unsigned)n : UINT_MAX;
}

static usec_t time_or_never(usec_t t)
{
	return t > 0 ? t : USEC_INFINITY;
}

struct limits policy_limits(const struct settings *s, bool is_exempt_host)
{
	return (struct limits){
		.max_size = count_or_no_limit(s->max_pool_size),
		.min_size = s->min_pool_size > 0 ? count_or_no_limit(s->min_pool_size) : 0,
		.max_opening = count_or_no_limit(s->max_opening),
		.max_pools = count_or_no_limit(s->max_pools),
		.max_uses = s->max_uses > 0 ? s->max_uses : INT64_MAX,
		.connect_timeout = time_or_never(s->pool_connect_timeout),
		.idle_timeout = time_or_never(s->connection_idle_timeout),
		.keepalive = time_or_never(s->pool_keepalive),
		.max_parked = time_or_never(s->max_parked_time),
		.lifetime = time_or_never(s->connection_lifetime),
		.leak_threshold = time_or_never(s->leak_detection_threshold),
		.wait_notify = time_or_never(s->wait_notify),
		.close_timeout = s->close_timeout,
		.validation_timeout = time_or_never(s->validation_timeout),
		.idle_mode = s->idle_mode,
		.pick_order = s->pick_order,
		/* Without a reset the little that a transaction leaves is not worth a wake-up. */
		.resets_in_background = s->reset_mode == RESET_BACKGROUND && s->connection_reset,
		.may_enlist = s->enlist,
		.has_blocking_period =
			s->pool_blocking_period == BLOCKING_ALWAYS ||
			(s->pool_blocking_period == BLOCKING_AUTO && !is_exempt_host),
	};
}

const char *policy_end_reason(
	const struct limits *l, const struct entry *e, unsigned generation, usec_t now)
{
	if (e->generation != generation)
		return "cleared";
	if (now >= e->expires_at)
		return "lifetime";
	if (e->uses >= l->max_uses)
		return "max-uses";
	return NULL;
}

bool policy_is_idle_over(const struct limits *l, const struct entry *e, usec_t now)
{
	return l->idle_mode == IDLE_EXACT && now - e->idle_since >= l->idle_timeout;
}

bool policy_is_keepalive_due(const struct limits *l, const struct entry *e, usec_t now)
{
	usec_t heard_at = e->asked_at > e->idle_since ? e->asked_at : e->idle_since;

	return now - heard_at >= l->keepalive;
}

bool policy_may_shrink(const struct limits *l, const struct entry_set *set)
{
	return entry_set_live(set) > l->min_size;
}

usec_t policy_idle_window(const struct limits *l)
{
	if (l->idle_mode == IDLE_GENERATIONS)
		return GENERATION_WINDOW;
	return l->idle_timeout == USEC_INFINITY ? DEFAULT_WINDOW : l->idle_timeout;
}

bool policy_is_full(const struct limits *l, const struct entry_set *set)
{
	return set->total >= l->max_size;
}

bool policy_may_open(const struct limits *l, const struct entry_set *set, bool is_failing)
{
	unsigned limit = is_failing ? 1 : l->max_opening;

	return !policy_is_full(l, set) && set->counts[ENTRY_OPENING] < limit;
}

bool policy_may_refill(const struct limits *l, const struct entry_set *set, bool is_failing)
{
	return entry_set_live(set) < l->min_size && policy_may_open(l, set, is_failing);
}

usec_t policy_expiry(const struct limits *l, usec_t born, uint64_t random)
{
	if (l->lifetime == USEC_INFINITY)
		return USEC_INFINITY;
	/* Only ever shorter: nobody is surprised by a connection older than the lifetime. */
	usec_t jitter = l->lifetime / 10;
	usec_t cut = jitter > 0 ? (usec_t)(random % (uint64_t)(jitter + 1)) : 0;
	return usec_add(born, l->lifetime - cut);
}

bool policy_login_failure_counts(usec_t waited, usec_t spent, bool is_out_of_time)
{
	return !is_out_of_time || spent >= waited;
}

bool policy_is_incident(unsigned dead, usec_t age)
{
	return dead > 0 && age <= INCIDENT_WINDOW;
}
