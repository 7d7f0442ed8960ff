/* SPDX-License-Identifier: MIT */
#include "bytes.h"

#include "base/utf16.h"

#include <string.h>

struct reader reader_of(const void *data, size_t len)
{
	static const uint8_t nothing[1];
	const uint8_t *at = data ? data : nothing;

	return (struct reader){at, at + len, false};
}

size_t reader_left(const struct reader *r)
{
	return (size_t)(r->end - r->at);
}

const uint8_t *reader_bytes(struct reader *r, size_t len)
{
	const uint8_t *at = r->at;

	if (reader_left(r) < len) {
		r->failed = true;
		r->at = r->end;
		return NULL;
	}
	r->at += len;
	return at;
}

static uint64_t little_endian(struct reader *r, size_t len)
{
	const uint8_t *p = reader_bytes(r, len);
	uint64_t value = 0;

	for (size_t i = len; p && i > 0; i--)
		value = value << 8 | p[i - 1];
	return value;
}

uint8_t reader_u8(struct reader *r)
{
	return (uint8_t)little_endian(r, 1);
}

uint16_t reader_u16(struct reader *r)
{
	return (uint16_t)little_endian(r, 2);
}

uint32_t reader_u32(struct reader *r)
{
	return (uint32_t)little_endian(r, 4);
}

uint64_t reader_u64(struct reader *r)
{
	return little_endian(r, 8);
}

uint16_t reader_u16_be(struct reader *r)
{
	const uint8_t *p = reader_bytes(r, 2);

	return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

void reader_text(struct reader *r, size_t units, struct buffer *to)
{
	const uint8_t *p = units <= SIZE_MAX / 2 ? reader_bytes(r, units * 2) : NULL;
	uint16_t aligned[256];

	if (!p)
		r->failed = true;
	while (p && units > 0) {
		size_t n = units < 256 ? units : 256;
		/* A surrogate pair stays together. */
		if (n < units && n > 1 && (p[n * 2 - 1] & 0xfc) == 0xd8)
			n--;
		for (size_t i = 0; i < n; i++)
			aligned[i] = (uint16_t)(p[2 * i] | p[2 * i + 1] << 8);
		utf16_to_utf8(to, aligned, n);
		p += 2 * n;
		units -= n;
	}
}

static void put_little_endian(struct buffer *b, uint64_t value, size_t len)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	buffer_append(b, bytes, len);
}

void bytes_u8(struct buffer *b, unsigned value)
{
	put_little_endian(b, value, 1);
}

void bytes_u16(struct buffer *b, unsigned value)
{
	put_little_endian(b, value, 2);
}

void bytes_u32(struct buffer *b, uint32_t value)
{
	put_little_endian(b, value, 4);
}

void bytes_u64(struct buffer *b, uint64_t value)
{
	put_little_endian(b, value, 8);
}

void bytes_u16_be(struct buffer *b, unsigned value)
{
	bytes_u8(b, value >> 8 & 0xff);
	bytes_u8(b, value & 0xff);
}

void bytes_u32_be(struct buffer *b, uint32_t value)
{
	bytes_u16_be(b, value >> 16);
	bytes_u16_be(b, value & 0xffff);
}

void bytes_double(struct buffer *b, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	bytes_u64(b, bits);
}

void bytes_float(struct buffer *b, double value)
{
	float narrow = (float)value;
	uint32_t bits;

	memcpy(&bits, &narrow, sizeof(bits));
	bytes_u32(b, bits);
}

void bytes_text(struct buffer *b, const char *text, size_t len)
{
	struct buffer units = BUFFER_EMPTY;

	utf8_to_utf16(&units, text, len);
	for (size_t i = 0; i + 1 < units.len; i += 2) {
		uint16_t unit;
		memcpy(&unit, units.data + i, 2);
		bytes_u16(b, unit);
	}
	b->failed = b->failed || units.failed;
	buffer_done(&units);
}

void bytes_latin1(struct buffer *b, const char *text, size_t len)
{
	struct buffer units = BUFFER_EMPTY;

	utf8_to_utf16(&units, text, len);
	for (size_t i = 0; i + 1 < units.len; i += 2) {
		uint16_t unit;
		memcpy(&unit, units.data + i, 2);
		bytes_u8(b, unit < 256 ? unit : '?');
	}
	b->failed = b->failed || units.failed;
	buffer_done(&units);
}

void bytes_from_latin1(struct buffer *to, const void *data, size_t len)
{
	for (const uint8_t *p = data; len > 0; p++, len--) {
		if (*p >= 0x80)
			bytes_u8(to, 0xc0 | *p >> 6);
		bytes_u8(to, *p >= 0x80 ? 0x80 | (*p & 0x3f) : *p);
	}
}

static void text_with_length(struct buffer *b, const char *text, size_t width, size_t max)
{
	struct buffer units = BUFFER_EMPTY;
	size_t count;

	bytes_text(&units, text, strlen(text));
	count = units.len / 2 < max ? units.len / 2 : max;
	put_little_endian(b, count, width);
	buffer_append(b, buffer_str(&units), count * 2);
	b->failed = b->failed || units.failed;
	buffer_done(&units);
}

void bytes_b_varchar(struct buffer *b, const char *text)
{
	text_with_length(b, text, 1, 255);
}

void bytes_us_varchar(struct buffer *b, const char *text)
{
	text_with_length(b, text, 2, 32000);
}

void bytes_close_u16(struct buffer *b, size_t at)
{
	size_t len = b->len - at - 2;

	if (b->failed)
		return;
	b->data[at] = (char)(len & 0xff);
	b->data[at + 1] = (char)(len >> 8 & 0xff);
}
