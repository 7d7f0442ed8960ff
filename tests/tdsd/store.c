/* SPDX-License-Identifier: MIT */
#include "store_link.h"

#include "functions.h"
#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* SQLite attaches ten databases at most. */
enum { DATABASES_MAX = 9, STEPS_BETWEEN_LOOKS = 5000 };

struct store {
	int count;
	char names[DATABASES_MAX][NAME_SIZE];
	sqlite3 *keepers[DATABASES_MAX]; /* a database in memory goes with its last connection */
};

static const char *const system_databases[] = {"master", "tempdb", "model"};

static void uri_of(const struct store *store, const char *database, char ret[2 * NAME_SIZE])
{
	snprintf(ret, 2 * NAME_SIZE, "file:tdsd-%p-%s?mode=memory&cache=shared",
		(const void *)store, database);
}

static int open_uri(const char *uri, sqlite3 **ret)
{
	int rc = sqlite3_open_v2(uri, ret,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI |
			SQLITE_OPEN_SHAREDCACHE | SQLITE_OPEN_FULLMUTEX,
		NULL);

	if (rc != SQLITE_OK) {
		sqlite3_close(*ret);
		*ret = NULL;
	}
	return rc;
}

struct store *store_new(void)
{
	struct store *store = calloc(1, sizeof(*store));

	for (size_t i = 0; store && i < array_size(system_databases); i++)
		if (!store_add(store, system_databases[i]))
			return store_free(store);
	return store;
}

struct store *store_free(struct store *store)
{
	for (int i = 0; store && i < store->count; i++)
		sqlite3_close(store->keepers[i]);
	free(store);
	return NULL;
}

bool store_add(struct store *store, const char *database)
{
	char uri[2 * NAME_SIZE];
	size_t len = strlen(database);

	if (store_find(store, database))
		return true;
	if (store->count == DATABASES_MAX || len == 0 || len >= 64 ||
		strspn(database,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != len)
		return false;
	uri_of(store, database, uri);
	if (open_uri(uri, &store->keepers[store->count]) != SQLITE_OK)
		return false;
	snprintf(store->names[store->count++], NAME_SIZE, "%s", database);
	return true;
}

const char *store_find(const struct store *store, const char *database)
{
	for (int i = 0; i < store->count; i++)
		if (strcasecmp(store->names[i], database) == 0)
			return store->names[i];
	return NULL;
}

const char *store_name(const struct store *store, int index)
{
	return index < store->count ? store->names[index] : NULL;
}

/* --- a session's connections ------------------------------------------------------------------ */

static int on_progress(void *session)
{
	return session_must_stop(session);
}

bool link_run(struct link *link, const char *sql)
{
	return sqlite3_exec(link->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static bool attach(struct session *s, struct link *link, const char *uri, const char *name)
{
	char *sql;
	bool is_done;

	if (sqlite3_db_filename(link->db, name))
		return true;
	sql = sqlite3_mprintf("ATTACH %Q AS \"%w\"", uri, name);
	is_done = sql && link_run(link, sql);
	sqlite3_free(sql);
	if (!is_done)
		session_error(s, 911, 16, 1, "%s", sqlite3_errmsg(link->db));
	return is_done;
}

/* Temporary tables are in a database of the session's own, which all its connections see. */
static bool attach_local(struct session *s, struct link *link)
{
	char name[32], uri[2 * NAME_SIZE];

	snprintf(name, sizeof(name), "local-%d", s->spid);
	uri_of(s->server->store, name, uri);
	return attach(s, link, uri, "local");
}

struct link *link_current(struct session *s)
{
	const char *database = store_find(s->server->store, s->database);
	struct link *link = s->links;
	char uri[2 * NAME_SIZE];

	while (link && link->database != database)
		link = link->next;
	if (link || !database)
		return link;
	link = calloc(1, sizeof(*link));
	if (!link)
		return NULL;
	uri_of(s->server->store, database, uri);
	link->database = database;
	if (open_uri(uri, &link->db) != SQLITE_OK) {
		free(link);
		return NULL;
	}
	sqlite3_progress_handler(link->db, STEPS_BETWEEN_LOOKS, on_progress, s);
	functions_register(link->db, s);
	link->next = s->links;
	s->links = link;
	return attach_local(s, link) ? link : NULL;
}

bool store_attach(struct session *s, const char *database)
{
	struct link *link = link_current(s);
	char uri[2 * NAME_SIZE];

	if (!link || strcasecmp(link->database, database) == 0)
		return link != NULL;
	uri_of(s->server->store, store_find(s->server->store, database), uri);
	return attach(s, link, uri, database);
}

static void close_link(struct link *link)
{
	sqlite3_close_v2(link->db);
	free(link);
}

void store_close(struct session *s)
{
	while (s->links) {
		struct link *link = s->links;
		s->links = link->next;
		close_link(link);
	}
	s->has_temp_tables = false;
}

static void end_all(struct session *s, const char *sql)
{
	for (struct link *link = s->links; link; link = link->next) {
		if (link->is_in_transaction)
			link_run(link, sql);
		link->is_in_transaction = !sqlite3_get_autocommit(link->db);
	}
}

/* A reader of the same tables may keep a commit waiting; it cannot refuse it. */
void store_commit(struct session *s)
{
	for (int tries = 0; tries < 5000; tries++) {
		bool is_done = true;
		end_all(s, "COMMIT");
		for (struct link *link = s->links; link; link = link->next)
			is_done = is_done && !link->is_in_transaction;
		if (is_done || !session_sleep(s, 2))
			break;
	}
	end_all(s, "ROLLBACK");
}

void store_rollback(struct session *s)
{
	end_all(s, "ROLLBACK");
}

bool link_begin(struct link *link)
{
	if (!link->is_in_transaction)
		link->is_in_transaction = link_run(link, "BEGIN");
	return link->is_in_transaction;
}

static bool savepoint(struct session *s, const char *verb, const char *name)
{
	struct link *link = link_current(s);
	char *sql = sqlite3_mprintf("%s \"%w\"", verb, name);
	bool is_done = link && sql && link_begin(link) && link_run(link, sql);

	sqlite3_free(sql);
	return is_done;
}

bool store_savepoint(struct session *s, const char *name)
{
	return savepoint(s, "SAVEPOINT", name);
}

bool store_rollback_to(struct session *s, const char *name)
{
	return savepoint(s, "ROLLBACK TO", name);
}

static void drop_all(struct link *link)
{
	sqlite3_stmt *stmt;
	char *sql = NULL;

	if (sqlite3_prepare_v2(link->db,
		    "SELECT group_concat('DROP TABLE local.\"' || replace(name, '\"', '\"\"') || "
		    "'\"', ';')"
		    " FROM local.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
		    -1, &stmt, NULL) != SQLITE_OK)
		return;
	if (sqlite3_step(stmt) == SQLITE_ROW)
		sql = sqlite3_mprintf("%s", sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	if (sql)
		link_run(link, sql);
	sqlite3_free(sql);
}

void store_drop_temp_tables(struct session *s)
{
	struct link *link;

	if (!s->has_temp_tables && !s->global_tables)
		return;
	link = link_current(s);
	if (link && s->has_temp_tables)
		drop_all(link);
	s->has_temp_tables = false;
	while (link && s->global_tables) {
		char *sql = sqlite3_mprintf(
			"DROP TABLE IF EXISTS tempdb.\"%w\"", s->global_tables->name);
		if (sql && store_attach(s, "tempdb"))
			link_run(
				link, strcasecmp(link->database, "tempdb") == 0 ? "SELECT 1" : sql);
		sqlite3_free(sql);
		item_remove(&s->global_tables, s->global_tables);
	}
}
