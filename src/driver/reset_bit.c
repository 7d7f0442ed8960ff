/* SPDX-License-Identifier: MIT */
#include "driver/reset_bit.h"

#include "driver/imports.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

/* [MS-TDS] 2.2.3.1: the header of a packet. */
enum {
	HEADER_TYPE = 0,
	HEADER_STATUS = 1,
	HEADER_LENGTH = 2, /* big endian, of two bytes, header included */
	HEADER_LEN = 8,
	STATUS_RESET_CONNECTION = 0x08,
	TYPE_BATCH = 1,
	TYPE_RPC = 3,
	TYPE_TRANSACTION = 14,
};

/* Our own requests are short; a driver cuts them into packets of 4096 bytes, or what it was told.
 */
enum { PACKET_MAX = 8192 };

static _Thread_local struct reset_bit *armed;

static bool is_first_of_request(const unsigned char *packet, size_t len)
{
	if (len < HEADER_LEN || len > PACKET_MAX)
		return false;
	size_t told = (size_t)packet[HEADER_LENGTH] << 8 | packet[HEADER_LENGTH + 1];
	return told == len &&
	       (packet[HEADER_TYPE] == TYPE_BATCH || packet[HEADER_TYPE] == TYPE_RPC ||
		       packet[HEADER_TYPE] == TYPE_TRANSACTION);
}

/* `room` has PACKET_MAX bytes. NULL: the packet is not the one that is waited for. */
static const void *with_bit(
	const struct reset_bit *b, unsigned char *room, const void *packet, size_t len)
{
	if (b->was_sent || !is_first_of_request(packet, len))
		return NULL;
	memcpy(room, packet, len);
	room[HEADER_STATUS] |= STATUS_RESET_CONNECTION;
	return room;
}

typedef ssize_t send_function(int fd, const void *data, size_t len, int flags);
typedef ssize_t gnutls_function(void *session, const void *data, size_t len);
typedef int openssl_function(void *session, const void *data, int len);

static ssize_t our_send(int fd, const void *data, size_t len, int flags);
static ssize_t our_gnutls_record_send(void *session, const void *data, size_t len);
static int our_ssl_write(void *session, const void *data, int len);

static struct import send_import = {.name = "send", .ours = (import_function *)our_send};
static struct import gnutls_import = {
	.name = "gnutls_record_send", .ours = (import_function *)our_gnutls_record_send};
static struct import openssl_import = {
	.name = "SSL_write", .ours = (import_function *)our_ssl_write};

/* The room is no burden to calls of a thread that has not armed: it is in functions of its own. */
static __attribute__((noinline)) ssize_t armed_send(
	struct reset_bit *b, int fd, const void *data, size_t len, int flags)
{
	send_function *theirs = (send_function *)send_import.theirs;
	unsigned char room[PACKET_MAX];
	const void *changed = fd == b->fd ? with_bit(b, room, data, len) : NULL;

	if (!changed)
		return theirs(fd, data, len, flags);
	ssize_t n = theirs(fd, changed, len, flags);
	/* What is left over the driver sends again, from its own copy. */
	b->was_sent = n > HEADER_STATUS;
	return n;
}

static ssize_t our_send(int fd, const void *data, size_t len, int flags)
{
	struct reset_bit *b = armed;

	if (unlikely(b != NULL))
		return armed_send(b, fd, data, len, flags);
	return ((send_function *)send_import.theirs)(fd, data, len, flags);
}

/* The thread calls one connection's driver only, so that a session need not be compared. */
static __attribute__((noinline)) ssize_t armed_gnutls_record_send(
	struct reset_bit *b, void *session, const void *data, size_t len)
{
	gnutls_function *theirs = (gnutls_function *)gnutls_import.theirs;
	unsigned char room[PACKET_MAX];
	/* Without data it sends what an earlier call left. */
	const void *changed = data ? with_bit(b, room, data, len) : NULL;

	if (!changed)
		return theirs(session, data, len);
	/* Whatever it returns: it has enciphered the data, and a second call does not look at it.
	 */
	b->was_sent = true;
	return theirs(session, changed, len);
}

static ssize_t our_gnutls_record_send(void *session, const void *data, size_t len)
{
	struct reset_bit *b = armed;

	if (unlikely(b != NULL))
		return armed_gnutls_record_send(b, session, data, len);
	return ((gnutls_function *)gnutls_import.theirs)(session, data, len);
}

static __attribute__((noinline)) int armed_ssl_write(
	struct reset_bit *b, void *session, const void *data, int len)
{
	openssl_function *theirs = (openssl_function *)openssl_import.theirs;
	unsigned char room[PACKET_MAX];
	const void *changed = len > 0 ? with_bit(b, room, data, (size_t)len) : NULL;

	if (!changed)
		return theirs(session, data, len);
	/* Whatever it returns: what it could not send at once it keeps, enciphered. */
	b->was_sent = true;
	return theirs(session, changed, len);
}

static int our_ssl_write(void *session, const void *data, int len)
{
	struct reset_bit *b = armed;

	if (unlikely(b != NULL))
		return armed_ssl_write(b, session, data, len);
	return ((openssl_function *)openssl_import.theirs)(session, data, len);
}

bool reset_bit_is_possible(void *library)
{
	bool is_possible = import_replace(library, &send_import);

	is_possible |= import_replace(library, &gnutls_import);
	is_possible |= import_replace(library, &openssl_import);
	return is_possible;
}

void reset_bit_arm(struct reset_bit *b, int fd)
{
	*b = (struct reset_bit){.fd = fd};
	armed = b;
}

bool reset_bit_disarm(struct reset_bit *b)
{
	armed = NULL;
	return b->was_sent;
}
