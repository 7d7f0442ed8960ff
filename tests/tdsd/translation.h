/* SPDX-License-Identifier: MIT */
#ifndef TDSD_TRANSLATION_H
#define TDSD_TRANSLATION_H
/* For translate*.c alone: a translation on its way through the words. */
#include "translate.h"

enum { DEPTH_MAX = 64 };

struct translation {
	struct session *s;
	const struct word *words;
	size_t at, end;
	struct buffer *sql;
	int depth;
	char *limits[DEPTH_MAX]; /* what TOP said, for the end of its parenthesis */
	bool failed;
};

/* A word ahead of where the translation is; an end behind the last one. */
const struct word *translation_peek(const struct translation *t, size_t ahead);
/* Append, with a blank behind it. */
void translation_word(struct translation *t, const struct word *w);
void translation_text(struct translation *t, const char *text);
/* Append between quotes, those within doubled. */
void translation_quoted(struct translation *t, const char *text, char quote);
/* Translate the name that begins here, however many parts it has. */
void translation_name(struct translation *t);

#endif
