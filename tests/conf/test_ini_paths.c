/* SPDX-License-Identifier: MIT */
#include "conf/ini_paths.h"

#include "conf/ini_files.h"
#include "support/run.h"

#include <stdlib.h>
#include <unistd.h>

static void expect_path(enum ini_source source, const char *name)
{
	char *path = ini_locate(source);

	ck_assert_str_eq(path, ini_files_path(name));
	free(path);
}

START_TEST(the_environment_says_where_the_files_are)
{
	expect_path(INI_SOURCE_USER_ODBC, "user.ini");
	expect_path(INI_SOURCE_SYSTEM_ODBC, "odbc.ini");
	expect_path(INI_SOURCE_SYSTEM_ODBCINST, "odbcinst.ini");
	expect_path(INI_SOURCE_USER_ODBCINST, ".odbcinst.ini");
}
END_TEST

START_TEST(the_name_of_odbcinst_ini_can_be_changed)
{
	setenv("ODBCINSTINI", "drivers.ini", 1);
	expect_path(INI_SOURCE_SYSTEM_ODBCINST, "drivers.ini");
}
END_TEST

START_TEST(asking_for_a_path_does_not_create_the_file)
{
	expect_path(INI_SOURCE_USER_ODBC, "user.ini");
	ck_assert_int_ne(access(ini_files_path("user.ini"), F_OK), 0);
	expect_path(INI_SOURCE_SYSTEM_ODBC, "odbc.ini");
	ck_assert_int_ne(access(ini_files_path("odbc.ini"), F_OK), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("conf/ini_paths");
	TCase *t = tcase_create("ini_paths");

	tcase_add_checked_fixture(t, ini_files_begin, ini_files_end);
	tcase_add_test(t, the_environment_says_where_the_files_are);
	tcase_add_test(t, the_name_of_odbcinst_ini_can_be_changed);
	tcase_add_test(t, asking_for_a_path_does_not_create_the_file);
	suite_add_tcase(s, t);
	return s;
}
