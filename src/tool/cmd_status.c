/* SPDX-License-Identifier: MIT */
/* odbcpool status: the pools of running processes, as a table or as JSON. */
#include "tool/command.h"
#include "tool/report.h"
#include "tool/say.h"
#include "tool/status_json.h"
#include "tool/table.h"

#include <jansson.h>
#include <stdlib.h>

enum { OPTION_JSON, OPTION_PID, OPTION_POOL, OPTIONS };

static const struct option_row options[OPTIONS] = {
	[OPTION_JSON] = {"json", NULL,
		"everything, as JSON (doc/odbcpool-status.schema.json describes it)"},
	[OPTION_PID] = {"pid", "N", "of one process only"},
	[OPTION_POOL] = {"pool", "NAME", "only pools of this name"},
};

static const struct table_column columns[] = {
	{"PID", true},
	{"PROGRAM", false},
	{"POOL", false},
	{"DRIVER", false},
	{"TOTAL", true},
	{"ACTIVE", true},
	{"IDLE", true},
	{"PARKED", true},
	{"OPENING", true},
	{"WAITING", true},
	{"HITS", true},
	{"MISSES", true},
	{"HIT%", true},
	{"WAIT", true},
	{"p99", true},
	{"OPEN", true},
	{"p99", true},
	{"STATE", false},
};

static void add_time(struct table *t, uint64_t us)
{
	struct buffer text = BUFFER_EMPTY;

	report_add_time(&text, us);
	table_add(t, buffer_str(&text));
	buffer_done(&text);
}

static void add_numbers(struct table *t, const struct counter_values *v)
{
	struct pool_view view = pool_view(v);
	char percent[16] = "-";

	table_add_u64(t, view.total);
	table_add_u64(t, v->active_connections);
	table_add_u64(t, v->free_connections);
	table_add_u64(t, v->stasis_connections);
	table_add_u64(t, v->opening);
	table_add_u64(t, v->waiting);
	table_add_u64(t, view.hits);
	table_add_u64(t, view.misses);
	if (view.hit_percent >= 0)
		snprintf(percent, sizeof(percent), "%.1f", view.hit_percent);
	table_add(t, percent);
	add_time(t, view.wait_median);
	add_time(t, view.wait_p99);
	add_time(t, view.open_median);
	add_time(t, view.open_p99);
}

static void add_process(struct table *t, const struct process_snapshot *s)
{
	struct buffer state = BUFFER_EMPTY;

	for (size_t i = 0; i < s->pool_count; i++) {
		const struct pool_snapshot *p = &s->pools[i];
		table_add_u64(t, (uint64_t)s->name.pid);
		table_add(t, s->program);
		table_add(t, p->name);
		table_add(t, report_driver(p));
		add_numbers(t, &p->values);
		buffer_clear(&state);
		report_add_state(&state, p, s->taken_at, ",");
		table_add(t, buffer_str(&state));
	}
	if (s->pool_count == 0) {
		table_add_u64(t, (uint64_t)s->name.pid);
		table_add(t, s->program);
		table_add(t, "(none)");
		table_add(t, "-");
		add_numbers(t, &s->totals);
		table_add(t, s->state & TALLY_DISABLED ? "disabled" : "ok");
	}
	buffer_done(&state);
}

/* What does not fit a row: connects that were not pooled, pools that found no room. */
static void add_remarks(const struct report *r)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct process_snapshot *s = &r->processes[i];
		if (s->totals.non_pooled_connects)
			printf("%d %s: %llu connects were not pooled.\n", (int)s->name.pid,
				s->program, (unsigned long long)s->totals.non_pooled_connects);
		if (s->pools_unlisted)
			printf("%d %s: %u more pools are not listed.\n", (int)s->name.pid,
				s->program, s->pools_unlisted);
	}
	for (size_t i = 0; i < r->unreadable_count; i++)
		say_error("the counters of process %d cannot be shown: the segment %s",
			(int)r->unreadable[i].name.pid, segment_result_text(r->unreadable[i].why));
}

static enum verdict show_table(const struct report *r)
{
	struct table t;

	if (r->count == 0) {
		printf("No process of yours has a pool now.\n");
		add_remarks(r);
		printf("`odbcpool check DSN` tells whether a data source will be pooled.\n");
		return VERDICT_FINE;
	}
	table_init(&t, columns, array_size(columns));
	for (size_t i = 0; i < r->count; i++)
		add_process(&t, &r->processes[i]);
	bool is_shown = table_show(&t);
	table_done(&t);
	add_remarks(r);
	if (!is_shown)
		say_no_memory();
	return is_shown ? VERDICT_FINE : VERDICT_NO;
}

static enum verdict show_json(const struct report *r)
{
	char *text = status_json(r, JSON_INDENT(2));

	if (!text) {
		say_no_memory();
		return VERDICT_NO;
	}
	puts(text);
	free(text);
	return VERDICT_FINE;
}

static enum verdict run(const struct given *g)
{
	struct report_filter filter;
	struct report report;

	if (!report_read_filter(g->value[OPTION_POOL], g->value[OPTION_PID], &filter))
		return VERDICT_USAGE;
	if (!report_take(&filter, &report)) {
		say_no_memory();
		return VERDICT_NO;
	}
	enum verdict verdict = g->value[OPTION_JSON] ? show_json(&report) : show_table(&report);
	if ((filter.pid || filter.pool) && report.count == 0)
		verdict = VERDICT_NO;
	report_done(&report);
	return verdict;
}

const struct command command_status = {
	.name = "status",
	.arguments = "",
	.summary = "Show the pools of running processes",
	.help = "A row a pool. HITS are connects that got a connection that was there, MISSES "
		"those\n"
		"that had to log in. WAIT and OPEN are medians, with the 99th percentile beside "
		"them:\n"
		"how long connects stood in line, of those that had to, and how long logins took.\n"
		"STATE: ok, or full, blocked (after failed logins), paused, disabled, retired "
		"(its\n"
		"settings have changed), closing, unsettled (the numbers may not fit together).\n"
		"Only processes of the calling user are seen; root sees all.\n",
	.options = options,
	.option_count = OPTIONS,
	.run = run,
};
