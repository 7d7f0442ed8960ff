/* SPDX-License-Identifier: MIT */
/* How a reply is put together: messages, and DONEs that know whether something follows. */
#include "session.h"

#include <stdio.h>
#include <string.h>

static void keep_caught(struct session *s, int number, const char *text)
{
	s->caught_number = number;
	memcpy(s->caught_text, text, strlen(text) + 1);
}

void session_error(
	struct session *s, int number, unsigned severity, unsigned state, const char *format, ...)
{
	char text[sizeof(s->caught_text)];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (severity > 10) {
		s->error = number;
		s->error_severity = severity;
		s->has_error = true;
		if (s->try_depth > 0 && severity < 20) {
			keep_caught(s, number, text);
			return;
		}
	}
	s->must_close = s->must_close || severity >= 20;
	session_finish_pending(s);
	token_message(&s->channel, (uint32_t)number, severity, state, text, 1);
}

void session_finish_pending(struct session *s)
{
	struct pending_done *d = &s->done;

	if (d->is_there)
		token_done(&s->channel, d->token, d->status | DONE_MORE, d->command, d->rows);
	d->is_there = false;
}

void session_done(struct session *s, unsigned status, unsigned command, uint64_t rows)
{
	session_finish_pending(s);
	s->done = (struct pending_done){.is_there = true,
		.token = s->procedure_depth > 0 ? TOKEN_DONEINPROC : TOKEN_DONE,
		.status = status,
		.command = command,
		.rows = rows};
	if (!(status & DONE_ERROR))
		s->error = 0;
}

void session_done_procedure(struct session *s, int32_t status)
{
	session_finish_pending(s);
	token_return_status(&s->channel, status);
	s->done = (struct pending_done){.is_there = true, .token = TOKEN_DONEPROC};
}

/* [MS-TDS] 2.2.1.7: an attention is acknowledged by a DONE of its own, after what was sent already.
 */
void session_finish(struct session *s)
{
	struct pending_done *d = &s->done;

	if (s->channel.has_attention) {
		session_finish_pending(s);
		token_done(&s->channel, TOKEN_DONE, DONE_ATTENTION, COMMAND_NONE, 0);
	} else if (d->is_there) {
		token_done(&s->channel, d->token, d->status, d->command, d->rows);
	} else {
		token_done(&s->channel, TOKEN_DONE, s->has_error ? DONE_ERROR : DONE_FINAL,
			COMMAND_NONE, 0);
	}
	d->is_there = false;
	s->channel.has_attention = false;
	channel_flush(&s->channel, true);
}
