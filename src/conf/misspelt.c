/* SPDX-License-Identifier: MIT */
#include "conf/misspelt.h"

#include "conf/ascii.h"

#include <stddef.h>

#define LETTERS_MAX 63

static const char *skip_blanks(const char *p)
{
	while (ascii_is_blank(*p))
		p++;
	return p;
}

bool words_equal(const char *a, const char *b)
{
	for (;;) {
		a = skip_blanks(a);
		b = skip_blanks(b);
		if (ascii_upper(*a) != ascii_upper(*b))
			return false;
		if (!*a)
			return true;
		a++;
		b++;
	}
}

/* The letters in capitals, without blanks, and how many; LETTERS_MAX + 1 when there are too many.
 */
static size_t letters_of(const char *word, char to[LETTERS_MAX])
{
	size_t n = 0;

	for (const char *p = skip_blanks(word); *p; p = skip_blanks(p + 1)) {
		if (n == LETTERS_MAX)
			return LETTERS_MAX + 1;
		to[n++] = ascii_upper(*p);
	}
	return n;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance, three rows at a time. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[3][LETTERS_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_len; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; i <= a_len; i++) {
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			unsigned replaced = last[j - 1] + (a[i - 1] != b[j - 1]);
			row[j] = least(replaced, least(last[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		unsigned *oldest = before;
		before = last;
		last = row;
		row = oldest;
	}
	return last[b_len];
}

bool words_are_near(const char *a, const char *b, unsigned limit)
{
	char a_letters[LETTERS_MAX], b_letters[LETTERS_MAX];
	size_t a_len = letters_of(a, a_letters), b_len = letters_of(b, b_letters);

	if (a_len > LETTERS_MAX || b_len > LETTERS_MAX)
		return false;
	if (a_len + limit < b_len || b_len + limit < a_len)
		return false;
	return distance(a_letters, a_len, b_letters, b_len) <= limit;
}
