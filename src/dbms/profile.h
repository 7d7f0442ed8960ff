/* SPDX-License-Identifier: MIT */
#ifndef DBMS_PROFILE_H
#define DBMS_PROFILE_H
/*
 * What is known of a DBMS and its drivers: how a session is made as fresh, how its life is asked
 * for, which statements tell of something that cannot be undone. One file each; a new DBMS is a new
 * file and a row in profile.c.
 *
 * A profile is data and a few functions; what it learns of one session after its login lies in
 * session->knowledge.
 *
 * Locks:     none; profiles are constant, and a session has one user at a time.
 * Ownership: session->knowledge belongs to the profile, which frees it.
 */
#include "conf/settings.h"
#include "dbms/xa.h"
#include "dbms/statement_rules.h"
#include "driver/session.h"

struct profile {
	const char *name;	       /* for messages and traces */
	const char *const *dbms_names; /* SQL_DBMS_NAME begins with one of these; ends with NULL */
	const struct statement_rules *rules; /* for sessions that can be reset */
	const char *validation_query;
	/* More open statements than this at SQLDisconnect: closing is cheaper; 0: never. */
	unsigned statement_limit;
	bool dead_flag_is_local; /* SQL_ATTR_CONNECTION_DEAD costs no round trip */
	/* Releases locks taken by name, when a statement named such a function; or NULL. */
	const char *unlock_query;
	/*
	 * Ends a transaction that a statement may have begun (STATEMENT_OPENS), where the driver
	 * does not do so when it is told to roll back; or NULL.
	 */
	const char *rollback_query;
	/* The port by which the server knows the connection, as a text; NULL: it cannot tell. */
	const char *port_query;
	/*
	 * Learn of a session what a reset needs, right after the login. False: it cannot be reset;
	 * its statements are then judged by statement_text.h. NULL: there is no reset. A session
	 * that is not as after its login any more is marked as spoiled. May give the session
	 * another profile of the same DBMS, for another way of resetting.
	 */
	bool (*learn)(struct session *s, enum reset_method method);
	/* Make the session as after its login. False: it must be closed. */
	bool (*reset)(struct session *s);
	/* Of a session that has been learnt: which reset it is and what proved it, as the end of
	 * "Between two users: ". NULL: there is no more to say than that there is one. */
	const char *(*describe_reset)(const struct session *s);
	/*
	 * Where the driver asks the server whenever it is told to roll back: is the session, for
	 * all the driver knows, in a mode in which no transaction is open unless a statement has
	 * begun one (STATEMENT_OPENS)? No round trip. NULL: the driver is always told.
	 */
	bool (*is_in_autocommit)(struct session *s);
	/* Beyond the socket: may the idle session still be used? NULL: yes. */
	bool (*is_valid)(struct session *s);
	void (*forget)(void *knowledge);
	/* NULL: cannot take part in distributed transactions. */
	const struct xa_dialect *xa;
};

extern const struct profile profile_postgresql, profile_mariadb, profile_sqlite, profile_sqlserver,
	profile_sqlserver_by_batch, profile_sybase, profile_generic;

/* The profile of a session just logged in. */
const struct profile *profile_find(struct session *s);
/* Of a session that has been reset before this borrow: surely it is in no transaction. */
bool profile_excludes_transaction(struct session *s);

#endif
