/* SPDX-License-Identifier: MIT */
#include "dbms/statement_text.h"

#include "base/compiler.h"

#include <stdint.h>
#include <string.h>

/* Longer words are cut; none that we look for is. */
#define WORD_MAX 24

static const char *const harmless_first_words[] = {"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE",
	"REPLACE", "VALUES", "WITH", "TABLE", "EXPLAIN", "SHOW", "DESCRIBE", "DESC"};

/* Inside a query or row change: what makes tables, variables, locks or settings of the session. */
static const char *const telling_words[] = {"INTO", "SET_CONFIG", "SETVAL", "NEXTVAL", "GET_LOCK",
	"PG_ADVISORY_LOCK", "PG_TRY_ADVISORY_LOCK", "PG_ADVISORY_LOCK_SHARED",
	"PG_TRY_ADVISORY_LOCK_SHARED", "SP_SETAPPROLE", "SP_GETAPPLOCK", "SP_SET_SESSION_CONTEXT",
	"DBLINK_CONNECT", "LO_OPEN", "LAST_INSERT_ID"};

/* A place in the text, in either width. */
struct reader {
	const unsigned char *narrow; /* NULL when wide */
	const uint16_t *wide;
	size_t at, len;
};

static unsigned peek(const struct reader *r, size_t ahead)
{
	size_t i = r->at + ahead;

	if (i >= r->len)
		return 0;
	return r->narrow ? r->narrow[i] : r->wide[i];
}

static bool is_word_char(unsigned c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '$' || c == '#' || c >= 0x80;
}

/*
 * To the end of quoted text; a doubled quote is two adjacent texts, which comes to the same. False:
 * there is a backslash, which ends the text in some databases and not in others.
 */
static bool skip_quoted(struct reader *r, unsigned quote)
{
	r->at++;
	while (r->at < r->len && peek(r, 0) != quote)
		if (peek(r, 0) == '\\')
			return false;
		else
			r->at++;
	r->at++;
	return true;
}

static void skip_line(struct reader *r)
{
	while (r->at < r->len && peek(r, 0) != '\n')
		r->at++;
}

static void skip_comment(struct reader *r)
{
	r->at += 2;
	while (r->at < r->len && !(peek(r, 0) == '*' && peek(r, 1) == '/'))
		r->at++;
	r->at += 2;
}

static void read_word(struct reader *r, char word[WORD_MAX + 1])
{
	size_t n = 0;

	for (; r->at < r->len && is_word_char(peek(r, 0)); r->at++) {
		unsigned c = peek(r, 0);
		if (n < WORD_MAX)
			word[n++] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A'
					   : c < 0x80		? c
								: '?');
	}
	word[n] = '\0';
}

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

/*
 * The next thing that matters: a word ('w'), ';', 0 at the end, or '!': something whose meaning
 * depends on the database, so that what follows may or may not be executed.
 */
static unsigned next_token(struct reader *r, char word[WORD_MAX + 1])
{
	while (r->at < r->len) {
		unsigned c = peek(r, 0);
		bool is_comment = c == '/' && peek(r, 1) == '*';
		bool is_line_comment = c == '-' && peek(r, 1) == '-';

		if (c == '\'' || c == '"' || c == '`') {
			if (!skip_quoted(r, c))
				return '!';
		} else if (is_line_comment && peek(r, 2) <= ' ') {
			skip_line(r);
		} else if (is_comment && peek(r, 2) != '!' && peek(r, 2) != 'M') {
			skip_comment(r);
		} else if (is_comment || is_line_comment || c == '@' || c == '$') {
			/* MariaDB runs what stands in a comment that begins with '!' or "M!", and
			 * takes
			 * "--x" for two signs; '$' may quote in PostgreSQL; '@' is a variable. */
			return '!';
		} else if (is_word_char(c)) {
			read_word(r, word);
			return 'w';
		} else {
			r->at++;
			if (c == ';')
				return c;
		}
	}
	return 0;
}

bool statement_may_leave_state(const void *text, size_t len, bool is_wide)
{
	struct reader r = {
		.narrow = is_wide ? NULL : text, .wide = is_wide ? text : NULL, .len = len};
	char word[WORD_MAX + 1], first[WORD_MAX + 1] = "";

	for (;;) {
		switch (next_token(&r, word)) {
		case 0:
			return false;
		case ';':
			first[0] = '\0';
			break;
		case 'w':
			if (!first[0]) {
				memcpy(first, word, sizeof(first));
				if (!is_one_of(first, harmless_first_words,
					    array_size(harmless_first_words)))
					return true;
			} else if (strcmp(word, "INTO") == 0 &&
				   (strcmp(first, "INSERT") == 0 || strcmp(first, "REPLACE") == 0 ||
					   strcmp(first, "MERGE") == 0)) {
				break; /* INSERT INTO t */
			} else if (is_one_of(word, telling_words, array_size(telling_words))) {
				return true;
			}
			break;
		default:
			return true;
		}
	}
}
