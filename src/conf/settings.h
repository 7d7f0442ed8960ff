/* SPDX-License-Identifier: MIT */
#ifndef CONF_SETTINGS_H
#define CONF_SETTINGS_H
/*
 * The pool's settings, each defined once in settings.def and expanded from there: the struct, the
 * parser, the range check, the comparison and the list of names.
 *
 * A setting comes from the connection string, else the DSN's section, else the driver's section,
 * else it has its built-in value. A value that does not fit fails the connect (HY024) and names
 * key, value, range and place.
 *
 * Locks:     none. Ownership: a struct settings owns its strings.
 */
#include "base/clock.h"
#include "base/compiler.h"
#include "base/diag.h"
#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a setting was read; a later one wins. */
enum setting_source {
	SETTING_BUILT_IN,
	SETTING_DRIVER_SECTION,
	SETTING_DSN_SECTION,
	SETTING_STRING
};

enum pooling { POOLING_AUTO, POOLING_NO, POOLING_YES }; /* Auto: the driver's profile decides */
enum idle_mode { IDLE_EXACT, IDLE_GENERATIONS };
enum reset_mode { RESET_BACKGROUND, RESET_RETURN, RESET_BORROW };
enum reset_method { RESET_AUTO, RESET_ATTRIBUTE, RESET_PROTOCOL, RESET_SQL, RESET_CLOSE };
enum validation { VALIDATION_AUTO, VALIDATION_SOCKET, VALIDATION_QUERY, VALIDATION_NONE };
enum blocking_period { BLOCKING_AUTO, BLOCKING_ALWAYS, BLOCKING_NEVER };
enum transaction_binding { BINDING_EXPLICIT_UNBIND, BINDING_IMPLICIT_UNBIND };
enum key_match { KEY_MATCH_EXACT, KEY_MATCH_CANONICAL };
enum pick_order { PICK_LIFO, PICK_FIFO };
enum driver_symbols { SYMBOLS_LOCAL, SYMBOLS_DEEP };
enum pool_trace {
	POOL_TRACE_OFF,
	POOL_TRACE_ERROR,
	POOL_TRACE_WARN,
	POOL_TRACE_INFO,
	POOL_TRACE_DEBUG
};

enum setting_number {
#define SETTING(member, ...) SETTING_##member,
#include "conf/settings.def"
	SETTINGS
};

/*
 * Members have the setting's name in lower case with underscores. Durations are usec_t
 * (USEC_INFINITY where the number stands for "never" or "no limit"; see settings.def), counts are
 * int64_t, texts are owned and NULL when unset.
 */
struct settings {
#define SETTING(member, name, type, ...) SETTING_C_TYPE_##type member;
#define SETTING_C_TYPE_BOOL bool
#define SETTING_C_TYPE_COUNT int64_t
#define SETTING_C_TYPE_TIME usec_t
#define SETTING_C_TYPE_TEXT char *
#define SETTING_C_TYPE_CHOICE int /* one of the enums above */
#include "conf/settings.def"
	unsigned char source[SETTINGS]; /* enum setting_source of each */
};

/* What is known about a setting, for documentation and tools. */
struct setting_about {
	const char *name;
	const char *synonyms; /* separated by commas */
	const char *help;
};

/* All built-in values. */
void settings_init(struct settings *s);
void settings_done(struct settings *s);
/* A deep copy into an uninitialised struct. False: no memory, and nothing is to be released. */
must_use bool settings_copy(struct settings *ret_copy, const struct settings *from);

struct setting_about settings_about(enum setting_number number);

enum setting_result {
	SETTING_TAKEN,
	SETTING_NOT_OURS,   /* no setting of ours; the real driver may know it */
	SETTING_LOOKS_LIKE, /* not ours, but nearly: a 01000 record was added */
	SETTING_REFUSED,    /* the reason is in the diag */
};

/* Is `name` a setting of ours, by any of its names, whatever its case and blanks? */
bool settings_knows(const char *name);

/*
 * Take one "name = value" into `s`, unless the same setting was taken from this source or from one
 * that outranks it before: the order of calls does not matter, and the first of two in one place
 * wins. `place` says where it stands, for messages: "the connection string", "section [sales] of
 * /etc/odbc.ini". PoolDriver, PoolTraceFile and the *Query settings are refused from SETTING_STRING
 * (a string built from input must not load code, write files or run SQL).
 */
enum setting_result settings_take(struct settings *s, const char *name, const char *value,
	enum setting_source source, const char *place, struct diag *diag);

/* The rules that concern two settings, once all are taken. False: HY024 in the diag. */
must_use bool settings_check(const struct settings *s, struct diag *diag);

/* Digest of the values that shape a physical connection (DriverSymbols, InitQuery, ...). */
struct digest settings_digest(const struct settings *s);

#endif
