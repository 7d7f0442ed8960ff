/* SPDX-License-Identifier: MIT */
/* End to end: what applications do to their threads, signals, descriptors and identities. */
#include "child.h"

#include "odbcpool.h"
#include "support/run.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define ONE_ONLY "MaxPoolSize=1;PoolConnectTimeout=20;"

struct visitor {
	struct client client;
	const char *source, *more;
	SQLRETURN rc;
	long ms;
};

static void *visit(void *arg)
{
	struct visitor *v = arg;
	long since = now_ms();

	v->rc = client_try(&v->client, v->source, v->more);
	v->ms = now_ms() - since;
	pthread_testcancel();
	return NULL;
}

static pthread_t start_visit(struct visitor *v, const char *source, const char *more)
{
	pthread_t thread;

	*v = (struct visitor){client_new(SQL_OV_ODBC3), source, more, SQL_ERROR, 0};
	ck_assert_int_eq(pthread_create(&thread, NULL, visit, v), 0);
	return thread;
}

static void assert_cancelled(pthread_t thread)
{
	void *result;

	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert(result == PTHREAD_CANCELED);
}

START_TEST(what_an_ended_thread_borrowed_another_can_return)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);
	struct visitor v;

	pthread_join(start_visit(&v, source, ONE_ONLY), NULL);
	ck_assert(SQL_SUCCEEDED(v.rc));
	long session = client_session(&v.client, source);
	/* Whoever misses it is told where it is. */
	client_set(&c, SQL_ATTR_LOGIN_TIMEOUT, 1);
	client_assert_refused(
		&c, client_try(&c, source, ONE_ONLY), "HYT00", "that thread has ended");
	client_disconnect(&v.client);
	ck_assert_int_eq(session_of(&c, source, ONE_ONLY), session);
	client_done(&v.client);
	client_done(&c);
}
END_TEST

START_TEST(a_thread_cancelled_in_line_loses_no_slot)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);
	struct visitor v;

	client_connect(&c, source, ONE_ONLY);
	long session = client_session(&c, source);
	pthread_t thread = start_visit(&v, source, ONE_ONLY);
	pause_ms(200);
	ck_assert_int_eq(pthread_cancel(thread), 0);
	pause_ms(50);
	client_disconnect(&c);
	assert_cancelled(thread);
	/* Its connect came to an end first, and what it got can be returned. */
	ck_assert(SQL_SUCCEEDED(v.rc));
	client_disconnect(&v.client);
	ck_assert_int_eq(session_of(&c, source, ONE_ONLY), session);
	client_done(&v.client);
	client_done(&c);
}
END_TEST

/* A data source whose validation takes its time; those settings are for the files only. */
static void add_slow_source(void)
{
	FILE *f = fopen(getenv("ODBCINI"), "a");

	ck_assert_ptr_nonnull(f);
	fprintf(f,
		"[slow]\nDriver = PostgreSQL Unicode\nServername = %s\nPort = %s\nDatabase = %s\n"
		"Username = %s\nPassword = %s\nPooling = Yes\nMaxPoolSize = 1\nResetMode = Return\n"
		"ValidationInterval = 0\nValidationQuery = select pg_sleep(0.4)\n",
		getenv("PG_HOST"), getenv("PG_PORT"), getenv("E2E_DATABASE"), getenv("E2E_USER"),
		getenv("E2E_PASSWORD"));
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(a_thread_cancelled_in_validation_loses_no_slot)
{
	struct client c = client_new(SQL_OV_ODBC3);
	struct visitor v;

	add_slow_source();
	long session = session_of(&c, "slow", "");
	pthread_t thread = start_visit(&v, "slow", "");
	pause_ms(150);
	ck_assert_int_eq(pthread_cancel(thread), 0);
	assert_cancelled(thread);
	ck_assert(SQL_SUCCEEDED(v.rc));
	client_disconnect(&v.client);
	ck_assert_int_eq(session_of(&c, "slow", ""), session);
	client_done(&v.client);
	client_done(&c);
}
END_TEST

static _Atomic unsigned handled;

static void handle(int signal)
{
	(void)signal;
	atomic_fetch_add(&handled, 1);
}

START_TEST(signals_neither_end_nor_prolong_a_wait)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);
	struct sigaction action = {.sa_handler = handle}; /* without SA_RESTART */
	struct visitor v;

	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	client_connect(&c, source, ONE_ONLY);
	/* The settings of the pool's first connect count; this one's own limit comes with it. */
	v = (struct visitor){client_new(SQL_OV_ODBC3), source, ONE_ONLY, SQL_SUCCESS, 0};
	client_set(&v.client, SQL_ATTR_LOGIN_TIMEOUT, 2);
	/* Part of a key it would be another pool. */
	pthread_t thread;
	ck_assert_int_eq(pthread_create(&thread, NULL, visit, &v), 0);
	for (int i = 0; i < 1500; i++) {
		pthread_kill(thread, SIGUSR1);
		pause_ms(1);
	}
	pthread_join(thread, NULL);
	ck_assert_uint_gt(atomic_load(&handled), 100);
	client_assert_refused(&v.client, v.rc, "HYT00", "all pooled connections were in use");
	ck_assert_int_ge(v.ms, 1900);
	ck_assert_int_lt(v.ms, 4000);
	client_disconnect(&c);
	client_done(&v.client);
	client_done(&c);
}
END_TEST

enum { OTHERS = 64 };

/* As a daemon does at its start; then the numbers are taken by files and sockets of its own. */
static void replace_all_descriptors(int peers[OTHERS])
{
	for (int fd = 3; fd < 256; fd++)
		close(fd);
	for (int i = 0; i < OTHERS; i++) {
		int pair[2];
		child_assert(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
		child_assert(fcntl(pair[1], F_DUPFD, 300) == 300 + i);
		close(pair[1]);
		peers[i] = 300 + i;
	}
}

/* Nothing has come, and nobody has closed the other end. */
static bool is_untouched(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

/* Check's own assertions write to a descriptor that is gone. */
static void close_everything(const char *source, const char *more)
{
	struct client c[2];
	long sessions[2];
	int peers[OTHERS];

	for (int i = 0; i < 2; i++) {
		c[i] = client_new(SQL_OV_ODBC3);
		client_connect(&c[i], source, more);
		sessions[i] = client_session(&c[i], source);
	}
	for (int i = 0; i < 2; i++)
		client_disconnect(&c[i]);
	replace_all_descriptors(peers);
	for (int i = 0; i < 2; i++)
		child_assert(SQL_SUCCEEDED(client_try(&c[i], source, more)));
	for (int i = 0; i < OTHERS; i++)
		child_assert(is_untouched(peers[i]));
	for (int i = 0; i < 2; i++) {
		long session = client_session(&c[i], source);
		child_assert(session != sessions[0] && session != sessions[1]);
		child_assert(SQL_SUCCEEDED(SQLDisconnect(c[i].dbc)));
	}
}

START_TEST(a_descriptor_that_was_closed_and_reused_is_never_touched)
{
	const char *source = server_source(_i);
	pid_t pid = child_fork();

	if (!pid) {
		close_everything(source, QUIET);
		exit(EXIT_SUCCESS);
	}
	child_await(pid);
}
END_TEST

/* Closed at the end of the process the same holds. */
START_TEST(a_process_that_closed_everything_ends_without_touching_what_came_after)
{
	const char *source = server_source(_i);
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pid_t pid = child_fork();
	if (!pid) {
		struct client c = client_new(SQL_OV_ODBC3);
		session_of(&c, source, QUIET);
		/* Every number that was in use is now this socket. */
		for (int fd = 3; fd < 256; fd++)
			if (fd != pair[1] && fcntl(fd, F_GETFD) >= 0)
				child_assert(dup2(pair[1], fd) == fd);
		exit(EXIT_SUCCESS);
	}
	close(pair[1]);
	child_await(pid);
	char byte;
	ck_assert_int_eq(recv(pair[0], &byte, 1, 0), 0); /* closed, and nothing before that */
}
END_TEST

START_TEST(another_effective_user_is_another_pool)
{
	const char *source = server_source(_i);
	const struct passwd *nobody = getpwnam("nobody");
	struct client c = client_new(SQL_OV_ODBC3);

	if (geteuid() != 0 || !nobody)
		return; /* only root can become somebody else and come back */
	long roots = session_of(&c, source, "");
	ck_assert_int_eq(seteuid(nobody->pw_uid), 0);
	long nobodys = session_of(&c, source, "");
	ck_assert_int_ne(nobodys, roots);
	ck_assert_int_eq(session_of(&c, source, ""), nobodys);
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(session_of(&c, source, ""), roots);
	client_done(&c);
}
END_TEST

START_TEST(without_descriptors_connects_fail_and_no_slot_is_lost)
{
	enum { HANDLES = 6 };
	const char *source = server_source(_i);
	struct client c[HANDLES], more;
	struct rlimit before, low;
	bool is_connected[HANDLES];
	int highest = open("/dev/null", O_RDONLY), refused = 0;

	close(highest);
	for (int i = 0; i < HANDLES; i++)
		c[i] = client_new(SQL_OV_ODBC3);
	more = client_new(SQL_OV_ODBC3);
	/* Files are read and libraries loaded before. */
	session_of(&more, source, "MaxPoolSize=6;PoolBlockingPeriod=NeverBlock;");
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	low = before;
	low.rlim_cur = (rlim_t)highest + 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
	for (int i = 0; i < HANDLES; i++) {
		is_connected[i] = SQL_SUCCEEDED(
			client_try(&c[i], source, "MaxPoolSize=6;PoolBlockingPeriod=NeverBlock;"));
		refused += !is_connected[i];
		if (!is_connected[i])
			ck_assert_str_ne(client_record(&c[i], 1).state, "");
	}
	ck_assert_int_gt(refused, 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	for (int i = 0; i < HANDLES; i++)
		if (!is_connected[i])
			client_connect(
				&c[i], source, "MaxPoolSize=6;PoolBlockingPeriod=NeverBlock;");
	for (int i = 0; i < HANDLES; i++) {
		client_session(&c[i], source);
		client_disconnect(&c[i]);
		client_done(&c[i]);
	}
	client_done(&more);
}
END_TEST

/* gcc 12's AddressSanitizer stumbles over the stack of a thread that was cancelled. */
#ifdef __SANITIZE_ADDRESS__
#define CANCELLING_IS_SAFE 0
#else
#define CANCELLING_IS_SAFE 1
#endif

Suite *test_suite(void)
{
	Suite *s = suite_create("e2e/process");
	TCase *t = tcase_create("process");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, what_an_ended_thread_borrowed_another_can_return, 0, SERVER_SOURCES);
	if (CANCELLING_IS_SAFE) {
		tcase_add_loop_test(t, a_thread_cancelled_in_line_loses_no_slot, 0, SERVER_SOURCES);
		tcase_add_test(t, a_thread_cancelled_in_validation_loses_no_slot);
	}
	tcase_add_loop_test(t, signals_neither_end_nor_prolong_a_wait, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, a_descriptor_that_was_closed_and_reused_is_never_touched, 0, SERVER_SOURCES);
	tcase_add_loop_test(t,
		a_process_that_closed_everything_ends_without_touching_what_came_after, 0,
		SERVER_SOURCES);
	tcase_add_loop_test(t, another_effective_user_is_another_pool, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, without_descriptors_connects_fail_and_no_slot_is_lost, 0, SERVER_SOURCES);
	suite_add_tcase(s, t);
	return s;
}
