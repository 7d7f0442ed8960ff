/* SPDX-License-Identifier: MIT */
#ifndef FAKEDRV_FAKEDRV_H
#define FAKEDRV_FAKEDRV_H
/*
 * The fake driver as a test sees it: a loadable ODBC driver that fails on command and remembers
 * what it was asked.
 *
 * A test opens the same file as the library under test, and takes the controls out of it:
 *	const struct fakedrv_control *fake = dlsym(dlopen(path, RTLD_LAZY), FAKEDRV_CONTROL);
 * Both then talk about the same handles. Each variant (fakedrva.so, ...) has its own state.
 *
 * Script words, in falling precedence: connection string, script(), the DSN's section in odbc.ini.
 * They are looked up at each call, so script() reaches connections that are open already.
 *	FakeLogin       ok, fail, info (succeeds with a record), block (until release() or the login
 *	                timeout), lost (says SQL_SUCCESS without a connection)
 *	FakeLoginMs     how long a login takes, 0; ended early by release() or the login timeout
 *	FakeRecords, FakeState, FakeNative, FakeText
 *	                the records of a login that says fail or info: 1, 28000, 18456, "login
 *failed"; record n has the native code FakeNative + n - 1 and " (n)" after its text FakeDisconnect
 *ok, fail (25000, stays connected), block (until release()) FakeEndTran     ok, fail (HY000), mute
 *(SQL_ERROR without a record), block (until release()) FakeSetAttr     number of a connection
 *attribute that cannot be set (HY000), 0 FakeReset       no, yes: SQL_ATTR_RESET_CONNECTION works
 *(else HYC00) FakeDeadAnswer  true, no: what SQL_ATTR_CONNECTION_DEAD says of a dead connection
 *	FakeVersion     the highest ODBC version that an environment accepts, 380
 *	FakeUnsupported number of a function that SQLGetFunctions denies though it is exported, 0
 *	FakeBrowse      how many steps of SQLBrowseConnect ask for more, 0
 *	FakeXa          no, yes, mute (SQL_SUCCESS, and nothing is done), rdonly (PREPARE says so):
 *	                what becomes of SQL_ATTR_ENLIST_IN_DTC and _XA
 *	FakeXaStatus    the status of every XA operation, which then does nothing; 0: its own
 *	Database        the catalog after login, "fake"
 *
 * Statements are split at semicolons into results; the first word decides:
 *	select ITEM, ...    one row; an item is a number, 'text', null, ? (the next parameter), or
 *	                    long N (N bytes of text)
 *	rows N              N rows of two columns: n, and t = "row n"
 *	update N            no result set, row count N
 *	wait                runs until SQLCancel (HY008), release() or the end of the connection
 *	fail STATE NATIVE TEXT, warn STATE NATIVE TEXT, failrow STATE NATIVE ROW COLUMN TEXT
 *	die                 the connection is lost (08S01), as by kill_connections()
 *	begin, commit, rollback
 *	                    open and end a transaction, as SQL text can
 *	anything else       succeeds without a result set, row count 0
 * Catalog functions give one row: the function's name, then each argument as it arrived.
 */
#include <stdbool.h>
#include <stddef.h>

#define FAKEDRV_CONTROL "fakedrv_control"

/* Driver-private attributes of connections and statements. */
#define FAKEDRV_ATTR_NUMBER 17001  /* an integer */
#define FAKEDRV_ATTR_TEXT 17002	   /* a string */
#define FAKEDRV_ATTR_POINTER 17003 /* a pointer, given back as it came */
#define FAKEDRV_ATTR_DTC 1207	   /* with FakeXa: accepted */
#define FAKEDRV_ATTR_XA 1208	   /* with FakeXa: struct fakedrv_xa_call, or a switch */
#define FAKEDRV_ATTR_TOKEN 1256	   /* four bytes of length, then that many: an access token */

/* Driver-private info types of SQLGetInfo. */
#define FAKEDRV_INFO_TEXT 18001	  /* "private" */
#define FAKEDRV_INFO_NUMBER 18002 /* SQLULEN: the number of the connection, from 1 */

/* XACALLPARAM of msodbcsql, whose XID has numbers of 32 bits. */
struct fakedrv_xid {
	int format_id, gtrid_length, bqual_length;
	unsigned char data[128];
};

struct fakedrv_xa_call {
	unsigned size_param;
	int operation;
	struct fakedrv_xid xid;
	int flags, status;
	unsigned size_data, size_returned; /* of what follows */
};

enum {
	FAKEDRV_XA_START,
	FAKEDRV_XA_END,
	FAKEDRV_XA_PREPARE,
	FAKEDRV_XA_COMMIT,
	FAKEDRV_XA_ROLLBACK,
	FAKEDRV_XA_FORGET,
	FAKEDRV_XA_RECOVER,
	FAKEDRV_XA_GETTIMEOUT,
	FAKEDRV_XA_SETTIMEOUT,
};

struct fakedrv_counts {
	size_t environments, connections, statements, descriptors; /* alive; explicit ones only */
	size_t connected;					   /* between login and logout */
	size_t logins, failed_logins, logouts;			   /* since reset() */
	size_t foreign_handles;					   /* since reset() */
	size_t dead_calls; /* since reset(): calls that met a dead connection */
};

struct fakedrv_control {
	/* Forget script, log and the counts since; what is alive stays. */
	void (*reset)(void);
	/* Replace the script by these words ("FakeLogin=fail;FakeRecords=3"). False: a word is
	 * unknown. */
	bool (*script)(const char *words);
	void (*counts)(struct fakedrv_counts *ret_counts);

	/* All connected connections are dead from now on: 08S01. Gives their number. */
	size_t (*kill_connections)(void);
	/* Let go of everything that blocks now. */
	void (*release)(void);
	/* Sleep until `n` calls block, in a login, a disconnect, a rollback or a `wait`. */
	void (*await_blocked)(size_t n);

	/* Calls are written down only after this: the log's lock would hide races from TSan. */
	void (*log_start)(void);
	/* The first line from number `from` on that contains `text`; -1 if there is none. Lines
	 * look like "conn1 SQLSetConnectAttr 102 1", "conn1.stmt2 SQLExecDirect select 1". */
	long (*log_find)(const char *text, long from);
	/* All of it; the caller frees. */
	char *(*log_text)(void);
};

#endif
