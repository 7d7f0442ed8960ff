/* SPDX-License-Identifier: MIT */
/*
 * What the engine tells: the application in diagnostics, the administrator in the trace.
 * Names and numbers only, never a string that the application connected with.
 */
#include "pool/pool_internal.h"

#include "base/buffer.h"
#include "base/probe.h"
#include "odbcpool.h"
#include "pool/threads.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_EXECINFO_H
#include <execinfo.h>
#endif

static double seconds(usec_t t)
{
	return (double)t / (double)USEC_PER_SEC;
}

void report_gather_locked(const struct pool *p, usec_t now, struct exhaustion *ret_state)
{
	struct entry *oldest = entry_set_oldest_borrow(&p->entries);

	mutex_assert_held(&p->lock);
	*ret_state = (struct exhaustion){
		.numbers = pool_numbers_locked(p),
		.is_full = policy_is_full(&p->limits, &p->entries),
		.is_paused = p->is_paused,
		.holder = oldest ? oldest->holder : 0,
		.held_for = oldest ? now - oldest->borrowed_at : 0,
		.last_error = login_error_ref(p->blocking.last),
	};
}

static void append_numbers(struct buffer *b, const struct pool *p, const struct pool_numbers *n)
{
	buffer_printf(b, " Pool %s: total %u, active %u, idle %u, parked %u, waiting %u.", p->name,
		n->total, n->active, n->idle, n->parked, n->waiting);
}

static void append_holder(struct buffer *b, const struct exhaustion *x)
{
	char name[THREAD_NAME_SIZE];

	if (!x->holder)
		return;
	buffer_printf(b, " Oldest holder: thread %d", (int)x->holder);
	thread_get_name(x->holder, name, sizeof(name));
	if (*name)
		buffer_printf(b, " (%s)", name);
	buffer_printf(b, ", for %.0f s", seconds(x->held_for));
	buffer_append_str(b, thread_has_ended(x->holder) ? "; that thread has ended." : ".");
}

static void append_limit(struct buffer *b, const struct pool *p)
{
	buffer_printf(b, " To cure it, raise MaxPoolSize (now %u) or PoolConnectTimeout (now ",
		p->limits.max_size);
	if (p->limits.connect_timeout == USEC_INFINITY)
		buffer_append_str(b, "0, no limit");
	else
		buffer_printf(b, "%g s", seconds(p->limits.connect_timeout));
	buffer_append_str(b, "), or look for connections that are not closed.");
}

static void add_text(
	struct diag *reterr, int native, struct buffer *text, const struct login_error *last_error)
{
	if (text->failed)
		diag_add_no_memory(reterr);
	else
		diag_add(reterr, "HYT00", native, "pool", "%s", buffer_str(text));
	if (last_error && last_error->diag.count > 0)
		diag_add_copy(reterr, &last_error->diag.records[0]);
	buffer_done(text);
}

void report_timed_out(const struct pool *p, const struct exhaustion *x, struct diag *reterr)
{
	struct buffer b = BUFFER_EMPTY;

	buffer_append_str(&b, "Timeout expired. The timeout period elapsed prior to obtaining a "
			      "connection from the pool; ");
	if (x->is_paused) {
		buffer_append_str(&b,
			"the pool is paused, by the command odbcpool pause (odbcpool resume lets "
			"it go on).");
	} else if (x->has_found_dead) {
		buffer_append_str(&b,
			"the idle connections that were asked for a sign of life were dead, and no "
			"time was left for a login.");
	} else if (x->is_full) {
		buffer_append_str(&b,
			"all pooled connections were in use and the maximum pool size "
			"was reached.");
		append_limit(&b, p);
	} else if (x->numbers.opening > 0) {
		/* Not MaxPoolSize's doing: there was room, but not for one more login at a time. */
		buffer_printf(&b, "%u logins were under way, and no more may be%s.",
			x->numbers.opening, x->last_error ? " while they fail" : " (MaxOpening)");
	} else {
		buffer_append_str(&b, "the idle connections were still being reset.");
	}
	append_numbers(&b, p, &x->numbers);
	append_holder(&b, x);
	add_text(reterr, x->is_paused ? ODBCPOOL_ERR_POOL_PAUSED : ODBCPOOL_ERR_POOL_EXHAUSTED, &b,
		x->last_error);
}

void report_self_deadlock(const struct pool *p, const struct exhaustion *x, struct diag *reterr)
{
	struct buffer b = BUFFER_EMPTY;

	buffer_append_str(&b,
		"No connection can become free: all pooled connections are in use, the "
		"maximum pool size was reached, and ");
	buffer_append_str(&b,
		p->limits.may_not_wait
			? "Threading=3 in odbcinst.ini makes the driver manager keep every other "
			  "thread out of SQLDisconnect while this one waits (set it to 0, 1 or 2)."
			: "the thread that asks for one more is the only one of the application.");
	append_limit(&b, p);
	append_numbers(&b, p, &x->numbers);
	append_holder(&b, x);
	add_text(reterr, ODBCPOOL_ERR_SELF_DEADLOCK, &b, x->last_error);
	trace_event(p->trace, TRACE_WARN, "self-deadlock", "pool=%s total=%u", p->word,
		x->numbers.total);
}

void report_blocked(
	const struct pool *p, const struct blocking *blocking, usec_t now, struct diag *reterr)
{
	if (blocking->last)
		diag_add_all(reterr, &blocking->last->diag);
	else
		diag_add_no_memory(reterr);
	diag_add(reterr, "01000", ODBCPOOL_ERR_BLOCKING_PERIOD, "pool",
		"No login was tried for pool %s: one failed %.1f s ago, and its diagnostics are "
		"repeated for another %.1f s",
		p->name, seconds(now - blocking->failed_at), seconds(blocking->until - now));
	probe2(block, p->name, blocking->until - now);
	trace_event(p->trace, TRACE_INFO, "blocked", "pool=%s failed-ms-ago=%lld left-ms=%lld",
		p->word, (long long)((now - blocking->failed_at) / USEC_PER_MSEC),
		(long long)((blocking->until - now) / USEC_PER_MSEC));
}

void report_enlisted(const struct pool *p, enum pool_rc rc, struct diag *reterr)
{
	switch (rc) {
	case POOL_TRANSACTION_HERE:
		diag_add(reterr, "25000", ODBCPOOL_ERR_TRANSACTION_HERE, "transaction",
			"Invalid transaction state: the transaction lives on one session of pool "
			"%s, "
			"and %s; disconnect that one first",
			p->name,
			p->limits.may_not_wait
				? "another connection has it, which nobody can give back while "
				  "this connect waits (Threading=3 in odbcinst.ini)"
				: "another connection of this thread has it");
		break;
	case POOL_TRANSACTION_ENDED:
		diag_add(reterr, "25000", ODBCPOOL_ERR_TRANSACTION_ENDED, "transaction",
			"Invalid transaction state: the transaction has ended or is being ended");
		break;
	case POOL_TRANSACTION_LOST:
		diag_add(reterr, "25S03", ODBCPOOL_ERR_TRANSACTION_LOST, "transaction",
			"Transaction is rolled back: the session of pool %s that it lived on is "
			"gone",
			p->name);
		break;
	case POOL_TIMED_OUT:
		diag_add(reterr, "HYT00", ODBCPOOL_ERR_POOL_EXHAUSTED, "transaction",
			"Timeout expired. The transaction lives on one session of pool %s, and "
			"another connection of the transaction had it until the deadline",
			p->name);
		break;
	case POOL_CLOSED:
		report_closed(reterr);
		break;
	case POOL_OK:
	case POOL_UNKNOWN:
	case POOL_SELF_DEADLOCK:
	case POOL_OPEN_FAILED:
	case POOL_BLOCKED:
	case POOL_DISABLED:
	case POOL_NO_MEMORY:
		break;
	}
	trace_event(p->trace, TRACE_INFO, "enlist-failed", "pool=%s rc=%d", p->word, (int)rc);
}

void pool_trace_transaction(const struct pool *p, const struct transaction_id *id,
	enum trace_level level, const char *event, const char *why)
{
	char *word = why && trace_is_on(p->trace, level) ? trace_word(why) : NULL;

	trace_event(p->trace, level, event, "pool=%s transaction=%08x%s%s", p->word,
		(unsigned)id->hash, word ? " message=" : "", word ? word : "");
	free(word);
}

void report_closed(struct diag *reterr)
{
	diag_add(reterr, "08001", ODBCPOOL_ERR_POOL_CLOSED, "pool",
		"The pools of this process are closed: the process is ending, or it was forked "
		"while this connect was under way");
}

void report_cleared(const struct pool *p, const char *why)
{
	trace_event(p->trace, TRACE_INFO, "clear", "pool=%s reason=\"%s\"", p->word, why);
}

void pool_describe_wait(const struct borrow *b, struct diag *diag)
{
	diag_add(diag, "01000", ODBCPOOL_ERR_LONG_WAIT, "pool",
		"The connect waited %.3f s for a connection of pool %s, longer than WaitNotify",
		seconds(b->waited), b->pool->name);
}

void report_note_site(struct pool *p, struct entry *e)
{
	struct borrow_site site = {.frame_count = 0};

	/* Gathered outside the lock: the first backtrace of a process loads a library. */
#ifdef HAVE_EXECINFO_H
	site.frame_count = backtrace(site.frames, LEAK_FRAMES);
#endif
	pthread_getname_np(pthread_self(), site.thread_name, sizeof(site.thread_name));
	pool_lock(p);
	*e->site = site;
	pool_unlock(p);
}

static void append_frames(struct buffer *b, const struct borrow_site *site)
{
#ifdef HAVE_EXECINFO_H
	char **names = backtrace_symbols(site->frames, site->frame_count);

	for (int i = 0; names && i < site->frame_count; i++)
		buffer_printf(b, "%s%s", i ? " < " : "", names[i]);
	free(names);
#else
	(void)site;
	buffer_append_str(b, "unknown, no backtraces here");
#endif
}

/* Find a borrow that lasts too long, and take note that it is reported. */
static bool next_leak_locked(struct pool *p, usec_t now, struct borrow_site *ret_site,
	pid_t *ret_holder, usec_t *ret_held)
{
	mutex_assert_held(&p->lock);
	list_for_each(l, next, &p->entries.all)
	{
		struct entry *e = list_entry(l, struct entry, all_link);
		if (e->state != ENTRY_IN_USE || e->is_leak_reported ||
			now - e->borrowed_at < p->limits.leak_threshold)
			continue;
		e->is_leak_reported = true;
		counter_add(&p->tally->counters.leaks, 1);
		*ret_site = *e->site;
		*ret_holder = e->holder;
		*ret_held = now - e->borrowed_at;
		return true;
	}
	return false;
}

/* Find a connection that is parked for too long, and take note that it is reported. */
static bool next_parked_locked(
	struct pool *p, usec_t now, uint64_t *ret_transaction, usec_t *ret_parked)
{
	mutex_assert_held(&p->lock);
	list_for_each(l, next, &p->entries.all)
	{
		struct entry *e = list_entry(l, struct entry, all_link);
		if (e->state != ENTRY_PARKED || e->is_park_reported ||
			now - e->parked_since < p->limits.max_parked)
			continue;
		e->is_park_reported = true;
		counter_add(&p->tally->counters.parked_too_long, 1);
		*ret_transaction = e->enlistment->hash;
		*ret_parked = now - e->parked_since;
		return true;
	}
	return false;
}

void report_parked(struct pool *p, usec_t now)
{
	for (;;) {
		uint64_t transaction;
		usec_t parked;

		pool_lock(p);
		bool is_found = next_parked_locked(p, now, &transaction, &parked);
		pool_unlock(p);
		if (!is_found)
			return;
		trace_event(p->trace, TRACE_WARN, "parked-too-long",
			"pool=%s transaction=%08x parked for %.0f s; its transaction was not ended",
			p->word, (unsigned)transaction, seconds(parked));
	}
}

void report_leaks(struct pool *p, usec_t now)
{
	for (;;) {
		struct borrow_site site;
		struct buffer frames = BUFFER_EMPTY;
		pid_t holder;
		usec_t held;

		pool_lock(p);
		bool is_found = next_leak_locked(p, now, &site, &holder, &held);
		pool_unlock(p);
		if (!is_found)
			return;
		if (!trace_is_on(p->trace, TRACE_WARN))
			continue;
		append_frames(&frames, &site);
		trace_write(p->trace, TRACE_WARN, "leak",
			"pool=%s thread=%d name=\"%s\"%s held for %.0f s, borrowed at: %s", p->word,
			(int)holder, site.thread_name, thread_has_ended(holder) ? " (ended)" : "",
			seconds(held), buffer_str(&frames));
		buffer_done(&frames);
	}
}
