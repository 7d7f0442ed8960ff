/* SPDX-License-Identifier: MIT */
#include "conf/watch.h"

#include "conf/ini.h"
#include "conf/ini_files.h"
#include "support/run.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *path_of(const char *name)
{
	return ini_files_path(name);
}

/* What the snapshot says of the file with that name, or of several. */
static struct digest watch_all(const char *const *names, size_t count)
{
	struct buffer paths = BUFFER_EMPTY;
	struct hasher h;

	for (size_t i = 0; i < count; i++)
		buffer_append(&paths, path_of(names[i]), strlen(path_of(names[i])) + 1);
	hasher_init(&h, hash_process_key());
	ck_assert(ini_watch(&paths, &h));
	buffer_done(&paths);
	return hasher_finish(&h);
}

static struct digest watch(const char *name)
{
	return watch_all(&name, 1);
}

static void assert_changed_to_next(unsigned long generation, const struct digest *before)
{
	ini_poll();
	ck_assert_uint_eq(ini_generation(), generation + 1);
	struct digest now = watch(".pgpass");
	ck_assert(!digest_equal(&now, before));
	ini_poll();
	ck_assert_uint_eq(ini_generation(), generation + 1);
}

START_TEST(watching_a_file_changes_nothing)
{
	ini_files_write(".pgpass", "a");
	struct digest first = watch(".pgpass"), again = watch(".pgpass");

	ini_poll();
	ck_assert(digest_equal(&first, &again));
	ck_assert_uint_eq(ini_generation(), 1);
}
END_TEST

START_TEST(a_changed_file_is_a_new_generation)
{
	ini_files_write(".pgpass", "a");
	struct digest before = watch(".pgpass");

	ini_files_write(".pgpass", "longer");
	assert_changed_to_next(1, &before);
}
END_TEST

START_TEST(a_file_may_appear_and_vanish)
{
	struct digest before = watch(".pgpass");

	ini_files_write(".pgpass", "a");
	assert_changed_to_next(1, &before);
	before = watch(".pgpass");
	ini_files_write(".pgpass", NULL);
	assert_changed_to_next(2, &before);
}
END_TEST

START_TEST(the_time_alone_counts)
{
	static const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};

	ini_files_write(".pgpass", "a");
	struct digest before = watch(".pgpass");
	ck_assert_int_eq(utimensat(AT_FDCWD, path_of(".pgpass"), times, 0), 0);
	assert_changed_to_next(1, &before);
}
END_TEST

START_TEST(another_file_of_the_same_size_and_time_counts)
{
	static const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	char from[4096];

	ini_files_write(".pgpass", "a");
	ck_assert_int_eq(utimensat(AT_FDCWD, path_of(".pgpass"), times, 0), 0);
	struct digest before = watch(".pgpass");
	ini_files_write("other", "b");
	ck_assert_int_eq(utimensat(AT_FDCWD, path_of("other"), times, 0), 0);
	snprintf(from, sizeof(from), "%s", path_of("other"));
	ck_assert_int_eq(rename(from, path_of(".pgpass")), 0);
	assert_changed_to_next(1, &before);
}
END_TEST

START_TEST(an_edited_ini_file_forgets_no_file)
{
	ini_files_write(".pgpass", "a");
	struct digest before = watch(".pgpass");

	ini_files_write("odbc.ini", "[a]\nk=v\n");
	ini_poll();
	ck_assert_uint_eq(ini_generation(), 2);
	struct digest same = watch(".pgpass");
	ck_assert(digest_equal(&same, &before));
	ini_files_write(".pgpass", "longer");
	assert_changed_to_next(2, &before);
}
END_TEST

START_TEST(beyond_the_bound_the_oldest_is_given_up_for_a_new_generation)
{
	char name[32];

	for (int i = 0; i < WATCHED_MAX; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		watch(name);
	}
	ck_assert_uint_eq(ini_generation(), 1);
	/* Whoever relies on the one that goes must look again. */
	watch("one more");
	ck_assert_uint_eq(ini_generation(), 2);
	ini_files_write("f0", "a");
	ini_poll();
	ck_assert_uint_eq(ini_generation(), 2);
	ini_files_write("f1", "a");
	ini_poll();
	ck_assert_uint_eq(ini_generation(), 3);
}
END_TEST

START_TEST(several_files_are_watched_together)
{
	static const char *const names[] = {"one", "two", "three"};
	struct digest before = watch_all(names, 3);

	ini_files_write("three", "a");
	ini_poll();
	ck_assert_uint_eq(ini_generation(), 2);
	struct digest now = watch_all(names, 3);
	ck_assert(!digest_equal(&now, &before));
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("watch");
	TCase *t = tcase_create("watch");

	tcase_add_checked_fixture(t, ini_files_begin, ini_files_end);
	tcase_add_test(t, watching_a_file_changes_nothing);
	tcase_add_test(t, a_changed_file_is_a_new_generation);
	tcase_add_test(t, a_file_may_appear_and_vanish);
	tcase_add_test(t, the_time_alone_counts);
	tcase_add_test(t, another_file_of_the_same_size_and_time_counts);
	tcase_add_test(t, an_edited_ini_file_forgets_no_file);
	tcase_add_test(t, beyond_the_bound_the_oldest_is_given_up_for_a_new_generation);
	tcase_add_test(t, several_files_are_watched_together);
	suite_add_tcase(s, t);
	return s;
}
