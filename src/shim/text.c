/* SPDX-License-Identifier: MIT */
#include "shim/text.h"

#include "base/utf16.h"

#include <string.h>

size_t text_arg_len(const void *text, SQLINTEGER len, bool is_wide)
{
	if (!text)
		return 0;
	if (len == SQL_NTS)
		return is_wide ? utf16_len(text) : strlen(text);
	return len > 0 ? (size_t)len : 0;
}

void text_arg(struct buffer *to, const void *text, SQLINTEGER len, bool is_wide)
{
	size_t n = text_arg_len(text, len, is_wide);

	if (is_wide)
		utf16_to_utf8(to, text, n);
	else
		buffer_append(to, text, n);
}

static bool bytes_out(const void *text, size_t count, size_t unit, void *out, size_t size)
{
	static const char zero[sizeof(SQLWCHAR)];

	if (!out || size == 0)
		return count > 0 && out;
	size_t fits = count < size ? count : size - 1;
	if (fits)
		memcpy(out, text, fits * unit);
	memcpy((char *)out + fits * unit, zero, unit);
	return fits < count;
}

bool text_out(const char *text, size_t len, bool is_wide, void *out, size_t size, size_t *ret_len)
{
	if (!is_wide) {
		if (ret_len)
			*ret_len = len;
		return bytes_out(text, len, 1, out, size);
	}
	struct buffer wide = BUFFER_EMPTY;
	utf8_to_utf16(&wide, text, len);
	if (ret_len)
		*ret_len = wide.len / sizeof(SQLWCHAR);
	bool is_cut =
		bytes_out(wide.data, wide.len / sizeof(SQLWCHAR), sizeof(SQLWCHAR), out, size);
	buffer_done(&wide);
	return is_cut;
}

bool text_out_short(const char *text, size_t len, bool is_wide, void *out, SQLSMALLINT size,
	SQLSMALLINT *ret_len)
{
	size_t whole;
	bool is_cut = text_out(text, len, is_wide, out, size > 0 ? (size_t)size : 0, &whole);

	if (ret_len)
		*ret_len = whole > INT16_MAX ? INT16_MAX : (SQLSMALLINT)whole;
	return is_cut;
}

bool text_out_bytes(const char *text, size_t len, bool is_wide, void *out, SQLINTEGER size_bytes,
	SQLINTEGER *ret_len_bytes)
{
	size_t unit = is_wide ? sizeof(SQLWCHAR) : 1, whole;
	size_t size = size_bytes > 0 ? (size_t)size_bytes / unit : 0;
	bool is_cut = text_out(text, len, is_wide, out, size, &whole);

	if (ret_len_bytes)
		*ret_len_bytes = (SQLINTEGER)(whole * unit);
	return is_cut;
}

SQLCHAR *narrowed_add(struct narrowed *n, const SQLWCHAR *text, SQLINTEGER len)
{
	if (!text || n->count == NARROWED_MAX)
		return NULL;
	struct buffer *b = &n->texts[n->count++];
	text_arg(b, text, len, true);
	buffer_append(b, "", 0);
	return (SQLCHAR *)b->data;
}

void narrowed_done(struct narrowed *n)
{
	for (unsigned i = 0; i < n->count; i++)
		buffer_done(&n->texts[i]);
}
