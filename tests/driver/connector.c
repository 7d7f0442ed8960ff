/* SPDX-License-Identifier: MIT */
/* A library that connects like a driver. */
#include "base/compiler.h"

#include <sys/socket.h>

int connector_connect(int fd, const struct sockaddr *address, socklen_t len);

exported int connector_connect(int fd, const struct sockaddr *address, socklen_t len)
{
	return connect(fd, address, len);
}
