/* SPDX-License-Identifier: MIT */
/* odbcpool stats: the counters of running processes, for monitoring. */
#include "tool/command.h"
#include "tool/prometheus.h"
#include "tool/say.h"

enum { OPTION_PROMETHEUS, OPTION_PID, OPTION_POOL, OPTIONS };

static const struct option_row options[OPTIONS] = {
	[OPTION_PROMETHEUS] = {"prometheus", NULL, "in the text format of Prometheus"},
	[OPTION_PID] = {"pid", "N", "of one process only"},
	[OPTION_POOL] = {"pool", "NAME", "only pools of this name"},
};

/* A line a number: for people and for awk. */
static void show_pool(
	const struct process_snapshot *s, const char *name, const struct counter_values *v)
{
	struct number n;

	for (size_t i = 0; number_get(v, i, &n); i++) {
		printf("%d %s %s ", (int)s->name.pid, name, n.name);
		if (n.kind == NUMBER_HISTOGRAM)
			printf("count=%llu sum-us=%llu median-us=%llu p99-us=%llu\n",
				(unsigned long long)histogram_count(n.h),
				(unsigned long long)n.h->sum_us,
				(unsigned long long)histogram_quantile(n.h, 0.5),
				(unsigned long long)histogram_quantile(n.h, 0.99));
		else
			printf("%llu\n", (unsigned long long)n.value);
	}
}

static void show_plain(const struct report *r)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct process_snapshot *s = &r->processes[i];
		for (size_t j = 0; j < s->pool_count; j++)
			show_pool(s, s->pools[j].name, &s->pools[j].values);
		show_pool(s, "(all)", &s->totals);
	}
}

static enum verdict show_prometheus(const struct report *r)
{
	struct buffer text = BUFFER_EMPTY;

	prometheus_add(&text, r);
	fputs(buffer_str(&text), stdout);
	if (text.failed)
		say_no_memory();
	enum verdict verdict = text.failed ? VERDICT_NO : VERDICT_FINE;
	buffer_done(&text);
	return verdict;
}

static enum verdict run(const struct given *g)
{
	struct report_filter filter;
	enum verdict verdict = VERDICT_FINE;
	struct report report;

	if (!report_read_filter(g->value[OPTION_POOL], g->value[OPTION_PID], &filter))
		return VERDICT_USAGE;
	if (!report_take(&filter, &report)) {
		say_no_memory();
		return VERDICT_NO;
	}
	if (g->value[OPTION_PROMETHEUS])
		verdict = show_prometheus(&report);
	else
		show_plain(&report);
	report_done(&report);
	return verdict;
}

const struct command command_stats = {
	.name = "stats",
	.arguments = "",
	.summary = "Show all counters of running processes",
	.help = "A line a number: process, pool, name, value; or as Prometheus reads it, with the "
		"names\n"
		"of OpenTelemetry (db_client_connection_*) where it has them. odbcpool(7) explains "
		"the\n"
		"numbers. `odbcpool serve` gives the same over HTTP.\n",
	.options = options,
	.option_count = OPTIONS,
	.run = run,
};
