/* SPDX-License-Identifier: MIT */
#include "stats/sanitise.h"

#include "support/run.h"

#include <string.h>

static const char *clean(const char *from, size_t size)
{
	static char to[32];

	sanitise(to, size, from, strlen(from));
	return to;
}

START_TEST(printable_text_stays_as_it_is)
{
	ck_assert_str_eq(clean("sales", 32), "sales");
	ck_assert_str_eq(clean("Bestände €\xf0\x9f\x90\x98", 32), "Bestände €\xf0\x9f\x90\x98");
}
END_TEST

START_TEST(what_could_steer_a_terminal_becomes_a_question_mark)
{
	ck_assert_str_eq(clean("a\x1b[2Jb\nc\x7f", 32), "a?[2Jb?c?");
	ck_assert_str_eq(clean("\xc2\x9b"
			       "31m",
				 32),
		"?31m");
	ck_assert_str_eq(clean("a\xe2\x80\xae"
			       "b\xe2\x80\xa8",
				 32),
		"a?b?");
}
END_TEST

START_TEST(bytes_that_are_no_utf_8_become_question_marks)
{
	ck_assert_str_eq(clean("\xff\xc3.\xe2\x82", 32), "??.??");
	ck_assert_str_eq(clean("\xc0\xaf\xed\xa0\x80\xf5", 32), "??????");
}
END_TEST

START_TEST(a_cut_never_leaves_half_a_character)
{
	ck_assert_str_eq(clean("ab\xe2\x82\xac", 5), "ab");
	ck_assert_str_eq(clean("ab\xe2\x82\xac", 6), "ab\xe2\x82\xac");
	ck_assert_str_eq(clean("abc", 3), "ab");
	ck_assert_str_eq(clean("abc", 1), "");
}
END_TEST

START_TEST(the_source_need_not_end_and_the_rest_is_0)
{
	char from[4] = {'a', 'b', 'c', 'd'}, to[8];

	memset(to, 'x', sizeof(to));
	sanitise(to, sizeof(to), from, sizeof(from));
	ck_assert_mem_eq(to, "abcd\0\0\0\0", sizeof(to));
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("stats/sanitise");
	TCase *t = tcase_create("sanitise");

	tcase_add_test(t, printable_text_stays_as_it_is);
	tcase_add_test(t, what_could_steer_a_terminal_becomes_a_question_mark);
	tcase_add_test(t, bytes_that_are_no_utf_8_become_question_marks);
	tcase_add_test(t, a_cut_never_leaves_half_a_character);
	tcase_add_test(t, the_source_need_not_end_and_the_rest_is_0);
	suite_add_tcase(s, t);
	return s;
}
