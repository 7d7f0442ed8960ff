/* SPDX-License-Identifier: MIT */
#ifndef TDSD_TRANSLATE_H
#define TDSD_TRANSLATE_H
/*
 * T-SQL into SQLite's SQL, word by word: names, literals, variables, TOP, CAST, hints. Nothing is
 * understood; what both languages have is left as it is.
 */
#include "base/buffer.h"
#include "lexer.h"
#include "session.h"

#include <stdbool.h>

/* Append words[from..to) to `to_sql`. Databases that are named are attached on the way. False: an
 * error was sent. */
must_use bool translate(
	struct session *s, const struct word *words, size_t from, size_t to, struct buffer *to_sql);

/* A catalog view such as sys.dm_exec_sessions of that database as a subquery; false: none of that
 * name. */
must_use bool catalog_view(
	struct session *s, const char *database, const char *name, struct buffer *to_sql);
/* Whether it is one of those without a schema: sysprocesses and its like. */
bool catalog_is_compatible(const char *name);

#endif
