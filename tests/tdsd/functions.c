/* SPDX-License-Identifier: MIT */
#include "functions.h"

#include "functions_values.h"
#include "server.h"
#include "store.h"

#include <string.h>
#include <strings.h>

#define VERSION_TEXT                                                                               \
	"Microsoft SQL Server 2019 (RTM) - 15.0.2000.5 (X64) - tdsd, a test double for odbcpool"

static struct session *session_of(sqlite3_context *c)
{
	return sqlite3_user_data(c);
}

static void give_text(sqlite3_context *c, const char *text)
{
	sqlite3_result_text(c, text, -1, SQLITE_TRANSIENT);
	sqlite3_result_subtype(c, TYPE_NVARCHAR);
}

static void give_value(sqlite3_context *c, const struct value *v)
{
	switch (v->kind) {
	case VALUE_NULL:
		sqlite3_result_null(c);
		break;
	case VALUE_INTEGER:
		sqlite3_result_int64(c, v->integer);
		break;
	case VALUE_REAL:
		sqlite3_result_double(c, v->real);
		break;
	case VALUE_TEXT:
		sqlite3_result_text(c, v->data, (int)v->len, SQLITE_TRANSIENT);
		break;
	case VALUE_BLOB:
		sqlite3_result_blob(c, v->data, (int)v->len, SQLITE_TRANSIENT);
		break;
	}
	sqlite3_result_subtype(c, type_to_subtype(&v->type));
}

/* --- variables and @@globals ------------------------------------------------------------------ */

static void f_variable(sqlite3_context *c, int count, sqlite3_value **v)
{
	struct item *variable = item_find(session_of(c)->variables, argument_text(v[0]));

	(void)count;
	if (variable)
		give_value(c, &variable->value);
	else
		sqlite3_result_error(c, "a variable is not declared", -1);
}

static bool integer_global(struct session *s, const char *name, int64_t *ret)
{
	const struct {
		const char *name;
		int64_t value;
	} globals[] = {
		{"@@trancount", s->transaction.count},
		{"@@spid", s->spid},
		{"@@error", s->error},
		{"@@rowcount", s->row_count},
		{"@@options", s->settings.options & OPTIONS_IN_GLOBAL},
		{"@@lock_timeout", s->settings.lock_timeout},
		{"@@datefirst", s->settings.date_first},
		{"@@textsize", s->settings.text_size},
		{"@@nestlevel", s->nesting > 0 ? s->nesting - 1 : 0},
		{"@@max_connections", 32767},
		{"@@microsoftversion", 0x0f0007d0},
		{"@@fetch_status", s->fetch_status},
		{"@@langid", 0},
		{"@@max_precision", 38},
		{"@@procid", 0},
	};

	for (size_t i = 0; i < array_size(globals); i++) {
		if (strcasecmp(globals[i].name, name) != 0)
			continue;
		*ret = globals[i].value;
		return true;
	}
	return false;
}

static const char *text_global(struct session *s, const char *name)
{
	if (strcasecmp(name, "@@version") == 0)
		return VERSION_TEXT;
	if (strcasecmp(name, "@@servername") == 0)
		return "TDSD";
	if (strcasecmp(name, "@@servicename") == 0)
		return "MSSQLSERVER";
	return strcasecmp(name, "@@language") == 0 ? s->settings.language : NULL;
}

bool functions_global(struct session *s, const char *name, struct value *ret)
{
	struct value v = {.kind = VALUE_INTEGER, .type = type_of_kind(TYPE_INT)};
	const char *text = text_global(s, name);

	if (text) {
		v.type = type_of_kind(TYPE_NVARCHAR);
		if (!value_set_bytes(&v, VALUE_TEXT, text, strlen(text)))
			return false;
	} else if (strcasecmp(name, "@@identity") == 0) {
		v.integer = s->identity;
		v.type = type_of_kind(TYPE_BIGINT);
		if (s->identity == 0)
			v.kind = VALUE_NULL;
	} else if (!integer_global(s, name, &v.integer)) {
		return false;
	}
	*ret = v;
	return true;
}

static void f_global(sqlite3_context *c, int count, sqlite3_value **v)
{
	struct value value;

	(void)count;
	if (!functions_global(session_of(c), argument_text(v[0]), &value)) {
		sqlite3_result_error(c, "no such @@ function", -1);
		return;
	}
	give_value(c, &value);
	value_done(&value);
}

/* --- the session ------------------------------------------------------------------------------ */

static void f_db_name(sqlite3_context *c, int count, sqlite3_value **v)
{
	struct session *s = session_of(c);
	int id = count > 0 ? sqlite3_value_int(v[0]) : 0;
	const char *name = id > 0 ? store_name(s->server->store, id - 1) : s->database;

	if (name)
		give_text(c, name);
	else
		give_null(c, TYPE_NVARCHAR);
}

static void f_db_id(sqlite3_context *c, int count, sqlite3_value **v)
{
	struct session *s = session_of(c);
	const char *name = count > 0 ? argument_text(v[0]) : s->database, *each;

	for (int i = 0; (each = store_name(s->server->store, i)); i++)
		if (strcasecmp(each, name) == 0)
			return give_int(c, i + 1);
	give_null(c, TYPE_INT);
}

static void f_login_name(sqlite3_context *c, int count, sqlite3_value **v)
{
	(void)count;
	(void)v;
	/* An application role changes the user, not the login. */
	give_text(c, session_of(c)->impersonated ? session_user(session_of(c))
						 : session_of(c)->login.user);
}

static void f_original_login(sqlite3_context *c, int count, sqlite3_value **v)
{
	(void)count;
	(void)v;
	give_text(c, session_of(c)->login.user);
}

static void f_user_name(sqlite3_context *c, int count, sqlite3_value **v)
{
	(void)count;
	(void)v;
	give_text(c, session_user(session_of(c)));
}

static void f_app_name(sqlite3_context *c, int count, sqlite3_value **v)
{
	(void)count;
	(void)v;
	give_text(c, session_of(c)->login.app);
}

static void f_host_name(sqlite3_context *c, int count, sqlite3_value **v)
{
	(void)count;
	(void)v;
	give_text(c, session_of(c)->login.host);
}

static void f_context_info(sqlite3_context *c, int count, sqlite3_value **v)
{
	struct session *s = session_of(c);

	(void)count;
	(void)v;
	if (s->context_info_len == 0)
		return give_null(c, TYPE_VARBINARY);
	sqlite3_result_blob(c, s->context_info, sizeof(s->context_info), SQLITE_TRANSIENT);
	sqlite3_result_subtype(c, TYPE_VARBINARY);
}

static void f_session_context(sqlite3_context *c, int count, sqlite3_value **v)
{
	struct item *key = item_find(session_of(c)->context, argument_text(v[0]));

	(void)count;
	if (key)
		give_value(c, &key->value);
	else
		give_null(c, TYPE_NVARCHAR);
}

static void f_session_property(sqlite3_context *c, int count, sqlite3_value **v)
{
	uint32_t bit = settings_option(argument_text(v[0])) & OPTIONS_IN_GLOBAL;

	(void)count;
	if (bit)
		give_int(c, (session_of(c)->settings.options & bit) != 0);
	else
		give_null(c, TYPE_INT);
}

static void f_server_property(sqlite3_context *c, int count, sqlite3_value **v)
{
	static const struct {
		const char *name, *value;
	} properties[] = {{"ProductVersion", "15.0.2000.5"}, {"ProductLevel", "RTM"},
		{"Edition", "Developer Edition (64-bit)"}, {"ServerName", "TDSD"},
		{"MachineName", "TDSD"}, {"Collation", "SQL_Latin1_General_CP1_CI_AS"},
		{"EngineEdition", "3"}, {"IsIntegratedSecurityOnly", "0"},
		{"ProductMajorVersion", "15"}};

	(void)count;
	for (size_t i = 0; i < array_size(properties); i++)
		if (strcasecmp(properties[i].name, argument_text(v[0])) == 0)
			return give_text(c, properties[i].value);
	give_null(c, TYPE_NVARCHAR);
}

static void f_applock_mode(sqlite3_context *c, int count, sqlite3_value **v)
{
	struct session *s = session_of(c);

	(void)count;
	give_text(c, applock_mode(s->server, s->spid, argument_text(v[1])));
}

/* "CURSOR_STATUS (Transact-SQL)": 1 open, -1 closed, -3 no such cursor. */
static void f_cursor_status(sqlite3_context *c, int count, sqlite3_value **v)
{
	struct item *cursor = item_find(session_of(c)->cursors, argument_text(v[1]));

	(void)count;
	give_int(c, !cursor ? -3 : cursor->is_open ? 1 : -1);
}

static void f_xact_state(sqlite3_context *c, int count, sqlite3_value **v)
{
	struct session *s = session_of(c);

	(void)count;
	(void)v;
	give_int(c, s->transaction.is_doomed ? -1 : s->transaction.count > 0);
}

static void f_scope_identity(sqlite3_context *c, int count, sqlite3_value **v)
{
	struct value value;

	(void)count;
	(void)v;
	if (functions_global(session_of(c), "@@identity", &value))
		give_value(c, &value);
}

/* Whether an object is there: enough for OBJECT_ID('tempdb..#x') IS NOT NULL. */
static void f_object_id(sqlite3_context *c, int count, sqlite3_value **v)
{
	const char *name = argument_text(v[0]), *dot = strrchr(name, '.');
	char *sql;
	sqlite3_stmt *stmt;

	(void)count;
	name = dot ? dot + 1 : name;
	sql = sqlite3_mprintf("SELECT 1 FROM %s WHERE name = '%.*q' COLLATE NOCASE",
		name[0] == '#' ? "local.sqlite_master" : "main.sqlite_master",
		(int)strcspn(name + (name[0] == '['), "]"), name + (name[0] == '['));
	give_null(c, TYPE_INT);
	if (sql && sqlite3_prepare_v2(sqlite3_context_db_handle(c), sql, -1, &stmt, NULL) ==
			   SQLITE_OK) {
		if (sqlite3_step(stmt) == SQLITE_ROW)
			give_int(c, 12345678);
		sqlite3_finalize(stmt);
	}
	sqlite3_free(sql);
}

void functions_register(sqlite3 *db, struct session *s)
{
	static const struct {
		const char *name;
		int arguments;
		void (*call)(sqlite3_context *, int, sqlite3_value **);
	} functions[] = {
		{"tds_variable", 1, f_variable},
		{"tds_global", 1, f_global},
		{"db_name", -1, f_db_name},
		{"db_id", -1, f_db_id},
		{"suser_sname", -1, f_login_name},
		{"suser_name", -1, f_login_name},
		{"original_login", 0, f_original_login},
		{"user_name", -1, f_user_name},
		{"app_name", 0, f_app_name},
		{"host_name", 0, f_host_name},
		{"context_info", 0, f_context_info},
		{"session_context", 1, f_session_context},
		{"sessionproperty", 1, f_session_property},
		{"serverproperty", 1, f_server_property},
		{"applock_mode", 3, f_applock_mode},
		{"cursor_status", 2, f_cursor_status},
		{"xact_state", 0, f_xact_state},
		{"scope_identity", 0, f_scope_identity},
		{"object_id", -1, f_object_id},
	};

	functions_register_values(db);
	for (size_t i = 0; i < array_size(functions); i++)
		sqlite3_create_function(db, functions[i].name, functions[i].arguments, SQLITE_UTF8,
			s, functions[i].call, NULL, NULL);
}
