/* SPDX-License-Identifier: MIT */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H
/*
 * A growable run of bytes, always NUL-terminated, that wipes itself when it goes.
 *
 * Nearly every text in here may hold a password (a connection string, a statement), so every
 * buffer wipes what it lets go of, also when it grows: one rule, nothing to forget.
 *
 * An allocation that fails is remembered in `failed`; later appends do nothing. Ask once, at the
 * end.
 *
 * Locks:     none.
 * Ownership: the struct is the caller's, the bytes are the buffer's until buffer_steal().
 */
#include "base/compiler.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buffer {
	char *data; /* NULL until the first append */
	size_t len; /* without the NUL */
	size_t capacity;
	bool failed;
};

#define BUFFER_EMPTY                                                                               \
	{                                                                                          \
		NULL, 0, 0, false                                                                  \
	}

void buffer_done(struct buffer *b);
void buffer_clear(struct buffer *b);
void buffer_append(struct buffer *b, const void *data, size_t len);
void buffer_append_str(struct buffer *b, const char *s);
void buffer_append_char(struct buffer *b, char c);
void buffer_printf(struct buffer *b, const char *format, ...) printf_like(2, 3);
void buffer_vprintf(struct buffer *b, const char *format, va_list ap) printf_like(2, 0);
/* The text; never NULL. */
const char *buffer_str(const struct buffer *b);
/* Hand the bytes to the caller, who wipes and frees them (secret_free). NULL when empty or failed.
 */
must_use char *buffer_steal(struct buffer *b);

/* Overwrite memory in a way that no optimiser removes. NULL is allowed. */
void secret_wipe(void *data, size_t len);
/* Wipe a string, then free it. NULL is allowed. */
void secret_free(char *s);

#endif
