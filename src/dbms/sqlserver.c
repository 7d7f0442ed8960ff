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

/* The values, and behind them the marks that a reset is tried out on. */
static const char state_query[] =
	"SELECT @@OPTIONS, @@LANGUAGE, @@DATEFIRST, @@LOCK_TIMEOUT, @@TEXTSIZE, DB_NAME(),"
	" @@TRANCOUNT, OBJECT_ID('tempdb..#odbcpool_probe'), CONTEXT_INFO()";

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

struct state {
	char *values[VALUES];
	bool has_no_marks;
};

/* No transaction, no such table, and nothing or zeros as context. */
static bool are_no_marks(const char *const *columns)
{
	const char *transactions = columns[0], *table = columns[1], *context = columns[2];

	return transactions && strcmp(transactions, "0") == 0 && !table &&
	       (!context || strspn(context, "0") == strlen(context));
}

static void keep_state(void *arg, const char *const *columns, unsigned count)
{
	struct state *to = arg;

	for (unsigned i = 0; i < count && i < VALUES; i++)
		if (!to->values[i] && columns[i])
			to->values[i] = strdup(columns[i]);
	to->has_no_marks = count == VALUES + 3 && are_no_marks(columns + VALUES);
}

static void forget_values(char **values)
{
	for (unsigned i = 0; i < VALUES; i++)
		free(values[i]);
}

static bool read_state(struct session *s, struct state *ret)
{
	*ret = (struct state){.has_no_marks = false};
	bool is_told = query_rows(s, state_query, keep_state, ret);

	for (unsigned i = 0; i < VALUES; i++)
		is_told &= ret->values[i] != NULL;
	return is_told;
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

enum outcome { NOT_RESET, OTHER_OPTIONS, AS_BEFORE };

static enum outcome look(struct session *s, const struct knowledge *k)
{
	struct state now;
	enum outcome outcome = NOT_RESET;

	if (read_state(s, &now) && now.has_no_marks) {
		outcome = AS_BEFORE;
		for (unsigned i = 0; i < VALUES; i++)
			if (strcmp(now.values[i], k->values[i]) != 0)
				outcome = OTHER_OPTIONS;
	}
	forget_values(now.values);
	return outcome;
}

static enum outcome try_out(struct session *s, const struct knowledge *k)
{
	if (!query_run(s, k->way == BY_BATCH ? mark_query_for_batch : mark_query) ||
		!sqlserver_reset(s))
		return NOT_RESET;
	return look(s, k);
}

/* For the batch, which is tried next and drops no table. It may be gone: no matter. */
static void take_table_back(struct session *s)
{
	bool is_dropped = query_run(s, "DROP TABLE #odbcpool_probe");

	(void)is_dropped;
}

static bool works(struct session *s, enum way way)
{
	struct knowledge *k = s->knowledge;

	k->way = way;
	if (way == BY_ATTRIBUTE && !session_reset_by_attribute(s))
		return false;
	if (way == BY_BIT && (s->socket.fd < 0 || !reset_bit_is_possible(s->driver->library)))
		return false;
	if (!make_batch(k, way == BY_BATCH))
		return false;
	switch (try_out(s, k)) {
	case AS_BEFORE:
		return true;
	case OTHER_OPTIONS:
		return make_batch(k, true) && sqlserver_reset(s) && look(s, k) == AS_BEFORE;
	case NOT_RESET:
		take_table_back(s);
		return false;
	}
	return false;
}

static bool sqlserver_learn(struct session *s, enum reset_method method)
{
	struct knowledge *k = calloc(1, sizeof(*k));
	bool is_auto = method == RESET_AUTO;
	struct state state;

	s->knowledge = k;
	if (!k || method == RESET_CLOSE)
		return false;
	bool is_told = read_state(s, &state);
	memcpy(k->values, state.values, sizeof(k->values));
	if (!is_told)
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
		return "the driver's reset attribute, then isolation level and database; proved at "
		       "the login by marks that vanished";
	case BY_BIT:
		return "the reset bit of a TDS packet, on a batch that sets isolation level and "
		       "database; proved at the login by marks that vanished";
	case BY_BATCH:
		break;
	}
	return "a batch of Transact-SQL, with a close after statements that it cannot undo; proved "
	       "at the login by marks that vanished";
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
