/* SPDX-License-Identifier: MIT */
#ifndef SHIM_CONNECTING_POOL_H
#define SHIM_CONNECTING_POOL_H
/*
 * The pool of a connect: may it have one, which is it, and how is it made.
 *
 * Locks: none held on return.
 */
#include "conf/key.h"
#include "shim/connect.h"

/* More than any application sets before a connect; with more the connection is not pooled. */
#define KEY_ATTRIBUTES_MAX 32

/* By what the application passed, before anything is read. */
bool connecting_is_poolable(const struct connecting *c);
/* `attributes` has room for KEY_ATTRIBUTES_MAX and must live as long as the input. */
struct key_input connecting_key_input(const struct connecting *c, const struct buffer *environment,
	struct key_attribute *attributes);

/* The others are for a connect that has been resolved. */

/* Is it to be pooled, by its settings and its driver? */
must_use bool connecting_wants_pool(struct connecting *c);
/*
 * The key of a connect whose pool is not told by its letters alone: integrated logins add the
 * ticket, and PoolKeyMatch=Canonical forgets order and case. Such a connect is resolved each time.
 * False: it cannot be pooled, for the ticket in use cannot be told from another (or memory has run
 * out).
 */
must_use bool connecting_refine_key(struct connecting *c, struct key_input *in, struct digest *key);
/* Another thread may have made it meanwhile; then this one's is dropped. False: c->diag. */
must_use bool connecting_make_pool(
	struct connecting *c, const struct digest *key, const struct key_input *in);

#endif
