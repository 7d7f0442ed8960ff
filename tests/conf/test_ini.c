/* SPDX-License-Identifier: MIT */
#include "conf/ini.h"

#include "conf/ini_files.h"
#include "support/run.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of libodbcinst: what the driver manager itself would find. */
int SQLGetPrivateProfileString(const char *section, const char *key, const char *fallback, char *to,
	int size, const char *file);

static struct ini *ini;

static void setup(void)
{
	ini_files_begin();
	ini_files_write("user.ini", "[a]\nk1=user\nk3=  spaced  \n[b]\nk2=user\n[a]\nk1=second\n"
				    "k9=second\n[q]\na b = v ; w\nnone\ne==x\nquoted=\"x\"\n");
	ini_files_write("odbc.ini", "; c\n\n[a]\nk1=system\nk2=system\n[b]\nDriver=sysdrv\n"
				    "k2=system\n[C]\nk=system\n[C]\nk4=second\n[d]\nDriver=\n");
	ini_files_write("odbcinst.ini", "[Drv]\nDriver=/x/system.so\n");
	ini_files_write(".odbcinst.ini", "[Drv]\nDriver64=/x/user.so\n[Home]\nDriver=home.so\n");
}

static void teardown(void)
{
	ini_unref(ini);
	ini_files_end();
}

static void refresh(void)
{
	ini_unref(ini);
	ini = ini_current();
	ck_assert_ptr_nonnull(ini);
}

static const char *get(const char *section, const char *key)
{
	return ini_get(ini, INI_ODBC, section, key, NULL);
}

START_TEST(values_are_those_that_the_driver_manager_finds)
{
	static const char *const asked[][3] = {
		{"odbc.ini", "a", "k1"},
		{"odbc.ini", "a", "k2"},
		{"odbc.ini", "A", "K3"},
		{"odbc.ini", "a", "k9"},
		{"odbc.ini", "b", "k2"},
		{"odbc.ini", "b", "driver"},
		{"odbc.ini", "c", "k"},
		{"odbc.ini", "c", "k4"},
		{"odbc.ini", "q", "a b"},
		{"odbc.ini", "q", "none"},
		{"odbc.ini", "q", "e"},
		{"odbc.ini", "q", "quoted"},
		{"odbc.ini", "nope", "k"},
		{"odbcinst.ini", "drv", "driver"},
		{"odbcinst.ini", "drv", "Driver64"},
		{"odbcinst.ini", "home", "driver"},
	};

	refresh();
	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		char expected[100] = "";
		enum ini_file file = strcmp(asked[i][0], "odbc.ini") ? INI_ODBCINST : INI_ODBC;
		SQLGetPrivateProfileString(asked[i][1], asked[i][2], "(none)", expected,
			sizeof(expected), asked[i][0]);
		const char *found = ini_get(ini, file, asked[i][1], asked[i][2], NULL);
		ck_assert_str_eq(found ? found : "(none)", expected);
	}
}
END_TEST

START_TEST(a_value_comes_with_the_path_of_its_file)
{
	const char *path = NULL;

	refresh();
	ck_assert_str_eq(ini_get(ini, INI_ODBC, "a", "k1", &path), "user");
	ck_assert_str_eq(path, ini_files_path("user.ini"));
	ck_assert_str_eq(ini_get(ini, INI_ODBC, "c", "k", &path), "system");
	ck_assert_str_eq(path, ini_files_path("odbc.ini"));
	ck_assert(ini_has_section(ini, INI_ODBCINST, "DRV"));
	ck_assert(!ini_has_section(ini, INI_ODBC, "DRV"));
	ck_assert_str_eq(ini_path_of(ini, INI_ODBCINST), ini_files_path("odbcinst.ini"));
}
END_TEST

START_TEST(driver_alone_is_looked_for_in_both_files)
{
	refresh();
	ck_assert_str_eq(ini_get_driver(ini, "b"), "sysdrv");
	ck_assert_ptr_null(ini_get_driver(ini, "a"));
	ck_assert_ptr_null(ini_get_driver(ini, "d"));
	ck_assert_ptr_null(ini_get_driver(ini, "nope"));
}
END_TEST

START_TEST(an_edited_file_is_seen_at_once_and_counted)
{
	ck_assert_uint_eq(ini_generation(), 0);
	refresh();
	ck_assert_uint_eq(ini_generation(), 1);
	refresh();
	ck_assert_uint_eq(ini_generation(), 1);
	ini_files_write("user.ini", "[a]\nk1=edited\n");
	struct ini *old = ini;
	ini = ini_current();
	ck_assert_uint_eq(ini_generation(), 2);
	ck_assert_uint_eq(ini_generation_of(old), 1);
	ck_assert_uint_eq(ini_generation_of(ini), 2);
	ck_assert_str_eq(get("a", "k1"), "edited");
	ck_assert_str_eq(ini_get(old, INI_ODBC, "a", "k1", NULL), "user");
	ini_unref(old);
}
END_TEST

START_TEST(polling_counts_a_change_once)
{
	ini_poll();
	ck_assert_uint_eq(ini_generation(), 0);
	refresh();
	ini_poll();
	ck_assert_uint_eq(ini_generation(), 1);
	ini_files_write("odbcinst.ini", NULL);
	ini_poll();
	ck_assert_uint_eq(ini_generation(), 2);
	ini_poll();
	ck_assert_uint_eq(ini_generation(), 2);
}
END_TEST

START_TEST(a_file_that_was_only_touched_makes_no_new_generation)
{
	static const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};

	refresh();
	struct ini *old = ini;
	ck_assert_int_eq(utimensat(AT_FDCWD, ini_files_path("odbc.ini"), times, 0), 0);
	ini = ini_current();
	ck_assert_ptr_ne(ini, old);
	ck_assert_uint_eq(ini_generation_of(ini), 1);
	ck_assert_uint_eq(ini_generation(), 1);
	ini_unref(old);
}
END_TEST

START_TEST(another_user_file_is_read_when_the_environment_names_it)
{
	refresh();
	setenv("ODBCINI", ini_files_path("odbc.ini"), 1);
	refresh();
	ck_assert_str_eq(get("a", "k1"), "system");
	unsetenv("ODBCINI");
	refresh();
	ck_assert_uint_eq(ini_generation(), 3);
}
END_TEST

START_TEST(files_that_are_missing_are_no_errors)
{
	struct buffer text = BUFFER_EMPTY;

	ini_files_write("user.ini", NULL);
	ini_files_write("odbc.ini", NULL);
	refresh();
	ck_assert(!ini_has_section(ini, INI_ODBC, "a"));
	ini_add_errors(ini, INI_ODBC, &text);
	ck_assert_str_eq(buffer_str(&text), "");
	buffer_done(&text);
}
END_TEST

START_TEST(files_that_cannot_be_used_are_named_with_the_reason)
{
	struct buffer text = BUFFER_EMPTY, expected = BUFFER_EMPTY;

	ini_files_write("user.ini", "junk\n[a]\nk1=user\n");
	ini_files_write("odbc.ini", NULL);
	ck_assert_int_eq(mkdir(ini_files_path("odbc.ini"), 0700), 0);
	refresh();
	ini_add_errors(ini, INI_ODBC, &text);
	buffer_printf(&expected, " (%s could not be read: it does not begin with a section)",
		ini_files_path("user.ini"));
	buffer_printf(
		&expected, " (%s could not be read: Is a directory)", ini_files_path("odbc.ini"));
	ck_assert_str_eq(buffer_str(&text), buffer_str(&expected));
	ck_assert_int_eq(rmdir(ini_files_path("odbc.ini")), 0);
	buffer_done(&text);
	buffer_done(&expected);
}
END_TEST

static void *read_repeatedly(void *unused)
{
	for (int i = 0; i < 300; i++) {
		struct ini *mine = ini_current();
		if (!mine || !ini_has_section(mine, INI_ODBC, "a"))
			return "lost";
		ini_unref(mine);
		ini_poll();
	}
	return unused;
}

START_TEST(threads_always_see_a_whole_snapshot)
{
	pthread_t threads[4];
	void *lost = NULL;

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, read_repeatedly, NULL), 0);
	for (int i = 0; i < 200; i++) {
		ini_files_write("odbcinst.ini", i % 2 ? "[x]\n" : "[yy]\n");
		refresh();
	}
	for (int i = 0; i < 4; i++) {
		void *result;
		pthread_join(threads[i], &result);
		lost = result ? result : lost;
	}
	ck_assert_ptr_null(lost);
	ck_assert_uint_gt(ini_generation(), 1);
}
END_TEST

START_TEST(sections_are_listed_once_and_the_hidden_ones_are_known)
{
	ini_files_write("user.ini", "[a]\nDriver=mine\n[b]\n");
	ini_files_write("odbc.ini", "[A]\nDriver=theirs\n[c]\n");
	refresh();
	const struct ini_section *a = ini_next(ini, INI_ODBC, NULL);
	const struct ini_section *b = ini_next(ini, INI_ODBC, a);
	const struct ini_section *c = ini_next(ini, INI_ODBC, b);

	ck_assert_str_eq(a->name, "a");
	ck_assert_str_eq(b->name, "b");
	ck_assert_str_eq(c->name, "c");
	ck_assert_ptr_null(ini_next(ini, INI_ODBC, c));
	ck_assert_str_eq(ini_value(ini_hidden_by(ini, INI_ODBC, a), "driver"), "theirs");
	ck_assert_ptr_null(ini_hidden_by(ini, INI_ODBC, b));
	ck_assert_ptr_null(ini_hidden_by(ini, INI_ODBC, c));
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("conf/ini");
	TCase *t = tcase_create("ini");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, values_are_those_that_the_driver_manager_finds);
	tcase_add_test(t, a_value_comes_with_the_path_of_its_file);
	tcase_add_test(t, driver_alone_is_looked_for_in_both_files);
	tcase_add_test(t, an_edited_file_is_seen_at_once_and_counted);
	tcase_add_test(t, polling_counts_a_change_once);
	tcase_add_test(t, a_file_that_was_only_touched_makes_no_new_generation);
	tcase_add_test(t, another_user_file_is_read_when_the_environment_names_it);
	tcase_add_test(t, files_that_are_missing_are_no_errors);
	tcase_add_test(t, files_that_cannot_be_used_are_named_with_the_reason);
	tcase_add_test(t, sections_are_listed_once_and_the_hidden_ones_are_known);
	tcase_add_test(t, threads_always_see_a_whole_snapshot);
	suite_add_tcase(s, t);
	return s;
}
