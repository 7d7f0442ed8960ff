/* SPDX-License-Identifier: MIT */
#ifndef SHIM_HANDLE_H
#define SHIM_HANDLE_H
/*
 * The handles that an application holds: thin wrappers around the real driver's.
 *
 * Each begins with a tag of its kind, which every entry point checks, as foreign handles do reach a
 * driver. When records of our own are waiting to be read, the tag says that too (TAG_NOTED), so
 * that one comparison is all a forwarded call pays for both. It also says that the connection is
 * bound to a transaction (TAG_BOUND): calls on it take the slow way in.
 *
 * An environment and an unconnected connection belong to no real driver yet: one environment serves
 * every driver, a connection gets its real handle when it connects.
 *
 * Locks:     the lists of a parent are guarded by its `lock` (LOCK_RANK_HANDLE); all else belongs
 * to the thread that works with the handle, as ODBC has it. Ownership: a parent owns its children;
 * statements embed their four implicit descriptors.
 */
#include "base/list.h"
#include "base/lock.h"
#include "conf/shells.h"
#include "driver/session.h"
#include "pool/pool.h"

#include <stdatomic.h>

#define TAG_ENV 0x4f504531u
#define TAG_DBC 0x4f504432u
#define TAG_STMT 0x4f505333u
#define TAG_DESC 0x4f505834u
#define TAG_NOTED 0x80000000u /* added while own records wait */
#define TAG_BOUND 0x20000000u /* added to connections and statements in a transaction */
#define TAG_KIND (~(TAG_NOTED | TAG_BOUND))
#define TAG_FREED 0x4f504646u

struct handle {
	uint32_t tag;	       /* must be first */
	int32_t error_next;    /* SQLError's position in the real driver's records, from 0 */
	SQLRETURN return_code; /* SQL_DIAG_RETURNCODE of the call that left `records` */
	struct diag records;   /* our own; see TAG_NOTED */
};

struct env {
	struct handle base; /* must be first */
	enum shell shell;
	uint32_t odbc_version; /* 0: not set yet */
	SQLUINTEGER connection_pooling, cp_match;
	struct list link; /* inherit.c */
	struct mutex lock;
	struct list dbcs; /* lock */
};

struct desc {
	struct handle base; /* must be first */
	struct dbc *dbc;
	const struct calls *calls;
	SQLHDESC real;	  /* NULL: an implicit one that nobody has asked for yet */
	struct list link; /* explicit ones: dbc->lock */
};

enum implicit_desc { DESC_APP_ROW, DESC_APP_PARAM, DESC_IMP_ROW, DESC_IMP_PARAM, DESC_KINDS };

struct stmt {
	struct handle base; /* must be first */
	atomic_bool is_in_call;
	atomic_bool needs_data; /* between SQL_NEED_DATA and the end of data at execution */
	const struct calls *calls;
	SQLHSTMT real;
	struct dbc *dbc;
	struct list link; /* dbc->lock */
	struct desc implicit[DESC_KINDS];
};

struct transaction;

struct dbc {
	struct handle base; /* must be first */
	struct env *env;
	struct list link;	   /* env->lock */
	const struct calls *calls; /* NULL: not connected */
	SQLHDBC real;
	struct session *session; /* the physical connection; also while browsing */
	struct borrow borrow;	 /* pool is NULL when the connection is not pooled */
	bool is_discarded;	 /* close at SQLDisconnect */
	bool is_being_freed;	 /* the disconnect is one that the application has left out */
	bool is_inherited;	 /* connected in the process that this one was forked from */
	_Atomic usec_t
		cancelled_at; /* coarse time of the last SQLCancel, 0: none since the connect */
	struct attributes attributes; /* set before connecting; kept for the next connect */
	/* The transaction that it is in or was in when that ended, or NULL; see binding.h. */
	struct transaction *transaction;
	struct list transaction_link; /* the transactions' lock */
	void *token;		      /* ODBCPOOL_ATTR_TRANSACTION, for the next connect */
	size_t token_len;
	bool has_bad_token; /* what was set before connecting makes no sense */
	bool is_in_dtc;	    /* SQL_ATTR_ENLIST_IN_DTC: in a transaction whose end nobody tells us */
	struct mutex lock;
	struct list stmts, descs; /* lock */
	/* In a transaction (shim/watched.h); lock. */
	unsigned desc_calls; /* at work */
	bool is_crowded;     /* another call was at work when the last one entered */
};

/* The connection of a handle of ours that is at least a connection; NULL for an environment. */
struct dbc *handle_dbc(struct handle *h);

/*
 * Is `h` a live handle of the kind `tag`, ready for a new call (own records of the last one are
 * dropped)? False: the caller returns SQL_INVALID_HANDLE.
 */
bool handle_settle(void *h, uint32_t tag);
/* The same, but records stay: for the functions that read them. */
bool handle_is(const void *h, uint32_t tag);
/* The tag that belongs to SQL_HANDLE_x, 0 for anything else. */
uint32_t handle_tag(SQLSMALLINT handle_type);

/* Records were added to h->records: the call returns `rc`, and the tag says that they wait. */
SQLRETURN handle_noted(struct handle *h, SQLRETURN rc);
/* Add one record of our own and return SQL_ERROR. */
SQLRETURN handle_fail(struct handle *h, const char *sqlstate, int32_t native, const char *part,
	const char *format, ...) printf_like(5, 6);
SQLRETURN handle_fail_no_memory(struct handle *h);

/* A child of a real driver's handle. NULL: no memory; the real handle is still the caller's. */
struct stmt *stmt_new(struct dbc *dbc, SQLHSTMT real);
void stmt_free(struct stmt *s);
struct desc *desc_new(struct dbc *dbc, SQLHDESC real);
void desc_free(struct desc *d);

#endif
