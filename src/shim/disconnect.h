/* SPDX-License-Identifier: MIT */
#ifndef SHIM_DISCONNECT_H
#define SHIM_DISCONNECT_H
/* The end of a logical connection. */
#include "shim/handle.h"

/*
 * Free what the application left on the connection: statements and explicit descriptors, the real
 * ones first. The driver manager frees none of them before it calls SQLDisconnect. False: the real
 * driver refused one, so the physical connection is not fit for reuse.
 */
bool disconnect_free_children(struct dbc *d);
/*
 * SQL_ATTR_RESET_CONNECTION: the driver manager's own pool has taken the connection back without
 * telling us of a disconnect. Do now what a disconnect would; where that fails the connection says
 * that it is dead.
 */
void disconnect_reset_now(struct dbc *d);
/* The physical connection goes back to its pool, or is closed; the handle must forget it. */
void disconnect_give_back(struct dbc *d);
/* Drop an unfinished SQLBrowseConnect. */
void disconnect_abandon_browse(struct dbc *d);

#endif
