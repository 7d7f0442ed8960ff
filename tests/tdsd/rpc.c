/* SPDX-License-Identifier: MIT */
#include "rpc.h"

#include "procedures.h"
#include "server.h"
#include "transaction.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool read_name(struct reader *r, char *ret, size_t size)
{
	struct buffer text = BUFFER_EMPTY;
	unsigned len = reader_u16(r);

	if (len == 0xffff) {
		const char *name = procedure_of_id(reader_u16(r));
		snprintf(ret, size, "%s", name ? name : "");
		return name != NULL;
	}
	reader_text(r, len, &text);
	snprintf(ret, size, "%s", buffer_str(&text));
	buffer_done(&text);
	return !r->failed && ret[0];
}

/* Parameters until the end or until the flag that separates two calls. */
static bool read_parameters(struct reader *r, unsigned separator, struct item **ret)
{
	enum { STATUS_BY_REFERENCE = 0x01 };

	while (reader_left(r) > 0 && !r->failed) {
		struct buffer name = BUFFER_EMPTY;
		struct item *item;
		unsigned status;
		size_t units = reader_u8(r);

		if (units == separator)
			return true;
		reader_text(r, units, &name);
		item = item_add(ret, buffer_str(&name));
		buffer_done(&name);
		status = reader_u8(r);
		if (!item || r->failed || !type_read(r, &item->value))
			return false;
		item->is_output = status & STATUS_BY_REFERENCE;
	}
	return !r->failed;
}

/* What a log shows of a call: its statement, which is not at the same place in all of them. */
static const char *statement_of(struct session *s, const char *name, struct item *arguments)
{
	struct call c = {.s = s, .arguments = arguments};

	if (strcasecmp(name, "sp_executesql") == 0)
		return call_text(&c, "@stmt", 0);
	if (strcasecmp(name, "sp_prepare") == 0 || strcasecmp(name, "sp_prepexec") == 0)
		return call_text(&c, "@stmt", 2);
	for (struct item *p = s->prepared; strcasecmp(name, "sp_execute") == 0 && p; p = p->next)
		if (p->id == call_integer(&c, "@handle", 0, 0))
			return p->text;
	return "";
}

static void run_call(struct session *s, const char *name, struct item *arguments)
{
	unsigned ordinal = 0;
	int32_t status = 0;
	int failure = server_take_failure(s->server);
	bool has_failed;

	s->procedure_depth++;
	if (failure)
		session_error(s, failure, 16, 1, "The statement failed as it was told to.");
	else
		(void)procedure_call(s, name, arguments, &status);
	has_failed = s->has_error;
	s->procedure_depth--;
	session_finish_pending(s);
	if (!has_failed)
		token_return_status(&s->channel, status);
	for (struct item *item = arguments; item; item = item->next, ordinal++)
		if (item->is_output && !has_failed)
			token_return_value(&s->channel, ordinal, item->name, &item->value);
	s->done = (struct pending_done){
		.is_there = true, .token = TOKEN_DONEPROC, .status = has_failed ? DONE_ERROR : 0};
}

void rpc_run(struct session *s, const struct message *m)
{
	struct reader r = reader_of(m->body.data, m->body.len);
	unsigned separator = s->channel.version >= TDS_7_2 ? 0xff : 0x80;
	struct item *arguments = NULL;
	bool is_valid, is_good;
	char name[1024];

	is_good = transaction_headers(s, m, &r, &is_valid);
	while (is_good && reader_left(&r) > 0) {
		is_good = read_name(&r, name, sizeof(name));
		reader_u16(&r); /* OptionFlags */
		is_good = is_good && read_parameters(&r, separator, &arguments);
		if (!is_good)
			break;
		server_count(s->server, COUNT_RPCS);
		server_audit(s->server, "rpc spid=%d status=%02x proc=%s text=%.400s", s->spid,
			m->status, name, statement_of(s, name, arguments));
		if (is_valid)
			run_call(s, name, arguments);
		items_done(&arguments);
	}
	items_done(&arguments);
	if (!is_good)
		s->channel.is_broken = true;
}
