/* SPDX-License-Identifier: MIT */
#ifndef SHIM_INHERIT_H
#define SHIM_INHERIT_H
/*
 * The application's handles across fork().
 *
 * A child shares its parent's sockets: a word on one of them, also a logout, would reach the
 * parent's session. So in the child every handle of a pooled connection that was open loses its
 * dispatch table; calls on it fail with 08003, and SQLDisconnect and SQLFreeHandle only forget it.
 * One that is not pooled is the real driver's own, as without us: a daemon may go on with it.
 *
 * Locks:     LOCK_RANK_ENVIRONMENTS for the list of environments; around the fork those of all
 *            handles as well.
 * Ownership: the environments stay the application's.
 */
#include "shim/handle.h"

void inherit_note_env(struct env *e);
void inherit_forget_env(struct env *e);

/* For pthread_atfork. */
void inherit_before_fork(void);
void inherit_after_fork_in_parent(void);
void inherit_after_fork_in_child(void);

#endif
