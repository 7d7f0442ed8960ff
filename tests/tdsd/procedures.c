/* SPDX-License-Identifier: MIT */
#include "procedures.h"

#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct item *call_argument(const struct call *c, const char *name, int position)
{
	struct item *item = item_find(c->arguments, name);

	if (item)
		return item;
	for (item = c->arguments; item && position > 0; item = item->next)
		position--;
	return item && item->name[0] == '\0' ? item : NULL;
}

const char *call_text(const struct call *c, const char *name, int position)
{
	const struct item *item = call_argument(c, name, position);

	return item && item->value.kind == VALUE_TEXT ? item->value.data : "";
}

int64_t call_integer(const struct call *c, const char *name, int position, int64_t otherwise)
{
	const struct item *item = call_argument(c, name, position);

	return item && item->value.kind != VALUE_NULL ? value_as_integer(&item->value) : otherwise;
}

/* --- the session ------------------------------------------------------------------------------ */

/* "sp_set_session_context (Transact-SQL)" */
static enum flow p_set_session_context(struct call *c)
{
	const char *key = call_text(c, "@key", 0);
	struct item *value = call_argument(c, "@value", 1), *item;
	struct value copy = {.kind = VALUE_NULL};

	item = item_get(&c->s->context, key);
	if (!item || (value && !value_copy(&value->value, &copy)))
		return FLOW_ABORT;
	if (item->is_read_only) {
		value_done(&copy);
		session_error(c->s, 15664, 16, 1,
			"Cannot set key '%s' in the session context. The key has been set as "
			"read_only for "
			"this session.",
			key);
		c->status = 1;
		return FLOW_NEXT;
	}
	value_done(&item->value);
	item->value = copy;
	item->is_read_only = call_integer(c, "@read_only", 2, 0) != 0;
	return FLOW_NEXT;
}

/* "sp_setapprole (Transact-SQL)" */
static enum flow p_setapprole(struct call *c)
{
	if (c->s->transaction.count > 0) {
		session_error(c->s, 15002, 16, 1,
			"The procedure 'sys.sp_setapprole' cannot be executed within a "
			"transaction.");
		c->status = 1;
	} else if (!call_text(c, "@rolename", 0)[0] || !call_text(c, "@password", 1)[0]) {
		session_error(c->s, 2762, 16, 1,
			"sp_setapprole was not invoked correctly. Refer to the "
			"documentation for more information.");
		c->status = 1;
	} else {
		snprintf(
			c->s->app_role, sizeof(c->s->app_role), "%s", call_text(c, "@rolename", 0));
	}
	return FLOW_NEXT;
}

static enum flow p_unsetapprole(struct call *c)
{
	c->s->app_role[0] = '\0';
	return FLOW_NEXT;
}

/* "sp_getapplock (Transact-SQL)": 0 granted, 1 granted after a wait, -1 timed out, -999 wrong. */
static enum flow p_getapplock(struct call *c)
{
	struct session *s = c->s;
	const char *resource = call_text(c, "@Resource", 0), *mode = call_text(c, "@LockMode", 1);
	const char *owner = call_text(c, "@LockOwner", 2);
	bool is_of_session = strcasecmp(owner, "session") == 0;
	int64_t timeout = call_integer(c, "@LockTimeout", 3, s->settings.lock_timeout);
	int64_t since = channel_now_ms();

	if (!resource[0] || !mode[0] || (!is_of_session && s->transaction.count == 0)) {
		session_error(s, 1223, 16, 1,
			"Cannot grant the application lock: no transaction, or a "
			"parameter is missing.");
		c->status = -999;
		return FLOW_NEXT;
	}
	c->status = 0;
	while (applock_take(s->server, s->spid, resource, strcasecmp(mode, "exclusive") == 0,
		       !is_of_session) == APPLOCK_WAIT) {
		c->status = 1;
		if (timeout >= 0 && channel_now_ms() - since >= timeout) {
			c->status = -1;
			return FLOW_NEXT;
		}
		if (!session_sleep(s, 5)) {
			c->status = -2;
			return FLOW_ABORT;
		}
	}
	return FLOW_NEXT;
}

static enum flow p_releaseapplock(struct call *c)
{
	const char *resource = call_text(c, "@Resource", 0);

	if (applock_give(c->s->server, c->s->spid, resource))
		return FLOW_NEXT;
	session_error(c->s, 1223, 16, 1,
		"Cannot release the application lock (Database Principal: 'public', Resource: "
		"'%s') because "
		"it is not currently held.",
		resource);
	c->status = -999;
	return FLOW_NEXT;
}

/* It can be seen in traces of SQL Server, but nobody can call it. */
static enum flow p_reset_connection(struct call *c)
{
	session_error(c->s, 208, 16, 1, "Invalid object name 'sp_reset_connection'.");
	return FLOW_ABORT;
}

static enum flow p_cursor(struct call *c)
{
	session_error(c->s, 16937, 16, 1,
		"A server cursor cannot be opened on the given statement or statements. Use a "
		"default result "
		"set or client cursor.");
	return FLOW_ABORT;
}

/* --- by name ---------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum flow (*call)(struct call *c);
} procedures[] = {
	{"sp_executesql", p_executesql},
	{"sp_prepare", p_prepare},
	{"sp_execute", p_execute},
	{"sp_prepexec", p_prepexec},
	{"sp_unprepare", p_unprepare},
	{"sp_set_session_context", p_set_session_context},
	{"sp_setapprole", p_setapprole},
	{"sp_unsetapprole", p_unsetapprole},
	{"sp_getapplock", p_getapplock},
	{"sp_releaseapplock", p_releaseapplock},
	{"sp_reset_connection", p_reset_connection},
	{"sp_cursor", p_cursor},
	{"sp_cursoropen", p_cursor},
	{"sp_cursorfetch", p_cursor},
	{"sp_cursorclose", p_cursor},
	{"sp_cursoroption", p_cursor},
	{"sp_tables", p_tables},
	{"sp_datatype_info", p_datatype_info},
	{"sp_datatype_info_90", p_datatype_info},
	{"sp_datatype_info_100", p_datatype_info},
	{"sp_columns", p_columns},
	{"sp_columns_90", p_columns},
	{"sp_columns_100", p_columns},
	{"sp_databases", p_databases},
	{"sp_pkeys", p_pkeys},
	{"sp_fkeys", p_fkeys},
	{"sp_statistics", p_statistics},
	{"sp_statistics_100", p_statistics},
	{"sp_special_columns", p_special_columns},
	{"sp_special_columns_90", p_special_columns},
	{"sp_special_columns_100", p_special_columns},
	{"sp_stored_procedures", p_stored_procedures},
	{"sp_sproc_columns", p_sproc_columns},
	{"sp_column_privileges", p_column_privileges},
	{"sp_table_privileges", p_table_privileges},
};

const char *procedure_of_id(unsigned id)
{
	/* [MS-TDS] 2.2.6.6 */
	static const char *const names[] = {NULL, "sp_cursor", "sp_cursoropen", "sp_cursorprepare",
		"sp_cursorexecute", "sp_cursorprepexec", "sp_cursorunprepare", "sp_cursorfetch",
		"sp_cursoroption", "sp_cursorclose", "sp_executesql", "sp_prepare", "sp_execute",
		"sp_prepexec", "sp_prepexecrpc", "sp_unprepare"};

	return id < array_size(names) ? names[id] : NULL;
}

/* The last part of a name, bare. */
static void bare_name(const char *name, char *ret, size_t size)
{
	const char *dot = strrchr(name, '.');
	size_t n = 0;

	for (name = dot ? dot + 1 : name; *name && n + 1 < size; name++)
		if (!strchr("[]\" ", *name))
			ret[n++] = *name;
	ret[n] = '\0';
}

enum flow procedure_call(
	struct session *s, const char *name, struct item *arguments, int32_t *ret_status)
{
	struct call c = {.s = s, .arguments = arguments};
	char bare[NAME_SIZE];

	bare_name(name, bare, sizeof(bare));
	for (size_t i = 0; i < array_size(procedures); i++) {
		enum flow flow;
		if (strcasecmp(procedures[i].name, bare) != 0)
			continue;
		flow = procedures[i].call(&c);
		*ret_status = c.status;
		return flow;
	}
	session_error(s, 2812, 16, 62, "Could not find stored procedure '%s'.", name);
	return FLOW_NEXT;
}
