/* SPDX-License-Identifier: MIT */
#ifndef DRIVER_RESET_BIT_H
#define DRIVER_RESET_BIT_H
/*
 * The reset of SQL Server's protocol: a bit in the header of a request's first packet ([MS-TDS]
 * 2.2.3.1.2, RESETCONNECTION) has the server reset the session before it executes the request. No
 * function of FreeTDS sets it; so its call of send(), or of its TLS library's function, is
 * intercepted for the one request that this thread marks, and the bit is set on the way.
 *
 * Limits, all of which end in "no bit was sent", never in a changed packet of another kind:
 *   - imports.h says for which libraries calls can be intercepted;
 *   - the request's first packet must be handed over whole, in one call, with at most
 *     PACKET_MAX bytes, and be a batch, a procedure call or a transaction request;
 *   - with MARS packets are wrapped in others, which are not recognised;
 *   - TLS by GnuTLS or OpenSSL that is linked dynamically.
 *
 * Nothing happens on a thread that has not armed: its calls cost one look at a variable of its own.
 *
 * Locks:     none beside imports.h's.
 * Ownership: an armed reset_bit lies on the stack of the thread that armed it.
 */
#include <stdbool.h>

struct reset_bit {
	int fd; /* of the connection */
	bool was_sent;
};

/* Can requests of this driver be given the bit? To be asked for each login. */
bool reset_bit_is_possible(void *library);
/* The next request that this thread sends on `fd` gets it. */
void reset_bit_arm(struct reset_bit *b, int fd);
/* Has one got it? */
bool reset_bit_disarm(struct reset_bit *b);

#endif
