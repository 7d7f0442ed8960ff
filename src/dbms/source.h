/* SPDX-License-Identifier: MIT */
#ifndef DBMS_SOURCE_H
#define DBMS_SOURCE_H
/*
 * Where the connections of a pool come from: the engine's struct pool_driver, made of the mechanics
 * of any real driver and the knowledge of each DBMS.
 *
 * A borrower brings its own strings. Only a pool that opens connections without one (MinPoolSize)
 * keeps them, sealed.
 *
 * Locks: none. Ownership: a source belongs to its pool.
 */
#include "driver/session.h"
#include "pool/pool_driver.h"

struct source;

/* For struct pool_spec: `ctx` is a struct source, `opener` a struct login, `conn` a struct session.
 */
extern const struct pool_driver source_ops;

/* `login`: what to keep for opening without a borrower, its string prepared; or NULL. NULL: no
 * memory. */
struct source *source_new(struct driver *d, const struct login *login);

#endif
