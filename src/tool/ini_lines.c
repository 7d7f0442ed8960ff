/* SPDX-License-Identifier: MIT */
#include "tool/ini_lines.h"

#include "conf/ascii.h"

#include <stdlib.h>
#include <string.h>

bool ini_lines_cut(struct ini_lines *ret_lines, struct buffer *text)
{
	size_t count = 0, lines = 1;
	const char *p = buffer_str(text), *end = p + text->len;

	for (const char *c = p; c < end; c++)
		lines += *c == '\n';
	struct ini_line *line = calloc(lines, sizeof(*line));
	if (!line || text->failed) {
		free(line);
		return false;
	}
	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *next = newline ? newline + 1 : end;
		line[count++] = (struct ini_line){p, (size_t)(next - p)};
		p = next;
	}
	*ret_lines = (struct ini_lines){.text = *text, .line = line, .count = count};
	*text = (struct buffer)BUFFER_EMPTY;
	return true;
}

void ini_lines_done(struct ini_lines *l)
{
	free(l->line);
	buffer_done(&l->text);
}

/* As in ini_text.c, a line ends at its first NUL too. */
static const char *trimmed(const struct ini_line *line, size_t *ret_len)
{
	*ret_len = strnlen(line->text, line->len);
	return ascii_trim(line->text, ret_len);
}

static bool is_header(const struct ini_line *line, const char *section)
{
	size_t len;
	const char *p = trimmed(line, &len);

	if (len == 0 || *p != '[')
		return false;
	if (!section)
		return true;
	const char *close = memchr(p, ']', len);
	size_t name_len = close ? (size_t)(close - p) - 1 : len - 1;
	const char *name = ascii_trim(p + 1, &name_len);
	return ascii_is(name, name_len, section);
}

bool ini_lines_section(
	const struct ini_lines *l, const char *section, size_t *ret_first, size_t *ret_end)
{
	size_t i = 0;

	while (i < l->count && !is_header(&l->line[i], section))
		i++;
	if (i == l->count)
		return false;
	*ret_first = ++i;
	while (i < l->count && !is_header(&l->line[i], NULL))
		i++;
	*ret_end = i;
	return true;
}

bool ini_line_is(const struct ini_line *line, const char *key)
{
	size_t len;
	const char *p = trimmed(line, &len);

	if (len == 0 || strchr("#;[", *p))
		return false;
	const char *equals = memchr(p, '=', len);
	size_t key_len = equals ? (size_t)(equals - p) : len;
	p = ascii_trim(p, &key_len);
	return ascii_is(p, key_len, key);
}

size_t ini_lines_key(const struct ini_lines *l, size_t first, size_t end, const char *key)
{
	while (first < end && !ini_line_is(&l->line[first], key))
		first++;
	return first;
}

void ini_lines_value(const struct ini_line *line, struct buffer *to)
{
	size_t len;
	const char *p = trimmed(line, &len);
	const char *equals = memchr(p, '=', len);

	if (!equals)
		return;
	len -= (size_t)(equals + 1 - p);
	p = ascii_trim(equals + 1, &len);
	buffer_append(to, p, len);
}

const char *ini_line_end(const struct ini_line *line)
{
	if (line->len == 0 || line->text[line->len - 1] != '\n')
		return "";
	return line->len > 1 && line->text[line->len - 2] == '\r' ? "\r\n" : "\n";
}
