/* SPDX-License-Identifier: MIT */
#include "transcript.h"

#include "base/buffer.h"
#include "base/utf16.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct app app;

/* The buffers that the call in progress was given. */
enum out_kind { OUT_TEXT, OUT_TEXT_UNLESS_FAILED, OUT_BYTES, OUT_SMALLINT, OUT_INTEGER, OUT_LEN };
struct out {
	const char *label;
	enum out_kind kind;
	/* Room behind what the application claims: a driver that writes too much is seen, too. */
	_Alignas(16) unsigned char data[OUT_SIZE + 64];
};
static struct out outs[12];
/*
 * Where a filled buffer has a zero: the driver manager converts text that a driver did not write,
 * which would otherwise go on past the end of the buffer.
 */
enum { STOP = OUT_SIZE / 2 - 8 };
static unsigned out_count;
/* After it the handle must not be asked for diagnostics: the driver manager would look inside. */
static bool is_freeing;

/* Where the transcript goes: stdout, or the text of the item in progress. */
static FILE *captured;
static char *captured_text;
static size_t captured_size;
static char *last_text;
static long first_item, last_item, current_item;

static FILE *to(void)
{
	return captured ? captured : stdout;
}

void say(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vfprintf(to(), format, ap);
	va_end(ap);
}

void fill(void *data, size_t size)
{
	memset(data, PATTERN, size);
	if (size > STOP)
		((unsigned char *)data)[STOP] = 0;
}

/* What of a filled buffer has been written to: up to the last byte that is not as it was. */
static size_t touched(const unsigned char *data, size_t size)
{
	while (size && data[size - 1] == (size - 1 == STOP ? 0 : PATTERN))
		size--;
	return size;
}

static bool starts_with(const unsigned char *data, size_t size, size_t step, const char *word)
{
	for (; *word; word++, data += step, size -= step)
		if (size < step || *data != (unsigned char)*word)
			return false;
	return true;
}

/* psqlODBC and SQLite's driver name a cursor after the address of its statement. */
static void hide_addresses(unsigned char *data, size_t size, size_t step)
{
	static const char *const words[] = {"SQL_CUR0x", "CUR_0000"};

	for (size_t i = 0; i + step <= size; i += step)
		for (size_t k = 0; k < array_size(words); k++) {
			if (!starts_with(data + i, size - i, step, words[k]))
				continue;
			i += strlen(words[k]) * step;
			for (; i + step <= size && isxdigit(data[i]); i += step)
				data[i] = 'X';
			break;
		}
}

static unsigned unit_at(const unsigned char *data, size_t i, size_t step)
{
	uint16_t wide;

	if (step == 1)
		return data[i];
	memcpy(&wide, data + i, 2);
	return wide;
}

static void say_units(const unsigned char *data, size_t size, size_t step)
{
	size_t i = 0;

	while (i + step <= size) {
		unsigned unit = unit_at(data, i, step);
		size_t run = 1;

		while (i + (run + 1) * step <= size && unit_at(data, i + run * step, step) == unit)
			run++;
		if (run < 8)
			run = 1;
		if (unit >= 0x20 && unit < 0x7F && unit != '\\' && unit != '"')
			say("%c", (int)unit);
		else
			say(step == 1 ? "\\x%02X" : "\\u%04X", unit);
		if (run > 1)
			say("\\*%zu;", run);
		i += run * step;
	}
	for (; i < size; i++)
		say("\\x%02X", data[i]);
}

static void say_data(const void *data, size_t size, bool is_text)
{
	unsigned char *copy;
	size_t step = is_text && app.is_wide ? 2 : 1;

	size = touched(data, size);
	if (!size) {
		say("untouched");
		return;
	}
	copy = malloc(size);
	memcpy(copy, data, size);
	hide_addresses(copy, size, step);
	say("\"");
	say_units(copy, size, step);
	say("\"");
	free(copy);
}

void show_bytes(const char *label, const void *data, size_t size)
{
	say("\t%s ", label);
	say_data(data, size, false);
	say("\n");
}

void show_text(const char *label, const void *data, size_t size)
{
	say("\t%s ", label);
	say_data(data, size, true);
	say("\n");
}

static const char *rc_name(SQLRETURN rc)
{
	switch (rc) {
	case SQL_SUCCESS:
		return "SQL_SUCCESS";
	case SQL_SUCCESS_WITH_INFO:
		return "SQL_SUCCESS_WITH_INFO";
	case SQL_ERROR:
		return "SQL_ERROR";
	case SQL_INVALID_HANDLE:
		return "SQL_INVALID_HANDLE";
	case SQL_NO_DATA:
		return "SQL_NO_DATA";
	case SQL_NEED_DATA:
		return "SQL_NEED_DATA";
	case SQL_STILL_EXECUTING:
		return "SQL_STILL_EXECUTING";
	case SQL_PARAM_DATA_AVAILABLE:
		return "SQL_PARAM_DATA_AVAILABLE";
	default:
		return "another return code";
	}
}

void call_begin(const char *name, const char *arguments)
{
	out_count = 0;
	is_freeing = !strncmp(name, "SQLFree", strlen("SQLFree")) &&
		     (strcmp(name, "SQLFreeStmt") || strstr(arguments, "SQL_DROP"));
	say("%s(%s)", name, arguments);
	fflush(to());
}

static void show_out(const struct out *o, SQLRETURN rc)
{
	SQLSMALLINT small;
	SQLINTEGER integer;
	SQLLEN len;

	say("; %s ", o->label);
	if (o->kind == OUT_TEXT_UNLESS_FAILED && rc == SQL_ERROR) {
		say("undefined");
		return;
	}
	if (o->kind <= OUT_BYTES) {
		say_data(o->data, sizeof(o->data), o->kind != OUT_BYTES);
		return;
	}
	/* Half written numbers show, as their pattern does. */
	memcpy(&small, o->data, sizeof(small));
	memcpy(&integer, o->data, sizeof(integer));
	memcpy(&len, o->data, sizeof(len));
	if (!touched(o->data, sizeof(len)))
		say("untouched");
	else if (o->kind == OUT_SMALLINT)
		say("%d", small);
	else if (o->kind == OUT_INTEGER)
		say("%d", (int)integer);
	else
		say("%ld", (long)len);
	if (touched(o->data, sizeof(o->data)) > (o->kind == OUT_SMALLINT	 ? sizeof(small)
							: o->kind == OUT_INTEGER ? sizeof(integer)
										 : sizeof(len)))
		say(" and more than that");
}

SQLRETURN call_end(SQLSMALLINT kind, SQLHANDLE handle, SQLRETURN rc)
{
	unsigned count = out_count;

	say(" = %s", rc_name(rc));
	for (unsigned i = 0; i < count; i++)
		show_out(&outs[i], rc);
	say("\n");
	if (!app.has_no_diagnostics && rc != SQL_INVALID_HANDLE &&
		!(is_freeing && rc == SQL_SUCCESS))
		show_diagnostics(kind, handle);
	return rc;
}

static void *out_new(const char *label, enum out_kind kind)
{
	struct out *o = &outs[out_count++];

	o->label = label;
	o->kind = kind;
	fill(o->data, sizeof(o->data));
	return o->data;
}

void *out_text(const char *label)
{
	return out_new(label, OUT_TEXT);
}

void *out_text_unless_failed(const char *label)
{
	return out_new(label, OUT_TEXT_UNLESS_FAILED);
}

void *out_bytes(const char *label)
{
	return out_new(label, OUT_BYTES);
}

SQLSMALLINT *out_smallint(const char *label)
{
	return out_new(label, OUT_SMALLINT);
}

SQLINTEGER *out_integer(const char *label)
{
	return out_new(label, OUT_INTEGER);
}

SQLLEN *out_len(const char *label)
{
	return out_new(label, OUT_LEN);
}

int octets(int n)
{
	return app.is_wide ? 2 * n : n;
}

SQLLEN number(SQLLEN n)
{
	say(" <%ld>", (long)n);
	return n;
}

/* The texts live as long as the process: a driver may keep a pointer to a bound one. */
void *text(const char *utf8)
{
	struct buffer b = BUFFER_EMPTY;

	if (!utf8) {
		say(" <NULL>");
		return NULL;
	}
	if (strlen(utf8) < 1000)
		say(" <\"%s\">", utf8);
	else
		say(" <%zu characters>", strlen(utf8));
	if (app.is_wide)
		utf8_to_utf16(&b, utf8, strlen(utf8));
	else
		buffer_append_str(&b, utf8);
	/* Two zero bytes behind the one that a buffer has anyway. */
	buffer_append(&b, "\0", 2);
	return b.data;
}

void items_begin(void)
{
	free(last_text);
	last_text = NULL;
}

static void items_print(void)
{
	if (!last_text)
		return;
	if (first_item == last_item)
		printf("[%ld]\n%s", first_item, last_text);
	else
		printf("[%ld to %ld]\n%s", first_item, last_item, last_text);
}

static void item_finish(void)
{
	if (!captured)
		return;
	fclose(captured);
	captured = NULL;
	if (last_text && !strcmp(last_text, captured_text)) {
		last_item = current_item;
		free(captured_text);
	} else {
		items_print();
		free(last_text);
		last_text = captured_text;
		first_item = last_item = current_item;
	}
	captured_text = NULL;
}

void item(long n)
{
	item_finish();
	current_item = n;
	captured = open_memstream(&captured_text, &captured_size);
}

void items_end(void)
{
	item_finish();
	items_print();
	free(last_text);
	last_text = NULL;
}
