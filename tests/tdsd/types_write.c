/* SPDX-License-Identifier: MIT */
/* Types and values as the server sends them: [MS-TDS] 2.2.5.4 to 2.2.5.6. */
#include "types_wire.h"

#include "dates.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_wide(enum type_kind kind)
{
	return kind == TYPE_NCHAR || kind == TYPE_NVARCHAR || kind == TYPE_NTEXT;
}

/* What the client's version knows. */
static struct type for_version(const struct type *type, enum tds_version version)
{
	struct type t = *type;
	uint32_t limit = is_wide(t.kind) ? 4000 : 8000;

	if (t.kind == TYPE_UNKNOWN) {
		t.kind = TYPE_INT;
	} else if (version < TDS_7_3 &&
		   (t.kind == TYPE_DATE || t.kind == TYPE_TIME || t.kind == TYPE_DATETIME2)) {
		t = (struct type){.kind = TYPE_NVARCHAR, .size = 27};
	} else if (type_is_text(t.kind) || type_is_binary(t.kind)) {
		if (t.size > limit)
			t.size = 0;
		if (t.size == 0 && version < TDS_7_2)
			t.kind = type_is_binary(t.kind) ? TYPE_IMAGE
				 : is_wide(t.kind)	? TYPE_NTEXT
							: TYPE_TEXT;
	}
	return t;
}

static void write_collation(struct buffer *out)
{
	buffer_append(out, WIRE_COLLATION, WIRE_COLLATION_SIZE);
}

static void write_sized(struct buffer *out, unsigned wire, const struct type *t, bool has_collation)
{
	size_t width = is_wide(t->kind) ? 2 : 1;

	bytes_u8(out, wire);
	bytes_u16(out, t->size == 0 ? 0xffff : (unsigned)(t->size * width));
	if (has_collation)
		write_collation(out);
}

/* [MS-TDS] 2.2.5.6; TEXT, NTEXT and IMAGE also name a table. */
static void write_long(
	struct buffer *out, unsigned wire, bool has_collation, enum tds_version version)
{
	bytes_u8(out, wire);
	bytes_u32(out, 0x7fffffff);
	if (has_collation)
		write_collation(out);
	if (version >= TDS_7_2)
		bytes_u8(out, 1);
	bytes_us_varchar(out, "t");
}

static void write_nullable(struct buffer *out, unsigned wire, unsigned size)
{
	bytes_u8(out, wire);
	bytes_u8(out, size);
}

void type_write_info(struct buffer *out, const struct type *type, enum tds_version version)
{
	struct type t = for_version(type, version);

	switch (t.kind) {
	case TYPE_BIT:
		return write_nullable(out, WIRE_BITN, 1);
	case TYPE_TINYINT:
		return write_nullable(out, WIRE_INTN, 1);
	case TYPE_SMALLINT:
		return write_nullable(out, WIRE_INTN, 2);
	case TYPE_UNKNOWN:
	case TYPE_INT:
		return write_nullable(out, WIRE_INTN, 4);
	case TYPE_BIGINT:
		return write_nullable(out, WIRE_INTN, 8);
	case TYPE_REAL:
		return write_nullable(out, WIRE_FLTN, 4);
	case TYPE_FLOAT:
		return write_nullable(out, WIRE_FLTN, 8);
	case TYPE_SMALLMONEY:
		return write_nullable(out, WIRE_MONEYN, 4);
	case TYPE_MONEY:
		return write_nullable(out, WIRE_MONEYN, 8);
	case TYPE_DECIMAL:
		write_nullable(out, WIRE_DECIMALN, wire_decimal_size(t.precision));
		bytes_u8(out, t.precision);
		return bytes_u8(out, t.scale);
	case TYPE_SMALLDATETIME:
		return write_nullable(out, WIRE_DATETIMN, 4);
	case TYPE_DATETIME:
		return write_nullable(out, WIRE_DATETIMN, 8);
	case TYPE_DATE:
		return bytes_u8(out, WIRE_DATEN);
	case TYPE_TIME:
		return write_nullable(out, WIRE_TIMEN, t.scale);
	case TYPE_DATETIME2:
		return write_nullable(out, WIRE_DATETIME2N, t.scale);
	case TYPE_CHAR:
		return write_sized(out, t.size ? WIRE_BIGCHAR : WIRE_BIGVARCHAR, &t, true);
	case TYPE_VARCHAR:
		return write_sized(out, WIRE_BIGVARCHAR, &t, true);
	case TYPE_NCHAR:
		return write_sized(out, t.size ? WIRE_NCHAR : WIRE_NVARCHAR, &t, true);
	case TYPE_NVARCHAR:
		return write_sized(out, WIRE_NVARCHAR, &t, true);
	case TYPE_BINARY:
		return write_sized(out, t.size ? WIRE_BIGBINARY : WIRE_BIGVARBINARY, &t, false);
	case TYPE_VARBINARY:
		return write_sized(out, WIRE_BIGVARBINARY, &t, false);
	case TYPE_TEXT:
		return write_long(out, WIRE_TEXT, true, version);
	case TYPE_NTEXT:
		return write_long(out, WIRE_NTEXT, true, version);
	case TYPE_IMAGE:
		return write_long(out, WIRE_IMAGE, false, version);
	case TYPE_GUID:
		return write_nullable(out, WIRE_GUID, 16);
	}
}

static void print_value(const struct value *v, char *ret, size_t size)
{
	if (v->kind == VALUE_INTEGER)
		snprintf(ret, size, "%" PRId64, v->integer);
	else if (v->kind == VALUE_REAL)
		snprintf(ret, size, "%.15g", v->real);
	else
		snprintf(ret, size, "%s", v->data ? v->data : "");
}

void type_write_bytes(struct buffer *out, const struct type *t, const struct value *v)
{
	char digits[64];
	const char *data = v->data;
	size_t len = v->len;
	size_t limit = (size_t)t->size * (is_wide(t->kind) ? 2 : 1);

	if (v->kind == VALUE_INTEGER || v->kind == VALUE_REAL) {
		print_value(v, digits, sizeof(digits));
		data = digits;
		len = strlen(digits);
	}
	if (type_is_binary(t->kind) || (v->kind == VALUE_BLOB && !type_is_text(t->kind)))
		buffer_append(out, data ? data : "", len);
	else if (is_wide(t->kind))
		bytes_text(out, data ? data : "", len);
	else
		bytes_latin1(out, data ? data : "", len);
	if (limit > 0 && out->len > limit)
		out->len = limit;
	while ((t->kind == TYPE_CHAR || t->kind == TYPE_NCHAR) && out->len < limit)
		is_wide(t->kind) ? bytes_u16(out, ' ') : bytes_u8(out, ' ');
	while (t->kind == TYPE_BINARY && out->len < limit)
		bytes_u8(out, 0);
}

static void write_bytes(struct buffer *out, const struct type *t, const struct value *v)
{
	struct buffer bytes = BUFFER_EMPTY;
	bool is_long = t->kind == TYPE_TEXT || t->kind == TYPE_NTEXT || t->kind == TYPE_IMAGE;

	type_write_bytes(&bytes, t, v);
	if (is_long) {
		/* A text pointer and a time stamp of which nobody makes use. */
		bytes_u8(out, 16);
		buffer_append(out, "tdsd text pointertdsd tim", 24);
		bytes_u32(out, (uint32_t)bytes.len);
		buffer_append(out, buffer_str(&bytes), bytes.len);
	} else if (t->size == 0) {
		/* [MS-TDS] 2.2.5.2.3: PLP, in one chunk. */
		bytes_u64(out, bytes.len);
		if (bytes.len > 0) {
			bytes_u32(out, (uint32_t)bytes.len);
			buffer_append(out, buffer_str(&bytes), bytes.len);
		}
		bytes_u32(out, 0);
	} else {
		bytes_u16(out, (unsigned)bytes.len);
		buffer_append(out, buffer_str(&bytes), bytes.len);
	}
	out->failed = out->failed || bytes.failed;
	buffer_done(&bytes);
}

static void write_money(struct buffer *out, const struct type *t, const struct value *v)
{
	int64_t amount = llround(value_as_real(v) * 10000);

	if (t->kind == TYPE_SMALLMONEY) {
		bytes_u8(out, 4);
		bytes_u32(out, (uint32_t)amount);
		return;
	}
	/* [MS-TDS] 2.2.5.5.1.4: the high half first. */
	bytes_u8(out, 8);
	bytes_u32(out, (uint32_t)((uint64_t)amount >> 32));
	bytes_u32(out, (uint32_t)amount);
}

/* [MS-TDS] 2.2.5.5.1.6: sign, then the digits as one integer. SQLite has no more than a double of
 * it. */
static void write_decimal(struct buffer *out, const struct type *t, const struct value *v)
{
	size_t size = wire_decimal_size(t->precision);
	long double digits =
		v->kind == VALUE_TEXT ? strtold(v->data, NULL) : (long double)value_as_real(v);
	uint64_t magnitude;

	if (v->kind == VALUE_INTEGER)
		digits = (long double)v->integer;
	for (int i = 0; i < t->scale; i++)
		digits *= 10;
	digits = roundl(digits);
	magnitude = fabsl(digits) < 1.8e19L ? (uint64_t)fabsl(digits) : UINT64_MAX;
	bytes_u8(out, (unsigned)size);
	bytes_u8(out, digits >= 0);
	for (size_t i = 1; i < size; i++)
		bytes_u8(out, i <= 8 ? (unsigned)(magnitude >> (8 * (i - 1)) & 0xff) : 0);
}

static struct date date_of(const struct value *v)
{
	struct date d = {DATE_DAY_1900, 0};
	char text[64];

	print_value(v, text, sizeof(text));
	if (!date_parse(text, &d))
		d = (struct date){DATE_DAY_1900, 0};
	return d;
}

static void write_ticks(struct buffer *out, const struct type *t, int64_t tick)
{
	size_t size = wire_time_size(t->scale);

	for (int i = 7; i > t->scale; i--)
		tick /= 10;
	for (size_t i = 0; i < size; i++)
		bytes_u8(out, (unsigned)(tick >> (8 * i) & 0xff));
}

static void write_days(struct buffer *out, int32_t days)
{
	bytes_u16(out, (unsigned)days & 0xffff);
	bytes_u8(out, (unsigned)days >> 16 & 0xff);
}

/* [MS-TDS] 2.2.5.5.1.8 */
static void write_date(struct buffer *out, const struct type *t, const struct value *v)
{
	struct date d = date_of(v);

	if (t->kind == TYPE_DATETIME) {
		bytes_u8(out, 8);
		bytes_u32(out, (uint32_t)(d.day - DATE_DAY_1900));
		bytes_u32(out, (uint32_t)((d.tick * 3 + 50000) / 100000));
	} else if (t->kind == TYPE_SMALLDATETIME) {
		bytes_u8(out, 4);
		bytes_u16(out, (unsigned)(d.day - DATE_DAY_1900));
		bytes_u16(out, (unsigned)(d.tick / 600000000));
	} else if (t->kind == TYPE_DATE) {
		bytes_u8(out, 3);
		write_days(out, d.day);
	} else if (t->kind == TYPE_TIME) {
		bytes_u8(out, (unsigned)wire_time_size(t->scale));
		write_ticks(out, t, d.tick);
	} else {
		bytes_u8(out, (unsigned)wire_time_size(t->scale) + 3);
		write_ticks(out, t, d.tick);
		write_days(out, d.day);
	}
}

static void write_guid(struct buffer *out, const struct value *v)
{
	/* The first three groups are little-endian numbers. */
	static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
	uint8_t bytes[16] = {0};
	size_t digits = 0;

	for (const char *p = v->data ? v->data : ""; *p && digits < 32; p++) {
		const char *at = strchr("0123456789abcdef", *p | 0x20);
		if (*p == '-' || !at)
			continue;
		bytes[digits / 2] |= (uint8_t)((at - "0123456789abcdef") << (digits % 2 ? 0 : 4));
		digits++;
	}
	bytes_u8(out, 16);
	for (size_t i = 0; i < 16; i++)
		bytes_u8(out, bytes[order[i]]);
}

static void write_null(struct buffer *out, const struct type *t)
{
	if (t->kind == TYPE_TEXT || t->kind == TYPE_NTEXT || t->kind == TYPE_IMAGE)
		bytes_u8(out, 0);
	else if (!type_is_text(t->kind) && !type_is_binary(t->kind))
		bytes_u8(out, 0);
	else if (t->size == 0)
		bytes_u64(out, UINT64_MAX);
	else
		bytes_u16(out, 0xffff);
}

static void write_integer(struct buffer *out, size_t size, int64_t value)
{
	bytes_u8(out, (unsigned)size);
	for (size_t i = 0; i < size; i++)
		bytes_u8(out, (unsigned)((uint64_t)value >> (8 * i) & 0xff));
}

void type_write_value(struct buffer *out, const struct type *type, const struct value *v,
	enum tds_version version)
{
	struct type t = for_version(type, version);

	if (v->kind == VALUE_NULL)
		return write_null(out, &t);
	switch (t.kind) {
	case TYPE_BIT:
		return write_integer(out, 1,
			value_as_integer(v) != 0 ||
				(v->kind == VALUE_TEXT && strcasecmp(v->data, "true") == 0));
	case TYPE_TINYINT:
		return write_integer(out, 1, value_as_integer(v));
	case TYPE_SMALLINT:
		return write_integer(out, 2, value_as_integer(v));
	case TYPE_UNKNOWN:
	case TYPE_INT:
		return write_integer(out, 4, value_as_integer(v));
	case TYPE_BIGINT:
		return write_integer(out, 8, value_as_integer(v));
	case TYPE_REAL:
		bytes_u8(out, 4);
		return bytes_float(out, value_as_real(v));
	case TYPE_FLOAT:
		bytes_u8(out, 8);
		return bytes_double(out, value_as_real(v));
	case TYPE_SMALLMONEY:
	case TYPE_MONEY:
		return write_money(out, &t, v);
	case TYPE_DECIMAL:
		return write_decimal(out, &t, v);
	case TYPE_SMALLDATETIME:
	case TYPE_DATETIME:
	case TYPE_DATE:
	case TYPE_TIME:
	case TYPE_DATETIME2:
		return write_date(out, &t, v);
	case TYPE_CHAR:
	case TYPE_VARCHAR:
	case TYPE_TEXT:
	case TYPE_NCHAR:
	case TYPE_NVARCHAR:
	case TYPE_NTEXT:
	case TYPE_BINARY:
	case TYPE_VARBINARY:
	case TYPE_IMAGE:
		return write_bytes(out, &t, v);
	case TYPE_GUID:
		return write_guid(out, v);
	}
}
