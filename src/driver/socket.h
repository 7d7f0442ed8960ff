/* SPDX-License-Identifier: MIT */
#ifndef DRIVER_SOCKET_H
#define DRIVER_SOCKET_H
/*
 * The socket under a physical connection, where it can be known: polling it tells in half a
 * microsecond, without a round trip, whether the peer has closed.
 *
 * No driver but FreeTDS tells its socket. For the others it is what appeared among the process's
 * sockets during the login; when several did (other threads connect too), the one whose local port
 * the server reports. A descriptor's number may be closed and reused behind our back, so it is
 * remembered with its inode and never touched when that has changed.
 *
 * Locks:     none.
 * Ownership: descriptors are the driver's, never closed here; a list is its taker's.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct socket_ref {
	int fd; /* -1: unknown */
	dev_t device;
	ino_t inode;
};

/* The sockets that the process has at a moment. */
struct socket_list {
	struct socket_ref *items;
	size_t count;
	bool is_complete; /* not when /proc cannot be read, or memory runs out */
};

#define SOCKET_UNKNOWN                                                                             \
	(struct socket_ref)                                                                        \
	{                                                                                          \
		.fd = -1                                                                           \
	}

void socket_list_take(struct socket_list *ret);
void socket_list_done(struct socket_list *list);
/*
 * The connected socket of a driver that opens exactly one at its login: what is there now and was
 * not in `before`. Of several (other threads opened some) it is the one with the local port `port`,
 * by which the server knows it; 0: not known, as for a Unix socket.
 */
struct socket_ref socket_find_new(const struct socket_list *before, uint16_t port);
/* The same while the login is still under way: of several, the one that `thread` waits for. */
struct socket_ref socket_find_awaited(const struct socket_list *before, pid_t thread);
/* One that the driver named. */
struct socket_ref socket_from_fd(int fd);

enum socket_state {
	SOCKET_STATE_UNKNOWN, /* the socket is not known */
	SOCKET_GONE,	      /* the descriptor was closed, and may be another file by now */
	SOCKET_QUIET,
	SOCKET_CLOSED, /* the peer has closed, or there is an error */
	SOCKET_SPOKE, /* the server said something unasked: a farewell, or the driver is out of step
		       */
};
enum socket_state socket_poll(const struct socket_ref *s);
/* End whatever waits on it, for a watchdog or at the end of the process. */
void socket_shut_down(const struct socket_ref *s);
/* In a child: close this process's descriptor of it, which the parent's connection outlives. */
void socket_close_inherited(const struct socket_ref *s);
/* TCP keepalive and TCP_USER_TIMEOUT, in seconds; 0 leaves the system's. */
void socket_tune(const struct socket_ref *s, unsigned keepalive_s, unsigned user_timeout_s);

#endif
