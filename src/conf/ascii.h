/* SPDX-License-Identifier: MIT */
#ifndef CONF_ASCII_H
#define CONF_ASCII_H
/* Letters and blanks as the file formats mean them: the program's locale has no say in it. */
#include <stdbool.h>
#include <stddef.h>

static inline bool ascii_is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline char ascii_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

/* Equal but for case, where `a` has a length and `b` a NUL. */
static inline bool ascii_is(const char *a, size_t a_len, const char *b)
{
	size_t i = 0;

	while (i < a_len && b[i] && ascii_upper(a[i]) == ascii_upper(b[i]))
		i++;
	return i == a_len && !b[i];
}

/* Take the blanks at both ends away. */
static inline const char *ascii_trim(const char *p, size_t *len)
{
	while (*len > 0 && ascii_is_blank(*p)) {
		p++;
		(*len)--;
	}
	while (*len > 0 && ascii_is_blank(p[*len - 1]))
		(*len)--;
	return p;
}

#endif
