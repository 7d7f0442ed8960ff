/* SPDX-License-Identifier: MIT */
#include "channel.h"

#include "bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A message may not be larger: nobody's memory is to be filled by a length field. */
enum { HEADER_SIZE = 8, MESSAGE_MAX = 16 << 20, PACKET_SIZE_DEFAULT = 4096 };

bool channel_init(struct channel *ch, int fd)
{
	*ch = (struct channel){.fd = fd, .version = TDS_7_4, .packet_size = PACKET_SIZE_DEFAULT};
	ch->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (ch->wake_fd >= 0 && fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0)
		return true;
	close(fd);
	if (ch->wake_fd >= 0)
		close(ch->wake_fd);
	return false;
}

void channel_done(struct channel *ch)
{
	close(ch->fd);
	close(ch->wake_fd);
	buffer_done(&ch->in);
	buffer_done(&ch->out);
	buffer_done(&ch->partial.body);
}

void channel_close_by_reset(struct channel *ch)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	setsockopt(ch->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

void channel_wake(struct channel *ch)
{
	uint64_t one = 1;

	/* It cannot be full before it has been woken four thousand million times. */
	if (write(ch->wake_fd, &one, sizeof(one)) < 0)
		return;
}

int64_t channel_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool is_for_later(int error)
{
	return error == EAGAIN || error == EINTR;
}

static void read_input(struct channel *ch)
{
	char data[8192];
	ssize_t n = recv(ch->fd, data, sizeof(data), 0);

	if (n > 0)
		buffer_append(&ch->in, data, (size_t)n);
	else if (n == 0 || !is_for_later(errno))
		ch->is_broken = true;
	if (ch->in.failed || ch->in.len > MESSAGE_MAX)
		ch->is_broken = true;
}

enum channel_event channel_wait(struct channel *ch, int64_t deadline_ms, bool is_deaf)
{
	struct pollfd p[2] = {{.fd = ch->wake_fd, .events = POLLIN},
		{.fd = is_deaf ? -1 : ch->fd, .events = POLLIN}};

	for (;;) {
		int64_t left = deadline_ms < 0 ? -1 : deadline_ms - channel_now_ms();
		uint64_t count;
		int n;

		if (ch->is_broken)
			return CHANNEL_BROKEN;
		if (deadline_ms >= 0 && left < 0)
			left = 0;
		n = poll(p, 2, left > 1000000 ? 1000000 : (int)left);
		if (n < 0)
			continue;
		if (n == 0 && left <= 1000000)
			return CHANNEL_TIMEOUT;
		if (p[0].revents && read(ch->wake_fd, &count, sizeof(count)) > 0)
			return CHANNEL_WOKEN;
		if (p[1].revents) {
			read_input(ch);
			return ch->is_broken ? CHANNEL_BROKEN : CHANNEL_INPUT;
		}
	}
}

static void drop_input(struct channel *ch, size_t len)
{
	memmove(ch->in.data, ch->in.data + len, ch->in.len - len);
	ch->in.len -= len;
}

/* The length of the first packet, 0 when it has not come in completely. */
static size_t first_packet(struct channel *ch, uint8_t *ret_type, uint8_t *ret_status)
{
	struct reader r = reader_of(ch->in.data, ch->in.len);
	uint8_t type = reader_u8(&r), status = reader_u8(&r);
	size_t len = reader_u16_be(&r);

	if (ch->in.len < HEADER_SIZE)
		return 0;
	if (len < HEADER_SIZE) {
		ch->is_broken = true;
		return 0;
	}
	*ret_type = type;
	*ret_status = status;
	return len <= ch->in.len ? len : 0;
}

static bool give_message(struct message *from, struct message *ret)
{
	*ret = *from;
	*from = (struct message){.body = BUFFER_EMPTY};
	return !(ret->status & STATUS_IGNORE);
}

enum take_result channel_take(struct channel *ch, struct message *ret)
{
	struct message *m = &ch->partial;
	uint8_t type, status;
	size_t len;

	while ((len = first_packet(ch, &type, &status)) > 0) {
		if (type == PACKET_ATTENTION) {
			/* It may come between the packets of a message, which is then void. */
			buffer_clear(&m->body);
			*ret = (struct message){.type = type, .status = status};
			drop_input(ch, len);
			return TAKE_MESSAGE;
		}
		if (!m->body.data) {
			m->type = type;
			m->status = status;
			/* So that an empty message that goes on is known to have begun. */
			buffer_append(&m->body, "", 0);
		}
		if (type != m->type || m->body.len + len > MESSAGE_MAX)
			return TAKE_MALFORMED;
		buffer_append(&m->body, ch->in.data + HEADER_SIZE, len - HEADER_SIZE);
		m->status |= status & STATUS_IGNORE;
		drop_input(ch, len);
		if (m->body.failed)
			return TAKE_MALFORMED;
		if (!(status & STATUS_END))
			continue;
		if (give_message(m, ret))
			return TAKE_MESSAGE;
		buffer_done(&ret->body);
	}
	return ch->is_broken ? TAKE_MALFORMED : TAKE_NOTHING;
}

bool channel_has_attention(struct channel *ch)
{
	uint8_t type, status;
	size_t len;

	if (ch->has_attention)
		return true;
	if (!ch->is_broken)
		read_input(ch);
	len = first_packet(ch, &type, &status);
	if (len == 0 || type != PACKET_ATTENTION)
		return false;
	drop_input(ch, len);
	ch->has_attention = true;
	return true;
}

static void send_all(struct channel *ch, const char *data, size_t len)
{
	struct pollfd p = {.fd = ch->fd, .events = POLLOUT};

	while (len > 0 && !ch->is_broken) {
		ssize_t n = send(ch->fd, data, len, MSG_NOSIGNAL);
		if (n >= 0) {
			data += n;
			len -= (size_t)n;
		} else if (is_for_later(errno)) {
			/* A client that does not read for a minute is not coming back. */
			if (poll(&p, 1, 60000) == 0)
				ch->is_broken = true;
		} else {
			ch->is_broken = true;
		}
	}
}

/* [MS-TDS] 2.2.3.1: type, status, length, SPID, packet number, window. */
static void add_header(struct channel *ch, struct buffer *to, size_t payload, bool is_end)
{
	bytes_u8(to, PACKET_REPLY);
	bytes_u8(to, is_end ? STATUS_END : 0);
	bytes_u16_be(to, (unsigned)(payload + HEADER_SIZE));
	bytes_u16_be(to, ch->spid);
	bytes_u8(to, ++ch->packet_number);
	bytes_u8(to, 0);
}

void channel_flush(struct channel *ch, bool is_end)
{
	struct buffer wire = BUFFER_EMPTY;
	size_t room = ch->packet_size - HEADER_SIZE, at = 0;

	/* The last byte waits for the end, which must not be an empty packet. */
	while (ch->out.len - at > room) {
		add_header(ch, &wire, room, false);
		buffer_append(&wire, ch->out.data + at, room);
		at += room;
	}
	if (is_end) {
		add_header(ch, &wire, ch->out.len - at, true);
		buffer_append(&wire, buffer_str(&ch->out) + at, ch->out.len - at);
		at = ch->out.len;
		ch->packet_number = 0;
	}
	if (wire.failed || ch->out.failed)
		ch->is_broken = true;
	else
		send_all(ch, buffer_str(&wire), wire.len);
	if (at > 0) {
		memmove(ch->out.data, ch->out.data + at, ch->out.len - at);
		ch->out.len -= at;
	}
	buffer_done(&wire);
}
