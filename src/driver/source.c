/* SPDX-License-Identifier: MIT */
#include "driver/source.h"

#include <stdlib.h>

struct source *source_new(struct driver *d)
{
	struct source *s = calloc(1, sizeof(*s));

	if (s)
		s->driver = d;
	return s;
}

static bool source_open(
	void *ctx, void *opener, usec_t deadline, void **ret_conn, struct diag *reterr)
{
	struct source *source = ctx;
	struct login *login = opener;
	SQLRETURN rc;

	(void)deadline;
	if (login->prepare && !login->prepare(login, reterr))
		return false;
	struct session *s = session_open(source->driver, login, &rc, reterr);
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
	free(ctx);
}

const struct pool_driver source_ops = {
	.open = source_open,
	.is_alive = source_is_alive,
	.reset = source_reset,
	.close = source_close,
	.free_ctx = source_free,
};
