/* SPDX-License-Identifier: MIT */
/* EXEC: of a procedure, of a text, and EXECUTE AS. */
#include "commands.h"

#include "procedures.h"

#include <stdlib.h>
#include <string.h>

/* EXECUTE AS USER|LOGIN = 'x', EXECUTE AS CALLER */
static enum flow execute_as(struct batch *b, size_t at, size_t to)
{
	struct value v;
	bool is_done;

	if (word_is(command_word(b, at, to), "caller"))
		return FLOW_NEXT;
	if (!word_is_sign(command_word(b, at + 1, to), '='))
		return command_syntax_error(b, at + 1, to);
	if (!command_evaluate(b, at + 2, at + 3, &v))
		return FLOW_ABORT;
	is_done = v.kind == VALUE_TEXT && item_add(&b->s->impersonated, v.data);
	value_done(&v);
	return is_done ? FLOW_NEXT : command_syntax_error(b, at + 2, to);
}

/* EXEC ('text' + @more) */
static enum flow exec_text(struct batch *b, size_t from, size_t to)
{
	struct session *s = b->s;
	struct item *outer = s->variables;
	struct value v;
	enum flow flow = FLOW_NEXT;

	if (!command_evaluate(b, from, to, &v))
		return FLOW_ABORT;
	s->variables = NULL;
	if (v.kind == VALUE_TEXT)
		flow = batch_run(s, v.data, NULL);
	items_done(&s->variables);
	s->variables = outer;
	value_done(&v);
	return flow == FLOW_ABORT ? FLOW_ABORT : FLOW_NEXT;
}

/* `@name = value OUTPUT`, up to the next comma. A bare word is a text. */
static bool read_argument(struct batch *b, size_t from, size_t to, struct item **arguments)
{
	char name[NAME_SIZE] = "";
	struct item *item;
	bool is_named = b->words[from].kind == WORD_VARIABLE &&
			word_is_sign(command_word(b, from + 1, to), '=');

	if (is_named)
		word_content(&b->words[from], name, sizeof(name));
	from += is_named ? 2 : 0;
	item = item_add(arguments, name);
	if (!item || from >= to)
		return false;
	if (word_is(&b->words[to - 1], "output") || word_is(&b->words[to - 1], "out")) {
		item->is_output = true;
		to--;
	}
	if (word_is(&b->words[from], "null") || word_is(&b->words[from], "default"))
		return true;
	if (b->words[from].kind == WORD_NAME || b->words[from].kind == WORD_BRACKET)
		return value_set_bytes(
			&item->value, VALUE_TEXT, b->words[from].text, b->words[from].len);
	return command_evaluate(b, from, to, &item->value);
}

static bool read_arguments(struct batch *b, size_t from, size_t to, struct item **arguments)
{
	int depth = 0;

	for (size_t i = from; i <= to && from < to; i++) {
		const struct word *w = command_word(b, i, to);
		depth += word_is_sign(w, '(') - word_is_sign(w, ')');
		if (i < to && (depth > 0 || !word_is_sign(w, ',')))
			continue;
		if (i == from || !read_argument(b, from, i, arguments)) {
			if (!b->s->has_error)
				command_syntax_error(b, i, to);
			return false;
		}
		from = i + 1;
	}
	return true;
}

/* Outputs go into the variables that were named as arguments. */
static void give_outputs(struct batch *b, size_t from, size_t to, struct item *arguments)
{
	for (size_t i = from; i < to && arguments; i++) {
		size_t value = word_is_sign(command_word(b, i + 1, to), '=') ? i + 2 : i;
		struct value copy;
		if (arguments->is_output && command_word(b, value, to)->kind == WORD_VARIABLE &&
			value_copy(&arguments->value, &copy))
			(void)command_assign(b, &b->words[value], &copy);
		while (i < to && !word_is_sign(&b->words[i], ','))
			i++;
		arguments = arguments->next;
	}
}

static size_t name_end(const struct batch *b, size_t from, size_t to)
{
	size_t i = from;

	while (word_is_name(command_word(b, i, to)) || word_is_sign(command_word(b, i, to), '.')) {
		bool is_dot = word_is_sign(&b->words[i++], '.');
		if (!is_dot && !word_is_sign(command_word(b, i, to), '.'))
			break;
	}
	return i;
}

static enum flow exec_procedure(struct batch *b, size_t at, size_t to)
{
	const struct word *result = command_word(b, at, to);
	struct buffer name = BUFFER_EMPTY;
	struct item *arguments = NULL;
	struct value status = {.kind = VALUE_INTEGER};
	int32_t returned = 0;
	enum flow flow = FLOW_ABORT;
	size_t end;

	if (result->kind == WORD_VARIABLE)
		at += 2;
	end = name_end(b, at, to);
	for (size_t i = at; i < end; i++)
		buffer_append(&name, b->words[i].text, b->words[i].len);
	b->s->procedure_depth++;
	if (read_arguments(b, end, to, &arguments))
		flow = procedure_call(b->s, buffer_str(&name), arguments, &returned);
	b->s->procedure_depth--;
	if (!b->s->has_error)
		session_done_procedure(b->s, returned);
	give_outputs(b, end, to, arguments);
	status.integer = returned;
	if (result->kind == WORD_VARIABLE && !command_assign(b, result, &status))
		flow = FLOW_ABORT;
	items_done(&arguments);
	buffer_done(&name);
	return flow;
}

enum flow command_exec(struct batch *b, size_t from, size_t to)
{
	bool has_verb = word_is(&b->words[from], "exec") || word_is(&b->words[from], "execute");
	size_t at = from + has_verb;

	if (has_verb && word_is(command_word(b, at, to), "as"))
		return execute_as(b, at + 1, to);
	if (word_is_sign(command_word(b, at, to), '('))
		return exec_text(b, at, to);
	return exec_procedure(b, at, to);
}
