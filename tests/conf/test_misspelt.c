/* SPDX-License-Identifier: MIT */
#include "conf/misspelt.h"

#include "support/run.h"

START_TEST(case_and_blanks_do_not_make_another_word)
{
	ck_assert(words_equal("MaxPoolSize", " max POOL\tsize "));
	ck_assert(words_equal("", "  "));
	ck_assert(!words_equal("MaxPoolSize", "MaxPoolSiz"));
	ck_assert(!words_equal("MaxPoolSiz", "MaxPoolSize"));
}
END_TEST

START_TEST(each_kind_of_slip_counts_one)
{
	ck_assert(words_are_near("Pooling", "Pooling", 0));
	ck_assert(words_are_near("Pooling", "Poling", 1));
	ck_assert(words_are_near("Pooling", "Poooling", 1));
	ck_assert(words_are_near("Pooling", "Pooping", 1));
	ck_assert(words_are_near("Pooling", "oPoling", 1));
	ck_assert(words_are_near("Pooling", "Pooilgn", 2));
	ck_assert(!words_are_near("Pooling", "Pooilgn", 1));
	ck_assert(words_are_near("max pool size", "MAXPOLSIZE", 1));
}
END_TEST

START_TEST(words_too_different_are_not_near)
{
	ck_assert(!words_are_near("Pooling", "Poo", 2));
	ck_assert(!words_are_near("Poo", "Pooling", 2));
	ck_assert(!words_are_near("Pooling", "Cooking", 1));
	ck_assert(!words_are_near("", "abc", 2));
	ck_assert(words_are_near("", "ab", 2));
}
END_TEST

START_TEST(a_very_long_word_is_never_near)
{
	char word[65] = "";

	for (int i = 0; i < 64; i++)
		word[i] = 'x';
	ck_assert(!words_are_near(word, word, 2));
	word[63] = '\0';
	ck_assert(words_are_near(word, word, 2));
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("conf/misspelt");
	TCase *t = tcase_create("misspelt");

	tcase_add_test(t, case_and_blanks_do_not_make_another_word);
	tcase_add_test(t, each_kind_of_slip_counts_one);
	tcase_add_test(t, words_too_different_are_not_near);
	tcase_add_test(t, a_very_long_word_is_never_near);
	suite_add_tcase(s, t);
	return s;
}
