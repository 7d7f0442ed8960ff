/* SPDX-License-Identifier: MIT */
#include "driver/socket.h"

#include "driver/awaited.h"

#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_socket(const struct stat *st, int fd, struct socket_ref *ret)
{
	if (!S_ISSOCK(st->st_mode))
		return false;
	*ret = (struct socket_ref){.fd = fd, .device = st->st_dev, .inode = st->st_ino};
	return true;
}

static bool identify(int fd, struct socket_ref *ret)
{
	struct stat st;

	return fstat(fd, &st) == 0 && is_socket(&st, fd, ret);
}

static bool is_same(const struct socket_ref *a, const struct socket_ref *b)
{
	return a->fd == b->fd && a->device == b->device && a->inode == b->inode;
}

static bool list_add(struct socket_list *list, size_t *capacity, const struct socket_ref *s)
{
	if (list->count == *capacity) {
		size_t grown = *capacity ? 2 * *capacity : 16;
		struct socket_ref *items = realloc(list->items, grown * sizeof(*items));
		if (!items)
			return false;
		list->items = items;
		*capacity = grown;
	}
	list->items[list->count++] = *s;
	return true;
}

void socket_list_take(struct socket_list *ret)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t capacity = 0;

	*ret = (struct socket_list){.is_complete = dir != NULL};
	if (!dir)
		return;
	for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
		struct socket_ref s;
		struct stat st;
		/* By its name: another thread may close the descriptor at any time. */
		if (fstatat(dirfd(dir), e->d_name, &st, 0) == 0 &&
			is_socket(&st, atoi(e->d_name), &s))
			ret->is_complete &= list_add(ret, &capacity, &s);
	}
	closedir(dir);
}

void socket_list_done(struct socket_list *list)
{
	free(list->items);
	*list = (struct socket_list){.items = NULL};
}

static bool list_has(const struct socket_list *list, const struct socket_ref *s)
{
	for (size_t i = 0; i < list->count; i++)
		if (is_same(&list->items[i], s))
			return true;
	return false;
}

static bool is_connected(const struct socket_ref *s)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);

	return getpeername(s->fd, (struct sockaddr *)&peer, &len) == 0;
}

/* 0: not an Internet socket. */
static uint16_t local_port(const struct socket_ref *s)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_storage room;
	} address;
	socklen_t len = sizeof(address);

	if (getsockname(s->fd, &address.any, &len) != 0)
		return 0;
	if (address.any.sa_family == AF_INET)
		return ntohs(address.v4.sin_port);
	if (address.any.sa_family == AF_INET6)
		return ntohs(address.v6.sin6_port);
	return 0;
}

struct socket_ref socket_find_new(const struct socket_list *before, uint16_t port)
{
	struct socket_ref found = SOCKET_UNKNOWN;
	struct socket_list now;
	size_t candidates = 0;

	socket_list_take(&now);
	for (size_t i = 0; i < now.count; i++) {
		struct socket_ref *s = &now.items[i];
		if (list_has(before, s) || !is_connected(s))
			continue;
		found = *s;
		candidates++;
		if (port && local_port(s) == port) {
			candidates = 1;
			break;
		}
	}
	socket_list_done(&now);
	return candidates == 1 && before->is_complete ? found : SOCKET_UNKNOWN;
}

struct socket_ref socket_find_awaited(const struct socket_list *before, pid_t thread)
{
	struct socket_ref only = socket_find_new(before, 0);
	struct socket_ref found = SOCKET_UNKNOWN;
	struct socket_list now;

	if (only.fd >= 0)
		return only;
	socket_list_take(&now);
	for (size_t i = 0; i < now.count && found.fd < 0; i++)
		if (!list_has(before, &now.items[i]) && awaited_is(thread, now.items[i].fd))
			found = now.items[i];
	socket_list_done(&now);
	return found;
}

struct socket_ref socket_from_fd(int fd)
{
	struct socket_ref s;

	if (!identify(fd, &s))
		return SOCKET_UNKNOWN;
	return s;
}

static bool is_still_there(const struct socket_ref *s)
{
	struct socket_ref now;

	return s->fd >= 0 && identify(s->fd, &now) && is_same(s, &now);
}

enum socket_state socket_poll(const struct socket_ref *s)
{
	struct pollfd p = {.fd = s->fd, .events = POLLIN | POLLRDHUP};

	if (s->fd < 0)
		return SOCKET_STATE_UNKNOWN;
	if (!is_still_there(s))
		return SOCKET_GONE;
	/* Not recv(MSG_PEEK): it would eat the pending error that the driver is to see. */
	if (poll(&p, 1, 0) < 0)
		return SOCKET_STATE_UNKNOWN;
	if (p.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL))
		return SOCKET_CLOSED;
	return p.revents & POLLIN ? SOCKET_SPOKE : SOCKET_QUIET;
}

void socket_shut_down(const struct socket_ref *s)
{
	if (is_still_there(s))
		shutdown(s->fd, SHUT_RDWR);
}

void socket_close_inherited(const struct socket_ref *s)
{
	if (is_still_there(s))
		close(s->fd);
}

void socket_tune(const struct socket_ref *s, unsigned keepalive_s, unsigned user_timeout_s)
{
	int on = 1, idle = (int)keepalive_s;
	unsigned timeout_ms = user_timeout_s * 1000;

	if (!is_still_there(s))
		return;
	if (keepalive_s) {
		setsockopt(s->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
		setsockopt(s->fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	}
	if (user_timeout_s)
		setsockopt(s->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof(timeout_ms));
}
