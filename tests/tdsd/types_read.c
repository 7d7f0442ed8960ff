/* SPDX-License-Identifier: MIT */
/* Parameters as clients send them: TYPE_INFO and value, [MS-TDS] 2.2.5.6 and 2.2.6.6. */
#include "types_wire.h"

#include "dates.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct wire_info {
	unsigned wire;
	uint32_t size; /* in bytes; 0xffff of a varying type: PLP */
	uint8_t precision, scale;
};

static bool is_fixed(unsigned wire, uint32_t *ret_size)
{
	static const struct {
		uint8_t wire, size;
	} fixed[] = {{WIRE_NULL, 0}, {WIRE_INT1, 1}, {WIRE_BIT, 1}, {WIRE_INT2, 2}, {WIRE_INT4, 4},
		{WIRE_DATETIM4, 4}, {WIRE_FLT4, 4}, {WIRE_MONEY, 8}, {WIRE_DATETIME, 8},
		{WIRE_FLT8, 8}, {WIRE_MONEY4, 4}, {WIRE_INT8, 8}};

	for (size_t i = 0; i < array_size(fixed); i++) {
		if (fixed[i].wire != wire)
			continue;
		*ret_size = fixed[i].size;
		return true;
	}
	return false;
}

static bool read_info(struct reader *r, struct wire_info *ret)
{
	struct wire_info w = {.wire = reader_u8(r)};

	if (is_fixed(w.wire, &w.size)) {
		*ret = w;
		return !r->failed;
	}
	switch (w.wire) {
	case WIRE_GUID:
	case WIRE_INTN:
	case WIRE_BITN:
	case WIRE_FLTN:
	case WIRE_MONEYN:
	case WIRE_DATETIMN:
		w.size = reader_u8(r);
		break;
	case WIRE_DATEN:
		w.size = 3;
		break;
	case WIRE_TIMEN:
	case WIRE_DATETIME2N:
		w.scale = reader_u8(r);
		break;
	case WIRE_DECIMALN:
	case WIRE_NUMERICN:
		w.size = reader_u8(r);
		w.precision = reader_u8(r);
		w.scale = reader_u8(r);
		break;
	case WIRE_BIGVARCHAR:
	case WIRE_BIGCHAR:
	case WIRE_NVARCHAR:
	case WIRE_NCHAR:
		w.size = reader_u16(r);
		reader_bytes(r, WIRE_COLLATION_SIZE);
		break;
	case WIRE_BIGVARBINARY:
	case WIRE_BIGBINARY:
		w.size = reader_u16(r);
		break;
	case WIRE_TEXT:
	case WIRE_NTEXT:
		w.size = reader_u32(r);
		reader_bytes(r, WIRE_COLLATION_SIZE);
		break;
	case WIRE_IMAGE:
		w.size = reader_u32(r);
		break;
	default:
		return false;
	}
	*ret = w;
	return !r->failed;
}

static bool is_sized(unsigned wire)
{
	return wire == WIRE_BIGVARCHAR || wire == WIRE_BIGCHAR || wire == WIRE_NVARCHAR ||
	       wire == WIRE_NCHAR || wire == WIRE_BIGVARBINARY || wire == WIRE_BIGBINARY;
}

static bool is_long(unsigned wire)
{
	return wire == WIRE_TEXT || wire == WIRE_NTEXT || wire == WIRE_IMAGE;
}

/* [MS-TDS] 2.2.5.2.3: chunks until an empty one; an unknown total length is allowed. */
static bool read_plp(struct reader *r, struct buffer *to, bool *ret_is_null)
{
	uint64_t total = reader_u64(r);

	*ret_is_null = total == UINT64_MAX;
	while (!*ret_is_null && !r->failed) {
		uint32_t len = reader_u32(r);
		const uint8_t *p;
		if (len == 0)
			break;
		p = reader_bytes(r, len);
		if (p)
			buffer_append(to, p, len);
	}
	return !r->failed;
}

/* The value's bytes, however their length is written. */
static bool read_bytes(
	struct reader *r, const struct wire_info *w, struct buffer *to, bool *ret_is_null)
{
	uint32_t fixed, len;
	const uint8_t *p;

	if (is_sized(w->wire) && w->size == 0xffff)
		return read_plp(r, to, ret_is_null);
	if (is_fixed(w->wire, &fixed)) {
		len = fixed;
		*ret_is_null = w->wire == WIRE_NULL;
	} else if (is_sized(w->wire)) {
		len = reader_u16(r);
		*ret_is_null = len == 0xffff;
	} else if (is_long(w->wire)) {
		len = reader_u32(r);
		*ret_is_null = len == UINT32_MAX;
	} else {
		len = reader_u8(r);
		*ret_is_null = len == 0;
	}
	if (*ret_is_null)
		return !r->failed;
	p = reader_bytes(r, len);
	if (p)
		buffer_append(to, p, len);
	return p && !to->failed;
}

static enum type_kind by_size(uint32_t size, enum type_kind one, enum type_kind two,
	enum type_kind four, enum type_kind eight)
{
	return size == 1 ? one : size == 2 ? two : size == 4 ? four : eight;
}

static struct type type_of_info(const struct wire_info *w)
{
	static const struct {
		uint8_t wire, kind, width;
	} kinds[] = {{WIRE_BIT, TYPE_BIT, 0}, {WIRE_BITN, TYPE_BIT, 0}, {WIRE_GUID, TYPE_GUID, 0},
		{WIRE_INT1, TYPE_TINYINT, 0}, {WIRE_INT2, TYPE_SMALLINT, 0},
		{WIRE_INT4, TYPE_INT, 0}, {WIRE_INT8, TYPE_BIGINT, 0}, {WIRE_FLT4, TYPE_REAL, 0},
		{WIRE_FLT8, TYPE_FLOAT, 0}, {WIRE_MONEY, TYPE_MONEY, 0},
		{WIRE_MONEY4, TYPE_SMALLMONEY, 0}, {WIRE_DATETIME, TYPE_DATETIME, 0},
		{WIRE_DATETIM4, TYPE_SMALLDATETIME, 0}, {WIRE_DATEN, TYPE_DATE, 0},
		{WIRE_TIMEN, TYPE_TIME, 0}, {WIRE_DATETIME2N, TYPE_DATETIME2, 0},
		{WIRE_DECIMALN, TYPE_DECIMAL, 0}, {WIRE_NUMERICN, TYPE_DECIMAL, 0},
		{WIRE_BIGVARCHAR, TYPE_VARCHAR, 1}, {WIRE_BIGCHAR, TYPE_VARCHAR, 1},
		{WIRE_TEXT, TYPE_VARCHAR, 1}, {WIRE_NVARCHAR, TYPE_NVARCHAR, 2},
		{WIRE_NCHAR, TYPE_NVARCHAR, 2}, {WIRE_NTEXT, TYPE_NVARCHAR, 2},
		{WIRE_BIGVARBINARY, TYPE_VARBINARY, 1}, {WIRE_BIGBINARY, TYPE_VARBINARY, 1},
		{WIRE_IMAGE, TYPE_VARBINARY, 1}};
	struct type t = {.kind = TYPE_INT, .precision = w->precision, .scale = w->scale};

	for (size_t i = 0; i < array_size(kinds); i++) {
		if (kinds[i].wire != w->wire)
			continue;
		t.kind = kinds[i].kind;
		if (kinds[i].width > 0 && w->size < 0xffff)
			t.size = w->size / kinds[i].width;
	}
	if (w->wire == WIRE_INTN)
		t.kind = by_size(w->size, TYPE_TINYINT, TYPE_SMALLINT, TYPE_INT, TYPE_BIGINT);
	else if (w->wire == WIRE_FLTN)
		t.kind = w->size == 4 ? TYPE_REAL : TYPE_FLOAT;
	else if (w->wire == WIRE_MONEYN)
		t.kind = w->size == 4 ? TYPE_SMALLMONEY : TYPE_MONEY;
	else if (w->wire == WIRE_DATETIMN)
		t.kind = w->size == 4 ? TYPE_SMALLDATETIME : TYPE_DATETIME;
	return t;
}

static int64_t integer_of(const struct buffer *b)
{
	uint64_t value = 0;

	for (size_t i = b->len < 8 ? b->len : 8; i > 0; i--)
		value = value << 8 | (uint8_t)b->data[i - 1];
	switch (b->len) {
	case 2:
		return (int16_t)value;
	case 4:
		return (int32_t)value;
	default:
		return (int64_t)value;
	}
}

static bool take_text(struct value *v, const struct buffer *b)
{
	struct reader r = reader_of(b->data, b->len);
	struct buffer text = BUFFER_EMPTY;
	bool is_done;

	if (v->type.kind == TYPE_NVARCHAR) {
		reader_text(&r, b->len / 2, &text);
	} else {
		bytes_from_latin1(&text, b->data, b->len);
	}
	is_done = !text.failed && value_set_bytes(v, VALUE_TEXT, buffer_str(&text), text.len);
	buffer_done(&text);
	return is_done;
}

static bool take_date(struct value *v, const struct buffer *b)
{
	struct reader r = reader_of(b->data, b->len);
	struct date d = {DATE_DAY_1900, 0};
	char text[DATE_TEXT_SIZE];
	int64_t days;

	if (v->type.kind == TYPE_DATETIME) {
		days = (int32_t)reader_u32(&r);
		d.tick = (int64_t)reader_u32(&r) * 100000 / 3;
		d.day += (int32_t)(days < -53690 ? -53690 : days > 2958463 ? 2958463 : days);
	} else if (v->type.kind == TYPE_SMALLDATETIME) {
		d.day += reader_u16(&r);
		d.tick = (int64_t)reader_u16(&r) * 600000000;
	} else {
		size_t size = v->type.kind == TYPE_DATE ? 0 : wire_time_size(v->type.scale);
		for (size_t i = 0; i < size; i++)
			d.tick |= (int64_t)reader_u8(&r) << (8 * i);
		for (int i = v->type.scale; size > 0 && i < 7; i++)
			d.tick *= 10;
		if (v->type.kind != TYPE_TIME) {
			d.day = reader_u16(&r);
			d.day |= reader_u8(&r) << 16;
		}
	}
	if (r.failed || d.tick < 0 || d.tick >= 864000000000 || d.day > 3652058)
		return false;
	date_print(d, v->type.kind != TYPE_TIME,
		v->type.kind == TYPE_DATE	     ? -1
		: v->type.kind == TYPE_DATETIME	     ? 3
		: v->type.kind == TYPE_SMALLDATETIME ? 0
						     : v->type.scale,
		text);
	return value_set_bytes(v, VALUE_TEXT, text, strlen(text));
}

static bool take_decimal(struct value *v, const struct buffer *b)
{
	long double digits = 0;

	for (size_t i = b->len; i > 1; i--)
		digits = digits * 256 + (uint8_t)b->data[i - 1];
	for (int i = 0; i < v->type.scale; i++)
		digits /= 10;
	v->kind = VALUE_REAL;
	v->real = (double)(b->data[0] ? digits : -digits);
	if (v->type.scale == 0 && fabs(v->real) < 9e15) {
		v->kind = VALUE_INTEGER;
		v->integer = (int64_t)v->real;
	}
	return v->type.scale <= 38;
}

static bool take_guid(struct value *v, const struct buffer *b)
{
	static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
	char text[37];
	size_t n = 0;

	if (b->len != 16)
		return false;
	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text[n++] = '-';
		n += (size_t)snprintf(
			text + n, sizeof(text) - n, "%02X", (uint8_t)b->data[order[i]]);
	}
	return value_set_bytes(v, VALUE_TEXT, text, n);
}

static bool take_number(struct value *v, const struct buffer *b)
{
	float narrow;

	if (v->type.kind == TYPE_REAL || v->type.kind == TYPE_FLOAT) {
		if (b->len != (v->type.kind == TYPE_REAL ? 4 : 8))
			return false;
		v->kind = VALUE_REAL;
		if (b->len == 8)
			memcpy(&v->real, b->data, 8);
		else
			v->real = (memcpy(&narrow, b->data, 4), (double)narrow);
		return true;
	}
	v->kind = VALUE_INTEGER;
	v->integer = integer_of(b);
	if (v->type.kind == TYPE_MONEY || v->type.kind == TYPE_SMALLMONEY) {
		uint64_t halves = (uint64_t)v->integer;
		if (b->len == 8)
			v->integer = (int64_t)(halves << 32 | halves >> 32);
		v->real = (double)v->integer / 10000;
		v->kind = VALUE_REAL;
	}
	return true;
}

static bool take(struct value *v, const struct buffer *b)
{
	if (type_is_text(v->type.kind))
		return take_text(v, b);
	if (type_is_binary(v->type.kind))
		return value_set_bytes(v, VALUE_BLOB, buffer_str(b), b->len);
	if (b->len == 0)
		return false;
	if (type_is_date(v->type.kind))
		return take_date(v, b);
	if (v->type.kind == TYPE_DECIMAL)
		return take_decimal(v, b);
	return v->type.kind == TYPE_GUID ? take_guid(v, b) : take_number(v, b);
}

bool type_read(struct reader *r, struct value *ret)
{
	struct value v = {.kind = VALUE_NULL};
	struct buffer bytes = BUFFER_EMPTY;
	struct wire_info w;
	bool is_null = true, is_good;

	if (!read_info(r, &w))
		return false;
	v.type = type_of_info(&w);
	is_good = read_bytes(r, &w, &bytes, &is_null) && !bytes.failed &&
		  (is_null || take(&v, &bytes));
	buffer_done(&bytes);
	if (!is_good) {
		value_done(&v);
		return false;
	}
	*ret = v;
	return true;
}
