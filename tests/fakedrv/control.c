/* SPDX-License-Identifier: MIT */
/* What tests hold in their hands: the script, the counters and the log of calls. */
#include "fakedrv/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Enough for any test that reads it; a stress test that forgets it on does not eat the memory. */
#define LOG_LINES 65536

static atomic_llong counters[COUNTERS];

static struct {
	atomic_bool is_on;
	pthread_mutex_t lock;
	char **lines;
	size_t count;
} calls = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Relaxed, for the same reason that the log is off at first: to order nothing for others. */
void count(enum counter c, int by)
{
	atomic_fetch_add_explicit(&counters[c], by, memory_order_relaxed);
}

static size_t counted(enum counter c)
{
	return (size_t)atomic_load_explicit(&counters[c], memory_order_relaxed);
}

static void name_handle(struct buffer *b, const struct handle *h)
{
	if (h->conn)
		buffer_printf(b, "conn%u", h->conn->h.number);
	switch (h->kind) {
	case SQL_HANDLE_ENV:
		buffer_printf(b, "env%u", h->number);
		break;
	case SQL_HANDLE_STMT:
		buffer_printf(b, ".stmt%u", h->number);
		break;
	case SQL_HANDLE_DESC:
		buffer_printf(b, ".desc%u", h->number);
		break;
	}
	buffer_append_char(b, ' ');
}

void log_vcall(const struct handle *h, const char *format, va_list ap)
{
	struct buffer b = BUFFER_EMPTY;

	if (!atomic_load_explicit(&calls.is_on, memory_order_relaxed))
		return;
	name_handle(&b, h);
	buffer_vprintf(&b, format, ap);
	char *line = buffer_steal(&b);
	pthread_mutex_lock(&calls.lock);
	if (line && calls.lines && calls.count < LOG_LINES) {
		calls.lines[calls.count++] = line;
		line = NULL;
	}
	pthread_mutex_unlock(&calls.lock);
	free(line);
}

void log_line(const struct handle *h, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_vcall(h, format, ap);
	va_end(ap);
}

static void log_forget(bool goes_on)
{
	pthread_mutex_lock(&calls.lock);
	for (size_t i = 0; i < calls.count; i++)
		free(calls.lines[i]);
	free(calls.lines);
	calls.count = 0;
	calls.lines = goes_on ? calloc(LOG_LINES, sizeof(*calls.lines)) : NULL;
	pthread_mutex_unlock(&calls.lock);
	atomic_store(&calls.is_on, goes_on);
}

static void log_start(void)
{
	log_forget(true);
}

static long log_find(const char *text, long from)
{
	long found = -1;

	pthread_mutex_lock(&calls.lock);
	for (size_t i = from < 0 ? 0 : (size_t)from; i < calls.count && found < 0; i++)
		if (strstr(calls.lines[i], text))
			found = (long)i;
	pthread_mutex_unlock(&calls.lock);
	return found;
}

static char *log_text(void)
{
	struct buffer b = BUFFER_EMPTY;

	buffer_append_str(&b, "");
	pthread_mutex_lock(&calls.lock);
	for (size_t i = 0; i < calls.count; i++)
		buffer_printf(&b, "%s\n", calls.lines[i]);
	pthread_mutex_unlock(&calls.lock);
	return buffer_steal(&b);
}

static void reset(void)
{
	script_replace("");
	log_forget(false);
	for (int c = COUNT_LOGINS; c < COUNTERS; c++)
		atomic_store(&counters[c], 0);
}

static void counts(struct fakedrv_counts *ret_counts)
{
	*ret_counts = (struct fakedrv_counts){
		.environments = counted(COUNT_ENVIRONMENTS),
		.connections = counted(COUNT_CONNECTIONS),
		.statements = counted(COUNT_STATEMENTS),
		.descriptors = counted(COUNT_DESCRIPTORS),
		.connected = counted(COUNT_CONNECTED),
		.logins = counted(COUNT_LOGINS),
		.failed_logins = counted(COUNT_FAILED_LOGINS),
		.logouts = counted(COUNT_LOGOUTS),
		.foreign_handles = counted(COUNT_FOREIGN_HANDLES),
		.dead_calls = counted(COUNT_DEAD_CALLS),
	};
}

static void kill_one(struct conn *c, void *context)
{
	if (atomic_load(&c->is_online) && !atomic_exchange(&c->is_dead, true))
		++*(size_t *)context;
}

static size_t kill_connections(void)
{
	size_t killed = 0;

	handles_for_each_conn(kill_one, &killed);
	gate_wake();
	return killed;
}

const struct fakedrv_control fakedrv_control = {
	.reset = reset,
	.script = script_replace,
	.counts = counts,
	.kill_connections = kill_connections,
	.release = gate_release,
	.await_blocked = gate_await_blocked,
	.log_start = log_start,
	.log_find = log_find,
	.log_text = log_text,
};
