/* SPDX-License-Identifier: MIT */
/* End to end: programs that live by their children, as daemons and pre-forking servers do. */
#include "child.h"

#include "odbcpool.h"
#include "support/run.h"

#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

extern char **environ;

START_TEST(a_daemon_begins_anew_and_keeps_no_session_of_its_parent)
{
	const char *source = server_source(_i);
	static const char more[] = "UID=pooltest2;" QUIET;
	int ends[2];
	long result[2];

	ck_assert_int_eq(pipe(ends), 0);
	pid_t pid = child_fork();
	if (!pid) {
		struct client c = client_new(SQL_OV_ODBC3), idle = client_new(SQL_OV_ODBC3);
		client_connect(&c, source, more);
		session_of(&idle, source, more);
		result[0] = client_session(&c, source);
		/* The process that logged in ends here, without a word to the server. */
		if (daemon(1, 1) != 0)
			_exit(1);
		alarm(30);
		SQLHSTMT s;
		child_is_refused(SQL_HANDLE_DBC, c.dbc, SQLAllocHandle(SQL_HANDLE_STMT, c.dbc, &s));
		child_assert(SQL_SUCCEEDED(SQLDisconnect(c.dbc)));
		child_assert(server_comes_down_to(source, "pooltest2", 0));
		client_connect(&c, source, more);
		result[1] = client_session(&c, source);
		child_assert(write(ends[1], result, sizeof(result)) == sizeof(result));
		client_disconnect(&c);
		exit(EXIT_SUCCESS);
	}
	close(ends[1]);
	child_await(pid);
	ck_assert_int_eq(read(ends[0], result, sizeof(result)), sizeof(result));
	ck_assert_int_ne(result[0], result[1]);
	ck_assert(server_comes_down_to(source, "pooltest2", 0));
}
END_TEST

START_TEST(without_pooling_a_child_goes_on_with_the_connection)
{
	const char *source = server_source(_i);
	pid_t pid = child_fork();

	if (!pid) {
		struct client c = client_new(SQL_OV_ODBC3);
		client_connect(&c, source, "Pooling=No;");
		long session = client_session(&c, source);
		pid_t heir = fork();
		if (heir) {
			int status;
			child_assert(waitpid(heir, &status, 0) == heir && status == 0);
			_exit(EXIT_SUCCESS);
		}
		child_assert(client_session(&c, source) == session);
		client_disconnect(&c);
		exit(EXIT_SUCCESS);
	}
	child_await(pid);
}
END_TEST

enum { WORKERS = 4, REQUESTS = 5, GENERATIONS = 3 };

/* A worker of a pre-fork server: some requests, then it is replaced. */
static pid_t start_worker(const char *source, long parents)
{
	pid_t pid = child_fork();

	if (pid)
		return pid;
	struct client c = client_new(SQL_OV_ODBC3);
	long first = 0;
	for (int i = 0; i < REQUESTS; i++) {
		long session = session_of(&c, source, "");
		child_assert(session != parents);
		child_assert(!first || session == first);
		first = session;
	}
	client_done(&c);
	exit(EXIT_SUCCESS);
}

START_TEST(a_preforking_server_replaces_its_workers)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);
	long session = session_of(&c, source, "");
	pid_t workers[WORKERS];

	for (int i = 0; i < WORKERS; i++)
		workers[i] = start_worker(source, session);
	for (int i = 0; i < WORKERS * GENERATIONS; i++) {
		child_await(workers[i % WORKERS]);
		workers[i % WORKERS] = start_worker(source, session);
		ck_assert_int_eq(session_of(&c, source, ""), session);
	}
	for (int i = 0; i < WORKERS; i++)
		child_await(workers[i]);
	ck_assert_int_eq(session_of(&c, source, ""), session);
	client_done(&c);
}
END_TEST

START_TEST(spawning_other_programs_disturbs_nothing)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);
	char *argv[] = {(char *)"true", NULL};
	pid_t pid;

	client_connect(&c, source, "");
	long session = client_session(&c, source);
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(posix_spawnp(&pid, "true", NULL, NULL, argv, environ), 0);
		child_await(pid);
		ck_assert_int_eq(system("true"), 0);
	}
	pid = vfork();
	if (!pid)
		_exit(EXIT_SUCCESS);
	child_await(pid);
	ck_assert_int_eq(client_session(&c, source), session);
	client_disconnect(&c);
	ck_assert_int_eq(session_of(&c, source, ""), session);
	client_done(&c);
}
END_TEST

enum { FORKS = 100, CLOSED_TOGETHER = 3 };

/* Four connections that a worker has to close, right before the fork. */
static void give_the_workers_work(struct client *c, const char *source, const char *more)
{
	for (int k = 0; k < CLOSED_TOGETHER; k++) {
		client_connect(&c[k], source, more);
		client_set(&c[k], ODBCPOOL_ATTR_DISCARD, SQL_TRUE);
	}
	for (int k = 0; k < CLOSED_TOGETHER; k++)
		client_disconnect(&c[k]);
}

START_TEST(of_a_hundred_forks_while_the_workers_work_none_hangs)
{
	static const char *const sources[] = {"sqlite", "postgresql", "mariadb", "tdsd"};
	const char *source = sources[_i];
	struct client c[CLOSED_TOGETHER];
	char more[200];

	/* FreeTDS takes no password from odbc.ini. */
	snprintf(more, sizeof(more), "Pooling=Yes;");
	if (_i == 3)
		snprintf(more, sizeof(more), "UID=%s;PWD=%s;", getenv("E2E_USER"),
			getenv("E2E_PASSWORD"));
	for (int k = 0; k < CLOSED_TOGETHER; k++)
		c[k] = client_new(SQL_OV_ODBC3);
	for (int i = 0; i < FORKS; i++) {
		give_the_workers_work(c, source, more);
		pid_t pid = child_fork();
		if (!pid) {
			struct client own = client_new(SQL_OV_ODBC3);
			client_connect(&own, source, more);
			client_number(&own, "select 1");
			client_disconnect(&own);
			client_done(&own);
			exit(EXIT_SUCCESS);
		}
		child_await(pid);
	}
	for (int k = 0; k < CLOSED_TOGETHER; k++)
		client_done(&c[k]);
}
END_TEST

/* No server that speaks its protocol is there: the workers are refused for ever. */
START_TEST(of_a_hundred_forks_while_freetds_is_refused_none_hangs)
{
	static const char more[] = "UID=a;PWD=b;MinPoolSize=3;PoolBlockingPeriod=NeverBlock;";
	struct client c = client_new(SQL_OV_ODBC3);

	ck_assert(!SQL_SUCCEEDED(client_try(&c, "freetds", more)));
	for (int i = 0; i < FORKS; i++) {
		pid_t pid = child_fork();
		if (!pid) {
			struct client own = client_new(SQL_OV_ODBC3);
			child_assert(!SQL_SUCCEEDED(client_try(&own, "freetds", more)));
			client_done(&own);
			exit(EXIT_SUCCESS);
		}
		child_await(pid);
	}
	client_done(&c);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("e2e/children");
	TCase *t = tcase_create("children");

	tcase_set_timeout(t, 180);
	tcase_add_loop_test(t, spawning_other_programs_disturbs_nothing, 0, SERVER_SOURCES);
	if (FORK_IS_SAFE) {
		tcase_add_loop_test(t, a_daemon_begins_anew_and_keeps_no_session_of_its_parent, 0,
			SERVER_SOURCES);
		tcase_add_loop_test(
			t, without_pooling_a_child_goes_on_with_the_connection, 0, SERVER_SOURCES);
		tcase_add_loop_test(t, a_preforking_server_replaces_its_workers, 0, SERVER_SOURCES);
		tcase_add_loop_test(t, of_a_hundred_forks_while_the_workers_work_none_hangs, 0, 4);
		tcase_add_test(t, of_a_hundred_forks_while_freetds_is_refused_none_hangs);
	}
	suite_add_tcase(s, t);
	return s;
}
