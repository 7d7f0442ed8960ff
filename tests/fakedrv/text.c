/* SPDX-License-Identifier: MIT */
/* Texts of both widths; inside, everything is UTF-8. */
#include "fakedrv/internal.h"
#include "base/utf16.h"

#include <stdlib.h>
#include <string.h>

char *text_in(const void *s, SQLINTEGER len, enum width w)
{
	struct buffer b = BUFFER_EMPTY;

	if (!s)
		return NULL;
	if (w == WIDE)
		utf16_to_utf8(&b, s, len == SQL_NTS ? utf16_len(s) : (size_t)len);
	else
		buffer_append(&b, s, len == SQL_NTS ? strlen(s) : (size_t)len);
	return b.data ? buffer_steal(&b) : strdup("");
}

char *text_in_bytes(const void *s, SQLINTEGER len_bytes, enum width w)
{
	if (w == WIDE && len_bytes > 0)
		len_bytes /= (SQLINTEGER)sizeof(SQLWCHAR);
	return text_in(s, len_bytes, w);
}

bool text_out(const char *text, void *to, SQLINTEGER size, SQLINTEGER *ret_length, enum width w)
{
	size_t unit = w == WIDE ? sizeof(SQLWCHAR) : 1, len = strlen(text), kept;
	struct buffer wide = BUFFER_EMPTY;
	const char *from = text;

	if (w == WIDE) {
		utf8_to_utf16(&wide, text, len);
		len = wide.len / unit;
		from = buffer_str(&wide);
	}
	*ret_length = (SQLINTEGER)len;
	kept = size <= 0 ? 0 : len < (size_t)size ? len : (size_t)size - 1;
	if (to && size > 0) {
		memcpy(to, from, kept * unit);
		memset((char *)to + kept * unit, 0, unit);
	}
	buffer_done(&wide);
	return !to || (size > 0 && kept == len);
}

SQLRETURN text_answer(struct handle *h, const char *text, void *to, SQLINTEGER size,
	SQLSMALLINT *ret_length, enum width w)
{
	SQLINTEGER len;
	bool is_whole = text_out(text, to, size, &len, w);

	if (ret_length)
		*ret_length = (SQLSMALLINT)len;
	return is_whole ? SQL_SUCCESS : diag_post(h, "01004", 0, "cut short");
}

SQLRETURN text_answer_bytes(struct handle *h, const char *text, void *to, SQLINTEGER size_bytes,
	SQLINTEGER *ret_length_bytes, enum width w)
{
	SQLINTEGER unit = w == WIDE ? sizeof(SQLWCHAR) : 1, len;
	bool is_whole = text_out(text, to, size_bytes / unit, &len, w);

	if (ret_length_bytes)
		*ret_length_bytes = len * unit;
	return is_whole ? SQL_SUCCESS : diag_post(h, "01004", 0, "cut short");
}
