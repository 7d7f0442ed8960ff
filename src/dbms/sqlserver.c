/* SPDX-License-Identifier: MIT */
/*
 * Microsoft SQL Server, and what speaks like it (Azure SQL, Babelfish), under FreeTDS or any other
 * driver.
 *
 * Three ways to make a session fresh, each believed only after it has undone on this very session
 * what was changed for that purpose:
 *
 *   - the driver's attribute (msodbcsql; FreeTDS has none);
 *   - the bit in a packet's header that such drivers set (driver/reset_bit.h), on the request that
 * sets the isolation level, so that a failed reset is seen here and not by the next borrower;
 *   - a batch that undoes what T-SQL can undo. It has more words that poison: temporary objects,
 * session context, global cursors, application locks and the settings that hide statements are
 * beyond it.
 *
 * After each of them the batch sets the isolation level, which servers before 2014 keep through a
 * reset, and the database, which servers restore without the driver knowing; and the options that
 * the reset did not take to what they were after the login (InitQuery may have set them). A
 * prepared handle is void after a reset (error 8179): statements are freed before.
 *
 * FreeTDS does not know of a transaction that was begun by a statement's text and rolls nothing
 * back then, so that words decide whether the server must be asked.
 */
#include "base/buffer.h"
#include "base/compiler.h"
#include "dbms/profile.h"
#include "driver/query.h"
#include "driver/reset_bit.h"

#include <stdlib.h>
#include <string.h>

#define ROLLBACK "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION"

enum way { BY_ATTRIBUTE, BY_BIT, BY_BATCH };

/* In the order of the columns of state_query. */
enum { OPTIONS, LANGUAGE, DATEFIRST, LOCK_TIMEOUT, TEXTSIZE, DATABASE, VALUES };

struct knowledge {
	enum way way;
	char *batch;
	char *values[VALUES]; /* after the login */
	unsigned isolation;   /* as in sys.dm_exec_sessions */
};

static const char state_query[] =
	"SELECT @@OPTIONS, @@LANGUAGE, @@DATEFIRST, @@LOCK_TIMEOUT, @@TEXTSIZE, DB_NAME()";

/* The bits of @@OPTIONS, from the lowest, which means nothing any more. */
static const char *const options[] = {
	NULL,
	"IMPLICIT_TRANSACTIONS",
	"CURSOR_CLOSE_ON_COMMIT",
	"ANSI_WARNINGS",
	"ANSI_PADDING",
	"ANSI_NULLS",
	"ARITHABORT",
	"ARITHIGNORE",
	"QUOTED_IDENTIFIER",
	"NOCOUNT",
	"ANSI_NULL_DFLT_ON",
	"ANSI_NULL_DFLT_OFF",
	"CONCAT_NULL_YIELDS_NULL",
	"NUMERIC_ROUNDABORT",
	"XACT_ABORT",
};

/* sys.dm_exec_sessions.transaction_isolation_level. */
static const char *const isolations[] = {
	NULL, "READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE", "SNAPSHOT"};

static void keep_values(void *arg, const char *const *columns, unsigned count)
{
	char **values = arg;

	for (unsigned i = 0; i < count && i < VALUES; i++)
		if (!values[i] && columns[i])
			values[i] = strdup(columns[i]);
}

static void forget_values(char **values)
{
	for (unsigned i = 0; i < VALUES; i++)
		free(values[i]);
}

static bool read_values(struct session *s, char **values)
{
	if (!query_rows(s, state_query, keep_values, values))
		return false;
	for (unsigned i = 0; i < VALUES; i++)
		if (!values[i])
			return false;
	return true;
}

/* READ COMMITTED where the server does not tell: no driver logs in with another level. */
static unsigned read_isolation(struct session *s)
{
	char *text = query_text(s, "SELECT transaction_isolation_level FROM sys.dm_exec_sessions"
				   " WHERE session_id = @@SPID");
	unsigned long level = text ? strtoul(text, NULL, 10) : 0;

	free(text);
	return level > 0 && level < array_size(isolations) ? (unsigned)level : 2;
}

static void append_name(struct buffer *to, const char *name)
{
	buffer_append_char(to, '[');
	for (; *name; name++) {
		if (*name == ']')
			buffer_append_char(to, *name);
		buffer_append_char(to, *name);
	}
	buffer_append_char(to, ']');
}

/* The language first, for it decides on DATEFIRST. */
static void append_options(struct buffer *to, const struct knowledge *k)
{
	unsigned long bits = strtoul(k->values[OPTIONS], NULL, 10);

	buffer_printf(to, "; SET LANGUAGE N'%s'", k->values[LANGUAGE]);
	buffer_printf(to, "; SET DATEFIRST %s; SET LOCK_TIMEOUT %s; SET TEXTSIZE %s",
		k->values[DATEFIRST], k->values[LOCK_TIMEOUT], k->values[TEXTSIZE]);
	for (size_t i = 1; i < array_size(options); i++)
		buffer_printf(to, "; SET %s %s", options[i], bits & 1UL << i ? "ON" : "OFF");
}

/* What a reset by the server undoes without being told. */
static const char undo_text[] =
	"; SET CONTEXT_INFO 0x; SET ROWCOUNT 0; SET DEADLOCK_PRIORITY NORMAL"
	"; SET STATISTICS IO OFF; SET STATISTICS TIME OFF"
	"; SET FORCEPLAN OFF";

static bool make_batch(struct knowledge *k, bool with_options)
{
	struct buffer text = BUFFER_EMPTY;

	buffer_printf(
		&text, ROLLBACK "; SET TRANSACTION ISOLATION LEVEL %s", isolations[k->isolation]);
	if (with_options)
		append_options(&text, k);
	if (k->way == BY_BATCH)
		buffer_append_str(&text, undo_text);
	/* The driver learns the database by the server's answer to USE. */
	buffer_append_str(&text, "; USE ");
	append_name(&text, k->values[DATABASE]);
	free(k->batch);
	k->batch = text.failed ? NULL : buffer_steal(&text);
	buffer_done(&text);
	return k->batch;
}

static bool run_with_bit(struct session *s, const char *batch)
{
	struct reset_bit bit;

	reset_bit_arm(&bit, s->socket.fd);
	bool ok = query_run(s, batch);
	return reset_bit_disarm(&bit) && ok;
}

static bool sqlserver_reset(struct session *s)
{
	const struct knowledge *k = s->knowledge;

	switch (k->way) {
	case BY_ATTRIBUTE:
		return session_reset_by_attribute(s) && query_run(s, k->batch);
	case BY_BIT:
		return run_with_bit(s, k->batch);
	case BY_BATCH:
		return query_run(s, k->batch);
	}
	return false;
}

/*
 * An option, and what only a reset by the server takes away. No transaction: the driver would name
 * it in the header of the request that carries the reset, which has ended it by then (error 3971),
 * and of all later ones. So in use, too, what is open is rolled back before.
 */
static const char mark_query[] = "SET LOCK_TIMEOUT 17231; SET CONTEXT_INFO 0x0DBC17231F"
				 "; CREATE TABLE #odbcpool_probe (i int)";
static const char mark_query_for_batch[] =
	"SET LOCK_TIMEOUT 17231; SET CONTEXT_INFO 0x0DBC17231F; BEGIN TRANSACTION";
static const char look_query[] =
	"SELECT @@TRANCOUNT, OBJECT_ID('tempdb..#odbcpool_probe'), CONTEXT_INFO()";

/* No transaction, no such table, and nothing or zeros as context. */
static void judge_marks(void *arg, const char *const *columns, unsigned count)
{
	*(bool *)arg = count == 3 && columns[0] && strcmp(columns[0], "0") == 0 && !columns[1] &&
		       (!columns[2] || strspn(columns[2], "0") == strlen(columns[2]));
}

static bool has_values(struct session *s, const struct knowledge *k)
{
	char *now[VALUES] = {NULL};
	bool are_same = read_values(s, now);

	for (unsigned i = 0; i < VALUES && are_same; i++)
		are_same = strcmp(now[i], k->values[i]) == 0;
	forget_values(now);
	return are_same;
}

static bool undoes_marks(struct session *s, const struct knowledge *k)
{
	bool is_undone = false;

	if (query_run(s, k->way == BY_BATCH ? mark_query_for_batch : mark_query) &&
		sqlserver_reset(s) && query_rows(s, look_query, judge_marks, &is_undone) &&
		is_undone)
		return true;
	/* For the batch, which is tried next and drops no table; it may be gone. */
	bool is_dropped = k->way != BY_BATCH && query_run(s, "DROP TABLE #odbcpool_probe");
	(void)is_dropped;
	return false;
}

static bool works(struct session *s, enum way way)
{
	struct knowledge *k = s->knowledge;

	k->way = way;
	if (way == BY_ATTRIBUTE && !session_reset_by_attribute(s))
		return false;
	if (way == BY_BIT && (s->socket.fd < 0 || !reset_bit_is_possible(s->driver->library)))
		return false;
	if (!make_batch(k, way == BY_BATCH) || !undoes_marks(s, k))
		return false;
	if (has_values(s, k))
		return true;
	return way != BY_BATCH && make_batch(k, true) && sqlserver_reset(s) && has_values(s, k);
}

static bool sqlserver_learn(struct session *s, enum reset_method method)
{
	struct knowledge *k = calloc(1, sizeof(*k));
	bool is_auto = method == RESET_AUTO;

	s->knowledge = k;
	if (!k || method == RESET_CLOSE || !read_values(s, k->values))
		return false;
	k->isolation = read_isolation(s);
	if ((is_auto || method == RESET_ATTRIBUTE) && works(s, BY_ATTRIBUTE))
		return true;
	if ((is_auto || method == RESET_PROTOCOL) && works(s, BY_BIT))
		return true;
	/* Also to take back the marks that another way has left. */
	s->is_spoiled = !works(s, BY_BATCH);
	s->profile = &profile_sqlserver_by_batch;
	return !s->is_spoiled && (is_auto || method == RESET_SQL);
}

static const char *sqlserver_describe_reset(const struct session *s)
{
	switch (((const struct knowledge *)s->knowledge)->way) {
	case BY_ATTRIBUTE:
		return "the driver's SQL_ATTR_RESET_CONNECTION; proved at the login by changes to "
		       "the "
		       "session that vanished";
	case BY_BIT:
		return "the bit RESETCONNECTION in the next packet, set for the driver; proved at "
		       "the "
		       "login by changes to the session that vanished";
	case BY_BATCH:
		return "a batch that undoes what T-SQL can undo; proved at the login by changes to "
		       "the "
		       "session that vanished";
	}
	return "";
}

static void sqlserver_forget(void *knowledge)
{
	struct knowledge *k = knowledge;

	if (!k)
		return;
	forget_values(k->values);
	free(k->batch);
	free(k);
}

/* Azure names itself otherwise. */
static const char *const names[] = {"Microsoft SQL", NULL};

/*
 * With which a batch may begin; any other word is a procedure's name. What begins a block or comes
 * after a condition is not told apart: the rules look at every word.
 */
static const char *const first_words[] = {"ADD", "ALTER", "BACKUP", "BEGIN", "BULK", "CALL",
	"CHECKPOINT", "CLOSE", "COMMIT", "CREATE", "DBCC", "DEALLOCATE", "DECLARE", "DELETE",
	"DENY", "DISABLE", "DROP", "ENABLE", "EXEC", "EXECUTE", "FETCH", "GOTO", "GRANT", "IF",
	"INSERT", "KILL", "MERGE", "MOVE", "OPEN", "PRINT", "RAISERROR", "READTEXT", "RECEIVE",
	"RECONFIGURE", "RESTORE", "RETURN", "REVERT", "REVOKE", "ROLLBACK", "SAVE", "SELECT",
	"SEND", "SET", "SETUSER", "SHUTDOWN", "THROW", "TRUNCATE", "UPDATE", "UPDATETEXT", "USE",
	"WAITFOR", "WHILE", "WITH", "WRITETEXT"};

#define RULES_OF_ALL_WAYS                                                                          \
	{NULL, "SP_SETAPPROLE", STATEMENT_POISONS}, {NULL, "SETUSER", STATEMENT_POISONS},          \
		{"EXECUTE", "AS", STATEMENT_POISONS}, {"EXEC", "AS", STATEMENT_POISONS},           \
		{NULL, "SP_BINDSESSION", STATEMENT_POISONS},                                       \
		{"OPEN", "SYMMETRIC", STATEMENT_POISONS}, {"OPEN", "MASTER", STATEMENT_POISONS},   \
		{"DBCC", "TRACEON", STATEMENT_POISONS},                                            \
		{"DBCC", "TRACEOFF", STATEMENT_POISONS}, /* What is sent after these is not        \
							    executed, a rollback neither. */       \
		{NULL, "NOEXEC", STATEMENT_POISONS}, {NULL, "PARSEONLY", STATEMENT_POISONS},       \
		{NULL, "FMTONLY", STATEMENT_POISONS}, {NULL, "SHOWPLAN_ALL", STATEMENT_POISONS},   \
		{NULL, "SHOWPLAN_TEXT", STATEMENT_POISONS},                                        \
		{NULL, "SHOWPLAN_XML", STATEMENT_POISONS}, {"BEGIN", "TRAN", STATEMENT_OPENS},     \
		{"BEGIN", "TRANSACTION", STATEMENT_OPENS},                                         \
		{"BEGIN", "DISTRIBUTED", STATEMENT_OPENS},                                         \
		{NULL, "IMPLICIT_TRANSACTIONS", STATEMENT_OPENS},                                  \
		{NULL, "ANSI_DEFAULTS", STATEMENT_OPENS}, {NULL, "EXEC", STATEMENT_OPENS},         \
		{NULL, "EXECUTE", STATEMENT_OPENS},                                                \
	{                                                                                          \
		NULL, "CALL", STATEMENT_OPENS                                                      \
	}

static const struct statement_rule rules[] = {
	RULES_OF_ALL_WAYS,
	{NULL, "SP_GETAPPLOCK", STATEMENT_HOLDS},
};

static const struct statement_rule rules_of_batch[] = {
	RULES_OF_ALL_WAYS,
	{NULL, "SP_GETAPPLOCK", STATEMENT_POISONS},
	{NULL, "SP_SET_SESSION_CONTEXT", STATEMENT_POISONS},
	{NULL, "CURSOR", STATEMENT_POISONS},
	{NULL, "SP_CURSOROPEN", STATEMENT_POISONS},
	{NULL, "SP_PREPARE", STATEMENT_POISONS},
	{NULL, "SP_PREPEXEC", STATEMENT_POISONS},
	{NULL, "SP_XML_PREPAREDOCUMENT", STATEMENT_POISONS},
	{NULL, "IDENTITY_INSERT", STATEMENT_POISONS},
	{"SET", "DATEFORMAT", STATEMENT_POISONS},
	{"STATISTICS", "PROFILE", STATEMENT_POISONS},
	{"STATISTICS", "XML", STATEMENT_POISONS},
	{NULL, "REMOTE_PROC_TRANSACTIONS", STATEMENT_POISONS},
	{NULL, "QUERY_GOVERNOR_COST_LIMIT", STATEMENT_POISONS},
	{NULL, "FIPS_FLAGGER", STATEMENT_POISONS},
	{"SET", "OFFSETS", STATEMENT_POISONS},
};

static const struct statement_rules statement_rules = {
	.rules = rules,
	.count = array_size(rules),
	.is_transact_sql = true,
	.first_words = first_words,
	.first_word_count = array_size(first_words),
	.flags_of_others = STATEMENT_OPENS,
};

static const struct statement_rules statement_rules_of_batch = {
	.rules = rules_of_batch,
	.count = array_size(rules_of_batch),
	.is_transact_sql = true,
	.flags_of_hash = STATEMENT_POISONS,
	.first_words = first_words,
	.first_word_count = array_size(first_words),
	.flags_of_others = STATEMENT_OPENS,
};

/* A prepared statement costs a round trip to free, about 420 us; a login some 40 ms. */
#define STATEMENT_LIMIT 64

const struct profile profile_sqlserver = {
	.name = "SQL Server",
	.dbms_names = names,
	.rules = &statement_rules,
	.validation_query = "SELECT 1",
	.statement_limit = STATEMENT_LIMIT,
	.dead_flag_is_local = true,
	.rollback_query = ROLLBACK,
	.learn = sqlserver_learn,
	.reset = sqlserver_reset,
	.describe_reset = sqlserver_describe_reset,
	.forget = sqlserver_forget,
};

/* The same for a session that only a batch makes fresh: more words poison it. */
const struct profile profile_sqlserver_by_batch = {
	.name = "SQL Server",
	.dbms_names = names,
	.rules = &statement_rules_of_batch,
	.validation_query = "SELECT 1",
	.statement_limit = STATEMENT_LIMIT,
	.dead_flag_is_local = true,
	.rollback_query = ROLLBACK,
	.reset = sqlserver_reset,
	.describe_reset = sqlserver_describe_reset,
	.forget = sqlserver_forget,
};
