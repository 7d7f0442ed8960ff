/* SPDX-License-Identifier: MIT */
#include "tool/report.h"

#include "conf/ascii.h"
#include "tool/say.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool report_wants(const struct report_filter *filter, const struct pool_snapshot *p)
{
	return !filter->pool || ascii_is(p->name, strlen(p->name), filter->pool);
}

/* Leave only the pools that were asked for. */
static void filter_pools(const struct report_filter *filter, struct process_snapshot *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->pool_count; i++)
		if (report_wants(filter, &s->pools[i]))
			s->pools[kept++] = s->pools[i];
	s->pool_count = kept;
}

/* False: memory ran out. */
static bool take(
	const struct report_filter *filter, const struct segment_name *name, struct report *r)
{
	struct process_snapshot *s = &r->processes[r->count];
	enum segment_result result = snapshot_take(name, s);

	switch (result) {
	case SEGMENT_OK:
		/* What is true of the process is true of each of its pools. */
		for (size_t i = 0; i < s->pool_count; i++)
			s->pools[i].state |= s->state;
		if (filter->pool)
			filter_pools(filter, s);
		if (filter->pool && s->pool_count == 0)
			snapshot_done(s);
		else
			r->count++;
		return true;
	case SEGMENT_STALE:
		(void)segment_sweep(name);
		return true;
	case SEGMENT_GONE:
	case SEGMENT_NOT_READY:
		return true;
	case SEGMENT_NO_MEMORY:
		return false;
	case SEGMENT_DENIED:
	case SEGMENT_OTHER_VERSION:
	case SEGMENT_MALFORMED:
		r->unreadable[r->unreadable_count++] = (struct unreadable){*name, result};
		return true;
	}
	return true;
}

bool report_take(const struct report_filter *filter, struct report *ret_report)
{
	uid_t euid = geteuid();
	struct segment_list list;
	struct report r = {.count = 0};

	if (!segment_list_get(euid == 0 ? SEGMENTS_OF_ALL : euid, &list))
		return false;
	r.processes = calloc(list.count + 1, sizeof(*r.processes));
	r.unreadable = calloc(list.count + 1, sizeof(*r.unreadable));
	bool is_complete = r.processes && r.unreadable;
	for (size_t i = 0; i < list.count && is_complete; i++)
		if (!filter->pid || list.names[i].pid == filter->pid)
			is_complete = take(filter, &list.names[i], &r);
	segment_list_done(&list);
	if (is_complete)
		*ret_report = r;
	else
		report_done(&r);
	return is_complete;
}

void report_done(struct report *r)
{
	for (size_t i = 0; i < r->count; i++)
		snapshot_done(&r->processes[i]);
	free(r->processes);
	free(r->unreadable);
}

/* Read "4711". False: that is no process id. */
static bool parse_pid(const char *text, pid_t *ret_pid)
{
	char *end;

	errno = 0;
	long pid = strtol(text, &end, 10);
	if (errno || end == text || *end || pid <= 0 || pid > INT32_MAX)
		return false;
	*ret_pid = (pid_t)pid;
	return true;
}

bool report_read_filter(const char *pool, const char *pid, struct report_filter *ret_filter)
{
	pid_t number = 0;

	if (pid && !parse_pid(pid, &number)) {
		say_error("--pid=%s is no process id", pid);
		return false;
	}
	*ret_filter = (struct report_filter){.pid = number, .pool = pool};
	return true;
}

struct pool_view pool_view(const struct counter_values *v)
{
	struct pool_view view = {
		.total = v->active_connections + v->free_connections + v->stasis_connections +
			 v->opening,
		/* The two are not counted at one moment. */
		.misses = v->misses < v->soft_connects ? v->misses : v->soft_connects,
		.hit_percent = -1,
		.wait_median = histogram_quantile(&v->wait, 0.5),
		.wait_p99 = histogram_quantile(&v->wait, 0.99),
		.open_median = histogram_quantile(&v->open, 0.5),
		.open_p99 = histogram_quantile(&v->open, 0.99),
	};

	view.hits = v->soft_connects - view.misses;
	if (v->soft_connects)
		view.hit_percent = 100.0 * (double)view.hits / (double)v->soft_connects;
	return view;
}

static void add_word(struct buffer *to, size_t before, const char *separator, const char *word)
{
	buffer_printf(to, "%s%s", to->len > before ? separator : "", word);
}

void report_add_state(
	struct buffer *to, const struct pool_snapshot *p, usec_t now, const char *separator)
{
	static const struct {
		uint32_t bit;
		const char *word;
	} words[] = {
		{TALLY_PAUSED, "paused"},
		{TALLY_DISABLED, "disabled"},
		{TALLY_RETIRED, "retired"},
		{TALLY_CLOSING, "closing"},
	};
	const struct counter_values *v = &p->values;
	uint64_t used = v->active_connections + v->stasis_connections + v->opening;
	size_t before = to->len;

	for (size_t i = 0; i < array_size(words); i++)
		if (p->state & words[i].bit)
			add_word(to, before, separator, words[i].word);
	if (p->blocked_until > now) {
		add_word(to, before, separator, "blocked");
		buffer_printf(
			to, " %llds", (long long)((p->blocked_until - now) / USEC_PER_SEC + 1));
	}
	if (p->settings.max_pool_size > 0 && used >= (uint64_t)p->settings.max_pool_size)
		add_word(to, before, separator, "full");
	if (p->is_torn)
		add_word(to, before, separator, "unsettled");
	if (to->len == before)
		buffer_append_str(to, "ok");
}

const char *report_driver(const struct pool_snapshot *p)
{
	const char *slash = strrchr(p->driver, '/');

	return slash ? slash + 1 : p->driver;
}

void report_add_time(struct buffer *to, uint64_t us)
{
	if (us == 0)
		buffer_append_str(to, "-");
	else if (us < 1000)
		buffer_printf(to, "%uus", (unsigned)us);
	else if (us < 10000)
		buffer_printf(to, "%.1fms", (double)us / 1e3);
	else if (us < 1000000)
		buffer_printf(to, "%.0fms", (double)us / 1e3);
	else if (us < 10000000)
		buffer_printf(to, "%.1fs", (double)us / 1e6);
	else
		buffer_printf(to, "%.0fs", (double)us / 1e6);
}
