/* SPDX-License-Identifier: MIT */
/* The writer's side: where the memory comes from, and what becomes of it. Each test is a process.
 */
#include "stats/segment.h"

#include "stats/snapshot.h"
#include "support/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct segment segment;
static struct process_snapshot snapshot;

static struct segment_name own_name(void)
{
	return (struct segment_name){.euid = geteuid(), .pid = getpid()};
}

static const char *own_path(void)
{
	static char path[64];

	snprintf(path, sizeof(path), STATS_NAME_FORMAT, (unsigned)geteuid(), (int)getpid());
	return path;
}

static void setup(void)
{
	ck_assert(segment_init(&segment, "1.2.3"));
}

static void teardown(void)
{
	segment_remove(&segment);
}

static struct tally *claim(const char *name)
{
	struct slot_about about = {
		.name = name, .driver = "/lib/real.so", .server = "db1", .key = {1, 2}};
	struct tally *t;

	about.settings.max_pool_size = 20;
	t = segment_claim(&segment, &about);
	ck_assert_ptr_nonnull(t);
	return t;
}

static void look(void)
{
	struct segment_name name = own_name();

	snapshot_done(&snapshot);
	ck_assert_int_eq(snapshot_take(&name, &snapshot), SEGMENT_OK);
}

static bool is_there(void)
{
	int fd = shm_open(own_path(), O_RDONLY, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

START_TEST(the_file_comes_with_the_first_pool_and_is_its_users_alone)
{
	struct stat st;

	ck_assert(!is_there());
	claim("sales");
	int fd = shm_open(own_path(), O_RDONLY, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_uint_eq(st.st_uid, geteuid());
	close(fd);
	segment_remove(&segment);
	ck_assert(!is_there());
}
END_TEST

START_TEST(a_strange_umask_changes_nothing)
{
	struct stat st;

	umask(0777);
	claim("sales");
	claim("stock");
	look();
	ck_assert_uint_eq(snapshot.pool_count, 2);
	int fd = shm_open(own_path(), O_RDONLY, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	close(fd);
}
END_TEST

START_TEST(what_is_counted_before_the_file_is_there_is_in_it)
{
	counter_add(&segment.header->departed.counters.non_pooled_connects, 5);
	claim("sales");
	counter_add(&segment.header->departed.counters.non_pooled_connects, 1);
	look();
	ck_assert_uint_eq(snapshot.totals.non_pooled_connects, 6);
}
END_TEST

START_TEST(a_change_that_the_file_came_in_the_middle_of_ends_well)
{
	struct tally *departed = &segment.header->departed;

	tally_begin(departed);
	claim("sales");
	tally_end(departed);
	look();
	ck_assert(!snapshot.is_torn);
	segment_remove(&segment);
	tally_begin(departed);
	segment_after_fork_in_child(&segment);
	tally_end(departed);
	ck_assert_uint_eq(departed->sequence % 2, 0);
}
END_TEST

START_TEST(a_pool_given_back_leaves_its_place_to_the_next)
{
	struct tally *a = claim("a"), *b = claim("b");

	counter_add(&a->counters.resets, 1);
	segment_release(&segment, a);
	look();
	ck_assert_uint_eq(snapshot.pool_count, 1);
	ck_assert_str_eq(snapshot.pools[0].name, "b");
	uint64_t id = snapshot.pools[0].id;
	ck_assert_ptr_eq(claim("c"), a);
	look();
	ck_assert_uint_eq(snapshot.pool_count, 2);
	ck_assert_uint_eq(snapshot.pools[0].id, id);
	ck_assert_str_eq(snapshot.pools[1].name, "c");
	ck_assert_uint_eq(snapshot.pools[1].values.resets, 0);
	segment_release(&segment, b);
	segment_release(&segment, NULL);
}
END_TEST

START_TEST(pools_beyond_the_last_place_count_in_private_and_are_told_of)
{
	struct tally *last = NULL;
	const char *reason;
	int error;

	for (int i = 0; i < STATS_SLOTS_MAX; i++)
		last = claim("many");
	ck_assert(!segment_take_trouble(&segment, &reason, &error));
	struct tally *beyond = claim("one too many");
	counter_add(&beyond->counters.resets, 1);
	ck_assert(segment_take_trouble(&segment, &reason, &error));
	ck_assert_str_eq(reason, "all places are taken");
	ck_assert(!segment_take_trouble(&segment, &reason, &error));
	look();
	ck_assert_uint_eq(snapshot.pool_count, STATS_SLOTS_MAX);
	ck_assert_uint_eq(snapshot.pools_unlisted, 1);
	segment_release(&segment, beyond);
	segment_release(&segment, last);
	look();
	ck_assert_uint_eq(snapshot.pools_unlisted, 0);
	claim("again");
	look();
	ck_assert_uint_eq(snapshot.pool_count, STATS_SLOTS_MAX);
}
END_TEST

START_TEST(a_limit_of_the_length_of_files_means_private_memory_and_no_signal)
{
	struct rlimit limit = {.rlim_cur = STATS_PAGE * 2, .rlim_max = RLIM_INFINITY};
	const char *reason;
	int error;

	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	claim("fits");
	struct tally *t = claim("does not");
	counter_add(&t->counters.resets, 1);
	ck_assert(segment_take_trouble(&segment, &reason, &error));
	ck_assert_int_eq(error, EFBIG);
	look();
	ck_assert_uint_eq(snapshot.pool_count, 1);
	ck_assert_uint_eq(snapshot.pools_unlisted, 1);
	segment_release(&segment, t);
}
END_TEST

START_TEST(without_any_file_all_is_private)
{
	struct segment_name name = own_name();
	const char *reason;
	char folder[96];
	int error;

	/* Something that cannot be replaced is in the way. */
	snprintf(folder, sizeof(folder), "/dev/shm%s", own_path());
	ck_assert_int_eq(mkdir(folder, 0700), 0);
	counter_add(&claim("private")->counters.resets, 1);
	claim("private, too");
	ck_assert(segment_take_trouble(&segment, &reason, &error));
	ck_assert_str_eq(reason, "the file cannot be made");
	ck_assert(!segment_take_trouble(&segment, &reason, &error));
	ck_assert_int_eq(snapshot_take(&name, &snapshot), SEGMENT_MALFORMED);
	segment_remove(&segment);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

#ifndef ODBCPOOL_SANITIZED
START_TEST(without_address_space_each_pool_has_a_piece_of_its_own)
{
	struct rlimit limit = {.rlim_cur = 0, .rlim_max = RLIM_INFINITY};
	const char *reason;
	int error;

	ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
	bool is_made = segment_init(&segment, "1.2.3");
	limit.rlim_cur = RLIM_INFINITY;
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
	/* The heap may have had a page left, or not: both are answers. */
	if (!is_made)
		return;
	struct tally *t = claim("private");
	counter_add(&t->counters.resets, 1);
	ck_assert(segment_take_trouble(&segment, &reason, &error));
	segment_release(&segment, t);
	ck_assert(!is_there());
}
END_TEST
#endif

START_TEST(a_file_left_behind_under_our_name_is_replaced)
{
	int fd = shm_open(own_path(), O_RDWR | O_CREAT | O_EXCL, 0600);

	ck_assert_int_eq(write(fd, "junk", 4), 4);
	close(fd);
	claim("sales");
	look();
	ck_assert_uint_eq(snapshot.pool_count, 1);
}
END_TEST

START_TEST(a_link_under_our_name_is_not_followed)
{
	char link[96], target[] = "/tmp/odbcpool-test-target-XXXXXX";
	int fd = mkstemp(target);
	struct stat st;

	ck_assert_int_ge(fd, 0);
	snprintf(link, sizeof(link), "/dev/shm%s", own_path());
	ck_assert_int_eq(symlink(target, link), 0);
	claim("sales");
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
	unlink(link);
	unlink(target);
	close(fd);
}
END_TEST

START_TEST(a_child_counts_in_a_file_of_its_own)
{
	struct tally *parents = claim("parents");
	int status;
	pid_t pid;

	counter_add(&parents->counters.resets, 1);
	pid = fork();
	if (pid == 0) {
		segment_after_fork_in_child(&segment);
		/* As a thread that was in the middle of it would. */
		counter_add(&parents->counters.resets, 100);
		bool was_there = is_there();
		struct tally *own = claim("childs");
		counter_add(&own->counters.resets, 7);
		look();
		bool is_right = !was_there && snapshot.pool_count == 1 &&
				snapshot.totals.resets == 7 &&
				strcmp(snapshot.release, "1.2.3") == 0;
		segment_remove(&segment);
		_exit(is_right && !is_there() ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	look();
	ck_assert_uint_eq(snapshot.totals.resets, 1);
}
END_TEST

START_TEST(a_child_that_no_handler_saw_does_not_take_the_file_away)
{
	int status;
	pid_t pid;

	claim("parents");
	pid = fork();
	if (pid == 0) {
		segment_remove(&segment);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(is_there());
}
END_TEST

static pid_t start_and_kill(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		segment_after_fork_in_child(&segment);
		claim("killed");
		if (write(ready[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	return pid;
}

START_TEST(what_a_killed_process_left_is_swept_even_before_it_is_waited_for)
{
	pid_t pid = start_and_kill();
	struct segment_name name = {.euid = geteuid(), .pid = pid};
	siginfo_t info;

	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	/* Another process of this user may be sweeping at the same time. */
	ck_assert_int_ne(snapshot_take(&name, &snapshot), SEGMENT_OK);
	claim("mine");
	segment_sweep_stale();
	ck_assert_int_eq(snapshot_take(&name, &snapshot), SEGMENT_GONE);
	ck_assert(is_there());
	waitpid(pid, NULL, 0);
}
END_TEST

START_TEST(a_living_process_is_not_swept)
{
	struct segment_name name = own_name();

	claim("mine");
	ck_assert(!segment_sweep(&name));
	ck_assert(is_there());
}
END_TEST

START_TEST(an_application_that_closes_all_descriptors_does_no_harm)
{
	claim("before");
	for (int fd = 3; fd < 256; fd++)
		close(fd);
	claim("after");
	look();
	ck_assert_uint_eq(snapshot.pool_count, 2);
}
END_TEST

static TCase *memory_case(void)
{
	TCase *t = tcase_create("memory");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_file_comes_with_the_first_pool_and_is_its_users_alone);
	tcase_add_test(t, a_strange_umask_changes_nothing);
	tcase_add_test(t, what_is_counted_before_the_file_is_there_is_in_it);
	tcase_add_test(t, a_change_that_the_file_came_in_the_middle_of_ends_well);
	tcase_add_test(t, a_pool_given_back_leaves_its_place_to_the_next);
	tcase_add_test(t, pools_beyond_the_last_place_count_in_private_and_are_told_of);
	tcase_add_test(t, a_limit_of_the_length_of_files_means_private_memory_and_no_signal);
	tcase_add_test(t, without_any_file_all_is_private);
	tcase_add_test(t, a_file_left_behind_under_our_name_is_replaced);
	tcase_add_test(t, a_link_under_our_name_is_not_followed);
	tcase_add_test(t, an_application_that_closes_all_descriptors_does_no_harm);
	return t;
}

Suite *test_suite(void)
{
	Suite *s = suite_create("stats/segment");
	TCase *t;

	suite_add_tcase(s, memory_case());
	t = tcase_create("no address space");
/* A sanitizer needs address space of its own. */
#ifndef ODBCPOOL_SANITIZED
	tcase_add_test(t, without_address_space_each_pool_has_a_piece_of_its_own);
#endif
	suite_add_tcase(s, t);
	t = tcase_create("processes");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_child_counts_in_a_file_of_its_own);
	tcase_add_test(t, a_child_that_no_handler_saw_does_not_take_the_file_away);
	tcase_add_test(t, what_a_killed_process_left_is_swept_even_before_it_is_waited_for);
	tcase_add_test(t, a_living_process_is_not_swept);
	suite_add_tcase(s, t);
	return s;
}
