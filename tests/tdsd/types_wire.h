/* SPDX-License-Identifier: MIT */
#ifndef TDSD_TYPES_WIRE_H
#define TDSD_TYPES_WIRE_H
/* What writing and reading values have in common: [MS-TDS] 2.2.5.4, the types' numbers. */
#include "types.h"

enum wire_type {
	WIRE_NULL = 0x1f,
	WIRE_IMAGE = 0x22,
	WIRE_TEXT = 0x23,
	WIRE_GUID = 0x24,
	WIRE_INTN = 0x26,
	WIRE_DATEN = 0x28,
	WIRE_TIMEN = 0x29,
	WIRE_DATETIME2N = 0x2a,
	WIRE_INT1 = 0x30,
	WIRE_BIT = 0x32,
	WIRE_INT2 = 0x34,
	WIRE_INT4 = 0x38,
	WIRE_DATETIM4 = 0x3a,
	WIRE_FLT4 = 0x3b,
	WIRE_MONEY = 0x3c,
	WIRE_DATETIME = 0x3d,
	WIRE_FLT8 = 0x3e,
	WIRE_NTEXT = 0x63,
	WIRE_BITN = 0x68,
	WIRE_DECIMALN = 0x6a,
	WIRE_NUMERICN = 0x6c,
	WIRE_FLTN = 0x6d,
	WIRE_MONEYN = 0x6e,
	WIRE_DATETIMN = 0x6f,
	WIRE_MONEY4 = 0x7a,
	WIRE_INT8 = 0x7f,
	WIRE_BIGVARBINARY = 0xa5,
	WIRE_BIGVARCHAR = 0xa7,
	WIRE_BIGBINARY = 0xad,
	WIRE_BIGCHAR = 0xaf,
	WIRE_NVARCHAR = 0xe7,
	WIRE_NCHAR = 0xef
};

/* [MS-TDS] 2.2.5.1.2: SQL_Latin1_General_CP1_CI_AS. */
#define WIRE_COLLATION "\x09\x04\xd0\x00\x34"
enum { WIRE_COLLATION_SIZE = 5 };

/* [MS-TDS] 2.2.5.5.1.6, with the sign; and 2.2.5.5.1.8. */
static inline unsigned wire_decimal_size(unsigned precision)
{
	return precision <= 9 ? 5 : precision <= 19 ? 9 : precision <= 28 ? 13 : 17;
}

static inline unsigned wire_time_size(unsigned scale)
{
	return scale <= 2 ? 3 : scale <= 4 ? 4 : 5;
}

#endif
