/* SPDX-License-Identifier: MIT */
#ifndef DBMS_XA_WATCH_H
#define DBMS_XA_WATCH_H
/*
 * Is the session's transaction still the branch's, where the server itself does not know of
 * branches before they are prepared?
 *
 * A sign in the transaction (a savepoint) would tell, but costs a round trip at the beginning of
 * each branch. Without one we know what any application in manual commit knows when it commits: as
 * long as no call has failed and no text has spoken of transactions, everything is still there. So
 * those two are watched for. After a failure the server is asked, before the next call that may
 * reach it, whether the session is in the transaction that it was in; before a text that may end
 * the transaction, or that sets a savepoint, the sign is set after all, and tells at the end.
 *
 *	UNBROKEN --failure--> DOUBTED --next call--> SOUGHT --it is--> UNBROKEN
 *	        \--such a text--> SOUGHT --it is set--> SIGNED          \--it is not--> BROKEN
 *
 * Another call that is at work meanwhile, or was at any time during the one that fails, could work
 * in a transaction that the driver has begun anew: then it is BROKEN as well. Nothing that is
 * BROKEN gets prepared.
 *
 * Locks:     none; the state is atomic, for it is changed by calls on all handles of a connection.
 *
 * Ownership: the state lies in the session.
 */
#include "driver/session.h"

/* The branch begins, and ends, for this session; it is in no transaction. */
void xa_watch_begin(struct session *s);
void xa_watch_end(struct session *s);
bool xa_watch_is_on(struct session *s);

/* A statement was executed, with that result. */
void xa_watch_executed(struct session *s, SQLRETURN rc);
/* Has anything been executed in the branch that did not fail? */
bool xa_watch_has_work(struct session *s);

/*
 * A call has failed, and there was something to lose: now it is doubtful. xa_watch_break() must
 * follow unless the call was alone, which must be looked at after this.
 */
void xa_watch_failed(struct session *s);
void xa_watch_break(struct session *s);
bool xa_watch_is_broken(struct session *s);
/* Settle a doubt by asking the server; before the next call that may reach it. */
void xa_watch_settle(struct session *s);
/* Such a call is made at a time when the server cannot be asked: a doubt cannot be settled. */
void xa_watch_break_doubt(struct session *s);

/* Does the text, which is about to be sent, call for the sign? */
must_use bool xa_watch_heeds(struct session *s, const void *text, size_t len, bool is_wide);
/*
 * Set the sign. True: so far so good; then xa_watch_signed() must follow, which says whether the
 * statement was alone all the time.
 */
must_use bool xa_watch_sign(struct session *s);
void xa_watch_signed(struct session *s, bool was_alone);

enum xa_watch_verdict {
	XA_WATCH_UNBROKEN, /* and the sign is not set */
	XA_WATCH_SIGNED,   /* the sign tells */
	XA_WATCH_BROKEN,
};
/* At the end, when nobody is at work any more. */
enum xa_watch_verdict xa_watch_judge(struct session *s);

#endif
