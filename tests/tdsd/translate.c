/* SPDX-License-Identifier: MIT */
#include "translation.h"

#include <stdlib.h>
#include <string.h>

static bool is_one_of(const struct word *w, const char *const *list)
{
	for (; *list; list++)
		if (word_is(w, *list))
			return true;
	return false;
}

/* --- pieces ----------------------------------------------------------------------------------- */

/* The index after the parenthesis that opens at `open`. */
static size_t after_parenthesis(const struct translation *t, size_t open)
{
	int depth = 0;

	for (size_t i = open; i < t->end; i++) {
		if (word_is_sign(&t->words[i], '('))
			depth++;
		else if (word_is_sign(&t->words[i], ')') && --depth == 0)
			return i + 1;
	}
	return t->end;
}

static void translate_range(struct translation *t, size_t from, size_t to)
{
	if (from < to && !translate(t->s, t->words, from, to, t->sql))
		t->failed = true;
}

static void append_declaration(struct translation *t, size_t from, size_t to)
{
	struct buffer text = BUFFER_EMPTY;

	for (size_t i = from; i < to; i++)
		buffer_append(&text, t->words[i].text, t->words[i].len);
	translation_quoted(t, buffer_str(&text), '\'');
	buffer_done(&text);
}

/* The last AS, or the first comma, between the parentheses' own. */
static size_t find_in_parenthesis(
	const struct translation *t, size_t open, size_t close, bool wants_as)
{
	size_t found = close;
	int depth = 0;

	for (size_t i = open + 1; i < close; i++) {
		depth += word_is_sign(&t->words[i], '(') - word_is_sign(&t->words[i], ')');
		if (depth > 0)
			continue;
		if (wants_as && word_is(&t->words[i], "as"))
			found = i;
		else if (!wants_as && word_is_sign(&t->words[i], ',') && found == close)
			found = i;
	}
	return found;
}

/* CAST(x AS t), and CONVERT(t, x [, style]) */
static void translate_cast(struct translation *t, bool is_convert)
{
	size_t open = t->at + 1, after = after_parenthesis(t, open), close = after - 1;
	size_t middle = find_in_parenthesis(t, open, close, !is_convert);
	size_t end = close;
	int depth = 0;

	if (is_convert) {
		for (size_t i = middle + 1; i < close && end == close; i++) {
			depth += word_is_sign(&t->words[i], '(') - word_is_sign(&t->words[i], ')');
			if (depth == 0 && word_is_sign(&t->words[i], ','))
				end = i;
		}
	}
	translation_text(t, "tds_cast((");
	translate_range(t, is_convert ? middle + 1 : open + 1, is_convert ? end : middle);
	translation_text(t, "),");
	append_declaration(t, is_convert ? open + 1 : middle + 1, is_convert ? middle : close);
	translation_text(t, ")");
	t->at = after;
}

/* TOP n, TOP (n): said at the end instead, as LIMIT. */
static void translate_top(struct translation *t)
{
	struct buffer limit = BUFFER_EMPTY;
	size_t from = t->at + 1, to = from + 1;

	if (word_is_sign(translation_peek(t, 1), '('))
		to = after_parenthesis(t, from);
	if (!translate(t->s, t->words, from, to < t->end ? to : t->end, &limit))
		t->failed = true;
	if (t->depth < DEPTH_MAX) {
		free(t->limits[t->depth]);
		t->limits[t->depth] = buffer_steal(&limit);
	}
	buffer_done(&limit);
	t->at = to;
}

static void append_limit(struct translation *t)
{
	if (t->depth < 0 || t->depth >= DEPTH_MAX || !t->limits[t->depth])
		return;
	buffer_printf(t->sql, " LIMIT %s ", t->limits[t->depth]);
	free(t->limits[t->depth]);
	t->limits[t->depth] = NULL;
}

/* INT IDENTITY(1,1) [NOT NULL] [PRIMARY KEY] */
static void translate_identity(struct translation *t)
{
	static const char *const swallowed[] = {"not", "null", "primary", "key", "clustered", NULL};

	t->at += 2;
	if (word_is_sign(translation_peek(t, 0), '('))
		t->at = after_parenthesis(t, t->at);
	while (is_one_of(translation_peek(t, 0), swallowed))
		t->at++;
	translation_text(t, "INTEGER PRIMARY KEY AUTOINCREMENT");
}

/* --- words ------------------------------------------------------------------------------------ */

static bool is_function(const struct translation *t, const char *name)
{
	return word_is(translation_peek(t, 0), name) && word_is_sign(translation_peek(t, 1), '(');
}

static const char *niladic(const struct word *w)
{
	static const char *const names[][2] = {{"current_user", "user_name()"},
		{"session_user", "user_name()"}, {"system_user", "suser_sname()"},
		{"current_timestamp", "getdate()"}};

	for (size_t i = 0; i < array_size(names); i++)
		if (word_is(w, names[i][0]))
			return names[i][1];
	return NULL;
}

/* WITH (NOLOCK) and its like; a common table expression has a name there. */
static bool is_hint(const struct translation *t)
{
	static const char *const hints[] = {"nolock", "rowlock", "updlock", "xlock", "holdlock",
		"tablock", "tablockx", "readpast", "serializable", "readuncommitted",
		"readcommitted", "repeatableread", "paglock", NULL};

	return word_is(translation_peek(t, 0), "with") &&
	       word_is_sign(translation_peek(t, 1), '(') &&
	       is_one_of(translation_peek(t, 2), hints);
}

/* True: a special word was dealt with. */
static bool translate_special(struct translation *t)
{
	const struct word *w = translation_peek(t, 0);

	if (is_function(t, "cast") || is_function(t, "convert")) {
		translate_cast(t, word_is(w, "convert"));
	} else if (is_function(t, "try_cast") || is_function(t, "try_convert")) {
		translate_cast(t, word_is(w, "try_convert"));
	} else if (is_function(t, "isnull") || is_function(t, "left") ||
		   is_function(t, "substring")) {
		translation_text(t, word_is(w, "isnull") ? "ifnull"
				    : word_is(w, "left") ? "tds_left"
							 : "substr");
		t->at++;
	} else if (word_is(w, "top") && t->at > 0 &&
		   (word_is(&t->words[t->at - 1], "select") ||
			   word_is(&t->words[t->at - 1], "distinct"))) {
		translate_top(t);
	} else if (word_is(translation_peek(t, 1), "identity") && word_is_name(w)) {
		translate_identity(t);
	} else if (is_hint(t)) {
		t->at = after_parenthesis(t, t->at + 1);
	} else if (word_is(w, "clustered") || word_is(w, "nonclustered")) {
		t->at++;
	} else if (niladic(w)) {
		translation_text(t, niladic(w));
		t->at++;
	} else {
		return false;
	}
	return true;
}

static bool is_keyword(const struct word *w)
{
	static const char *const keywords[] = {"select", "from", "where", "and", "or", "not",
		"null", "insert", "into", "values", "update", "set", "delete", "create", "table",
		"drop", "index", "view", "on", "as", "in", "is", "like", "between", "exists",
		"case", "when", "then", "else", "end", "order", "group", "by", "having", "join",
		"inner", "left", "right", "outer", "cross", "union", "all", "distinct", "except",
		"intersect", "asc", "desc", "primary", "key", "unique", "default", "check",
		"references", "foreign", "constraint", "with", "if", "limit", "offset", "add",
		"column", "alter", "collate", "escape", "full", "cascade", "using", "rename", "to",
		"recursive", "over", "partition", "rows", "range", "unbounded", "preceding",
		"following", "current", "no", "action", "restrict", NULL};

	return w->kind == WORD_NAME && is_one_of(w, keywords);
}

/* A function, or a column's type; after INTO and TABLE it is a name with columns behind it. */
static bool is_call(const struct translation *t)
{
	const struct word *w = translation_peek(t, 0);

	return word_is_sign(translation_peek(t, 1), '(') && w->text[0] != '#';
}

static void translate_binary(struct translation *t, const struct word *w)
{
	buffer_append_str(t->sql, w->len % 2 ? "X'0" : "X'");
	buffer_append(t->sql, w->text + 2, w->len - 2);
	translation_text(t, "'");
}

/* `+` between texts; only a literal beside it gives them away. */
static bool joins_texts(const struct translation *t)
{
	const struct word *after = translation_peek(t, 1),
			  *before = t->at > 0 ? &t->words[t->at - 1] : after;

	return before->kind == WORD_STRING || before->kind == WORD_NSTRING ||
	       after->kind == WORD_STRING || after->kind == WORD_NSTRING;
}

static void translate_sign(struct translation *t, const struct word *w)
{
	if (word_is_sign(w, '(')) {
		t->depth++;
		/* varchar(max) */
		if (word_is(translation_peek(t, 1), "max") &&
			word_is_sign(translation_peek(t, 2), ')')) {
			translation_text(t, "(0");
			t->at += 2;
			return;
		}
	} else if (word_is_sign(w, ')')) {
		append_limit(t);
		t->depth--;
	} else if (word_is_sign(w, '+') && joins_texts(t)) {
		translation_text(t, "||");
		t->at++;
		return;
	}
	translation_word(t, w);
	t->at++;
}

static void translate_call(struct translation *t, const struct word *w, const char *function)
{
	char name[NAME_SIZE];

	word_content(w, name, sizeof(name));
	buffer_append_str(t->sql, function);
	translation_quoted(t, name, '\'');
	translation_text(t, ")");
	t->at++;
}

/* A name or a text, as SET QUOTED_IDENTIFIER says. */
static void translate_quoted(struct translation *t, const struct word *w)
{
	char *text;

	if (t->s->settings.options & OPTION_QUOTED_IDENTIFIER) {
		translation_name(t);
		return;
	}
	text = word_content_new(w);
	translation_quoted(t, text ? text : "", '\'');
	translation_text(t, "");
	free(text);
	t->at++;
}

static void translate_word(struct translation *t)
{
	const struct word *w = translation_peek(t, 0);

	switch (w->kind) {
	case WORD_STRING:
	case WORD_NUMBER:
		translation_word(t, w);
		t->at++;
		return;
	case WORD_NSTRING:
		buffer_append(t->sql, w->text + 1, w->len - 1);
		translation_text(t, "");
		t->at++;
		return;
	case WORD_QUOTED:
		translate_quoted(t, w);
		return;
	case WORD_BINARY:
		translate_binary(t, w);
		t->at++;
		return;
	case WORD_VARIABLE:
		translate_call(t, w, "tds_variable(");
		return;
	case WORD_GLOBAL:
		translate_call(t, w, "tds_global(");
		return;
	case WORD_SIGN:
		translate_sign(t, w);
		return;
	case WORD_BRACKET:
		translation_name(t);
		return;
	case WORD_NAME:
		if (translate_special(t))
			return;
		if (is_keyword(w) || is_call(t)) {
			translation_word(t, w);
			t->at++;
		} else {
			translation_name(t);
		}
		return;
	case WORD_UNFINISHED:
	case WORD_END:
		session_error(t->s, 105, 15, 1, "Unclosed quotation mark or comment.");
		t->failed = true;
		t->at = t->end;
		return;
	}
}

bool translate(
	struct session *s, const struct word *words, size_t from, size_t to, struct buffer *to_sql)
{
	struct translation t = {.s = s, .words = words, .at = from, .end = to, .sql = to_sql};

	while (t.at < t.end && !t.failed)
		translate_word(&t);
	if (t.depth == 0)
		append_limit(&t);
	for (size_t i = 0; i < DEPTH_MAX; i++)
		free(t.limits[i]);
	return !t.failed && !to_sql->failed;
}
