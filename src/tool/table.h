/* SPDX-License-Identifier: MIT */
#ifndef TOOL_TABLE_H
#define TOOL_TABLE_H
/*
 * A table of text: cells are added one after another, and columns become as wide as they must.
 *
 * Locks: none. Ownership: the struct owns the cells.
 */
#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_COLUMNS_MAX 20

struct table_column {
	const char *title;
	bool is_number; /* at the right of its column */
};

struct table {
	const struct table_column *columns;
	size_t column_count;
	struct buffer text; /* all cells, each with its NUL */
	size_t width[TABLE_COLUMNS_MAX];
	size_t cells;
};

void table_init(struct table *t, const struct table_column *columns, size_t count);
void table_done(struct table *t);
void table_add(struct table *t, const char *cell);
void table_add_u64(struct table *t, uint64_t value);
/* On standard output, with a row of titles. False: memory has run out before. */
must_use bool table_show(const struct table *t);

#endif
