/* SPDX-License-Identifier: MIT */
#ifndef BASE_UTF16_H
#define BASE_UTF16_H
/*
 * UTF-16 text, as the wide ODBC functions carry it, to and from UTF-8.
 *
 * The round trip loses nothing: a surrogate without its partner becomes the three bytes that UTF-8
 * would give it, and comes back as it was. Bytes that are no UTF-8 are read as Latin-1, a character
 * each.
 *
 * Locks:     none.
 * Ownership: results are appended to the caller's buffer.
 */
#include "base/buffer.h"

#include <stddef.h>
#include <stdint.h>

/* The number of units before the terminating zero. */
size_t utf16_len(const uint16_t *text);
void utf16_to_utf8(struct buffer *to, const uint16_t *text, size_t units);
/* Appends 16-bit units in memory order, without a terminating zero; len is then in bytes. */
void utf8_to_utf16(struct buffer *to, const char *text, size_t len);

#endif
