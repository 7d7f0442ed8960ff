/* SPDX-License-Identifier: MIT */
#include "functions.h"

#include "dates.h"
#include "server.h"
#include "store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define VERSION_TEXT                                                                               \
	"Microsoft SQL Server 2019 (RTM) - 15.0.2000.5 (X64) - tdsd, a test double for odbcpool"

static struct session *session_of(sqlite3_context *c)
{
	return sqlite3_user_data(c);
}

static const char *text_of(sqlite3_value *v)
{
	const char *text = (const char *)sqlite3_value_text(v);

	return text ? text : "";
}

static void give_int(sqlite3_context *c, int64_t value)
{
	sqlite3_result_int64(c, value);
	sqlite3_result_subtype(c, TYPE_INT);
}

static void give_text(sqlite3_context *c, const char *text)
{
	sqlite3_result_text(c, text, -1, SQLITE_TRANSIENT);
	sqlite3_result_subtype(c, TYPE_NVARCHAR);
}

static void give_null(sqlite3_context *c, enum type_kind kind)
{
	sqlite3_result_null(c);
	sqlite3_result_subtype(c, kind);
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
	sqlite3_result_subtype(c, v->type.kind);
}

/* --- variables and @@globals ------------------------------------------------------------------ */

static void f_variable(sqlite3_context *c, int count, sqlite3_value **v)
{
	struct item *variable = item_find(session_of(c)->variables, text_of(v[0]));

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
	if (!functions_global(session_of(c), text_of(v[0]), &value)) {
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
	const char *name = count > 0 ? text_of(v[0]) : s->database, *each;

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
	struct item *key = item_find(session_of(c)->context, text_of(v[0]));

	(void)count;
	if (key)
		give_value(c, &key->value);
	else
		give_null(c, TYPE_NVARCHAR);
}

static void f_session_property(sqlite3_context *c, int count, sqlite3_value **v)
{
	uint32_t bit = settings_option(text_of(v[0])) & OPTIONS_IN_GLOBAL;

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
		if (strcasecmp(properties[i].name, text_of(v[0])) == 0)
			return give_text(c, properties[i].value);
	give_null(c, TYPE_NVARCHAR);
}

static void f_applock_mode(sqlite3_context *c, int count, sqlite3_value **v)
{
	struct session *s = session_of(c);

	(void)count;
	give_text(c, applock_mode(s->server, s->spid, text_of(v[1])));
}

/* "CURSOR_STATUS (Transact-SQL)": 1 open, -1 closed, -3 no such cursor. */
static void f_cursor_status(sqlite3_context *c, int count, sqlite3_value **v)
{
	struct item *cursor = item_find(session_of(c)->cursors, text_of(v[1]));

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
	const char *name = text_of(v[0]), *dot = strrchr(name, '.');
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

/* --- values ----------------------------------------------------------------------------------- */

static void f_getdate(sqlite3_context *c, int count, sqlite3_value **v)
{
	char text[DATE_TEXT_SIZE];

	(void)count;
	(void)v;
	date_print(date_now(), true, 3, text);
	sqlite3_result_text(c, text, -1, SQLITE_TRANSIENT);
	sqlite3_result_subtype(c, TYPE_DATETIME);
}

static void f_newid(sqlite3_context *c, int count, sqlite3_value **v)
{
	uint8_t r[16];
	char text[37];

	(void)count;
	(void)v;
	sqlite3_randomness(sizeof(r), r);
	snprintf(text, sizeof(text),
		"%02X%02X%02X%02X-%02X%02X-4%X%02X-%02X%02X-%02X%02X%02X%02X%02X%02X", r[0], r[1],
		r[2], r[3], r[4], r[5], r[6] & 0xf, r[7], 0x80 | (r[8] & 0x3f), r[9], r[10], r[11],
		r[12], r[13], r[14], r[15]);
	sqlite3_result_text(c, text, -1, SQLITE_TRANSIENT);
	sqlite3_result_subtype(c, TYPE_GUID);
}

static void f_len(sqlite3_context *c, int count, sqlite3_value **v)
{
	const char *text = text_of(v[0]);
	int64_t len = 0, used = 0;

	(void)count;
	if (sqlite3_value_type(v[0]) == SQLITE_NULL)
		return give_null(c, TYPE_INT);
	for (; *text; text++) {
		len += (*text & 0xc0) != 0x80;
		if (*text != ' ')
			used = len;
	}
	give_int(c, used);
}

static void f_datalength(sqlite3_context *c, int count, sqlite3_value **v)
{
	(void)count;
	if (sqlite3_value_type(v[0]) == SQLITE_NULL)
		return give_null(c, TYPE_INT);
	/* Text is NVARCHAR here. */
	give_int(c, sqlite3_value_type(v[0]) == SQLITE_TEXT ? sqlite3_value_bytes16(v[0])
							    : sqlite3_value_bytes(v[0]));
}

static void f_charindex(sqlite3_context *c, int count, sqlite3_value **v)
{
	const char *in = text_of(v[1]), *at = strcasestr(in, text_of(v[0]));

	(void)count;
	give_int(c, at ? at - in + 1 : 0);
}

/* LEFT and RIGHT, the latter with its count negative. */
static void f_left(sqlite3_context *c, int count, sqlite3_value **v)
{
	const char *text = text_of(v[0]);
	int len = (int)strlen(text), n = sqlite3_value_int(v[1]);

	(void)count;
	n = n < -len ? -len : n > len ? len : n;
	sqlite3_result_text(c, n < 0 ? text + len + n : text, abs(n), SQLITE_TRANSIENT);
	sqlite3_result_subtype(c, TYPE_NVARCHAR);
}

static void f_replicate(sqlite3_context *c, int count, sqlite3_value **v)
{
	const char *text = text_of(v[0]);
	int64_t n = sqlite3_value_int64(v[1]), len = (int64_t)strlen(text);
	char *all;

	(void)count;
	if (n < 0 || len * n > 16 << 20)
		return sqlite3_result_error_toobig(c);
	all = sqlite3_malloc64((uint64_t)(len * n + 1));
	if (!all)
		return sqlite3_result_error_nomem(c);
	for (int64_t i = 0; i < n; i++)
		memcpy(all + i * len, text, (size_t)len);
	sqlite3_result_text(c, all, (int)(len * n), sqlite3_free);
}

static void cast_to_text(sqlite3_context *c, sqlite3_value *v, const struct type *t)
{
	int bytes = sqlite3_value_bytes(v), units = 0, end = 0;
	const char *text = text_of(v);

	for (; end < bytes; end++) {
		if ((text[end] & 0xc0) != 0x80 && t->size > 0 && units++ == (int)t->size)
			break;
	}
	sqlite3_result_text(c, text, end, SQLITE_TRANSIENT);
}

static void conversion_failed(sqlite3_context *c, enum type_kind kind)
{
	char text[120];

	snprintf(text, sizeof(text), "Conversion failed when converting the value to data type %s.",
		type_name(kind));
	sqlite3_result_error(c, text, -1);
}

static bool is_number(sqlite3_value *v)
{
	int type = sqlite3_value_numeric_type(v);

	return type == SQLITE_INTEGER || type == SQLITE_FLOAT;
}

static void cast_number(sqlite3_context *c, sqlite3_value *v, enum type_kind kind)
{
	if (!is_number(v))
		return conversion_failed(c, kind);
	if (kind == TYPE_BIT)
		sqlite3_result_int(c, sqlite3_value_double(v) != 0);
	else if (kind <= TYPE_BIGINT)
		sqlite3_result_int64(c, sqlite3_value_int64(v));
	else
		sqlite3_result_double(c, sqlite3_value_double(v));
	sqlite3_result_subtype(c, kind);
}

/* CAST and CONVERT: the value and a declaration. */
static void f_cast(sqlite3_context *c, int count, sqlite3_value **v)
{
	struct type t = type_of_declaration(text_of(v[1]));
	struct date d;

	(void)count;
	if (sqlite3_value_type(v[0]) == SQLITE_NULL) {
		give_null(c, t.kind);
	} else if (type_is_text(t.kind)) {
		cast_to_text(c, v[0], &t);
	} else if (type_is_binary(t.kind)) {
		sqlite3_result_blob(
			c, sqlite3_value_blob(v[0]), sqlite3_value_bytes(v[0]), SQLITE_TRANSIENT);
	} else if (type_is_date(t.kind)) {
		if (!date_parse(text_of(v[0]), &d))
			return conversion_failed(c, t.kind);
		sqlite3_result_text(c, text_of(v[0]), -1, SQLITE_TRANSIENT);
	} else if (t.kind == TYPE_GUID) {
		sqlite3_result_text(c, text_of(v[0]), -1, SQLITE_TRANSIENT);
	} else if (t.kind == TYPE_UNKNOWN) {
		sqlite3_result_error(c, "no such type", -1);
	} else {
		return cast_number(c, v[0], t.kind);
	}
	sqlite3_result_subtype(c, t.kind);
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
		{"tds_cast", 2, f_cast},
		{"tds_left", 2, f_left},
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
		{"getdate", 0, f_getdate},
		{"sysdatetime", 0, f_getdate},
		{"getutcdate", 0, f_getdate},
		{"newid", 0, f_newid},
		{"len", 1, f_len},
		{"datalength", 1, f_datalength},
		{"charindex", 2, f_charindex},
		{"replicate", 2, f_replicate},
	};

	for (size_t i = 0; i < array_size(functions); i++)
		sqlite3_create_function(db, functions[i].name, functions[i].arguments, SQLITE_UTF8,
			s, functions[i].call, NULL, NULL);
}
