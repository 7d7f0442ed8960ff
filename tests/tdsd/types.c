/* SPDX-License-Identifier: MIT */
#include "types.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	enum type_kind kind;
} names[] = {
	{"bit", TYPE_BIT},
	{"tinyint", TYPE_TINYINT},
	{"smallint", TYPE_SMALLINT},
	{"int", TYPE_INT},
	{"bigint", TYPE_BIGINT},
	{"real", TYPE_REAL},
	{"float", TYPE_FLOAT},
	{"smallmoney", TYPE_SMALLMONEY},
	{"money", TYPE_MONEY},
	{"decimal", TYPE_DECIMAL},
	{"smalldatetime", TYPE_SMALLDATETIME},
	{"datetime", TYPE_DATETIME},
	{"date", TYPE_DATE},
	{"time", TYPE_TIME},
	{"datetime2", TYPE_DATETIME2},
	{"char", TYPE_CHAR},
	{"varchar", TYPE_VARCHAR},
	{"text", TYPE_TEXT},
	{"nchar", TYPE_NCHAR},
	{"nvarchar", TYPE_NVARCHAR},
	{"ntext", TYPE_NTEXT},
	{"binary", TYPE_BINARY},
	{"varbinary", TYPE_VARBINARY},
	{"image", TYPE_IMAGE},
	{"uniqueidentifier", TYPE_GUID},
	/* Synonyms; type_name() finds the ones above first. */
	{"integer", TYPE_INT},
	{"numeric", TYPE_DECIMAL},
	{"sysname", TYPE_NVARCHAR},
	{"univarchar", TYPE_NVARCHAR}, /* Sybase */
	{"double", TYPE_FLOAT},
};

const char *type_name(enum type_kind kind)
{
	for (size_t i = 0; i < array_size(names); i++)
		if (names[i].kind == kind)
			return names[i].name;
	return "sql_variant";
}

bool type_is_text(enum type_kind kind)
{
	return kind >= TYPE_CHAR && kind <= TYPE_NTEXT;
}

bool type_is_binary(enum type_kind kind)
{
	return kind >= TYPE_BINARY && kind <= TYPE_IMAGE;
}

bool type_is_date(enum type_kind kind)
{
	return kind >= TYPE_SMALLDATETIME && kind <= TYPE_DATETIME2;
}

struct type type_of_kind(enum type_kind kind)
{
	struct type t = {.kind = kind};

	if (type_is_text(kind))
		t.size = kind == TYPE_NCHAR || kind == TYPE_NVARCHAR ? 4000 : 8000;
	else if (type_is_binary(kind))
		t.size = 8000;
	else if (kind == TYPE_DECIMAL)
		t.precision = 18;
	else if (kind == TYPE_TIME || kind == TYPE_DATETIME2)
		t.scale = 7;
	if (kind == TYPE_TEXT || kind == TYPE_NTEXT || kind == TYPE_IMAGE)
		t.size = 0;
	return t;
}

enum {
	SUBTYPE_DECIMAL = 0x40,
	SUBTYPE_TIME = 0x80,
	SUBTYPE_DATETIME2 = 0x90,
	SUBTYPE_SCALE = 0x3f
};

unsigned type_to_subtype(const struct type *type)
{
	if (type->kind == TYPE_DECIMAL)
		return SUBTYPE_DECIMAL | (type->scale & SUBTYPE_SCALE);
	if (type->kind == TYPE_TIME)
		return SUBTYPE_TIME | (type->scale & 7);
	if (type->kind == TYPE_DATETIME2)
		return SUBTYPE_DATETIME2 | (type->scale & 7);
	return type->kind;
}

struct type type_of_subtype(unsigned subtype)
{
	struct type t;

	if (subtype < SUBTYPE_DECIMAL)
		return type_of_kind((enum type_kind)subtype);
	t = type_of_kind(subtype < SUBTYPE_TIME	       ? TYPE_DECIMAL
			 : subtype < SUBTYPE_DATETIME2 ? TYPE_TIME
						       : TYPE_DATETIME2);
	t.scale = subtype < SUBTYPE_TIME ? subtype & SUBTYPE_SCALE : subtype & 7;
	if (t.kind == TYPE_DECIMAL)
		t.precision = 38;
	return t;
}

static void apply_arguments(struct type *t, const char *text, bool is_sysname)
{
	int first = 0, second = 0, count = sscanf(text, " ( %d , %d", &first, &second);
	bool is_max =
		text[0] == '(' && strncasecmp(text + 1 + strspn(text + 1, " "), "max", 3) == 0;

	if (type_is_text(t->kind) || type_is_binary(t->kind)) {
		t->size = count >= 1 && first > 0 ? (uint32_t)first : is_sysname ? 128 : 1;
		if (is_max || (count >= 1 && first == 0) || t->size > 8000 ||
			t->kind == TYPE_TEXT || t->kind == TYPE_NTEXT || t->kind == TYPE_IMAGE)
			t->size = 0;
	} else if (t->kind == TYPE_DECIMAL) {
		t->precision = count >= 1 && first > 0 && first <= 38 ? (uint8_t)first : 18;
		t->scale =
			count == 2 && second >= 0 && second <= t->precision ? (uint8_t)second : 0;
	} else if (t->kind == TYPE_TIME || t->kind == TYPE_DATETIME2) {
		t->scale = count >= 1 && first >= 0 && first <= 7 ? (uint8_t)first : 7;
	}
}

struct type type_of_declaration(const char *text)
{
	const char *word = text + strspn(text, " [\"");
	size_t len = 0;

	while (isalnum((unsigned char)word[len]) || word[len] == '_')
		len++;
	for (size_t i = 0; i < array_size(names); i++) {
		struct type t = {.kind = names[i].kind};
		if (strlen(names[i].name) != len || strncasecmp(names[i].name, word, len) != 0)
			continue;
		apply_arguments(&t, word + len + strspn(word + len, "]\" "),
			strcmp(names[i].name, "sysname") == 0);
		return t;
	}
	return (struct type){.kind = TYPE_UNKNOWN};
}

void value_done(struct value *v)
{
	free(v->data);
	*v = (struct value){.kind = VALUE_NULL};
}

bool value_set_bytes(struct value *v, enum value_kind kind, const void *data, size_t len)
{
	char *copy = malloc(len + 1);

	if (!copy)
		return false;
	if (len > 0)
		memcpy(copy, data, len);
	copy[len] = '\0';
	free(v->data);
	v->kind = kind;
	v->data = copy;
	v->len = len;
	return true;
}

bool value_copy(const struct value *from, struct value *ret)
{
	struct value v = *from;

	v.data = NULL;
	if (from->data && !value_set_bytes(&v, from->kind, from->data, from->len))
		return false;
	*ret = v;
	return true;
}

int64_t value_as_integer(const struct value *v)
{
	switch (v->kind) {
	case VALUE_NULL:
	case VALUE_BLOB:
		return 0;
	case VALUE_INTEGER:
		return v->integer;
	case VALUE_REAL:
		return v->real > 9e18 ? INT64_MAX : v->real < -9e18 ? INT64_MIN : (int64_t)v->real;
	case VALUE_TEXT:
		return strtoll(v->data, NULL, 10);
	}
	return 0;
}

double value_as_real(const struct value *v)
{
	switch (v->kind) {
	case VALUE_NULL:
	case VALUE_BLOB:
		return 0;
	case VALUE_INTEGER:
		return (double)v->integer;
	case VALUE_REAL:
		return v->real;
	case VALUE_TEXT:
		return strtod(v->data, NULL);
	}
	return 0;
}
