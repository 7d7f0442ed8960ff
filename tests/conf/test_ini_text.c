/* SPDX-License-Identifier: MIT */
#include "conf/ini_text.h"

#include "conf/ini_files.h"
#include "support/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct ini_text t;

static void teardown(void)
{
	ini_text_done(&t);
	ini_files_end();
}

static void load(const char *name)
{
	ini_text_done(&t);
	ck_assert(ini_text_load(&t, strdup(ini_files_path(name))));
}

static void load_text(const char *text)
{
	ini_files_write("odbc.ini", text);
	load("odbc.ini");
}

static void expect_entry(size_t section, size_t n, const char *key, const char *value)
{
	ck_assert_uint_gt(t.section_count, section);
	ck_assert_uint_gt(t.sections[section].count, n);
	ck_assert_str_eq(t.sections[section].entries[n].key, key);
	ck_assert_str_eq(t.sections[section].entries[n].value, value);
}

START_TEST(sections_and_entries_are_read_without_blanks_and_comments)
{
	load_text(
		"; comment\n\n[a]\nk1 = v ; not a comment\n#c=1\n;d=1\n  k2=\t2  \n[ b ]\nx==y\n");
	ck_assert_int_eq(t.error, 0);
	ck_assert_uint_eq(t.section_count, 2);
	ck_assert_str_eq(t.sections[0].name, "a");
	ck_assert_uint_eq(t.sections[0].count, 2);
	expect_entry(0, 0, "k1", "v ; not a comment");
	expect_entry(0, 1, "k2", "2");
	ck_assert_str_eq(t.sections[1].name, "b");
	expect_entry(1, 0, "x", "=y");
	ck_assert_str_eq(t.sections[1].path, ini_files_path("odbc.ini"));
}
END_TEST

START_TEST(dos_line_ends_and_a_missing_last_one_are_fine)
{
	load_text("[a]\r\nk=v\r\n[b\r\nlast");
	expect_entry(0, 0, "k", "v");
	ck_assert_str_eq(t.sections[1].name, "b");
	expect_entry(1, 0, "last", "");
}
END_TEST

START_TEST(the_first_of_two_sections_of_one_name_counts)
{
	load_text("[a]\nk=1\n[b]\nk=2\n[A]\nk=3\nz=4\n[c]\nk=5\n");
	ck_assert_uint_eq(t.section_count, 3);
	ck_assert_uint_eq(t.sections[0].count, 1);
	expect_entry(0, 0, "k", "1");
	expect_entry(2, 0, "k", "5");
}
END_TEST

START_TEST(a_file_that_does_not_begin_with_a_section_is_as_empty)
{
	load_text("k=1\n[a]\nk=2\n");
	ck_assert_int_eq(t.error, EILSEQ);
	ck_assert_uint_eq(t.section_count, 0);
}
END_TEST

START_TEST(a_missing_file_is_as_empty_and_says_so)
{
	load("none.ini");
	ck_assert_int_eq(t.error, ENOENT);
	ck_assert_uint_eq(t.section_count, 0);
	ck_assert(!ini_text_is_stale(&t));
}
END_TEST

START_TEST(a_folder_is_no_file)
{
	load("");
	ck_assert_int_eq(t.error, EISDIR);
}
END_TEST

START_TEST(a_pipe_without_a_writer_does_not_block)
{
	ck_assert_int_eq(mkfifo(ini_files_path("odbc.ini"), 0600), 0);
	load("odbc.ini");
	ck_assert_uint_eq(t.section_count, 0);
}
END_TEST

START_TEST(bytes_after_a_nul_are_not_read)
{
	ini_files_write("odbc.ini", "[a]\nk=v");
	FILE *f = fopen(ini_files_path("odbc.ini"), "a");
	fwrite("\0x\nl=w\n", 1, 7, f);
	fclose(f);
	load("odbc.ini");
	expect_entry(0, 0, "k", "v");
	expect_entry(0, 1, "l", "w");
}
END_TEST

START_TEST(a_large_file_is_read_whole)
{
	struct buffer text = BUFFER_EMPTY;

	for (int i = 0; i < 3000; i++)
		buffer_printf(&text, "[section%d]\nkey=%0100d\nother=%d\n", i, i, i);
	load_text(buffer_str(&text));
	ck_assert_uint_eq(t.section_count, 3000);
	ck_assert_str_eq(t.sections[2999].name, "section2999");
	expect_entry(2999, 1, "other", "2999");
	buffer_done(&text);
}
END_TEST

START_TEST(a_change_of_the_file_makes_it_stale)
{
	static const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};

	ini_files_write("odbc.ini", "[a]\nk=1\n");
	ck_assert_int_eq(utimensat(AT_FDCWD, ini_files_path("odbc.ini"), old, 0), 0);
	load("odbc.ini");
	ck_assert(!ini_text_is_stale(&t));
	ini_files_write("odbc.ini", "[a]\nk=12\n");
	ck_assert(ini_text_is_stale(&t));
	ini_files_write("odbc.ini", NULL);
	ck_assert(ini_text_is_stale(&t));
	load("odbc.ini");
	ini_files_write("odbc.ini", "[a]\nk=1\n");
	ck_assert(ini_text_is_stale(&t));
}
END_TEST

START_TEST(a_file_as_new_as_its_reading_is_read_again_when_time_has_passed)
{
	load_text("[a]\nk=1\n");
	t.stamp.modified = t.read_at;
	t.stamp.modified.tv_sec++;
	struct timespec future[2] = {t.stamp.modified, t.stamp.modified};
	ck_assert_int_eq(utimensat(AT_FDCWD, t.path, future, 0), 0);
	t.read_at.tv_sec--;
	ck_assert(ini_text_is_stale(&t));
}
END_TEST

START_TEST(the_same_text_in_another_place_is_not_equal)
{
	struct ini_text other;

	load_text("[a]\nk=1\n");
	ck_assert(ini_text_load(&other, strdup(ini_files_path("odbc.ini"))));
	ck_assert(ini_text_equal(&t, &other));
	ini_text_done(&other);
	ini_files_write("user.ini", "[a]\nk=1\n");
	ck_assert(ini_text_load(&other, strdup(ini_files_path("user.ini"))));
	ck_assert(!ini_text_equal(&t, &other));
	ini_text_done(&other);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("conf/ini_text");
	TCase *c = tcase_create("ini_text");

	tcase_add_checked_fixture(c, ini_files_begin, teardown);
	tcase_add_test(c, sections_and_entries_are_read_without_blanks_and_comments);
	tcase_add_test(c, dos_line_ends_and_a_missing_last_one_are_fine);
	tcase_add_test(c, the_first_of_two_sections_of_one_name_counts);
	tcase_add_test(c, a_file_that_does_not_begin_with_a_section_is_as_empty);
	tcase_add_test(c, a_missing_file_is_as_empty_and_says_so);
	tcase_add_test(c, a_folder_is_no_file);
	tcase_add_test(c, a_pipe_without_a_writer_does_not_block);
	tcase_add_test(c, bytes_after_a_nul_are_not_read);
	tcase_add_test(c, a_large_file_is_read_whole);
	tcase_add_test(c, a_change_of_the_file_makes_it_stale);
	tcase_add_test(c, a_file_as_new_as_its_reading_is_read_again_when_time_has_passed);
	tcase_add_test(c, the_same_text_in_another_place_is_not_equal);
	suite_add_tcase(s, c);
	return s;
}
