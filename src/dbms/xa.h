/* SPDX-License-Identifier: MIT */
#ifndef DBMS_XA_H
#define DBMS_XA_H
/*
 * Two-phase commit in the words of each DBMS: what happens on a session for each call of the XA
 * switch. A profile that has none cannot take part.
 *
 * A function that returns an int gives X/Open's code for its call; `diag` has the driver's records
 * unless that is XA_OK or XA_RDONLY. The rule for all of them: nothing is claimed that the server
 * has not said. When the connection breaks in a call whose outcome then nobody knows, the answer is
 * XAER_RMFAIL, and xa_recover tells later.
 *
 * Locks:     none; a session has one user at a time.
 * Ownership: dialects are constant.
 */
#include "dbms/xid.h"
#include "driver/session.h"

struct xa_list {
	XID *xids;
	size_t count, capacity;
	bool failed; /* memory ran out */
};

void xa_list_add(struct xa_list *list, const XID *xid);
void xa_list_done(struct xa_list *list);

struct xa_dialect {
	/*
	 * While the session that prepared a branch is logged in, only that session can end it, and
	 * it must not be reset; once it has gone any other can.
	 */
	bool is_pinned;
	long format_max; /* of formatID */
	/* What the server calls the session, for evict(); one round trip. NULL: no need to know. */
	const char *session_query;

	/* Can this database take part? On a session of xa_open's. */
	bool (*is_able)(struct session *s, struct diag *reterr);
	/*
	 * The session, which is in no transaction, works in the branch from now on. It need not
	 * leave a sign of that in the server: then it begins a watch (dbms/xa_watch.h).
	 */
	bool (*begin)(struct session *s, const XID *xid, struct diag *reterr);
	/*
	 * For the watch, NULL where begin() starts none. The texts that call for the sign are those
	 * in which `rules` find STATEMENT_OPENS.
	 */
	const struct statement_rules *rules;
	bool (*sign)(struct session *s);
	/* Is the session in a transaction that was begun before this question? */
	bool (*is_still_in)(struct session *s);
	/* The session, in no transaction any more, is as before begin(). NULL: it always is. */
	void (*leave)(struct session *s);
	/*
	 * On the branch's session; after that the session is in no transaction, except for a
	 * prepared one that pins it.
	 */
	int (*prepare)(struct session *s, const XID *xid, struct diag *diag);
	int (*commit_at_once)(struct session *s, const XID *xid, struct diag *diag);
	int (*roll_back)(struct session *s, const XID *xid, struct diag *diag);
	/* The second phase, on any session, or on the one that is pinned. */
	int (*settle)(struct session *s, const XID *xid, bool is_commit, struct diag *diag);
	/* The prepared branches that this user may end. XA_OK or XAER_RMFAIL. */
	int (*recover)(struct session *s, struct xa_list *ret_list, struct diag *diag);
	/*
	 * See to it that a session whose connection is lost, named by session_query, works no more:
	 * what it was doing has then happened or never will. False: that cannot be said now.
	 */
	bool (*evict)(struct session *s, const char *lost_session);
	/* A branch that was completed heuristically. NULL: there are no such branches. */
	int (*forget)(struct session *s, const XID *xid, struct diag *diag);
};

extern const struct xa_dialect xa_postgresql, xa_mariadb, xa_attribute;

/* NULL: the session's DBMS or driver cannot take part in distributed transactions. */
const struct xa_dialect *xa_dialect_find(struct session *s);

/* Does the driver do the operations of SQL_ATTR_ENLIST_IN_XA? For xa_dialect_find(). */
bool xa_attribute_is_taken(struct session *s);

/* Run a statement; false: *ret_is_lost says whether the connection broke. For dialects. */
must_use bool xa_run(struct session *s, const char *sql, struct diag *diag, bool *ret_is_lost);
/* Ask until the answer is 0, for some seconds. For dialects. */
bool xa_wait_for_none(struct session *s, const char *count_query);

#endif
