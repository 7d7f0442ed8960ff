/* SPDX-License-Identifier: MIT */
#ifndef TDSD_BYTES_H
#define TDSD_BYTES_H
/*
 * The integers and texts of TDS: little-endian, text as UCS-2 ([MS-TDS] 2.2.5.1). Inside the server
 * text is UTF-8.
 *
 * Writing appends to a struct buffer. Reading never goes past the end: what is missing reads as
 * zero and sets `failed`, which is asked once, at the end.
 *
 * Ownership: a reader borrows the bytes that it reads.
 */
#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
	const uint8_t *at, *end;
	bool failed;
};

struct reader reader_of(const void *data, size_t len);
size_t reader_left(const struct reader *r);
uint8_t reader_u8(struct reader *r);
uint16_t reader_u16(struct reader *r);
uint32_t reader_u32(struct reader *r);
uint64_t reader_u64(struct reader *r);
uint16_t reader_u16_be(struct reader *r);
/* NULL when fewer are left. */
const uint8_t *reader_bytes(struct reader *r, size_t len);
/* `units` characters of UCS-2, appended to `to` as UTF-8. */
void reader_text(struct reader *r, size_t units, struct buffer *to);

void bytes_u8(struct buffer *b, unsigned value);
void bytes_u16(struct buffer *b, unsigned value);
void bytes_u32(struct buffer *b, uint32_t value);
void bytes_u64(struct buffer *b, uint64_t value);
void bytes_u16_be(struct buffer *b, unsigned value);
void bytes_u32_be(struct buffer *b, uint32_t value);
void bytes_double(struct buffer *b, double value);
void bytes_float(struct buffer *b, double value);
/* UTF-8 to UCS-2, without a length. */
void bytes_text(struct buffer *b, const char *text, size_t len);
/* UTF-8 to one byte a character: Latin-1, near enough to code page 1252; the rest is a question
 * mark. */
void bytes_latin1(struct buffer *b, const char *text, size_t len);
void bytes_from_latin1(struct buffer *to, const void *data, size_t len);
/* B_VARCHAR and US_VARCHAR ([MS-TDS] 2.2.5.1.2): the number of characters, then the text. */
void bytes_b_varchar(struct buffer *b, const char *text);
void bytes_us_varchar(struct buffer *b, const char *text);
/* Write a 16-bit length at `at`, of what came after it. */
void bytes_close_u16(struct buffer *b, size_t at);

#endif
