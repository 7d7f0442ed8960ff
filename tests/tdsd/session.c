/* SPDX-License-Identifier: MIT */
/* From the first byte of a client to its last: [MS-TDS] 3.3.5, the server's states. */
#include "session.h"

#include "batch.h"
#include "login.h"
#include "rpc.h"
#include "server.h"
#include "session_state.h"
#include "store.h"
#include "tds5.h"
#include "transaction.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- login ------------------------------------------------------------------------------------ */

static void refuse(struct session *s, int number)
{
	switch (number) {
	case 4060:
		session_error(s, 4060, 11, 1,
			"Cannot open database \"%s\" requested by the login. The login failed.",
			s->login.database);
		break;
	case 40613:
		session_error(s, 40613, 17, 1,
			"Database '%s' on server 'TDSD' is not currently available. Please retry "
			"the connection "
			"later. If the problem persists, contact customer support.",
			s->login.database);
		return;
	case 17809:
		session_error(s, 17809, 20, 1,
			"Could not connect because the maximum number of '100' user connections "
			"has already been "
			"reached. The connection has been closed.");
		return;
	case 18456:
		break;
	default:
		session_error(s, number, 16, 1, "The login was refused with error %d.", number);
		return;
	}
	session_error(s, 18456, 14, 1, "Login failed for user '%s'.", s->login.user);
}

static int reason_to_refuse(struct session *s)
{
	int number = server_take_refusal(s->server);

	if (number)
		return number;
	if (s->login.is_integrated || !server_knows(s->server, s->login.user, s->login.password))
		return 18456;
	return store_find(s->server->store, s->login.database) ? 0 : 4060;
}

static void negotiate_packet_size(struct session *s)
{
	char now[16], before[16];
	uint32_t size = s->login.packet_size;

	size = size == 0 ? 4096 : size < 512 ? 512 : size > 32767 ? 32767 : size;
	snprintf(before, sizeof(before), "%zu", s->channel.packet_size);
	snprintf(now, sizeof(now), "%u", size);
	token_env_text(&s->channel, ENV_PACKET_SIZE, now, before);
}

/* [MS-TDS] 2.2.6.4; the answer is in the order in which SQL Server gives it. */
static void accept_login(struct session *s)
{
	char user[NAME_SIZE], app[NAME_SIZE];

	session_begin(s);
	session_publish(s);
	s->is_logged_in = true;
	server_count(s->server, COUNT_LOGINS);
	server_word(s->login.user, user);
	server_word(s->login.app, app);
	server_audit(s->server, "login spid=%d user=%s db=%s app=%s tds=%x.%x", s->spid, user,
		s->database, app, s->channel.version >> 8, s->channel.version & 0xff);
	token_env_text(&s->channel, ENV_DATABASE, s->database, "master");
	session_error(s, 5701, 10, 2, "Changed database context to '%s'.", s->database);
	token_env_collation(&s->channel);
	token_env_text(&s->channel, ENV_LANGUAGE, s->settings.language, "");
	session_error(s, 5703, 10, 1, "Changed language setting to %s.", s->settings.language);
	token_login_ack(&s->channel, s->channel.version);
	negotiate_packet_size(s);
	session_finish(s);
	if (s->login.packet_size >= 512)
		s->channel.packet_size =
			s->login.packet_size > 32767 ? 32767 : s->login.packet_size;
}

static bool log_in(struct session *s, const struct message *m)
{
	struct faults faults = server_faults(s->server);
	char user[NAME_SIZE], asked[NAME_SIZE];
	const char *database;
	int number;
	bool is_read = m->type == PACKET_LOGIN7 ? login_parse(&m->body, &s->login)
						: login_parse_tds5(&m->body, &s->login);

	if (!is_read)
		return false;
	s->channel.version =
		s->login.version < s->server->newest ? s->login.version : s->server->newest;
	if (!s->login.database[0])
		snprintf(s->login.database, NAME_SIZE, "%s", s->server->default_database);
	database = store_find(s->server->store, s->login.database);
	if (database)
		snprintf(s->login.database, NAME_SIZE, "%s", database);
	if (!session_sleep(s, faults.delay_login_ms))
		return false;
	number = reason_to_refuse(s);
	if (number == 0) {
		accept_login(s);
		return true;
	}
	server_count(s->server, COUNT_REFUSED);
	server_word(s->login.user, user);
	server_word(s->login.database, asked);
	server_audit(s->server, "login-failed number=%d user=%s db=%s", number, user, asked);
	if (s->channel.version == TDS_5_0)
		tds5_login_ack(&s->channel, false);
	refuse(s, number);
	session_finish(s);
	return false;
}

/* --- requests --------------------------------------------------------------------------------- */

static void run_text(struct session *s, const struct message *m, const char *text)
{
	int failure = server_take_failure(s->server);

	server_count(s->server, COUNT_BATCHES);
	server_audit(s->server, "batch spid=%d status=%02x text=%.400s", s->spid, m->status, text);
	if (failure)
		session_error(s, failure, 16, 1, "The statement failed as it was told to.");
	else
		(void)batch_run(s, text, NULL);
	items_done(&s->variables);
}

static void run_batch(struct session *s, const struct message *m)
{
	struct reader r = reader_of(m->body.data, m->body.len);
	struct buffer text = BUFFER_EMPTY;
	bool is_valid;

	if (!transaction_headers(s, m, &r, &is_valid)) {
		s->channel.is_broken = true;
		return;
	}
	reader_text(&r, reader_left(&r) / 2, &text);
	/* A stale descriptor was answered already. */
	if (is_valid && !text.failed)
		run_text(s, m, buffer_str(&text));
	buffer_done(&text);
}

static void run_tds5(struct session *s, const struct message *m)
{
	struct buffer text = BUFFER_EMPTY;

	switch (tds5_parse(m, &text)) {
	case TDS5_LANGUAGE:
		run_text(s, m, buffer_str(&text));
		break;
	case TDS5_LOGOUT:
		s->is_logging_out = true;
		break;
	case TDS5_UNKNOWN:
		server_audit(s->server, "batch spid=%d status=%02x text=", s->spid, m->status);
		session_error(
			s, 4002, 16, 1, "tdsd takes nothing but language commands over TDS 5.0.");
		break;
	}
	buffer_done(&text);
}

/* [MS-TDS] 2.2.3.1.2: on the first packet of a batch, an RPC or a transaction request, before it.
 */
static bool reset_if_asked(struct session *s, const struct message *m)
{
	if (m->status & STATUS_RESET)
		return session_reset(s, false);
	if (m->status & STATUS_RESET_SKIPTRAN && s->channel.version >= TDS_7_3)
		return session_reset(s, true);
	return true;
}

/* False: the connection ends. */
static bool serve_request(struct session *s, const struct message *m)
{
	struct faults faults = server_faults(s->server);

	s->has_error = false;
	s->try_depth = 0;
	if (reset_if_asked(s, m)) {
		if (!session_sleep(s, faults.delay_statement_ms) && !s->channel.has_attention)
			return false;
		if (m->type == PACKET_BATCH)
			run_batch(s, m);
		else if (m->type == PACKET_NORMAL_TDS5)
			run_tds5(s, m);
		else if (m->type == PACKET_RPC)
			rpc_run(s, m);
		else if (!transaction_request(s, m))
			s->channel.is_broken = true;
	}
	if (s->doom == DOOM_KILLED)
		session_error(s, 596, 21, 1,
			"Cannot continue the execution because the session is in the kill state.");
	if (s->channel.is_broken || (s->doom != DOOM_NONE && s->doom != DOOM_KILLED))
		return false;
	if (s->channel.has_attention) {
		server_count(s->server, COUNT_ATTENTIONS);
		server_audit(s->server, "attention spid=%d", s->spid);
	}
	/* Before the client has its answer, for others may look as soon as it has. */
	session_publish(s);
	session_finish(s);
	return !s->must_close && !s->is_logging_out;
}

/* An attention that came when the answer was already on its way. */
static bool answer_attention(struct session *s)
{
	server_count(s->server, COUNT_ATTENTIONS);
	server_audit(s->server, "attention spid=%d", s->spid);
	s->channel.has_attention = true;
	session_finish(s);
	return true;
}

static bool serve_message(struct session *s, const struct message *m)
{
	if (!s->is_logged_in) {
		bool is_done;
		if (m->type == PACKET_LOGIN7 || m->type == PACKET_LOGIN_TDS5)
			return log_in(s, m);
		is_done = m->type == PACKET_PRELOGIN &&
			  login_answer_prelogin(
				  &m->body, s->server->newest >= TDS_7_2, &s->channel.out);
		channel_flush(&s->channel, true);
		return is_done;
	}
	if ((m->type == PACKET_NORMAL_TDS5) != (s->channel.version == TDS_5_0) &&
		m->type != PACKET_ATTENTION)
		return false;
	switch (m->type) {
	case PACKET_ATTENTION:
		return answer_attention(s);
	case PACKET_BATCH:
	case PACKET_RPC:
	case PACKET_TRANSACTION:
	case PACKET_NORMAL_TDS5:
		return serve_request(s, m);
	case PACKET_BULK:
		session_error(s, 4801, 16, 1, "tdsd takes no bulk load.");
		session_finish(s);
		return true;
	default:
		return false;
	}
}

/* --- life ------------------------------------------------------------------------------------- */

/* Whether the control socket has told this session to be silent. */
static bool is_silenced(struct session *s)
{
	struct faults faults = server_faults(s->server);

	if (s->is_stalled)
		return true;
	if (s->is_logged_in)
		return faults.stalls_statements;
	/* The PRELOGIN is answered when only the login is stalled: what comes next is LOGIN7. */
	return faults.stalls_accept || (faults.stalls_login && s->has_prelogin);
}

static const char *name_of(enum doom doom)
{
	switch (doom) {
	case DOOM_NONE:
		return "client";
	case DOOM_KILLED:
		return "kill";
	case DOOM_DROPPED:
	case DOOM_RESET:
		return "drop";
	case DOOM_STOPPED:
		return "stop";
	}
	return "client";
}

bool session_serve_input(struct session *s)
{
	struct message m;
	enum take_result taken;

	while (s->doom == DOOM_NONE && !is_silenced(s)) {
		bool goes_on;
		taken = channel_take(&s->channel, &m);
		if (taken != TAKE_MESSAGE)
			return taken == TAKE_NOTHING;
		goes_on = serve_message(s, &m);
		s->has_prelogin = s->has_prelogin || m.type == PACKET_PRELOGIN;
		buffer_done(&m.body);
		if (!goes_on)
			return false;
	}
	return s->doom == DOOM_NONE;
}

struct session *session_new(struct server *server, int fd)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s) {
		close(fd);
		return NULL;
	}
	if (!channel_init(&s->channel, fd)) {
		free(s);
		return NULL;
	}
	s->server = server;
	server_add(server, s);
	s->channel.spid = (unsigned)s->spid;
	return s;
}

void session_free(struct session *s)
{
	transaction_abandon(s);
	applock_give_all(s->server, s->spid, OWNER_SESSION | OWNER_TRANSACTION);
	store_drop_temp_tables(s);
	session_forget(s);
	store_close(s);
	items_done(&s->global_tables);
	if (s->doom == DOOM_KILLED)
		server_audit(s->server, "kill spid=%d", s->spid);
	if (s->is_logged_in) {
		server_count(s->server, COUNT_LOGOUTS);
		server_audit(s->server, "logout spid=%d by=%s", s->spid,
			s->logout_by				? s->logout_by
			: s->must_close && s->doom == DOOM_NONE ? "error"
								: name_of(s->doom));
	}
	if (s->doom == DOOM_RESET)
		channel_close_by_reset(&s->channel);
	server_remove(s->server, s);
	channel_done(&s->channel);
	secret_wipe(&s->login, sizeof(s->login));
	free(s);
}

void session_serve(struct server *server, int fd)
{
	struct session *s = session_new(server, fd);

	if (!s)
		return;
	while (session_serve_input(s))
		if (channel_wait(&s->channel, -1, is_silenced(s)) == CHANNEL_BROKEN)
			break;
	session_free(s);
}
