/* SPDX-License-Identifier: MIT */
#ifndef SHIM_POOL_INFO_H
#define SHIM_POOL_INFO_H
/*
 * ODBCPOOL_ATTR_POOL_INFO: what a connected application may know of its pool.
 *
 * Locks: those of the pools, for a moment. Ownership: the caller's buffer.
 */
#include "shim/handle.h"

/* `size` is that of the buffer, in bytes; without a buffer only the length is given. */
SQLRETURN pool_info_get(struct dbc *d, SQLPOINTER value, SQLINTEGER size, SQLINTEGER *ret_len);

#endif
