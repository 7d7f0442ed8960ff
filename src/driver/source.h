/* SPDX-License-Identifier: MIT */
#ifndef DRIVER_SOURCE_H
#define DRIVER_SOURCE_H
/*
 * Where the connections of a pool come from: the engine's struct pool_driver over a real driver.
 *
 * The strings of a login, with their secrets, come from the borrower each time and are not kept.
 *
 * Locks:     none. Ownership: a source belongs to its pool.
 */
#include "driver/session.h"
#include "pool/pool_driver.h"

struct source {
	struct driver *driver;
};

/* For struct pool_spec: `ctx` is a struct source, `opener` a struct login, `conn` a struct session.
 */
extern const struct pool_driver source_ops;

/* NULL: no memory. */
struct source *source_new(struct driver *d);

#endif
