/* SPDX-License-Identifier: MIT */
#ifndef TDSD_TDS5_H
#define TDSD_TDS5_H
/*
 * As much of Sybase's TDS 5.0 as FreeTDS needs for statements without parameters: the login,
 * language commands, their results, the logout. The statements are still SQL Server's, and so are
 * the errors.
 *
 * Source: "TDS 5.0 Functional Specification", Sybase, 1999; the tokens are named as there. Text is
 * one byte a character.
 */
#include "channel.h"
#include "session.h"
#include "tokens.h"

/* What tokens.h promises, for a channel of version TDS_5_0. */
void tds5_login_ack(struct channel *ch, bool is_accepted);
void tds5_env_text(struct channel *ch, enum env_type type, const char *now, const char *before);
void tds5_message(struct channel *ch, uint32_t number, unsigned severity, unsigned state,
	const char *text, unsigned line);
void tds5_columns(struct channel *ch, const struct column *columns, size_t count);
void tds5_value(struct channel *ch, const struct type *type, const struct value *v);

enum tds5_request { TDS5_LANGUAGE, TDS5_LOGOUT, TDS5_UNKNOWN };
/* What a message of packet type 15 asks for; a language command's text, appended as UTF-8. */
enum tds5_request tds5_parse(const struct message *m, struct buffer *ret_text);

#endif
