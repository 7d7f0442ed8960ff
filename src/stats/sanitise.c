/* SPDX-License-Identifier: MIT */
#include "stats/sanitise.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The character at `s`, of which `len` bytes are there: its length and code; 0: malformed. */
static size_t decode(const unsigned char *s, size_t len, uint32_t *ret_code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	uint32_t code;

	if (n == 0 || n > len || s[0] > 0xf4)
		return 0;
	code = n == 1 ? s[0] : s[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	*ret_code = code;
	return n;
}

/* Control characters, line separators, and those that turn the direction of writing. */
static bool may_steer(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f || c == 0xfeff;
}

void sanitise(char *to, size_t size, const char *from, size_t size_from)
{
	size_t len = strnlen(from, size_from), at = 0, out = 0;

	while (at < len) {
		uint32_t code = 0;
		size_t n = decode((const unsigned char *)from + at, len - at, &code);
		bool is_bad = n == 0 || may_steer(code);
		if (out + (is_bad ? 1 : n) >= size)
			break;
		if (is_bad)
			to[out++] = '?';
		else
			memcpy(to + out, from + at, n);
		out += is_bad ? 0 : n;
		at += n ? n : 1;
	}
	memset(to + out, 0, size - out);
}
