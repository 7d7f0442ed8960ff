/* SPDX-License-Identifier: MIT */
/* End to end: other libraries, other drivers, many threads, and processes that end at a bad time.
 */
#include "client.h"

#include "support/run.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How many threads of this process have a name that begins so. */
static int threads_named(const char *name)
{
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *d;
	int count = 0;

	ck_assert_ptr_nonnull(tasks);
	while ((d = readdir(tasks))) {
		char path[300], comm[32] = "";
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", d->d_name);
		FILE *f = fopen(path, "r");
		if (!f)
			continue;
		if (fgets(comm, sizeof(comm), f) && !strncmp(comm, name, strlen(name)))
			count++;
		fclose(f);
	}
	closedir(tasks);
	return count;
}

/* A thread gives itself its name a little after it started. */
static int threads_named_soon(const char *name)
{
	struct timespec step = {0, 10 * 1000000L};

	for (int i = 0; i < 500 && !threads_named(name); i++)
		nanosleep(&step, NULL);
	return threads_named(name);
}

/* How many different files of that name are mapped. */
static int libraries_named(const char *name)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[512], last[512] = "";
	int count = 0;

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f)) {
		const char *path = strchr(line, '/');
		if (!path || !strstr(path, name) || !strcmp(path, last))
			continue;
		strcpy(last, path);
		count++;
	}
	fclose(f);
	return count;
}

START_TEST(a_process_with_two_shells_has_one_registry)
{
	struct client a = client_new(SQL_OV_ODBC3), b = client_new(SQL_OV_ODBC3);

	client_connect(&a, "sqlite", "");
	client_connect(&b, "postgresql", "");
	ck_assert_int_eq(libraries_named("/libodbcpoola.so"), 1);
	ck_assert_int_eq(libraries_named("/libodbcpool.so"), 1);
	ck_assert_int_eq(libraries_named("/libodbcpoolcore.so"), 1);
	client_disconnect(&a);
	client_disconnect(&b);
	/* One housekeeper, whatever the number of shells. */
	ck_assert_int_eq(threads_named_soon("odbcpool-house"), 1);
	client_done(&a);
	client_done(&b);
}
END_TEST

START_TEST(the_cursor_library_keeps_working_and_keeps_the_diagnostics)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);
	SQLHSTMT s;
	SQLCHAR state[6] = "", message[512] = "";
	SQLINTEGER native;
	SQLSMALLINT length;

	for (int round = 0; round < 2; round++) {
		client_set(&c, SQL_ATTR_ODBC_CURSORS, SQL_CUR_USE_ODBC);
		client_connect(&c, source, "");
		ck_assert_int_eq(client_number(&c, "select 40 + 2"), 42);
		s = client_statement(&c);
		ck_assert_int_eq(
			SQLExecDirect(s, (SQLCHAR *)"select * from no_such_table", SQL_NTS),
			SQL_ERROR);
		ck_assert(SQL_SUCCEEDED(SQLGetDiagRec(
			SQL_HANDLE_STMT, s, 1, state, &native, message, sizeof(message), &length)));
		ck_assert_msg(strstr((char *)message, "no_such_table") != NULL, "%s", message);
		SQLFreeHandle(SQL_HANDLE_STMT, s);
		client_disconnect(&c);
	}
	client_done(&c);
}
END_TEST

enum { THREADS = 32, ROUNDS = 20 };

struct worker {
	pthread_t thread;
	const char *source;
	SQLINTEGER odbc_version;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	struct client c = client_new(w->odbc_version);

	for (int i = 0; i < ROUNDS; i++) {
		client_connect(&c, w->source, "MaxPoolSize=8;");
		ck_assert_int_eq(client_number(&c, "select 40 + 2"), 42);
		client_disconnect(&c);
	}
	client_done(&c);
	return NULL;
}

START_TEST(environments_of_different_versions_get_along_in_many_threads)
{
	struct worker workers[THREADS];

	for (int i = 0; i < THREADS; i++) {
		workers[i].source = server_source(i % SERVER_SOURCES);
		workers[i].odbc_version = i % 2 ? SQL_OV_ODBC2 : SQL_OV_ODBC3;
		ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
}
END_TEST

static void *connect_for_ever(void *arg)
{
	const char *source = arg;
	struct client c = client_new(SQL_OV_ODBC3);

	for (;;)
		if (SQL_SUCCEEDED(client_try(&c, source, "Description=again;")))
			SQLDisconnect(c.dbc);
	return NULL;
}

/* The process of the next test: leaves while a thread is connecting and connections lie idle. */
static void leave_in_the_middle(const char *source, int when_ms)
{
	struct timespec moment = {0, when_ms * 1000000L};
	struct client idle = client_new(SQL_OV_ODBC3);
	pthread_t thread;

	client_connect(&idle, source, "");
	client_disconnect(&idle);
	ck_assert_int_eq(pthread_create(&thread, NULL, connect_for_ever, (void *)source), 0);
	nanosleep(&moment, NULL);
	exit(EXIT_SUCCESS);
}

START_TEST(a_process_can_exit_while_a_thread_connects)
{
	const char *source = server_source(_i);
	int status;

	for (int round = 0; round < 20; round++) {
		pid_t pid = fork();
		ck_assert_int_ge(pid, 0);
		if (!pid) {
			/* One that never ends must not hold up the test either. */
			alarm(30);
			leave_in_the_middle(source, 5 + round);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_msg(WIFEXITED(status) && !WEXITSTATUS(status),
			"round %d: status %d, signal %d", round, WEXITSTATUS(status),
			WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	}
}
END_TEST

START_TEST(idle_connections_are_closed_when_the_process_ends)
{
	const char *source = server_source(_i);
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (!pid) {
		struct client c = client_new(SQL_OV_ODBC3);
		session_of(&c, source, "UID=pooltest2;");
		exit(EXIT_SUCCESS);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert(server_comes_down_to(source, "pooltest2", 0));
}
END_TEST

START_TEST(a_forked_child_does_not_use_its_parents_connections)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);
	long session = session_of(&c, source, "");
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (!pid) {
		struct client own = client_new(SQL_OV_ODBC3);
		exit(session_of(&own, source, "") == session ? 3 : EXIT_SUCCESS);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(session_of(&c, source, ""), session);
	client_done(&c);
}
END_TEST

/*
 * The allocator of gcc 12's AddressSanitizer does not hold its locks across a fork: a thread that
 * is just starting leaves them locked in the child for ever. The other builds run the test.
 */
#ifdef __SANITIZE_ADDRESS__
#define FORK_IS_SAFE 0
#else
#define FORK_IS_SAFE 1
#endif

Suite *test_suite(void)
{
	Suite *s = suite_create("e2e/company");
	TCase *t = tcase_create("company");

	tcase_set_timeout(t, 180);
	tcase_add_test(t, a_process_with_two_shells_has_one_registry);
	tcase_add_loop_test(
		t, the_cursor_library_keeps_working_and_keeps_the_diagnostics, 0, SERVER_SOURCES);
	tcase_add_test(t, environments_of_different_versions_get_along_in_many_threads);
	tcase_add_loop_test(t, a_process_can_exit_while_a_thread_connects, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, idle_connections_are_closed_when_the_process_ends, 0, SERVER_SOURCES);
	if (FORK_IS_SAFE)
		tcase_add_loop_test(
			t, a_forked_child_does_not_use_its_parents_connections, 0, SERVER_SOURCES);
	suite_add_tcase(s, t);
	return s;
}
