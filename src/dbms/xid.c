/* SPDX-License-Identifier: MIT */
#include "dbms/xid.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "odbcpool.";

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* 16 digits of FORMAT, two parts of 64 bytes in 86 characters each, two dots. */
_Static_assert(sizeof(prefix) - 1 + 2 * sizeof(long) + 2 * (1 + 86) <= XID_GID_MAX,
	"the longest XID must fit");

/* Three letters and two digits a byte for each part, two commas, 19 digits of FORMAT. */
_Static_assert(2 * 3 + 2 * (MAXGTRIDSIZE + MAXBQUALSIZE) + 2 + 19 == XID_SQL_MAX,
	"the longest XID must fit");

bool xid_is_valid(const XID *xid)
{
	return xid && xid->formatID >= 0 && xid->gtrid_length > 0 &&
	       xid->gtrid_length <= MAXGTRIDSIZE && xid->bqual_length >= 0 &&
	       xid->bqual_length <= MAXBQUALSIZE;
}

bool xid_equals(const XID *a, const XID *b)
{
	return a->formatID == b->formatID && a->gtrid_length == b->gtrid_length &&
	       a->bqual_length == b->bqual_length &&
	       memcmp(a->data, b->data, (size_t)(a->gtrid_length + a->bqual_length)) == 0;
}

static char *add_base64(char *to, const char *data, long len)
{
	for (long i = 0; i < len; i += 3) {
		unsigned group = 0;
		for (long j = 0; j < 3; j++)
			group = group << 8 | (i + j < len ? (unsigned char)data[i + j] : 0);
		for (long j = 0; j < 4 && i + j <= len; j++)
			*to++ = alphabet[group >> (18 - 6 * j) & 63];
	}
	return to;
}

void xid_to_gid(const XID *xid, char ret_gid[XID_GID_MAX + 1])
{
	char *to = ret_gid + snprintf(ret_gid, XID_GID_MAX + 1, "%s%lx.", prefix,
				     (unsigned long)xid->formatID);

	to = add_base64(to, xid->data, xid->gtrid_length);
	*to++ = '.';
	to = add_base64(to, xid->data + xid->gtrid_length, xid->bqual_length);
	*to = '\0';
}

/* Up to `max` bytes; stops at the first character that is none of base64's. Negative: too long. */
static long take_base64(const char **from, char *to, long max)
{
	unsigned group = 0, bits = 0;
	long len = 0;

	for (const char *digit; **from && (digit = strchr(alphabet, **from)); (*from)++) {
		group = group << 6 | (unsigned)(digit - alphabet);
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		if (len == max)
			return -1;
		to[len++] = (char)(group >> bits & 0xff);
	}
	return len;
}

bool xid_from_gid(const char *gid, XID *ret_xid)
{
	char again[XID_GID_MAX + 1], *end;
	XID xid = {0};

	if (strncmp(gid, prefix, strlen(prefix)) != 0)
		return false;
	errno = 0;
	xid.formatID = strtol(gid + strlen(prefix), &end, 16);
	if (errno || *end != '.')
		return false;
	const char *at = end + 1;
	xid.gtrid_length = take_base64(&at, xid.data, MAXGTRIDSIZE);
	if (xid.gtrid_length <= 0 || *at++ != '.')
		return false;
	xid.bqual_length = take_base64(&at, xid.data + xid.gtrid_length, MAXBQUALSIZE);
	if (!xid_is_valid(&xid) || *at)
		return false;
	xid_to_gid(&xid, again);
	if (strcmp(again, gid) != 0)
		return false;
	*ret_xid = xid;
	return true;
}

static const char hex_digits[] = "0123456789abcdef";

static char *add_hex(char *to, const char *data, long len)
{
	*to++ = 'X';
	*to++ = '\'';
	for (long i = 0; i < len; i++) {
		*to++ = hex_digits[(unsigned char)data[i] >> 4];
		*to++ = hex_digits[data[i] & 0xf];
	}
	*to++ = '\'';
	return to;
}

void xid_to_sql(const XID *xid, char ret_sql[XID_SQL_MAX + 1])
{
	char *to = add_hex(ret_sql, xid->data, xid->gtrid_length);

	*to++ = ',';
	to = add_hex(to, xid->data + xid->gtrid_length, xid->bqual_length);
	snprintf(to, (size_t)(ret_sql + XID_SQL_MAX + 1 - to), ",%ld", xid->formatID);
}

static int hex_digit(char c)
{
	const char *found = c ? strchr(hex_digits, c | 0x20) : NULL;

	return found ? (int)(found - hex_digits) : -1;
}

/* X'6731' or 'g1', up to `max` bytes. Negative: it is neither. */
static long take_literal(const char **from, char *to, long max)
{
	const char *at = *from;
	bool is_hex = *at == 'X' || *at == 'x';
	long len = 0;

	if (is_hex)
		at++;
	if (*at++ != '\'')
		return -1;
	for (; *at && *at != '\''; at += is_hex ? 2 : 1) {
		if (len == max || (is_hex && (hex_digit(at[0]) < 0 || hex_digit(at[1]) < 0)))
			return -1;
		to[len++] = is_hex ? (char)(hex_digit(at[0]) << 4 | hex_digit(at[1])) : *at;
	}
	if (*at != '\'')
		return -1;
	*from = at + 1;
	return len;
}

bool xid_from_sql(const char *sql, XID *ret_xid)
{
	XID xid = {0};
	char *end;

	xid.gtrid_length = take_literal(&sql, xid.data, MAXGTRIDSIZE);
	if (xid.gtrid_length <= 0 || *sql++ != ',')
		return false;
	xid.bqual_length = take_literal(&sql, xid.data + xid.gtrid_length, MAXBQUALSIZE);
	if (xid.bqual_length < 0 || *sql++ != ',')
		return false;
	errno = 0;
	xid.formatID = strtol(sql, &end, 10);
	if (errno || end == sql || *end || !xid_is_valid(&xid))
		return false;
	*ret_xid = xid;
	return true;
}
