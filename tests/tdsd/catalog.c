/* SPDX-License-Identifier: MIT */
/* The catalog views that tests look at, as subqueries of constants or over SQLite's own catalog. */
#include "server.h"
#include "store.h"
#include "translate.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static void append_text(struct buffer *sql, const char *text)
{
	buffer_append_char(sql, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			buffer_append_char(sql, '\'');
		buffer_append_char(sql, *text);
	}
	buffer_append_char(sql, '\'');
}

/* One row a session, in the columns of sys.dm_exec_sessions and of sysprocesses together. */
static void add_sessions(struct session *s, struct buffer *sql)
{
	bool is_first = true;

	session_publish(s);
	pthread_mutex_lock(&s->server->lock);
	for (struct session *each = s->server->sessions; each; each = each->next) {
		buffer_printf(sql,
			"%s SELECT %d AS session_id, %d AS spid, %d AS "
			"transaction_isolation_level, %d AS open_transaction_count, %d AS "
			"open_tran, "
			"1 AS is_user_process, 'sleeping' AS status, ",
			is_first ? "" : " UNION ALL", each->spid, each->spid, each->view.isolation,
			each->view.trancount, each->view.trancount);
		append_text(sql, each->view.user);
		buffer_append_str(sql, " AS login_name, ");
		append_text(sql, each->view.user);
		buffer_append_str(sql, " AS loginame, ");
		append_text(sql, each->view.app);
		buffer_append_str(sql, " AS program_name, ");
		append_text(sql, each->view.host);
		buffer_append_str(sql, " AS host_name, ");
		append_text(sql, each->view.database);
		buffer_append_str(sql, " AS database_name");
		is_first = false;
	}
	pthread_mutex_unlock(&s->server->lock);
}

static void add_databases(struct session *s, struct buffer *sql)
{
	const char *name;

	for (int i = 0; (name = store_name(s->server->store, i)); i++)
		buffer_printf(sql,
			"%s SELECT '%s' AS name, %d AS database_id, %d AS dbid, 0 AS state",
			i == 0 ? "" : " UNION ALL", name, i + 1, i + 1);
}

#define OBJECTS                                                                                    \
	" SELECT name, rowid + 1000 AS object_id, rowid + 1000 AS id, upper(substr(type, 1, 1)) "  \
	"AS "                                                                                      \
	"type, upper(substr(type, 1, 1)) AS xtype, 1 AS schema_id FROM "

static void add_objects(struct buffer *sql, const char *schema, const char *type)
{
	buffer_printf(sql, OBJECTS "%s.sqlite_master WHERE name NOT LIKE 'sqlite_%%'%s%s%s", schema,
		type ? " AND type = '" : "", type ? type : "", type ? "'" : "");
}

static void add_information_schema(struct buffer *sql, const char *schema, const char *database)
{
	buffer_printf(sql,
		" SELECT '%s' AS TABLE_CATALOG, 'dbo' AS TABLE_SCHEMA, name AS TABLE_NAME, "
		"CASE type WHEN 'view' THEN 'VIEW' ELSE 'BASE TABLE' END AS TABLE_TYPE FROM "
		"%s.sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%%'",
		database, schema);
}

/* sys.tables and INFORMATION_SCHEMA.TABLES, which have no column of the same name. */
static void add_tables(struct buffer *sql, const char *schema, const char *database)
{
	buffer_append_str(sql, "SELECT * FROM (");
	add_information_schema(sql, schema, database);
	buffer_append_str(sql, ") i JOIN (");
	add_objects(sql, schema, "table");
	buffer_append_str(sql, ") o ON i.TABLE_NAME = o.name");
}

bool catalog_is_compatible(const char *name)
{
	return strcasecmp(name, "sysprocesses") == 0 || strcasecmp(name, "sysdatabases") == 0 ||
	       strcasecmp(name, "sysobjects") == 0;
}

bool catalog_view(struct session *s, const char *database, const char *name, struct buffer *sql)
{
	const char *schema = "main";
	size_t before = sql->len;

	if (strcasecmp(database, s->database) != 0) {
		schema = database;
		if (!store_attach(s, database))
			return false;
	}
	buffer_append_str(sql, " (");
	if (strcasecmp(name, "dm_exec_sessions") == 0 || strcasecmp(name, "sysprocesses") == 0 ||
		strcasecmp(name, "dm_exec_connections") == 0)
		add_sessions(s, sql);
	else if (strcasecmp(name, "databases") == 0 || strcasecmp(name, "sysdatabases") == 0)
		add_databases(s, sql);
	else if (strcasecmp(name, "objects") == 0 || strcasecmp(name, "sysobjects") == 0)
		add_objects(sql, schema, NULL);
	else if (strcasecmp(name, "tables") == 0)
		add_tables(sql, schema, database);
	else
		sql->len = before;
	if (sql->len == before)
		return false;
	buffer_append_str(sql, ") ");
	return true;
}
