/* SPDX-License-Identifier: MIT */
#include "harness.h"

#include "bytes.h"
#include "control.h"
#include "store.h"
#include "tokens.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static struct server server;
static pthread_t thread;
static unsigned port;
static struct buffer answer, audit;

static void *run_server(void *arg)
{
	server_run(arg);
	return NULL;
}

void harness_start(void)
{
	ck_assert(server_init(&server));
	ck_assert(store_add(server.store, "sales") && store_add(server.store, "hr"));
	snprintf(server.default_database, sizeof(server.default_database), "sales");
	server.users[server.user_count++] = (struct user){"app", "secret"};
	server.audit_fd = memfd_create("audit", MFD_CLOEXEC);
	ck_assert(server_listen(&server, 0, &port));
	ck_assert_int_eq(pthread_create(&thread, NULL, run_server, &server), 0);
}

void harness_stop(void)
{
	server_stop(&server);
	pthread_join(thread, NULL);
	server_done(&server);
	buffer_done(&answer);
	buffer_done(&audit);
}

struct server *harness_server(void)
{
	return &server;
}

unsigned harness_port(void)
{
	return port;
}

const char *harness_ask(const char *command)
{
	buffer_clear(&answer);
	control_obey(&server, command, &answer);
	return buffer_str(&answer);
}

const char *harness_audit(void)
{
	char data[4096];
	ssize_t n;
	off_t at = 0;

	buffer_clear(&audit);
	while ((n = pread(server.audit_fd, data, sizeof(data), at)) > 0) {
		buffer_append(&audit, data, (size_t)n);
		at += n;
	}
	return buffer_str(&audit);
}

/* --- sending ---------------------------------------------------------------------------------- */

void raw_send_bytes(struct raw *r, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0) {
		ssize_t n = send(r->fd, at, len, MSG_NOSIGNAL);
		if (n <= 0)
			return;
		at += n;
		len -= (size_t)n;
	}
}

void raw_send(struct raw *r, unsigned type, unsigned status, const void *body, size_t len)
{
	struct buffer packet = BUFFER_EMPTY;

	bytes_u8(&packet, type);
	bytes_u8(&packet, status);
	bytes_u16_be(&packet, (unsigned)len + 8);
	bytes_u32(&packet, 0);
	buffer_append(&packet, body, len);
	raw_send_bytes(r, packet.data, packet.len);
	buffer_done(&packet);
}

static void put_headers(struct raw *r, struct buffer *b)
{
	if (r->version < TDS_7_2)
		return;
	bytes_u32(b, 22);
	bytes_u32(b, 18);
	bytes_u16(b, 2);
	bytes_u64(b, r->descriptor);
	bytes_u32(b, 1);
}

void raw_send_batch(struct raw *r, unsigned status, const char *sql)
{
	struct buffer body = BUFFER_EMPTY;

	put_headers(r, &body);
	bytes_text(&body, sql, strlen(sql));
	raw_send(r, PACKET_BATCH, STATUS_END | status, body.data, body.len);
	buffer_done(&body);
}

const char *raw_batch(struct raw *r, unsigned status, const char *sql)
{
	raw_send_batch(r, status, sql);
	return raw_receive(r);
}

const char *raw_call(struct raw *r, unsigned status, const char *procedure)
{
	struct buffer body = BUFFER_EMPTY;

	put_headers(r, &body);
	bytes_us_varchar(&body, procedure);
	bytes_u16(&body, 0);
	raw_send(r, PACKET_RPC, STATUS_END | status, body.data, body.len);
	buffer_done(&body);
	return raw_receive(r);
}

const char *raw_transaction(
	struct raw *r, unsigned status, unsigned request, const char *bytes, size_t len)
{
	struct buffer body = BUFFER_EMPTY;

	put_headers(r, &body);
	bytes_u16(&body, request);
	buffer_append(&body, bytes, len);
	raw_send(r, PACKET_TRANSACTION, STATUS_END | status, body.data, body.len);
	buffer_done(&body);
	return raw_receive(r);
}

/* --- receiving -------------------------------------------------------------------------------- */

static bool receive_exactly(struct raw *r, void *to, size_t len)
{
	char *at = to;

	while (len > 0) {
		ssize_t n = recv(r->fd, at, len, 0);
		if (n <= 0) {
			r->is_ended = true;
			r->is_reset_by_peer = n < 0 && errno == ECONNRESET;
			return false;
		}
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static bool receive_message(struct raw *r, struct buffer *ret)
{
	uint8_t header[8], data[65536];
	size_t len;

	do {
		if (!receive_exactly(r, header, sizeof(header)))
			return false;
		len = (size_t)(header[2] << 8 | header[3]) - sizeof(header);
		if (!receive_exactly(r, data, len))
			return false;
		buffer_append(ret, data, len);
	} while (!(header[1] & STATUS_END));
	return true;
}

static void print_env(struct raw *r, struct reader *t)
{
	unsigned type = reader_u8(t);
	struct buffer text = BUFFER_EMPTY;

	if (type == ENV_DATABASE || type == ENV_PACKET_SIZE || type == ENV_LANGUAGE) {
		reader_text(t, reader_u8(t), &text);
		buffer_printf(&r->reply, "env%u:%s ", type, buffer_str(&text));
	} else {
		buffer_printf(&r->reply, "env%u ", type);
	}
	if (type == ENV_BEGIN_TRAN) {
		ck_assert_uint_eq(reader_u8(t), 8);
		r->descriptor = reader_u64(t);
	} else if (type == ENV_COMMIT_TRAN || type == ENV_ROLLBACK_TRAN) {
		r->descriptor = 0;
	}
	buffer_done(&text);
}

static void print_message(struct raw *r, struct reader *t, const char *kind)
{
	unsigned number = reader_u32(t), severity;
	struct buffer text = BUFFER_EMPTY;

	reader_u8(t);
	severity = reader_u8(t);
	reader_text(t, reader_u16(t), &text);
	if (number == 0)
		buffer_printf(&r->reply, "print:%s ", buffer_str(&text));
	else if (severity > 10)
		buffer_printf(&r->reply, "%s:%u/%u ", kind, number, severity);
	else
		buffer_printf(&r->reply, "%s:%u ", kind, number);
	buffer_done(&text);
}

static void print_done(struct raw *r, struct reader *t, const char *name)
{
	buffer_printf(&r->reply, "%s:%02x ", name, reader_u16(t));
	reader_u16(t);
	reader_bytes(t, r->version >= TDS_7_2 ? 8 : 4);
}

/* False: what follows needs more than this reader knows. */
static bool print_token(struct raw *r, struct reader *t)
{
	unsigned token = reader_u8(t);
	struct reader inner;
	size_t len;

	switch (token) {
	case TOKEN_DONE:
		return print_done(r, t, "done"), true;
	case TOKEN_DONEPROC:
		return print_done(r, t, "doneproc"), true;
	case TOKEN_DONEINPROC:
		return print_done(r, t, "doneinproc"), true;
	case 0x79:
		buffer_printf(&r->reply, "status:%d ", (int)reader_u32(t));
		return true;
	case 0x81:
		buffer_printf(&r->reply, "columns:%u ", reader_u16(t));
		return false;
	}
	len = reader_u16(t);
	inner = reader_of(t->at, len <= reader_left(t) ? len : 0);
	reader_bytes(t, len);
	if (token == 0xe3)
		print_env(r, &inner);
	else if (token == 0xaa || token == 0xab)
		print_message(r, &inner, token == 0xaa ? "error" : "info");
	else if (token == 0xad)
		buffer_printf(&r->reply, "login:%02x%02x%02x%02x ", inner.at[1], inner.at[2],
			inner.at[3], inner.at[4]);
	else
		ck_abort_msg("a token that nobody knows: %02x", token);
	ck_assert_msg(!t->failed && !inner.failed, "token %02x is too short", token);
	return true;
}

const char *raw_receive(struct raw *r)
{
	struct buffer message = BUFFER_EMPTY;
	struct reader t;

	buffer_clear(&r->reply);
	if (receive_message(r, &message)) {
		t = reader_of(message.data, message.len);
		while (reader_left(&t) > 0 && print_token(r, &t))
			continue;
	}
	buffer_done(&message);
	if (r->reply.len > 0)
		r->reply.data[--r->reply.len] = '\0';
	return buffer_str(&r->reply);
}

/* --- login ------------------------------------------------------------------------------------ */

static void put_field(
	struct buffer *table, struct buffer *data, size_t start, const char *text, bool is_secret)
{
	size_t from = data->len;

	bytes_u16(table, (unsigned)(start + data->len));
	bytes_text(data, text, strlen(text));
	bytes_u16(table, (unsigned)(data->len - from) / 2);
	for (size_t i = from; is_secret && i < data->len; i++) {
		uint8_t c = (uint8_t)data->data[i];
		data->data[i] = (char)((uint8_t)(c << 4 | c >> 4) ^ 0xa5);
	}
}

static void send_login(struct raw *r, const char *user, const char *password, const char *database)
{
	static const uint32_t versions[] = {0x71000001, 0x72090002, 0x730b0003, 0x74000004};
	struct buffer table = BUFFER_EMPTY, data = BUFFER_EMPTY, body = BUFFER_EMPTY;
	size_t start = 94;

	bytes_u32(&table, versions[r->version - TDS_7_1]);
	bytes_u32(&table, 4096);
	buffer_append(&table, "\0\0\0\0\0\0\0\0\0\0\0\0\xe0\x03\0\0\0\0\0\0\0\0\0\0", 24);
	put_field(&table, &data, start, "host", false);
	put_field(&table, &data, start, user, false);
	put_field(&table, &data, start, password, true);
	put_field(&table, &data, start, "raw client", false);
	put_field(&table, &data, start, "server", false);
	bytes_u32(&table, 0);
	put_field(&table, &data, start, "library", false);
	put_field(&table, &data, start, "", false);
	put_field(&table, &data, start, database, false);
	while (table.len + 4 < start)
		bytes_u8(&table, 0);
	bytes_u32(&body, (uint32_t)(start + data.len));
	buffer_append(&body, table.data, table.len);
	buffer_append(&body, data.data, data.len);
	raw_send(r, PACKET_LOGIN7, STATUS_END, body.data, body.len);
	buffer_done(&table);
	buffer_done(&data);
	buffer_done(&body);
}

bool raw_connect(struct raw *r, enum tds_version version, const char *user, const char *password,
	const char *database)
{
	static const char prelogin[] = "\0\0\x0b\0\x06\x01\0\x11\0\x01\xff\x09\0\0\0\0\0\x02";
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct buffer reply = BUFFER_EMPTY;
	bool is_answered;

	*r = (struct raw){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .version = version};
	ck_assert_int_eq(connect(r->fd, (struct sockaddr *)&to, sizeof(to)), 0);
	raw_send(r, PACKET_PRELOGIN, STATUS_END, prelogin, sizeof(prelogin) - 1);
	is_answered = receive_message(r, &reply);
	buffer_done(&reply);
	if (!is_answered)
		return false;
	send_login(r, user, password, database);
	return strstr(raw_receive(r), "login:") != NULL;
}

void raw_close(struct raw *r)
{
	close(r->fd);
	buffer_done(&r->reply);
}
