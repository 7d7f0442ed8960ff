/* SPDX-License-Identifier: MIT */
#include "tool/watch.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void watch_init(struct watch *w)
{
	*w = (struct watch){.count = 0};
}

void watch_done(struct watch *w)
{
	if (w->has_report)
		report_done(&w->report);
	free(w->rows);
	free(w->shown);
}

/* What the pool was at the last look. Both are in the same order, so that the search goes on from
 * where the last one ended. */
static const struct watch_row *find_last(
	const struct watch *w, pid_t pid, uint64_t id, size_t *cursor)
{
	for (size_t n = 0; n < w->count; n++) {
		size_t i = (*cursor + n) % w->count;
		if (w->rows[i].pid == pid && w->rows[i].id == id) {
			*cursor = i + 1;
			return &w->rows[i];
		}
	}
	return NULL;
}

static double per_second(uint64_t now, uint64_t before, usec_t span)
{
	return now > before && span > 0 ? (double)(now - before) * 1e6 / (double)span : 0;
}

static struct watch_row make_row(const struct watch *w, const struct process_snapshot *s,
	const struct pool_snapshot *p, usec_t span, size_t *cursor)
{
	const struct watch_row *last = find_last(w, s->name.pid, p->id, cursor);
	const struct counter_values *v = &p->values;
	struct watch_row row = {.pid = s->name.pid, .id = p->id, .is_new = !last};

	if (last)
		row = *last;
	row.process = s;
	row.pool = p;
	uint64_t waits = histogram_count(&v->wait) + v->timeouts;
	unsigned *here = &row.history[w->looks % WATCH_HISTORY];
	*here = (unsigned)v->waiting;
	if (last) {
		row.is_new = false;
		row.connects_per_s = per_second(v->soft_connects, last->connects, span);
		row.misses_per_s = per_second(v->misses, last->misses, span);
		*here += waits > last->waits ? (unsigned)(waits - last->waits) : 0;
	}
	row.connects = v->soft_connects;
	row.misses = v->misses;
	row.waits = waits;
	return row;
}

bool watch_look(struct watch *w, const struct report_filter *filter)
{
	usec_t now = clock_now(&clock_real), span = now - w->looked_at;
	struct report report;
	size_t count = 0, n = 0, cursor = 0;

	if (!report_take(filter, &report))
		return false;
	for (size_t i = 0; i < report.count; i++)
		count += report.processes[i].pool_count;
	struct watch_row *rows = calloc(count + 1, sizeof(*rows));
	const struct watch_row **shown = calloc(count + 1, sizeof(*shown));
	if (!rows || !shown) {
		free(rows);
		free(shown);
		report_done(&report);
		return false;
	}
	for (size_t i = 0; i < report.count; i++)
		for (size_t j = 0; j < report.processes[i].pool_count; j++)
			rows[n++] = make_row(w, &report.processes[i], &report.processes[i].pools[j],
				span, &cursor);
	unsigned looks = w->looks + 1;
	watch_done(w);
	*w = (struct watch){.report = report,
		.has_report = true,
		.looked_at = now,
		.rows = rows,
		.count = count,
		.looks = looks,
		.shown = shown};
	return true;
}

static unsigned waits_now(const struct watch_row *r)
{
	return (unsigned)r->pool->values.waiting;
}

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Whatever is equal stands by process and age, so that rows keep their places. */
static int by_age(const struct watch_row *a, const struct watch_row *b)
{
	return a->pid != b->pid ? (a->pid > b->pid ? 1 : -1) : compare_u64(a->id, b->id);
}

static int compare(const void *x, const void *y, void *arg)
{
	const struct watch_row *a = *(const struct watch_row *const *)x;
	const struct watch_row *b = *(const struct watch_row *const *)y;
	int result = 0;

	switch (*(const enum watch_order *)arg) {
	case WATCH_BY_WAITS:
		result = compare_u64(waits_now(b), waits_now(a));
		if (!result)
			result = compare_u64(b->waits, a->waits);
		break;
	case WATCH_BY_CONNECTS:
		result = (b->connects_per_s > a->connects_per_s) -
			 (b->connects_per_s < a->connects_per_s);
		break;
	case WATCH_BY_ACTIVE:
		result = compare_u64(
			b->pool->values.active_connections, a->pool->values.active_connections);
		break;
	case WATCH_BY_NAME:
		result = strcasecmp(a->pool->name, b->pool->name);
		break;
	case WATCH_ORDERS:
		break;
	}
	return result ? result : by_age(a, b);
}

void watch_arrange(struct watch *w, enum watch_order order, const char *word)
{
	w->shown_count = 0;
	for (size_t i = 0; i < w->count; i++) {
		const struct watch_row *r = &w->rows[i];
		if (!*word || strcasestr(r->pool->name, word) ||
			strcasestr(r->process->program, word) || strcasestr(r->pool->driver, word))
			w->shown[w->shown_count++] = r;
	}
	if (w->shown_count)
		qsort_r(w->shown, w->shown_count, sizeof(*w->shown), compare, &order);
}

const char *watch_order_name(enum watch_order order)
{
	switch (order) {
	case WATCH_BY_WAITS:
		return "waits";
	case WATCH_BY_CONNECTS:
		return "connects";
	case WATCH_BY_ACTIVE:
		return "active";
	case WATCH_BY_NAME:
		return "name";
	case WATCH_ORDERS:
		break;
	}
	return "";
}

unsigned watch_waits(const struct watch *w, const struct watch_row *row, unsigned ago)
{
	if (ago >= w->looks || ago >= WATCH_HISTORY)
		return 0;
	return row->history[(w->looks - 1 - ago) % WATCH_HISTORY];
}
