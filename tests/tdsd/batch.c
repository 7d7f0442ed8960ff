/* SPDX-License-Identifier: MIT */
#include "batch.h"

#include "transaction.h"

#include <string.h>

enum { NESTING_MAX = 32, DEPTH_MAX = 60 };

static const struct word *word_at(const struct batch *b, size_t i)
{
	return &b->words[i < b->count ? i : b->count - 1];
}

static bool is_one_of(const struct word *w, const char *const *list)
{
	for (; *list; list++)
		if (word_is(w, *list))
			return true;
	return false;
}

static bool begins_statement(const struct word *w)
{
	static const char *const starts[] = {"select", "insert", "update", "delete", "create",
		"drop", "alter", "truncate", "if", "while", "begin", "end", "else", "commit",
		"rollback", "save", "set", "declare", "exec", "execute", "print", "raiserror",
		"throw", "waitfor", "use", "kill", "dbcc", "return", "break", "continue", "fetch",
		"open", "close", "deallocate", "revert", "grant", "revoke", "deny", "checkpoint",
		NULL};

	return w->kind == WORD_NAME && is_one_of(w, starts);
}

/* What the extent of a statement depends on. */
struct extent {
	bool is_insert, is_update, is_create, is_grant, is_cte;
	bool has_source; /* INSERT's SELECT, VALUES or EXEC was seen; UPDATE's SET; GRANT's TO */
	int cases;
};

/* Whether a word that could begin a statement goes on with this one. */
static bool goes_on(const struct batch *b, size_t i, struct extent *e)
{
	static const char *const before_select[] = {
		"union", "all", "except", "intersect", "as", "for", NULL};
	static const char *const changes[] = {"insert", "update", "delete", NULL};
	const struct word *w = word_at(b, i), *before = word_at(b, i - 1);

	/* GRANT SELECT, UPDATE ON t TO x */
	if (e->is_grant && !e->has_source)
		return true;
	if (word_is(w, "select")) {
		bool is_source = (e->is_insert || e->is_cte) && !e->has_source;
		e->has_source = e->has_source || is_source;
		return is_source || is_one_of(before, before_select);
	}
	if (e->is_cte && !e->has_source &&
		(word_is(w, "insert") || word_is(w, "update") || word_is(w, "delete")))
		return e->has_source = true;
	if (word_is(w, "exec") || word_is(w, "execute")) {
		bool is_source = e->is_insert && !e->has_source;
		e->has_source = e->has_source || is_source;
		return is_source;
	}
	if (word_is(w, "set")) {
		bool is_source = e->is_update && !e->has_source;
		e->has_source = e->has_source || is_source;
		return is_source ||
		       is_one_of(before, (const char *const[]){"delete", "update", NULL});
	}
	if (word_is(w, "end") && e->cases > 0)
		return e->cases--, true;
	if (word_is(w, "else") && e->cases > 0)
		return true;
	if (word_is(w, "if"))
		return is_one_of(
			before, (const char *const[]){"table", "view", "index", "procedure", NULL});
	if (word_is(w, "fetch"))
		return is_one_of(before, (const char *const[]){"rows", "row", NULL});
	/* ON DELETE CASCADE */
	return e->is_create && is_one_of(w, changes) && word_is(before, "on");
}

/* The index after the last word of the statement that begins at `from`. */
static size_t statement_end(const struct batch *b, size_t from)
{
	const struct word *first = word_at(b, from);
	struct extent e = {.is_insert = word_is(first, "insert"),
		.is_update = word_is(first, "update"),
		.is_create = word_is(first, "create"),
		.is_cte = word_is(first, "with")};
	int depth = 0;
	size_t i = from + 1;

	e.is_grant = is_one_of(first, (const char *const[]){"grant", "revoke", "deny", NULL});
	for (; i + 1 < b->count; i++) {
		const struct word *w = word_at(b, i);
		/* A procedure's body is all that follows. */
		if (e.is_create && is_one_of(w, (const char *const[]){"procedure", "proc", NULL}) &&
			i <= from + 3)
			return b->count - 1;
		depth += word_is_sign(w, '(') - word_is_sign(w, ')');
		if (depth > 0)
			continue;
		if (word_is_sign(w, ';'))
			break;
		e.cases += word_is(w, "case");
		if (word_is(w, "values") || (e.is_grant && word_is(w, "to")))
			e.has_source = true;
		if (begins_statement(w) && !goes_on(b, i, &e))
			break;
	}
	return i;
}

/* The end of the condition of an IF or WHILE. */
static size_t condition_end(const struct batch *b, size_t from)
{
	int depth = 0, cases = 0;
	size_t i = from;

	for (; i + 1 < b->count; i++) {
		const struct word *w = word_at(b, i);
		depth += word_is_sign(w, '(') - word_is_sign(w, ')');
		cases += word_is(w, "case");
		if (depth > 0)
			continue;
		if (cases > 0 && (word_is(w, "end") || word_is(w, "else"))) {
			cases -= word_is(w, "end");
			continue;
		}
		if (word_is_sign(w, ';') || begins_statement(w))
			break;
	}
	return i;
}

static enum flow run_one(struct batch *b);

static void skip_separators(struct batch *b)
{
	while (word_is_sign(word_at(b, b->at), ';'))
		b->at++;
}

static bool condition_holds(struct batch *b, size_t from, size_t to, bool *ret_failed)
{
	struct value v;
	bool holds;

	if (!command_evaluate(b, from, to, &v)) {
		*ret_failed = true;
		return false;
	}
	holds = v.kind != VALUE_NULL && value_as_integer(&v) != 0;
	value_done(&v);
	return holds;
}

static enum flow run_branch(struct batch *b, bool is_taken)
{
	bool was_skipping = b->is_skipping;
	enum flow flow;

	b->is_skipping = was_skipping || !is_taken;
	skip_separators(b);
	flow = run_one(b);
	b->is_skipping = was_skipping;
	return flow;
}

static enum flow run_if(struct batch *b)
{
	size_t from = b->at + 1, to = condition_end(b, from);
	bool failed = false;
	bool holds = !b->is_skipping && condition_holds(b, from, to, &failed);
	size_t ahead;
	enum flow flow;

	if (failed)
		return FLOW_ABORT;
	b->at = to;
	flow = run_branch(b, holds);
	if (flow != FLOW_NEXT)
		return flow;
	for (ahead = b->at; word_is_sign(word_at(b, ahead), ';');)
		ahead++;
	if (!word_is(word_at(b, ahead), "else"))
		return FLOW_NEXT;
	b->at = ahead + 1;
	return run_branch(b, !holds);
}

static enum flow run_while(struct batch *b)
{
	size_t from = b->at + 1, to = condition_end(b, from);
	enum flow flow = FLOW_NEXT;

	for (;;) {
		bool failed = false;
		bool holds = !b->is_skipping && flow != FLOW_BREAK &&
			     condition_holds(b, from, to, &failed);
		if (failed || session_must_stop(b->s))
			return FLOW_ABORT;
		b->at = to;
		flow = run_branch(b, holds);
		if (flow == FLOW_RETURN || flow == FLOW_ABORT)
			return flow;
		if (!holds)
			return FLOW_NEXT;
	}
}

/* Up to the END that belongs to it. After a BREAK or an error the rest is only read. */
static enum flow run_block(struct batch *b)
{
	bool was_skipping = b->is_skipping;
	enum flow flow = FLOW_NEXT;

	for (;;) {
		enum flow each;
		size_t before;
		skip_separators(b);
		if (word_at(b, b->at)->kind == WORD_END) {
			session_error(b->s, 102, 15, 1, "Incorrect syntax near 'begin'.");
			return FLOW_ABORT;
		}
		if (word_is(word_at(b, b->at), "end"))
			break;
		before = b->at;
		each = run_one(b);
		/* What cannot be read cannot be skipped either. */
		if (each == FLOW_ABORT && b->at == before)
			return FLOW_ABORT;
		if (each == FLOW_RETURN || each == FLOW_ABORT)
			flow = each;
		if (each != FLOW_NEXT && flow == FLOW_NEXT)
			flow = each;
		if (flow == FLOW_ABORT && !b->s->try_depth)
			return flow;
		b->is_skipping = b->is_skipping || flow != FLOW_NEXT;
	}
	b->at++;
	b->is_skipping = was_skipping;
	return flow;
}

/* BEGIN TRY ... END TRY BEGIN CATCH ... END CATCH: the error is kept, not sent. */
static enum flow run_try(struct batch *b)
{
	struct session *s = b->s;
	enum flow flow;

	b->at += 2;
	s->try_depth++;
	s->caught_number = b->is_skipping ? s->caught_number : 0;
	flow = run_block(b);
	s->try_depth--;
	if (word_is(word_at(b, b->at), "try"))
		b->at++;
	skip_separators(b);
	if (!word_is(word_at(b, b->at), "begin") || !word_is(word_at(b, b->at + 1), "catch")) {
		session_error(s, 102, 15, 1, "Incorrect syntax: a TRY without its CATCH.");
		return FLOW_ABORT;
	}
	b->at += 2;
	if (flow == FLOW_ABORT && s->caught_number != 0)
		flow = FLOW_NEXT;
	if (flow == FLOW_NEXT) {
		bool was_skipping = b->is_skipping;
		b->is_skipping = was_skipping || s->caught_number == 0;
		flow = run_block(b);
		b->is_skipping = was_skipping;
	} else {
		bool was_skipping = b->is_skipping;
		b->is_skipping = true;
		(void)run_block(b);
		b->is_skipping = was_skipping;
	}
	if (word_is(word_at(b, b->at), "catch"))
		b->at++;
	return flow;
}

static bool begins_transaction(const struct batch *b)
{
	static const char *const words[] = {"tran", "transaction", "distributed", NULL};

	return is_one_of(word_at(b, b->at + 1), words);
}

/* What an error means for the rest of the batch. */
static enum flow after_error(struct batch *b, enum flow flow)
{
	struct session *s = b->s;

	if (!s->has_error) {
		s->error = 0;
		return flow;
	}
	s->has_error = false;
	if (s->try_depth > 0)
		return FLOW_ABORT;
	if (s->settings.options & OPTION_XACT_ABORT && s->error_severity > 10) {
		transaction_rollback_all(s);
		flow = FLOW_ABORT;
	}
	session_done(s, DONE_ERROR, COMMAND_NONE, 0);
	return flow;
}

static enum flow run_plain(struct batch *b)
{
	size_t from = b->at, to = statement_end(b, from);

	b->at = to;
	if (b->is_skipping)
		return FLOW_NEXT;
	if (session_must_stop(b->s))
		return FLOW_ABORT;
	return after_error(b, command_run(b, from, to));
}

static enum flow run_one(struct batch *b)
{
	const struct word *w = word_at(b, b->at);
	enum flow flow;

	if (w->kind == WORD_END)
		return FLOW_NEXT;
	if (++b->depth > DEPTH_MAX) {
		session_error(
			b->s, 191, 15, 1, "Some part of your SQL statement is nested too deeply.");
		return FLOW_ABORT;
	}
	if (word_is(w, "if")) {
		flow = run_if(b);
	} else if (word_is(w, "while")) {
		flow = run_while(b);
	} else if (word_is(w, "begin") && word_is(word_at(b, b->at + 1), "try")) {
		flow = run_try(b);
	} else if (word_is(w, "begin") && !begins_transaction(b)) {
		b->at++;
		flow = run_block(b);
	} else if (word_is(w, "end") || word_is(w, "else")) {
		session_error(b->s, 156, 15, 1, "Incorrect syntax near the keyword '%.*s'.",
			(int)w->len, w->text);
		flow = FLOW_ABORT;
	} else {
		flow = run_plain(b);
	}
	b->depth--;
	return flow;
}

enum flow batch_run(struct session *s, const char *text, int32_t *ret_status)
{
	struct words words;
	struct batch b = {.s = s};
	enum flow flow = FLOW_NEXT;

	if (s->nesting >= NESTING_MAX) {
		session_error(s, 217, 16, 1,
			"Maximum stored procedure nesting level exceeded (limit 32).");
		return after_error(&b, FLOW_ABORT);
	}
	if (!words_split(text, &words))
		return FLOW_ABORT;
	b.words = words.list;
	b.count = words.count;
	s->nesting++;
	while (flow == FLOW_NEXT) {
		skip_separators(&b);
		if (word_at(&b, b.at)->kind == WORD_END)
			break;
		flow = run_one(&b);
	}
	flow = after_error(&b, flow);
	s->nesting--;
	words_done(&words);
	if (ret_status)
		*ret_status = b.return_status;
	return flow;
}
