/* SPDX-License-Identifier: MIT */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H
/*
 * How every layer reports failure: a list of diagnostic records, in the order the application is
 * to read them.
 *
 * A record is either our own (made by diag_add: "[odbcpool][part] text") or a copy of a real
 * driver's, taken before the handle that held it went. When memory runs out while a record is made,
 * the list says so itself: it then ends in one HY001 record.
 *
 * Locks:     none; a diag belongs to one thread or to the handle it is embedded in.
 * Ownership: a diag owns its records and their texts.
 */
#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct diag_record {
	char sqlstate[6];
	int32_t native;
	bool is_ours;
	char *message;
	/* The remaining fields of SQLGetDiagField. NULL: the standard's answer for the SQLSTATE. */
	char *class_origin;
	char *subclass_origin;
	char *connection_name;
	char *server_name;
};

struct diag {
	struct diag_record *records;
	size_t count;
	size_t capacity;
};

#define DIAG_EMPTY                                                                                 \
	{                                                                                          \
		NULL, 0, 0                                                                         \
	}

/* Append a record of our own: `part` names the subject ("pool", "settings", ...). */
void diag_add(struct diag *d, const char *sqlstate, int32_t native, const char *part,
	const char *format, ...) printf_like(5, 6);
/* Append a deep copy. */
void diag_add_copy(struct diag *d, const struct diag_record *r);
void diag_add_all(struct diag *d, const struct diag *other);
/* Record that memory ran out. Needs none itself. */
void diag_add_no_memory(struct diag *d);
/* Back to no records; the struct stays usable. */
void diag_clear(struct diag *d);
/* `to` gets `from`'s records in place of its own; `from` is empty afterwards. */
void diag_move(struct diag *to, struct diag *from);
/* The first record's SQLSTATE, "00000" if there is none. */
const char *diag_sqlstate(const struct diag *d);

#endif
