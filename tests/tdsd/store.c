/* SPDX-License-Identifier: MIT */
#include "store.h"

#include "functions.h"
#include "server.h"
#include "transaction.h"

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

struct link {
	struct link *next;
	const char *database;
	sqlite3 *db;
	bool is_in_transaction;
};

static int on_progress(void *session)
{
	return session_must_stop(session);
}

static bool run_plain(struct link *link, const char *sql)
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
	is_done = sql && run_plain(link, sql);
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

static struct link *current_link(struct session *s)
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
	struct link *link = current_link(s);
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
			run_plain(link, sql);
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

static bool begin(struct link *link)
{
	if (!link->is_in_transaction)
		link->is_in_transaction = run_plain(link, "BEGIN");
	return link->is_in_transaction;
}

static bool savepoint(struct session *s, const char *verb, const char *name)
{
	struct link *link = current_link(s);
	char *sql = sqlite3_mprintf("%s \"%w\"", verb, name);
	bool is_done = link && sql && begin(link) && run_plain(link, sql);

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
		run_plain(link, sql);
	sqlite3_free(sql);
}

void store_drop_temp_tables(struct session *s)
{
	struct link *link = current_link(s);

	if (link && s->has_temp_tables)
		drop_all(link);
	s->has_temp_tables = false;
	while (link && s->global_tables) {
		char *sql = sqlite3_mprintf(
			"DROP TABLE IF EXISTS tempdb.\"%w\"", s->global_tables->name);
		if (sql && store_attach(s, "tempdb"))
			run_plain(
				link, strcasecmp(link->database, "tempdb") == 0 ? "SELECT 1" : sql);
		sqlite3_free(sql);
		item_remove(&s->global_tables, s->global_tables);
	}
}

/* --- statements ------------------------------------------------------------------------------- */

static bool is_locked(int rc)
{
	return (rc & 0xff) == SQLITE_LOCKED || (rc & 0xff) == SQLITE_BUSY;
}

/* The name in `no such table: main.x`. */
static const char *named(const char *message)
{
	const char *colon = strstr(message, ": "), *dot;

	if (!colon)
		return message;
	dot = strchr(colon, '.');
	return dot ? dot + 1 : colon + 2;
}

static void send_constraint_error(struct session *s, sqlite3 *db, const char *message)
{
	switch (sqlite3_extended_errcode(db)) {
	case SQLITE_CONSTRAINT_NOTNULL:
		session_error(s, 515, 16, 2,
			"Cannot insert the value NULL into column '%s'; column does not allow "
			"nulls.",
			named(message));
		break;
	case SQLITE_CONSTRAINT_CHECK:
	case SQLITE_CONSTRAINT_FOREIGNKEY:
		session_error(
			s, 547, 16, 0, "The statement conflicted with a constraint (%s).", message);
		break;
	default:
		session_error(s, 2627, 14, 1,
			"Violation of PRIMARY KEY constraint. Cannot insert duplicate key in "
			"object (%s).",
			named(message));
	}
}

/* What SQLite complains about, with SQL Server's number and text where it has one. */
static void send_error(struct session *s, sqlite3 *db, int rc)
{
	const char *message = sqlite3_errmsg(db), *quote = strchr(message, '"');

	if ((rc & 0xff) == SQLITE_INTERRUPT)
		return;
	if (is_locked(rc))
		session_error(s, 1222, 16, 45, "Lock request time out period exceeded.");
	else if ((rc & 0xff) == SQLITE_CONSTRAINT)
		send_constraint_error(s, db, message);
	else if (strncmp(message, "no such table", 13) == 0)
		session_error(s, 208, 16, 1, "Invalid object name '%s'.", named(message));
	else if (strncmp(message, "no such column", 14) == 0)
		session_error(s, 207, 16, 1, "Invalid column name '%s'.", named(message));
	else if (strncmp(message, "no such function", 16) == 0)
		session_error(s, 195, 15, 10, "'%s' is not a recognized built-in function name.",
			named(message));
	else if (strstr(message, "already exists"))
		session_error(s, 2714, 16, 6,
			"There is already an object of that name in the database: %s.", message);
	else if (strncmp(message, "near ", 5) == 0 && quote)
		session_error(s, 102, 15, 1, "Incorrect syntax near '%.*s'.",
			(int)strcspn(quote + 1, "\""), quote + 1);
	else
		session_error(s, 50000, 16, 1, "tdsd, SQLite: %s", message);
}

/* Wait for a lock as LOCK_TIMEOUT says: [T-SQL] SET LOCK_TIMEOUT, error 1222. A wait without end
 * may be a deadlock, of which one side must give up: error 1205. */
static bool wait_for_lock(struct session *s, int64_t since)
{
	enum { DEADLOCK_AFTER_MS = 20000 };
	int64_t waited = channel_now_ms() - since;

	if (s->settings.lock_timeout >= 0 && waited >= s->settings.lock_timeout)
		return false;
	if (waited > DEADLOCK_AFTER_MS) {
		session_error(s, 1205, 13, 51,
			"Transaction (Process ID %d) was deadlocked on lock resources with another "
			"process "
			"and has been chosen as the deadlock victim. Rerun the transaction.",
			s->spid);
		transaction_rollback_all(s);
		return false;
	}
	return session_sleep(s, 2);
}

static int prepare(struct link *link, const char *sql, sqlite3_stmt **ret)
{
	int rc = sqlite3_prepare_v2(link->db, sql, -1, ret, NULL);

	if (rc == SQLITE_OK && !*ret)
		rc = SQLITE_MISUSE;
	return rc;
}

/* Whether the statement must be part of a SQLite transaction. */
static bool needs_transaction(const struct session *s, sqlite3_stmt *stmt)
{
	return s->transaction.count > 0 &&
	       (!sqlite3_stmt_readonly(stmt) || s->isolation == ISOLATION_REPEATABLE_READ ||
		       s->isolation == ISOLATION_SERIALIZABLE);
}

/* Prepare and step until the first row or the end; locks are waited for. */
static int start(struct session *s, struct link *link, const char *sql, sqlite3_stmt **ret)
{
	int64_t since = channel_now_ms();
	int rc;

	run_plain(link, s->isolation == ISOLATION_READ_UNCOMMITTED ? "PRAGMA read_uncommitted = 1"
								   : "PRAGMA read_uncommitted = 0");
	for (;;) {
		*ret = NULL;
		rc = prepare(link, sql, ret);
		if (rc == SQLITE_OK && (!needs_transaction(s, *ret) || begin(link)))
			rc = sqlite3_step(*ret);
		if (!is_locked(rc))
			return rc;
		sqlite3_finalize(*ret);
		*ret = NULL;
		if (!wait_for_lock(s, since))
			return s->error == 1205 || session_must_stop(s) ? SQLITE_INTERRUPT : rc;
	}
}

/* A column's type: as declared, else as the function that made it says, else as its values are. */
static void learn_type(sqlite3_stmt *stmt, int i, struct type *type)
{
	sqlite3_value *value = sqlite3_column_value(stmt, i);
	enum type_kind by_function = (enum type_kind)sqlite3_value_subtype(value);
	uint32_t len;

	if (by_function != TYPE_UNKNOWN) {
		if (type->kind != by_function)
			*type = type_of_kind(by_function);
		return;
	}
	switch (sqlite3_value_type(value)) {
	case SQLITE_INTEGER:
		if (sqlite3_value_int64(value) != sqlite3_value_int(value))
			type->kind = type->kind == TYPE_UNKNOWN || type->kind == TYPE_INT
					     ? TYPE_BIGINT
					     : type->kind;
		else if (type->kind == TYPE_UNKNOWN)
			type->kind = TYPE_INT;
		break;
	case SQLITE_FLOAT:
		if (!type_is_text(type->kind))
			type->kind = TYPE_FLOAT;
		break;
	case SQLITE_TEXT:
		len = (uint32_t)sqlite3_value_bytes(value);
		if (type->kind != TYPE_NVARCHAR)
			*type = (struct type){.kind = TYPE_NVARCHAR, .size = 1};
		if (type->size != 0 && len > type->size)
			type->size = len <= 4000 ? len : 0;
		break;
	case SQLITE_BLOB:
		len = (uint32_t)sqlite3_value_bytes(value);
		if (type->kind == TYPE_UNKNOWN)
			*type = (struct type){.kind = TYPE_VARBINARY, .size = 1};
		if (type->kind == TYPE_VARBINARY && type->size != 0 && len > type->size)
			type->size = len <= 8000 ? len : 0;
		break;
	default:
		break;
	}
}

/* The statement is at its first row, or at its end. Columns without a declared type are told by
 * their values, all of them: the statement is read to its end and begun again. */
static int describe(struct session *s, struct link *link, const char *sql, sqlite3_stmt **stmt,
	int rc, struct column *columns, int count)
{
	bool is_open = false;

	for (int i = 0; i < count; i++) {
		const char *declared = sqlite3_column_decltype(*stmt, i);
		columns[i] = (struct column){.name = sqlite3_column_name(*stmt, i)};
		if (declared)
			columns[i].type = type_of_declaration(declared);
		columns[i].is_declared = columns[i].type.kind != TYPE_UNKNOWN;
		is_open = is_open || !columns[i].is_declared;
	}
	if (!is_open || rc != SQLITE_ROW || !sqlite3_stmt_readonly(*stmt))
		return rc;
	for (; rc == SQLITE_ROW; rc = sqlite3_step(*stmt))
		for (int i = 0; i < count; i++)
			if (!columns[i].is_declared)
				learn_type(*stmt, i, &columns[i].type);
	if (rc != SQLITE_DONE)
		return rc;
	sqlite3_finalize(*stmt);
	rc = start(s, link, sql, stmt);
	for (int i = 0; *stmt && i < count; i++)
		columns[i].name = sqlite3_column_name(*stmt, i);
	return rc;
}

static bool value_of(sqlite3_value *from, struct value *ret)
{
	struct value v = {.kind = VALUE_NULL,
		.type = type_of_kind((enum type_kind)sqlite3_value_subtype(from))};
	bool is_done = true;

	switch (sqlite3_value_type(from)) {
	case SQLITE_INTEGER:
		v.kind = VALUE_INTEGER;
		v.integer = sqlite3_value_int64(from);
		break;
	case SQLITE_FLOAT:
		v.kind = VALUE_REAL;
		v.real = sqlite3_value_double(from);
		break;
	case SQLITE_TEXT:
		is_done = value_set_bytes(&v, VALUE_TEXT, sqlite3_value_text(from),
			(size_t)sqlite3_value_bytes(from));
		break;
	case SQLITE_BLOB:
		is_done = value_set_bytes(&v, VALUE_BLOB, sqlite3_value_blob(from),
			(size_t)sqlite3_value_bytes(from));
		break;
	default:
		break;
	}
	*ret = v;
	return is_done;
}

static bool send_row(struct session *s, sqlite3_stmt *stmt, const struct column *columns, int count)
{
	token_row_begin(&s->channel);
	for (int i = 0; i < count; i++) {
		struct value v;
		if (!value_of(sqlite3_column_value(stmt, i), &v))
			return false;
		token_value(&s->channel, &columns[i].type, &v);
		value_done(&v);
	}
	if (s->channel.out.len > 32768)
		channel_flush(&s->channel, false);
	return !s->channel.out.failed;
}

static int send_rows(struct session *s, struct link *link, const struct store_request *request,
	sqlite3_stmt **stmt, int rc, int count)
{
	struct column *columns = calloc((size_t)count, sizeof(*columns));
	int64_t limit = s->settings.row_count;

	if (!columns)
		return SQLITE_NOMEM;
	rc = describe(s, link, request->sql, stmt, rc, columns, count);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
		free(columns);
		return rc;
	}
	session_finish_pending(s);
	token_columns(&s->channel, columns, (size_t)count);
	s->row_count = 0;
	while (rc == SQLITE_ROW && request->mode == ROWS_TO_CLIENT &&
		(limit == 0 || s->row_count < limit)) {
		if (!send_row(s, *stmt, columns, count)) {
			rc = SQLITE_NOMEM;
			break;
		}
		s->row_count++;
		rc = s->row_count % 64 == 0 && session_must_stop(s) ? SQLITE_INTERRUPT
								    : sqlite3_step(*stmt);
	}
	free(columns);
	return rc == SQLITE_ROW ? SQLITE_DONE : rc;
}

/* SELECT @a = x, @b = y: the last row stays. */
static int take_rows(
	struct session *s, const struct store_request *request, sqlite3_stmt *stmt, int rc)
{
	for (s->row_count = 0; rc == SQLITE_ROW; rc = sqlite3_step(stmt), s->row_count++) {
		for (size_t i = 0; i < request->target_count; i++) {
			struct item *variable = item_find(s->variables, request->targets[i]);
			struct value v;
			if (!variable)
				continue;
			if (!value_of(sqlite3_column_value(stmt, (int)i), &v))
				return SQLITE_NOMEM;
			v.type = variable->value.type;
			value_done(&variable->value);
			variable->value = v;
		}
	}
	return rc;
}

static int finish_write(struct session *s, struct link *link, sqlite3_stmt *stmt, int rc)
{
	while (rc == SQLITE_ROW)
		rc = sqlite3_step(stmt);
	s->row_count = sqlite3_changes(link->db);
	s->identity = sqlite3_last_insert_rowid(link->db);
	return rc;
}

enum store_result store_run(struct session *s, const struct store_request *request)
{
	struct link *link = current_link(s);
	sqlite3_stmt *stmt = NULL;
	int rc, columns;

	if (!link)
		return STORE_FAILED;
	rc = start(s, link, request->sql, &stmt);
	columns = sqlite3_column_count(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
		send_error(s, link->db, rc);
		sqlite3_finalize(stmt);
		return STORE_FAILED;
	}
	if (request->mode == ROWS_TO_VARIABLES)
		rc = take_rows(s, request, stmt, rc);
	else if (columns > 0 && request->mode != ROWS_COUNTED)
		rc = send_rows(s, link, request, &stmt, rc, columns);
	else
		rc = finish_write(s, link, stmt, rc);
	if (rc != SQLITE_DONE)
		send_error(s, link->db, rc);
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? STORE_DONE : STORE_FAILED;
}

enum store_result store_evaluate(struct session *s, const char *sql, struct value *ret)
{
	struct link *link = current_link(s);
	sqlite3_stmt *stmt = NULL;
	struct value v = {.kind = VALUE_NULL};
	int rc = link ? start(s, link, sql, &stmt) : SQLITE_ERROR;

	if (rc == SQLITE_ROW && !value_of(sqlite3_column_value(stmt, 0), &v))
		rc = SQLITE_NOMEM;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE && link)
		send_error(s, link->db, rc);
	sqlite3_finalize(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return STORE_FAILED;
	*ret = v;
	return STORE_DONE;
}
