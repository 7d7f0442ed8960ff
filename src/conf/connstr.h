/* SPDX-License-Identifier: MIT */
#ifndef CONF_CONNSTR_H
#define CONF_CONNSTR_H
/*
 * ODBC connection strings: keyword=value;keyword={va}}lue};...
 *
 * A string is read word by word, where a word is everything up to and including its semicolon, so
 * that the words together are the string, letter by letter. A word that is no keyword=value (no
 * equals sign, a brace that is not closed, text after a closing brace) is malformed: it is nobody's
 * setting, and it is handed on as it stands, for the real driver to judge.
 *
 * As for the driver manager and every driver, the string ends at its first NUL, whatever its
 * length; the bytes from there on are one malformed word.
 *
 * Locks:     none.
 * Ownership: a word points into the string it was read from.
 */
#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

struct connstr_reader {
	const char *next;
	size_t left;
};

struct connstr_word {
	const char *raw; /* with the semicolon, when there is one */
	size_t raw_len;
	bool is_malformed;   /* then the rest is empty; also of a word of nothing but blanks */
	const char *keyword; /* without the blanks around it */
	size_t keyword_len;
	const char *value; /* as written: braces included */
	size_t value_len;
};

struct connstr_reader connstr_read(const char *string, size_t len);
/* False: the string is at its end. */
bool connstr_next(struct connstr_reader *r, struct connstr_word *ret_word);

/* Is this the word's keyword? Case does not matter. */
bool connstr_is(const struct connstr_word *w, const char *keyword);
/* The first word with this keyword. */
bool connstr_find(
	const char *string, size_t len, const char *keyword, struct connstr_word *ret_word);

/* Append the value as it is meant: braces removed, }} made }. */
void connstr_add_value(struct buffer *to, const struct connstr_word *w);
/* Append `value` in braces; connstr_add_quoted() does so only where it must. */
void connstr_add_braced(struct buffer *to, const char *value);
void connstr_add_quoted(struct buffer *to, const char *value);

/*
 * Append the string with the values of all secrets replaced by "***", for a trace. Malformed words
 * are replaced as a whole: a piece of a password may stand in them.
 */
void connstr_add_redacted(struct buffer *to, const char *string, size_t len);

/*
 * The same for a text in which words of a connection string may stand, such as a diagnostic. What
 * follows a secret's keyword is replaced up to the next semicolon outside its braces, or the end.
 */
void connstr_add_redacted_text(struct buffer *to, const char *text);

/*
 * Append the string in its canonical form: every word as KEYWORD={value}; with the keyword in
 * capitals, sorted by keyword. Words of one keyword keep their order, for drivers differ about
 * which of them counts; malformed words follow as they are. A failed allocation is in `to`.
 */
void connstr_add_canonical(struct buffer *to, const char *string, size_t len);

#endif
