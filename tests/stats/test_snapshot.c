/* SPDX-License-Identifier: MIT */
/* The reader's side: what it gives, and that nothing in a file can harm it. */
#include "stats/snapshot.h"

#include "stats/segment.h"
#include "support/run.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct segment segment;
static struct segment_name name;
static struct process_snapshot snapshot;
static char path[64];

static void setup(void)
{
	name = (struct segment_name){.euid = geteuid(), .pid = getpid()};
	snprintf(path, sizeof(path), STATS_NAME_FORMAT, (unsigned)name.euid, (int)name.pid);
	ck_assert(segment_init(&segment, "1.2.3"));
}

static void teardown(void)
{
	shm_unlink(path);
}

static struct tally *claim(const char *pool)
{
	struct slot_about about = {.name = pool,
		.driver = "/lib/real.so",
		.server = "db1",
		.key = {0xabcdef, 2},
		.settings = {.max_pool_size = 20, .connection_lifetime = -1}};

	return segment_claim(&segment, &about);
}

static enum segment_result look(void)
{
	return snapshot_take(&name, &snapshot);
}

START_TEST(a_snapshot_gives_what_was_counted_and_noted)
{
	struct tally *t = claim("sales");
	struct stats_holder holders[] = {{.thread = 11, .since = 5}, {.thread = 12, .since = 6}};

	counter_add(&t->counters.hard_connects, 3);
	counter_add(&t->gauges.active_connections, 2);
	histogram_add(&t->histograms.open, 1000);
	atomic_store(&t->state, TALLY_PAUSED);
	atomic_store(&t->blocked_until, 99);
	segment_note_dbms(&segment, t, "PostgreSQL");
	segment_note_login_error(&segment, t, "28P01", 7, "password\nauthentication failed");
	segment_note_holders(&segment, t, holders, 2, 1234);
	segment_set_state(&segment, TALLY_DISABLED);
	ck_assert_int_eq(look(), SEGMENT_OK);

	ck_assert_str_eq(snapshot.release, "1.2.3");
	ck_assert_uint_eq(snapshot.state, TALLY_DISABLED);
	ck_assert_uint_eq(snapshot.pool_count, 1);
	ck_assert(!snapshot.is_torn);
	ck_assert_uint_eq(snapshot.totals.hard_connects, 3);
	const struct pool_snapshot *p = &snapshot.pools[0];
	ck_assert_str_eq(p->name, "sales");
	ck_assert_str_eq(p->driver, "/lib/real.so");
	ck_assert_str_eq(p->server, "db1");
	ck_assert_str_eq(p->dbms, "PostgreSQL");
	ck_assert_str_eq(p->key, "0000000000abcdef0000000000000002");
	ck_assert_uint_eq(p->state, TALLY_PAUSED);
	ck_assert_int_eq(p->blocked_until, 99);
	ck_assert(!p->is_torn);
	ck_assert_int_eq(p->settings.max_pool_size, 20);
	ck_assert_int_eq(p->settings.connection_lifetime, -1);
	ck_assert_uint_eq(p->values.active_connections, 2);
	ck_assert_uint_eq(p->values.active_pools, 1);
	ck_assert_uint_eq(histogram_count(&p->values.open), 1);
	ck_assert_str_eq(p->last_error.sqlstate, "28P01");
	ck_assert_int_eq(p->last_error.native, 7);
	ck_assert_str_eq(p->last_error.message, "password?authentication failed");
	ck_assert_int_gt(p->last_error.at_us_since_1970, 0);
	ck_assert_uint_eq(p->holder_count, 2);
	ck_assert_int_eq(p->holders[1].thread, 12);
	snapshot_done(&snapshot);
}
END_TEST

START_TEST(the_list_has_every_segment_of_the_user_and_nothing_else)
{
	struct segment_list list;
	size_t found = 0;
	int fd;

	claim("sales");
	fd = shm_open("/odbcpool.0x1.2", O_CREAT | O_RDWR, 0600);
	ck_assert(segment_list_get(geteuid(), &list));
	for (size_t i = 0; i < list.count; i++) {
		ck_assert_uint_eq(list.names[i].euid, geteuid());
		found += list.names[i].pid == getpid();
	}
	ck_assert_uint_eq(found, 1);
	segment_list_done(&list);
	close(fd);
	shm_unlink("/odbcpool.0x1.2");
}
END_TEST

START_TEST(numbers_in_the_middle_of_a_change_are_given_but_said_to_be_torn)
{
	struct tally *t = claim("sales");

	tally_begin(t);
	counter_add(&t->counters.resets, 1);
	ck_assert_int_eq(look(), SEGMENT_OK);
	ck_assert(snapshot.pools[0].is_torn);
	ck_assert_uint_eq(snapshot.pools[0].values.resets, 1);
	snapshot_done(&snapshot);
	tally_end(t);
	ck_assert_int_eq(look(), SEGMENT_OK);
	ck_assert(!snapshot.pools[0].is_torn);
	snapshot_done(&snapshot);
}
END_TEST

static _Atomic bool is_over;
static struct tally *shared_tally;

/* Two counters that are equal whenever nobody is changing them. */
static void *write_main(void *arg)
{
	(void)arg;
	while (!is_over) {
		for (int i = 0; i < 64; i++) {
			tally_begin(shared_tally);
			counter_add(&shared_tally->counters.hard_connects, 1);
			counter_add(&shared_tally->histograms.use.bucket[46], 1);
			tally_end(shared_tally);
		}
		sched_yield();
	}
	return NULL;
}

START_TEST(numbers_that_belong_together_are_read_together)
{
	pthread_t writer;
	unsigned whole = 0;

	shared_tally = claim("sales");
	ck_assert_int_eq(pthread_create(&writer, NULL, write_main, NULL), 0);
	for (int i = 0; i < 2000; i++) {
		ck_assert_int_eq(look(), SEGMENT_OK);
		const struct pool_snapshot *p = &snapshot.pools[0];
		if (!p->is_torn) {
			whole++;
			ck_assert_uint_eq(p->values.hard_connects, p->values.use.bucket[46]);
		}
		snapshot_done(&snapshot);
	}
	is_over = true;
	pthread_join(writer, NULL);
	ck_assert_uint_gt(whole, 0);
}
END_TEST

START_TEST(pools_that_come_and_go_meanwhile_are_no_trouble)
{
	for (int i = 0; i < 300; i++) {
		struct tally *t = claim("a");
		if (i % 3)
			segment_release(&segment, t);
		ck_assert_int_eq(look(), SEGMENT_OK);
		ck_assert_uint_eq(snapshot.pool_count, (size_t)(i / 3 + 1));
		snapshot_done(&snapshot);
	}
}
END_TEST

/* Change the file as its owner could. */
static void tamper(size_t offset, const void *bytes, size_t size)
{
	int fd = shm_open(path, O_RDWR, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, bytes, size, (off_t)offset), (ssize_t)size);
	close(fd);
}

static void cut(off_t size)
{
	int fd = shm_open(path, O_RDWR, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, size), 0);
	close(fd);
}

static void tamper32(size_t offset, uint32_t value)
{
	tamper(offset, &value, sizeof(value));
}

#define HEADER(member) offsetof(struct stats_header, member)

START_TEST(a_file_that_is_cut_off_is_malformed)
{
	static const off_t sizes[] = {STATS_PAGE + 100, STATS_PAGE, STATS_PAGE - 1};

	claim("sales");
	for (size_t i = 0; i < array_size(sizes); i++) {
		cut(sizes[i]);
		ck_assert_int_eq(look(), SEGMENT_MALFORMED);
	}
	cut(0);
	ck_assert_int_eq(look(), SEGMENT_NOT_READY);
}
END_TEST

START_TEST(another_version_is_told_from_nonsense)
{
	claim("sales");
	tamper32(HEADER(version), STATS_VERSION + 1);
	ck_assert_int_eq(look(), SEGMENT_OTHER_VERSION);
	tamper32(HEADER(magic), 0x12345678);
	ck_assert_int_eq(look(), SEGMENT_MALFORMED);
}
END_TEST

START_TEST(numbers_that_cannot_be_are_refused)
{
	claim("sales");
	tamper32(HEADER(slots_used), UINT32_MAX);
	ck_assert_int_eq(look(), SEGMENT_MALFORMED);
	tamper32(HEADER(slots_used), 2);
	ck_assert_int_eq(look(), SEGMENT_MALFORMED);
	tamper32(HEADER(slots_used), 1);
	ck_assert_int_eq(look(), SEGMENT_OK);
	snapshot_done(&snapshot);
	tamper32(HEADER(slot_size), 1);
	ck_assert_int_eq(look(), SEGMENT_MALFORMED);
}
END_TEST

START_TEST(a_file_that_names_another_process_is_refused)
{
	claim("sales");
	tamper32(HEADER(pid), 1);
	ck_assert_int_eq(look(), SEGMENT_MALFORMED);
	tamper32(HEADER(pid), (uint32_t)getpid());
	tamper32(HEADER(euid), geteuid() + 1);
	ck_assert_int_eq(look(), SEGMENT_MALFORMED);
}
END_TEST

START_TEST(an_earlier_process_of_the_same_number_has_ended)
{
	uint64_t ticks = 1;

	claim("sales");
	tamper(HEADER(start_ticks), &ticks, sizeof(ticks));
	ck_assert_int_eq(look(), SEGMENT_STALE);
	ck_assert(segment_sweep(&name));
	ck_assert_int_eq(look(), SEGMENT_GONE);
}
END_TEST

START_TEST(a_process_in_another_pid_namespace_is_never_held_for_dead)
{
	uint64_t ticks = 1, namespace = 1;

	claim("sales");
	tamper(HEADER(start_ticks), &ticks, sizeof(ticks));
	tamper(HEADER(pid_namespace), &namespace, sizeof(namespace));
	ck_assert_int_eq(look(), SEGMENT_OK);
	snapshot_done(&snapshot);
	ck_assert(!segment_sweep(&name));
}
END_TEST

START_TEST(texts_without_an_end_and_absurd_counts_are_bounded)
{
	const size_t slot = STATS_PAGE;
	char junk[STATS_PAGE];

	claim("sales");
	memset(junk, 'x', sizeof(junk));
	tamper(slot, junk, sizeof(struct stats_slot));
	ck_assert_int_eq(look(), SEGMENT_OK);
	const struct pool_snapshot *p = &snapshot.pools[0];
	ck_assert_uint_eq(strlen(p->name), STATS_NAME_SIZE - 1);
	ck_assert_uint_eq(strlen(p->last_error.message), STATS_MESSAGE_SIZE - 1);
	ck_assert_uint_eq(strlen(p->last_error.sqlstate), 7);
	ck_assert_uint_le(p->holder_count, STATS_HOLDERS);
	snapshot_done(&snapshot);
}
END_TEST

START_TEST(all_places_in_the_middle_of_a_change_hold_nobody_up)
{
	for (int i = 0; i < STATS_SLOTS_MAX; i++)
		tally_begin(claim("many"));
	tamper32(HEADER(directory), 1);
	ck_assert_int_eq(look(), SEGMENT_OK);
	ck_assert(snapshot.is_torn);
	ck_assert_uint_eq(snapshot.pool_count, STATS_SLOTS_MAX);
	snapshot_done(&snapshot);
}
END_TEST

START_TEST(a_fifo_under_the_name_is_not_waited_for)
{
	char fifo[96];

	snprintf(fifo, sizeof(fifo), "/dev/shm%s", path);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	ck_assert_int_eq(look(), SEGMENT_MALFORMED);
	ck_assert(!segment_sweep(&name));
}
END_TEST

static TCase *hostile_case(void)
{
	TCase *t = tcase_create("hostile");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_file_that_is_cut_off_is_malformed);
	tcase_add_test(t, another_version_is_told_from_nonsense);
	tcase_add_test(t, numbers_that_cannot_be_are_refused);
	tcase_add_test(t, a_file_that_names_another_process_is_refused);
	tcase_add_test(t, an_earlier_process_of_the_same_number_has_ended);
	tcase_add_test(t, a_process_in_another_pid_namespace_is_never_held_for_dead);
	tcase_add_test(t, texts_without_an_end_and_absurd_counts_are_bounded);
	tcase_add_test(t, all_places_in_the_middle_of_a_change_hold_nobody_up);
	tcase_add_test(t, a_fifo_under_the_name_is_not_waited_for);
	return t;
}

Suite *test_suite(void)
{
	Suite *s = suite_create("stats/snapshot");
	TCase *t = tcase_create("honest");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_snapshot_gives_what_was_counted_and_noted);
	tcase_add_test(t, the_list_has_every_segment_of_the_user_and_nothing_else);
	tcase_add_test(t, numbers_in_the_middle_of_a_change_are_given_but_said_to_be_torn);
	tcase_add_test(t, numbers_that_belong_together_are_read_together);
	tcase_add_test(t, pools_that_come_and_go_meanwhile_are_no_trouble);
	suite_add_tcase(s, t);
	suite_add_tcase(s, hostile_case());
	return s;
}
