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
#include "conf/settings.h"
#include "driver/session.h"
#include "driver/watchdog.h"
#include "pool/pool_driver.h"

struct source;

/* For struct pool_spec: `ctx` is a struct source, `opener` a struct login, `conn` a struct session.
 */
extern const struct pool_driver source_ops;

/* `login`: what to keep for opening without a borrower, its string prepared; or NULL. NULL: no
 * memory. */
struct source *source_new(
	struct driver *d, const struct settings *settings, const struct login *login);

/*
 * What every connect that uses this is to be told, though only the first one is resolved: settings
 * that are misspelt and the like. Before others can see it. False: no memory.
 */
must_use bool source_keep_warnings(struct source *source, const struct diag *warnings);
const struct diag *source_warnings(const struct source *source);

/* A statement is about to be sent by the application. */
void source_note_statement(
	struct source *source, struct session *s, const void *text, size_t len, bool is_wide);
/*
 * The application returns the session: what must not outlive that is ended now (transaction,
 * attributes, named locks). False: it must be closed, for the reason given.
 */
bool source_clean(struct source *source, struct session *s, const char **ret_reason);
/*
 * Let what follows take no longer than ValidationTimeout, and end by `deadline`, until
 * guard_disarm(); false: nothing can end it, for the socket is not known. The other functions see
 * to that themselves.
 */
must_use bool source_guard(
	const struct source *source, struct session *s, usec_t deadline, struct guard *ret_guard);
/* StatementCleanupLimit: would closing be cheaper than freeing `count` statements? */
bool source_prefers_to_close(const struct source *source, const struct session *s, size_t count);
/* Is there something that only a reset takes away? */
bool source_wants_reset(const struct source *source, const struct session *s);
/*
 * Does the application's own thread reset before SQLDisconnect returns: by ResetMode, or because
 * the session holds what only a reset lets go of?
 */
bool source_resets_at_return(const struct source *source, const struct session *s);
/* How the session is made as fresh, for people: a literal. */
const char *source_describe_reset(const struct source *source, const struct session *s);
/* Within ValidationTimeout, and by `deadline`. */
bool source_reset(struct source *source, struct session *s, usec_t deadline);
/* Has the peer gone? Costs no round trip where the socket or a local flag can tell. */
bool source_is_dead(struct session *s);
/* Enlist, and TransactionBinding=ImplicitUnbind. */
bool source_may_enlist(const struct source *source);
bool source_unbinds_implicitly(const struct source *source);
/* BorrowQuery. False: reterr has the driver's records. */
bool source_greet(struct source *source, struct session *s, struct diag *reterr);

#endif
