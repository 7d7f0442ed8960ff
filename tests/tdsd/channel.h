/* SPDX-License-Identifier: MIT */
#ifndef TDSD_CHANNEL_H
#define TDSD_CHANNEL_H
/*
 * One client's socket: packets in, packets out ([MS-TDS] 2.2.3).
 *
 * A reply is gathered in `out` and cut into packets when it is flushed. While a reply is being made
 * the channel can be asked whether the client has sent an attention, and can wait for that and for
 * whoever wakes the session, all in one poll.
 *
 * Locks:     none; only the session's own thread uses it. channel_wake() is for all.
 * Ownership: owns both descriptors.
 */
#include "base/buffer.h"
#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* [MS-TDS] 2.2.3.1.1 */
enum packet_type {
	PACKET_BATCH = 1,
	PACKET_LOGIN_TDS5 = 2,
	PACKET_RPC = 3,
	PACKET_REPLY = 4,
	PACKET_ATTENTION = 6,
	PACKET_BULK = 7,
	PACKET_TRANSACTION = 14,
	PACKET_NORMAL_TDS5 = 15,
	PACKET_LOGIN7 = 16,
	PACKET_SSPI = 17,
	PACKET_PRELOGIN = 18
};

/* [MS-TDS] 2.2.3.1.2 */
enum packet_status {
	STATUS_END = 0x01,
	STATUS_IGNORE = 0x02,
	STATUS_RESET = 0x08,
	STATUS_RESET_SKIPTRAN = 0x10
};

enum tds_version { TDS_5_0 = 0x500, TDS_7_1 = 0x701, TDS_7_2, TDS_7_3, TDS_7_4 };

struct message {
	uint8_t type;
	uint8_t status; /* of the first packet */
	struct buffer body;
};

struct channel {
	int fd, wake_fd;
	enum tds_version version;
	size_t packet_size; /* for what is sent, header included */
	unsigned spid;
	struct buffer in;  /* not yet taken */
	struct buffer out; /* not yet sent */
	struct message partial;
	uint8_t packet_number;
	bool is_broken;	    /* the client is gone, or talks nonsense */
	bool has_attention; /* and no answer to it yet */
};

enum channel_event { CHANNEL_INPUT, CHANNEL_WOKEN, CHANNEL_TIMEOUT, CHANNEL_BROKEN };
enum take_result { TAKE_NOTHING, TAKE_MESSAGE, TAKE_MALFORMED };

/* Takes the socket over. False: no descriptor for waking; the socket is closed. */
must_use bool channel_init(struct channel *ch, int fd);
void channel_done(struct channel *ch);
/* The client sees a reset (RST), not an end (FIN). */
void channel_close_by_reset(struct channel *ch);
void channel_wake(struct channel *ch);

int64_t channel_now_ms(void);
/* Wait for bytes (which are then in `in`), a wake or the deadline (of channel_now_ms(); negative:
 * no deadline). With `is_deaf` only for the latter two. */
enum channel_event channel_wait(struct channel *ch, int64_t deadline_ms, bool is_deaf);
/* A whole message out of what has come in. The caller owns ret->body. */
enum take_result channel_take(struct channel *ch, struct message *ret);
/* Whether the client has asked to stop what it is waiting for ([MS-TDS] 2.2.1.7). */
bool channel_has_attention(struct channel *ch);
/* Send what is gathered: all of it as the end of a message, or only whole packets of it. */
void channel_flush(struct channel *ch, bool is_end);

#endif
