/* SPDX-License-Identifier: MIT */
#ifndef TDSD_LEXER_H
#define TDSD_LEXER_H
/*
 * T-SQL cut into words, without blanks and comments.
 *
 * Ownership: tokens point into the text, which must outlive them; the array is the list's.
 */
#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>

enum token_kind {
	WORD_NAME,    /* also keywords, #temp, ##temp */
	WORD_BRACKET, /* [x] */
	WORD_QUOTED,  /* "x" */
	WORD_STRING,  /* 'x' */
	WORD_NSTRING, /* N'x' */
	WORD_NUMBER,
	WORD_BINARY,	 /* 0x12 */
	WORD_VARIABLE,	 /* @x */
	WORD_GLOBAL,	 /* @@x */
	WORD_SIGN,	 /* anything else, a character or an operator */
	WORD_UNFINISHED, /* a string, name or comment without its end */
	WORD_END
};

struct word {
	enum token_kind kind;
	const char *text;
	size_t len;
	unsigned line;
};

/* Always followed by a WORD_END. */
struct words {
	struct word *list;
	size_t count;
};

must_use bool words_split(const char *text, struct words *ret);
void words_done(struct words *w);

/* Without regard to case. Strings and quoted names are never equal to a keyword. */
bool word_is(const struct word *w, const char *keyword);
bool word_is_sign(const struct word *w, char sign);
bool word_is_name(const struct word *w); /* bare, bracketed or quoted */
/* What is between the quotes, doubled ones undone; cut when it does not fit. */
void word_content(const struct word *w, char *ret, size_t size);
/* Likewise, for the caller to free; NULL: no memory. */
must_use char *word_content_new(const struct word *w);

#endif
