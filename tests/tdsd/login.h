/* SPDX-License-Identifier: MIT */
#ifndef TDSD_LOGIN_H
#define TDSD_LOGIN_H
/*
 * What a client says about itself before it may say anything else: PRELOGIN ([MS-TDS] 2.2.6.5) and
 * LOGIN7 (2.2.6.4), and the login record of TDS 5.0 as far as a refusal needs it.
 *
 * Pure: bytes in, struct out.
 */
#include "base/buffer.h"
#include "base/compiler.h"
#include "channel.h"

#include <stdbool.h>
#include <stdint.h>

enum { NAME_SIZE = 129 * 3 };

struct login {
	enum tds_version version; /* asked for */
	uint32_t packet_size;
	bool is_integrated; /* SSPI instead of a password */
	bool wants_odbc;    /* OptionFlags2 fODBC: the SET options of ODBC */
	char host[NAME_SIZE], user[NAME_SIZE], password[NAME_SIZE], app[NAME_SIZE];
	char library[NAME_SIZE], language[NAME_SIZE], database[NAME_SIZE];
};

/* Append the answer to a PRELOGIN: no encryption, no MARS. */
must_use bool login_answer_prelogin(
	const struct buffer *request, bool has_mars_option, struct buffer *out);
must_use bool login_parse(const struct buffer *request, struct login *ret);
must_use bool login_parse_tds5(const struct buffer *request, struct login *ret);

#endif
