/* SPDX-License-Identifier: MIT */
/* Calls that hang come to an end: on a socket that is known, and in a login whose socket is not. */
#include "driver/watchdog.h"

#include "base/compiler.h"
#include "support/run.h"

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

/* A driver in the middle of a login, on a server that says nothing. */
struct login {
	pthread_t thread;
	int fds[2];
	const struct socket_list *before;
	bool polls;
	bool has_struck;
};

static void *login_main(void *arg)
{
	struct login *l = arg;
	struct pollfd p = {.fd = l->fds[0], .events = POLLIN};
	struct guard guard;
	char byte;

	ck_assert(guard_arm_login(&guard, l->before, clock_now(&clock_real)));
	if (l->polls)
		ck_assert_int_eq(poll(&p, 1, -1), 1);
	ck_assert_int_eq(read(l->fds[0], &byte, 1), 0);
	guard_disarm(&guard);
	l->has_struck = guard.has_struck;
	return NULL;
}

static void login_run(struct login *l)
{
	ck_assert_int_eq(pthread_create(&l->thread, NULL, login_main, l), 0);
	pthread_join(l->thread, NULL);
}

START_TEST(a_call_on_a_known_socket_ends_at_its_deadline)
{
	struct guard guard;
	char byte;
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	struct socket_ref s = socket_from_fd(fds[0]);
	ck_assert(guard_arm(&guard, &s, clock_now(&clock_real)));
	ck_assert_int_eq(read(fds[0], &byte, 1), 0);
	guard_disarm(&guard);
	ck_assert(guard.has_struck);
}
END_TEST

START_TEST(the_only_new_socket_is_the_logins)
{
	struct socket_list before;
	struct login l = {.before = &before};
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	l.fds[1] = fds[1];
	socket_list_take(&before);
	l.fds[0] = dup(fds[0]);
	login_run(&l);
	ck_assert(l.has_struck);
	socket_list_done(&before);
}
END_TEST

START_TEST(of_several_the_one_that_the_thread_waits_for_is)
{
	struct socket_list before = {.is_complete = true};
	struct login l = {.before = &before, .polls = _i == 1};
	int others[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, others), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, l.fds), 0);
	login_run(&l);
	ck_assert(l.has_struck);
	for (int i = 0; i < 2; i++) {
		struct socket_ref other = socket_from_fd(others[i]);
		ck_assert_int_eq(socket_poll(&other), SOCKET_QUIET);
	}
}
END_TEST

START_TEST(a_login_that_ends_in_time_is_left_alone)
{
	struct socket_list before = {.is_complete = true};
	struct guard guard;
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	ck_assert(guard_arm_login(
		&guard, &before, usec_add(clock_now(&clock_real), 60 * USEC_PER_SEC)));
	guard_disarm(&guard);
	ck_assert(!guard.has_struck);
	struct socket_ref s = socket_from_fd(fds[0]);
	ck_assert_int_eq(socket_poll(&s), SOCKET_QUIET);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("driver/watchdog");
	TCase *t = tcase_create("watchdog");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_call_on_a_known_socket_ends_at_its_deadline);
	tcase_add_test(t, the_only_new_socket_is_the_logins);
	tcase_add_loop_test(t, of_several_the_one_that_the_thread_waits_for_is, 0, 2);
	tcase_add_test(t, a_login_that_ends_in_time_is_left_alone);
	suite_add_tcase(s, t);
	return s;
}
