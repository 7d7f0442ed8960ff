/* SPDX-License-Identifier: MIT */
#ifndef DBMS_SOURCE_INTERNAL_H
#define DBMS_SOURCE_INTERNAL_H
/* A source from the inside, for source.c and source_open.c. */
#include "dbms/source.h"

#include <stdatomic.h>

struct source {
	struct driver *driver;
	struct sealed_login *login; /* NULL: only borrowers can open */
	/* From the settings: */
	bool has_reset; /* ConnectionReset */
	enum reset_mode reset_mode;
	enum reset_method reset_method;
	enum validation validation;
	bool may_enlist;
	bool unbinds_implicitly;
	int64_t statement_limit; /* negative: the profile's */
	usec_t validation_interval;
	usec_t validation_timeout;
	unsigned keepalive_s, user_timeout_s;
	/* NULL: none, or the profile's */
	char *init_query, *borrow_query, *reset_query, *validation_query;
	/* A connection was seen to be without a session of its own: see session.h. */
	atomic_bool sessions_move;
	struct diag warnings;
};

/* Of struct pool_driver. */
must_use bool source_open(
	void *ctx, void *opener, usec_t deadline, void **ret_conn, struct diag *reterr);

#endif
