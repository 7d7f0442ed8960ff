/* SPDX-License-Identifier: MIT */
#include "dbms/statement_skim.h"

#include "base/compiler.h"
#include "dbms/statement_filter.h"

#include <stdint.h>

/*
 * What a character means after another one: the upper four bits, shifted down, and the lower ones
 * of the one before have a bit in common.
 */
enum {
	AFTER_ANY = 0x10, /* by itself: ends the statement, or is read differently by databases */
	DASH = 0x02,
	AFTER_DASH = 0x20, /* a comment */
	SLASH = 0x04,
	AFTER_SLASH = 0x40, /* a comment */
	DIGIT = 0x08,
	AFTER_DIGIT = 0x80, /* of a number: a word for some databases, and not for others */
};

#define ANY 0x01
#define NOT_ASCII 128

static const unsigned char meanings[NOT_ASCII + 1] = {
	['\\'] = AFTER_ANY,
	[';'] = AFTER_ANY,
	['@'] = AFTER_ANY,
	['#'] = AFTER_ANY,
	['$'] = AFTER_ANY,
	['&'] = AFTER_ANY,
	['['] = AFTER_ANY,
	['-'] = DASH | AFTER_DASH,
	['/'] = SLASH,
	['*'] = AFTER_SLASH,
	['0' ... '9'] = DIGIT,
	['A' ... 'Z'] = AFTER_DIGIT,
	['a' ... 'z'] = AFTER_DIGIT,
	['_'] = AFTER_DIGIT,
	[NOT_ASCII] = AFTER_DIGIT,
};

/* Both widths are made from these; `is_wide` is a constant in each. */
static inline __attribute__((always_inline)) unsigned at(const void *text, size_t i, bool is_wide)
{
	return is_wide ? ((const uint16_t *)text)[i] : ((const unsigned char *)text)[i];
}

static inline __attribute__((always_inline)) unsigned meaning_at(
	const void *text, size_t i, bool is_wide)
{
	unsigned c = at(text, i, is_wide);

	return meanings[c < NOT_ASCII ? c : NOT_ASCII];
}

/* Does the digit at `i` belong to a number? To a name it does when a letter stands before it. */
static __attribute__((noinline)) bool is_in_number(const void *text, size_t i, bool is_wide)
{
	unsigned c;

	do {
		if (i == 0)
			return true;
		c = at(text, --i, is_wide);
	} while (c >= '0' && c <= '9');
	return c >= NOT_ASCII || !(meanings[c] & AFTER_DIGIT);
}

static inline __attribute__((always_inline)) bool has_telling_sign(
	const void *text, size_t from, size_t len, bool is_wide)
{
	unsigned before = 0;

	for (size_t i = from; i < len; i++) {
		unsigned meaning = meaning_at(text, i, is_wide);
		unsigned tells = meaning >> 4 & (before | ANY);
		if (unlikely(tells) && (tells != DIGIT || is_in_number(text, i - 1, is_wide)))
			return true;
		before = meaning;
	}
	return false;
}

/* What ends the statement tells nothing when nothing follows. */
static size_t without_end(const void *text, size_t from, size_t len, bool is_wide)
{
	while (len > from &&
		(at(text, len - 1, is_wide) <= ' ' || at(text, len - 1, is_wide) == ';'))
		len--;
	return len;
}

static inline __attribute__((always_inline)) bool skim(const struct statement_rules *rules,
	const void *text, size_t from, size_t len, bool is_wide)
{
	size_t end = without_end(text, from, len, is_wide);
	const void *rest = is_wide ? (const void *)((const uint16_t *)text + from)
				   : (const void *)((const char *)text + from);

	return !has_telling_sign(text, from, end, is_wide) &&
	       !statement_filter_passes(rules, rest, end - from, is_wide);
}

bool statement_skim(const struct statement_rules *rules, const void *text, size_t from, size_t len,
	bool is_wide)
{
	return is_wide ? skim(rules, text, from, len, true) : skim(rules, text, from, len, false);
}
