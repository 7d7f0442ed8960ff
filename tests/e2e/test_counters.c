/* SPDX-License-Identifier: MIT */
/*
 * What odbcpool says of itself is what the server says: counts, commands, and many processes at
 * once. The segments are read as the command odbcpool reads them.
 */
#include "child.h"
#include "odbcpool.h"
#include "stats/snapshot.h"
#include "support/run.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define USER "UID=pooltest2;" QUIET

static struct segment_name name_of(pid_t pid)
{
	return (struct segment_name){.euid = geteuid(), .pid = pid};
}

static struct process_snapshot look(pid_t pid)
{
	struct segment_name name = name_of(pid);
	struct process_snapshot s;

	ck_assert_int_eq(snapshot_take(&name, &s), SEGMENT_OK);
	return s;
}

/* The gauges must be what the server has, and the counters must explain them. */
static void assert_agrees(const char *source)
{
	struct process_snapshot s = look(getpid());
	const struct counter_values *v = &s.totals;
	long sessions = server_sessions(source, "pooltest2");

	ck_assert_int_eq((long)(v->active_connections + v->free_connections), sessions);
	ck_assert_int_eq((long)(v->hard_connects - v->hard_disconnects), sessions);
	ck_assert_uint_eq(v->soft_connects - v->soft_disconnects, v->active_connections);
	ck_assert_uint_eq(histogram_count(&v->open), v->hard_connects);
	snapshot_done(&s);
}

START_TEST(the_counts_are_those_of_the_server)
{
	const char *source = server_source(_i);
	struct client a = client_new(SQL_OV_ODBC3), b = client_new(SQL_OV_ODBC3);
	struct client c = client_new(SQL_OV_ODBC3);

	client_connect(&a, source, USER);
	assert_agrees(source);
	client_connect(&b, source, USER);
	client_connect(&c, source, USER);
	assert_agrees(source);
	client_disconnect(&b);
	client_disconnect(&c);
	assert_agrees(source);
	client_connect(&b, source, USER);
	client_set(&b, ODBCPOOL_ATTR_DISCARD, 1);
	client_disconnect(&b);
	ck_assert(server_comes_down_to(source, "pooltest2", 2));
	assert_agrees(source);
	client_disconnect(&a);
	assert_agrees(source);
	client_done(&a);
	client_done(&b);
	client_done(&c);
}
END_TEST

static void command(pid_t pid, enum stats_verb verb)
{
	struct segment_name name = name_of(pid);
	enum segment_result result;
	unsigned affected;
	usec_t deadline = usec_add(clock_now(&clock_real), 60 * USEC_PER_SEC);

	ck_assert_int_eq(
		command_send(&name, verb, 0, deadline, &affected, &result), COMMAND_OBEYED);
	ck_assert_uint_ge(affected, 1);
}

START_TEST(commands_are_obeyed_while_the_process_rests)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);

	session_of(&c, source, USER);
	command(getpid(), STATS_CLEAR);
	ck_assert(server_comes_down_to(source, "pooltest2", 0));
	command(getpid(), STATS_PAUSE);
	client_assert_refused(
		&c, client_try(&c, source, USER "PoolConnectTimeout=1;"), "HYT00", "is paused");
	command(getpid(), STATS_RESUME);
	command(getpid(), STATS_DISABLE);
	session_of(&c, source, USER);
	ck_assert_int_eq(server_sessions(source, "pooltest2"), 0);
	command(getpid(), STATS_ENABLE);
	session_of(&c, source, USER);
	ck_assert_int_eq(server_sessions(source, "pooltest2"), 1);
	client_done(&c);
}
END_TEST

START_TEST(an_application_reads_its_pool_through_the_driver_manager)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);
	struct odbcpool_pool_info info = {.size = 0}, wide = {.size = 0};
	SQLINTEGER len = 0;

	client_connect(&c, source, USER "PoolName=mine;");
	ck_assert_int_eq(
		SQLGetConnectAttr(c.dbc, ODBCPOOL_ATTR_POOL_INFO, &info, sizeof(info), &len),
		SQL_SUCCESS);
	ck_assert_int_eq(len, sizeof(info));
	ck_assert_str_eq(info.name, "mine");
	ck_assert_uint_eq(info.pool.active_connections, 1);
	ck_assert_int_eq(
		SQLGetConnectAttrW(c.dbc, ODBCPOOL_ATTR_POOL_INFO, &wide, sizeof(wide), &len),
		SQL_SUCCESS);
	ck_assert_str_eq(wide.name, "mine");
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

/* Children that have connected and wait until they are told to end, or are killed. */
struct crowd {
	pid_t pids[200];
	int ready[2], leave[2];
};

static void child_main(struct crowd *crowd, const char *source)
{
	struct client c = client_new(SQL_OV_ODBC3);
	char byte = 'x';

	close(crowd->leave[1]);
	client_connect(&c, source, QUIET);
	child_assert(write(crowd->ready[1], &byte, 1) == 1);
	child_assert(read(crowd->leave[0], &byte, 1) == 0);
	client_disconnect(&c);
	exit(0);
}

static void crowd_start(struct crowd *crowd, const char *source, int count)
{
	char byte;

	ck_assert_int_eq(pipe(crowd->ready), 0);
	ck_assert_int_eq(pipe(crowd->leave), 0);
	for (int i = 0; i < count; i++) {
		crowd->pids[i] = child_fork();
		if (crowd->pids[i] == 0)
			child_main(crowd, source);
	}
	for (int i = 0; i < count; i++)
		ck_assert_int_eq(read(crowd->ready[0], &byte, 1), 1);
}

static void kill_and_wait(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(two_hundred_processes_are_seen_and_leave_nothing)
{
	enum { CROWD = 200 };
	struct crowd crowd;
	struct segment_list list;
	struct process_snapshot s;
	unsigned seen = 0;

	crowd_start(&crowd, "sqlite", CROWD);
	ck_assert(segment_list_get(geteuid(), &list));
	for (int i = 0; i < CROWD; i++) {
		s = look(crowd.pids[i]);
		ck_assert_uint_eq(s.pool_count, 1);
		ck_assert_uint_eq(s.totals.active_connections, 1);
		ck_assert_str_eq(s.pools[0].name, "sqlite");
		snapshot_done(&s);
		for (size_t k = 0; k < list.count; k++)
			seen += list.names[k].pid == crowd.pids[i];
	}
	ck_assert_uint_eq(seen, CROWD);
	segment_list_done(&list);
	/* One can be read although it does not run. */
	ck_assert_int_eq(kill(crowd.pids[0], SIGSTOP), 0);
	s = look(crowd.pids[0]);
	ck_assert_uint_eq(s.totals.active_connections, 1);
	snapshot_done(&s);
	for (int i = 0; i < CROWD / 2; i++)
		kill_and_wait(crowd.pids[i]);
	close(crowd.leave[1]);
	for (int i = CROWD / 2; i < CROWD; i++)
		child_await(crowd.pids[i]);
	for (int i = 0; i < CROWD; i++) {
		struct segment_name name = name_of(crowd.pids[i]);
		enum segment_result result = snapshot_take(&name, &s);
		/* Another process of this user may have swept it meanwhile. */
		ck_assert(result == SEGMENT_GONE || (i < CROWD / 2 && result == SEGMENT_STALE));
		if (result == SEGMENT_STALE)
			ck_assert(segment_sweep(&name) || snapshot_take(&name, &s) == SEGMENT_GONE);
		ck_assert_int_eq(snapshot_take(&name, &s), SEGMENT_GONE);
	}
}
END_TEST

START_TEST(the_next_process_sweeps_what_a_killed_one_left)
{
	struct crowd killed, next;
	struct process_snapshot s;

	crowd_start(&killed, "sqlite", 1);
	kill_and_wait(killed.pids[0]);
	struct segment_name name = name_of(killed.pids[0]);
	ck_assert_int_ne(snapshot_take(&name, &s), SEGMENT_OK);
	crowd_start(&next, "sqlite", 1);
	for (int i = 0; i < 500 && snapshot_take(&name, &s) != SEGMENT_GONE; i++)
		pause_ms(20);
	ck_assert_int_eq(snapshot_take(&name, &s), SEGMENT_GONE);
	close(next.leave[1]);
	child_await(next.pids[0]);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("e2e/counters");
	TCase *t = tcase_create("servers");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, the_counts_are_those_of_the_server, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, commands_are_obeyed_while_the_process_rests, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, an_application_reads_its_pool_through_the_driver_manager, 0, SERVER_SOURCES);
	suite_add_tcase(s, t);
	t = tcase_create("processes");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, two_hundred_processes_are_seen_and_leave_nothing);
	tcase_add_test(t, the_next_process_sweeps_what_a_killed_one_left);
	suite_add_tcase(s, t);
	return s;
}
