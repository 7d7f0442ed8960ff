/* SPDX-License-Identifier: MIT */
/* Functions that need nothing but their arguments. */
#include "functions_values.h"

#include "dates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *argument_text(sqlite3_value *v)
{
	const char *text = (const char *)sqlite3_value_text(v);

	return text ? text : "";
}

void give_int(sqlite3_context *c, int64_t value)
{
	sqlite3_result_int64(c, value);
	sqlite3_result_subtype(c, TYPE_INT);
}

void give_null(sqlite3_context *c, enum type_kind kind)
{
	sqlite3_result_null(c);
	sqlite3_result_subtype(c, kind);
}

static void f_getdate(sqlite3_context *c, int count, sqlite3_value **v)
{
	char text[DATE_TEXT_SIZE];

	(void)count;
	(void)v;
	date_print(date_now(), true, 3, text);
	sqlite3_result_text(c, text, -1, SQLITE_TRANSIENT);
	sqlite3_result_subtype(c, TYPE_DATETIME);
}

static void f_newid(sqlite3_context *c, int count, sqlite3_value **v)
{
	uint8_t r[16];
	char text[37];

	(void)count;
	(void)v;
	sqlite3_randomness(sizeof(r), r);
	snprintf(text, sizeof(text),
		"%02X%02X%02X%02X-%02X%02X-4%X%02X-%02X%02X-%02X%02X%02X%02X%02X%02X", r[0], r[1],
		r[2], r[3], r[4], r[5], r[6] & 0xf, r[7], 0x80 | (r[8] & 0x3f), r[9], r[10], r[11],
		r[12], r[13], r[14], r[15]);
	sqlite3_result_text(c, text, -1, SQLITE_TRANSIENT);
	sqlite3_result_subtype(c, TYPE_GUID);
}

static void f_len(sqlite3_context *c, int count, sqlite3_value **v)
{
	const char *text = argument_text(v[0]);
	int64_t len = 0, used = 0;

	(void)count;
	if (sqlite3_value_type(v[0]) == SQLITE_NULL)
		return give_null(c, TYPE_INT);
	for (; *text; text++) {
		len += (*text & 0xc0) != 0x80;
		if (*text != ' ')
			used = len;
	}
	give_int(c, used);
}

static void f_datalength(sqlite3_context *c, int count, sqlite3_value **v)
{
	(void)count;
	if (sqlite3_value_type(v[0]) == SQLITE_NULL)
		return give_null(c, TYPE_INT);
	/* Text is NVARCHAR here. */
	give_int(c, sqlite3_value_type(v[0]) == SQLITE_TEXT ? sqlite3_value_bytes16(v[0])
							    : sqlite3_value_bytes(v[0]));
}

static void f_charindex(sqlite3_context *c, int count, sqlite3_value **v)
{
	const char *in = argument_text(v[1]), *at = strcasestr(in, argument_text(v[0]));

	(void)count;
	give_int(c, at ? at - in + 1 : 0);
}

/* LEFT and RIGHT, the latter with its count negative. */
static void f_left(sqlite3_context *c, int count, sqlite3_value **v)
{
	const char *text = argument_text(v[0]);
	int len = (int)strlen(text), n = sqlite3_value_int(v[1]);

	(void)count;
	n = n < -len ? -len : n > len ? len : n;
	sqlite3_result_text(c, n < 0 ? text + len + n : text, abs(n), SQLITE_TRANSIENT);
	sqlite3_result_subtype(c, TYPE_NVARCHAR);
}

static void f_replicate(sqlite3_context *c, int count, sqlite3_value **v)
{
	const char *text = argument_text(v[0]);
	int64_t n = sqlite3_value_int64(v[1]), len = (int64_t)strlen(text);
	char *all;

	(void)count;
	if (n < 0 || len * n > 16 << 20)
		return sqlite3_result_error_toobig(c);
	all = sqlite3_malloc64((uint64_t)(len * n + 1));
	if (!all)
		return sqlite3_result_error_nomem(c);
	for (int64_t i = 0; i < n; i++)
		memcpy(all + i * len, text, (size_t)len);
	sqlite3_result_text(c, all, (int)(len * n), sqlite3_free);
}

static void cast_to_text(sqlite3_context *c, sqlite3_value *v, const struct type *t)
{
	int bytes = sqlite3_value_bytes(v), units = 0, end = 0;
	const char *text = argument_text(v);

	for (; end < bytes; end++) {
		if ((text[end] & 0xc0) != 0x80 && t->size > 0 && units++ == (int)t->size)
			break;
	}
	sqlite3_result_text(c, text, end, SQLITE_TRANSIENT);
}

static void conversion_failed(sqlite3_context *c, enum type_kind kind)
{
	char text[120];

	snprintf(text, sizeof(text), "Conversion failed when converting the value to data type %s.",
		type_name(kind));
	sqlite3_result_error(c, text, -1);
}

static bool is_number(sqlite3_value *v)
{
	int type = sqlite3_value_numeric_type(v);

	return type == SQLITE_INTEGER || type == SQLITE_FLOAT;
}

static void cast_number(sqlite3_context *c, sqlite3_value *v, const struct type *t)
{
	enum type_kind kind = t->kind;

	if (!is_number(v))
		return conversion_failed(c, kind);
	if (kind == TYPE_BIT)
		sqlite3_result_int(c, sqlite3_value_double(v) != 0);
	else if (kind <= TYPE_BIGINT)
		sqlite3_result_int64(c, sqlite3_value_int64(v));
	else
		sqlite3_result_double(c, sqlite3_value_double(v));
	sqlite3_result_subtype(c, type_to_subtype(t));
}

/* CAST and CONVERT: the value and a declaration. */
static void f_cast(sqlite3_context *c, int count, sqlite3_value **v)
{
	struct type t = type_of_declaration(argument_text(v[1]));
	struct date d;

	(void)count;
	if (sqlite3_value_type(v[0]) == SQLITE_NULL) {
		sqlite3_result_null(c);
	} else if (type_is_text(t.kind)) {
		cast_to_text(c, v[0], &t);
	} else if (type_is_binary(t.kind)) {
		sqlite3_result_blob(
			c, sqlite3_value_blob(v[0]), sqlite3_value_bytes(v[0]), SQLITE_TRANSIENT);
	} else if (type_is_date(t.kind)) {
		if (!date_parse(argument_text(v[0]), &d))
			return conversion_failed(c, t.kind);
		sqlite3_result_text(c, argument_text(v[0]), -1, SQLITE_TRANSIENT);
	} else if (t.kind == TYPE_GUID) {
		sqlite3_result_text(c, argument_text(v[0]), -1, SQLITE_TRANSIENT);
	} else if (t.kind == TYPE_UNKNOWN) {
		sqlite3_result_error(c, "no such type", -1);
	} else {
		return cast_number(c, v[0], &t);
	}
	sqlite3_result_subtype(c, type_to_subtype(&t));
}

void functions_register_values(sqlite3 *db)
{
	static const struct {
		const char *name;
		int arguments;
		void (*call)(sqlite3_context *, int, sqlite3_value **);
	} functions[] = {
		{"tds_cast", 2, f_cast},
		{"tds_left", 2, f_left},
		{"getdate", 0, f_getdate},
		{"sysdatetime", 0, f_getdate},
		{"getutcdate", 0, f_getdate},
		{"newid", 0, f_newid},
		{"len", 1, f_len},
		{"datalength", 1, f_datalength},
		{"charindex", 2, f_charindex},
		{"replicate", 2, f_replicate},
	};

	for (size_t i = 0; i < array_size(functions); i++)
		sqlite3_create_function(db, functions[i].name, functions[i].arguments, SQLITE_UTF8,
			NULL, functions[i].call, NULL, NULL);
}
