/* SPDX-License-Identifier: MIT */
#include "tool/table.h"

#include "tool/say.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* How many columns a text takes up; names may be in any script. */
static size_t width_of(const char *text)
{
	size_t n = mbstowcs(NULL, text, 0);

	return n == (size_t)-1 ? strlen(text) : n;
}

void table_init(struct table *t, const struct table_column *columns, size_t count)
{
	*t = (struct table){.columns = columns, .column_count = count, .text = BUFFER_EMPTY};
	for (size_t i = 0; i < count; i++)
		t->width[i] = width_of(columns[i].title);
}

void table_done(struct table *t)
{
	buffer_done(&t->text);
}

void table_add(struct table *t, const char *cell)
{
	size_t width = width_of(cell), *widest = &t->width[t->cells++ % t->column_count];

	buffer_append(&t->text, cell, strlen(cell) + 1);
	if (width > *widest)
		*widest = width;
}

void table_add_u64(struct table *t, uint64_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, value);
	table_add(t, digits);
}

static void show_cell(const struct table *t, size_t column, const char *cell)
{
	size_t padding = t->width[column] - width_of(cell);
	bool is_last = column + 1 == t->column_count;

	if (t->columns[column].is_number)
		printf("%*s%s", (int)padding, "", cell);
	else
		printf("%s%*s", cell, is_last ? 0 : (int)padding, "");
	fputs(is_last ? "\n" : "  ", stdout);
}

bool table_show(const struct table *t)
{
	const char *cell = t->text.data;

	if (t->text.failed)
		return false;
	fputs(say_tint(stdout, TINT_HEAD), stdout);
	for (size_t i = 0; i < t->column_count; i++)
		show_cell(t, i, t->columns[i].title);
	fputs(say_end(stdout), stdout);
	for (size_t i = 0; i < t->cells; i++) {
		show_cell(t, i % t->column_count, cell);
		cell += strlen(cell) + 1;
	}
	return true;
}
