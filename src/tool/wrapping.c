/* SPDX-License-Identifier: MIT */
#include "tool/wrapping.h"

#include "conf/ascii.h"

#include <string.h>

#define WAS ";odbcpool-was:"
#define BEGIN ";odbcpool-begin: `odbcpool unwrap` takes this out again"
#define END ";odbcpool-end"

static bool begins_with(const struct ini_line *line, const char *begin)
{
	size_t len = strlen(begin);

	return line->len >= len && memcmp(line->text, begin, len) == 0;
}

/* Comments about BEGIN may grow; its word does not change. */
static bool is_begin(const struct ini_line *line)
{
	return begins_with(line, ";odbcpool-begin");
}

struct section {
	size_t first, end;
	size_t driver; /* the line of Driver, or of Driver64, that counts; `end`: none */
};

static bool find(const struct ini_lines *l, const char *name, struct section *ret)
{
	if (!ini_lines_section(l, name, &ret->first, &ret->end))
		return false;
	ret->driver = ret->end;
	if (sizeof(void *) == 8)
		ret->driver = ini_lines_key(l, ret->first, ret->end, "Driver64");
	if (ret->driver == ret->end)
		ret->driver = ini_lines_key(l, ret->first, ret->end, "Driver");
	return true;
}

enum wrapping wrapping_find(
	const struct ini_lines *l, const char *section, struct buffer *to_driver)
{
	struct section s;

	if (!find(l, section, &s))
		return WRAPPING_NO_SECTION;
	if (s.driver < s.end)
		ini_lines_value(&l->line[s.driver], to_driver);
	return to_driver->len ? WRAPPING_DONE : WRAPPING_NO_DRIVER;
}

static bool value_is(const struct ini_line *line, const char *wanted)
{
	struct buffer value = BUFFER_EMPTY;

	ini_lines_value(line, &value);
	bool is = strcmp(buffer_str(&value), wanted) == 0;
	buffer_done(&value);
	return is;
}

/* "Driver" or "Driver64", as it is written there. */
static void add_key(struct buffer *to, const struct ini_line *line)
{
	size_t len = line->len;
	const char *p = memchr(line->text, '=', len);

	len = p ? (size_t)(p - line->text) : len;
	p = ascii_trim(line->text, &len);
	buffer_append(to, p, len);
}

/* What replaces the section's line of Driver. */
static void add_block(const struct ini_lines *l, const struct section *s, const char *library,
	bool has_threading, struct buffer *to)
{
	const struct ini_line *line = &l->line[s->driver];
	const char *end = ini_line_end(line), *newline = *end ? end : "\n";

	buffer_append_str(to, WAS);
	buffer_append(to, line->text, line->len);
	buffer_printf(to, "%s" BEGIN "%s", *end ? "" : newline, newline);
	add_key(to, line);
	buffer_printf(to, " = %s%sPoolDriver = ", library, newline);
	ini_lines_value(line, to);
	if (!has_threading)
		buffer_printf(to, "%sThreading = 0", newline);
	/* Where the file had no last end of line, this one has none, by which it is known. */
	buffer_printf(to, "%sCPTimeout = -1%s" END "%s", newline, newline, end);
}

enum wrapping wrapping_wrap(
	const struct ini_lines *l, const char *section, const char *library, struct buffer *to)
{
	struct section s;

	if (!find(l, section, &s))
		return WRAPPING_NO_SECTION;
	if (ini_lines_key(l, s.first, s.end, "PoolDriver") < s.end)
		return WRAPPING_IS_WRAPPED;
	if (s.driver == s.end)
		return WRAPPING_NO_DRIVER;
	size_t threading = ini_lines_key(l, s.first, s.end, "Threading");
	if (threading < s.end && value_is(&l->line[threading], "3"))
		return WRAPPING_SERIALISED;
	for (size_t i = 0; i < l->count; i++) {
		const struct ini_line *line = &l->line[i];
		bool is_inside = i >= s.first && i < s.end;
		if (i == s.driver) {
			add_block(l, &s, library, threading < s.end, to);
			continue;
		}
		/* The driver manager takes the first of two. */
		if (is_inside && ini_line_is(line, "CPTimeout"))
			buffer_append_str(to, WAS);
		buffer_append(to, line->text, line->len);
	}
	return WRAPPING_DONE;
}

/* Lines that add_block() wrote; whatever else stands between the marks is somebody's own. */
static bool is_of_block(const struct ini_line *line)
{
	static const char *const keys[] = {
		"Driver", "Driver64", "PoolDriver", "Threading", "CPTimeout"};

	for (size_t i = 0; i < array_size(keys); i++)
		if (ini_line_is(line, keys[i]))
			return true;
	return false;
}

/* The line in front of the block; it gets back the end of line that it had. */
static void add_driver_line(const struct ini_line *line, const char *end, struct buffer *to)
{
	size_t len = line->len - strlen(WAS);

	if (!*end)
		len -= strlen(ini_line_end(line));
	buffer_append(to, line->text + strlen(WAS), len);
}

enum wrapping wrapping_unwrap(const struct ini_lines *l, const char *section, struct buffer *to)
{
	size_t begin, end;
	struct section s;

	if (!find(l, section, &s))
		return WRAPPING_NO_SECTION;
	for (begin = s.first; begin < s.end && !is_begin(&l->line[begin]); begin++)
		;
	for (end = begin; end < s.end && !begins_with(&l->line[end], END); end++)
		;
	if (end == s.end || begin == s.first || !begins_with(&l->line[begin - 1], WAS))
		return ini_lines_key(l, s.first, s.end, "PoolDriver") < s.end
			       ? WRAPPING_NO_COMMENT
			       : WRAPPING_NOT_WRAPPED;
	for (size_t i = 0; i < l->count; i++) {
		const struct ini_line *line = &l->line[i];
		bool is_inside = i >= s.first && i < s.end;
		if (i == begin - 1)
			add_driver_line(line, ini_line_end(&l->line[end]), to);
		else if (is_inside && begins_with(line, WAS))
			buffer_append(to, line->text + strlen(WAS), line->len - strlen(WAS));
		else if (i != begin && i != end && !(i > begin && i < end && is_of_block(line)))
			buffer_append(to, line->text, line->len);
	}
	return WRAPPING_DONE;
}
