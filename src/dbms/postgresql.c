/* SPDX-License-Identifier: MIT */
/*
 * PostgreSQL under psqlODBC.
 *
 * DISCARD ALL would undo what the driver itself has set at its login: dates and texts would come
 * back wrong (DateStyle, client_encoding, extra_float_digits). So the settings of the session are
 * remembered after the login and put back at the end of each reset, which is one round trip: the
 * parts of DISCARD ALL, which itself cannot stand in a text with others.
 *
 * A pooler may stand between us and the server. PgBouncer 1.18 refuses none of the parts; but in
 * transaction and statement mode each transaction may run in another session of the server, so
 * that a reset reaches somebody else's. The process of the server tells: where it changes, nothing
 * is reset, and connections are reused only while nothing but queries and row changes went over
 * them.
 */
#include "base/buffer.h"
#include "base/compiler.h"
#include "dbms/profile.h"
#include "dbms/statement_filter.h"
#include "driver/query.h"

#include <stdlib.h>
#include <string.h>

struct knowledge {
	char *reset; /* the text of a reset, which tells the server's process as well */
	char *process;
};

struct part {
	const char *text;
	/* A server that does not know the statement has nothing that it would take away. */
	bool may_be_unknown;
};

/*
 * The order matters: the text begins with SET search_path, for that is how psqlODBC notices that
 * what it remembers of the current schema is stale; SESSION AUTHORIZATION before RESET ALL, which
 * needs the rights of the one who logged in; the sequences last, for they may be used by what is
 * dropped.
 */
static const struct part parts[] = {
	{"SET search_path TO DEFAULT", false},
	{"CLOSE ALL", false},
	{"SET SESSION AUTHORIZATION DEFAULT", false},
	{"RESET ALL", false},
	{"DEALLOCATE ALL", false},
	{"UNLISTEN *", true},
	{"SELECT pg_advisory_unlock_all()", true},
	{"DISCARD PLANS", true},
	{"DISCARD TEMP", false},
	{"DISCARD SEQUENCES", false},
};

/* The only row, of a reset and of the snapshot, that has three columns. */
#define PROCESS_QUERY "SELECT pg_backend_pid(), 'server', 'process'"

static const char snapshot_query[] =
	"SELECT name, setting FROM pg_settings WHERE source = 'session'; " PROCESS_QUERY;

/* E'' is the same whatever standard_conforming_strings says. */
static void add_escape_string(struct buffer *to, const char *text)
{
	buffer_append_char(to, 'E');
	query_add_literal(to, text);
}

static void keep_process(void *arg, const char *const *columns, unsigned count)
{
	char **to = arg;

	if (count == 3 && columns[0] && !*to)
		*to = strdup(columns[0]);
}

struct snapshot {
	struct buffer settings; /* "; SELECT set_config(...)" of each */
	char *process;
};

/* set_config() takes the text that pg_settings gives; SET would want lists in their own syntax. */
static void take_setting(void *arg, const char *const *columns, unsigned count)
{
	struct buffer *to = &((struct snapshot *)arg)->settings;

	keep_process(&((struct snapshot *)arg)->process, columns, count);
	if (count != 2 || !columns[0] || !columns[1])
		return;
	buffer_append_str(to, "; SELECT set_config(");
	add_escape_string(to, columns[0]);
	buffer_append_str(to, ", ");
	add_escape_string(to, columns[1]);
	buffer_append_str(to, ", false)");
}

static bool postgresql_reset(struct session *s)
{
	const struct knowledge *k = s->knowledge;
	char *process = NULL;
	bool ok = query_rows(s, k->reset, keep_process, &process) && process;

	if (ok && strcmp(process, k->process) != 0)
		s->has_no_server_session = true;
	free(process);
	return ok && !s->has_no_server_session;
}

/* Does the server, or what stands before it, not know the statement at all? */
static bool is_unknown(struct session *s, const char *text)
{
	static const char *const states[] = {"42601", "42883", "0A000"};
	struct diag diag = DIAG_EMPTY;
	bool is_unknown = false;

	if (!query_run_reporting(s, text, &diag))
		for (size_t i = 0; i < array_size(states); i++)
			is_unknown |= strcmp(diag_sqlstate(&diag), states[i]) == 0;
	diag_clear(&diag);
	return is_unknown;
}

/* `is_checked`: without the parts that the server does not know. */
static void add_parts(struct session *s, struct buffer *to, bool is_checked)
{
	for (size_t i = 0; i < array_size(parts); i++) {
		if (is_checked && parts[i].may_be_unknown && is_unknown(s, parts[i].text))
			continue;
		buffer_append_str(to, parts[i].text);
		buffer_append_str(to, "; ");
	}
}

/* Tried at once, for whatever is between us and the server may refuse parts of it. */
static bool learn_reset(
	struct session *s, struct knowledge *k, const char *settings, bool is_checked)
{
	struct buffer text = BUFFER_EMPTY;

	add_parts(s, &text, is_checked);
	buffer_append_str(&text, PROCESS_QUERY);
	buffer_append_str(&text, settings);
	free(k->reset);
	k->reset = buffer_steal(&text);
	buffer_done(&text);
	return k->reset && postgresql_reset(s);
}

static bool postgresql_learn(struct session *s, enum reset_method method)
{
	struct knowledge *k;
	struct snapshot snapshot = {.settings = BUFFER_EMPTY};

	if (method == RESET_CLOSE || method == RESET_ATTRIBUTE || method == RESET_PROTOCOL)
		return false;
	s->knowledge = k = calloc(1, sizeof(*k));
	if (!k)
		return false;
	bool ok = query_rows(s, snapshot_query, take_setting, &snapshot) && snapshot.process &&
		  !snapshot.settings.failed;
	const char *settings = buffer_str(&snapshot.settings);
	k->process = snapshot.process;
	ok = ok && (learn_reset(s, k, settings, false) ||
			   (!s->has_no_server_session && learn_reset(s, k, settings, true)));
	buffer_done(&snapshot.settings);
	return ok;
}

static void postgresql_forget(void *knowledge)
{
	struct knowledge *k = knowledge;

	if (!k)
		return;
	free(k->reset);
	free(k->process);
	free(k);
}

static const char *postgresql_describe_reset(const struct session *s)
{
	(void)s;
	return "the parts of DISCARD ALL in one statement, then the settings of the login again; "
	       "proved by running it at the login, in the server process of the login";
}

static const char *const names[] = {"PostgreSQL", NULL};

static const struct statement_rule rules[] = {
	{"LOAD", NULL, STATEMENT_POISONS},
	/* Of random(): nothing makes it unpredictable again. */
	{"SET", "SEED", STATEMENT_POISONS},
	{NULL, "SETSEED", STATEMENT_POISONS},
	{NULL, "DBLINK_CONNECT", STATEMENT_POISONS}, /* to another server, under a name */
	{NULL, "DBLINK_CONNECT_U", STATEMENT_POISONS},
	{"SET", "ROLE", STATEMENT_POISONS},
	{"SET", "AUTHORIZATION", STATEMENT_POISONS},
	{NULL, "PG_ADVISORY_LOCK", STATEMENT_LOCKS},
	{NULL, "PG_ADVISORY_LOCK_SHARED", STATEMENT_LOCKS},
	{NULL, "PG_TRY_ADVISORY_LOCK", STATEMENT_LOCKS},
	{NULL, "PG_TRY_ADVISORY_LOCK_SHARED", STATEMENT_LOCKS},
	{"DO", NULL, STATEMENT_LOCKS},
	{"CALL", NULL, STATEMENT_LOCKS},
	{"EXECUTE", NULL, STATEMENT_LOCKS},
};

static struct statement_filter filter;
static const struct statement_rules statement_rules = {
	.rules = rules,
	.count = array_size(rules),
	.has_plain_backquotes = true,
	.filter = &filter,
};

const struct profile profile_postgresql = {
	.name = "PostgreSQL",
	.dbms_names = names,
	.rules = &statement_rules,
	.validation_query = "SELECT 1",
	/* Each prepared one costs a round trip, about 110 us; a login 4 to 16 ms. */
	.statement_limit = 64,
	.dead_flag_is_local = true,
	.unlock_query = "SELECT pg_advisory_unlock_all()",
	.port_query = "SELECT inet_client_port()",
	.learn = postgresql_learn,
	.reset = postgresql_reset,
	.describe_reset = postgresql_describe_reset,
	.forget = postgresql_forget,
	.xa = &xa_postgresql,
};
