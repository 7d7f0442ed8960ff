/* SPDX-License-Identifier: MIT */
/*
 * PostgreSQL: BEGIN, PREPARE TRANSACTION, COMMIT PREPARED.
 *
 * The driver is put into manual commit, so that it begins with the branch's first statement and
 * knows it: xa_start costs no round trip. What it does then must not be trusted blindly: after a
 * failed statement psqlODBC 13.02 may roll back the whole transaction and begin another with the
 * next one, and an application may write COMMIT. So the session is watched (dbms/xa_watch.h). The
 * sign is a savepoint, and the text that ends the branch begins with the release of that: it fails
 * where the transaction is another one. Without the sign the text begins with a savepoint: it fails
 * where the transaction has failed, for PREPARE TRANSACTION itself says nothing then, and rolls
 * back.
 *
 * Both are words before which psqlODBC puts no savepoint of its own, with which no transaction can
 * be prepared. The SET LOCAL before the sign changes nothing; but a text that begins with SAVEPOINT
 * psqlODBC may take for nothing done yet, and then roll back everything when the application's
 * first statement fails.
 *
 * A prepared transaction belongs to nobody's session. It is ended in autocommit, in the same
 * database, by the same user.
 */
#include "base/buffer.h"
#include "base/compiler.h"
#include "base/hash.h"
#include "dbms/source.h"
#include "dbms/statement_filter.h"
#include "dbms/statement_rules.h"
#include "dbms/xa.h"
#include "dbms/xa_watch.h"
#include "driver/query.h"
#include "odbcpool.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAVEPOINT_MAX 32
#define TEXT_MAX 100 /* of ours, without the branch's name */

/* What can end a transaction, or set a savepoint that our own must not be younger than. */
static const struct statement_rule rules[] = {
	{NULL, "ABORT", STATEMENT_OPENS},
	{NULL, "COMMIT", STATEMENT_OPENS},
	{NULL, "RELEASE", STATEMENT_OPENS},
	{NULL, "ROLLBACK", STATEMENT_OPENS},
	{NULL, "SAVEPOINT", STATEMENT_OPENS},
	{"BEGIN", NULL, STATEMENT_OPENS},
	{"END", NULL, STATEMENT_OPENS},
	{"PREPARE", "TRANSACTION", STATEMENT_OPENS},
	{"START", NULL, STATEMENT_OPENS},
	/* psqlODBC begins no transaction with these, and the server refuses them in one. */
	{"CHECKPOINT", NULL, STATEMENT_OPENS},
	{"CLUSTER", NULL, STATEMENT_OPENS},
	{"REINDEX", NULL, STATEMENT_OPENS},
	{"VACUUM", NULL, STATEMENT_OPENS},
};

static struct statement_filter filter;
static const struct statement_rules statement_rules = {
	.rules = rules,
	.count = array_size(rules),
	.has_plain_backquotes = true,
	.filter = &filter,
};

static bool set_autocommit(struct session *s, SQLUINTEGER value)
{
	session_will_change(s, SQL_ATTR_AUTOCOMMIT);
	if (!session_ensure_number(s, SQL_ATTR_AUTOCOMMIT, value))
		return false;
	session_changed(s, SQL_ATTR_AUTOCOMMIT, value);
	return true;
}

/*
 * Does the driver begin a transaction by itself? If it did not, a branch would be committed
 * statement by statement, and only its end would tell.
 */
static bool begins_transactions(struct session *s)
{
	bool has_begun =
		set_autocommit(s, SQL_AUTOCOMMIT_OFF) && query_run(s, "SAVEPOINT odbcpool");
	bool is_over = SQL_SUCCEEDED(session_end_transaction(s, SQL_ROLLBACK)) &&
		       set_autocommit(s, SQL_AUTOCOMMIT_ON);

	return has_begun && is_over;
}

static bool is_able(struct session *s, struct diag *reterr)
{
	char *limit = query_text(
		s, "SELECT setting FROM pg_settings WHERE name = 'max_prepared_transactions'");
	bool is_on = limit && strcmp(limit, "0") != 0;

	free(limit);
	if (!is_on)
		diag_add(reterr, "HYC00", ODBCPOOL_ERR_NO_TWO_PHASE_COMMIT, "xa",
			"PostgreSQL's max_prepared_transactions is 0: it prepares no transaction; "
			"raise it and restart the server");
	bool is_able = is_on && begins_transactions(s);
	if (is_on && !is_able)
		diag_add(reterr, "HYC00", ODBCPOOL_ERR_NO_TWO_PHASE_COMMIT, "xa",
			"with SQL_AUTOCOMMIT_OFF the driver, or a pooler before the server, begins "
			"no transaction");
	return is_able;
}

/* The application may have switched it off before it connected: then it stays so. */
static bool switch_autocommit_off(struct session *s)
{
	SQLUINTEGER now;

	if (!session_get_number(s, SQL_ATTR_AUTOCOMMIT, &now))
		return false;
	s->is_manual_for_branch = now != SQL_AUTOCOMMIT_OFF;
	return set_autocommit(s, SQL_AUTOCOMMIT_OFF);
}

static void leave(struct session *s)
{
	xa_watch_end(s);
	if (s->is_manual_for_branch && !set_autocommit(s, SQL_AUTOCOMMIT_ON))
		session_taint(s, "autocommit could not be switched on again");
	s->is_manual_for_branch = false;
}

static bool begin(struct session *s, const XID *xid, struct diag *reterr)
{
	(void)xid;
	if (!switch_autocommit_off(s)) {
		diag_add(reterr, "HY000", ODBCPOOL_ERR_NO_TWO_PHASE_COMMIT, "xa",
			"the driver refuses SQL_AUTOCOMMIT_OFF");
		return false;
	}
	xa_watch_begin(s);
	return true;
}

/* No application must set one of that name in another transaction. */
static void name_sign(const struct session *s, char *to)
{
	struct hasher h;

	hasher_init(&h, hash_process_key());
	hasher_add_u64(&h, (uint64_t)(uintptr_t)s);
	snprintf(to, SAVEPOINT_MAX, "odbcpool_%016llx",
		(unsigned long long)hasher_finish(&h).word[0]);
}

static bool sign(struct session *s)
{
	char sql[TEXT_MAX] = "SET LOCAL odbcpool.branch = ''; SAVEPOINT ";

	name_sign(s, sql + strlen(sql));
	return query_run(s, sql);
}

/*
 * A transaction has the time of the message that began it, and psqlODBC sends its BEGIN in one
 * message with this. Not with a SELECT: for that it may declare a cursor, and the rows come with a
 * later one. Where the transaction has failed the server answers nothing but an error. An
 * application may have a now() of its own.
 */
static bool is_still_in(struct session *s)
{
	char *answer = query_text(s, "VALUES ((pg_catalog.now() OPERATOR(pg_catalog.<) "
				     "pg_catalog.statement_timestamp())::pg_catalog.int4)");
	bool is_still_in = answer && strcmp(answer, "1") == 0;

	free(answer);
	return is_still_in;
}

static const struct {
	const char *state; /* the beginning of an SQLSTATE */
	int code;
} rollback_codes[] = {
	{"3B001", XA_RBROLLBACK}, /* no such savepoint: another transaction */
	{"25P01", XA_RBROLLBACK}, /* none */
	{"25P02", XA_RBROLLBACK},
	{"40001", XA_RBTRANSIENT},
	{"40P01", XA_RBDEADLOCK},
	{"57014", XA_RBTIMEOUT},
	{"23", XA_RBINTEGRITY},
};

static int rollback_code(const struct diag *diag)
{
	const char *state = diag_sqlstate(diag);

	for (size_t i = 0; i < array_size(rollback_codes); i++)
		if (strncmp(state, rollback_codes[i].state, strlen(rollback_codes[i].state)) == 0)
			return rollback_codes[i].code;
	return XA_RBOTHER;
}

/* An error ends the transaction, for the server and, after this, for the driver. */
static int roll_back(struct session *s, const XID *xid, struct diag *diag)
{
	(void)xid;
	(void)diag;
	/* Should the connection break, the server rolls back by itself. */
	if (!SQL_SUCCEEDED(session_end_transaction(s, SQL_ROLLBACK)))
		s->looks_dead = true;
	return XA_OK;
}

static int end_broken(struct session *s, const XID *xid, struct diag *diag)
{
	/* Nothing was prepared, and the server has rolled back what there was. */
	if (s->looks_dead || source_is_dead(s))
		return XA_RBCOMMFAIL;
	diag_add(diag, "25S03", ODBCPOOL_ERR_TRANSACTION_LOST, "xa",
		"Transaction is rolled back: a call failed in the branch and the driver rolled "
		"back "
		"all of it (with Protocol=7.4-2 psqlODBC takes back the statement alone), or the "
		"application itself said COMMIT or ROLLBACK");
	roll_back(s, xid, diag);
	return XA_RBROLLBACK;
}

/* `before`, the branch's name, `after`. */
static bool run(struct session *s, const char *before, const XID *xid, const char *after,
	struct diag *diag, bool *ret_is_lost)
{
	char gid[XID_GID_MAX + 1], sql[TEXT_MAX + XID_GID_MAX];

	xid_to_gid(xid, gid);
	snprintf(sql, sizeof(sql), "%s%s%s", before, gid, after);
	return xa_run(s, sql, diag, ret_is_lost);
}

/* Guarded, `verb` ends the transaction; any error of the server's does so too. */
static int end(
	struct session *s, const XID *xid, const char *verb, const char *after, struct diag *diag)
{
	char savepoint[SAVEPOINT_MAX] = "odbcpool", before[TEXT_MAX];
	enum xa_watch_verdict verdict = xa_watch_judge(s);
	bool is_lost;

	if (verdict == XA_WATCH_BROKEN)
		return end_broken(s, xid, diag);
	if (verdict == XA_WATCH_SIGNED)
		name_sign(s, savepoint);
	snprintf(before, sizeof(before), "%s %s; %s",
		verdict == XA_WATCH_SIGNED ? "RELEASE" : "SAVEPOINT", savepoint, verb);
	if (run(s, before, xid, after, diag, &is_lost))
		return XA_OK;
	if (is_lost)
		return XAER_RMFAIL;
	int code = rollback_code(diag);
	if (code == XA_RBROLLBACK) {
		diag_clear(diag); /* that there is no such savepoint explains nothing */
		return end_broken(s, xid, diag);
	}
	roll_back(s, xid, diag);
	return code;
}

static int prepare(struct session *s, const XID *xid, struct diag *diag)
{
	return end(s, xid, "PREPARE TRANSACTION '", "'", diag);
}

static int commit_at_once(struct session *s, const XID *xid, struct diag *diag)
{
	return end(s, xid, "COMMIT /* ", " */", diag);
}

static int settle(struct session *s, const XID *xid, bool is_commit, struct diag *diag)
{
	bool is_lost;

	if (run(s, is_commit ? "COMMIT PREPARED '" : "ROLLBACK PREPARED '", xid, "'", diag,
		    &is_lost))
		return XA_OK;
	if (!is_lost && strcmp(diag_sqlstate(diag), "42704") == 0)
		return XAER_NOTA;
	/* Not our user's, or busy in another session: it stays prepared. */
	return is_commit && !is_lost ? XA_RETRY : XAER_RMFAIL;
}

static void add_found(void *arg, const char *const *columns, unsigned count)
{
	XID xid;

	if (count > 0 && columns[0] && xid_from_gid(columns[0], &xid))
		xa_list_add(arg, &xid);
}

static int recover(struct session *s, struct xa_list *ret_list, struct diag *diag)
{
	static const char query[] =
		"SELECT gid FROM pg_prepared_xacts WHERE database = current_database()"
		" AND gid LIKE 'odbcpool.%' AND (owner = current_user OR"
		" (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)) ORDER BY prepared";

	if (query_rows(s, query, add_found, ret_list))
		return XA_OK;
	s->looks_dead |= true;
	diag_add(diag, "08S01", ODBCPOOL_ERR_CONNECTION_LOST, "xa",
		"pg_prepared_xacts could not be read");
	return XAER_RMFAIL;
}

/* Process numbers come again, the moment of their beginning does not. */
#define SESSION_NAME "pid::text || '@' || extract(epoch from backend_start)::text"

static bool evict(struct session *s, const char *lost_session)
{
	struct buffer end = BUFFER_EMPTY, count = BUFFER_EMPTY;

	buffer_printf(&end,
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE " SESSION_NAME
		" = '%s'",
		lost_session);
	buffer_printf(&count, "SELECT count(*) FROM pg_stat_activity WHERE " SESSION_NAME " = '%s'",
		lost_session);
	bool ok = !end.failed && !count.failed && query_run(s, buffer_str(&end)) &&
		  xa_wait_for_none(s, buffer_str(&count));
	buffer_done(&end);
	buffer_done(&count);
	return ok;
}

const struct xa_dialect xa_postgresql = {
	.format_max = LONG_MAX,
	.session_query =
		"SELECT " SESSION_NAME " FROM pg_stat_activity WHERE pid = pg_backend_pid()",
	.is_able = is_able,
	.begin = begin,
	.rules = &statement_rules,
	.sign = sign,
	.is_still_in = is_still_in,
	.leave = leave,
	.prepare = prepare,
	.commit_at_once = commit_at_once,
	.roll_back = roll_back,
	.settle = settle,
	.recover = recover,
	.evict = evict,
};
