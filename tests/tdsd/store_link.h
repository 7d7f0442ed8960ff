/* SPDX-License-Identifier: MIT */
#ifndef TDSD_STORE_LINK_H
#define TDSD_STORE_LINK_H
/* For store*.c alone: a session's connection to one database. */
#include "base/compiler.h"
#include "session.h"
#include "store.h"

#include <sqlite3.h>
#include <stdbool.h>

struct link {
	struct link *next;
	const char *database;
	sqlite3 *db;
	bool is_in_transaction;
	bool reads_uncommitted;
};

/* The one to the current database, opened when it is not there; NULL: it cannot be. */
struct link *link_current(struct session *s);
/* A statement without rows. */
bool link_run(struct link *link, const char *sql);
bool link_begin(struct link *link);

/* Whether somebody else's lock is in the way. */
bool store_is_locked(int rc);
/* What SQLite complains about, with SQL Server's number and text where it has one. */
void store_send_error(struct session *s, sqlite3 *db, int rc);

#endif
