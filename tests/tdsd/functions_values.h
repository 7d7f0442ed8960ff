/* SPDX-License-Identifier: MIT */
#ifndef TDSD_FUNCTIONS_VALUES_H
#define TDSD_FUNCTIONS_VALUES_H
/* For functions*.c alone: those that need no session, and what all of them give back. */
#include "types.h"

#include <sqlite3.h>

/* Never NULL. */
const char *argument_text(sqlite3_value *v);
void give_int(sqlite3_context *c, int64_t value);
void give_null(sqlite3_context *c, enum type_kind kind);

void functions_register_values(sqlite3 *db);

#endif
