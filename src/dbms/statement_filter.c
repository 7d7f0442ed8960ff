/* SPDX-License-Identifier: MIT */
#include "dbms/statement_filter.h"

#include "base/compiler.h"
#include "dbms/statement_rules.h"

#include <stdint.h>
#include <string.h>

/* Of a letter, whichever its case; signs and digits share theirs with letters. */
#define LETTER 0x1f
#define THREE_LETTERS 0x1f1f1fu

/* Of three letters, one in each of the lower bytes. */
static inline unsigned hash(uint32_t letters)
{
	return ((letters & THREE_LETTERS) * 0x9e3779b1u) >> 20;
}

static const char *word_of(const struct statement_rule *r)
{
	return r->word ? r->word : r->first;
}

static void fill(const struct statement_rules *rules)
{
	struct statement_filter *f = rules->filter;

	for (size_t i = 0; i < rules->count; i++) {
		const unsigned char *word = (const unsigned char *)word_of(&rules->rules[i]);
		uint32_t two = word[0] | (uint32_t)word[1] << 8;
		/* After a word of two letters anything may stand. */
		for (uint32_t third = 0; third <= LETTER; third++)
			if (!word[2] || third == (word[2] & LETTER))
				atomic_store_explicit(&f->begins[hash(two | third << 16)], 1,
					memory_order_relaxed);
	}
	atomic_store_explicit(&f->is_filled, true, memory_order_release);
}

/* Both widths are made from these; `is_wide` is a constant in each. */
static inline __attribute__((always_inline)) unsigned at(const void *text, size_t i, bool is_wide)
{
	return is_wide ? ((const uint16_t *)text)[i] : ((const unsigned char *)text)[i];
}

/* Letters `i` to `i` + 2; there are four. */
static inline __attribute__((always_inline)) uint32_t letters_at(
	const void *text, size_t i, bool is_wide)
{
	uint64_t wide;
	uint32_t narrow;

	if (!is_wide) {
		memcpy(&narrow, (const char *)text + i, sizeof(narrow));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		narrow = __builtin_bswap32(narrow);
#endif
		return narrow;
	}
	memcpy(&wide, (const uint16_t *)text + i, sizeof(wide));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return (uint32_t)((wide >> 48 & LETTER) | (wide >> 32 & LETTER) << 8 |
			  (wide >> 16 & LETTER) << 16);
#else
	return (uint32_t)((wide & LETTER) | (wide >> 8 & LETTER << 8) |
			  (wide >> 16 & LETTER << 16));
#endif
}

static bool continues_word(unsigned c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static bool stands_here(const char *word, const void *text, size_t i, size_t len, bool is_wide)
{
	for (; *word; word++, i++) {
		unsigned c = i < len ? at(text, i, is_wide) : 0;
		if (c >= 'a' && c <= 'z')
			c = c - 'a' + 'A';
		if (c != (unsigned char)*word)
			return false;
	}
	return i >= len || !continues_word(at(text, i, is_wide));
}

static __attribute__((noinline)) bool any_stands_here(
	const struct statement_rules *rules, const void *text, size_t i, size_t len, bool is_wide)
{
	if (i > 0 && continues_word(at(text, i - 1, is_wide)))
		return false;
	for (size_t k = 0; k < rules->count; k++)
		if (stands_here(word_of(&rules->rules[k]), text, i, len, is_wide))
			return true;
	return false;
}

static inline __attribute__((always_inline)) bool passes(
	const struct statement_rules *rules, const void *text, size_t len, bool is_wide)
{
	const _Atomic unsigned char *begins = rules->filter->begins;
	size_t i = 0;

	for (; i + 4 <= len; i++)
		if (unlikely(atomic_load_explicit(
			    &begins[hash(letters_at(text, i, is_wide))], memory_order_relaxed)) &&
			any_stands_here(rules, text, i, len, is_wide))
			return true;
	for (; i < len; i++)
		if (any_stands_here(rules, text, i, len, is_wide))
			return true;
	return false;
}

bool statement_filter_passes(
	const struct statement_rules *rules, const void *text, size_t len, bool is_wide)
{
	if (unlikely(!atomic_load_explicit(&rules->filter->is_filled, memory_order_acquire)))
		fill(rules);
	return is_wide ? passes(rules, text, len, true) : passes(rules, text, len, false);
}
