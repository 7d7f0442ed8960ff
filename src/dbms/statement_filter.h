/* SPDX-License-Identifier: MIT */
#ifndef DBMS_STATEMENT_FILTER_H
#define DBMS_STATEMENT_FILTER_H
/*
 * A first, fast look: does any word of a profile's rules stand in the text at all? Of most
 * statements it says no, and the one that knows of quotes and comments (statement_rules.h) need not
 * look. Never no where that one would find something.
 *
 * Locks:     none; a filter is filled at its first use, by several threads alike.
 * Ownership: static, beside the rules that it belongs to.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct statement_rules;

enum { STATEMENT_FILTER_SIZE = 4096 };

struct statement_filter {
	atomic_bool is_filled;
	/* By a hash of three letters: does a word begin so? */
	_Atomic unsigned char begins[STATEMENT_FILTER_SIZE];
};

/* `len` is in units of one byte, or of two when is_wide. */
bool statement_filter_passes(
	const struct statement_rules *rules, const void *text, size_t len, bool is_wide);

#endif
