/* SPDX-License-Identifier: MIT */
#ifndef TDSD_TYPES_H
#define TDSD_TYPES_H
/*
 * T-SQL's types: by name as a declaration has them, and on the wire ([MS-TDS] 2.2.5.4, 2.2.5.5).
 *
 * Values are what SQLite has: integers, doubles, UTF-8 text and bytes. Dates and GUIDs are text
 * within the server.
 *
 * Ownership: a value owns its bytes.
 */
#include "base/compiler.h"
#include "bytes.h"
#include "channel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum type_kind {
	TYPE_UNKNOWN,
	TYPE_BIT,
	TYPE_TINYINT,
	TYPE_SMALLINT,
	TYPE_INT,
	TYPE_BIGINT,
	TYPE_REAL,
	TYPE_FLOAT,
	TYPE_SMALLMONEY,
	TYPE_MONEY,
	TYPE_DECIMAL,
	TYPE_SMALLDATETIME,
	TYPE_DATETIME,
	TYPE_DATE,
	TYPE_TIME,
	TYPE_DATETIME2,
	TYPE_CHAR,
	TYPE_VARCHAR,
	TYPE_TEXT,
	TYPE_NCHAR,
	TYPE_NVARCHAR,
	TYPE_NTEXT,
	TYPE_BINARY,
	TYPE_VARBINARY,
	TYPE_IMAGE,
	TYPE_GUID
};

struct type {
	enum type_kind kind;
	uint32_t size; /* characters or bytes; 0: max */
	uint8_t precision, scale;
};

enum value_kind { VALUE_NULL, VALUE_INTEGER, VALUE_REAL, VALUE_TEXT, VALUE_BLOB };

struct value {
	enum value_kind kind;
	struct type type;
	int64_t integer;
	double real;
	char *data; /* text and blob; NUL-terminated */
	size_t len;
};

/* A declaration such as `nvarchar(20)`. TYPE_UNKNOWN for what is no type. */
struct type type_of_declaration(const char *text);
/* The kind's name; for the functions that only carry a kind. */
const char *type_name(enum type_kind kind);
/* What a value of this kind is called when nothing else is known about it. */
struct type type_of_kind(enum type_kind kind);
/* A type in the eight bits of a SQLite subtype: the kind, of some kinds the scale. 0: unknown. */
unsigned type_to_subtype(const struct type *type);
struct type type_of_subtype(unsigned subtype);
bool type_is_text(enum type_kind kind);
bool type_is_binary(enum type_kind kind);
bool type_is_date(enum type_kind kind);

void value_done(struct value *v);
/* False: no memory. */
must_use bool value_set_bytes(struct value *v, enum value_kind kind, const void *data, size_t len);
must_use bool value_copy(const struct value *from, struct value *ret);
/* Numbers out of whatever it is. */
int64_t value_as_integer(const struct value *v);
double value_as_real(const struct value *v);

/* TYPE_INFO ([MS-TDS] 2.2.5.6), and a value of that type as a ROW or RETURNVALUE carries it. What
 * the version does not know goes as what it does: dates as NVARCHAR, MAX as NTEXT. */
void type_write_info(struct buffer *out, const struct type *type, enum tds_version version);
void type_write_value(struct buffer *out, const struct type *type, const struct value *v,
	enum tds_version version);
/* The bytes of a text or binary value alone, as wide as the type has them. */
void type_write_bytes(struct buffer *out, const struct type *type, const struct value *v);
/* TYPE_INFO and value of a parameter ([MS-TDS] 2.2.6.6). False: malformed, or a type that is not
 * known here. The caller owns *ret on success. */
must_use bool type_read(struct reader *r, struct value *ret);

#endif
