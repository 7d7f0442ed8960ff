/* SPDX-License-Identifier: MIT */
#ifndef DBMS_STATEMENT_SKIM_H
#define DBMS_STATEMENT_SKIM_H
/*
 * A fast look over the rest of a statement whose first words are known: when it holds none of the
 * words that tell, and no sign that makes it unclear what is a word, statement_text.h need not read
 * it token by token. Most statements end here.
 *
 * What stands in quotes is taken for words as well. So it finds more than a careful reader does,
 * and never less: the test compares the two.
 *
 * Locks:     none.
 * Ownership: the text is only read.
 */
#include <stdbool.h>
#include <stddef.h>

struct statement_rules;

/*
 * True: from `from` on, the beginning of a token, there is nothing but the rest of one statement
 * without any word of the rules. `len` is in units of one byte, or of two when is_wide.
 */
bool statement_skim(const struct statement_rules *rules, const void *text, size_t from, size_t len,
	bool is_wide);

#endif
