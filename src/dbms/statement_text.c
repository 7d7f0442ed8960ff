/* SPDX-License-Identifier: MIT */
#include "dbms/statement_text.h"

#include "base/compiler.h"
#include "dbms/statement_filter.h"
#include "dbms/statement_rules.h"
#include "dbms/statement_skim.h"

#include <stdint.h>
#include <string.h>

/* Longer words are cut; none that we look for is. */
#define WORD_MAX 32

/* EXPLAIN is not among them: EXPLAIN ANALYZE executes what follows. */
static const char *const harmless_first_words[] = {"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE",
	"REPLACE", "VALUES", "WITH", "TABLE", "SHOW", "DESCRIBE", "DESC"};

/*
 * Anywhere in a statement: functions that change the session, and the first words of statements
 * that do, for SQL Server needs no semicolon between two statements. ("SELECT 1 USE master")
 */
static const struct statement_rule telling_words[] = {
	{.word = "SET_CONFIG"},
	{.word = "PG_SETTINGS"},
	{.word = "SETVAL"},
	{.word = "NEXTVAL"},
	{.word = "SETSEED"},
	{.word = "SET_LIMIT"},
	{.word = "GET_LOCK"},
	{.word = "PG_ADVISORY_LOCK"},
	{.word = "PG_TRY_ADVISORY_LOCK"},
	{.word = "PG_ADVISORY_LOCK_SHARED"},
	{.word = "PG_TRY_ADVISORY_LOCK_SHARED"},
	{.word = "SP_SETAPPROLE"},
	{.word = "SP_GETAPPLOCK"},
	{.word = "SP_SET_SESSION_CONTEXT"},
	{.word = "DBLINK_CONNECT"},
	{.word = "DBLINK_CONNECT_U"},
	{.word = "LO_OPEN"},
	{.word = "LAST_INSERT_ID"},
	{.word = "LOAD_EXTENSION"},
	{.word = "USE"},
	{.word = "CREATE"},
	{.word = "DECLARE"},
	{.word = "EXEC"},
	{.word = "EXECUTE"},
	{.word = "DBCC"},
	{.word = "SETUSER"},
	/* OPEN SYMMETRIC KEY ... DECRYPTION BY; UPDATE STATISTICS, whose UPDATE takes no SET */
	{.word = "DECRYPTION"},
	{.word = "STATISTICS"},
	/* These tell by what stands before them. */
	{.word = "INTO"},
	{.word = "SET"},
};

enum { WORDS_OF_CONTEXT = 2 };

static struct statement_filter filter;
static const struct statement_rules skimmed_for = {
	.rules = telling_words, .count = array_size(telling_words), .filter = &filter};

/* Between INSERT and INTO. */
static const char *const insert_modifiers[] = {
	"OR", "REPLACE", "IGNORE", "LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED"};

/* After one of these INSERT has no more SET of its own (MariaDB's INSERT INTO t SET a = 1). */
static const char *const insert_sources[] = {"VALUES", "VALUE", "SELECT", "DEFAULT"};

/* A place in the text, in either width. */
struct reader {
	const unsigned char *narrow; /* NULL when wide */
	const uint16_t *wide;
	size_t at, len;
};

enum token {
	TOKEN_END,
	TOKEN_SEMICOLON,
	TOKEN_WORD,
	TOKEN_NAME,	 /* a word in quotes, where quoting makes it a name, or a text */
	TOKEN_OTHER,	 /* a text, a number or a sign */
	TOKEN_FOREIGN,	 /* no ASCII: a part of a word, or a blank for SQL Server */
	TOKEN_AMBIGUOUS, /* what follows may or may not be executed, depending on the database */
};

/* What is known of the statement at hand. */
struct statement {
	bool is_begun;
	bool is_insert_head; /* nothing but INSERT and its modifiers so far: INTO is its own */
	bool may_set;	     /* an UPDATE or INSERT whose SET has not come yet */
	bool is_settled;     /* the INTO or SET that is its own lies behind, if it has one */
};

static unsigned peek(const struct reader *r, size_t ahead)
{
	size_t i = r->at + ahead;

	if (i >= r->len)
		return 0;
	return r->narrow ? r->narrow[i] : r->wide[i];
}

static bool is_digit(unsigned c)
{
	return c >= '0' && c <= '9';
}

static bool is_word_char(unsigned c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
	       c == '$';
}

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

static bool is_telling(const char *word)
{
	for (size_t i = 0; i < array_size(telling_words) - WORDS_OF_CONTEXT; i++)
		if (strcmp(word, telling_words[i].word) == 0)
			return true;
	return false;
}

static void add_char(char word[WORD_MAX + 1], size_t *n, unsigned c)
{
	if (*n < WORD_MAX)
		word[(*n)++] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c < 0x80 ? c : '?');
	word[*n] = '\0';
}

static void read_word(struct reader *r, char word[WORD_MAX + 1])
{
	size_t n = 0;

	word[0] = '\0';
	for (; is_word_char(peek(r, 0)); r->at++)
		add_char(word, &n, peek(r, 0));
}

/*
 * To the end of quoted text; a doubled quote is two adjacent texts, which comes to the same. A
 * backslash ends the text in some databases and not in others.
 */
static enum token read_quoted(struct reader *r, unsigned quote, char word[WORD_MAX + 1])
{
	size_t n = 0;

	word[0] = '\0';
	for (r->at++; r->at < r->len && peek(r, 0) != quote; r->at++) {
		if (peek(r, 0) == '\\')
			return TOKEN_AMBIGUOUS;
		add_char(word, &n, peek(r, 0));
	}
	r->at++;
	return quote == '\'' ? TOKEN_OTHER : TOKEN_NAME;
}

/*
 * A number ends where letters begin, for SQL Server: "SELECT 1SET ..." is two statements. Names
 * that begin with a digit are left to caution.
 */
static enum token read_number(struct reader *r)
{
	bool is_hex = peek(r, 0) == '0' && (peek(r, 1) | 0x20) == 'x';

	if (is_hex)
		r->at += 2;
	for (;; r->at++) {
		unsigned c = peek(r, 0), lower = c | 0x20;
		if (!is_digit(c) && !(is_hex && lower >= 'a' && lower <= 'f'))
			break;
	}
	if (!is_hex && (peek(r, 0) | 0x20) == 'e') /* 1e5; the sign of 1e-5 is one by itself */
		for (r->at++; is_digit(peek(r, 0));)
			r->at++;
	return is_word_char(peek(r, 0)) || peek(r, 0) >= 0x80 ? TOKEN_AMBIGUOUS : TOKEN_OTHER;
}

/* A carriage return by itself ends the comment in PostgreSQL, and does not in others. */
static bool skip_line(struct reader *r)
{
	for (; r->at < r->len && peek(r, 0) != '\n'; r->at++)
		if (peek(r, 0) == '\r' && peek(r, 1) != '\n')
			return false;
	return true;
}

/*
 * False: its end depends on the database. Some nest comments; MariaDB runs what stands in one that
 * begins with '!' or "M!".
 */
static bool skip_comment(struct reader *r)
{
	r->at += 2;
	if (peek(r, 0) == '!' || (peek(r, 0) == 'M' && peek(r, 1) == '!'))
		return false;
	for (; r->at < r->len && !(peek(r, 0) == '*' && peek(r, 1) == '/'); r->at++)
		if (peek(r, 0) == '/' && peek(r, 1) == '*')
			return false;
	r->at += 2;
	return true;
}

/*
 * A name in SQL Server and SQLite, an index in PostgreSQL: what would be quoted or a comment in the
 * one is not in the other.
 */
static bool is_plain_bracket(const struct reader *r)
{
	for (size_t ahead = 1; r->at + ahead < r->len; ahead++) {
		switch (peek(r, ahead)) {
		case ']':
			return peek(r, ahead + 1) != ']'; /* doubled, it is part of the name */
		case '\'':
		case '"':
		case '`':
		case '-':
		case '/':
			return false;
		}
	}
	return false;
}

/* Signs that more than one database reads in its own way. */
static bool is_ambiguous_sign(const struct reader *r, unsigned c)
{
	switch (c) {
	case '@': /* a variable */
	case '#': /* MariaDB: a comment to the end of the line; SQL Server: a temporary table */
	case '$': /* PostgreSQL: may begin a quoted text */
		return true;
	case '&': /* PostgreSQL: U&"d\0061t\0061", whose escape character may be any */
		return peek(r, 1) == '"';
	case '[':
		return !is_plain_bracket(r);
	default:
		return false;
	}
}

static enum token next_token(struct reader *r, char word[WORD_MAX + 1])
{
	while (r->at < r->len) {
		unsigned c = peek(r, 0), next = peek(r, 1);

		if (c == '-' && next == '-') {
			/* MariaDB takes "--x" for two signs. */
			if (peek(r, 2) > ' ' || !skip_line(r))
				return TOKEN_AMBIGUOUS;
		} else if (c == '/' && next == '*') {
			if (!skip_comment(r))
				return TOKEN_AMBIGUOUS;
		} else if (c <= ' ') {
			r->at++;
		} else {
			break;
		}
	}
	if (r->at >= r->len)
		return TOKEN_END;

	unsigned c = peek(r, 0);
	if (c == '\'' || c == '"' || c == '`')
		return read_quoted(r, c, word);
	if (is_digit(c))
		return read_number(r);
	if (is_ambiguous_sign(r, c))
		return TOKEN_AMBIGUOUS;
	if (is_word_char(c)) {
		read_word(r, word);
		return TOKEN_WORD;
	}
	r->at++;
	if (c == ';')
		return TOKEN_SEMICOLON;
	return c < 0x80 ? TOKEN_OTHER : TOKEN_FOREIGN;
}

/* The word that says what kind of statement it is. */
static bool first_word_tells(struct statement *s, const char *word)
{
	bool is_insert = strcmp(word, "INSERT") == 0 || strcmp(word, "REPLACE") == 0;

	s->is_begun = true;
	s->is_insert_head = is_insert || strcmp(word, "MERGE") == 0;
	s->may_set = is_insert || strcmp(word, "UPDATE") == 0;
	s->is_settled = !s->is_insert_head && !s->may_set;
	return !is_one_of(word, harmless_first_words, array_size(harmless_first_words));
}

static bool later_word_tells(struct statement *s, const char *word)
{
	bool was_insert_head = s->is_insert_head;

	s->is_insert_head = strcmp(word, "INSERT") == 0 || strcmp(word, "MERGE") == 0 ||
			    (was_insert_head && is_one_of(word, insert_modifiers,
							array_size(insert_modifiers)));
	if (strcmp(word, "INTO") == 0) { /* SELECT ... INTO makes a table */
		s->is_settled = true;
		return !was_insert_head;
	}
	if (strcmp(word, "SET") == 0) {
		bool is_own = s->may_set;
		s->may_set = false;
		s->is_settled = true;
		return !is_own;
	}
	if (strcmp(word, "UPDATE") == 0)
		s->may_set = true;
	else if (is_one_of(word, insert_sources, array_size(insert_sources)))
		s->may_set = false;
	return is_telling(word);
}

/* False: it goes on. */
static bool token_tells(
	struct statement *s, enum token token, const char *word, const struct reader *r)
{
	switch (token) {
	case TOKEN_SEMICOLON:
		*s = (struct statement){.is_begun = false};
		return false;
	case TOKEN_WORD:
		if (s->is_begun)
			return later_word_tells(s, word);
		/* "SELECTED", with an accent, is not SELECT. */
		return first_word_tells(s, word) || peek(r, 0) >= 0x80;
	case TOKEN_NAME:
		s->is_insert_head = false;
		/* SQL Server calls the procedure that a batch begins with. */
		return !s->is_begun || is_telling(word);
	case TOKEN_OTHER:
		s->is_insert_head = false;
		return false;
	case TOKEN_FOREIGN:
		s->is_insert_head = false;
		return !s->is_begun;
	case TOKEN_AMBIGUOUS:
		return true;
	case TOKEN_END:
		return false;
	}
	return true;
}

bool statement_may_leave_state(const void *text, size_t len, bool is_wide)
{
	struct reader r = {
		.narrow = is_wide ? NULL : text, .wide = is_wide ? text : NULL, .len = len};
	struct statement s = {.is_begun = false};
	char word[WORD_MAX + 1] = "";
	bool is_skimmed = false;
	enum token token;

	do {
		token = next_token(&r, word);
		if (token_tells(&s, token, word, &r))
			return true;
		if (s.is_settled && !is_skimmed) {
			is_skimmed = true;
			if (statement_skim(&skimmed_for, text, r.at, len, is_wide))
				return false;
		}
	} while (token != TOKEN_END);
	return false;
}
