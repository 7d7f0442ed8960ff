/* SPDX-License-Identifier: MIT */
#ifndef TESTS_XA_MANAGER_H
#define TESTS_XA_MANAGER_H
/*
 * A small transaction manager over odbcpool's XA switch: an example of how one works, and the one
 * that the tests kill. It is complete, except that it serves one thread.
 *
 * Two phases with presumed abort: a decision to commit is in the log, on the disk, before the first
 * branch is told; a transaction of which the log says nothing was never decided, and is rolled
 * back. Opening the manager first does what is left of earlier processes with the same log.
 *
 *	manager_open(&m, "/var/lib/app/decisions", sources, 2)
 *	manager_begin(&m)      xa_start for each source
 *	                       ... connect, execute, disconnect, as often as wanted ...
 *	manager_commit(&m)     xa_end, xa_prepare for each; the log; xa_commit for each
 *	manager_close(&m)
 *
 * Ownership: the struct is the caller's.
 */
#include "odbcpool_xa.h"

#include <stdbool.h>

#define MANAGER_SOURCES_MAX 4

struct manager {
	int log; /* opened for appending, locked against other processes */
	int count;
	const char *sources[MANAGER_SOURCES_MAX]; /* strings for xa_open; the caller's */
	XID xids[MANAGER_SOURCES_MAX];		  /* of the present transaction, one a source */
	bool is_in_branch[MANAGER_SOURCES_MAX];
	bool is_open[MANAGER_SOURCES_MAX];
	bool has_unfinished;   /* a decision that a database has not carried out yet */
	long instance, number; /* together they make a transaction's gtrid unique */
	/* Called before and after every step; for the tests, which die there. */
	void (*step)(const char *what);
	/* What went wrong last, for people. */
	char error[512];
};

enum manager_outcome { MANAGER_COMMITTED, MANAGER_ROLLED_BACK };

/*
 * Open the log and the sources, and end what earlier processes have left. False: a database does
 * not answer; m->error. Whatever it says, manager_close() must follow.
 */
bool manager_open(struct manager *m, const char *log, const char *const *sources, int count,
	void (*step)(const char *what));
void manager_close(struct manager *m);

/* False: m->error; nothing has begun. */
bool manager_begin(struct manager *m);
/*
 * Returns when the decision has been made, and carried out as far as the databases answer; what is
 * left is done by manager_recover().
 */
enum manager_outcome manager_commit(struct manager *m);
void manager_roll_back(struct manager *m);

/*
 * End every branch of ours that is prepared and not of the present transaction: by the log. False:
 * a database does not answer, or not all could be ended yet; call again.
 */
bool manager_recover(struct manager *m);

#endif
