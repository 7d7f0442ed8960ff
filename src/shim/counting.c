/* SPDX-License-Identifier: MIT */
#include "shim/counting.h"

#include "conf/connstr.h"
#include "conf/words.h"
#include "driver/load.h"

#include <stdlib.h>
#include <string.h>

static struct segment segment;
static _Atomic bool has_exit_handler;
static _Atomic bool has_pools;
static _Atomic bool has_swept;
static _Atomic bool is_obeying;

static void release(struct tally *t)
{
	segment_release(&segment, t);
}

static void note_login_error(struct tally *t, const struct diag *diag)
{
	struct buffer message = BUFFER_EMPTY;

	if (diag->count == 0)
		return;
	connstr_add_redacted_text(&message, diag->records[0].message);
	segment_note_login_error(&segment, t, diag->records[0].sqlstate, diag->records[0].native,
		buffer_str(&message));
	buffer_done(&message);
}

static void note_holders(
	struct tally *t, const struct borrow_holder *holders, unsigned count, usec_t now)
{
	struct stats_holder seen[STATS_HOLDERS] = {{.thread = 0}};

	static_assert((int)BORROW_HOLDERS <= (int)STATS_HOLDERS, "no room for all holders");
	for (unsigned i = 0; i < count; i++)
		seen[i] = (struct stats_holder){
			.since = holders[i].since, .thread = holders[i].thread};
	segment_note_holders(&segment, t, seen, count, now);
}

const struct pool_books *counting_books(void)
{
	static struct pool_books books = {
		.release = release,
		.note_login_error = note_login_error,
		.note_holders = note_holders,
	};

	if (!segment_init(&segment, PACKAGE_VERSION))
		return NULL;
	books.departed = &segment.header->departed;
	return &books;
}

static int64_t or_none(int64_t value, int64_t stands_for_none)
{
	return value == stands_for_none ? -1 : value;
}

static struct stats_settings settings_shown(const struct settings *s)
{
	return (struct stats_settings){
		.max_pool_size = or_none(s->max_pool_size, 0),
		.min_pool_size = s->min_pool_size,
		.max_opening = s->max_opening,
		.max_uses = or_none(s->max_uses, 0),
		.pool_connect_timeout = or_none(s->pool_connect_timeout, USEC_INFINITY),
		.connection_idle_timeout = or_none(s->connection_idle_timeout, USEC_INFINITY),
		.connection_lifetime = or_none(s->connection_lifetime, USEC_INFINITY),
		.leak_detection_threshold = or_none(s->leak_detection_threshold, 0),
	};
}

/* Where the real driver will connect to; what it has no word for is not shown. */
static void get_server(const struct resolved *resolved, struct buffer *to)
{
	static const char *const keywords[] = {
		"Server", "Servername", "Host", "Address", "Database"};

	for (size_t i = 0; i < array_size(keywords) && to->len == 0; i++)
		words_get(resolved, keywords[i], to);
}

static void remove_at_exit(void)
{
	segment_remove(&segment);
}

static void report_trouble(const struct trace *trace)
{
	const char *reason;
	int error;

	if (segment_take_trouble(&segment, &reason, &error))
		trace_event(trace, TRACE_WARN, "counters-private",
			"reason=\"%s\" error=%d: the command odbcpool cannot see all pools of this "
			"process",
			reason, error);
}

struct tally *counting_claim(const struct resolved *resolved, const struct settings *settings,
	const struct driver *driver, const struct digest *key, const struct trace *trace)
{
	struct buffer server = BUFFER_EMPTY, shown = BUFFER_EMPTY;
	struct tally *t;

	get_server(resolved, &server);
	connstr_add_redacted_text(&shown, buffer_str(&server));
	struct slot_about about = {
		.name = settings->pool_name,
		.driver = driver->path,
		.server = buffer_str(&shown),
		.key = {key->word[0], key->word[1]},
		.settings = settings_shown(settings),
	};
	/* Before the first login, whose libraries register their own: ours then runs after the
	 * pools were closed. */
	if (!atomic_exchange(&has_exit_handler, true))
		atexit(remove_at_exit);
	t = segment_claim(&segment, &about);
	atomic_store(&has_pools, true);
	buffer_done(&server);
	buffer_done(&shown);
	report_trouble(trace);
	return t;
}

void counting_note_dbms(const struct pool *p, const char *dbms)
{
	segment_note_dbms(&segment, pool_tally(p), dbms);
}

bool counting_has_command(void)
{
	return segment_has_command(&segment);
}

static enum pool_order order_of(enum stats_verb verb)
{
	switch (verb) {
	case STATS_CLEAR:
		return POOL_CLEAR;
	case STATS_PAUSE:
		return POOL_PAUSE;
	case STATS_RESUME:
		return POOL_RESUME;
	case STATS_DISABLE:
		return POOL_DISABLE;
	case STATS_ENABLE:
		break;
	}
	return POOL_ENABLE;
}

static void show_state(struct registry *r)
{
	struct registry_state state = registry_get_state(r);

	segment_set_state(&segment,
		(state.is_paused ? TALLY_PAUSED : 0) | (state.is_disabled ? TALLY_DISABLED : 0));
}

void counting_obey(struct registry *r)
{
	struct command c;

	/* One thread is enough; the others need not wait for it. */
	if (atomic_exchange(&is_obeying, true))
		return;
	if (segment_take_command(&segment, &c)) {
		unsigned affected = registry_order(r, order_of(c.verb), c.pool);
		show_state(r);
		segment_acknowledge(&segment, &c, affected);
	}
	atomic_store(&is_obeying, false);
}

void counting_tick(struct registry *r)
{
	if (counting_has_command())
		counting_obey(r);
	if (atomic_load(&has_pools) && !atomic_exchange(&has_swept, true))
		segment_sweep_stale();
}

void counting_after_fork_in_child(void)
{
	segment_after_fork_in_child(&segment);
	atomic_store(&is_obeying, false);
	atomic_store(&has_pools, false);
	atomic_store(&has_swept, false);
}
