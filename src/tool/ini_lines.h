/* SPDX-License-Identifier: MIT */
#ifndef TOOL_INI_LINES_H
#define TOOL_INI_LINES_H
/*
 * An ini file as lines, to be changed without touching what is not meant. Sections and keys are
 * found as conf/ini_text.h finds them.
 *
 * Locks: none. Ownership: the struct owns the text, lines point into it.
 */
#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

struct ini_line {
	const char *text; /* with its end of line, when it has one */
	size_t len;
};

struct ini_lines {
	struct buffer text;
	struct ini_line *line;
	size_t count;
};

/* Cut up a text, which is taken over. False: no memory, and nothing is to be released. */
must_use bool ini_lines_cut(struct ini_lines *ret_lines, struct buffer *text);
void ini_lines_done(struct ini_lines *l);

/* The lines of a section, its header not among them. False: there is no such section. */
bool ini_lines_section(
	const struct ini_lines *l, const char *section, size_t *ret_first, size_t *ret_end);
/* The first line from `first` on, and before `end`, that gives `key` a value; else `end`. */
size_t ini_lines_key(const struct ini_lines *l, size_t first, size_t end, const char *key);
/* Append the line's value, without the blanks around it. */
void ini_lines_value(const struct ini_line *line, struct buffer *to);
/* Is this line's key the one? */
bool ini_line_is(const struct ini_line *line, const char *key);
/* "\r\n", "\n", or "" at the end of a file. */
const char *ini_line_end(const struct ini_line *line);

#endif
