/* SPDX-License-Identifier: MIT */
/* Command words, from the sender to the process and back. */
#include "stats/segment.h"

#include "stats/snapshot.h"
#include "support/run.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#define LONG_ENOUGH usec_add(clock_now(&clock_real), 60 * USEC_PER_SEC)

static struct segment segment;
static struct tally *pool;
static char path[64];

static void setup(void)
{
	struct slot_about about = {.name = "sales"};

	snprintf(path, sizeof(path), STATS_NAME_FORMAT, (unsigned)geteuid(), (int)getpid());
	ck_assert(segment_init(&segment, "1.2.3"));
	pool = segment_claim(&segment, &about);
	ck_assert_ptr_nonnull(pool);
}

static void teardown(void)
{
	segment_remove(&segment);
}

struct sender {
	pthread_t thread;
	enum stats_verb verb;
	uint64_t pool;
	usec_t deadline;
	enum command_result result;
	unsigned affected;
	enum segment_result segment;
};

static void *send_main(void *arg)
{
	struct sender *s = arg;
	struct segment_name name = {.euid = geteuid(), .pid = getpid()};

	s->result = command_send(&name, s->verb, s->pool, s->deadline, &s->affected, &s->segment);
	return NULL;
}

static void start(struct sender *s)
{
	ck_assert_int_eq(pthread_create(&s->thread, NULL, send_main, s), 0);
}

static void await_command(void)
{
	while (!segment_has_command(&segment))
		sched_yield();
}

START_TEST(a_command_is_taken_obeyed_and_acknowledged)
{
	struct sender s = {.verb = STATS_PAUSE, .pool = 1, .deadline = LONG_ENOUGH};
	struct command c;

	ck_assert(!segment_has_command(&segment));
	ck_assert(!segment_take_command(&segment, &c));
	start(&s);
	await_command();
	ck_assert(segment_take_command(&segment, &c));
	ck_assert_int_eq(c.verb, STATS_PAUSE);
	ck_assert_ptr_eq(c.pool, pool);
	segment_acknowledge(&segment, &c, 1);
	ck_assert(!segment_has_command(&segment));
	pthread_join(s.thread, NULL);
	ck_assert_int_eq(s.result, COMMAND_OBEYED);
	ck_assert_uint_eq(s.affected, 1);
}
END_TEST

START_TEST(a_command_for_all_names_no_pool)
{
	struct sender s = {.verb = STATS_CLEAR, .deadline = LONG_ENOUGH};
	struct command c;

	start(&s);
	await_command();
	ck_assert(segment_take_command(&segment, &c));
	ck_assert_ptr_null(c.pool);
	segment_acknowledge(&segment, &c, 12);
	pthread_join(s.thread, NULL);
	ck_assert_uint_eq(s.affected, 12);
}
END_TEST

START_TEST(a_command_for_a_pool_that_has_gone_concerns_none)
{
	struct sender s = {.verb = STATS_CLEAR, .pool = 99, .deadline = LONG_ENOUGH, .affected = 5};
	struct command c;

	start(&s);
	await_command();
	ck_assert(!segment_take_command(&segment, &c));
	pthread_join(s.thread, NULL);
	ck_assert_int_eq(s.result, COMMAND_OBEYED);
	ck_assert_uint_eq(s.affected, 0);
}
END_TEST

START_TEST(a_verb_that_does_not_exist_does_nothing)
{
	struct sender s = {.verb = (enum stats_verb)77, .deadline = LONG_ENOUGH};
	struct command c;

	start(&s);
	await_command();
	ck_assert(!segment_take_command(&segment, &c));
	pthread_join(s.thread, NULL);
	ck_assert_uint_eq(s.affected, 0);
}
END_TEST

START_TEST(a_process_that_does_not_answer_is_told_of_and_obeys_the_last_later)
{
	struct sender s = {.verb = STATS_PAUSE, .deadline = 1};
	struct command c;

	send_main(&s);
	ck_assert_int_eq(s.result, COMMAND_PENDING);
	s.verb = STATS_CLEAR;
	send_main(&s);
	ck_assert_int_eq(s.result, COMMAND_PENDING);
	ck_assert(segment_take_command(&segment, &c));
	ck_assert_int_eq(c.verb, STATS_CLEAR);
	segment_acknowledge(&segment, &c, 1);
	ck_assert(!segment_has_command(&segment));
}
END_TEST

START_TEST(a_command_that_is_only_half_written_is_left_alone)
{
	struct command c;

	atomic_store(&segment.header->command.verb, STATS_CLEAR);
	atomic_store(&segment.header->command.request, 1);
	ck_assert(!segment_has_command(&segment));
	ck_assert(!segment_take_command(&segment, &c));
}
END_TEST

START_TEST(one_sender_at_a_time)
{
	struct sender s = {.verb = STATS_CLEAR, .deadline = 1};
	int fd = shm_open(path, O_RDWR, 0);

	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	send_main(&s);
	ck_assert_int_eq(s.result, COMMAND_BUSY);
	ck_assert(!segment_has_command(&segment));
	close(fd);
}
END_TEST

START_TEST(a_process_that_is_not_there_cannot_be_commanded)
{
	struct sender s = {.verb = STATS_CLEAR, .deadline = LONG_ENOUGH};

	segment_remove(&segment);
	send_main(&s);
	ck_assert_int_eq(s.result, COMMAND_FAILED);
	ck_assert_int_eq(s.segment, SEGMENT_GONE);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("stats/command");
	TCase *t = tcase_create("command");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_command_is_taken_obeyed_and_acknowledged);
	tcase_add_test(t, a_command_for_all_names_no_pool);
	tcase_add_test(t, a_command_for_a_pool_that_has_gone_concerns_none);
	tcase_add_test(t, a_verb_that_does_not_exist_does_nothing);
	tcase_add_test(t, a_process_that_does_not_answer_is_told_of_and_obeys_the_last_later);
	tcase_add_test(t, a_command_that_is_only_half_written_is_left_alone);
	tcase_add_test(t, one_sender_at_a_time);
	tcase_add_test(t, a_process_that_is_not_there_cannot_be_commanded);
	suite_add_tcase(s, t);
	return s;
}
