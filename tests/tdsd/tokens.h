/* SPDX-License-Identifier: MIT */
#ifndef TDSD_TOKENS_H
#define TDSD_TOKENS_H
/* The token stream of a reply: [MS-TDS] 2.2.7. Everything is appended to the channel's `out`. */
#include "channel.h"
#include "types.h"

#include <stdbool.h>
#include <stdint.h>

/* [MS-TDS] 2.2.7.9 */
enum env_type {
	ENV_DATABASE = 1,
	ENV_LANGUAGE = 2,
	ENV_PACKET_SIZE = 4,
	ENV_COLLATION = 7,
	ENV_BEGIN_TRAN = 8,
	ENV_COMMIT_TRAN = 9,
	ENV_ROLLBACK_TRAN = 10,
	ENV_RESET = 18
};

/* [MS-TDS] 2.2.7.6 to 2.2.7.8 */
enum done_token { TOKEN_DONE = 0xfd, TOKEN_DONEPROC = 0xfe, TOKEN_DONEINPROC = 0xff };
enum done_status {
	DONE_FINAL = 0x00,
	DONE_MORE = 0x01,
	DONE_ERROR = 0x02,
	DONE_COUNT = 0x10,
	DONE_ATTENTION = 0x20
};
/* CurCmd, which [MS-TDS] leaves open: what SQL Server sends. */
enum done_command {
	COMMAND_NONE = 0,
	COMMAND_SELECT = 0xc1,
	COMMAND_INSERT = 0xc3,
	COMMAND_DELETE = 0xc4,
	COMMAND_UPDATE = 0xc5
};

struct column {
	const char *name;
	struct type type;
	bool is_declared; /* and not guessed */
};

void token_login_ack(struct channel *ch, enum tds_version version);
/* A new and an old text. */
void token_env_text(struct channel *ch, enum env_type type, const char *now, const char *before);
void token_env_collation(struct channel *ch);
/* ENV_BEGIN_TRAN has a new descriptor, the ends have an old one; ENV_RESET has neither. */
void token_env_transaction(struct channel *ch, enum env_type type, uint64_t descriptor);
/* INFO below severity 11, else ERROR. */
void token_message(struct channel *ch, uint32_t number, unsigned severity, unsigned state,
	const char *text, unsigned line);
void token_columns(struct channel *ch, const struct column *columns, size_t count);
void token_row_begin(struct channel *ch);
void token_value(struct channel *ch, const struct type *type, const struct value *v);
void token_return_status(struct channel *ch, int32_t status);
void token_return_value(
	struct channel *ch, unsigned ordinal, const char *name, const struct value *v);
void token_done(struct channel *ch, enum done_token token, unsigned status, unsigned command,
	uint64_t rows);

#endif
