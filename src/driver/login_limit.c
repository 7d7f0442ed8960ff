/* SPDX-License-Identifier: MIT */
#include "driver/login_limit.h"

#include "driver/imports.h"
#include "driver/socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static _Thread_local struct login_limit *limit;

typedef int connect_function(int fd, const struct sockaddr *address, socklen_t len);

static int our_connect(int fd, const struct sockaddr *address, socklen_t len);
static struct import connect_import = {"connect", (import_function *)our_connect, NULL};

static void let_go(struct login_limit *l, unsigned i)
{
	if (!l->is_armed[i])
		return;
	guard_disarm(&l->guards[i]);
	l->has_struck |= l->guards[i].has_struck;
	l->is_armed[i] = false;
}

static void watch(struct login_limit *l, int fd)
{
	struct socket_ref socket = socket_from_fd(fd);
	unsigned i = l->socket_count++ % LOGIN_SOCKETS_MAX;

	let_go(l, i);
	l->is_armed[i] = guard_arm(&l->guards[i], &socket, l->deadline);
}

static int our_connect(int fd, const struct sockaddr *address, socklen_t len)
{
	connect_function *theirs = (connect_function *)connect_import.theirs;
	struct login_limit *l = limit;

	if (likely(!l))
		return theirs(fd, address, len);
	if (clock_now(&clock_real) >= l->deadline) {
		/* At any other answer FreeTDS waits, on no socket at all, for the whole of its
		 * time; this one it finds to be dead at once. */
		l->has_struck = true;
		errno = EINPROGRESS;
		return -1;
	}
	/* At once, for FreeTDS's sockets do not block. */
	int rc = theirs(fd, address, len), error = errno;
	watch(l, fd);
	errno = error;
	return rc;
}

void login_limit_begin(struct login_limit *l, void *library, usec_t deadline)
{
	l->deadline = deadline;
	l->socket_count = 0;
	l->has_struck = false;
	memset(l->is_armed, 0, sizeof(l->is_armed));
	/* Where it cannot be done the login has the driver's own time. */
	if (import_replace(library, &connect_import))
		limit = l;
}

bool login_limit_end(struct login_limit *l)
{
	limit = NULL;
	for (unsigned i = 0; i < LOGIN_SOCKETS_MAX; i++)
		let_go(l, i);
	return l->has_struck;
}
