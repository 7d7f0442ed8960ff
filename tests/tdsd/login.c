/* SPDX-License-Identifier: MIT */
#include "login.h"

#include "bytes.h"

#include <string.h>

enum { PRELOGIN_VERSION, PRELOGIN_ENCRYPTION, PRELOGIN_INSTANCE, PRELOGIN_THREAD, PRELOGIN_MARS };
enum { PRELOGIN_TERMINATOR = 0xff, ENCRYPT_NOT_SUP = 2 };

/* [MS-TDS] 2.2.6.5: a directory of options, then their data. */
static bool is_prelogin(const struct buffer *request)
{
	struct reader r = reader_of(request->data, request->len);

	while (!r.failed) {
		uint8_t option = reader_u8(&r);
		size_t offset, len;

		if (option == PRELOGIN_TERMINATOR)
			return !r.failed;
		offset = reader_u16_be(&r);
		len = reader_u16_be(&r);
		if (offset + len > request->len)
			return false;
	}
	return false;
}

bool login_answer_prelogin(const struct buffer *request, bool has_mars_option, struct buffer *out)
{
	/* The version of SQL Server 2019, and what its options answer. */
	static const uint8_t version[6] = {15, 0, 0x07, 0xd0, 0, 0};
	unsigned options = has_mars_option ? 5 : 4, at = options * 5 + 1;

	if (!is_prelogin(request))
		return false;
	for (unsigned option = 0; option < options; option++) {
		static const uint8_t lengths[] = {sizeof(version), 1, 1, 0, 1};
		bytes_u8(out, option);
		bytes_u16_be(out, at);
		bytes_u16_be(out, lengths[option]);
		at += lengths[option];
	}
	bytes_u8(out, PRELOGIN_TERMINATOR);
	buffer_append(out, version, sizeof(version));
	bytes_u8(out, ENCRYPT_NOT_SUP);
	bytes_u8(out, 0);
	if (has_mars_option)
		bytes_u8(out, 0);
	return true;
}

static void copy_text(struct buffer *text, char ret[NAME_SIZE])
{
	size_t len = text->len < NAME_SIZE - 1 ? text->len : NAME_SIZE - 1;

	memcpy(ret, buffer_str(text), len);
	ret[len] = '\0';
	buffer_done(text);
}

/* A field is an offset from the record's start and a length in characters. */
static bool read_field(
	struct reader *table, const struct buffer *request, bool is_secret, char ret[NAME_SIZE])
{
	size_t offset = reader_u16(table), units = reader_u16(table);
	struct buffer text = BUFFER_EMPTY;
	struct reader r;
	uint8_t plain[NAME_SIZE];

	ret[0] = '\0';
	if (table->failed || units > 128 || offset + units * 2 > request->len)
		return false;
	memcpy(plain, request->data + offset, units * 2);
	/* [MS-TDS] 2.2.6.4: halves of a byte swapped, after exclusive or with A5. */
	for (size_t i = 0; is_secret && i < units * 2; i++) {
		uint8_t c = plain[i] ^ 0xa5;
		plain[i] = (uint8_t)(c << 4 | c >> 4);
	}
	r = reader_of(plain, units * 2);
	reader_text(&r, units, &text);
	copy_text(&text, ret);
	secret_wipe(plain, sizeof(plain));
	return true;
}

static enum tds_version version_of(uint32_t code)
{
	switch (code >> 24) {
	case 0x70: /* 7.0 is answered as 7.1, which differs in nothing that is used here */
	case 0x71:
		return TDS_7_1;
	case 0x72:
		return TDS_7_2;
	case 0x73:
		return TDS_7_3;
	default:
		return TDS_7_4;
	}
}

bool login_parse(const struct buffer *request, struct login *ret)
{
	enum { OPTION2_ODBC = 0x02, OPTION2_INTEGRATED = 0x80 };
	struct reader r = reader_of(request->data, request->len);
	uint32_t len = reader_u32(&r);
	struct login l = {.version = version_of(reader_u32(&r))};
	uint8_t option2;
	char server[NAME_SIZE];

	l.packet_size = reader_u32(&r);
	reader_bytes(&r, 12); /* program version, process, connection */
	reader_u8(&r);
	option2 = reader_u8(&r);
	l.wants_odbc = option2 & OPTION2_ODBC;
	l.is_integrated = option2 & OPTION2_INTEGRATED;
	reader_bytes(&r, 10); /* types, OptionFlags3, time zone, locale */
	if (r.failed || len > request->len || len < reader_left(&r))
		return false;
	if (!read_field(&r, request, false, l.host) || !read_field(&r, request, false, l.user) ||
		!read_field(&r, request, true, l.password) ||
		!read_field(&r, request, false, l.app) || !read_field(&r, request, false, server))
		return false;
	reader_u32(&r); /* the extension */
	if (!read_field(&r, request, false, l.library) ||
		!read_field(&r, request, false, l.language) ||
		!read_field(&r, request, false, l.database))
		return false;
	*ret = l;
	return true;
}

/* A fixed field of TDS 5.0's record, its used length in the byte behind it. */
static void fixed_field(const struct buffer *request, size_t offset, size_t size, char *ret)
{
	uint8_t len = (uint8_t)request->data[offset + size];

	if (len > size)
		len = (uint8_t)size;
	memcpy(ret, request->data + offset, len);
	ret[len] = '\0';
}

/* "TDS 5.0 Functional Specification", Login record: host, user, password and so on at fixed places.
 */
bool login_parse_tds5(const struct buffer *request, struct login *ret)
{
	enum { HOST = 0, USER = 31, PASSWORD = 62, APP = 140, FIELD = 30, RECORD_MIN = 512 };

	if (request->len < RECORD_MIN)
		return false;
	*ret = (struct login){.version = TDS_5_0, .packet_size = 512};
	fixed_field(request, HOST, FIELD, ret->host);
	fixed_field(request, USER, FIELD, ret->user);
	fixed_field(request, PASSWORD, FIELD, ret->password);
	fixed_field(request, APP, FIELD, ret->app);
	return true;
}
