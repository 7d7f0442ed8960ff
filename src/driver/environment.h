/* SPDX-License-Identifier: MIT */
#ifndef DRIVER_ENVIRONMENT_H
#define DRIVER_ENVIRONMENT_H
/*
 * The real drivers' environments, which are ours: one per driver and ODBC version for the process,
 * or one per connection where the driver's lists are not thread-safe. The application's
 * environments come and go; pooled connections must not lose theirs.
 *
 * Locks:     LOCK_RANK_DRIVER for the list, never held while the driver is called.
 * Ownership: shared ones live until the process ends; a private one belongs to its connection.
 */
#include "driver/load.h"

struct environment {
	struct list link;
	SQLHENV handle;
	uint32_t asked;	   /* the application's SQL_ATTR_ODBC_VERSION */
	uint32_t answered; /* what the driver reads back */
	bool is_private;
};

/* NULL: reterr has the driver's records, or HY001. */
struct environment *environment_get(struct driver *d, uint32_t odbc_version, struct diag *reterr);
/* For pthread_atfork: the child leaves its parent's environments alone and makes its own. */
void environments_after_fork_in_child(void);
/* To be called when the connection is gone; does nothing to a shared one. NULL is allowed. */
void environment_release(struct driver *d, struct environment *e);

#endif
