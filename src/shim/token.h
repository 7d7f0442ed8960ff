/* SPDX-License-Identifier: MIT */
#ifndef SHIM_TOKEN_H
#define SHIM_TOKEN_H
/*
 * ODBCPOOL_ATTR_TRANSACTION: a local transaction that goes on across disconnects and connects,
 * named by opaque bytes of the application. Its connections are in manual commit;
 * odbcpool_transaction_end() ends it.
 *
 * Ownership: a handle owns the copy of the token that is to count for its next connect.
 */
#include "shim/transaction.h"

/* Set on a handle, connected or not. */
SQLRETURN token_set(struct dbc *d, SQLPOINTER token, SQLINTEGER length);
/*
 * The transaction that the handle's next connect joins, with a reference; NULL: none. False: what
 * was set makes no sense, or no memory; reterr.
 */
must_use bool token_for_connect(
	const struct dbc *d, struct transaction **ret_transaction, struct diag *reterr);

#endif
