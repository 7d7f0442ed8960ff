/* SPDX-License-Identifier: MIT */
#include "base/buffer.h"

#include "support/run.h"

#include <stdlib.h>
#include <string.h>

START_TEST(text_grows_and_stays_terminated)
{
	struct buffer b = BUFFER_EMPTY;

	ck_assert_str_eq(buffer_str(&b), "");
	for (int i = 0; i < 1000; i++)
		buffer_printf(&b, "%d,", i);
	ck_assert(!b.failed);
	ck_assert_uint_eq(b.len, strlen(b.data));
	ck_assert(strncmp(b.data, "0,1,2,", 6) == 0);
	ck_assert(strcmp(b.data + b.len - 4, "999,") == 0);
	buffer_done(&b);
	ck_assert_ptr_null(b.data);
}
END_TEST

START_TEST(clearing_wipes_what_was_there)
{
	struct buffer b = BUFFER_EMPTY;

	buffer_append_str(&b, "hunter2");
	buffer_clear(&b);
	ck_assert_uint_eq(b.len, 0);
	ck_assert_mem_eq(b.data, "\0\0\0\0\0\0\0", 7);
	buffer_done(&b);
}
END_TEST

START_TEST(an_impossible_append_is_remembered_until_the_end)
{
	struct buffer b = BUFFER_EMPTY;

	buffer_append_str(&b, "x");
	buffer_append(&b, "y", SIZE_MAX - 1);
	buffer_append_str(&b, "z");
	ck_assert(b.failed);
	ck_assert_str_eq(buffer_str(&b), "x");
	ck_assert_ptr_null(buffer_steal(&b));
	ck_assert_ptr_null(b.data);
}
END_TEST

START_TEST(stolen_bytes_are_the_callers)
{
	struct buffer b = BUFFER_EMPTY;

	buffer_append_str(&b, "mine");
	char *s = buffer_steal(&b);
	ck_assert_str_eq(s, "mine");
	ck_assert_str_eq(buffer_str(&b), "");
	secret_free(s);
	secret_free(NULL);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("base/buffer");
	TCase *t = tcase_create("buffer");

	tcase_add_test(t, text_grows_and_stays_terminated);
	tcase_add_test(t, clearing_wipes_what_was_there);
	tcase_add_test(t, an_impossible_append_is_remembered_until_the_end);
	tcase_add_test(t, stolen_bytes_are_the_callers);
	suite_add_tcase(s, t);
	return s;
}
