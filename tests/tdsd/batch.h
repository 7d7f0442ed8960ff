/* SPDX-License-Identifier: MIT */
#ifndef TDSD_BATCH_H
#define TDSD_BATCH_H
/*
 * A batch of T-SQL: where its statements begin and end, which of them run, and in which order.
 *
 * Ownership: a batch owns its words and borrows its text.
 */
#include "base/compiler.h"
#include "lexer.h"
#include "session.h"

#include <stdbool.h>

enum flow { FLOW_NEXT, FLOW_BREAK, FLOW_CONTINUE, FLOW_RETURN, FLOW_ABORT };

struct batch {
	struct session *s;
	const struct word *words;
	size_t at, count;
	bool is_skipping; /* read, do not run */
	int depth;
	int32_t return_status;
};

/* Run a text as EXEC('...') or a request does. The session's variables are its. */
enum flow batch_run(struct session *s, const char *text, int32_t *ret_status);

/* One statement, whose words are [from, to). In commands*.c. */
enum flow command_run(struct batch *b, size_t from, size_t to);
/* The value of an expression. False: an error was sent. */
must_use bool command_evaluate(struct batch *b, size_t from, size_t to, struct value *ret);

#endif
