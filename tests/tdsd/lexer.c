/* SPDX-License-Identifier: MIT */
#include "lexer.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_name_character(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '#' || c == '$' || c == '@' ||
	       (unsigned char)c >= 0x80;
}

static const char *skip_blanks(const char *p, unsigned *line, bool *ret_is_open)
{
	for (;; p++) {
		if (*p == '\n')
			++*line;
		else if (p[0] == '-' && p[1] == '-')
			p += strcspn(p, "\n") - 1;
		else if (p[0] == '/' && p[1] == '*') {
			int depth = 1;
			for (p += 2; depth > 0 && *p; p++) {
				*line += *p == '\n';
				if (p[0] == '*' && p[1] == '/')
					depth--, p++;
				else if (p[0] == '/' && p[1] == '*')
					depth++, p++;
			}
			*ret_is_open = depth > 0;
			if (*ret_is_open)
				return p;
			p--;
		} else if (!isspace((unsigned char)*p)) {
			return p;
		}
	}
}

/* The end of what begins with a quote at p; NULL: it has none. Doubled quotes are part of it. */
static const char *end_of_quote(const char *p, char closing)
{
	for (p++; *p; p++) {
		if (*p != closing)
			continue;
		if (p[1] != closing)
			return p + 1;
		p++;
	}
	return NULL;
}

static const char *end_of_number(const char *p)
{
	while (isdigit((unsigned char)*p) || *p == '.')
		p++;
	if ((*p | 0x20) == 'e' &&
		(isdigit((unsigned char)p[1]) ||
			((p[1] == '+' || p[1] == '-') && isdigit((unsigned char)p[2]))))
		for (p += 2; isdigit((unsigned char)*p);)
			p++;
	return p;
}

static const char *quoted(struct word *w, const char *p, enum token_kind kind, char closing)
{
	const char *end = end_of_quote(p, closing);

	w->kind = end ? kind : WORD_UNFINISHED;
	return end ? end : p + strlen(p);
}

static const char *read_word(struct word *w, const char *p)
{
	static const char *const pairs[] = {"<=", ">=", "<>", "!=", "+=", "-=", "||", "::"};

	if ((*p == 'N' || *p == 'n') && p[1] == '\'')
		return quoted(w, p + 1, WORD_NSTRING, '\'');
	if (*p == '\'')
		return quoted(w, p, WORD_STRING, '\'');
	if (*p == '"')
		return quoted(w, p, WORD_QUOTED, '"');
	if (*p == '[')
		return quoted(w, p, WORD_BRACKET, ']');
	if (p[0] == '0' && (p[1] | 0x20) == 'x') {
		w->kind = WORD_BINARY;
		for (p += 2; isxdigit((unsigned char)*p);)
			p++;
		return p;
	}
	if (isdigit((unsigned char)*p) || (*p == '.' && isdigit((unsigned char)p[1]))) {
		w->kind = WORD_NUMBER;
		return end_of_number(p);
	}
	if (is_name_character(*p) && *p != '$') {
		w->kind = p[0] != '@' ? WORD_NAME : p[1] == '@' ? WORD_GLOBAL : WORD_VARIABLE;
		while (is_name_character(*p))
			p++;
		return p;
	}
	w->kind = WORD_SIGN;
	for (size_t i = 0; i < array_size(pairs); i++)
		if (strncmp(p, pairs[i], 2) == 0)
			return p + 2;
	return p + 1;
}

bool words_split(const char *text, struct words *ret)
{
	struct words words = {NULL, 0};
	size_t capacity = 0;
	unsigned line = 1;
	bool is_open = false;

	for (const char *p = text;;) {
		struct word w;
		p = skip_blanks(p, &line, &is_open);
		w = (struct word){is_open ? WORD_UNFINISHED : WORD_END, p, 0, line};
		if (*p)
			p = read_word(&w, p);
		w.len = (size_t)(p - w.text);
		for (size_t i = 0; i < w.len; i++)
			line += w.text[i] == '\n';
		if (words.count == capacity) {
			struct word *more;
			capacity = capacity ? capacity * 2 : 64;
			more = realloc(words.list, capacity * sizeof(*more));
			if (!more) {
				words_done(&words);
				return false;
			}
			words.list = more;
		}
		words.list[words.count++] = w;
		is_open = false;
		if (w.kind == WORD_END)
			break;
	}
	*ret = words;
	return true;
}

void words_done(struct words *w)
{
	free(w->list);
	*w = (struct words){NULL, 0};
}

bool word_is(const struct word *w, const char *keyword)
{
	return (w->kind == WORD_NAME || w->kind == WORD_GLOBAL || w->kind == WORD_SIGN) &&
	       strlen(keyword) == w->len && strncasecmp(w->text, keyword, w->len) == 0;
}

bool word_is_sign(const struct word *w, char sign)
{
	return w->kind == WORD_SIGN && w->len == 1 && w->text[0] == sign;
}

bool word_is_name(const struct word *w)
{
	return w->kind == WORD_NAME || w->kind == WORD_BRACKET || w->kind == WORD_QUOTED;
}

void word_content(const struct word *w, char *ret, size_t size)
{
	size_t skip = w->kind == WORD_NSTRING ? 2 : 1, n = 0;
	char closing;

	if (w->kind != WORD_NSTRING && w->kind != WORD_STRING && w->kind != WORD_QUOTED &&
		w->kind != WORD_BRACKET) {
		n = w->len < size - 1 ? w->len : size - 1;
		memcpy(ret, w->text, n);
		ret[n] = '\0';
		return;
	}
	closing = w->text[w->len - 1];
	for (size_t i = skip; i + 1 < w->len && n + 1 < size; i++) {
		ret[n++] = w->text[i];
		if (w->text[i] == closing)
			i++;
	}
	ret[n] = '\0';
}

char *word_content_new(const struct word *w)
{
	char *text = malloc(w->len + 1);

	if (text)
		word_content(w, text, w->len + 1);
	return text;
}
