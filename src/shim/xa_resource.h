/* SPDX-License-Identifier: MIT */
#ifndef SHIM_XA_RESOURCE_H
#define SHIM_XA_RESOURCE_H
/*
 * The data source that xa_open was given, as one thread has it: its address, by which connects of
 * the application are recognised, and a session of the switch's own, outside every pool, on which
 * the second phase and the recovery go.
 *
 * Two connects go to the same data source when they lead to the same real driver and to the same
 * server, port, socket, database and user (conf/words.h): by a DSN or spelled out, by SQLConnect or
 * SQLDriverConnect, in either width.
 *
 * Locks:     none; a resource belongs to one thread.
 * Ownership: resource_new() gives it to the caller; it owns its session.
 */
#include "base/hash.h"
#include "base/trace.h"
#include "dbms/source.h"
#include "dbms/xa.h"
#include "shim/connect.h"

struct resource {
	struct digest identity;
	struct digest info; /* of the text that xa_open was given */
	struct source *source;
	struct session *session; /* NULL: lost, to be made anew when it is needed */
	const struct xa_dialect *dialect;
	const struct trace *trace;
	usec_t login_time; /* PoolConnectTimeout; USEC_INFINITY: no limit */
};

struct digest resource_info_digest(const char *info);
/* Logs in. NULL: reterr says why it cannot be. */
must_use struct resource *resource_new(const char *info, struct diag *reterr);
/* NULL is allowed. Logs out. */
void resource_free(struct resource *r);
/* A session that is not known to be dead. NULL: reterr. */
struct session *resource_session(struct resource *r, struct diag *reterr);

/* Where a connect of the application's goes. False: that cannot be found out. */
must_use bool resource_identify(struct connecting *c, struct digest *ret_identity);

#endif
