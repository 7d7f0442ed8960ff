/* SPDX-License-Identifier: MIT */
#ifndef CONF_KEY_H
#define CONF_KEY_H
/*
 * What makes two connects share a pool.
 *
 * A key is a keyed digest over everything that shapes the physical connection: entry point and
 * width, the strings given to it, the attributes set before it, ODBC version, operating-system
 * identity. The bytes themselves, passwords among them, are hashed and forgotten.
 *
 * PoolKeyMatch=Exact hashes the strings letter by letter as the application gave them, which needs
 * no parsing: that digest alone finds the pool of a connect seen before.
 *
 * Locks:     none. Ownership: inputs are borrowed for the call.
 */
#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum connect_kind { CONNECT_PLAIN, CONNECT_DRIVER, CONNECT_BROWSE };

/* Bytes as the application passed them: 8-bit text, or UTF-16 units when the input is_wide. */
struct text {
	const void *data; /* NULL: the argument was NULL */
	size_t len;	  /* in bytes */
};

/* An attribute set before the connect. */
struct key_attribute {
	int32_t number;
	bool is_wide;	  /* set through the W function */
	uint64_t value;	  /* when data is NULL */
	const void *data; /* a text or a structure, by content */
	size_t len;
};

struct key_input {
	enum connect_kind kind;
	bool is_wide;
	uint32_t shell;	       /* which of our three libraries was called */
	uint32_t odbc_version; /* of the application's environment */
	uint32_t euid;
	struct text string; /* connection string, or data source name */
	struct text user;
	struct text password;
	const struct key_attribute *attributes; /* sorted by number, each number once */
	size_t attribute_count;
	struct text identity; /* integrated logins: what names the ticket; else NULL */
};

/* The parts that a miss is explained with. */
enum key_part {
	KEY_PART_ENTRY, /* entry point, width, library */
	KEY_PART_STRING,
	KEY_PART_USER,
	KEY_PART_PASSWORD,
	KEY_PART_ATTRIBUTES,
	KEY_PART_VERSION,
	KEY_PART_IDENTITY,
	KEY_PARTS
};

struct key_parts {
	uint64_t hash[KEY_PARTS];
};

/* The digest of an input, letter by letter. About 0.1 us: this is on the way of every borrow. */
struct digest key_digest(const struct key_input *in);
/*
 * The digest for PoolKeyMatch=Canonical: the resolved driver, and the string in canonical form
 * (order and case of keywords do not matter). Never equal to a digest of key_digest(). False: no
 * memory.
 */
must_use bool key_digest_canonical(
	const struct key_input *in, const char *driver, struct digest *ret_digest);
/* The exact one, part by part, to explain a miss. */
void key_digest_parts(const struct key_input *in, struct key_parts *ret_parts);
const char *key_part_name(enum key_part part);

#endif
