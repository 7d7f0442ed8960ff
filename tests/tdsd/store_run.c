/* SPDX-License-Identifier: MIT */
/* One statement: prepared, waited for, its rows sent. */
#include "store_link.h"

#include "transaction.h"

#include <stdlib.h>

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

static void apply_isolation(struct session *s, struct link *link)
{
	bool reads_uncommitted = s->isolation == ISOLATION_READ_UNCOMMITTED;

	if (reads_uncommitted == link->reads_uncommitted)
		return;
	link_run(link,
		reads_uncommitted ? "PRAGMA read_uncommitted = 1" : "PRAGMA read_uncommitted = 0");
	link->reads_uncommitted = reads_uncommitted;
}

/* Prepare and step until the first row or the end; locks are waited for. What is only described
 * changes nothing. */
static int start(struct session *s, struct link *link, const struct store_request *request,
	sqlite3_stmt **ret)
{
	int64_t since = channel_now_ms();
	int rc;

	apply_isolation(s, link);
	for (;;) {
		*ret = NULL;
		rc = prepare(link, request->sql, ret);
		if (rc == SQLITE_OK && request->mode == ROWS_DESCRIBED &&
			!sqlite3_stmt_readonly(*ret))
			return SQLITE_DONE;
		if (rc == SQLITE_OK && (!needs_transaction(s, *ret) || link_begin(link)))
			rc = sqlite3_step(*ret);
		if (!store_is_locked(rc))
			return rc;
		sqlite3_finalize(*ret);
		*ret = NULL;
		if (!wait_for_lock(s, since))
			return s->error == 1205 || session_must_stop(s) ? SQLITE_INTERRUPT : rc;
	}
}

/* Wide enough for all the values so far; with none that had any, 1. */
static void widen(struct type *type, sqlite3_value *value)
{
	uint32_t len = (uint32_t)sqlite3_value_bytes(value);
	uint32_t limit = type->kind == TYPE_NVARCHAR || type->kind == TYPE_NCHAR ? 4000 : 8000;

	if (type->size != 0 && len > type->size)
		type->size = len <= limit ? len : 0;
}

/* A column's type as its values say, and the functions that made them; a number that is too large,
 * or a text among numbers, makes it wider. */
static void learn_type(sqlite3_stmt *stmt, int i, struct type *type)
{
	sqlite3_value *value = sqlite3_column_value(stmt, i);
	struct type found = type_of_subtype(sqlite3_value_subtype(value));

	if (found.kind == TYPE_UNKNOWN) {
		switch (sqlite3_value_type(value)) {
		case SQLITE_INTEGER:
			found.kind = sqlite3_value_int64(value) == sqlite3_value_int(value)
					     ? TYPE_INT
					     : TYPE_BIGINT;
			break;
		case SQLITE_FLOAT:
			found.kind = TYPE_FLOAT;
			break;
		case SQLITE_TEXT:
			found.kind = TYPE_NVARCHAR;
			break;
		case SQLITE_BLOB:
			found.kind = TYPE_VARBINARY;
			break;
		default:
			return;
		}
	}
	if (type_is_text(found.kind) || type_is_binary(found.kind))
		found.size = 1;
	/* The kinds are in the order of T-SQL's precedence, near enough. */
	if (found.kind > type->kind)
		*type = found;
	if (type->size != 0)
		widen(type, value);
}

/* The statement is at its first row, or at its end. Columns without a declared type are told by
 * their values, all of them: the statement is read to its end and begun again. */
static int describe(struct session *s, struct link *link, const struct store_request *request,
	sqlite3_stmt **stmt, int rc, struct column *columns, int count)
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
	rc = start(s, link, request, stmt);
	for (int i = 0; *stmt && i < count; i++)
		columns[i].name = sqlite3_column_name(*stmt, i);
	return rc;
}

static bool value_of(sqlite3_value *from, struct value *ret)
{
	struct value v = {.kind = VALUE_NULL, .type = type_of_subtype(sqlite3_value_subtype(from))};
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
	rc = describe(s, link, request, stmt, rc, columns, count);
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
	struct link *link = link_current(s);
	sqlite3_stmt *stmt = NULL;
	int rc, columns;

	if (!link)
		return STORE_FAILED;
	rc = start(s, link, request, &stmt);
	columns = sqlite3_column_count(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
		store_send_error(s, link->db, rc);
		sqlite3_finalize(stmt);
		return STORE_FAILED;
	}
	if (request->mode == ROWS_TO_VARIABLES)
		rc = take_rows(s, request, stmt, rc);
	else if (columns > 0 && request->mode != ROWS_COUNTED)
		rc = send_rows(s, link, request, &stmt, rc, columns);
	else if (request->mode != ROWS_DESCRIBED)
		rc = finish_write(s, link, stmt, rc);
	if (rc != SQLITE_DONE)
		store_send_error(s, link->db, rc);
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? STORE_DONE : STORE_FAILED;
}

enum store_result store_evaluate(struct session *s, const char *sql, struct value *ret)
{
	struct link *link = link_current(s);
	sqlite3_stmt *stmt = NULL;
	struct store_request request = {.sql = sql, .mode = ROWS_TO_VARIABLES};
	struct value v = {.kind = VALUE_NULL};
	int rc = link ? start(s, link, &request, &stmt) : SQLITE_ERROR;

	if (rc == SQLITE_ROW && !value_of(sqlite3_column_value(stmt, 0), &v))
		rc = SQLITE_NOMEM;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE && link)
		store_send_error(s, link->db, rc);
	sqlite3_finalize(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return STORE_FAILED;
	*ret = v;
	return STORE_DONE;
}
