/* SPDX-License-Identifier: MIT */
/*
 * A library that sends like a driver: built with lazy binding, and once more with all
 * of its table bound when it is loaded and then made read-only.
 */
#include "base/compiler.h"

#include <sys/socket.h>
#include <sys/types.h>

/* Of the test program, in the place of the TLS libraries. */
ssize_t gnutls_record_send(void *session, const void *data, size_t len);
int SSL_write(void *session, const void *data, int len);

ssize_t sender_send(int fd, const void *data, size_t len);
ssize_t sender_gnutls(void *session, const void *data, size_t len);
int sender_openssl(void *session, const void *data, int len);

exported ssize_t sender_send(int fd, const void *data, size_t len)
{
	return send(fd, data, len, MSG_NOSIGNAL);
}

exported ssize_t sender_gnutls(void *session, const void *data, size_t len)
{
	return gnutls_record_send(session, data, len);
}

exported int sender_openssl(void *session, const void *data, int len)
{
	return SSL_write(session, data, len);
}
