/* SPDX-License-Identifier: MIT */
#include "tool/status_json.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

/* json_object_set_new() and its like take a NULL, fail, and say so. */
static bool set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) == 0;
}

static bool set_u64(json_t *object, const char *key, uint64_t value)
{
	return set(object, key, json_integer((json_int_t)value));
}

static bool set_text(json_t *object, const char *key, const char *text)
{
	return set(object, key, json_string(text));
}

/* "2026-01-31T12:00:00Z" */
static bool set_time(json_t *object, const char *key, int64_t us_since_1970)
{
	time_t seconds = (time_t)(us_since_1970 / USEC_PER_SEC);
	char text[40];
	struct tm tm;

	if (us_since_1970 <= 0 || !gmtime_r(&seconds, &tm))
		return set(object, key, json_null());
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return set_text(object, key, text);
}

static json_t *histogram(const struct histogram_values *h)
{
	json_t *o = json_object();

	if (set_u64(o, "count", histogram_count(h)) && set_u64(o, "sum_us", h->sum_us) &&
		set_u64(o, "median_us", histogram_quantile(h, 0.5)) &&
		set_u64(o, "p99_us", histogram_quantile(h, 0.99)))
		return o;
	json_decref(o);
	return NULL;
}

/* Adds "counters", "gauges" and "histograms". */
static bool set_numbers(json_t *object, const struct counter_values *v)
{
	json_t *groups[] = {[NUMBER_COUNTER] = json_object(),
		[NUMBER_GAUGE] = json_object(),
		[NUMBER_HISTOGRAM] = json_object()};
	bool is_complete = true;
	struct number n;

	for (size_t i = 0; is_complete && number_get(v, i, &n); i++) {
		json_t *value = n.kind == NUMBER_HISTOGRAM ? histogram(n.h)
							   : json_integer((json_int_t)n.value);
		is_complete = set(groups[n.kind], n.member, value);
	}
	/* Each is taken over, also when an earlier one failed. */
	is_complete &= set(object, "counters", groups[NUMBER_COUNTER]);
	is_complete &= set(object, "gauges", groups[NUMBER_GAUGE]);
	is_complete &= set(object, "histograms", groups[NUMBER_HISTOGRAM]);
	return is_complete;
}

static json_t *state_words(uint32_t state)
{
	json_t *words = json_array();
	bool is_complete = true;

	if (state & TALLY_PAUSED)
		is_complete &= json_array_append_new(words, json_string("paused")) == 0;
	if (state & TALLY_DISABLED)
		is_complete &= json_array_append_new(words, json_string("disabled")) == 0;
	if (state & TALLY_RETIRED)
		is_complete &= json_array_append_new(words, json_string("retired")) == 0;
	if (state & TALLY_CLOSING)
		is_complete &= json_array_append_new(words, json_string("closing")) == 0;
	if (is_complete)
		return words;
	json_decref(words);
	return NULL;
}

/* No limit and never: null. */
static bool set_limit(json_t *object, const char *key, int64_t value, int64_t unit)
{
	return set(object, key, value < 0 ? json_null() : json_integer(value / unit));
}

static json_t *settings(const struct stats_settings *s)
{
	json_t *o = json_object();

	if (set_limit(o, "max_pool_size", s->max_pool_size, 1) &&
		set_limit(o, "min_pool_size", s->min_pool_size, 1) &&
		set_limit(o, "max_opening", s->max_opening, 1) &&
		set_limit(o, "max_uses", s->max_uses, 1) &&
		set_limit(o, "pool_connect_timeout_s", s->pool_connect_timeout, USEC_PER_SEC) &&
		set_limit(
			o, "connection_idle_timeout_s", s->connection_idle_timeout, USEC_PER_SEC) &&
		set_limit(o, "connection_lifetime_s", s->connection_lifetime, USEC_PER_SEC) &&
		set_limit(
			o, "leak_detection_threshold_s", s->leak_detection_threshold, USEC_PER_SEC))
		return o;
	json_decref(o);
	return NULL;
}

static json_t *login_error(const struct stats_login_error *e)
{
	if (!e->at_us_since_1970)
		return json_null();
	json_t *o = json_object();
	if (set_time(o, "at", e->at_us_since_1970) && set_text(o, "sqlstate", e->sqlstate) &&
		set(o, "native", json_integer(e->native)) && set_text(o, "message", e->message))
		return o;
	json_decref(o);
	return NULL;
}

/* As of the last sweep: by now some may have given theirs back. */
static json_t *holders(const struct pool_snapshot *p)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < p->holder_count; i++) {
		json_t *o = json_object();
		usec_t since = p->holders[i].since;
		int64_t held = p->holders_at > since ? p->holders_at - since : 0;
		bool is_complete = set(o, "thread", json_integer(p->holders[i].thread)) &&
				   set(o, "for_ms", json_integer(held / USEC_PER_MSEC));
		/* `o` is taken over in any case. */
		if (json_array_append_new(list, o) != 0 || !is_complete) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *pool(const struct pool_snapshot *p, usec_t now)
{
	struct pool_view view = pool_view(&p->values);
	int64_t blocked = p->blocked_until > now ? p->blocked_until - now : 0;
	json_t *o = json_object();

	if (set_u64(o, "id", p->id) && set_text(o, "name", p->name) && set_text(o, "key", p->key) &&
		set_text(o, "driver", p->driver) && set_text(o, "dbms", p->dbms) &&
		set_text(o, "server", p->server) && set(o, "state", state_words(p->state)) &&
		set(o, "is_consistent", json_boolean(!p->is_torn)) &&
		set(o, "blocked_for_ms", json_integer(blocked / USEC_PER_MSEC)) &&
		set(o, "age_s", json_integer((now - p->made_at) / USEC_PER_SEC)) &&
		set_u64(o, "total_connections", view.total) && set_u64(o, "hits", view.hits) &&
		set(o, "hit_percent",
			view.hit_percent < 0 ? json_null() : json_real(view.hit_percent)) &&
		set_numbers(o, &p->values) && set(o, "settings", settings(&p->settings)) &&
		set(o, "last_login_error", login_error(&p->last_error)) &&
		set(o, "holders", holders(p)))
		return o;
	json_decref(o);
	return NULL;
}

static json_t *process(const struct process_snapshot *s)
{
	json_t *o = json_object(), *pools = json_array();
	bool is_complete = pools != NULL;

	for (size_t i = 0; i < s->pool_count && is_complete; i++)
		is_complete = json_array_append_new(pools, pool(&s->pools[i], s->taken_at)) == 0;
	/* `pools` is taken over, whatever comes of it. */
	is_complete &= set(o, "pools", pools);
	if (is_complete && set(o, "pid", json_integer(s->name.pid)) &&
		set_u64(o, "uid", s->name.euid) && set_text(o, "program", s->program) &&
		set_text(o, "release", s->release) &&
		set_time(o, "first_pool_at", s->made_at_us_since_1970) &&
		set(o, "state", state_words(s->state)) &&
		set(o, "is_consistent", json_boolean(!s->is_torn)) &&
		set_u64(o, "pools_unlisted", s->pools_unlisted) && set_numbers(o, &s->totals))
		return o;
	json_decref(o);
	return NULL;
}

static json_t *unreadable(const struct unreadable *u)
{
	json_t *o = json_object();

	if (set(o, "pid", json_integer(u->name.pid)) && set_u64(o, "uid", u->name.euid) &&
		set_text(o, "reason", segment_result_text(u->why)))
		return o;
	json_decref(o);
	return NULL;
}

char *status_json(const struct report *r, size_t flags)
{
	json_t *o = json_object(), *processes = json_array(), *others = json_array();
	bool is_complete = processes && others;
	struct timespec now;
	char *text = NULL;

	clock_gettime(CLOCK_REALTIME, &now);
	for (size_t i = 0; i < r->count && is_complete; i++)
		is_complete = json_array_append_new(processes, process(&r->processes[i])) == 0;
	for (size_t i = 0; i < r->unreadable_count && is_complete; i++)
		is_complete = json_array_append_new(others, unreadable(&r->unreadable[i])) == 0;
	is_complete &= set(o, "processes", processes);
	is_complete &= set(o, "unreadable", others);
	if (is_complete && set_u64(o, "format", 1) &&
		set_time(o, "time", (int64_t)now.tv_sec * USEC_PER_SEC))
		text = json_dumps(o, flags | JSON_SORT_KEYS);
	json_decref(o);
	return text;
}
