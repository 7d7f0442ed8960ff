/* SPDX-License-Identifier: MIT */
/* sp_executesql, and statements that are prepared first: [MS-TDS] 2.2.6.6, "System Stored
 * Procedures". */
#include "procedures.h"

#include "lexer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool add_parameter(struct item **variables, const struct word *name,
	const struct item *argument, const char *type_text, size_t type_len)
{
	char text[NAME_SIZE], type[NAME_SIZE];
	struct item *item;

	word_content(name, text, sizeof(text));
	item = item_add(variables, text);
	if (!item)
		return false;
	snprintf(type, sizeof(type), "%.*s", (int)type_len, type_text);
	if (argument && !value_copy(&argument->value, &item->value))
		return false;
	item->value.type = type_of_declaration(type);
	return true;
}

/* `@P1 int, @P2 nvarchar(4) OUTPUT`: a variable each, with the values of the arguments from `first`
 * on. */
static bool bind(const char *declaration, struct item *arguments, int first, struct item **ret)
{
	struct words words;
	bool is_done = true;

	while (first-- > 0 && arguments)
		arguments = arguments->next;
	if (!words_split(declaration, &words))
		return false;
	for (size_t i = 0; is_done && i + 1 < words.count; i++) {
		const struct word *w = &words.list[i];
		const struct item *argument = arguments;
		char name[NAME_SIZE];
		if (w->kind != WORD_VARIABLE)
			continue;
		word_content(w, name, sizeof(name));
		if (item_find(arguments, name))
			argument = item_find(arguments, name);
		is_done = add_parameter(ret, w, argument, w[1].text,
			strlen(w[1].text) < NAME_SIZE ? strlen(w[1].text) : NAME_SIZE - 1);
		if (arguments && argument == arguments)
			arguments = arguments->next;
	}
	words_done(&words);
	return is_done;
}

/* Values of output parameters go back into the arguments that they came from. */
static void give_back(struct item *variables, struct item *arguments, int first)
{
	while (first-- > 0 && arguments)
		arguments = arguments->next;
	for (; arguments; arguments = arguments->next) {
		struct item *v =
			arguments->name[0] ? item_find(variables, arguments->name) : variables;
		struct value copy;
		struct type type = arguments->value.type;
		if (v && arguments->is_output && value_copy(&v->value, &copy)) {
			value_done(&arguments->value);
			arguments->value = copy;
			if (type.kind != TYPE_UNKNOWN)
				arguments->value.type = type;
		}
		variables = variables ? variables->next : NULL;
	}
}

/* In a scope of its own. */
static enum flow run(struct call *c, const char *text, const char *declaration, int first)
{
	struct session *s = c->s;
	struct item *outer = s->variables, *inner = NULL;
	enum flow flow = FLOW_ABORT;

	if (bind(declaration, c->arguments, first, &inner)) {
		s->variables = inner;
		flow = batch_run(s, text, NULL);
		inner = s->variables;
		s->variables = outer;
		give_back(inner, c->arguments, first);
		c->status = flow == FLOW_ABORT ? s->error : 0;
	}
	items_done(&inner);
	return flow == FLOW_ABORT ? FLOW_ABORT : FLOW_NEXT;
}

enum flow p_executesql(struct call *c)
{
	return run(c, call_text(c, "@stmt", 0), call_text(c, "@params", 1), 2);
}

static struct item *prepare(struct call *c)
{
	struct session *s = c->s;
	struct item *handle = call_argument(c, "@handle", 0),
		    *prepared = item_add(&s->prepared, "");

	if (!prepared)
		return NULL;
	prepared->id = ++s->next_handle;
	prepared->declaration = strdup(call_text(c, "@params", 1));
	prepared->text = strdup(call_text(c, "@stmt", 2));
	if (!prepared->declaration || !prepared->text)
		return NULL;
	if (handle) {
		value_done(&handle->value);
		handle->value = (struct value){.kind = VALUE_INTEGER,
			.type = type_of_kind(TYPE_INT),
			.integer = prepared->id};
	}
	return prepared;
}

static struct item *find_prepared(struct session *s, int64_t handle)
{
	for (struct item *item = s->prepared; item; item = item->next)
		if (item->id == handle)
			return item;
	session_error(
		s, 8179, 16, 2, "Could not find prepared statement with handle %d.", (int)handle);
	return NULL;
}

/* The columns of what was prepared, as SQL Server tells them: what it does for SET FMTONLY ON. A
 * statement that cannot run cannot be prepared: 8180. */
static enum flow describe(struct call *c, struct item *prepared)
{
	struct session *s = c->s;
	uint32_t before = s->settings.options;
	enum flow flow;

	s->settings.options |= OPTION_FMTONLY;
	flow = run(c, prepared->text, prepared->declaration, 4);
	s->settings.options = before;
	if (flow == FLOW_ABORT) {
		session_error(s, 8180, 16, 1, "Statement(s) could not be prepared.");
		item_remove(&s->prepared, prepared);
	}
	return flow;
}

enum flow p_prepare(struct call *c)
{
	struct item *prepared = prepare(c);

	return prepared ? describe(c, prepared) : FLOW_ABORT;
}

enum flow p_execute(struct call *c)
{
	struct item *prepared = find_prepared(c->s, call_integer(c, "@handle", 0, 0));

	return prepared ? run(c, prepared->text, prepared->declaration, 1) : FLOW_ABORT;
}

enum flow p_prepexec(struct call *c)
{
	struct item *prepared = prepare(c);

	return prepared ? run(c, prepared->text, prepared->declaration, 3) : FLOW_ABORT;
}

enum flow p_unprepare(struct call *c)
{
	struct item *prepared = find_prepared(c->s, call_integer(c, "@handle", 0, 0));

	if (prepared)
		item_remove(&c->s->prepared, prepared);
	return prepared ? FLOW_NEXT : FLOW_ABORT;
}
