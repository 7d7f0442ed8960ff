/* SPDX-License-Identifier: MIT */
#include "dbms/source_internal.h"

#include "dbms/profile.h"
#include "dbms/statement_text.h"
#include "dbms/xa_watch.h"
#include "driver/query.h"

#include <stdlib.h>
#include <string.h>

static bool copy_text(char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return *to || !from;
}

static void source_free(void *ctx)
{
	struct source *s = ctx;

	sealed_login_free(s->login);
	free(s->init_query);
	free(s->borrow_query);
	free(s->reset_query);
	free(s->validation_query);
	diag_clear(&s->warnings);
	free(s);
}

struct source *source_new(
	struct driver *d, const struct settings *settings, const struct login *login)
{
	struct source *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	*s = (struct source){
		.driver = d,
		.has_reset = settings->connection_reset,
		.reset_mode = (enum reset_mode)settings->reset_mode,
		.reset_method = (enum reset_method)settings->reset_method,
		.validation = (enum validation)settings->validation,
		.may_enlist = settings->enlist,
		.unbinds_implicitly = settings->transaction_binding == BINDING_IMPLICIT_UNBIND,
		.statement_limit = settings->statement_cleanup_limit,
		.validation_interval = settings->validation_interval,
		.validation_timeout = settings->validation_timeout,
		.keepalive_s = (unsigned)(settings->tcp_keepalive / USEC_PER_SEC),
		.user_timeout_s = (unsigned)(settings->tcp_user_timeout / USEC_PER_SEC),
	};
	if (login && !(s->login = sealed_login_new(login)))
		goto fail;
	if (copy_text(&s->init_query, settings->init_query) &&
		copy_text(&s->borrow_query, settings->borrow_query) &&
		copy_text(&s->reset_query, settings->reset_query) &&
		copy_text(&s->validation_query, settings->validation_query))
		return s;
fail:
	source_free(s);
	return NULL;
}

bool source_keep_warnings(struct source *source, const struct diag *warnings)
{
	diag_add_all(&source->warnings, warnings);
	return source->warnings.count == warnings->count;
}

const struct diag *source_warnings(const struct source *source)
{
	return &source->warnings;
}

bool source_is_dead(struct session *s)
{
	switch (socket_poll(&s->socket)) {
	case SOCKET_CLOSED:
	case SOCKET_SPOKE:
	case SOCKET_GONE:
		return true;
	case SOCKET_QUIET:
		/* The flag may know more, but only where it costs no round trip. */
		return s->profile->dead_flag_is_local && session_is_dead(s);
	case SOCKET_STATE_UNKNOWN:
		break;
	}
	return session_is_dead(s);
}

/* Ask the server, but not for longer than ValidationTimeout. */
static bool answers(const struct source *source, struct session *s, usec_t deadline)
{
	const char *query =
		source->validation_query ? source->validation_query : s->profile->validation_query;
	usec_t limit = usec_add(clock_now(&clock_real), source->validation_timeout);
	struct guard guard;

	/* Where nothing can end the query it is not begun: the connection is opened anew instead.
	 */
	if (!query || !guard_arm(&guard, &s->socket, limit < deadline ? limit : deadline))
		return false;
	bool ok = query_run(s, query);
	guard_disarm(&guard);
	return ok && !guard.has_struck;
}

static bool source_is_alive(void *ctx, void *conn, usec_t idle_for, usec_t deadline)
{
	const struct source *source = ctx;
	struct session *s = conn;

	if (idle_for == IDLE_FOR_PARKED)
		return !source_is_dead(s);
	if (source->validation == VALIDATION_NONE)
		return true;
	if ((s->profile->is_valid && !s->profile->is_valid(s)) || source_is_dead(s))
		return false;
	if (source->validation == VALIDATION_SOCKET ||
		!(source->validation_query || s->profile->validation_query))
		return true;
	/* 0 is always, also where the clock has not moved since it was given back. */
	if (source->validation == VALIDATION_QUERY || idle_for >= source->validation_interval)
		return answers(source, s, deadline);
	return true;
}

/* A session that can be reset is judged by rules, any other by what is known to be harmless. */
void source_note_statement(
	struct source *source, struct session *s, const void *text, size_t len, bool is_wide)
{
	bool is_judged = source->has_reset && !s->taint;

	/* A transaction must be known of even where nothing else matters. */
	if (!is_judged && !s->profile->rollback_query)
		return;
	s->seen |= STATEMENT_SENT;
	if (s->profile->rules && (s->can_reset || s->profile->rollback_query))
		s->seen |= statement_look(s->profile->rules, text, len, is_wide);
	if (!is_judged)
		return;
	if (!s->can_reset && statement_may_leave_state(text, len, is_wide))
		session_taint(s, "a statement may have changed the session, which cannot be reset");
	if (s->can_reset && (s->seen & STATEMENT_POISONS))
		session_taint(s, "a statement did something that no reset undoes");
}

/* A query of the settings is not looked at: it may begin one. */
static bool excludes_transaction(const struct source *source, struct session *s)
{
	return source->has_reset && !source->borrow_query && !source->reset_query &&
	       profile_excludes_transaction(s);
}

static bool clean(struct source *source, struct session *s, const char **ret_reason)
{
	/* A handle that stayed in an ended branch until it was disconnected. */
	xa_watch_end(s);
	bool is_clean = session_clean(s, !excludes_transaction(source, s), ret_reason);

	/* After the driver's own, which is an error when there is nothing left to roll back; also
	 * in a session that will be closed, for that is a matter of the background. */
	if ((is_clean || s->taint) && (s->seen & STATEMENT_OPENS) && s->profile->rollback_query &&
		!query_run(s, s->profile->rollback_query)) {
		*ret_reason = "the rollback failed";
		return false;
	}
	if (!is_clean)
		return false;
	if (source->has_reset && (s->seen & STATEMENT_LOCKS) && s->profile->unlock_query &&
		!query_run(s, s->profile->unlock_query)) {
		*ret_reason = "locks taken by name could not be released";
		return false;
	}
	return true;
}

bool source_guard(
	const struct source *source, struct session *s, usec_t deadline, struct guard *ret_guard)
{
	usec_t limit = usec_add(clock_now_coarse(&clock_real), source->validation_timeout);

	return guard_arm(ret_guard, &s->socket, deadline < limit ? deadline : limit);
}

bool source_clean(struct source *source, struct session *s, const char **ret_reason)
{
	struct guard guard;
	bool is_guarded = s->was_used && source_guard(source, s, USEC_INFINITY, &guard);
	bool ok = clean(source, s, ret_reason);

	if (is_guarded)
		guard_disarm(&guard);
	return ok;
}

bool source_prefers_to_close(const struct source *source, const struct session *s, size_t count)
{
	if (source->statement_limit >= 0)
		return count > (size_t)source->statement_limit;
	return s->profile->statement_limit && count > s->profile->statement_limit;
}

bool source_wants_reset(const struct source *source, const struct session *s)
{
	return source->has_reset && s->can_reset && (s->seen & STATEMENT_SENT);
}

bool source_resets_at_return(const struct source *source, const struct session *s)
{
	return source->reset_mode == RESET_RETURN || (s->seen & STATEMENT_HOLDS);
}

const char *source_describe_reset(const struct source *source, const struct session *s)
{
	if (!source->has_reset)
		return "a rollback and the attributes as before, but no reset, for ConnectionReset "
		       "is No";
	if (source->reset_query)
		return "ResetQuery";
	if (!s->can_reset)
		return "a rollback and the attributes as before; no reset has proved itself, so "
		       "that a session over which more than queries and row changes went is closed";
	return s->profile->describe_reset ? s->profile->describe_reset(s)
					  : "the reset of the DBMS's profile";
}

bool source_reset(struct source *source, struct session *s, usec_t deadline)
{
	struct guard guard;
	bool is_guarded = source_guard(source, s, deadline, &guard);
	bool ok = source->reset_query ? query_run(s, source->reset_query) : s->profile->reset(s);

	if (is_guarded)
		guard_disarm(&guard);
	if (ok)
		s->seen = 0;
	if (s->has_no_server_session)
		atomic_store(&source->sessions_move, true);
	return ok;
}

bool source_may_enlist(const struct source *source)
{
	return source->may_enlist;
}

bool source_unbinds_implicitly(const struct source *source)
{
	return source->unbinds_implicitly;
}

bool source_greet(struct source *source, struct session *s, struct diag *reterr)
{
	return !source->borrow_query || query_run_reporting(s, source->borrow_query, reterr);
}

static bool source_op_reset(void *ctx, void *conn, usec_t deadline)
{
	struct source *source = ctx;
	struct session *s = conn;
	const char *reason;

	if (s->is_unclean) {
		if (source_is_dead(s) || !source_clean(source, s, &reason))
			return false;
		if (!source_wants_reset(source, s))
			return true;
	}
	return source_reset(source, s, deadline);
}

/*
 * The application has closed the descriptor (closefrom(), a daemon at its start) and may have
 * opened something else under its number, which the driver would write a farewell to, and close. A
 * driver that knows of its loss has closed the descriptor itself.
 */
static bool is_misled(struct session *s)
{
	if (socket_poll(&s->socket) != SOCKET_GONE || s->is_known_dead)
		return false;
	return !s->profile->dead_flag_is_local || !session_is_dead(s);
}

static bool source_close(void *ctx, void *conn, enum close_mode mode)
{
	struct session *s = conn;

	(void)ctx;
	if (mode != CLOSE_ABORT && is_misled(s)) {
		session_abandon(s);
		return true;
	}
	switch (mode) {
	case CLOSE_GRACEFULLY:
		/* SQLite's driver refuses to disconnect in a transaction. */
		if (s->is_unclean)
			session_end_transaction(s, SQL_ROLLBACK);
		/* FreeTDS would free them one by one, a round trip each. */
		if (s->has_statements)
			socket_shut_down(&s->socket);
		return session_close(s);
	case CLOSE_DEAD:
		session_close(s);
		return true;
	case CLOSE_ABORT:
		/* The driver must not be called: it could block on a server that does not answer.
		 */
		return true;
	}
	return true;
}

const struct pool_driver source_ops = {
	.open = source_open,
	.is_alive = source_is_alive,
	.reset = source_op_reset,
	.close = source_close,
	.free_ctx = source_free,
};
