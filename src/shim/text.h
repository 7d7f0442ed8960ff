/* SPDX-License-Identifier: MIT */
#ifndef SHIM_TEXT_H
#define SHIM_TEXT_H
/*
 * Text at the edge: the applications' arguments and buffers, in either width.
 *
 * Locks:     none.
 * Ownership: results go into the caller's buffers.
 */
#include "base/buffer.h"
#include "driver/odbc.h"

#include <stdbool.h>
#include <stdint.h>

/* The length of an argument in characters; `len` may be SQL_NTS. NULL has none. */
size_t text_arg_len(const void *text, SQLINTEGER len, bool is_wide);
/* Append an argument as UTF-8 (W) or as the bytes it has (ANSI). */
void text_arg(struct buffer *to, const void *text, SQLINTEGER len, bool is_wide);

/*
 * Give a text to the application. `size` is the room in its buffer and *ret_len the whole length,
 * both in characters. True: it was cut off. `out` and `ret_len` may be NULL.
 */
bool text_out(const char *text, size_t len, bool is_wide, void *out, size_t size, size_t *ret_len);
/* The usual SQLSMALLINT form: 0 or negative sizes are no room. */
bool text_out_short(const char *text, size_t len, bool is_wide, void *out, SQLSMALLINT size,
	SQLSMALLINT *ret_len);
/* The form of functions whose lengths are in bytes, also for W. */
bool text_out_bytes(const char *text, size_t len, bool is_wide, void *out, SQLINTEGER size_bytes,
	SQLINTEGER *ret_len_bytes);

/* W arguments converted for an ANSI twin, for the length of one call. */
#define NARROWED_MAX 6
struct narrowed {
	struct buffer texts[NARROWED_MAX];
	unsigned count;
};
/* NULL stays NULL. The result is terminated; pass SQL_NTS as its length. */
SQLCHAR *narrowed_add(struct narrowed *n, const SQLWCHAR *text, SQLINTEGER len);
void narrowed_done(struct narrowed *n);

#endif
