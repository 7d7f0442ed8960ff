/* SPDX-License-Identifier: MIT */
/* What SQLite runs: queries, changes and definitions, after a translation. */
#include "commands.h"

#include "store.h"
#include "transaction.h"
#include "translate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TARGETS_MAX = 64 };

/* The index of a keyword at depth 0, or `to`. */
static size_t find_keyword(const struct batch *b, size_t from, size_t to, const char *keyword)
{
	int depth = 0;

	for (size_t i = from; i < to; i++) {
		depth += word_is_sign(&b->words[i], '(') - word_is_sign(&b->words[i], ')');
		if (depth == 0 && word_is(&b->words[i], keyword))
			return i;
	}
	return to;
}

static unsigned command_of(const struct word *verb)
{
	return word_is(verb, "insert")	 ? COMMAND_INSERT
	       : word_is(verb, "update") ? COMMAND_UPDATE
	       : word_is(verb, "delete") ? COMMAND_DELETE
	       : word_is(verb, "select") ? COMMAND_SELECT
					 : COMMAND_NONE;
}

/* SET IMPLICIT_TRANSACTIONS ON: these statements begin one. */
static void begin_implicitly(struct session *s)
{
	if (s->settings.options & OPTION_IMPLICIT_TRANSACTIONS && s->transaction.count == 0)
		transaction_begin(s);
}

static enum flow run(struct batch *b, const char *sql, const struct store_request *how)
{
	struct session *s = b->s;
	struct store_request request = *how;
	bool has_rows, is_counted;

	request.sql = sql;
	if (store_run(s, &request) != STORE_DONE)
		/* A broken rule ends the statement, anything else the batch. */
		return s->error == 2627 || s->error == 515 || s->error == 547 || s->error == 1222
			       ? FLOW_NEXT
			       : FLOW_ABORT;
	has_rows = request.mode == ROWS_TO_CLIENT && request.command == COMMAND_SELECT;
	is_counted = request.command != COMMAND_NONE && !(s->settings.options & OPTION_NOCOUNT);
	if (has_rows || (is_counted && request.mode != ROWS_TO_VARIABLES))
		session_done(
			s, is_counted ? DONE_COUNT : 0, request.command, (uint64_t)s->row_count);
	return FLOW_NEXT;
}

/* --- SELECT @a = x ---------------------------------------------------------------------------- */

struct targets {
	char *names[TARGETS_MAX];
	size_t count;
};

/* Copy the select list without its assignments. */
static bool strip_assignments(
	struct batch *b, size_t from, size_t list_end, struct buffer *sql, struct targets *targets)
{
	size_t start = from;
	int depth = 0;

	for (size_t i = from; i <= list_end; i++) {
		const struct word *w = command_word(b, i, list_end);
		depth += word_is_sign(w, '(') - word_is_sign(w, ')');
		if (i < list_end && (depth > 0 || !word_is_sign(w, ',')))
			continue;
		if (b->words[start].kind != WORD_VARIABLE ||
			!word_is_sign(&b->words[start + 1], '=') || targets->count == TARGETS_MAX)
			return false;
		targets->names[targets->count] = word_content_new(&b->words[start]);
		if (!targets->names[targets->count])
			return false;
		if (targets->count++ > 0)
			buffer_append_char(sql, ',');
		if (!translate(b->s, b->words, start + 2, i, sql))
			return false;
		start = i + 1;
	}
	return true;
}

static enum flow select_variables(struct batch *b, size_t from, size_t to)
{
	struct buffer sql = BUFFER_EMPTY;
	struct targets targets = {.count = 0};
	struct store_request request = {.mode = ROWS_TO_VARIABLES};
	size_t list_end = find_keyword(b, from, to, "from");
	enum flow flow = FLOW_ABORT;

	buffer_append_str(&sql, "SELECT ");
	if (!strip_assignments(b, from + 1, list_end, &sql, &targets)) {
		flow = command_syntax_error(b, from + 1, to);
	} else if (translate(b->s, b->words, list_end, to, &sql)) {
		request.targets = targets.names;
		request.target_count = targets.count;
		flow = run(b, buffer_str(&sql), &request);
	}
	for (size_t i = 0; i < targets.count; i++)
		free(targets.names[i]);
	buffer_done(&sql);
	return flow;
}

/* --- all the rest ----------------------------------------------------------------------------- */

/* SELECT list INTO t FROM ...: CREATE TABLE t AS SELECT list FROM ... */
static enum flow select_into(struct batch *b, size_t from, size_t into, size_t to)
{
	struct word *words = calloc(to - from + 3, sizeof(*words));
	struct store_request request = {.mode = ROWS_COUNTED, .command = COMMAND_SELECT};
	struct buffer sql = BUFFER_EMPTY;
	size_t count = 0, after = into + 2;
	enum flow flow = FLOW_ABORT;

	if (!words)
		return FLOW_ABORT;
	while (word_is_sign(command_word(b, after, to), '.'))
		after += word_is_name(command_word(b, after + 1, to)) ? 2 : 1;
	words[count++] = (struct word){WORD_NAME, "CREATE", 6, 1};
	words[count++] = (struct word){WORD_NAME, "TABLE", 5, 1};
	for (size_t i = into + 1; i < after && i < to; i++)
		words[count++] = b->words[i];
	if (translate(b->s, words, 0, count, &sql)) {
		buffer_append_str(&sql, " AS ");
		if (translate(b->s, b->words, from, into, &sql) &&
			translate(b->s, b->words, after, to, &sql))
			flow = run(b, buffer_str(&sql), &request);
	}
	buffer_done(&sql);
	free(words);
	return flow;
}

/* The words that T-SQL allows to leave out: INSERT [INTO], DELETE [FROM]; and TRUNCATE TABLE. */
static size_t append_verb(const struct batch *b, size_t from, size_t to, struct buffer *sql)
{
	const struct word *verb = &b->words[from], *next = command_word(b, from + 1, to);

	if (word_is(verb, "insert")) {
		buffer_append_str(sql, "INSERT INTO ");
		return from + 1 + word_is(next, "into");
	}
	if (word_is(verb, "delete")) {
		buffer_append_str(sql, "DELETE FROM ");
		return from + 1 + word_is(next, "from");
	}
	if (word_is(verb, "truncate")) {
		buffer_append_str(sql, "DELETE FROM ");
		return from + 2;
	}
	return from;
}

static enum flow create_database(struct batch *b)
{
	session_error(b->s, 262, 14, 1,
		"CREATE DATABASE permission denied: tdsd's databases are its options.");
	return FLOW_ABORT;
}

enum flow command_query(struct batch *b, size_t from, size_t to)
{
	struct buffer sql = BUFFER_EMPTY;
	const struct word *verb = &b->words[from], *next = command_word(b, from + 1, to);
	struct store_request request = {.command = command_of(verb)};
	size_t into = find_keyword(b, from, to, "into"), start;
	enum flow flow = FLOW_ABORT;

	if (word_is(verb, "create") && word_is(next, "database"))
		return create_database(b);
	if ((word_is(verb, "create") || word_is(verb, "alter") || word_is(verb, "drop")) &&
		command_word_in(next, (const char *const[]){"procedure", "proc", "login", "user",
					      "role", "application", NULL})) {
		session_error(b->s, 50000, 16, 1, "tdsd has no %.*s.", (int)next->len, next->text);
		return FLOW_ABORT;
	}
	if (!(b->s->settings.options & OPTION_FMTONLY))
		begin_implicitly(b->s);
	if (word_is(verb, "select") && next->kind == WORD_VARIABLE &&
		word_is_sign(command_word(b, from + 2, to), '='))
		return select_variables(b, from, to);
	if (word_is(verb, "select") && into < to)
		return select_into(b, from, into, to);
	start = append_verb(b, from, to, &sql);
	request.mode = word_is(verb, "select") || word_is(verb, "with") ? ROWS_TO_CLIENT
		       : find_keyword(b, from, to, "returning") < to	? ROWS_TO_CLIENT
									: ROWS_COUNTED;
	if (word_is(verb, "with"))
		request.command = COMMAND_SELECT;
	if (b->s->settings.options & OPTION_FMTONLY)
		request.mode = ROWS_DESCRIBED;
	if (translate(b->s, b->words, start, to, &sql))
		flow = run(b, buffer_str(&sql), &request);
	buffer_done(&sql);
	return flow;
}
