/* SPDX-License-Identifier: MIT */
#ifndef DBMS_STATEMENT_RULES_H
#define DBMS_STATEMENT_RULES_H
/*
 * A look at each statement's text, for a DBMS whose sessions can be reset: does it do something
 * that the reset does not undo, or that must be undone at once?
 *
 * A profile says by rules which words tell. Comments and quoted text are skipped; where what is
 * quoted depends on the database or its settings (a backslash, a dollar sign, MariaDB's executable
 * comments), everything from there on is read as words, so that nothing hides.
 *
 * Locks:     none.
 * Ownership: rules are static; the text is only read.
 */
#include <stdbool.h>
#include <stddef.h>

/* What a text may have done; flags. */
enum {
	STATEMENT_SENT = 1 << 0,    /* there was one */
	STATEMENT_POISONS = 1 << 1, /* something that no reset undoes */
	STATEMENT_LOCKS = 1 << 2,   /* a lock by name, which outlives the transaction */
	STATEMENT_SETS = 1 << 3,    /* the current database, or the role */
	STATEMENT_HOLDS = 1 << 4,   /* what others wait for and only a reset ends: table locks */
	/* A transaction that the driver's own rollback does not end, or something that may. */
	STATEMENT_OPENS = 1 << 5,
};

/*
 * `word` (NULL: whatever follows) in a statement that begins with `first` (NULL: any): then
 * `flags`. In Transact-SQL, where a statement may begin anywhere, `first` is the word right before.
 */
struct statement_rule {
	const char *first, *word; /* capitals, at most STATEMENT_WORD_MAX letters */
	unsigned flags;
};
#define STATEMENT_WORD_MAX 30

struct statement_rules {
	const struct statement_rule *rules;
	size_t count;
	/*
	 * Brackets quote names, '$' is nothing special, words may follow a number, and '#' begins
	 * the name of a temporary object: `flags_of_hash`.
	 */
	bool is_transact_sql;
	unsigned flags_of_hash;
	/*
	 * The backquote quotes nothing: it is an operator, or, in SJIS, the second half of a
	 * character of an unquoted name, which must not hide what follows.
	 */
	bool has_plain_backquotes;
	/*
	 * A text that begins with another word than these has `flags_of_others`: Transact-SQL calls
	 * the procedure of that name. Elsewhere a text has them, too, that does not begin with a
	 * word (but with a comment, say) or may be more than one statement. Sorted; NULL: any word
	 * may begin one.
	 */
	const char *const *first_words;
	size_t first_word_count;
	unsigned flags_of_others;
	struct statement_filter *filter; /* NULL: every text is looked at word by word */
};

/* `len` is in units of one byte, or of two when is_wide. */
unsigned statement_look(
	const struct statement_rules *rules, const void *text, size_t len, bool is_wide);

#endif
