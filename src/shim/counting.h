/* SPDX-License-Identifier: MIT */
#ifndef SHIM_COUNTING_H
#define SHIM_COUNTING_H
/*
 * Where the engine, which counts, and the shared memory, which others look at, are brought
 * together; and the obedience to command words.
 *
 * Locks:     none held on return. Ownership: one segment, the process's.
 */
#include "conf/resolve.h"
#include "pool/registry.h"
#include "stats/segment.h"

struct driver;

/* For the registry. NULL: no memory. Once. */
const struct pool_books *counting_books(void);

/*
 * A place for a new pool to count at, to be handed to registry_add(). Where it can be seen by
 * nobody but the process itself, `trace` is told why, once. NULL: no memory.
 */
must_use struct tally *counting_claim(const struct resolved *resolved,
	const struct settings *settings, const struct driver *driver, const struct digest *key,
	const struct trace *trace);
/* A connection was opened: now it is known what DBMS that is. */
void counting_note_dbms(const struct pool *p, const char *dbms);

/* Does a command wait to be obeyed? Cheap enough for each connect. */
bool counting_has_command(void);
void counting_obey(struct registry *r);
/* Once a second, by the housekeeper. */
void counting_tick(struct registry *r);
/* Before the registry's. */
void counting_after_fork_in_child(void);

#endif
