/* SPDX-License-Identifier: MIT */
#include "base/utf16.h"

size_t utf16_len(const uint16_t *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n;
}

static void append_utf8(struct buffer *to, uint32_t c)
{
	if (c < 0x80) {
		buffer_append_char(to, (char)c);
	} else if (c < 0x800) {
		buffer_append_char(to, (char)(0xc0 | c >> 6));
		buffer_append_char(to, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buffer_append_char(to, (char)(0xe0 | c >> 12));
		buffer_append_char(to, (char)(0x80 | (c >> 6 & 0x3f)));
		buffer_append_char(to, (char)(0x80 | (c & 0x3f)));
	} else {
		buffer_append_char(to, (char)(0xf0 | c >> 18));
		buffer_append_char(to, (char)(0x80 | (c >> 12 & 0x3f)));
		buffer_append_char(to, (char)(0x80 | (c >> 6 & 0x3f)));
		buffer_append_char(to, (char)(0x80 | (c & 0x3f)));
	}
}

void utf16_to_utf8(struct buffer *to, const uint16_t *text, size_t units)
{
	for (size_t i = 0; i < units; i++) {
		uint32_t c = text[i];
		bool is_high = (c & 0xfc00) == 0xd800;
		if (is_high && i + 1 < units && (text[i + 1] & 0xfc00) == 0xdc00)
			c = 0x10000 + ((c & 0x3ff) << 10) + (text[++i] & 0x3ff);
		append_utf8(to, c);
	}
}

static void append_unit(struct buffer *to, uint32_t unit)
{
	uint16_t u = (uint16_t)unit;

	buffer_append(to, &u, sizeof(u));
}

/* The code point at `p` and its length in bytes; Latin-1 where it is no UTF-8. */
static size_t decode(const unsigned char *p, size_t left, uint32_t *ret_c)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 0;
	uint32_t c;

	if (len < 2 || len > left)
		goto latin1;
	c = p[0] & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			goto latin1;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < smallest[len] || c > 0x10ffff)
		goto latin1;
	*ret_c = c;
	return len;
latin1:
	*ret_c = p[0];
	return 1;
}

void utf8_to_utf16(struct buffer *to, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;

	for (size_t i = 0; i < len;) {
		uint32_t c;
		i += decode(p + i, len - i, &c);
		if (c >= 0x10000) {
			append_unit(to, 0xd800 | (c - 0x10000) >> 10);
			append_unit(to, 0xdc00 | ((c - 0x10000) & 0x3ff));
		} else {
			append_unit(to, c);
		}
	}
}
