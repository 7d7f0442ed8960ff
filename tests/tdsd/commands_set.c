/* SPDX-License-Identifier: MIT */
/* SET in all its forms, and DBCC USEROPTIONS that reads it again. */
#include "commands.h"

#include "server.h"
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* SET TRANSACTION ISOLATION LEVEL x */
static enum flow set_isolation(struct batch *b, size_t at, size_t to)
{
	const struct word *w = command_word(b, at, to), *next = command_word(b, at + 1, to);

	if (word_is(w, "read") && word_is(next, "uncommitted"))
		b->s->isolation = ISOLATION_READ_UNCOMMITTED;
	else if (word_is(w, "read") && word_is(next, "committed"))
		b->s->isolation = ISOLATION_READ_COMMITTED;
	else if (word_is(w, "repeatable") && word_is(next, "read"))
		b->s->isolation = ISOLATION_REPEATABLE_READ;
	else if (word_is(w, "serializable"))
		b->s->isolation = ISOLATION_SERIALIZABLE;
	else if (word_is(w, "snapshot"))
		b->s->isolation = ISOLATION_SNAPSHOT;
	else
		return command_syntax_error(b, at, to);
	return FLOW_NEXT;
}

/* SET @x = expression, also += */
static enum flow set_variable(struct batch *b, size_t at, size_t to)
{
	struct value v;

	if (!word_is_sign(command_word(b, at + 1, to), '='))
		return command_syntax_error(b, at + 1, to);
	if (!command_evaluate(b, at + 2, to, &v))
		return FLOW_ABORT;
	return command_assign(b, &b->words[at], &v) ? FLOW_NEXT : FLOW_ABORT;
}

/* The value of a SET option that is a number, a word, a literal or a variable. */
static bool option_value(struct batch *b, size_t at, size_t to, struct value *ret)
{
	const struct word *w = command_word(b, at, to);

	*ret = (struct value){.kind = VALUE_NULL};
	if (w->kind == WORD_NAME || w->kind == WORD_BRACKET)
		return value_set_bytes(ret, VALUE_TEXT, w->text, w->len);
	return command_evaluate(b, at, to, ret);
}

static enum flow set_context_info(struct batch *b, const struct value *v)
{
	struct session *s = b->s;

	if (v->kind != VALUE_BLOB || v->len > sizeof(s->context_info)) {
		session_error(s, 8115, 16, 2, "SET CONTEXT_INFO needs up to 128 bytes of binary.");
		return FLOW_NEXT;
	}
	memset(s->context_info, 0, sizeof(s->context_info));
	memcpy(s->context_info, v->data, v->len);
	s->context_info_len = v->len;
	return FLOW_NEXT;
}

static enum flow set_language(struct batch *b, const struct value *v)
{
	struct session *s = b->s;
	char before[sizeof(s->settings.language)];

	snprintf(before, sizeof(before), "%s", s->settings.language);
	if (v->kind != VALUE_TEXT || !settings_set_language(&s->settings, v->data)) {
		session_error(s, 2741, 16, 1,
			"SET LANGUAGE failed because '%s' is not an official language name.",
			v->data ? v->data : "");
		return FLOW_NEXT;
	}
	session_finish_pending(s);
	token_env_text(&s->channel, ENV_LANGUAGE, s->settings.language, before);
	session_error(s, 5703, 10, 1, "Changed language setting to %s.", s->settings.language);
	return FLOW_NEXT;
}

/* An option with a value. False: `name` is none of them. */
static bool set_value(struct batch *b, const char *name, const struct value *v, enum flow *ret_flow)
{
	struct settings *settings = &b->s->settings;
	int64_t n = value_as_integer(v);

	*ret_flow = FLOW_NEXT;
	if (strcasecmp(name, "lock_timeout") == 0)
		settings->lock_timeout = (int32_t)n;
	else if (strcasecmp(name, "textsize") == 0)
		settings->text_size = n == 0 ? 4096 : n < 0 ? 2147483647 : n;
	else if (strcasecmp(name, "datefirst") == 0)
		settings->date_first = n >= 1 && n <= 7 ? (int)n : settings->date_first;
	else if (strcasecmp(name, "rowcount") == 0)
		settings->row_count = n;
	else if (strcasecmp(name, "deadlock_priority") == 0)
		settings->deadlock_priority = v->kind != VALUE_TEXT		 ? (int)n
					      : strcasecmp(v->data, "low") == 0	 ? -5
					      : strcasecmp(v->data, "high") == 0 ? 5
										 : 0;
	else if (strcasecmp(name, "query_governor_cost_limit") == 0)
		settings->query_governor = n;
	else if (strcasecmp(name, "dateformat") == 0)
		snprintf(settings->date_format, sizeof(settings->date_format), "%s",
			v->data ? v->data : "");
	else if (strcasecmp(name, "language") == 0)
		*ret_flow = set_language(b, v);
	else if (strcasecmp(name, "context_info") == 0)
		*ret_flow = set_context_info(b, v);
	else
		return false;
	return true;
}

/* SET a, b, STATISTICS IO ON */
static enum flow set_switches(struct batch *b, size_t at, size_t to)
{
	const struct word *last = command_word(b, to - 1, to);
	uint32_t bits = 0;

	for (; at + 1 < to; at++) {
		char name[NAME_SIZE], second[NAME_SIZE];
		if (word_is_sign(&b->words[at], ','))
			continue;
		word_content(&b->words[at], name, sizeof(name));
		if (strcasecmp(name, "statistics") == 0) {
			word_content(command_word(b, ++at, to), second, sizeof(second));
			snprintf(name, sizeof(name), "statistics %.20s", second);
		}
		if (strcasecmp(name, "ansi_defaults") == 0)
			bits |= OPTION_QUOTED_IDENTIFIER | OPTION_ANSI_NULLS |
				OPTION_ANSI_WARNINGS | OPTION_ANSI_PADDING |
				OPTION_ANSI_NULL_DFLT_ON | OPTION_CURSOR_CLOSE_ON_COMMIT |
				OPTION_IMPLICIT_TRANSACTIONS;
		else if (settings_option(name))
			bits |= settings_option(name);
		else if (strcasecmp(name, "no_browsetable") != 0 &&
			 strcasecmp(name, "remote_proc_transactions") != 0) {
			session_error(
				b->s, 195, 15, 7, "'%s' is not a recognized SET option.", name);
			return FLOW_ABORT;
		}
	}
	if (word_is(last, "on"))
		b->s->settings.options |= bits;
	else
		b->s->settings.options &= ~bits;
	return FLOW_NEXT;
}

enum flow command_set(struct batch *b, size_t from, size_t to)
{
	const struct word *w = command_word(b, from + 1, to);
	char name[NAME_SIZE];
	struct value v;
	enum flow flow;

	if (w->kind == WORD_VARIABLE)
		return set_variable(b, from + 1, to);
	if (word_is(w, "transaction"))
		return set_isolation(b, from + 4, to);
	word_content(w, name, sizeof(name));
	if (word_is(&b->words[to - 1], "on") || word_is(&b->words[to - 1], "off"))
		return set_switches(b, from + 1, to);
	if (to - from < 3)
		return command_syntax_error(b, to, to);
	if (!option_value(b, from + 2, to, &v))
		return FLOW_ABORT;
	if (!set_value(b, name, &v, &flow))
		flow = command_syntax_error(b, from + 1, to);
	value_done(&v);
	return flow;
}

static void add_row(struct buffer *sql, const char *option, const char *value)
{
	buffer_printf(sql, "%s SELECT CAST('%s' AS TEXT) AS [Set Option], '%s' AS [Value]",
		sql->len ? " UNION ALL" : "", option, value);
}

static void add_number(struct buffer *sql, const char *option, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	add_row(sql, option, text);
}

/* "DBCC USEROPTIONS (Transact-SQL)" */
enum flow command_dbcc(struct batch *b, size_t from, size_t to)
{
	struct settings *settings = &b->s->settings;
	struct buffer sql = BUFFER_EMPTY;
	unsigned position = 0;
	const char *on;
	enum flow flow;

	if (!word_is(command_word(b, from + 1, to), "useroptions")) {
		session_error(b->s, 2526, 16, 1,
			"Incorrect DBCC statement: only USEROPTIONS is known here.");
		return FLOW_ABORT;
	}
	add_number(&sql, "textsize", settings->text_size);
	add_row(&sql, "language", settings->language);
	add_row(&sql, "dateformat", settings->date_format);
	add_number(&sql, "datefirst", settings->date_first);
	add_number(&sql, "lock_timeout", settings->lock_timeout);
	if (settings->row_count)
		add_number(&sql, "rowcount", settings->row_count);
	while ((on = settings_next_on(settings, &position)))
		add_row(&sql, on, "SET");
	add_row(&sql, "isolation level", settings_isolation_name(b->s->isolation));
	flow = command_run_sql(b, buffer_str(&sql));
	buffer_done(&sql);
	return flow;
}
