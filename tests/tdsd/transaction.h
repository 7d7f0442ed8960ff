/* SPDX-License-Identifier: MIT */
#ifndef TDSD_TRANSACTION_H
#define TDSD_TRANSACTION_H
/* @@TRANCOUNT and what moves it, by T-SQL or by a transaction manager request ([MS-TDS] 2.2.6.9).
 */
#include "session.h"

/* BEGIN TRAN */
void transaction_begin(struct session *s);
/* COMMIT; 3902 when there is none. */
void transaction_commit(struct session *s);
/* ROLLBACK, or back to a savepoint when `name` is one; 3903, 6401. */
void transaction_rollback(struct session *s, const char *name);
void transaction_save(struct session *s, const char *name);
/* Whatever is open; tells the client (ENVCHANGE 10) as the end of a transaction does. */
void transaction_rollback_all(struct session *s);
/* The same for a reset or a logout, of which the client is not told. */
void transaction_abandon(struct session *s);
/* The request's message. False: malformed. */
must_use bool transaction_request(struct session *s, const struct message *m);
/* The transaction descriptor in ALL_HEADERS ([MS-TDS] 2.2.5.3.2), skipped; 3971 for one that is
 * over. False: malformed; *ret_is_valid says whether the request may run. */
must_use bool transaction_headers(
	struct session *s, const struct message *m, struct reader *r, bool *ret_is_valid);

#endif
