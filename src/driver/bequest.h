/* SPDX-License-Identifier: MIT */
#ifndef DRIVER_BEQUEST_H
#define DRIVER_BEQUEST_H
/*
 * What a child of fork() does with the sockets of its parent's pooled connections: it closes its
 * own descriptors of them, and sends nothing.
 *
 * Otherwise a connection lives on in the server for as long as any child does, after the parent
 * has ended (daemon() ends it at once), and a program that the child becomes may inherit it.
 *
 * Locks:     LOCK_RANK_DRIVER, held around the fork. Ownership: sessions are borrowed while listed.
 */
#include "driver/session.h"

/* The session's socket is known, if it ever will be. */
void bequest_add(struct session *s);
/* Before it is freed; harmless when it was never added. */
void bequest_remove(struct session *s);

/* For pthread_atfork. */
void bequest_before_fork(void);
void bequest_after_fork_in_parent(void);
void bequest_after_fork_in_child(void);

#endif
