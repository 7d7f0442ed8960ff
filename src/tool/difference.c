/* SPDX-License-Identifier: MIT */
#include "tool/difference.h"

#include "tool/say.h"

#include <string.h>

#define CONTEXT 3

static bool is_equal(const struct ini_line *a, const struct ini_line *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static void show_line(char mark, const struct ini_line *line)
{
	const char *begin = mark == '-'	  ? say_tint(stdout, TINT_BAD)
			    : mark == '+' ? say_tint(stdout, TINT_GOOD)
					  : "";
	size_t len = line->len - (*ini_line_end(line) ? 1 : 0);

	printf("%s%c%.*s%s\n", begin, mark, (int)len, line->text, *begin ? say_end(stdout) : "");
	if (!*ini_line_end(line))
		printf("\\ No newline at end of file\n");
}

/* Where `line` stands in `in`, from `first` on; `end`: nowhere. */
static size_t find(
	const struct ini_lines *in, size_t first, size_t end, const struct ini_line *line)
{
	while (first < end && !is_equal(&in->line[first], line))
		first++;
	return first;
}

/* Lines are replaced and added, never moved: whatever stands further down again was kept. */
static void show_changes(
	const struct ini_lines *old, const struct ini_lines *new, size_t same, size_t tail)
{
	size_t next = same, end = new->count - tail;

	for (size_t i = same; i < old->count - tail; i++) {
		size_t kept = find(new, next, end, &old->line[i]);
		for (; kept < end && next < kept; next++)
			show_line('+', &new->line[next]);
		show_line(kept < end ? ' ' : '-', &old->line[i]);
		next += kept < end;
	}
	for (; next < end; next++)
		show_line('+', &new->line[next]);
}

/* One hunk is enough: the changes are in one section. */
void difference_show(const char *path, const struct ini_lines *old, const struct ini_lines *new)
{
	size_t same = 0, tail = 0;

	while (same < old->count &&
		same < new->count &&is_equal(&old->line[same], &new->line[same]))
		same++;
	while (tail < old->count - same &&
		tail < new->count - same &&is_equal(&old->line[old->count - 1 - tail],
					    &new->line[new->count - 1 - tail]))
		tail++;
	size_t first = same > CONTEXT ? same - CONTEXT : 0;
	size_t after = tail < CONTEXT ? tail : CONTEXT;
	printf("--- %s\n+++ %s\n@@ -%zu,%zu +%zu,%zu @@\n", path, path, first + 1,
		old->count - tail + after - first, first + 1, new->count - tail + after - first);
	for (size_t i = first; i < same; i++)
		show_line(' ', &old->line[i]);
	show_changes(old, new, same, tail);
	for (size_t i = old->count - tail; i < old->count - tail + after; i++)
		show_line(' ', &old->line[i]);
}
