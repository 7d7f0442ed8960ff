/* SPDX-License-Identifier: MIT */
/*
 * PostgreSQL under psqlODBC.
 *
 * DISCARD ALL would undo what the driver itself has set at its login: dates and texts would come
 * back wrong (DateStyle, client_encoding, extra_float_digits). So the settings of the session are
 * remembered after the login and put back at the end of each reset, which is one round trip: the
 * parts of DISCARD ALL, which itself cannot stand in a text with others.
 */
#include "base/buffer.h"
#include "base/compiler.h"
#include "dbms/profile.h"
#include "driver/query.h"

#include <stdlib.h>
#include <string.h>

/*
 * The order matters: the text begins with SET search_path, for that is how psqlODBC notices that
 * what it remembers of the current schema is stale; SESSION AUTHORIZATION before RESET ALL, which
 * needs the rights of the one who logged in; the sequences last, for they may be used by what is
 * dropped.
 */
static const char reset_text[] = "SET search_path TO DEFAULT; CLOSE ALL; "
				 "SET SESSION AUTHORIZATION DEFAULT; RESET ALL; DEALLOCATE ALL; "
				 "UNLISTEN *; SELECT pg_advisory_unlock_all(); DISCARD PLANS; "
				 "DISCARD TEMP; DISCARD SEQUENCES";

/* E'' is the same whatever standard_conforming_strings says. */
static void add_escape_string(struct buffer *to, const char *text)
{
	buffer_append_char(to, 'E');
	query_add_literal(to, text);
}

/* set_config() takes the text that pg_settings gives; SET would want lists in their own syntax. */
static void append_setting(void *arg, const char *const *columns, unsigned count)
{
	struct buffer *to = arg;

	if (count < 2 || !columns[0] || !columns[1])
		return;
	buffer_append_str(to, "; SELECT set_config(");
	add_escape_string(to, columns[0]);
	buffer_append_str(to, ", ");
	add_escape_string(to, columns[1]);
	buffer_append_str(to, ", false)");
}

static bool postgresql_reset(struct session *s)
{
	return query_run(s, s->knowledge);
}

static bool postgresql_learn(struct session *s, enum reset_method method)
{
	struct buffer text = BUFFER_EMPTY;

	if (method == RESET_CLOSE || method == RESET_ATTRIBUTE || method == RESET_PROTOCOL)
		return false;
	buffer_append_str(&text, reset_text);
	bool ok = query_rows(s, "SELECT name, setting FROM pg_settings WHERE source = 'session'",
		append_setting, &text);
	s->knowledge = ok ? buffer_steal(&text) : NULL;
	buffer_done(&text);
	/* Tried at once: a pooler between us and the server may refuse parts of it. */
	return s->knowledge && postgresql_reset(s);
}

static const char *postgresql_describe_reset(const struct session *s)
{
	(void)s;
	return "the parts of DISCARD ALL in one statement, then the settings of the login again; "
	       "proved by running it at the login";
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

static const struct statement_rules statement_rules = {
	.rules = rules,
	.count = array_size(rules),
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
	.forget = free,
};
