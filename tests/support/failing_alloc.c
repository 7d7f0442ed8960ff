/* SPDX-License-Identifier: MIT */
#include "support/failing_alloc.h"

#include <stddef.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t len);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t len);

static _Thread_local bool is_armed, has_failed;
static _Thread_local long left;

static bool must_fail(void)
{
	if (!is_armed || left-- > 0)
		return false;
	is_armed = false;
	has_failed = true;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return must_fail() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return must_fail() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return must_fail() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *s)
{
	return must_fail() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t len)
{
	return must_fail() ? NULL : __real_strndup(s, len);
}

void alloc_fail_after(long n)
{
	is_armed = true;
	has_failed = false;
	left = n;
}

bool alloc_end_failing(void)
{
	is_armed = false;
	return has_failed;
}
