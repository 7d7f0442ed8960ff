/* SPDX-License-Identifier: MIT */
#ifndef TDSD_FUNCTIONS_H
#define TDSD_FUNCTIONS_H
/*
 * T-SQL's functions, variables and @@globals as functions of SQLite. What kind of value one gives
 * travels as the value's subtype (an enum type_kind), so that the client gets the right column
 * type.
 */
#include "session.h"

#include <sqlite3.h>

void functions_register(sqlite3 *db, struct session *s);
/* @@NAME, the value for the caller to free. False: there is none of that name. */
must_use bool functions_global(struct session *s, const char *name, struct value *ret);

#endif
