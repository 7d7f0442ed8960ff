/* SPDX-License-Identifier: MIT */
/*
 * How a source opens a connection: log in under a watch, find the socket, learn how the session can
 * be reset.
 */
#include "dbms/source_internal.h"

#include "dbms/profile.h"
#include "driver/bequest.h"
#include "driver/query.h"
#include "odbcpool.h"

#include <stdlib.h>

/* Whole seconds until the deadline, for a driver to keep: at least one, for 0 means for ever. */
static unsigned seconds_until(usec_t deadline)
{
	if (deadline == USEC_INFINITY)
		return 0;
	usec_t left = deadline - clock_now(&clock_real);
	return left > USEC_PER_SEC ? (unsigned)((left + USEC_PER_SEC - 1) / USEC_PER_SEC) : 1;
}

static uint16_t server_side_port(struct session *s)
{
	char *text = s->profile->port_query ? query_text(s, s->profile->port_query) : NULL;
	long port = text ? strtol(text, NULL, 10) : 0;

	free(text);
	return port > 0 && port <= UINT16_MAX ? (uint16_t)port : 0;
}

/* FreeTDS's SQL_INFO_FREETDS_SOCKET (odbcss.h). */
#define INFO_FREETDS_SOCKET 1301

static void find_socket(struct source *source, struct session *s, const struct socket_list *before)
{
	SQLULEN fd = 0;

	if (s->driver->traits.tells_socket && SQL_SUCCEEDED(s->calls->GetInfo(s->hdbc,
						      INFO_FREETDS_SOCKET, &fd, sizeof(fd), NULL)))
		s->socket = socket_from_fd((int)fd);
	else if (s->profile->port_query)
		s->socket = socket_find_new(before, server_side_port(s));
	socket_tune(&s->socket, source->keepalive_s, source->user_timeout_s);
	bequest_add(s);
}

/* Everything that must be known of a session before anyone uses it. */
static bool get_ready(struct source *source, struct session *s, const struct socket_list *before,
	enum reset_method method, struct diag *reterr)
{
	s->profile = profile_find(s);
	find_socket(source, s, before);
	if (source->init_query && !query_run_reporting(s, source->init_query, reterr))
		return false;
	s->forget_knowledge = s->profile->forget;
	bool has_proved = s->profile->learn && !atomic_load(&source->sessions_move) &&
			  s->profile->learn(s, method);
	s->can_reset = has_proved || source->reset_query;
	s->seen = 0;
	return true;
}

/*
 * By how much a login may outlast its deadline before its socket is shut down: the driver's own
 * limit, in whole seconds, comes first where there is one, and its records say more.
 */
#define LOGIN_GRACE USEC_PER_SEC

static struct session *log_in(struct source *source, struct login *login,
	const struct socket_list *before, enum reset_method method, struct diag *reterr)
{
	SQLRETURN rc;
	struct session *s = session_open(source->driver, login, &rc, reterr);

	if (s && !get_ready(source, s, before, method, reterr)) {
		session_close(s);
		s = NULL;
	}
	return s;
}

/* psqlODBC limits no query that it sends at the end of a login, nor does anyone limit ours. */
static struct session *log_in_by(struct source *source, struct login *login, usec_t deadline,
	enum reset_method method, struct diag *reterr)
{
	struct diag records = DIAG_EMPTY;
	struct socket_list before;
	struct guard guard;

	socket_list_take(&before);
	bool is_guarded = deadline != USEC_INFINITY &&
			  guard_arm_login(&guard, &before, usec_add(deadline, LOGIN_GRACE));
	struct session *s = log_in(source, login, &before, method, &records);
	if (is_guarded)
		guard_disarm(&guard);
	if (is_guarded && guard.has_struck) {
		diag_add(reterr, "HYT00", ODBCPOOL_ERR_LOGIN_TIMEOUT, "driver",
			"Login timeout expired: the server fell silent during the login");
		if (s)
			session_close(s);
		s = NULL;
	}
	diag_add_all(reterr, &records);
	diag_clear(&records);
	socket_list_done(&before);
	return s;
}

/* Trying out a reset may cost the connection, or leave it in no state to be used. */
static bool was_spoiled(struct session *s)
{
	return s->is_spoiled || (s->socket.fd >= 0 && source_is_dead(s));
}

static struct session *open_with(
	struct source *source, struct login *login, usec_t deadline, struct diag *reterr)
{
	login->timeout_s = seconds_until(deadline);
	if (login->prepare && !login->prepare(login, reterr))
		return NULL;
	struct session *s = log_in_by(source, login, deadline, source->reset_method, reterr);
	if (!s || !was_spoiled(s))
		return s;
	/* Once more, without, in the time that is left. */
	session_close(s);
	login->timeout_s = seconds_until(deadline);
	s = log_in_by(source, login, deadline, RESET_CLOSE, reterr);
	if (!s || !was_spoiled(s))
		return s;
	session_close(s);
	diag_add(reterr, "08S01", ODBCPOOL_ERR_CONNECTION_LOST, "pool",
		"the connection was lost as soon as it was made");
	return NULL;
}

/* On a worker: with the login that the pool keeps. */
static struct session *open_sealed(struct source *source, usec_t deadline, struct diag *reterr)
{
	struct opened_login opened;

	if (!source->login) {
		diag_add(reterr, "08001", ODBCPOOL_ERR_POOL_CLOSED, "pool",
			"the pool keeps no login: only a borrower can open a connection");
		return NULL;
	}
	if (!sealed_login_open(source->login, &opened)) {
		diag_add_no_memory(reterr);
		return NULL;
	}
	struct session *s = open_with(source, &opened.login, deadline, reterr);
	opened_login_done(&opened);
	return s;
}

bool source_open(void *ctx, void *opener, usec_t deadline, void **ret_conn, struct diag *reterr)
{
	struct source *source = ctx;
	struct session *s = opener ? open_with(source, opener, deadline, reterr)
				   : open_sealed(source, deadline, reterr);

	if (!s)
		return false;
	*ret_conn = s;
	return true;
}
