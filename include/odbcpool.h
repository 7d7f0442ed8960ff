/* SPDX-License-Identifier: MIT */
#ifndef ODBCPOOL_H
#define ODBCPOOL_H
/*
 * odbcpool, a pooling ODBC driver: what an application that knows of it may use.
 *
 * An application needs nothing from here to be pooled. The attributes work through any driver
 * manager; the functions are in libodbcpoolcore.so , never in the drivers
 * themselves. This header does not include sql.h.
 */
#ifdef __cplusplus
extern "C" {
#endif

/*
 * Connection attributes, for SQLSetConnectAttr and SQLGetConnectAttr. The numbers lie in the range
 * that SQLSetConnectOption of ODBC 2 can carry too.
 */
#define ODBCPOOL_ATTR_CLEAR 0x4F50     /* set, connected: ODBCPOOL_CLEAR_CURRENT or _ALL */
#define ODBCPOOL_ATTR_POOL_INFO 0x4F51 /* get, connected: struct odbcpool_pool_info */
#define ODBCPOOL_ATTR_REUSED                                                                       \
	0x4F52 /* get, SQLUINTEGER: 1 = this connect was served from the pool */
#define ODBCPOOL_ATTR_WAITED_MS                                                                    \
	0x4F53				 /* get, SQLUINTEGER: how long this connect waited in line \
					  */
#define ODBCPOOL_ATTR_TRANSACTION 0x4F54 /* set: opaque transaction token, its length in bytes */
#define ODBCPOOL_ATTR_DISCARD 0x4F55 /* set, connected, 1: close at SQLDisconnect, do not reuse */
#define ODBCPOOL_ATTR_RESET_METHOD                                                                 \
	0x4F56 /* get, text: how the session is made as fresh between two users */

#define ODBCPOOL_CLEAR_CURRENT 1UL
#define ODBCPOOL_CLEAR_ALL 2UL

/*
 * What has been counted, under the names that odbcpool(7) explains: first what grows, then what is
 * at the moment.
 */
struct odbcpool_counts {
	unsigned long long hard_connects;
	unsigned long long hard_disconnects;
	unsigned long long soft_connects;
	unsigned long long soft_disconnects;
	unsigned long long non_pooled_connects;
	unsigned long long reclaimed;
	unsigned long long timeouts;
	unsigned long long login_failures;
	unsigned long long blocked_connects;
	unsigned long long dead_found;
	unsigned long long validations;
	unsigned long long resets;
	unsigned long long reset_failures;
	unsigned long long doomed;
	unsigned long long clears;
	unsigned long long leaks;
	unsigned long long misses;
	unsigned long long enlistments;
	unsigned long long swaps;
	unsigned long long parked_too_long;
	unsigned long long prepared;
	unsigned long long recovered;
	unsigned long long room_for_counters[18]; /* 0 */
	unsigned long long active_connections;
	unsigned long long free_connections;
	unsigned long long stasis_connections;
	unsigned long long opening;
	unsigned long long waiting;
	unsigned long long active_pools;
	unsigned long long inactive_pools;
	unsigned long long room_for_gauges[9]; /* 0 */
};

/*
 * How long something lasted: bucket 0 counts what took less than a microsecond, bucket i what took
 * less than 2^i microseconds and no less than half of that, the last all else.
 */
#define ODBCPOOL_BUCKETS 47
struct odbcpool_histogram {
	unsigned long long sum_us;
	unsigned long long bucket[ODBCPOOL_BUCKETS];
};
struct odbcpool_histograms {
	struct odbcpool_histogram wait;
	struct odbcpool_histogram open;
	struct odbcpool_histogram reset;
	struct odbcpool_histogram use;
};

/*
 * SQLGetConnectAttr(dbc, ODBCPOOL_ATTR_POOL_INFO, &info, sizeof(info), &length)
 *
 * A later release may append members; the ones here stay where they are. A program gets as many
 * bytes as both it and the library know, which `size` and `length` tell; with a buffer of fewer
 * than the first release's bytes the call fails with HY090.
 */
#define ODBCPOOL_POOL_INFO_VERSION 1
struct odbcpool_pool_info {
	unsigned size;	    /* of what was written, in bytes */
	unsigned version;   /* ODBCPOOL_POOL_INFO_VERSION of the library */
	unsigned is_pooled; /* 0: the connection went past the pools, and `pool` is all 0 */
	unsigned is_paused; /* from outside, by the command odbcpool */
	unsigned is_disabled;
	unsigned total;			/* physical connections of the pool, whatever their state */
	char name[128];			/* of the pool; cut off if it is longer */
	struct odbcpool_counts pool;	/* that this connection belongs to */
	struct odbcpool_counts process; /* all pools, vanished ones included */
	struct odbcpool_histograms pool_times;
	struct odbcpool_histograms process_times;
	int oldest_holder;		   /* the thread that has held one for longest, for: */
	unsigned room;			   /* 0 */
	unsigned long long oldest_held_us; /* microseconds */
};

/* Native error codes of our own diagnostic records; their messages begin with "[odbcpool]". */
enum odbcpool_error {
	/* HY001 */
	ODBCPOOL_ERR_NO_MEMORY = 20001,
	/* HYT00: every connection was in use until the deadline */
	ODBCPOOL_ERR_POOL_EXHAUSTED = 20002,
	/* HYT00: the only thread holds every connection itself */
	ODBCPOOL_ERR_SELF_DEADLOCK = 20003,
	/* 08001: the process is closing its pools */
	ODBCPOOL_ERR_POOL_CLOSED = 20004,
	/* 01000: the login was not tried, an earlier one failed */
	ODBCPOOL_ERR_BLOCKING_PERIOD = 20005,
	/* HY024: a setting has a bad value */
	ODBCPOOL_ERR_SETTING_VALUE = 20006,
	/* 01000: a keyword that looks like a setting of ours */
	ODBCPOOL_ERR_SETTING_MISSPELT = 20008,
	/* HY024: a setting that must not stand where it was found */
	ODBCPOOL_ERR_SETTING_PLACE = 20009,
	/* IM003: PoolDriver is missing or cannot be read */
	ODBCPOOL_ERR_NO_POOL_DRIVER = 20010,
	/* IM003: PoolDriver leads back to odbcpool */
	ODBCPOOL_ERR_DRIVER_LOOP = 20011,
	/* IM003: an ANSI driver under the Unicode library, or reverse */
	ODBCPOOL_ERR_WRONG_SHELL = 20012,
	/* IM004: the file is no ODBC 3 driver */
	ODBCPOOL_ERR_NOT_A_DRIVER = 20013,
	/* 08003 */
	ODBCPOOL_ERR_NOT_CONNECTED = 20014,
	/* IM001, HYC00: the real driver lacks the function, or does nothing in it */
	ODBCPOOL_ERR_NOT_SUPPORTED = 20015,
	/* HY009, HY010, HY090, HY092: a call that makes no sense */
	ODBCPOOL_ERR_BAD_ARGUMENT = 20016,
	/* 01004: the caller's buffer is too small */
	ODBCPOOL_ERR_TRUNCATED = 20017,
	/* 08003: the connection belongs to the parent process */
	ODBCPOOL_ERR_INHERITED = 20018,
	/* 01000: the connect waited longer than WaitNotify */
	ODBCPOOL_ERR_LONG_WAIT = 20019,
	/* 01000: the real driver does not support the ODBC version asked for */
	ODBCPOOL_ERR_OLD_ODBC_VERSION = 20020,
	/* 08S01: the server or the network ended the connection */
	ODBCPOOL_ERR_CONNECTION_LOST = 20021,
	/* HY010: a statement of the connection is still at work */
	ODBCPOOL_ERR_STATEMENT_BUSY = 20022,
	/* 01000: pooling was asked for, but the driver's own options forbid it */
	ODBCPOOL_ERR_NOT_POOLED = 20023,
	/* 25000: the transaction's one session is in use by another connection of the same thread
	 */
	ODBCPOOL_ERR_TRANSACTION_HERE = 20030,
	/* 25000: the transaction has ended, or is being ended */
	ODBCPOOL_ERR_TRANSACTION_ENDED = 20031,
	/* 25S03, 08S01: the session that the transaction lived on is gone */
	ODBCPOOL_ERR_TRANSACTION_LOST = 20032,
	/* There is no transaction with this token */
	ODBCPOOL_ERR_NO_TRANSACTION = 20033,
	/* 25000, 2D000, HYC00: not while the connection is in a transaction, or not in one */
	ODBCPOOL_ERR_TRANSACTION_STATE = 20034,
	/* The commit failed, and what the transaction had done was rolled back */
	ODBCPOOL_ERR_COMMIT_FAILED = 20035,
	/* The connection was lost during the commit, or only some of several commits succeeded */
	ODBCPOOL_ERR_OUTCOME_UNKNOWN = 20036,
	/* HYC00: the database or its driver cannot take part in distributed transactions */
	ODBCPOOL_ERR_NO_TWO_PHASE_COMMIT = 20037,
	/* HYT00: the real driver's login was ended at its deadline */
	ODBCPOOL_ERR_LOGIN_TIMEOUT = 20039,
	/* IM002: odbc.ini has no section for the data source */
	ODBCPOOL_ERR_NO_DATA_SOURCE = 20040,
	/* 01000: odbcinst.ini switches the driver manager's own pool on, above this one */
	ODBCPOOL_ERR_MANAGER_POOLS = 20041,
	/* HYT00: the pool was paused from outside until the deadline */
	ODBCPOOL_ERR_POOL_PAUSED = 20050,
};

/*
 * Give up the idle connections of every pool of this process, and those in use as they come back.
 * Takes no time: the connections are closed in the background. Thread-safe; never fails.
 */
void odbcpool_clear_all_pools(void);
/* The same for the pools with this name (PoolName; by default that of the data source). Returns how
 * many. */
unsigned odbcpool_clear_pools(const char *name);

/*
 * End the transaction of a token (ODBCPOOL_ATTR_TRANSACTION: `length` bytes) on each connection
 * that is in it, whether that is in use or was disconnected: `completion` is SQL_COMMIT (0) or
 * SQL_ROLLBACK (1). 0: done. Else a code of the enum above:
 *
 *   ODBCPOOL_ERR_NO_TRANSACTION       no connection is, or was since the last end, in it
 *   ODBCPOOL_ERR_STATEMENT_BUSY       a statement on one of its connections is executing or needs
 *                                     data; nothing has happened
 *   ODBCPOOL_ERR_TRANSACTION_STATE    another thread is ending it; nothing has happened
 *   ODBCPOOL_ERR_BAD_ARGUMENT         length or completion makes no sense; nothing has happened
 *   ODBCPOOL_ERR_NO_MEMORY            nothing has happened
 *   ODBCPOOL_ERR_TRANSACTION_LOST     a connection was lost before the commit: rolled back
 *   ODBCPOOL_ERR_COMMIT_FAILED        the database refused: rolled back
 *   ODBCPOOL_ERR_OUTCOME_UNKNOWN      the connection was lost during the commit, or of several
 *                                     connections some were committed and some not
 *
 * Thread-safe. The token may be used for a new transaction afterwards.
 */
int odbcpool_transaction_end(const void *token, unsigned long length, int completion);
/*
 * What the real driver said when the calling thread's last odbcpool_transaction_end() failed:
 * "40001 could not serialize access ...; ...", cut off to fit, always terminated; "" when it said
 * nothing. Returns the length of what is kept, at most 1023.
 */
unsigned long odbcpool_transaction_error(char *text, unsigned long size);

#ifdef __cplusplus
}
#endif
#endif
