/* SPDX-License-Identifier: MIT */
#include "base/buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void secret_wipe(void *data, size_t len)
{
	if (data)
		explicit_bzero(data, len);
}

void secret_free(char *s)
{
	if (s)
		secret_wipe(s, strlen(s));
	free(s);
}

void buffer_done(struct buffer *b)
{
	secret_wipe(b->data, b->capacity);
	free(b->data);
	*b = (struct buffer)BUFFER_EMPTY;
}

void buffer_clear(struct buffer *b)
{
	secret_wipe(b->data, b->len);
	b->len = 0;
	b->failed = false;
}

/* Room for `more` bytes and the NUL. realloc() would leave the old copy unwiped. */
static bool make_room(struct buffer *b, size_t more)
{
	size_t needed = b->len + more + 1;

	if (b->failed)
		return false;
	if (needed <= more) {
		b->failed = true;
		return false;
	}
	if (needed <= b->capacity)
		return true;

	size_t capacity = b->capacity ? b->capacity : 64;
	while (capacity < needed)
		capacity *= 2;
	char *data = malloc(capacity);
	if (!data) {
		b->failed = true;
		return false;
	}
	if (b->data) {
		memcpy(data, b->data, b->len + 1);
		secret_wipe(b->data, b->capacity);
		free(b->data);
	}
	b->data = data;
	b->capacity = capacity;
	return true;
}

void buffer_append(struct buffer *b, const void *data, size_t len)
{
	if (!make_room(b, len))
		return;
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buffer_append_str(struct buffer *b, const char *s)
{
	buffer_append(b, s, strlen(s));
}

void buffer_append_char(struct buffer *b, char c)
{
	buffer_append(b, &c, 1);
}

void buffer_vprintf(struct buffer *b, const char *format, va_list ap)
{
	va_list again;

	va_copy(again, ap);
	int len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len < 0 || !make_room(b, (size_t)len)) {
		b->failed = true;
		return;
	}
	vsnprintf(b->data + b->len, (size_t)len + 1, format, ap);
	b->len += (size_t)len;
}

void buffer_printf(struct buffer *b, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	buffer_vprintf(b, format, ap);
	va_end(ap);
}

const char *buffer_str(const struct buffer *b)
{
	return b->data ? b->data : "";
}

char *buffer_steal(struct buffer *b)
{
	char *data = b->data;

	if (b->failed) {
		buffer_done(b);
		return NULL;
	}
	*b = (struct buffer)BUFFER_EMPTY;
	return data;
}
