/* SPDX-License-Identifier: MIT */
/* DECLARE, of variables and of cursors, and what is done with the latter. */
#include "commands.h"

#include "store.h"
#include "translate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The end of a type: a name, perhaps with a parenthesis. */
static size_t type_end(const struct batch *b, size_t from, size_t to)
{
	size_t i = from + 1;

	if (word_is_sign(command_word(b, i, to), '('))
		while (i < to && !word_is_sign(&b->words[i++], ')'))
			continue;
	return i;
}

static struct type read_type(const struct batch *b, size_t from, size_t to)
{
	struct buffer text = BUFFER_EMPTY;
	struct type type;

	for (size_t i = from; i < to; i++)
		buffer_append(&text, b->words[i].text, b->words[i].len);
	type = type_of_declaration(buffer_str(&text));
	buffer_done(&text);
	return type;
}

/* The comma at depth 0, or the end. */
static size_t initial_end(const struct batch *b, size_t from, size_t to)
{
	int depth = 0;

	for (; from < to; from++) {
		depth += word_is_sign(&b->words[from], '(') - word_is_sign(&b->words[from], ')');
		if (depth == 0 && word_is_sign(&b->words[from], ','))
			break;
	}
	return from;
}

static enum flow declare_variables(struct batch *b, size_t at, size_t to)
{
	while (at < to) {
		char name[NAME_SIZE];
		size_t from = at + 1 + word_is(command_word(b, at + 1, to), "as"), end;
		struct item *item;
		struct type type;

		if (b->words[at].kind != WORD_VARIABLE || from >= to)
			return command_syntax_error(b, at, to);
		word_content(&b->words[at], name, sizeof(name));
		end = type_end(b, from, to);
		type = read_type(b, from, end);
		item = item_get(&b->s->variables, name);
		if (!item || type.kind == TYPE_UNKNOWN)
			return command_syntax_error(b, from, to);
		value_done(&item->value);
		item->value.type = type;
		at = end;
		if (word_is_sign(command_word(b, at, to), '=')) {
			struct value v;
			end = initial_end(b, at, to);
			if (!command_evaluate(b, at + 1, end, &v))
				return FLOW_ABORT;
			v.type = type;
			item->value = v;
			at = end;
		}
		at += word_is_sign(command_word(b, at, to), ',');
	}
	return FLOW_NEXT;
}

/* DECLARE c [SCROLL ...] CURSOR [GLOBAL ...] FOR SELECT ... */
static enum flow declare_cursor(struct batch *b, size_t at, size_t to)
{
	struct buffer sql = BUFFER_EMPTY;
	char name[NAME_SIZE];
	struct item *cursor;
	size_t query = at;

	while (query < to && !word_is(&b->words[query], "for"))
		query++;
	if (query == to)
		return command_syntax_error(b, at, to);
	word_content(&b->words[at], name, sizeof(name));
	if (item_find(b->s->cursors, name)) {
		session_error(
			b->s, 16915, 16, 1, "A cursor with the name '%s' already exists.", name);
		return FLOW_NEXT;
	}
	if (!translate(b->s, b->words, query + 1, to, &sql)) {
		buffer_done(&sql);
		return FLOW_ABORT;
	}
	cursor = item_add(&b->s->cursors, name);
	if (cursor)
		cursor->text = buffer_steal(&sql);
	buffer_done(&sql);
	return cursor ? FLOW_NEXT : FLOW_ABORT;
}

enum flow command_declare(struct batch *b, size_t from, size_t to)
{
	if (command_word(b, from + 1, to)->kind == WORD_VARIABLE)
		return declare_variables(b, from + 1, to);
	return declare_cursor(b, from + 1, to);
}

static enum flow fetch(struct batch *b, struct item *cursor)
{
	char *sql = sqlite3_mprintf("SELECT * FROM (%s) LIMIT 1 OFFSET %lld", cursor->text,
		(long long)cursor->position);
	enum flow flow = sql ? command_run_sql(b, sql) : FLOW_ABORT;

	sqlite3_free(sql);
	if (flow == FLOW_NEXT)
		b->s->fetch_status = b->s->row_count > 0 ? 0 : -1;
	cursor->position++;
	return flow;
}

/* OPEN, CLOSE, FETCH [NEXT FROM], DEALLOCATE [GLOBAL] c */
enum flow command_cursor(struct batch *b, size_t from, size_t to)
{
	static const char *const noise[] = {"next", "from", "global", NULL};
	const struct word *verb = &b->words[from];
	char name[NAME_SIZE];
	struct item *cursor;
	size_t at = from + 1;

	while (command_word_in(command_word(b, at, to), noise))
		at++;
	word_content(command_word(b, at, to), name, sizeof(name));
	cursor = item_find(b->s->cursors, name);
	if (!cursor) {
		session_error(
			b->s, 16916, 16, 1, "A cursor with the name '%s' does not exist.", name);
		return FLOW_NEXT;
	}
	if (word_is(verb, "deallocate")) {
		item_remove(&b->s->cursors, cursor);
	} else if (word_is(verb, "open") && !cursor->is_open) {
		cursor->is_open = true;
		cursor->position = 0;
	} else if (word_is(verb, "open")) {
		session_error(b->s, 16905, 16, 1, "The cursor is already open.");
	} else if (!cursor->is_open) {
		session_error(b->s, 16917, 16, 1, "Cursor is not open.");
	} else if (word_is(verb, "close")) {
		cursor->is_open = false;
	} else {
		return fetch(b, cursor);
	}
	return FLOW_NEXT;
}
