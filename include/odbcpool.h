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
#define ODBCPOOL_ATTR_POOL_INFO 0x4F51 /* get: struct odbcpool_pool_info */
#define ODBCPOOL_ATTR_REUSED                                                                       \
	0x4F52 /* get, SQLUINTEGER: 1 = this connect was served from the pool */
#define ODBCPOOL_ATTR_WAITED_MS                                                                    \
	0x4F53				 /* get, SQLUINTEGER: how long this connect waited in line \
					  */
#define ODBCPOOL_ATTR_TRANSACTION 0x4F54 /* set: opaque transaction token, its length in bytes */
#define ODBCPOOL_ATTR_DISCARD 0x4F55 /* set, connected, 1: close at SQLDisconnect, do not reuse */

#define ODBCPOOL_CLEAR_CURRENT 1UL
#define ODBCPOOL_CLEAR_ALL 2UL

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
	/* HYC00: a setting or attribute that this version does not have yet */
	ODBCPOOL_ERR_SETTING_NOT_BUILT = 20007,
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
	/* IM001: the real driver lacks the function */
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
	/* HYT00: the real driver's login was ended at its deadline */
	ODBCPOOL_ERR_LOGIN_TIMEOUT = 20039,
	/* IM002: odbc.ini has no section for the data source */
	ODBCPOOL_ERR_NO_DATA_SOURCE = 20040,
	/* 01000: odbcinst.ini switches the driver manager's own pool on, above this one */
	ODBCPOOL_ERR_MANAGER_POOLS = 20041,
};

/*
 * Give up the idle connections of every pool of this process, and those in use as they come back.
 * Takes no time: the connections are closed in the background. Thread-safe; never fails.
 */
void odbcpool_clear_all_pools(void);
/* The same for the pools with this name (PoolName; by default that of the data source). Returns how
 * many. */
unsigned odbcpool_clear_pools(const char *name);

#ifdef __cplusplus
}
#endif
#endif
