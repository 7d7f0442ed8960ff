/* SPDX-License-Identifier: MIT */
/* One value, between the text that the driver keeps and the C types of the application. */
#include "fakedrv/internal.h"
#include "base/utf16.h"

#include <stdlib.h>
#include <string.h>

size_t value_size(SQLSMALLINT c_type, SQLLEN octet_length)
{
	switch (c_type) {
	case SQL_C_LONG:
	case SQL_C_SLONG:
	case SQL_C_ULONG:
		return sizeof(SQLINTEGER);
	case SQL_C_SHORT:
	case SQL_C_SSHORT:
	case SQL_C_USHORT:
		return sizeof(SQLSMALLINT);
	case SQL_C_SBIGINT:
	case SQL_C_UBIGINT:
		return sizeof(SQLBIGINT);
	case SQL_C_DOUBLE:
		return sizeof(SQLDOUBLE);
	}
	return octet_length > 0 ? (size_t)octet_length : 0;
}

static bool number_to(SQLSMALLINT c_type, const char *text, SQLPOINTER to)
{
	switch (c_type) {
	case SQL_C_LONG:
	case SQL_C_SLONG:
	case SQL_C_ULONG:
		*(SQLINTEGER *)to = (SQLINTEGER)strtoll(text, NULL, 10);
		return true;
	case SQL_C_SHORT:
	case SQL_C_SSHORT:
	case SQL_C_USHORT:
		*(SQLSMALLINT *)to = (SQLSMALLINT)strtoll(text, NULL, 10);
		return true;
	case SQL_C_SBIGINT:
	case SQL_C_UBIGINT:
		*(SQLBIGINT *)to = strtoll(text, NULL, 10);
		return true;
	case SQL_C_DOUBLE:
		*(SQLDOUBLE *)to = strtod(text, NULL);
		return true;
	}
	return false;
}

/* The part of `from` behind *offset, as much as fits; `zero` bytes of terminator. */
static SQLRETURN piece_out(struct handle *h, const char *from, size_t len, size_t zero,
	SQLPOINTER to, SQLLEN size, SQLLEN *indicator, size_t *offset)
{
	size_t left = len - *offset, room = size > (SQLLEN)zero ? (size_t)size - zero : 0;
	size_t taken = left < room ? left : zero ? room - room % zero : room;

	if (indicator)
		*indicator = (SQLLEN)left;
	if (size > 0 && to) {
		memcpy(to, from + *offset, taken);
		if ((size_t)size >= zero)
			memset((char *)to + taken, 0, zero);
	}
	*offset += taken;
	return taken == left ? SQL_SUCCESS : diag_post(h, "01004", 0, "cut short");
}

SQLRETURN value_out(struct handle *h, const struct cell *v, SQLSMALLINT c_type, SQLPOINTER to,
	SQLLEN size, SQLLEN *indicator, size_t *offset)
{
	if (!v->data) {
		if (!indicator)
			return diag_post(h, "22002", 0, "NULL needs an indicator");
		*indicator = SQL_NULL_DATA;
		return SQL_SUCCESS;
	}
	if (c_type == SQL_C_WCHAR) {
		struct buffer wide = BUFFER_EMPTY;
		utf8_to_utf16(&wide, v->data, v->len);
		SQLRETURN rc = piece_out(h, buffer_str(&wide), wide.len, sizeof(SQLWCHAR), to, size,
			indicator, offset);
		buffer_done(&wide);
		return rc;
	}
	if (c_type == SQL_C_CHAR || c_type == SQL_C_DEFAULT)
		return piece_out(h, v->data, v->len, 1, to, size, indicator, offset);
	if (c_type == SQL_C_BINARY)
		return piece_out(h, v->data, v->len, 0, to, size, indicator, offset);
	if (!number_to(c_type, v->data, to))
		return diag_post(h, "07006", 0, "C type %d is not known", c_type);
	if (indicator)
		*indicator = (SQLLEN)value_size(c_type, 0);
	*offset = v->len;
	return SQL_SUCCESS;
}

bool value_in(struct buffer *to, SQLSMALLINT c_type, const void *from, SQLLEN len)
{
	switch (c_type) {
	case SQL_C_CHAR:
	case SQL_C_DEFAULT:
		buffer_append(to, from, len == SQL_NTS ? strlen(from) : (size_t)len);
		return true;
	case SQL_C_BINARY:
		buffer_append(to, from, (size_t)len);
		return true;
	case SQL_C_WCHAR:
		utf16_to_utf8(to, from,
			len == SQL_NTS ? utf16_len(from) : (size_t)len / sizeof(SQLWCHAR));
		return true;
	case SQL_C_LONG:
	case SQL_C_SLONG:
		buffer_printf(to, "%d", (int)*(const SQLINTEGER *)from);
		return true;
	case SQL_C_ULONG:
		buffer_printf(to, "%u", (unsigned)*(const SQLUINTEGER *)from);
		return true;
	case SQL_C_SHORT:
	case SQL_C_SSHORT:
		buffer_printf(to, "%d", *(const SQLSMALLINT *)from);
		return true;
	case SQL_C_SBIGINT:
		buffer_printf(to, "%lld", (long long)*(const SQLBIGINT *)from);
		return true;
	case SQL_C_DOUBLE:
		buffer_printf(to, "%.17g", *(const SQLDOUBLE *)from);
		return true;
	}
	return false;
}
