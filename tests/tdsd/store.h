/* SPDX-License-Identifier: MIT */
#ifndef TDSD_STORE_H
#define TDSD_STORE_H
/*
 * The data: a SQLite database in memory for each database of the server, shared by the sessions.
 *
 * Each session has a connection of its own to each database that it uses, so SQLite's transactions
 * are the session's; SQLite's shared cache locks tables, and who waits for one sees 1222 after
 * LOCK_TIMEOUT. As under READ COMMITTED a read alone opens no transaction and leaves no lock.
 */
#include "base/compiler.h"
#include "session.h"

#include <sqlite3.h>
#include <stdbool.h>

struct store;

/* Makes one database; they live as long as the store. */
struct store *store_new(void);
struct store *store_free(struct store *store);
must_use bool store_add(struct store *store, const char *database);
/* The name as it was given, or NULL. Without regard to case. */
const char *store_find(const struct store *store, const char *database);
/* The databases by number; NULL: no more. */
const char *store_name(const struct store *store, int index);

enum store_result { STORE_DONE, STORE_FAILED };
enum row_mode {
	ROWS_TO_CLIENT,	   /* columns, rows, DONE */
	ROWS_TO_VARIABLES, /* the last row, into `targets` */
	ROWS_DESCRIBED,	   /* columns only; nothing is changed */
	ROWS_COUNTED	   /* for statements that have none */
};

struct store_request {
	const char *sql; /* SQLite's */
	enum row_mode mode;
	unsigned command;
	char **targets; /* variables' names */
	size_t target_count;
};

/* Run one statement in the session's current database. On STORE_FAILED the error was sent. */
enum store_result store_run(struct session *s, const struct store_request *request);
/* The first column of the first row. The caller owns *ret. */
enum store_result store_evaluate(struct session *s, const char *sql, struct value *ret);
/* Let the current database's connection see another one, under its name. */
must_use bool store_attach(struct session *s, const char *database);

/* The SQLite side of transactions, over all of the session's connections. */
void store_commit(struct session *s);
void store_rollback(struct session *s);
bool store_savepoint(struct session *s, const char *name);
bool store_rollback_to(struct session *s, const char *name);
void store_drop_temp_tables(struct session *s);
/* The session is over. */
void store_close(struct session *s);

#endif
