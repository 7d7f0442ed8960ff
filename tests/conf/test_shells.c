/* SPDX-License-Identifier: MIT */
#include "conf/shells.h"

#include "support/run.h"

START_TEST(a_driver_belongs_under_the_library_with_its_widths)
{
	ck_assert_str_eq(shell_file(shell_for(true, true)), "libodbcpool.so");
	ck_assert_str_eq(shell_file(shell_for(true, false)), "libodbcpoola.so");
	ck_assert_str_eq(shell_file(shell_for(false, true)), "libodbcpoolw.so");
}
END_TEST

START_TEST(the_reason_names_the_width)
{
	ck_assert_str_eq(shell_reason(SHELL_BOTH), "is a Unicode driver");
	ck_assert_str_eq(shell_reason(SHELL_ANSI), "is an ANSI driver");
	ck_assert_str_eq(shell_reason(SHELL_WIDE), "has only Unicode functions");
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("conf/shells");
	TCase *t = tcase_create("shells");

	tcase_add_test(t, a_driver_belongs_under_the_library_with_its_widths);
	tcase_add_test(t, the_reason_names_the_width);
	suite_add_tcase(s, t);
	return s;
}
