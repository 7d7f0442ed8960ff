/* SPDX-License-Identifier: MIT */
#include "dbms/statement_rules.h"

#include "base/compiler.h"
#include "dbms/statement_filter.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What a character begins or continues. */
enum kind {
	OTHER,
	WORD,
	QUOTE,
	SLASH,
	DASH,
	SEMICOLON,
	BRACKET,
	HASH,
	UNSURE,
};

static const unsigned char kinds[128] = {
	['a' ... 'z'] = WORD,
	['A' ... 'Z'] = WORD,
	['0' ... '9'] = WORD,
	['_'] = WORD,
	['\''] = QUOTE,
	['"'] = QUOTE,
	['`'] = QUOTE,
	['/'] = SLASH,
	['-'] = DASH,
	[';'] = SEMICOLON,
	['['] = BRACKET,
	['$'] = UNSURE, /* PostgreSQL: $tag$ quotes */
	['#'] = HASH,	/* MariaDB: a comment to the end of the line */
};

/* A word, or the part of it that matters, in capitals. */
struct word {
	char text[STATEMENT_WORD_MAX +
		  2]; /* one more than any rule has, so that longer ones differ */
	size_t len;
};

struct look {
	const struct statement_rules *rules;
	uint32_t letters; /* of the first letters of all rules, so that most words need no
			     comparison */
	unsigned flags;
	/* The text's meaning depends on the database from here on: nothing is skipped any more. */
	bool is_raw;
	bool is_transact_sql;
	bool is_begun; /* the text has had its first word */
	struct word first;
	struct word before;
	struct word word;
};

static uint32_t letter_bit(char c)
{
	return c >= 'A' && c <= 'Z' ? 1u << (c - 'A') : 1u << 31;
}

static bool word_is(const struct word *w, const char *text)
{
	return strcmp(w->text, text) == 0;
}

/* In raw mode it is not known where statements begin, so that a word tells alone. */
static bool rule_applies(const struct look *l, const struct statement_rule *r)
{
	if (l->is_transact_sql)
		return word_is(&l->word, r->word) && (!r->first || word_is(&l->before, r->first));
	if (!r->word)
		return word_is(l->is_raw ? &l->word : &l->first, r->first);
	return word_is(&l->word, r->word) &&
	       (!r->first || l->is_raw || word_is(&l->first, r->first));
}

static int compare_words(const void *word, const void *known)
{
	return strcmp(word, *(const char *const *)known);
}

/* Of the text; what is in quotes is a name in any case. */
static void begin(struct look *l, bool is_quoted)
{
	const struct statement_rules *r = l->rules;

	l->is_begun = true;
	if (r->first_words && l->is_transact_sql &&
		(is_quoted || !bsearch(l->word.text, r->first_words, r->first_word_count,
				      sizeof(*r->first_words), compare_words)))
		l->flags |= r->flags_of_others;
}

static void apply_rules(struct look *l)
{
	for (size_t i = 0; i < l->rules->count; i++)
		if (rule_applies(l, &l->rules->rules[i]))
			l->flags |= l->rules->rules[i].flags;
}

static void take_word(struct look *l, bool is_quoted)
{
	if (l->first.len == 0)
		l->first = l->word;
	if (!l->is_begun)
		begin(l, is_quoted);
	if (l->letters & letter_bit(l->word.text[0]))
		apply_rules(l);
	if (l->is_transact_sql)
		l->before = l->word;
}

/* Both widths are made from this; `is_wide` is a constant in each. */
static inline __attribute__((always_inline)) unsigned at(
	const void *text, size_t i, size_t len, bool is_wide)
{
	if (i >= len)
		return 0;
	return is_wide ? ((const uint16_t *)text)[i] : ((const unsigned char *)text)[i];
}

static inline __attribute__((always_inline)) enum kind kind_of(unsigned c, bool is_transact_sql)
{
	/* Some of what is no ASCII is a blank for SQL Server; a word that is cut there only adds.
	 */
	if (c >= array_size(kinds))
		return is_transact_sql ? OTHER : WORD;
	if (is_transact_sql)
		return kinds[c] == UNSURE || c == '`' ? OTHER : (enum kind)kinds[c];
	if (kinds[c] == BRACKET)
		return OTHER;
	return kinds[c] == HASH ? UNSURE : (enum kind)kinds[c];
}

static inline __attribute__((always_inline)) size_t read_word(
	struct look *l, const void *text, size_t i, size_t len, bool is_wide)
{
	struct word *w = &l->word;
	size_t n = 0;

	for (; i < len; i++) {
		unsigned c = at(text, i, len, is_wide);
		enum kind kind = kind_of(c, l->is_transact_sql);
		/* "SELECT 1SETUSER" is two statements; a name with a figure in it stays whole. */
		if (l->is_transact_sql && n == 0 && c >= '0' && c <= '9')
			continue;
		if (kind != WORD && kind != UNSURE)
			break;
		if (n < sizeof(w->text) - 1)
			w->text[n++] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A'
					      : c < 0x80	   ? c
								   : '?');
	}
	w->text[n] = '\0';
	w->len = n;
	return i;
}

/* In quotes other than the apostrophe a function may be named: SELECT "set_config"(...). */
static inline __attribute__((always_inline)) void take_quoted_name(
	struct look *l, const void *text, size_t from, size_t to, bool is_wide)
{
	if (at(text, from, to, is_wide) == '#')
		l->flags |= l->rules->flags_of_hash;
	if (at(text, to, to + 1, is_wide) != '\'' && read_word(l, text, from, to, is_wide) == to &&
		l->word.len)
		take_word(l, true);
	else if (!l->is_begun)
		begin(l, true);
}

/*
 * To after the closing quote; a doubled one is two adjacent texts, which comes to the same, but not
 * with brackets, which close with another sign than they open with.
 */
static inline __attribute__((always_inline)) size_t skip_quoted(
	struct look *l, const void *text, size_t i, size_t len, bool is_wide)
{
	unsigned opening = at(text, i, len, is_wide), quote = opening == '[' ? ']' : opening;

	for (size_t j = i + 1; j < len; j++) {
		unsigned c = at(text, j, len, is_wide);
		if (c == ']' && quote == ']' && at(text, j + 1, len, is_wide) == ']') {
			j++;
		} else if (c == quote) {
			take_quoted_name(l, text, i + 1, j, is_wide);
			return j + 1;
		}
		/* It ends the text in some databases and not in others. */
		if (c == '\\' && !l->is_transact_sql)
			break;
	}
	l->is_raw = true;
	return i + 1;
}

/* After a line or block comment, if it is one everywhere; else after its first character. */
static inline __attribute__((always_inline)) size_t skip_comment(
	struct look *l, const void *text, size_t i, size_t len, bool is_wide)
{
	unsigned c = at(text, i, len, is_wide), next = at(text, i + 1, len, is_wide);
	unsigned third = at(text, i + 2, len, is_wide);

	if (c == '-' && next == '-') {
		/* MariaDB takes "--x" for two signs. */
		if (third > ' ' && !l->is_transact_sql) {
			l->is_raw = true;
			return i + 1;
		}
		for (; i < len && at(text, i, len, is_wide) != '\n'; i++)
			/* By itself it ends the comment in PostgreSQL, and does not in others. */
			if (at(text, i, len, is_wide) == '\r' &&
				at(text, i + 1, len, is_wide) != '\n') {
				l->is_raw = true;
				break;
			}
		return i;
	}
	if (c != '/' || next != '*')
		return i + 1;
	for (size_t j = i + 2; third != '!' && third != 'M' && j + 1 < len; j++) {
		unsigned d = at(text, j, len, is_wide), e = at(text, j + 1, len, is_wide);
		if (d == '*' && e == '/')
			return j + 2;
		if (d == '/' && e == '*') /* PostgreSQL nests them, others do not */
			break;
	}
	/* MariaDB executes what stands in a comment that begins with '!' or "M!". */
	l->is_raw = true;
	return i + 2;
}

/* Does the sign quote nothing here? */
static bool is_plain(const struct look *l, unsigned c)
{
	return l->is_raw || (c == '`' && l->rules->has_plain_backquotes);
}

static inline __attribute__((always_inline)) void look(
	struct look *l, const void *text, size_t len, bool is_wide)
{
	size_t i = 0;

	while (i < len) {
		switch (kind_of(at(text, i, len, is_wide), l->is_transact_sql)) {
		case WORD:
			i = read_word(l, text, i, len, is_wide);
			if (l->word.len)
				take_word(l, false);
			break;
		case QUOTE:
		case BRACKET:
			i = is_plain(l, at(text, i, len, is_wide))
				    ? i + 1
				    : skip_quoted(l, text, i, len, is_wide);
			break;
		case SLASH:
		case DASH:
			i = l->is_raw ? i + 1 : skip_comment(l, text, i, len, is_wide);
			break;
		case SEMICOLON:
			l->first.len = 0;
			i++;
			break;
		case HASH:
			l->flags |= l->rules->flags_of_hash;
			i++;
			break;
		case UNSURE:
			l->is_raw = true;
			i++;
			break;
		case OTHER:
			i++;
			break;
		}
	}
}

/* In some character set each of the latter is written as a semicolon. */
static inline bool is_semicolon(unsigned c)
{
	return c == ';' || c == 0x37e || c == 0xfe14 || c == 0xfe54 || c == 0xff1b;
}

/* Wherever it stands: in quotes it may be, depending on the session's settings, none. */
static bool has_inner_semicolon(const void *text, size_t from, size_t len, bool is_wide)
{
	while (len > from &&
		(at(text, len - 1, len, is_wide) <= ' ' || at(text, len - 1, len, is_wide) == ';'))
		len--;
	if (!is_wide)
		return memchr((const char *)text + from, ';', len - from);
	for (size_t i = from; i < len; i++)
		if (is_semicolon(((const uint16_t *)text)[i]))
			return true;
	return false;
}

/* One statement for sure, which begins with one of the first words? Then that word is its verb. */
static bool is_one_of_first_words(
	const struct statement_rules *rules, const void *text, size_t len, bool is_wide)
{
	struct look l = {.rules = rules};
	size_t i = 0;

	while (i < len && (at(text, i, len, is_wide) <= ' ' || at(text, i, len, is_wide) == '('))
		i++;
	i = read_word(&l, text, i, len, is_wide);
	return bsearch(l.word.text, rules->first_words, rules->first_word_count,
		       sizeof(*rules->first_words), compare_words) &&
	       !has_inner_semicolon(text, i, len, is_wide);
}

unsigned statement_look(
	const struct statement_rules *rules, const void *text, size_t len, bool is_wide)
{
	struct look l = {
		.rules = rules, .flags = STATEMENT_SENT, .is_transact_sql = rules->is_transact_sql};

	if (rules->first_words && !rules->is_transact_sql &&
		!is_one_of_first_words(rules, text, len, is_wide))
		l.flags |= rules->flags_of_others;
	if (rules->filter && !statement_filter_passes(rules, text, len, is_wide))
		return l.flags;
	for (size_t i = 0; i < rules->count; i++)
		l.letters |= letter_bit(
			rules->rules[i].word ? rules->rules[i].word[0] : rules->rules[i].first[0]);
	if (is_wide)
		look(&l, text, len, true);
	else
		look(&l, text, len, false);
	return l.flags;
}
