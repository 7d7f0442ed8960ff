/* SPDX-License-Identifier: MIT */
/* Names: of up to four parts, temporary ones, and those of catalog views. */
#include "translation.h"

#include "server.h"
#include "store.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

const struct word *translation_peek(const struct translation *t, size_t ahead)
{
	static const struct word nothing = {WORD_END, "", 0, 0};

	return t->at + ahead < t->end ? &t->words[t->at + ahead] : &nothing;
}

void translation_word(struct translation *t, const struct word *w)
{
	buffer_append(t->sql, w->text, w->len);
	buffer_append_char(t->sql, ' ');
}

void translation_text(struct translation *t, const char *text)
{
	buffer_append_str(t->sql, text);
	buffer_append_char(t->sql, ' ');
}

void translation_quoted(struct translation *t, const char *text, char quote)
{
	buffer_append_char(t->sql, quote);
	for (; *text; text++) {
		if (*text == quote)
			buffer_append_char(t->sql, quote);
		buffer_append_char(t->sql, *text);
	}
	buffer_append_char(t->sql, quote);
}

/* `a.b.c`, `a..c`: at most four parts, some of them empty. */
static size_t name_parts(struct translation *t, char parts[4][NAME_SIZE], size_t *ret_words)
{
	size_t count = 0, i = 0;

	for (;;) {
		parts[count][0] = '\0';
		if (word_is_name(translation_peek(t, i)))
			word_content(translation_peek(t, i++), parts[count], NAME_SIZE);
		count++;
		if (count == 4 || !word_is_sign(translation_peek(t, i), '.'))
			break;
		if (!word_is_name(translation_peek(t, i + 1)) &&
			!word_is_sign(translation_peek(t, i + 1), '.'))
			break;
		i++;
	}
	*ret_words = i;
	return count;
}

static bool is_schema(const char *name)
{
	return name[0] == '\0' || strcasecmp(name, "dbo") == 0 || strcasecmp(name, "guest") == 0;
}

static bool is_system_schema(const char *name)
{
	return strcasecmp(name, "sys") == 0 || strcasecmp(name, "information_schema") == 0;
}

/* After CREATE TABLE a temporary table says where it is to be. */
static bool is_being_created(const struct translation *t)
{
	return t->at > 1 && word_is(&t->words[t->at - 1], "table") &&
	       word_is(&t->words[t->at - 2], "create");
}

static void append_identifier(struct translation *t, const char *name)
{
	struct session *s = t->s;

	if (name[0] != '#') {
		/* What is in double quotes and unknown SQLite takes for a text. */
		if (strchr(name, ']'))
			translation_quoted(t, name, '"');
		else
			buffer_printf(t->sql, "[%s]", name);
		return;
	}
	if (name[1] == '#' && !store_attach(s, "tempdb"))
		t->failed = true;
	if (is_being_created(t)) {
		bool is_global = name[1] == '#';
		buffer_append_str(t->sql, !is_global				   ? "local."
					  : strcasecmp(s->database, "tempdb") == 0 ? "main."
										   : "tempdb.");
		s->has_temp_tables = true;
		if (is_global && !item_get(&s->global_tables, name))
			t->failed = true;
	}
	translation_quoted(t, name, '"');
}

/* A name of several parts: database and schema in front are not SQLite's. */
void translation_name(struct translation *t)
{
	char parts[4][NAME_SIZE];
	size_t words, count = name_parts(t, parts, &words), i = 0;
	const char *database = t->s->database, *named;

	/* The name of a type, too, which must stay bare. */
	if (count == 1 && translation_peek(t, 0)->kind == WORD_NAME && parts[0][0] != '#' &&
		!catalog_is_compatible(parts[0])) {
		/* A word of SQLite's own, such as NOTHING, is a name in T-SQL. */
		if (sqlite3_keyword_check(parts[0], (int)strlen(parts[0])))
			append_identifier(t, parts[0]);
		else
			translation_word(t, translation_peek(t, 0));
		t->at++;
		return;
	}
	if (count >= 3 && (is_schema(parts[1]) || is_system_schema(parts[1])) &&
		(named = store_find(t->s->server->store, parts[0]))) {
		i = 1;
		database = named;
		if (is_schema(parts[1]) && parts[2][0] != '#' &&
			strcasecmp(database, t->s->database) != 0 &&
			!catalog_is_compatible(parts[2])) {
			t->failed = !store_attach(t->s, database) || t->failed;
			translation_quoted(t, database, '"');
			buffer_append_char(t->sql, '.');
		}
	}
	if (count >= i + 2 && is_system_schema(parts[i])) {
		if (!catalog_view(t->s, database, parts[i + 1], t->sql)) {
			session_error(t->s, 208, 16, 1, "Invalid object name '%s.%s'.", parts[i],
				parts[i + 1]);
			t->failed = true;
		}
		t->at += words;
		return;
	}
	if (count >= i + 2 && is_schema(parts[i]))
		i++;
	for (; i < count; i++) {
		if (i == count - 1 && catalog_is_compatible(parts[i]) &&
			catalog_view(t->s, database, parts[i], t->sql))
			break;
		append_identifier(t, parts[i]);
		buffer_append_char(t->sql, i + 1 < count ? '.' : ' ');
	}
	t->at += words;
}
