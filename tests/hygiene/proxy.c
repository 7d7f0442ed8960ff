/* SPDX-License-Identifier: MIT */
/*
 * usage: proxy PORT
 *
 * A proxy on loopback, in front of the server on that port of 127.0.0.1: a network that can be told
 * to fail. Prints its own port, then obeys the commands that it reads, one a line, and answers each
 * with "done", or with a number:
 *
 *   pass          carry everything, to begin with
 *   stall         carry nothing more, but take new connections: a server that is stopped
 *   stall-after N let the server say N bytes on each new connection, then nothing more
 *   answer N      the same, but N times what it says at once: it falls silent between two answers
 *   blackhole     nor answer to new ones: packets that are dropped
 *   fin           close all connections as a server does that ends
 *   rst           reset all connections as a server does that has forgotten them
 *   turns         how often has a client spoken, after the server had, since this was asked last?
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/compiler.h"

enum { CONNECTIONS_MAX = 400, BACKLOG = 1, FILL_MAX = 8 };

struct connection {
	int client, server; /* client < 0: a free row */
	long allowance;	    /* bytes that the server may still say */
	long answers;	    /* and how often it may speak */
	bool is_asking;	    /* the client has spoken last */
};

static struct connection connections[CONNECTIONS_MAX];
static int fillers[FILL_MAX], filler_count;
static int listener;
static unsigned short server_port, own_port;
static bool is_stalled, is_black_hole;
static long allowance = LONG_MAX, answers = LONG_MAX, turns;

static int connect_to(unsigned short port, int flags)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0 &&
		errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool start_listening(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof(at)) != 0 ||
		listen(listener, SOMAXCONN) != 0 ||
		getsockname(listener, (struct sockaddr *)&at, &len) != 0)
		return false;
	own_port = ntohs(at.sin_port);
	return true;
}

/* Else an answer in two parts waits 40 ms for an acknowledgement. */
static void be_prompt(const struct connection *c)
{
	int on = 1;

	setsockopt(c->client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(c->server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void accept_one(void)
{
	int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	for (size_t i = 0; client >= 0 && i < CONNECTIONS_MAX; i++) {
		struct connection *c = &connections[i];
		if (c->client >= 0)
			continue;
		*c = (struct connection){
			client, connect_to(server_port, 0), allowance, answers, false};
		be_prompt(c);
		return;
	}
	if (client >= 0)
		close(client);
}

static void drop(struct connection *c, bool by_reset)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	if (by_reset) {
		setsockopt(c->client, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		setsockopt(c->server, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	}
	close(c->client);
	if (c->server >= 0)
		close(c->server);
	c->client = c->server = -1;
}

static void drop_all(bool by_reset)
{
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		if (connections[i].client >= 0)
			drop(&connections[i], by_reset);
}

static bool send_all(int fd, const char *data, ssize_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, (size_t)len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		data += n;
		len -= n;
	}
	return true;
}

/* False: the connection is over. */
static bool carry(int from, int to, long *left)
{
	char data[16384];
	ssize_t n = recv(from, data, sizeof(data), 0);

	if (n <= 0)
		return false;
	if (left && n > *left)
		n = *left;
	if (left)
		*left -= n;
	return send_all(to, data, n);
}

static bool carry_question(struct connection *c)
{
	turns += !c->is_asking;
	c->is_asking = true;
	return carry(c->client, c->server, NULL);
}

static bool carry_answer(struct connection *c)
{
	c->answers--;
	c->is_asking = false;
	return carry(c->server, c->client, &c->allowance);
}

/* With its queue of new connections full the kernel drops what asks for another. */
static void become_black_hole(void)
{
	is_black_hole = true;
	listen(listener, BACKLOG);
	while (filler_count < FILL_MAX)
		fillers[filler_count++] = connect_to(own_port, SOCK_NONBLOCK);
}

static void end_black_hole(void)
{
	is_black_hole = false;
	listen(listener, SOMAXCONN);
	while (filler_count > 0)
		close(fillers[--filler_count]);
}

static bool obey(const char *command)
{
	long n;

	if (strcmp(command, "pass") == 0) {
		is_stalled = false;
		allowance = answers = LONG_MAX;
		end_black_hole();
	} else if (strcmp(command, "stall") == 0) {
		is_stalled = true;
	} else if (sscanf(command, "stall-after %ld", &n) == 1) {
		allowance = n;
	} else if (sscanf(command, "answer %ld", &n) == 1) {
		answers = n;
	} else if (strcmp(command, "blackhole") == 0) {
		is_stalled = true;
		become_black_hole();
	} else if (strcmp(command, "fin") == 0) {
		drop_all(false);
	} else if (strcmp(command, "rst") == 0) {
		drop_all(true);
	} else {
		return false;
	}
	return true;
}

static bool read_command(void)
{
	char line[100];

	if (!fgets(line, sizeof(line), stdin))
		return false;
	line[strcspn(line, "\n")] = '\0';
	if (strcmp(line, "turns") == 0) {
		printf("%ld\n", turns);
		turns = 0;
	} else {
		puts(obey(line) ? "done" : "unknown");
	}
	return true;
}

static void carry_what_is_ready(const struct pollfd *fds, size_t count)
{
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *c = &connections[i];
		for (size_t k = 0; k < count && c->client >= 0; k++) {
			bool is_over = false;
			if (!fds[k].revents)
				continue;
			if (fds[k].fd == c->client)
				is_over = !carry_question(c);
			else if (fds[k].fd == c->server)
				is_over = !carry_answer(c);
			if (is_over)
				drop(c, false);
		}
	}
}

static void add(struct pollfd *fds, size_t *count, int fd)
{
	fds[(*count)++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

int main(int argc, char **argv)
{
	static struct pollfd fds[2 + 2 * CONNECTIONS_MAX];

	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		connections[i] = (struct connection){.client = -1, .server = -1};
	server_port = (unsigned short)(argc > 1 ? atoi(argv[1]) : 0);
	if (!server_port || !start_listening())
		return 2;
	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("%u\n", own_port);
	for (;;) {
		size_t count = 0;
		add(fds, &count, STDIN_FILENO);
		if (!is_black_hole)
			add(fds, &count, listener);
		for (size_t i = 0; i < CONNECTIONS_MAX && !is_stalled; i++) {
			struct connection *c = &connections[i];
			if (c->client < 0)
				continue;
			add(fds, &count, c->client);
			if (c->allowance > 0 && c->answers > 0)
				add(fds, &count, c->server);
		}
		if (poll(fds, count, -1) < 0 && errno != EINTR)
			return 1;
		carry_what_is_ready(fds + 1, count - 1);
		for (size_t i = 1; i < count; i++)
			if (fds[i].fd == listener && fds[i].revents)
				accept_one();
		if (fds[0].revents && !read_command())
			return 0;
	}
}
