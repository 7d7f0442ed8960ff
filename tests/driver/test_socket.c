/* SPDX-License-Identifier: MIT */
#include "driver/socket.h"

#include "base/compiler.h"
#include "support/run.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* Two ends of a TCP connection on loopback: [0] is the client's. */
static void connect_pair(int fds[2])
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&a, &len), 0);
	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(fds[0], (struct sockaddr *)&a, sizeof(a)), 0);
	fds[1] = accept(listener, NULL, NULL);
	ck_assert_int_ge(fds[1], 0);
	close(listener);
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);

	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	return ntohs(a.sin_port);
}

START_TEST(of_several_new_sockets_the_servers_port_tells_which)
{
	struct socket_list before;
	int mine[2], others[2];

	socket_list_take(&before);
	connect_pair(others);
	connect_pair(mine);
	ck_assert_int_eq(socket_find_new(&before, port_of(mine[0])).fd, mine[0]);
	ck_assert_int_eq(socket_find_new(&before, 0).fd, -1);
	socket_list_done(&before);
}
END_TEST

START_TEST(the_only_new_socket_needs_no_port)
{
	struct socket_list before;
	int old[2], pair[2], unconnected;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, old), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	close(pair[1]);
	socket_list_take(&before);
	unconnected = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_ge(unconnected, 0);
	ck_assert_int_eq(socket_find_new(&before, 0).fd, -1);
	int mine = dup(old[0]);
	ck_assert_int_eq(socket_find_new(&before, 0).fd, mine);
	socket_list_done(&before);
}
END_TEST

START_TEST(what_the_peer_did_is_seen_without_reading)
{
	int fds[2];
	char byte = 'x';

	connect_pair(fds);
	struct socket_ref s = socket_from_fd(fds[0]);
	ck_assert_int_eq(socket_poll(&s), SOCKET_QUIET);
	ck_assert_int_eq(write(fds[1], &byte, 1), 1);
	ck_assert_int_eq(socket_poll(&s), SOCKET_SPOKE);
	ck_assert_int_eq(read(fds[0], &byte, 1), 1);
	ck_assert_int_eq(socket_poll(&s), SOCKET_QUIET);
	close(fds[1]);
	ck_assert_int_eq(socket_poll(&s), SOCKET_CLOSED);
}
END_TEST

START_TEST(a_number_that_was_reused_is_another_socket)
{
	int fds[2], again[2];

	connect_pair(fds);
	struct socket_ref s = socket_from_fd(fds[0]);
	connect_pair(again);
	ck_assert_int_eq(dup2(again[0], fds[0]), fds[0]);
	ck_assert_int_eq(socket_poll(&s), SOCKET_GONE);
	socket_shut_down(&s);
	socket_close_inherited(&s);
	struct socket_ref other = socket_from_fd(again[0]);
	ck_assert_int_eq(socket_poll(&other), SOCKET_QUIET);
}
END_TEST

START_TEST(a_list_that_is_not_complete_tells_nothing)
{
	struct socket_list before = {.is_complete = false};
	int fds[2];

	connect_pair(fds);
	ck_assert_int_eq(socket_find_new(&before, 0).fd, -1);
}
END_TEST

START_TEST(shutting_down_ends_what_waits_for_the_peer)
{
	int fds[2];
	char byte;

	connect_pair(fds);
	struct socket_ref s = socket_from_fd(fds[0]);
	socket_shut_down(&s);
	ck_assert_int_eq(read(fds[0], &byte, 1), 0);
}
END_TEST

START_TEST(what_is_no_socket_is_unknown)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	struct socket_ref s = socket_from_fd(fds[0]);
	ck_assert_int_eq(s.fd, -1);
	ck_assert_int_eq(socket_poll(&s), SOCKET_STATE_UNKNOWN);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("driver/socket");
	TCase *t = tcase_create("socket");

	tcase_add_test(t, of_several_new_sockets_the_servers_port_tells_which);
	tcase_add_test(t, the_only_new_socket_needs_no_port);
	tcase_add_test(t, what_the_peer_did_is_seen_without_reading);
	tcase_add_test(t, a_number_that_was_reused_is_another_socket);
	tcase_add_test(t, a_list_that_is_not_complete_tells_nothing);
	tcase_add_test(t, shutting_down_ends_what_waits_for_the_peer);
	tcase_add_test(t, what_is_no_socket_is_unknown);
	suite_add_tcase(s, t);
	return s;
}
