/* SPDX-License-Identifier: MIT */
#include "tds5.h"

#include "dates.h"

#include <string.h>

enum {
	TOKEN_LANGUAGE = 0x21,
	TOKEN_LOGOUT = 0x71,
	TOKEN_LOGINACK = 0xad,
	TOKEN_ENVCHANGE = 0xe3,
	TOKEN_EED = 0xe5,
	TOKEN_ROWFMT = 0xee
};
enum {
	TYPE5_VARBINARY = 0x25,
	TYPE5_VARCHAR = 0x27,
	TYPE5_LONGCHAR = 0xaf,
	TYPE5_LONGBINARY = 0xe1
};

static size_t open_token(struct channel *ch, unsigned token)
{
	size_t at;

	bytes_u8(&ch->out, token);
	at = ch->out.len;
	bytes_u16(&ch->out, 0);
	return at;
}

static void put_text(struct buffer *b, const char *text)
{
	struct buffer bytes = BUFFER_EMPTY;
	size_t len;

	bytes_latin1(&bytes, text, strlen(text));
	len = bytes.len < 255 ? bytes.len : 255;
	bytes_u8(b, (unsigned)len);
	buffer_append(b, buffer_str(&bytes), len);
	buffer_done(&bytes);
}

void tds5_login_ack(struct channel *ch, bool is_accepted)
{
	enum { LOG_SUCCEED = 5, LOG_FAIL = 6 };
	size_t at = open_token(ch, TOKEN_LOGINACK);

	bytes_u8(&ch->out, is_accepted ? LOG_SUCCEED : LOG_FAIL);
	bytes_u32_be(&ch->out, 0x05000000);
	put_text(&ch->out, "Adaptive Server Enterprise");
	bytes_u32_be(&ch->out, 0x10000000);
	bytes_close_u16(&ch->out, at);
}

void tds5_env_text(struct channel *ch, enum env_type type, const char *now, const char *before)
{
	size_t at = open_token(ch, TOKEN_ENVCHANGE);

	bytes_u8(&ch->out, type);
	put_text(&ch->out, now);
	put_text(&ch->out, before);
	bytes_close_u16(&ch->out, at);
}

void tds5_message(struct channel *ch, uint32_t number, unsigned severity, unsigned state,
	const char *text, unsigned line)
{
	struct buffer bytes = BUFFER_EMPTY;
	size_t at = open_token(ch, TOKEN_EED);

	bytes_latin1(&bytes, text, strlen(text));
	bytes_u32(&ch->out, number);
	bytes_u8(&ch->out, state);
	bytes_u8(&ch->out, severity);
	/* "ZZZZZ": no SQLSTATE; then: no parameters follow, no transaction. */
	put_text(&ch->out, "ZZZZZ");
	bytes_u8(&ch->out, 0);
	bytes_u16(&ch->out, 0);
	bytes_u16(&ch->out, (unsigned)bytes.len);
	buffer_append(&ch->out, buffer_str(&bytes), bytes.len);
	put_text(&ch->out, "TDSD");
	put_text(&ch->out, "");
	bytes_u16(&ch->out, line);
	bytes_close_u16(&ch->out, at);
	buffer_done(&bytes);
}

/* --- results ---------------------------------------------------------------------------------- */

/* TDS 5.0 has fewer types; those that remain are written as TDS 7.1 writes them, but for text. */
static struct type known_type(const struct type *type)
{
	struct type t = *type;

	if (t.kind == TYPE_UNKNOWN)
		t.kind = TYPE_INT;
	else if (t.kind == TYPE_BIT)
		t.kind = TYPE_TINYINT;
	else if (t.kind == TYPE_DECIMAL)
		t.kind = TYPE_FLOAT;
	else if (t.kind == TYPE_DATE || t.kind == TYPE_TIME || t.kind == TYPE_DATETIME2)
		t = (struct type){.kind = TYPE_VARCHAR, .size = DATE_TEXT_SIZE};
	else if (t.kind == TYPE_GUID)
		t = (struct type){.kind = TYPE_VARCHAR, .size = 36};
	else if (type_is_text(t.kind))
		t.kind = TYPE_VARCHAR;
	else if (type_is_binary(t.kind))
		t.kind = TYPE_VARBINARY;
	return t;
}

static bool is_long(const struct type *t)
{
	return t->size == 0 || t->size > 255;
}

void tds5_columns(struct channel *ch, const struct column *columns, size_t count)
{
	enum { STATUS_UPDATABLE = 0x10, STATUS_NULLABLE = 0x20 };
	size_t at = open_token(ch, TOKEN_ROWFMT);

	bytes_u16(&ch->out, (unsigned)count);
	for (size_t i = 0; i < count; i++) {
		struct type t = known_type(&columns[i].type);
		bool is_text = t.kind == TYPE_VARCHAR;
		put_text(&ch->out, columns[i].name);
		bytes_u8(&ch->out, STATUS_UPDATABLE | STATUS_NULLABLE);
		bytes_u32(&ch->out, 0);
		if (!is_text && t.kind != TYPE_VARBINARY) {
			type_write_info(&ch->out, &t, TDS_7_1);
		} else if (is_long(&t)) {
			bytes_u8(&ch->out, is_text ? TYPE5_LONGCHAR : TYPE5_LONGBINARY);
			bytes_u32(&ch->out, t.size ? t.size : 0x7fff);
		} else {
			bytes_u8(&ch->out, is_text ? TYPE5_VARCHAR : TYPE5_VARBINARY);
			bytes_u8(&ch->out, t.size);
		}
		bytes_u8(&ch->out, 0); /* locale */
	}
	bytes_close_u16(&ch->out, at);
}

void tds5_value(struct channel *ch, const struct type *type, const struct value *v)
{
	struct type t = known_type(type);
	struct buffer bytes = BUFFER_EMPTY;
	size_t limit = is_long(&t) ? 0x7fff : t.size;

	if (t.kind != TYPE_VARCHAR && t.kind != TYPE_VARBINARY) {
		type_write_value(&ch->out, &t, v, TDS_7_1);
		return;
	}
	if (v->kind != VALUE_NULL)
		type_write_bytes(&bytes, &t, v);
	/* Nothing at all would be NULL. */
	if (v->kind != VALUE_NULL && bytes.len == 0)
		bytes_u8(&bytes, t.kind == TYPE_VARCHAR ? ' ' : 0);
	if (bytes.len > limit)
		bytes.len = limit;
	if (is_long(&t))
		bytes_u32(&ch->out, (uint32_t)bytes.len);
	else
		bytes_u8(&ch->out, (unsigned)bytes.len);
	buffer_append(&ch->out, buffer_str(&bytes), bytes.len);
	buffer_done(&bytes);
}

/* --- requests --------------------------------------------------------------------------------- */

enum tds5_request tds5_parse(const struct message *m, struct buffer *ret_text)
{
	struct reader r = reader_of(m->body.data, m->body.len);
	unsigned token = reader_u8(&r), status;
	uint32_t len;
	const uint8_t *p;

	if (token == TOKEN_LOGOUT)
		return TDS5_LOGOUT;
	if (token != TOKEN_LANGUAGE)
		return TDS5_UNKNOWN;
	len = reader_u32(&r);
	status = reader_u8(&r);
	p = len > 0 ? reader_bytes(&r, len - 1) : NULL;
	/* Bit 0: parameters follow. */
	if (!p || status & 1)
		return TDS5_UNKNOWN;
	bytes_from_latin1(ret_text, p, len - 1);
	return TDS5_LANGUAGE;
}
