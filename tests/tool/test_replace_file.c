/* SPDX-License-Identifier: MIT */
#include "tool/replace_file.h"

#include "support/run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/odbcpool-test.XXXXXX";
static char path[64], other[64];

static void write_text(const char *to, const char *text, mode_t mode)
{
	int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_eq(write(fd, text, strlen(text)), strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static void setup(void)
{
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/file", folder);
	snprintf(other, sizeof(other), "%s/other", folder);
	write_text(path, "old", 0640);
}

static void teardown(void)
{
	unlink(path);
	unlink(other);
	rmdir(folder);
}

static struct buffer text_of(const char *text)
{
	struct buffer b = BUFFER_EMPTY;

	buffer_append_str(&b, text);
	return b;
}

static void expect_content(const char *expected)
{
	struct buffer b = BUFFER_EMPTY;
	struct stat st;

	ck_assert(file_read(path, &b, &st));
	ck_assert_str_eq(buffer_str(&b), expected);
	buffer_done(&b);
}

static unsigned entries(void)
{
	DIR *d = opendir(folder);
	unsigned n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

START_TEST(the_new_text_has_the_old_mode)
{
	struct buffer old = BUFFER_EMPTY, new = text_of("new"), why = BUFFER_EMPTY;
	struct stat before, after;

	ck_assert(file_read(path, &old, &before));
	ck_assert(file_replace(path, &new, &before, &why));
	expect_content("new");
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_uint_eq(after.st_mode, before.st_mode);
	ck_assert_uint_ne(after.st_ino, before.st_ino);
	ck_assert_uint_eq(entries(), 1);
	buffer_done(&old);
	buffer_done(&new);
}
END_TEST

START_TEST(a_file_that_somebody_has_changed_meanwhile_is_kept)
{
	struct buffer old = BUFFER_EMPTY, new = text_of("new"), why = BUFFER_EMPTY;
	struct stat seen;

	ck_assert(file_read(path, &old, &seen));
	write_text(path, "somebody's", 0640);
	ck_assert(!file_replace(path, &new, &seen, &why));
	ck_assert_ptr_nonnull(strstr(buffer_str(&why), "somebody else"));
	expect_content("somebody's");
	ck_assert_uint_eq(entries(), 1);
	buffer_done(&old);
	buffer_done(&new);
	buffer_done(&why);
}
END_TEST

START_TEST(a_symbolic_link_stays_and_its_target_is_replaced)
{
	struct buffer old = BUFFER_EMPTY, new = text_of("new"), why = BUFFER_EMPTY;
	struct stat seen, link;

	ck_assert_int_eq(symlink("file", other), 0);
	ck_assert(file_read(other, &old, &seen));
	ck_assert(file_replace(other, &new, &seen, &why));
	expect_content("new");
	ck_assert_int_eq(lstat(other, &link), 0);
	ck_assert(S_ISLNK(link.st_mode));
	buffer_done(&old);
	buffer_done(&new);
}
END_TEST

START_TEST(what_is_not_there_cannot_be_read)
{
	struct buffer b = BUFFER_EMPTY;
	struct stat st;

	ck_assert(!file_read(other, &b, &st));
	ck_assert_int_eq(errno, ENOENT);
	ck_assert(!file_read(folder, &b, &st));
	ck_assert_int_eq(errno, EISDIR);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("tool/replace_file");
	TCase *t = tcase_create("replace_file");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_new_text_has_the_old_mode);
	tcase_add_test(t, a_file_that_somebody_has_changed_meanwhile_is_kept);
	tcase_add_test(t, a_symbolic_link_stays_and_its_target_is_replaced);
	tcase_add_test(t, what_is_not_there_cannot_be_read);
	suite_add_tcase(s, t);
	return s;
}
