/* SPDX-License-Identifier: MIT */
#include "commands.h"

#include "dates.h"
#include "server.h"
#include "store.h"
#include "transaction.h"
#include "translate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct word *command_word(const struct batch *b, size_t i, size_t to)
{
	return &b->words[i < to ? i : b->count - 1];
}

bool command_word_in(const struct word *w, const char *const *list)
{
	for (; *list; list++)
		if (word_is(w, *list))
			return true;
	return false;
}

enum flow command_syntax_error(struct batch *b, size_t i, size_t to)
{
	const struct word *w = command_word(b, i, to);

	session_error(b->s, 102, 15, 1, "Incorrect syntax near '%.*s'.", (int)w->len, w->text);
	return FLOW_ABORT;
}

bool command_evaluate(struct batch *b, size_t from, size_t to, struct value *ret)
{
	struct buffer sql = BUFFER_EMPTY;
	bool is_done;

	buffer_append_str(&sql, "SELECT ");
	is_done = translate(b->s, b->words, from, to, &sql) && !sql.failed &&
		  store_evaluate(b->s, buffer_str(&sql), ret) == STORE_DONE;
	buffer_done(&sql);
	return is_done;
}

bool command_assign(struct batch *b, const struct word *variable, struct value *v)
{
	char name[NAME_SIZE];
	struct item *item;

	word_content(variable, name, sizeof(name));
	item = item_find(b->s->variables, name);
	if (!item) {
		session_error(b->s, 137, 15, 1, "Must declare the scalar variable \"%s\".", name);
		value_done(v);
		return false;
	}
	v->type = item->value.type;
	value_done(&item->value);
	item->value = *v;
	return true;
}

enum flow command_run_sql(struct batch *b, const char *sql)
{
	struct store_request request = {
		.sql = sql, .mode = ROWS_TO_CLIENT, .command = COMMAND_SELECT};

	if (store_run(b->s, &request) != STORE_DONE)
		return FLOW_ABORT;
	session_done(b->s, DONE_COUNT, COMMAND_SELECT, (uint64_t)b->s->row_count);
	return FLOW_NEXT;
}

static enum flow c_use(struct batch *b, size_t from, size_t to)
{
	char name[NAME_SIZE];

	if (!word_is_name(command_word(b, from + 1, to)))
		return command_syntax_error(b, from + 1, to);
	word_content(&b->words[from + 1], name, sizeof(name));
	return session_use(b->s, name) ? FLOW_NEXT : FLOW_ABORT;
}

static enum flow c_print(struct batch *b, size_t from, size_t to)
{
	struct value v;
	char number[32];

	if (!command_evaluate(b, from + 1, to, &v))
		return FLOW_ABORT;
	snprintf(number, sizeof(number), "%lld", (long long)v.integer);
	session_error(b->s, 0, 0, 1, "%s",
		v.data			  ? v.data
		: v.kind == VALUE_INTEGER ? number
					  : " ");
	value_done(&v);
	return FLOW_NEXT;
}

/* The values between commas at depth 0, at most `count`; those that are not there stay NULL. */
static bool evaluate_list(
	struct batch *b, size_t from, size_t to, struct value *values, size_t count)
{
	size_t start = from, n = 0;
	int depth = 0;

	for (size_t i = from; i <= to && n < count; i++) {
		const struct word *w = command_word(b, i, to);
		depth += word_is_sign(w, '(') - word_is_sign(w, ')');
		if (i < to && (depth > 0 || !word_is_sign(w, ',')))
			continue;
		if (start < i && !command_evaluate(b, start, i, &values[n]))
			return false;
		n++;
		start = i + 1;
	}
	return true;
}

static void values_done(struct value *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		value_done(&values[i]);
}

/* RAISERROR(text or number, severity, state) */
static enum flow c_raiserror(struct batch *b, size_t from, size_t to)
{
	struct value v[3] = {{.kind = VALUE_NULL}};
	size_t end = to;
	int number;
	unsigned severity;

	while (end > from && !word_is_sign(&b->words[end - 1], ')'))
		end--;
	if (!word_is_sign(command_word(b, from + 1, to), '(') || end < from + 3)
		return command_syntax_error(b, from + 1, to);
	if (!evaluate_list(b, from + 2, end - 1, v, 3)) {
		values_done(v, 3);
		return FLOW_ABORT;
	}
	number = v[0].kind == VALUE_INTEGER ? (int)v[0].integer : 50000;
	severity = (unsigned)value_as_integer(&v[1]);
	session_error(b->s, number, severity > 25 ? 25 : severity,
		(unsigned)value_as_integer(&v[2]) & 0xff, "%s",
		v[0].kind == VALUE_TEXT ? v[0].data : "The error was raised by number.");
	values_done(v, 3);
	return b->s->try_depth > 0 ? FLOW_ABORT : FLOW_NEXT;
}

/* THROW [number, text, state] */
static enum flow c_throw(struct batch *b, size_t from, size_t to)
{
	struct value v[3] = {{.kind = VALUE_NULL}};

	if (from + 1 == to) {
		session_error(b->s, b->s->caught_number, 16, 1, "%s", b->s->caught_text);
	} else if (evaluate_list(b, from + 1, to, v, 3)) {
		session_error(b->s, (int)value_as_integer(&v[0]), 16,
			(unsigned)value_as_integer(&v[2]) & 0xff, "%s", v[1].data ? v[1].data : "");
	}
	values_done(v, 3);
	return FLOW_ABORT;
}

/* WAITFOR DELAY 'hh:mm:ss.mmm' */
static enum flow c_waitfor(struct batch *b, size_t from, size_t to)
{
	struct value v = {.kind = VALUE_NULL};
	struct date d;
	bool is_good;

	if (!word_is(command_word(b, from + 1, to), "delay"))
		return command_syntax_error(b, from + 1, to);
	if (!command_evaluate(b, from + 2, to, &v))
		return FLOW_ABORT;
	is_good = v.kind == VALUE_TEXT && date_parse(v.data, &d);
	value_done(&v);
	if (!is_good) {
		session_error(b->s, 148, 15, 1,
			"Incorrect time syntax in time string used with WAITFOR.");
		return FLOW_ABORT;
	}
	return session_sleep(b->s, d.tick / 10000) ? FLOW_NEXT : FLOW_ABORT;
}

static enum flow c_kill(struct batch *b, size_t from, size_t to)
{
	struct value v = {.kind = VALUE_NULL};
	int spid;

	if (!command_evaluate(b, from + 1, to, &v))
		return FLOW_ABORT;
	spid = (int)value_as_integer(&v);
	value_done(&v);
	if (spid == b->s->spid)
		session_error(b->s, 6104, 16, 1, "Cannot use KILL to kill your own process.");
	else if (spid <= 0 || server_doom(b->s->server, spid, DOOM_KILLED) == 0)
		session_error(
			b->s, 6106, 16, 2, "Process ID %d is not an active process ID.", spid);
	return FLOW_NEXT;
}

static enum flow c_transaction(struct batch *b, size_t from, size_t to)
{
	static const char *const noise[] = {"tran", "transaction", "work", "distributed", NULL};
	const struct word *verb = &b->words[from];
	char name[NAME_SIZE] = "";
	size_t i = from + 1;

	while (command_word_in(command_word(b, i, to), noise))
		i++;
	if (i < to)
		word_content(&b->words[i], name, sizeof(name));
	if (word_is(verb, "begin"))
		transaction_begin(b->s);
	else if (word_is(verb, "commit"))
		transaction_commit(b->s);
	else if (word_is(verb, "save"))
		transaction_save(b->s, name);
	else
		transaction_rollback(b->s, name);
	return FLOW_NEXT;
}

static enum flow c_return(struct batch *b, size_t from, size_t to)
{
	struct value v = {.kind = VALUE_NULL};

	if (from + 1 < to && !command_evaluate(b, from + 1, to, &v))
		return FLOW_ABORT;
	b->return_status = (int32_t)value_as_integer(&v);
	value_done(&v);
	return FLOW_RETURN;
}

static enum flow c_loop(struct batch *b, size_t from, size_t to)
{
	(void)to;
	return word_is(&b->words[from], "break") ? FLOW_BREAK : FLOW_CONTINUE;
}

static enum flow c_revert(struct batch *b, size_t from, size_t to)
{
	struct item *last = b->s->impersonated;

	(void)from;
	(void)to;
	while (last && last->next)
		last = last->next;
	if (last)
		item_remove(&b->s->impersonated, last);
	return FLOW_NEXT;
}

/* GRANT, DENY, REVOKE, CHECKPOINT: everybody may do everything, and nothing is on a disk. */
static enum flow c_nothing(struct batch *b, size_t from, size_t to)
{
	(void)b;
	(void)from;
	(void)to;
	return FLOW_NEXT;
}

enum flow command_run(struct batch *b, size_t from, size_t to)
{
	static const struct {
		const char *keyword;
		enum flow (*run)(struct batch *b, size_t from, size_t to);
	} commands[] = {{"select", command_query}, {"insert", command_query},
		{"update", command_query}, {"delete", command_query}, {"with", command_query},
		{"create", command_query}, {"drop", command_query}, {"alter", command_query},
		{"truncate", command_query}, {"set", command_set}, {"dbcc", command_dbcc},
		{"declare", command_declare}, {"open", command_cursor}, {"close", command_cursor},
		{"fetch", command_cursor}, {"deallocate", command_cursor}, {"exec", command_exec},
		{"execute", command_exec}, {"use", c_use}, {"print", c_print},
		{"raiserror", c_raiserror}, {"throw", c_throw}, {"waitfor", c_waitfor},
		{"kill", c_kill}, {"begin", c_transaction}, {"commit", c_transaction},
		{"rollback", c_transaction}, {"save", c_transaction}, {"return", c_return},
		{"break", c_loop}, {"continue", c_loop}, {"revert", c_revert}, {"grant", c_nothing},
		{"deny", c_nothing}, {"revoke", c_nothing}, {"checkpoint", c_nothing}};
	uint32_t silent = OPTION_NOEXEC | OPTION_PARSEONLY;

	for (size_t i = 0; i < array_size(commands); i++) {
		if (!word_is(&b->words[from], commands[i].keyword))
			continue;
		if (b->s->settings.options & silent && commands[i].run != command_set)
			return FLOW_NEXT;
		if (b->s->settings.options & OPTION_FMTONLY && commands[i].run != command_query)
			return commands[i].run == command_set ? command_set(b, from, to)
							      : FLOW_NEXT;
		return commands[i].run(b, from, to);
	}
	/* "EXECUTE (Transact-SQL)": the first statement of a batch needs no EXEC. */
	if (from == 0 && word_is_name(&b->words[from]))
		return command_exec(b, from, to);
	return command_syntax_error(b, from, to);
}
