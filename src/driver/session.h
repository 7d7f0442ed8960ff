/* SPDX-License-Identifier: MIT */
#ifndef DRIVER_SESSION_H
#define DRIVER_SESSION_H
/*
 * A physical connection: a real driver's HDBC that is logged in, with what must be remembered of
 * it.
 *
 * A session opens with the borrower's own strings, tracks which attributes were changed since the
 * login, and is cleaned when it is returned: what is open is rolled back first, then the attributes
 * are put back, autocommit last. (psqlODBC and MariaDB commit an open transaction when autocommit
 * is switched on again; FreeTDS rolls it back.)
 *
 * Locks:     none; a session belongs to one borrower, or to the engine, at a time. What calls on
 *            several statements of one borrower note at the same time is atomic.
 * Ownership: session_open() gives it to the caller; session_close() ends it.
 */
#include "base/clock.h"
#include "base/diag.h"
#include "driver/environment.h"
#include "driver/login.h"
#include "driver/socket.h"

#include <stdatomic.h>
#include <stdbool.h>

/* An attribute that was changed since the login, with its value of then. */
struct attribute_change {
	SQLINTEGER number;
	bool is_text;
	SQLULEN before, now;
	void *text_before; /* is_text: in the session's width */
};

#define MAX_ATTRIBUTE_CHANGES 16

struct pool;

struct session {
	struct list link;	 /* driver/bequest.h */
	const struct pool *pool; /* whose trace tells of its transaction: shim/binding.c */
	struct driver *driver;
	const struct calls *calls; /* &driver->calls */
	struct environment *environment;
	SQLHDBC hdbc;
	SQLHSTMT own_stmt;     /* driver/query.c's; freed by the driver with the connection */
	uint32_t odbc_version; /* of the application */
	bool is_wide;
	const struct profile *profile; /* of the DBMS; see dbms/profile.h */
	char dbms_name[64];	       /* SQL_DBMS_NAME, as UTF-8; "" until the login has ended */
	bool can_reset;		       /* a reset has proved itself on it */
	bool has_statements;	       /* left open because closing is cheaper than freeing them */
	bool is_spoiled; /* trying out a reset has left it other than after the login */
	/* A pooler gives each transaction another session of the server: none is its own. */
	bool has_no_server_session;
	struct socket_ref socket;
	bool is_manual_for_branch; /* autocommit was switched off for a transaction branch */
	_Atomic int branch_watch;  /* 0: off; see dbms/xa_watch.h, which alone changes these two */
	atomic_bool branch_has_work;
	char *server_name; /* what the server calls the session; NULL: nobody has asked */
	void *knowledge;   /* what the DBMS's profile has learned of it; see dbms/profile.h */
	void (*forget_knowledge)(void *knowledge);
	_Atomic unsigned seen;		   /* STATEMENT_... flags since the last reset */
	atomic_bool was_used;		   /* a statement was allocated since the borrow */
	const char *_Atomic taint;	   /* why it must not be reused, a literal; NULL: it may */
	atomic_bool has_ended_transaction; /* SQLEndTran was called since the borrow */
	atomic_bool had_error;		   /* a call failed since the borrow */
	atomic_bool looks_dead;		   /* an SQLSTATE said that the connection is gone */
	bool is_known_dead;		   /* the driver said so */
	bool is_unclean; /* it was parked as it was: its reset begins with session_clean() */
	SQLUINTEGER autocommit_before; /* a token's transaction has switched it off */
	bool is_xa_started;	       /* between OP_START and OP_END, see shim/xa_attr.c */
	SQLRETURN login_rc;	       /* SQL_SUCCESS or SQL_SUCCESS_WITH_INFO */
	struct diag login_records;     /* of the latter; the first borrower takes them */
	/*
	 * The completed connection string: the driver's, as UTF-8 or its own bytes, until the shim
	 * has made the application's of it, in the session's width (is_completed_final).
	 */
	char *completed;
	size_t completed_len; /* in bytes */
	bool is_completed_final;
	char added_word[32]; /* ours in the driver's completed string, see struct login */
	struct attribute_change changes[MAX_ATTRIBUTE_CHANGES];
	unsigned change_count;
};

/* NULL: reterr has the driver's records; *ret_rc (SQL_ERROR, SQL_NEED_DATA, ...) what it returned.
 */
struct session *session_open(
	struct driver *d, const struct login *login, SQLRETURN *ret_rc, struct diag *reterr);
/* A session that has an HDBC but no login yet (SQLBrowseConnect). NULL: reterr. */
struct session *session_prepare(struct driver *d, const struct login *login, struct diag *reterr);
/* Log out and free. False: the driver refused (the handles are freed as far as it lets us). */
bool session_close(struct session *s);
/* Free what is ours and never call the driver for it again: its handle is lost. */
void session_abandon(struct session *s);
/* Free the handle of a session whose driver already disconnected it, or that never logged in. */
void session_free(struct session *s);

/* Set what `attributes` wants of each borrowed connection; errors are the driver's and ignored, as
 * the driver manager ignores them. */
void session_borrowed(struct session *s, const struct attributes *attributes);
/*
 * About to set `number` on the session: remember what it is now. Afterwards session_changed() with
 * the value set; a text is 0. Attributes that cannot be read, or that are the driver's own, taint.
 */
void session_will_change(struct session *s, SQLINTEGER number);
void session_changed(struct session *s, SQLINTEGER number, SQLULEN now);
/* Make it unfit for reuse, for the reason given (a literal). */
void session_taint(struct session *s, const char *reason);
/* SQLEndTran: SQL_COMMIT or SQL_ROLLBACK. */
SQLRETURN session_end_transaction(struct session *s, SQLSMALLINT completion);
/* Has it been set since the borrow? */
bool session_has_changed(struct session *s, SQLINTEGER number);
/* Roll back, if it was used and `may_be_in_transaction`, and restore. False: it must be closed, for
 * the reason given. */
bool session_clean(struct session *s, bool may_be_in_transaction, const char **ret_reason);
/*
 * The driver's own reset, SQL_ATTR_RESET_CONNECTION or SQL_COPT_SS_RESET_CONNECTION; its answer
 * proves nothing.
 */
bool session_reset_by_attribute(struct session *s);
/* As the application sets one on the open connection; numbers and pointers only. */
SQLRETURN session_set_attribute(
	const struct session *s, SQLINTEGER number, SQLPOINTER value, SQLINTEGER length);
/* What the driver says of an attribute; false: it does not. */
bool session_get_number(const struct session *s, SQLINTEGER number, SQLUINTEGER *ret_value);
/* Set it, unless the driver says that it is so already. */
bool session_ensure_number(struct session *s, SQLINTEGER number, SQLUINTEGER value);
/* Make `name`, in UTF-8, the current catalog. */
bool session_set_catalog(struct session *s, const char *name);
/* Ask the driver whether it knows the connection to be dead. */
bool session_is_dead(struct session *s);

#endif
