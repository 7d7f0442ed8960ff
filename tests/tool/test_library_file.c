/* SPDX-License-Identifier: MIT */
#include "tool/library_file.h"

#include "support/run.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The tests run in the build's top folder. */
static struct library_file look_at(const char *path)
{
	struct buffer why = BUFFER_EMPTY;
	struct library_file file = {.is_ours = false};

	if (!library_file_read(path, &file, &why))
		ck_abort_msg("%s: %s", path, buffer_str(&why));
	buffer_done(&why);
	return file;
}

static const struct {
	const char *path;
	bool is_ours;
	enum shell shell;
} libraries[] = {
	{"tests/fakedrv/.libs/fakedrv.so", false, SHELL_BOTH},
	{"tests/fakedrv/.libs/fakedrva.so", false, SHELL_ANSI},
	{"tests/fakedrv/.libs/fakedrvw.so", false, SHELL_WIDE},
	{".libs/libodbcpool.so", true, SHELL_BOTH},
	{".libs/libodbcpoola.so", true, SHELL_ANSI},
	{".libs/libodbcpoolw.so", true, SHELL_WIDE},
};

START_TEST(a_driver_goes_under_the_library_of_its_exports)
{
	struct library_file f = look_at(libraries[_i].path);

	ck_assert(f.is_driver);
	ck_assert_int_eq(f.shell, libraries[_i].shell);
}
END_TEST

START_TEST(our_own_libraries_are_known_and_told_apart)
{
	struct library_file f = look_at(libraries[_i].path);

	ck_assert_int_eq(f.is_ours, libraries[_i].is_ours);
	if (f.is_ours)
		ck_assert_int_eq(f.our_shell, libraries[_i].shell);
}
END_TEST

START_TEST(an_odbc_2_driver_is_known_as_one)
{
	struct library_file f = look_at("tests/fakedrv/.libs/fakedrv_odbc2.so");

	ck_assert(f.is_old_driver);
	ck_assert(!f.is_driver);
}
END_TEST

START_TEST(a_library_that_is_no_driver_is_none)
{
	struct library_file f = look_at(".libs/libodbcpoolcore.so");

	ck_assert(!f.is_driver && !f.is_old_driver && !f.is_ours);
}
END_TEST

static void write_file(const char *path, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, len), len);
	close(fd);
}

START_TEST(what_is_no_library_is_refused_with_a_reason)
{
	char path[] = "/tmp/odbcpool-test.XXXXXX";
	struct buffer why = BUFFER_EMPTY;
	struct library_file f;

	close(mkstemp(path));
	ck_assert(!library_file_read(path, &f, &why));
	ck_assert_str_eq(buffer_str(&why), "is no shared library");
	buffer_clear(&why);
	write_file(path, "#!/bin/sh\n", 10);
	ck_assert(!library_file_read(path, &f, &why));
	unlink(path);
	buffer_clear(&why);
	ck_assert(!library_file_read(path, &f, &why));
	ck_assert_str_eq(buffer_str(&why), "No such file or directory");
	buffer_done(&why);
}
END_TEST

/* Cut off, and with each of its bytes broken in turn: any answer is right, but no crash. */
START_TEST(a_broken_file_harms_nobody)
{
	char path[] = "/tmp/odbcpool-test.XXXXXX", data[65536];
	int fd = open("tests/fakedrv/.libs/fakedrva.so", O_RDONLY);
	struct buffer why = BUFFER_EMPTY;
	struct library_file f;

	ssize_t len = read(fd, data, sizeof(data));
	close(fd);
	ck_assert_int_gt(len, 1000);
	close(mkstemp(path));
	for (ssize_t cut = 0; cut < len; cut += 97) {
		write_file(path, data, (size_t)cut);
		(void)!library_file_read(path, &f, &why);
	}
	for (size_t i = 0; i < 64; i++) {
		data[i] ^= (char)0xff;
		write_file(path, data, (size_t)len);
		(void)!library_file_read(path, &f, &why);
		data[i] ^= (char)0xff;
	}
	unlink(path);
	buffer_done(&why);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("tool/library_file");
	TCase *t = tcase_create("library_file");

	tcase_add_loop_test(
		t, a_driver_goes_under_the_library_of_its_exports, 0, array_size(libraries));
	tcase_add_loop_test(
		t, our_own_libraries_are_known_and_told_apart, 0, array_size(libraries));
	tcase_add_test(t, an_odbc_2_driver_is_known_as_one);
	tcase_add_test(t, a_library_that_is_no_driver_is_none);
	tcase_add_test(t, what_is_no_library_is_refused_with_a_reason);
	tcase_add_test(t, a_broken_file_harms_nobody);
	suite_add_tcase(s, t);
	return s;
}
