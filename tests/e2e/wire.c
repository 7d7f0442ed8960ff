/* SPDX-License-Identifier: MIT */
#include "wire.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WORD_MAX = 64 };

/* Shared by the test and the process that is the wire. */
static struct orders {
	pthread_mutex_t lock;
	char word[WORD_MAX]; /* lock; "": pass everything */
	enum cut when;	     /* lock */
} * orders;

static int listener, server_port_of_wire;

struct ends {
	int client, server;
};

static bool is_said(const char *data, size_t len, enum cut *ret_when)
{
	pthread_mutex_lock(&orders->lock);
	bool is_it = *orders->word && memmem(data, len, orders->word, strlen(orders->word));
	if (is_it)
		*orders->word = '\0';
	*ret_when = orders->when;
	pthread_mutex_unlock(&orders->lock);
	return is_it;
}

static bool pass_on(int to, const char *data, ssize_t len)
{
	return send(to, data, (size_t)len, MSG_NOSIGNAL) == len;
}

/* False: the connection is over, for the client at least. */
static bool carry(struct ends *e, struct pollfd fds[2])
{
	char data[65536];
	enum cut when;

	for (int i = 0; i < 2; i++) {
		if (!fds[i].revents)
			continue;
		ssize_t len = recv(fds[i].fd, data, sizeof(data), 0);
		if (len <= 0) {
			close(e->server);
			return false;
		}
		if (i == 0 && is_said(data, (size_t)len, &when)) {
			if (when == CUT_AFTER)
				(void)!pass_on(e->server, data, len);
			return false;
		}
		if (!pass_on(i == 0 ? e->server : e->client, data, len))
			return false;
	}
	return true;
}

static void *serve(void *arg)
{
	struct ends e = {.client = (int)(intptr_t)arg};
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)server_port_of_wire),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	e.server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(e.server, (struct sockaddr *)&to, sizeof(to)) == 0)
		for (;;) {
			struct pollfd fds[2] = {{e.client, POLLIN, 0}, {e.server, POLLIN, 0}};
			if (poll(fds, 2, -1) < 0 || !carry(&e, fds))
				break;
		}
	close(e.client);
	return NULL;
}

/* Until the test ends. */
static void be_the_wire(void)
{
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		if (fd < 0 || pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) != 0)
			_exit(1);
		pthread_detach(thread);
	}
}

static void share_orders(void)
{
	pthread_mutexattr_t shared;

	orders = mmap(
		NULL, sizeof(*orders), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(orders, MAP_FAILED);
	pthread_mutexattr_init(&shared);
	pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&orders->lock, &shared);
}

int wire_make(int server_port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);

	share_orders();
	server_port_of_wire = server_port;
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(listener, 16), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&at, &len), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		be_the_wire();
	close(listener);
	return ntohs(at.sin_port);
}

void wire_cut_at(const char *word, enum cut when)
{
	pthread_mutex_lock(&orders->lock);
	strncpy(orders->word, word, WORD_MAX - 1);
	orders->when = when;
	pthread_mutex_unlock(&orders->lock);
}
