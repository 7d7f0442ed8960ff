/* SPDX-License-Identifier: MIT */
/*
 * Mutated packets, logins, calls and T-SQL into the test double of SQL Server: it may answer or
 * hang up, but not crash, read what is not there, or leak. Deterministic; the first argument is the
 * number of conversations (make check: a second's worth), the second the seed.
 */
#include "tdsd/bytes.h"
#include "tdsd/server.h"
#include "tdsd/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char *const words[] = {"SELECT ", "FROM t ", "INSERT t ", "VALUES (1, N'x') ",
	"UPDATE t SET a = ", "DELETE ", "WHERE a = 1 ", "CREATE TABLE ", "DROP TABLE ", "#t ",
	"##g ", "t ", "(a int, b nvarchar(20)) ", "BEGIN ", "END ", "BEGIN TRAN ", "COMMIT ",
	"ROLLBACK ", "SAVE TRAN s ", "IF ", "ELSE ", "@@TRANCOUNT > 0 ", "DECLARE @a ", "int ",
	"= 1 ", "@a ", "SET ", "NOCOUNT ON ", "LOCK_TIMEOUT 0 ", "EXEC ", "sp_executesql ",
	"N'SELECT @p', N'@p int', 1 ", "sp_prepare ", "sp_execute 1 ", "('SELECT 1') ", "USE hr ",
	"PRINT ", "RAISERROR('x', 16, 1) ", "RAISERROR('x', 20, 1) ", "BEGIN TRY ", "END TRY ",
	"BEGIN CATCH ", "END CATCH ", "CAST(1 AS decimal(10, 2)) ", "CONVERT(date, '2024-02-29') ",
	"TOP 1 ", "* ", "'", "\"", "[", "]", "(", ")", ", ", "; ", "/* ", "*/ ", "-- ", "\n",
	"0x1f ", "1.5e3 ", "sys.dm_exec_sessions ", "DBCC USEROPTIONS ", "DECLARE c CURSOR FOR ",
	"OPEN c ", "FETCH c ", "CLOSE c ", "INTO x ", "CASE WHEN 1 = 1 THEN 2 END ", "AS ",
	"sales..t ", "hr.dbo.t ", "TRANSACTION ISOLATION LEVEL ", "SERIALIZABLE ", "XACT_ABORT ON ",
	"sp_getapplock 'r', 'Exclusive', 'Session', 0 ", "CONTEXT_INFO 0x01 ",
	"SESSION_CONTEXT(N'k') ", "\xc3\xa9"};

static struct server server;
static unsigned long state = 1;
static _Atomic long conversation;
static long kept_open;

static unsigned random_below(unsigned limit)
{
	state = state * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned)(state >> 33) % limit;
}

/* --- what goes in ----------------------------------------------------------------------------- */

static void put_sql(struct buffer *b)
{
	struct buffer text = BUFFER_EMPTY;

	for (unsigned i = random_below(14) + 1; i > 0; i--)
		buffer_append_str(&text, words[random_below(array_size(words))]);
	bytes_text(b, buffer_str(&text), text.len);
	buffer_done(&text);
}

static void put_headers(struct buffer *b)
{
	bytes_u32(b, 22);
	bytes_u32(b, 18);
	bytes_u16(b, 2);
	bytes_u64(b, 0);
	bytes_u32(b, 1);
}

/* A parameter: name, status, type, value. */
static void put_parameter(struct buffer *b)
{
	static const struct {
		const char *bytes;
		size_t len;
	} values[] = {{"\0\0\x26\x04\x04\x01\0\0\0", 9}, {"\0\x01\x26\x04\0", 5},
		{"\0\0\xe7\x08\0\x09\x04\xd0\0\x34\x04\0a\0b\0", 16},
		{"\0\0\xe7\xff\xff\x09\x04\xd0\0\x34\x02\0\0\0\0\0\0\0\x02\0\0\0x\0\0\0\0\0", 28},
		{"\0\0\xa5\x08\0\x02\0\x01\x02", 9},
		{"\0\0\x6a\x05\x0a\x02\x05\x01\x39\x30\0\0", 12},
		{"\0\0\x6f\x08\x08\0\0\0\0\x01\0\0\0", 13}, {"\0\0\x28\x03\x01\x02\0", 7},
		{"\0\0\x2a\x07\x08\x01\x02\x03\x04\x05\x01\x02\0", 13},
		{"\0\0\x6d\x08\x08\0\0\0\0\0\0\xf0\x3f", 13},
		{"\0\0\x24\x10\x10\x01\x02\x03\x04\x05\x06\x07\x08\x01\x02\x03\x04\x05\x06\x07\x08",
			21},
		{"\0\0\x68\x01\x01\x01", 6},
		{"\0\0\x63\x10\0\0\0\x09\x04\xd0\0\x34\x02\0\0\0x\0", 18}};
	unsigned i = random_below(array_size(values));

	buffer_append(b, values[i].bytes, values[i].len);
}

static void put_statement_parameter(struct buffer *b)
{
	size_t at;

	buffer_append(b, "\0\0\xe7\x40\x1f\x09\x04\xd0\0\x34", 10);
	at = b->len;
	bytes_u16(b, 0);
	put_sql(b);
	bytes_close_u16(b, at);
}

static void put_call(struct buffer *b)
{
	static const char *const names[] = {"sp_execute", "sp_unprepare", "sp_tables",
		"sp_set_session_context", "sp_getapplock", "nothing", "sp_columns"};

	put_headers(b);
	if (random_below(2)) {
		bytes_u16(b, 0xffff);
		bytes_u16(b, 10 + random_below(6));
	} else {
		bytes_us_varchar(b, names[random_below(array_size(names))]);
	}
	bytes_u16(b, 0);
	for (unsigned i = random_below(4); i > 0; i--) {
		if (random_below(3))
			put_parameter(b);
		else
			put_statement_parameter(b);
	}
}

static void put_login(struct buffer *b)
{
	size_t data = 94;

	bytes_u32(b, 94 + 18);
	bytes_u32(b, 0x74000004 - (random_below(4) << 24));
	bytes_u32(b, 4096);
	buffer_append(b, "\0\0\0\0\0\0\0\0\0\0\0\0\xe0\x03\0\0\0\0\0\0\0\0\0\0", 24);
	for (unsigned i = 0; i < 9; i++) {
		unsigned units = i == 1 ? 3 : i == 2 ? 6 : 0;
		bytes_u16(b, (unsigned)data);
		bytes_u16(b, units);
		data += units * 2;
	}
	while (b->len < 94)
		bytes_u8(b, 0);
	bytes_text(b, "app", 3);
	/* "secret", scrambled. */
	buffer_append(b, "\x92\xa5\xf3\xa5\x93\xa5\x82\xa5\xf3\xa5\xe2\xa5", 12);
}

/* A login of TDS 5.0: fields of fixed size, their lengths behind them. */
static void put_login5(struct buffer *b)
{
	static const struct {
		const char *text;
		size_t size;
	} fields[] = {{"host", 30}, {"app", 30}, {"secret", 30}, {"1", 30}, {"", 15}, {"fuzz", 30},
		{"", 341}};

	for (size_t i = 0; i < array_size(fields); i++) {
		size_t len = strlen(fields[i].text);
		buffer_append(b, fields[i].text, len);
		for (size_t j = len; j < fields[i].size; j++)
			bytes_u8(b, 0);
		bytes_u8(b, (unsigned)len);
	}
}

static void put_language5(struct buffer *b)
{
	struct buffer units = BUFFER_EMPTY;

	put_sql(&units);
	bytes_u8(b, random_below(8) ? 0x21 : 0x71);
	bytes_u32(b, (uint32_t)(units.len / 2 + 1));
	bytes_u8(b, 0);
	for (size_t i = 0; i < units.len; i += 2)
		bytes_u8(b, (uint8_t)units.data[i]);
	buffer_done(&units);
}

static void put_body(struct buffer *b, unsigned type)
{
	switch (type) {
	case PACKET_BATCH:
		put_headers(b);
		put_sql(b);
		break;
	case PACKET_RPC:
		put_call(b);
		break;
	case PACKET_TRANSACTION:
		put_headers(b);
		bytes_u16(b, random_below(10));
		buffer_append(b, "\x02\x01s\0\0", random_below(6));
		break;
	case PACKET_LOGIN7:
		put_login(b);
		break;
	case PACKET_LOGIN_TDS5:
		put_login5(b);
		break;
	case PACKET_NORMAL_TDS5:
		put_language5(b);
		break;
	case PACKET_PRELOGIN:
		buffer_append(b, "\0\0\x06\0\x06\xff\x09\0\0\0\0\0", 12);
		break;
	default:
		for (unsigned i = random_below(600); i > 0; i--)
			bytes_u8(b, random_below(256));
	}
}

static void mutate(struct buffer *b)
{
	for (unsigned i = random_below(6); i > 2 && b->len > 0; i--) {
		size_t at = random_below((unsigned)b->len);
		switch (random_below(3)) {
		case 0:
			b->data[at] = (char)random_below(256);
			break;
		case 1:
			b->data[at] = (char)(random_below(2) ? 0xff : 0);
			break;
		case 2:
			b->len = at;
			break;
		}
	}
}

static void put_message(struct buffer *to, unsigned type, bool is_mutated)
{
	static const unsigned statuses[] = {1, 1, 1, 1, 9, 0x11, 3, 0};
	struct buffer body = BUFFER_EMPTY;

	put_body(&body, type);
	if (is_mutated)
		mutate(&body);
	bytes_u8(to, type);
	bytes_u8(to, is_mutated ? statuses[random_below(array_size(statuses))] : 1);
	bytes_u16_be(to, (unsigned)body.len + 8);
	bytes_u32(to, 0);
	buffer_append(to, buffer_str(&body), body.len);
	if (is_mutated && random_below(20) == 0)
		mutate(to);
	buffer_done(&body);
}

/* --- rounds ----------------------------------------------------------------------------------- */

static void *drain(void *fd)
{
	char data[65536];

	while (recv(*(int *)fd, data, sizeof(data), 0) > 0)
		continue;
	return NULL;
}

/* Most of the conversations get past the login unharmed; what comes behind is what is tried then.
 */
static void put_conversation(struct buffer *to)
{
	static const unsigned types[] = {PACKET_BATCH, PACKET_BATCH, PACKET_BATCH, PACKET_RPC,
		PACKET_RPC, PACKET_TRANSACTION, PACKET_ATTENTION, PACKET_BULK, PACKET_LOGIN_TDS5,
		PACKET_LOGIN7};
	bool is_mutated = random_below(4) == 0, is_tds5 = random_below(5) == 0;

	if (is_tds5) {
		put_message(to, PACKET_LOGIN_TDS5, is_mutated);
		for (unsigned i = random_below(8); i > 0; i--)
			put_message(to, random_below(8) ? PACKET_NORMAL_TDS5 : PACKET_ATTENTION,
				random_below(2));
		return;
	}
	put_message(to, PACKET_PRELOGIN, is_mutated && random_below(2));
	put_message(to, PACKET_LOGIN7, is_mutated);
	for (unsigned i = random_below(8); i > 0; i--)
		put_message(to, types[random_below(array_size(types))], random_below(2));
}

static void talk(void)
{
	struct session *s;
	pthread_t thread;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0 ||
		pthread_create(&thread, NULL, drain, &fds[1]) != 0 ||
		!(s = session_new(&server, fds[0]))) {
		perror("fuzz_tdsd");
		exit(EXIT_FAILURE);
	}
	put_conversation(&s->channel.in);
	if (session_serve_input(s))
		kept_open++;
	session_free(s);
	pthread_join(thread, NULL);
	close(fds[1]);
}

/* T-SQL can loop for ever: a conversation that does is killed, as a client would kill it. */
static void *watch(void *arg)
{
	(void)arg;
	for (long before = -1; conversation >= 0;) {
		nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
		if (conversation == before)
			server_doom(&server, 0, DOOM_DROPPED);
		before = conversation;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? atol(argv[1]) : 2000;
	pthread_t thread;

	if (argc > 2)
		state = strtoul(argv[2], NULL, 0);
	if (!server_init(&server) || !store_add(server.store, "sales") ||
		!store_add(server.store, "hr"))
		return EXIT_FAILURE;
	server.users[server.user_count++] = (struct user){"app", "secret"};
	if (pthread_create(&thread, NULL, watch, NULL) != 0)
		return EXIT_FAILURE;
	for (long i = 0; i < rounds; i++) {
		conversation = i;
		talk();
	}
	conversation = -1;
	pthread_join(thread, NULL);
	printf("%ld conversations, %ld of them kept open, %ld logins, %ld batches, %ld calls, %ld "
	       "resets\n",
		rounds, kept_open, server.counts[COUNT_LOGINS], server.counts[COUNT_BATCHES],
		server.counts[COUNT_RPCS], server.counts[COUNT_RESETS]);
	/* Else nothing was tried but hanging up. */
	if (rounds >= 100 &&
		(kept_open == 0 || server.counts[COUNT_BATCHES] == 0 ||
			server.counts[COUNT_RPCS] == 0 || server.counts[COUNT_RESETS] == 0))
		return EXIT_FAILURE;
	server_done(&server);
	return EXIT_SUCCESS;
}
