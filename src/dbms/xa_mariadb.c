/* SPDX-License-Identifier: MIT */
/*
 * MariaDB: XA START, END, PREPARE, COMMIT, ROLLBACK, RECOVER (10.11.19 through Connector/ODBC
 * 3.1.15).
 *
 * A prepared branch stays with its session until that logs out; until then the server denies to
 * others that it exists, though it lists it. MariaDB before 10.5 rolls it back then, which is no
 * promise at all: such a server is refused.
 *
 * Connector/ODBC reads no result of XA RECOVER: it takes the statement for one without rows, is out
 * of step from then on and crashes later. The same words inside BEGIN NOT ATOMIC ... END it sends
 * and reads as it does the call of a procedure. (MySQL has no such block, and XA RECOVER cannot be
 * prepared nor executed from a text.)
 *
 * XA END and what follows it are two statements nevertheless. The driver would prepare such a block
 * and execute it in one message: on one processor that is slower than the round trip which it
 * saves. It fails where max_prepared_stmt_count is reached; and when the connection breaks in it
 * nobody knows whether the branch has been prepared, or committed.
 */
#include "base/buffer.h"
#include "dbms/xa.h"
#include "driver/query.h"
#include "odbcpool.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Numbers of the server's errors; their SQLSTATEs are XAE03 and so on. */
enum {
	ERROR_NOTA = 1397,
	ERROR_ROLLED_BACK = 1402,
	ERROR_TIMEOUT = 1613,
	ERROR_DEADLOCK = 1614,
};

static const char recover_query[] = "BEGIN NOT ATOMIC XA RECOVER FORMAT='SQL'; END";

static int32_t native_code(const struct diag *diag)
{
	return diag->count ? diag->records[0].native : 0;
}

/* XA verb xid suffix */
static bool run(struct session *s, const char *verb, const XID *xid, const char *suffix,
	struct diag *diag, bool *ret_is_lost)
{
	char id[XID_SQL_MAX + 1], sql[XID_SQL_MAX + 40];

	xid_to_sql(xid, id);
	snprintf(sql, sizeof(sql), "XA %s %s%s", verb, id, suffix);
	return xa_run(s, sql, diag, ret_is_lost);
}

static void add_found(void *arg, const char *const *columns, unsigned count)
{
	XID xid;

	if (count == 4 && columns[3] && xid_from_sql(columns[3], &xid))
		xa_list_add(arg, &xid);
}

static int recover(struct session *s, struct xa_list *ret_list, struct diag *diag)
{
	if (query_rows(s, recover_query, add_found, ret_list))
		return XA_OK;
	s->looks_dead = true;
	diag_add(diag, "08S01", ODBCPOOL_ERR_CONNECTION_LOST, "xa",
		"the answer to XA RECOVER could not be read");
	return XAER_RMFAIL;
}

static bool is_able(struct session *s, struct diag *reterr)
{
	char *version = query_text(s, "SELECT VERSION()");
	int major = 0, minor = 0;
	bool is_mariadb = version && strstr(version, "MariaDB") &&
			  sscanf(version, "%d.%d", &major, &minor) == 2;
	bool is_able = is_mariadb && (major > 10 || (major == 10 && minor >= 5));

	if (!is_able)
		diag_add(reterr, "HYC00", ODBCPOOL_ERR_NO_TWO_PHASE_COMMIT, "xa",
			"the server says that it is %s; MariaDB from 10.5 on keeps what it has "
			"prepared, and lists it to this driver",
			version ? version : "nothing known");
	free(version);
	return is_able;
}

static bool begin(struct session *s, const XID *xid, struct diag *reterr)
{
	bool is_lost;

	return run(s, "START", xid, "", reterr, &is_lost);
}

static int rollback_code(const struct diag *diag)
{
	switch (native_code(diag)) {
	case ERROR_ROLLED_BACK:
		return XA_RBROLLBACK;
	case ERROR_TIMEOUT:
		return XA_RBTIMEOUT;
	case ERROR_DEADLOCK:
		return XA_RBDEADLOCK;
	default:
		return XA_RBOTHER;
	}
}

/* Until it is prepared, the branch is rolled back by the server when its session breaks. */
static int roll_back(struct session *s, const XID *xid, struct diag *diag)
{
	bool is_lost;

	if (!run(s, "END", xid, "", diag, &is_lost) && is_lost)
		return XA_OK;
	if (!run(s, "ROLLBACK", xid, "", diag, &is_lost))
		s->looks_dead = true;
	return XA_OK;
}

/* XA END, then `verb`: it fails as a whole, unless the answer to `verb` is lost. */
static int end(
	struct session *s, const XID *xid, const char *verb, const char *suffix, struct diag *diag)
{
	struct diag scratch = DIAG_EMPTY;
	bool is_lost;

	bool has_ended = run(s, "END", xid, "", diag, &is_lost);
	if (has_ended && run(s, verb, xid, suffix, diag, &is_lost))
		return XA_OK;
	if (is_lost)
		return has_ended ? XAER_RMFAIL : XA_RBCOMMFAIL;
	int code = rollback_code(diag);
	if (!run(s, "ROLLBACK", xid, "", &scratch, &is_lost))
		s->looks_dead = true;
	diag_clear(&scratch);
	return code;
}

static int prepare(struct session *s, const XID *xid, struct diag *diag)
{
	return end(s, xid, "PREPARE", "", diag);
}

static int commit_at_once(struct session *s, const XID *xid, struct diag *diag)
{
	return end(s, xid, "COMMIT", " ONE PHASE", diag);
}

/* Is the branch listed? A list that cannot be read is no proof that it is not. */
static bool may_be_listed(struct session *s, const XID *xid)
{
	struct xa_list list = {0};
	struct diag diag = DIAG_EMPTY;
	bool is_listed = recover(s, &list, &diag) != XA_OK || list.failed;

	for (size_t i = 0; i < list.count; i++)
		is_listed |= xid_equals(&list.xids[i], xid);
	xa_list_done(&list);
	diag_clear(&diag);
	return is_listed;
}

/*
 * While the session that prepared the branch is logged in, the server says to others that there is
 * none. A client that died is still logged in until the server has noticed.
 */
static int settle(struct session *s, const XID *xid, bool is_commit, struct diag *diag)
{
	static const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
	const char *verb = is_commit ? "COMMIT" : "ROLLBACK";
	bool is_lost, is_unknown;

	for (int i = 0; i < 50; i++) {
		if (run(s, verb, xid, "", diag, &is_lost))
			return XA_OK;
		is_unknown = !is_lost && native_code(diag) == ERROR_NOTA;
		if (!is_unknown)
			break;
		if (!may_be_listed(s, xid))
			return XAER_NOTA;
		nanosleep(&pause, NULL);
	}
	return is_commit && !is_lost ? XA_RETRY : XAER_RMFAIL;
}

/* Connections are numbered anew when the server starts; so the time of that is in the name. */
#define STARTED                                                                                    \
	"UNIX_TIMESTAMP() - (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS"          \
	" WHERE VARIABLE_NAME = 'UPTIME')"

static bool evict(struct session *s, const char *lost_session)
{
	struct buffer count = BUFFER_EMPTY, kill = BUFFER_EMPTY;
	long long id = 0, started = 0;

	if (sscanf(lost_session, "%lld@%lld", &id, &started) != 2)
		return false;
	buffer_printf(&count,
		"SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = %lld"
		" AND ABS(" STARTED " - %lld) <= 2",
		id, started);
	char *found = count.failed ? NULL : query_text(s, buffer_str(&count));
	bool is_there = !found || strcmp(found, "0") != 0, ok = found != NULL;
	free(found);
	if (ok && is_there) {
		buffer_printf(&kill, "KILL CONNECTION %lld", id);
		/* It may have gone meanwhile; only the count tells. */
		if (!query_run(s, buffer_str(&kill)))
			s->had_error = true;
		ok = xa_wait_for_none(s, buffer_str(&count));
	}
	buffer_done(&count);
	buffer_done(&kill);
	return ok;
}

const struct xa_dialect xa_mariadb = {
	.is_pinned = true,
	.format_max = INT_MAX,
	.session_query = "SELECT CONCAT(CONNECTION_ID(), '@', FLOOR(" STARTED "))",
	.is_able = is_able,
	.begin = begin,
	.prepare = prepare,
	.commit_at_once = commit_at_once,
	.roll_back = roll_back,
	.settle = settle,
	.recover = recover,
	.evict = evict,
};
