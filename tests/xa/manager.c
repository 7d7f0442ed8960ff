/* SPDX-License-Identifier: MIT */
#include "manager.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

/* How this manager knows its own among the branches that a database lists. */
#define FORMAT 0x6f64
#define GTRID_LENGTH 16

static const struct xa_switch_t *const xa = &odbcpool_xa_switch;

static int note(struct manager *m, const char *what, int rmid, int code)
{
	char why[400];

	if (code < 0 || code >= XA_RETRY) {
		odbcpool_xa_error(why, sizeof(why));
		snprintf(m->error, sizeof(m->error), "%s of %s: %d %s", what, m->sources[rmid],
			code, why);
	}
	return code;
}

static void step(struct manager *m, const char *what)
{
	if (m->step)
		m->step(what);
}

/* --- the log ---------------------------------------------------------------------------------- */

enum { LINE_LENGTH = 2 * GTRID_LENGTH + 1 };

/* A line for each decision to commit: the gtrid in hexadecimal. */
static void gtrid_as_line(const XID *xid, char line[LINE_LENGTH + 1])
{
	for (int i = 0; i < GTRID_LENGTH; i++)
		snprintf(line + 2 * i, 3, "%02x", (unsigned char)xid->data[i]);
	strcpy(line + LINE_LENGTH - 1, "\n");
}

/*
 * On the disk when this returns; else nobody knows what is there, and the next process finds out.
 * It begins with a new line: the one before may have been torn by a crash.
 */
static void log_decision(struct manager *m, const XID *xid)
{
	char line[LINE_LENGTH + 2] = "\n";

	gtrid_as_line(xid, line + 1);
	if (write(m->log, line, LINE_LENGTH + 1) != LINE_LENGTH + 1 || fdatasync(m->log) != 0)
		abort();
}

static bool log_says_commit(struct manager *m, const XID *xid)
{
	char wanted[LINE_LENGTH + 1], line[256];
	bool is_found = false;
	FILE *f = fdopen(dup(m->log), "r");

	if (!f)
		abort(); /* to guess "roll back" here would be wrong */
	gtrid_as_line(xid, wanted);
	rewind(f);
	while (!is_found && fgets(line, sizeof(line), f))
		is_found = strcmp(line, wanted) == 0;
	fclose(f);
	return is_found;
}

/* --- opening and recovery --------------------------------------------------------------------- */

static bool open_source(struct manager *m, int rmid)
{
	if (!m->is_open[rmid])
		m->is_open[rmid] = note(m, "xa_open", rmid,
					   xa->xa_open_entry((char *)m->sources[rmid], rmid,
						   TMNOFLAGS)) == XA_OK;
	return m->is_open[rmid];
}

bool manager_open(struct manager *m, const char *log, const char *const *sources, int count,
	void (*step_function)(const char *what))
{
	struct timespec now;

	*m = (struct manager){.count = count, .step = step_function};
	m->log = open(log, O_RDWR | O_APPEND | O_CREAT, 0600);
	if (m->log < 0 || flock(m->log, LOCK_EX) < 0) {
		snprintf(m->error, sizeof(m->error), "%s cannot be opened or locked", log);
		return false;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	m->instance = now.tv_sec << 24 ^ now.tv_nsec << 16 ^ getpid();
	for (int i = 0; i < count; i++)
		m->sources[i] = sources[i];
	return manager_recover(m);
}

void manager_close(struct manager *m)
{
	for (int i = 0; i < m->count; i++)
		if (m->is_open[i])
			xa->xa_close_entry("", i, TMNOFLAGS);
	if (m->log >= 0)
		close(m->log);
}

static bool is_ours(const struct manager *m, const XID *xid)
{
	return xid->formatID == FORMAT && xid->gtrid_length == GTRID_LENGTH &&
	       (memcmp(xid->data, m->xids[0].data, GTRID_LENGTH) != 0 || !m->xids[0].gtrid_length);
}

/* XAER_NOTA: it has been done before, and only the answer was lost. */
static bool end_branch(struct manager *m, int rmid, XID *xid, bool is_commit)
{
	step(m, is_commit ? "before xa_commit" : "before xa_rollback");
	int code = is_commit ? xa->xa_commit_entry(xid, rmid, TMNOFLAGS)
			     : xa->xa_rollback_entry(xid, rmid, TMNOFLAGS);
	step(m, is_commit ? "after xa_commit" : "after xa_rollback");
	note(m, is_commit ? "xa_commit" : "xa_rollback", rmid, code);
	return code == XA_OK || code == XAER_NOTA || (!is_commit && code >= XA_RBBASE);
}

static bool recover_source(struct manager *m, int rmid)
{
	long flags = TMSTARTRSCAN;
	bool ok = true;
	XID found[8];
	int count;

	if (!open_source(m, rmid))
		return false;
	do {
		step(m, "before xa_recover");
		count = note(m, "xa_recover", rmid, xa->xa_recover_entry(found, 8, rmid, flags));
		flags = TMNOFLAGS;
		for (int i = 0; i < count; i++)
			if (is_ours(m, &found[i]))
				ok &= end_branch(m, rmid, &found[i], log_says_commit(m, &found[i]));
	} while (count == 8);
	return ok && count >= 0;
}

bool manager_recover(struct manager *m)
{
	bool ok = true;

	for (int i = 0; i < m->count; i++)
		ok &= recover_source(m, i);
	m->has_unfinished = !ok;
	return ok;
}

/* --- transactions ----------------------------------------------------------------------------- */

static void make_xids(struct manager *m)
{
	m->number++;
	for (int i = 0; i < m->count; i++) {
		XID *xid = &m->xids[i];
		*xid = (XID){.formatID = FORMAT, .gtrid_length = GTRID_LENGTH, .bqual_length = 1};
		memcpy(xid->data, &m->instance, 8);
		memcpy(xid->data + 8, &m->number, 8);
		xid->data[GTRID_LENGTH] = (char)('0' + i);
	}
}

/* The application's work in the branch is over. True: it may be prepared. */
static bool leave_branch(struct manager *m, int rmid, long flags)
{
	if (!m->is_in_branch[rmid])
		return false;
	m->is_in_branch[rmid] = false;
	step(m, "before xa_end");
	int code = note(m, "xa_end", rmid, xa->xa_end_entry(&m->xids[rmid], rmid, flags));
	step(m, "after xa_end");
	return code == XA_OK;
}

bool manager_begin(struct manager *m)
{
	if (m->has_unfinished && !manager_recover(m))
		return false;
	make_xids(m);
	for (int i = 0; i < m->count; i++) {
		step(m, "before xa_start");
		m->is_in_branch[i] =
			open_source(m, i) &&
			note(m, "xa_start", i, xa->xa_start_entry(&m->xids[i], i, TMNOFLAGS)) ==
				XA_OK;
		if (!m->is_in_branch[i]) {
			manager_roll_back(m);
			return false;
		}
	}
	step(m, "after xa_start");
	return true;
}

void manager_roll_back(struct manager *m)
{
	for (int i = 0; i < m->count; i++)
		if (m->is_in_branch[i])
			leave_branch(m, i, TMFAIL);
	/* One that never began, or has gone already, is not known any more. */
	for (int i = 0; i < m->count; i++)
		if (!end_branch(m, i, &m->xids[i], false))
			m->has_unfinished = true;
	m->xids[0].gtrid_length = 0;
}

/* XA_RDONLY: that branch has ended, and takes no part in the second phase. */
static bool prepare(struct manager *m, int rmid, bool *ret_votes)
{
	step(m, "before xa_prepare");
	int code =
		note(m, "xa_prepare", rmid, xa->xa_prepare_entry(&m->xids[rmid], rmid, TMNOFLAGS));
	step(m, "after xa_prepare");
	*ret_votes = code == XA_OK;
	return code == XA_OK || code == XA_RDONLY;
}

enum manager_outcome manager_commit(struct manager *m)
{
	bool votes[MANAGER_SOURCES_MAX] = {false}, is_agreed = true;

	for (int i = 0; i < m->count; i++)
		is_agreed &= leave_branch(m, i, TMSUCCESS);
	for (int i = 0; i < m->count && is_agreed; i++)
		is_agreed = prepare(m, i, &votes[i]);
	step(m, "before the decision");
	if (!is_agreed) {
		manager_roll_back(m);
		return MANAGER_ROLLED_BACK;
	}
	log_decision(m, &m->xids[0]);
	step(m, "after the decision");
	for (int i = 0; i < m->count; i++)
		if (votes[i] && !end_branch(m, i, &m->xids[i], true))
			m->has_unfinished = true;
	m->xids[0].gtrid_length = 0;
	return MANAGER_COMMITTED;
}
