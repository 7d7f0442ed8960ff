/* SPDX-License-Identifier: MIT */
#include "tool/prometheus.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The buckets that are shown, as powers of two of a microsecond: 16 us to 67 s. */
enum { BUCKET_FIRST = 4, BUCKET_LAST = 26, BUCKET_STEP = 2 };

static void begin(struct buffer *to, const char *name, const char *type, const char *help)
{
	buffer_printf(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Label values: backslash, quote and newline are escaped. */
static void add_escaped(struct buffer *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' || *text == '"')
			buffer_append_char(to, '\\');
		if (*text == '\n')
			buffer_append_str(to, "\\n");
		else
			buffer_append_char(to, *text);
	}
}

/* Every pool of every process, with its labels worked out once: each family needs them again. */
struct row {
	const struct process_snapshot *process;
	const struct pool_snapshot *pool; /* NULL: the process as a whole */
	size_t label, label_len;	  /* in `labels` */
};

struct rows {
	struct row *row;
	size_t count;
	struct buffer labels;
};

static void add_row(
	struct rows *rows, const struct process_snapshot *s, const struct pool_snapshot *p)
{
	struct row *row = &rows->row[rows->count++];

	*row = (struct row){.process = s, .pool = p, .label = rows->labels.len};
	buffer_printf(&rows->labels, "pid=\"%d\",program=\"", (int)s->name.pid);
	add_escaped(&rows->labels, s->program);
	if (p) {
		buffer_append_str(&rows->labels, "\",db_client_connection_pool_name=\"");
		add_escaped(&rows->labels, p->name);
		buffer_printf(&rows->labels, "\",pool_id=\"%" PRIu64, p->id);
	}
	buffer_append_char(&rows->labels, '"');
	row->label_len = rows->labels.len - row->label;
}

/* `more`: further labels, with their comma. */
static void add_line(struct buffer *to, const struct rows *rows, const struct row *row,
	const char *name, const char *suffix, const char *more)
{
	buffer_append_str(to, name);
	buffer_append_str(to, suffix);
	buffer_append_char(to, '{');
	buffer_append(to, rows->labels.data + row->label, row->label_len);
	buffer_append_str(to, more);
	buffer_append_str(to, "} ");
}

static void add_value(struct buffer *to, const struct rows *rows, const struct row *row,
	const char *name, const char *more, uint64_t value)
{
	add_line(to, rows, row, name, "", more);
	buffer_printf(to, "%" PRIu64 "\n", value);
}

static void add_histogram(struct buffer *to, const struct rows *rows, const struct row *row,
	const char *name, const struct histogram_values *h)
{
	uint64_t below = 0;
	char label[40];

	for (unsigned i = 0; i <= BUCKET_LAST; i++) {
		below += h->bucket[i];
		if (i < BUCKET_FIRST || (i - BUCKET_FIRST) % BUCKET_STEP)
			continue;
		snprintf(label, sizeof(label), ",le=\"%.6f\"", (double)(1u << i) / 1e6);
		add_line(to, rows, row, name, "_bucket", label);
		buffer_printf(to, "%" PRIu64 "\n", below);
	}
	add_line(to, rows, row, name, "_bucket", ",le=\"+Inf\"");
	buffer_printf(to, "%" PRIu64 "\n", histogram_count(h));
	add_line(to, rows, row, name, "_count", "");
	buffer_printf(to, "%" PRIu64 "\n", histogram_count(h));
	add_line(to, rows, row, name, "_sum", "");
	buffer_printf(to, "%.6f\n", (double)h->sum_us / 1e6);
}

/* What OpenTelemetry's semantic conventions for database client connections have a name for. */
static void add_counts(struct buffer *to, const struct rows *rows)
{
	static const char name[] = "db_client_connection_count";

	begin(to, name, "gauge", "Connections by state; parked ones are used.");
	for (size_t i = 0; i < rows->count; i++) {
		const struct row *row = &rows->row[i];
		if (!row->pool)
			continue;
		const struct counter_values *v = &row->pool->values;
		add_value(to, rows, row, name, ",db_client_connection_state=\"idle\"",
			v->free_connections);
		add_value(to, rows, row, name, ",db_client_connection_state=\"used\"",
			v->active_connections + v->stasis_connections);
	}
}

static void add_limits(struct buffer *to, const struct rows *rows)
{
	static const char most[] = "db_client_connection_max",
			  least[] = "db_client_connection_idle_min";

	begin(to, most, "gauge", "MaxPoolSize; a pool without limit is not shown.");
	for (size_t i = 0; i < rows->count; i++)
		if (rows->row[i].pool && rows->row[i].pool->settings.max_pool_size > 0)
			add_value(to, rows, &rows->row[i], most, "",
				(uint64_t)rows->row[i].pool->settings.max_pool_size);
	begin(to, least, "gauge", "MinPoolSize.");
	for (size_t i = 0; i < rows->count; i++)
		if (rows->row[i].pool)
			add_value(to, rows, &rows->row[i], least, "",
				(uint64_t)rows->row[i].pool->settings.min_pool_size);
}

/* Numbers whose name is not made from counters.def's. */
static const char *standard_name(const char *member)
{
	static const char *const names[][2] = {
		{"waiting", "db_client_connection_pending_requests"},
		{"timeouts", "db_client_connection_timeouts_total"},
		{"wait", "db_client_connection_wait_time_seconds"},
		{"open", "db_client_connection_create_time_seconds"},
		{"use", "db_client_connection_use_time_seconds"},
	};

	for (size_t i = 0; i < array_size(names); i++)
		if (strcmp(names[i][0], member) == 0)
			return names[i][1];
	return NULL;
}

/* Counted by no pool: shown once a process. */
static bool is_of_process(const char *member)
{
	return strcmp(member, "non_pooled_connects") == 0 || strcmp(member, "active_pools") == 0 ||
	       strcmp(member, "inactive_pools") == 0;
}

static void add_family(
	struct buffer *to, const struct rows *rows, size_t index, const struct number *about)
{
	static const char *const suffix[] = {[NUMBER_COUNTER] = "_total",
		[NUMBER_GAUGE] = "",
		[NUMBER_HISTOGRAM] = "_time_seconds"};
	static const char *const type[] = {[NUMBER_COUNTER] = "counter",
		[NUMBER_GAUGE] = "gauge",
		[NUMBER_HISTOGRAM] = "histogram"};
	const char *standard = standard_name(about->member);
	char name[80];
	struct number n;

	if (standard)
		snprintf(name, sizeof(name), "%s", standard);
	else
		snprintf(name, sizeof(name), "odbcpool_%s%s", about->member, suffix[about->kind]);
	begin(to, name, type[about->kind], about->help);
	for (size_t i = 0; i < rows->count; i++) {
		const struct row *row = &rows->row[i];
		if (is_of_process(about->member) != !row->pool)
			continue;
		if (!number_get(row->pool ? &row->pool->values : &row->process->totals, index, &n))
			continue;
		if (n.kind == NUMBER_HISTOGRAM)
			add_histogram(to, rows, row, name, n.h);
		else
			add_value(to, rows, row, name, "", n.value);
	}
}

static void add_states(struct buffer *to, const struct rows *rows)
{
	static const struct {
		const char *name, *help;
		uint32_t bit;
	} states[] = {
		{"odbcpool_paused", "1: connects wait until `odbcpool resume`.", TALLY_PAUSED},
		{"odbcpool_disabled", "1: connects are not pooled until `odbcpool enable`.",
			TALLY_DISABLED},
	};
	static const char blocked[] = "odbcpool_blocked";

	for (size_t s = 0; s < array_size(states); s++) {
		begin(to, states[s].name, "gauge", states[s].help);
		for (size_t i = 0; i < rows->count; i++)
			if (rows->row[i].pool)
				add_value(to, rows, &rows->row[i], states[s].name, "",
					(rows->row[i].pool->state & states[s].bit) != 0);
	}
	begin(to, blocked, "gauge", "1: in a blocking period after failed logins.");
	for (size_t i = 0; i < rows->count; i++)
		if (rows->row[i].pool)
			add_value(to, rows, &rows->row[i], blocked, "",
				rows->row[i].pool->blocked_until > rows->row[i].process->taken_at);
}

void prometheus_add(struct buffer *to, const struct report *r)
{
	static const struct counter_values none;
	struct rows rows = {.labels = BUFFER_EMPTY};
	size_t most = 1;
	struct number n;

	for (size_t i = 0; i < r->count; i++)
		most += 1 + r->processes[i].pool_count;
	rows.row = calloc(most, sizeof(*rows.row));
	if (!rows.row) {
		to->failed = true;
		return;
	}
	for (size_t i = 0; i < r->count; i++) {
		const struct process_snapshot *s = &r->processes[i];
		add_row(&rows, s, NULL);
		for (size_t j = 0; j < s->pool_count; j++)
			add_row(&rows, s, &s->pools[j]);
	}
	if (!rows.labels.failed) {
		add_counts(to, &rows);
		add_limits(to, &rows);
		for (size_t i = 0; number_get(&none, i, &n); i++)
			add_family(to, &rows, i, &n);
		add_states(to, &rows);
	}
	to->failed |= rows.labels.failed;
	buffer_done(&rows.labels);
	free(rows.row);
}
