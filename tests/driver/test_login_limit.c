/* SPDX-License-Identifier: MIT */
#include "driver/login_limit.h"

#include "base/compiler.h"
#include "support/run.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void *library;
static int (*connector_connect)(int fd, const struct sockaddr *address, socklen_t len);
static struct sockaddr_in silent; /* takes connections and says nothing */

static void setup(void)
{
	socklen_t len = sizeof(silent);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	silent = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&silent, sizeof(silent)), 0);
	ck_assert_int_eq(listen(listener, 100), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&silent, &len), 0);
	library = dlopen(CONNECTOR, RTLD_LAZY | RTLD_LOCAL);
	ck_assert_msg(library != NULL, "%s", dlerror());
	void *f = dlsym(library, "connector_connect");
	memcpy(&connector_connect, &f, sizeof(f));
}

static int connect_silent(int *ret_fd)
{
	*ret_fd = socket(AF_INET, SOCK_STREAM, 0);
	return connector_connect(*ret_fd, (struct sockaddr *)&silent, sizeof(silent));
}

static usec_t soon(void)
{
	return clock_now(&clock_real) + 20 * USEC_PER_MSEC;
}

START_TEST(a_socket_of_a_limited_login_is_shut_down_at_the_deadline)
{
	struct login_limit limit;
	char c;
	int fd;

	login_limit_begin(&limit, library, soon());
	ck_assert_int_eq(connect_silent(&fd), 0);
	ck_assert_int_eq(recv(fd, &c, 1, 0), 0); /* not for ever */
	ck_assert(login_limit_end(&limit));
}
END_TEST

START_TEST(after_the_deadline_none_can_be_opened)
{
	struct login_limit limit;
	int fd;

	login_limit_begin(&limit, library, clock_now(&clock_real));
	ck_assert_int_eq(connect_silent(&fd), -1);
	ck_assert_int_eq(errno, EINPROGRESS);
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	ck_assert_int_eq(poll(&p, 1, -1), 1);
	ck_assert_int_eq(send(fd, "x", 1, MSG_NOSIGNAL), -1);
	ck_assert(login_limit_end(&limit));
	ck_assert_int_eq(connect_silent(&fd), 0);
}
END_TEST

START_TEST(nothing_happens_to_a_login_that_ended_in_time)
{
	struct login_limit limit, next;
	char c;
	int first, second;

	login_limit_begin(&limit, library, soon());
	ck_assert_int_eq(connect_silent(&first), 0);
	ck_assert(!login_limit_end(&limit));
	/* When the dog has struck here it has passed the first deadline too. */
	login_limit_begin(&next, library, soon());
	ck_assert_int_eq(connect_silent(&second), 0);
	ck_assert_int_eq(recv(second, &c, 1, 0), 0);
	login_limit_end(&next);
	ck_assert_int_eq(recv(first, &c, 1, MSG_DONTWAIT), -1);
	ck_assert_int_eq(errno, EAGAIN);
}
END_TEST

START_TEST(more_sockets_than_can_be_watched_are_no_harm)
{
	struct login_limit limit;
	int fds[3 * LOGIN_SOCKETS_MAX];
	char c;

	login_limit_begin(&limit, library, clock_now(&clock_real) + 200 * USEC_PER_MSEC);
	for (size_t i = 0; i < array_size(fds); i++)
		if (connect_silent(&fds[i]) != 0)
			ck_assert_int_eq(errno, EINPROGRESS);
	if (limit.socket_count == array_size(fds))
		ck_assert_int_eq(recv(fds[array_size(fds) - 1], &c, 1, 0), 0);
	login_limit_end(&limit);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("login_limit");
	TCase *t = tcase_create("login_limit");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, a_socket_of_a_limited_login_is_shut_down_at_the_deadline);
	tcase_add_test(t, after_the_deadline_none_can_be_opened);
	tcase_add_test(t, nothing_happens_to_a_login_that_ended_in_time);
	tcase_add_test(t, more_sockets_than_can_be_watched_are_no_harm);
	suite_add_tcase(s, t);
	return s;
}
