/* SPDX-License-Identifier: MIT */
#include "dbms/source.h"

#include "odbcpool.h"

#include <stdlib.h>

struct source {
	struct driver *driver;
	struct sealed_login *login; /* NULL: only borrowers can open */
};

struct source *source_new(struct driver *d, const struct login *login)
{
	struct source *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->driver = d;
	s->login = login ? sealed_login_new(login) : NULL;
	if (login && !s->login) {
		free(s);
		return NULL;
	}
	return s;
}

/* Whole seconds until the deadline, for a driver to keep: at least one, for 0 means for ever. */
static unsigned seconds_until(usec_t deadline)
{
	if (deadline == USEC_INFINITY)
		return 0;
	usec_t left = deadline - clock_now(&clock_real);
	return left > USEC_PER_SEC ? (unsigned)((left + USEC_PER_SEC - 1) / USEC_PER_SEC) : 1;
}

static struct session *open_with(
	struct source *source, struct login *login, usec_t deadline, struct diag *reterr)
{
	SQLRETURN rc;

	if (!attributes_find(login->attributes, SQL_ATTR_LOGIN_TIMEOUT))
		login->timeout_s = seconds_until(deadline);
	if (login->prepare && !login->prepare(login, reterr))
		return NULL;
	return session_open(source->driver, login, &rc, reterr);
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

static bool source_open(
	void *ctx, void *opener, usec_t deadline, void **ret_conn, struct diag *reterr)
{
	struct source *source = ctx;
	struct session *s = opener ? open_with(source, opener, deadline, reterr)
				   : open_sealed(source, deadline, reterr);

	if (!s)
		return false;
	*ret_conn = s;
	return true;
}

static bool source_is_alive(void *ctx, void *conn, usec_t idle_for, usec_t deadline)
{
	(void)ctx;
	(void)idle_for;
	(void)deadline;
	return !session_is_dead(conn);
}

static bool source_reset(void *ctx, void *conn, usec_t deadline)
{
	(void)ctx;
	(void)conn;
	(void)deadline;
	return true;
}

static bool source_close(void *ctx, void *conn, enum close_mode mode)
{
	struct session *s = conn;

	(void)ctx;
	switch (mode) {
	case CLOSE_GRACEFULLY:
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

static void source_free(void *ctx)
{
	struct source *s = ctx;

	sealed_login_free(s->login);
	free(s);
}

const struct pool_driver source_ops = {
	.open = source_open,
	.is_alive = source_is_alive,
	.reset = source_reset,
	.close = source_close,
	.free_ctx = source_free,
};
