/* SPDX-License-Identifier: MIT */
#include "tokens.h"

#include "tds5.h"
#include "types_wire.h"

enum token {
	TOKEN_RETURNSTATUS = 0x79,
	TOKEN_COLMETADATA = 0x81,
	TOKEN_ERROR = 0xaa,
	TOKEN_INFO = 0xab,
	TOKEN_RETURNVALUE = 0xac,
	TOKEN_LOGINACK = 0xad,
	TOKEN_ROW = 0xd1,
	TOKEN_ENVCHANGE = 0xe3
};

/* The token, and room for its length; bytes_close_u16() fills it in. */
static size_t open_token(struct channel *ch, enum token token)
{
	size_t at;

	bytes_u8(&ch->out, token);
	at = ch->out.len;
	bytes_u16(&ch->out, 0);
	return at;
}

/* [MS-TDS] 2.2.7.14 */
void token_login_ack(struct channel *ch, enum tds_version version)
{
	static const uint32_t numbers[] = {0x71000001, 0x72090002, 0x730b0003, 0x74000004};
	size_t at;

	if (version == TDS_5_0) {
		tds5_login_ack(ch, true);
		return;
	}
	at = open_token(ch, TOKEN_LOGINACK);
	bytes_u8(&ch->out, 1); /* T-SQL */
	bytes_u32_be(&ch->out, numbers[version - TDS_7_1]);
	bytes_b_varchar(&ch->out, "Microsoft SQL Server");
	bytes_u8(&ch->out, 15);
	bytes_u8(&ch->out, 0);
	bytes_u16_be(&ch->out, 2000);
	bytes_close_u16(&ch->out, at);
}

void token_env_text(struct channel *ch, enum env_type type, const char *now, const char *before)
{
	size_t at;

	if (ch->version == TDS_5_0) {
		tds5_env_text(ch, type, now, before);
		return;
	}
	at = open_token(ch, TOKEN_ENVCHANGE);
	bytes_u8(&ch->out, type);
	bytes_b_varchar(&ch->out, now);
	bytes_b_varchar(&ch->out, before);
	bytes_close_u16(&ch->out, at);
}

void token_env_collation(struct channel *ch)
{
	size_t at;

	if (ch->version == TDS_5_0)
		return;
	at = open_token(ch, TOKEN_ENVCHANGE);
	bytes_u8(&ch->out, ENV_COLLATION);
	bytes_u8(&ch->out, WIRE_COLLATION_SIZE);
	buffer_append(&ch->out, WIRE_COLLATION, WIRE_COLLATION_SIZE);
	bytes_u8(&ch->out, 0);
	bytes_close_u16(&ch->out, at);
}

void token_env_transaction(struct channel *ch, enum env_type type, uint64_t descriptor)
{
	size_t at;

	/* [MS-TDS] 2.2.7.9: types 8 to 10 since TDS 7.2; 18 since the bit exists. */
	if (type != ENV_RESET && ch->version < TDS_7_2)
		return;
	at = open_token(ch, TOKEN_ENVCHANGE);
	bytes_u8(&ch->out, type);
	bytes_u8(&ch->out, type == ENV_BEGIN_TRAN ? 8 : 0);
	if (type == ENV_BEGIN_TRAN)
		bytes_u64(&ch->out, descriptor);
	bytes_u8(&ch->out, type == ENV_COMMIT_TRAN || type == ENV_ROLLBACK_TRAN ? 8 : 0);
	if (type == ENV_COMMIT_TRAN || type == ENV_ROLLBACK_TRAN)
		bytes_u64(&ch->out, descriptor);
	bytes_close_u16(&ch->out, at);
}

/* [MS-TDS] 2.2.7.10 and 2.2.7.13 */
void token_message(struct channel *ch, uint32_t number, unsigned severity, unsigned state,
	const char *text, unsigned line)
{
	size_t at;

	if (ch->version == TDS_5_0) {
		tds5_message(ch, number, severity, state, text, line);
		return;
	}
	at = open_token(ch, severity > 10 ? TOKEN_ERROR : TOKEN_INFO);
	bytes_u32(&ch->out, number);
	bytes_u8(&ch->out, state);
	bytes_u8(&ch->out, severity);
	bytes_us_varchar(&ch->out, text);
	bytes_b_varchar(&ch->out, "TDSD");
	bytes_b_varchar(&ch->out, "");
	if (ch->version >= TDS_7_2)
		bytes_u32(&ch->out, line);
	else
		bytes_u16(&ch->out, line);
	bytes_close_u16(&ch->out, at);
}

/* The common part of a column and of a return value: UserType, Flags, TYPE_INFO. */
static void put_type(struct channel *ch, const struct type *type)
{
	enum { FLAG_NULLABLE = 0x0001, FLAG_UPDATABLE = 0x0008 };

	if (ch->version >= TDS_7_2)
		bytes_u32(&ch->out, 0);
	else
		bytes_u16(&ch->out, 0);
	bytes_u16(&ch->out, FLAG_NULLABLE | FLAG_UPDATABLE);
	type_write_info(&ch->out, type, ch->version);
}

/* [MS-TDS] 2.2.7.4 */
void token_columns(struct channel *ch, const struct column *columns, size_t count)
{
	if (ch->version == TDS_5_0) {
		tds5_columns(ch, columns, count);
		return;
	}
	bytes_u8(&ch->out, TOKEN_COLMETADATA);
	bytes_u16(&ch->out, (unsigned)count);
	for (size_t i = 0; i < count; i++) {
		put_type(ch, &columns[i].type);
		bytes_b_varchar(&ch->out, columns[i].name);
	}
}

/* [MS-TDS] 2.2.7.20 */
void token_row_begin(struct channel *ch)
{
	bytes_u8(&ch->out, TOKEN_ROW);
}

void token_value(struct channel *ch, const struct type *type, const struct value *v)
{
	if (ch->version == TDS_5_0)
		tds5_value(ch, type, v);
	else
		type_write_value(&ch->out, type, v, ch->version);
}

/* [MS-TDS] 2.2.7.18 */
void token_return_status(struct channel *ch, int32_t status)
{
	bytes_u8(&ch->out, TOKEN_RETURNSTATUS);
	bytes_u32(&ch->out, (uint32_t)status);
}

/* [MS-TDS] 2.2.7.19 */
void token_return_value(
	struct channel *ch, unsigned ordinal, const char *name, const struct value *v)
{
	enum { STATUS_OUTPUT = 0x01 };

	bytes_u8(&ch->out, TOKEN_RETURNVALUE);
	bytes_u16(&ch->out, ordinal);
	bytes_b_varchar(&ch->out, name);
	bytes_u8(&ch->out, STATUS_OUTPUT);
	put_type(ch, &v->type);
	token_value(ch, &v->type, v);
}

void token_done(
	struct channel *ch, enum done_token token, unsigned status, unsigned command, uint64_t rows)
{
	bytes_u8(&ch->out, token);
	bytes_u16(&ch->out, status);
	bytes_u16(&ch->out, command);
	if (ch->version >= TDS_7_2)
		bytes_u64(&ch->out, rows);
	else
		bytes_u32(&ch->out, (uint32_t)rows);
}
