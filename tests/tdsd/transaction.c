/* SPDX-License-Identifier: MIT */
#include "transaction.h"

#include "server.h"
#include "store.h"

#include <string.h>

void transaction_begin(struct session *s)
{
	if (s->transaction.count++ > 0)
		return;
	pthread_mutex_lock(&s->server->lock);
	s->transaction.descriptor = 0x100000000 + ++s->server->next_transaction;
	pthread_mutex_unlock(&s->server->lock);
	session_finish_pending(s);
	token_env_transaction(&s->channel, ENV_BEGIN_TRAN, s->transaction.descriptor);
}

static void end_transaction(struct session *s, enum env_type type)
{
	uint64_t descriptor = s->transaction.descriptor;

	s->transaction = (struct transaction){0};
	applock_give_all(s->server, s->spid, OWNER_TRANSACTION);
	session_finish_pending(s);
	token_env_transaction(&s->channel, type, descriptor);
}

void transaction_commit(struct session *s)
{
	if (s->transaction.count == 0) {
		session_error(s, 3902, 16, 1,
			"The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION.");
	} else if (s->transaction.is_doomed) {
		session_error(s, 3930, 16, 1,
			"The current transaction cannot be committed and cannot support operations "
			"that "
			"write to the log file. Roll back the transaction.");
	} else if (s->transaction.count > 1) {
		s->transaction.count--;
	} else {
		store_commit(s);
		end_transaction(s, ENV_COMMIT_TRAN);
	}
}

void transaction_rollback_all(struct session *s)
{
	if (s->transaction.count == 0)
		return;
	store_rollback(s);
	end_transaction(s, ENV_ROLLBACK_TRAN);
}

void transaction_abandon(struct session *s)
{
	store_rollback(s);
	s->transaction = (struct transaction){0};
	applock_give_all(s->server, s->spid, OWNER_TRANSACTION);
}

void transaction_rollback(struct session *s, const char *name)
{
	if (s->transaction.count == 0)
		session_error(s, 3903, 16, 1,
			"The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.");
	else if (!name[0])
		transaction_rollback_all(s);
	else if (!store_rollback_to(s, name))
		session_error(s, 6401, 16, 1,
			"Cannot roll back %s. No transaction or savepoint of that name was found.",
			name);
}

void transaction_save(struct session *s, const char *name)
{
	if (s->transaction.count == 0)
		session_error(s, 628, 16, 0,
			"Cannot issue SAVE TRANSACTION when there is no active transaction.");
	else if (!store_savepoint(s, name))
		session_error(s, 50000, 16, 1, "tdsd: no savepoint");
}

bool transaction_headers(
	struct session *s, const struct message *m, struct reader *r, bool *ret_is_valid)
{
	enum { HEADER_TRANSACTION = 2 };
	struct reader headers;
	uint32_t total;
	const uint8_t *p;

	*ret_is_valid = true;
	if (s->channel.version < TDS_7_2)
		return true;
	total = reader_u32(r);
	p = total >= 4 ? reader_bytes(r, total - 4) : NULL;
	if (!p)
		return false;
	headers = reader_of(p, total - 4);
	while (reader_left(&headers) > 0 && !headers.failed) {
		uint32_t len = reader_u32(&headers);
		unsigned type = reader_u16(&headers);
		struct reader header;
		p = len >= 6 ? reader_bytes(&headers, len - 6) : NULL;
		if (!p)
			return false;
		header = reader_of(p, len - 6);
		if (type == HEADER_TRANSACTION) {
			uint64_t descriptor = reader_u64(&header);
			/* Who asks for a reset cannot know yet that it has ended a transaction. */
			*ret_is_valid = descriptor == 0 || m->status & STATUS_RESET ||
					descriptor == s->transaction.descriptor;
			if (!*ret_is_valid)
				session_error(s, 3971, 16, 1,
					"The server failed to resume the transaction. Desc:%llx.",
					(unsigned long long)descriptor);
		}
	}
	return !headers.failed;
}

/* [MS-TDS] 2.2.6.9 */
enum request {
	TM_GET_DTC_ADDRESS = 0,
	TM_PROPAGATE_XACT = 1,
	TM_BEGIN_XACT = 5,
	TM_PROMOTE_XACT = 6,
	TM_COMMIT_XACT = 7,
	TM_ROLLBACK_XACT = 8,
	TM_SAVE_XACT = 9
};

static const char *request_name(unsigned request)
{
	switch (request) {
	case TM_BEGIN_XACT:
		return "begin";
	case TM_COMMIT_XACT:
		return "commit";
	case TM_ROLLBACK_XACT:
		return "rollback";
	case TM_SAVE_XACT:
		return "save";
	default:
		return "other";
	}
}

static void begin_with(struct session *s, unsigned isolation)
{
	if (isolation >= ISOLATION_READ_UNCOMMITTED && isolation <= ISOLATION_SNAPSHOT)
		s->isolation = (enum isolation)isolation;
	transaction_begin(s);
}

/* fBeginXact: a new one at once, with the level and name that follow. */
static void perhaps_begin(struct session *s, struct reader *r)
{
	enum { FLAG_BEGIN = 0x01 };

	if (reader_u8(r) & FLAG_BEGIN && !r->failed)
		begin_with(s, reader_u8(r));
}

static void read_name(struct reader *r, char *ret, size_t size)
{
	struct buffer name = BUFFER_EMPTY;
	size_t len = reader_u8(r);

	reader_text(r, len / 2, &name);
	strncpy(ret, buffer_str(&name), size - 1);
	ret[size - 1] = '\0';
	buffer_done(&name);
}

bool transaction_request(struct session *s, const struct message *m)
{
	struct reader r = reader_of(m->body.data, m->body.len);
	bool is_valid;
	unsigned request;
	char name[NAME_SIZE];

	if (!transaction_headers(s, m, &r, &is_valid))
		return false;
	request = reader_u16(&r);
	server_count(s->server, COUNT_TRANSACTIONS);
	server_audit(s->server, "transaction spid=%d status=%02x request=%s isolation=%d", s->spid,
		m->status, request_name(request),
		request == TM_BEGIN_XACT && reader_left(&r) > 0 ? r.at[0] : 0);
	if (r.failed)
		return false;
	switch (is_valid ? request : UINT32_MAX) {
	case TM_BEGIN_XACT:
		begin_with(s, reader_u8(&r));
		break;
	case TM_COMMIT_XACT:
		read_name(&r, name, sizeof(name));
		transaction_commit(s);
		perhaps_begin(s, &r);
		break;
	case TM_ROLLBACK_XACT:
		read_name(&r, name, sizeof(name));
		transaction_rollback(s, name);
		perhaps_begin(s, &r);
		break;
	case TM_SAVE_XACT:
		read_name(&r, name, sizeof(name));
		transaction_save(s, name);
		break;
	case TM_GET_DTC_ADDRESS:
	case TM_PROPAGATE_XACT:
	case TM_PROMOTE_XACT:
		session_error(s, 8501, 16, 3, "MSDTC on server 'TDSD' is unavailable.");
		break;
	case UINT32_MAX:
		break;
	default:
		return false;
	}
	session_done(s, s->has_error ? DONE_ERROR : 0, COMMAND_NONE, 0);
	return true;
}
