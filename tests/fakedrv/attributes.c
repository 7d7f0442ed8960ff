/* SPDX-License-Identifier: MIT */
/* Attributes of environments, connections and statements. */
#include "fakedrv/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum form { FORM_NUMBER, FORM_TEXT, FORM_POINTER, FORM_TOKEN, FORM_SPECIAL };

struct known {
	SQLINTEGER id;
	enum form form;
	SQLULEN normal;
};

static const struct known conn_attrs[] = {
	{SQL_ATTR_ACCESS_MODE, FORM_NUMBER, SQL_MODE_READ_WRITE},
	{SQL_ATTR_AUTOCOMMIT, FORM_NUMBER, SQL_AUTOCOMMIT_ON},
	{SQL_ATTR_LOGIN_TIMEOUT, FORM_NUMBER, 0},
	{SQL_ATTR_TRACE, FORM_NUMBER, 0},
	{SQL_ATTR_TRACEFILE, FORM_TEXT, 0},
	{SQL_ATTR_TRANSLATE_LIB, FORM_TEXT, 0},
	{SQL_ATTR_TRANSLATE_OPTION, FORM_NUMBER, 0},
	{SQL_ATTR_TXN_ISOLATION, FORM_NUMBER, SQL_TXN_READ_COMMITTED},
	{SQL_ATTR_CURRENT_CATALOG, FORM_TEXT, 0},
	{SQL_ATTR_ODBC_CURSORS, FORM_NUMBER, 0},
	{SQL_ATTR_QUIET_MODE, FORM_POINTER, 0},
	{SQL_ATTR_PACKET_SIZE, FORM_NUMBER, 4096},
	{SQL_ATTR_CONNECTION_TIMEOUT, FORM_NUMBER, 0},
	{SQL_ATTR_ANSI_APP, FORM_NUMBER, 0},
	{SQL_ATTR_RESET_CONNECTION, FORM_SPECIAL, 0},
	{SQL_ATTR_ASYNC_ENABLE, FORM_NUMBER, 0},
	{SQL_ATTR_AUTO_IPD, FORM_NUMBER, 0},
	{SQL_ATTR_METADATA_ID, FORM_NUMBER, 0},
	{SQL_ATTR_CONNECTION_DEAD, FORM_SPECIAL, 0},
	{SQL_ATTR_QUERY_TIMEOUT, FORM_NUMBER, 0}, /* ODBC 2: for the statements to come */
	{FAKEDRV_ATTR_TOKEN, FORM_TOKEN, 0},
	{FAKEDRV_ATTR_NUMBER, FORM_NUMBER, 0},
	{FAKEDRV_ATTR_TEXT, FORM_TEXT, 0},
	{FAKEDRV_ATTR_POINTER, FORM_POINTER, 0},
};

static const struct known stmt_attrs[] = {
	{SQL_ATTR_QUERY_TIMEOUT, FORM_NUMBER, 0},
	{SQL_ATTR_MAX_ROWS, FORM_NUMBER, 0},
	{SQL_ATTR_NOSCAN, FORM_NUMBER, SQL_NOSCAN_OFF},
	{SQL_ATTR_MAX_LENGTH, FORM_NUMBER, 0},
	{SQL_ATTR_ASYNC_ENABLE, FORM_NUMBER, 0},
	{SQL_ATTR_CURSOR_TYPE, FORM_NUMBER, SQL_CURSOR_STATIC},
	{SQL_ATTR_CONCURRENCY, FORM_NUMBER, SQL_CONCUR_READ_ONLY},
	{SQL_ATTR_KEYSET_SIZE, FORM_NUMBER, 0},
	{SQL_ROWSET_SIZE, FORM_NUMBER, 1},
	{SQL_ATTR_SIMULATE_CURSOR, FORM_NUMBER, 0},
	{SQL_ATTR_RETRIEVE_DATA, FORM_NUMBER, SQL_RD_ON},
	{SQL_ATTR_USE_BOOKMARKS, FORM_NUMBER, SQL_UB_OFF},
	{SQL_ATTR_ENABLE_AUTO_IPD, FORM_NUMBER, 0},
	{SQL_ATTR_FETCH_BOOKMARK_PTR, FORM_POINTER, 0},
	{SQL_ATTR_METADATA_ID, FORM_NUMBER, 0},
	{SQL_ATTR_CURSOR_SCROLLABLE, FORM_NUMBER, SQL_SCROLLABLE},
	{SQL_ATTR_CURSOR_SENSITIVITY, FORM_NUMBER, SQL_INSENSITIVE},
	{SQL_ATTR_ROW_NUMBER, FORM_SPECIAL, 0},
	{FAKEDRV_ATTR_NUMBER, FORM_NUMBER, 0},
	{FAKEDRV_ATTR_TEXT, FORM_TEXT, 0},
	{FAKEDRV_ATTR_POINTER, FORM_POINTER, 0},
};

/* Statement attributes that are another name for a descriptor's header field. */
static const struct {
	SQLINTEGER id;
	enum desc_role role;
	SQLSMALLINT field;
} header_attrs[] = {
	{SQL_ATTR_ROW_ARRAY_SIZE, DESC_APP_ROW, SQL_DESC_ARRAY_SIZE},
	{SQL_ATTR_ROW_BIND_TYPE, DESC_APP_ROW, SQL_DESC_BIND_TYPE},
	{SQL_ATTR_ROW_BIND_OFFSET_PTR, DESC_APP_ROW, SQL_DESC_BIND_OFFSET_PTR},
	{SQL_ATTR_ROW_OPERATION_PTR, DESC_APP_ROW, SQL_DESC_ARRAY_STATUS_PTR},
	{SQL_ATTR_ROW_STATUS_PTR, DESC_IMP_ROW, SQL_DESC_ARRAY_STATUS_PTR},
	{SQL_ATTR_ROWS_FETCHED_PTR, DESC_IMP_ROW, SQL_DESC_ROWS_PROCESSED_PTR},
	{SQL_ATTR_PARAMSET_SIZE, DESC_APP_PARAM, SQL_DESC_ARRAY_SIZE},
	{SQL_ATTR_PARAM_BIND_TYPE, DESC_APP_PARAM, SQL_DESC_BIND_TYPE},
	{SQL_ATTR_PARAM_BIND_OFFSET_PTR, DESC_APP_PARAM, SQL_DESC_BIND_OFFSET_PTR},
	{SQL_ATTR_PARAM_OPERATION_PTR, DESC_APP_PARAM, SQL_DESC_ARRAY_STATUS_PTR},
	{SQL_ATTR_PARAM_STATUS_PTR, DESC_IMP_PARAM, SQL_DESC_ARRAY_STATUS_PTR},
	{SQL_ATTR_PARAMS_PROCESSED_PTR, DESC_IMP_PARAM, SQL_DESC_ROWS_PROCESSED_PTR},
};

static const struct known *known_in(const struct known *table, size_t count, SQLINTEGER id)
{
	for (size_t i = 0; i < count; i++)
		if (table[i].id == id)
			return &table[i];
	return NULL;
}

#define known_of(table, id) known_in(table, array_size(table), id)

static struct attribute *attribute_find(const struct attributes *a, SQLINTEGER id)
{
	for (size_t i = 0; i < a->count; i++)
		if (a->set[i].id == id)
			return &a->set[i];
	return NULL;
}

static void attribute_set(struct attributes *a, SQLINTEGER id, SQLULEN number, char *text)
{
	struct attribute *it = attribute_find(a, id);

	if (!it) {
		struct attribute *more = realloc(a->set, (a->count + 1) * sizeof(*more));
		if (!more) {
			free(text);
			return;
		}
		a->set = more;
		it = &more[a->count++];
		*it = (struct attribute){.id = id};
	}
	free(it->text);
	it->number = number;
	it->text = text;
}

void attributes_done(struct attributes *a)
{
	for (size_t i = 0; i < a->count; i++)
		free(a->set[i].text);
	free(a->set);
	*a = (struct attributes){0};
}

static SQLULEN number_of(const struct attributes *a, const struct known *k)
{
	const struct attribute *it = attribute_find(a, k->id);

	return it ? it->number : k->normal;
}

SQLULEN conn_number_attr(const struct conn *c, SQLINTEGER id)
{
	return number_of(&c->attributes, known_of(conn_attrs, id));
}

SQLULEN stmt_number_attr(const struct stmt *s, SQLINTEGER id)
{
	return number_of(&s->attributes, known_of(stmt_attrs, id));
}

SQLRETURN SQL_API SQLSetEnvAttr(
	SQLHENV EnvironmentHandle, SQLINTEGER Attribute, SQLPOINTER Value, SQLINTEGER StringLength)
{
	struct env *e = env_enter(
		EnvironmentHandle, "SQLSetEnvAttr %d %ld", (int)Attribute, (long)(intptr_t)Value);

	(void)StringLength;
	if (!e)
		return SQL_INVALID_HANDLE;
	if (Attribute == SQL_ATTR_OUTPUT_NTS)
		return leave(&e->h, SQL_SUCCESS);
	if (Attribute != SQL_ATTR_ODBC_VERSION)
		return leave(&e->h, diag_post(&e->h, "HYC00", 0, "no such attribute"));
	if ((intptr_t)Value > script_number(NULL, WORD_VERSION))
		return leave(&e->h, diag_post(&e->h, "HY024", 0, "version too high"));
	e->version = (SQLINTEGER)(intptr_t)Value;
	return leave(&e->h, SQL_SUCCESS);
}

SQLRETURN SQL_API SQLGetEnvAttr(SQLHENV EnvironmentHandle, SQLINTEGER Attribute, SQLPOINTER Value,
	SQLINTEGER BufferLength, SQLINTEGER *StringLength)
{
	struct env *e = env_enter(EnvironmentHandle, "SQLGetEnvAttr %d", (int)Attribute);

	(void)BufferLength;
	if (!e)
		return SQL_INVALID_HANDLE;
	if (Attribute != SQL_ATTR_ODBC_VERSION && Attribute != SQL_ATTR_OUTPUT_NTS)
		return leave(&e->h, diag_post(&e->h, "HYC00", 0, "no such attribute"));
	*(SQLINTEGER *)Value = Attribute == SQL_ATTR_ODBC_VERSION ? e->version : SQL_TRUE;
	if (StringLength)
		*StringLength = sizeof(SQLINTEGER);
	return leave(&e->h, SQL_SUCCESS);
}

/* What forbids this attribute now; SQL_SUCCESS when nothing does. */
static SQLRETURN conn_may_set(struct conn *c, const struct known *k, SQLINTEGER id)
{
	if (script_number(c, WORD_SET_ATTR) == id)
		return diag_post(&c->h, "HY000", id, "attribute %d cannot be set", (int)id);
	if (!k || id == SQL_ATTR_CONNECTION_DEAD)
		return diag_post(&c->h, "HY092", 0, "no such attribute");
	if (c->is_connected && conn_is_lost(&c->h))
		return SQL_ERROR;
	if (id == SQL_ATTR_RESET_CONNECTION && !script_says(c, WORD_RESET, "yes"))
		return diag_post(&c->h, "HYC00", 0, "cannot reset");
	if (id == SQL_ATTR_TXN_ISOLATION && c->in_transaction)
		return diag_post(&c->h, "HY011", 0, "a transaction is open");
	return SQL_SUCCESS;
}

static SQLRETURN conn_set_number(struct conn *c, SQLINTEGER id, SQLULEN number)
{
	if (id == SQL_ATTR_AUTOCOMMIT && number == SQL_AUTOCOMMIT_ON && c->in_transaction) {
		log_line(&c->h, "commits by autocommit");
		c->in_transaction = false;
	}
	if (id != SQL_ATTR_RESET_CONNECTION)
		attribute_set(&c->attributes, id, number, NULL);
	return SQL_SUCCESS;
}

SQLRETURN conn_set_attr(SQLHDBC h, SQLINTEGER id, SQLPOINTER value, SQLINTEGER len, enum width w,
	const char *function)
{
	const struct known *k = known_of(conn_attrs, id);
	enum form form = k ? k->form : FORM_NUMBER;
	char *text = form == FORM_TEXT ? text_in_bytes(value, len, w) : NULL;
	char number[32];

	snprintf(number, sizeof(number), "%lu",
		form == FORM_TOKEN ? (unsigned long)*(const uint32_t *)value
				   : (unsigned long)(uintptr_t)value);
	struct conn *c = conn_enter(
		h, "%s %d %s%s", function, (int)id, text ? text : number, w == WIDE ? " W" : "");
	if (!c) {
		free(text);
		return SQL_INVALID_HANDLE;
	}
	if (xa_takes(c, id))
		return leave(&c->h, xa_set(c, id, value));
	SQLRETURN rc = conn_may_set(c, k, id);
	if (rc != SQL_SUCCESS) {
		free(text);
		return leave(&c->h, rc);
	}
	if (form == FORM_TEXT) {
		attribute_set(&c->attributes, id, 0, text);
		return leave(&c->h, SQL_SUCCESS);
	}
	if (form == FORM_TOKEN)
		return leave(&c->h, SQL_SUCCESS);
	return leave(&c->h, conn_set_number(c, id, (SQLULEN)(uintptr_t)value));
}

static SQLRETURN conn_text_answer(struct conn *c, SQLINTEGER id, SQLPOINTER value, SQLINTEGER size,
	SQLINTEGER *length, enum width w)
{
	const struct attribute *it = attribute_find(&c->attributes, id);
	char *database = script_text(c, WORD_DATABASE);
	const char *text = it && it->text ? it->text : "";

	if (!it && id == SQL_ATTR_CURRENT_CATALOG)
		text = database;
	SQLRETURN rc = text_answer_bytes(&c->h, text, value, size, length, w);
	free(database);
	return rc;
}

SQLRETURN conn_get_attr(SQLHDBC h, SQLINTEGER id, SQLPOINTER value, SQLINTEGER size,
	SQLINTEGER *length, enum width w, const char *function)
{
	const struct known *k = known_of(conn_attrs, id);
	struct conn *c = conn_enter(h, "%s %d%s", function, (int)id, w == WIDE ? " W" : "");

	if (!c)
		return SQL_INVALID_HANDLE;
	if (!k || k->form == FORM_TOKEN || id == SQL_ATTR_RESET_CONNECTION)
		return leave(&c->h, diag_post(&c->h, "HY092", 0, "no such attribute"));
	switch (k->form) {
	case FORM_TEXT:
		return leave(&c->h, conn_text_answer(c, id, value, size, length, w));
	case FORM_POINTER:
		*(SQLULEN *)value = number_of(&c->attributes, k);
		break;
	case FORM_SPECIAL:
		*(SQLUINTEGER *)value =
			atomic_load(&c->is_dead) && !script_says(c, WORD_DEAD_ANSWER, "no");
		break;
	case FORM_NUMBER:
	case FORM_TOKEN:
		*(SQLUINTEGER *)value = (SQLUINTEGER)number_of(&c->attributes, k);
		break;
	}
	if (length)
		*length = k->form == FORM_POINTER ? sizeof(SQLULEN) : sizeof(SQLUINTEGER);
	return leave(&c->h, SQL_SUCCESS);
}

static SQLRETURN stmt_set_desc(struct stmt *s, enum desc_role role, SQLHDESC value)
{
	if (!value) {
		s->desc[role] = &s->implicit[role];
		return SQL_SUCCESS;
	}
	struct handle *found = handle_find(SQL_HANDLE_DESC, value, false);
	struct desc *d = found ? container_of(found, struct desc, h) : NULL;
	if (!d || d->h.conn != s->h.conn)
		return diag_post(&s->h, "HY024", 0, "no descriptor of this connection");
	if (d->owner && d != &s->implicit[role])
		return diag_post(&s->h, "HY017", 0, "another statement's implicit descriptor");
	s->desc[role] = d;
	return SQL_SUCCESS;
}

static SQLRETURN stmt_set_known(
	struct stmt *s, SQLINTEGER id, SQLPOINTER value, SQLINTEGER len, enum width w)
{
	const struct known *k = known_of(stmt_attrs, id);

	if (id == SQL_ATTR_APP_ROW_DESC || id == SQL_ATTR_APP_PARAM_DESC)
		return stmt_set_desc(
			s, id == SQL_ATTR_APP_ROW_DESC ? DESC_APP_ROW : DESC_APP_PARAM, value);
	if (id == SQL_ATTR_IMP_ROW_DESC || id == SQL_ATTR_IMP_PARAM_DESC)
		return diag_post(&s->h, "HY017", 0, "an implementation descriptor");
	for (size_t i = 0; i < array_size(header_attrs); i++)
		if (header_attrs[i].id == id) {
			desc_set_header(s->desc[header_attrs[i].role], header_attrs[i].field,
				(SQLULEN)(uintptr_t)value);
			return SQL_SUCCESS;
		}
	if (!k || k->form == FORM_SPECIAL)
		return diag_post(&s->h, "HY092", 0, "no such attribute");
	if (k->form == FORM_TEXT)
		attribute_set(&s->attributes, id, 0, text_in_bytes(value, len, w));
	else
		attribute_set(&s->attributes, id, (SQLULEN)(uintptr_t)value, NULL);
	return SQL_SUCCESS;
}

SQLRETURN stmt_set_attr(SQLHSTMT h, SQLINTEGER id, SQLPOINTER value, SQLINTEGER len, enum width w,
	const char *function)
{
	struct stmt *s = stmt_enter(h, "%s %d%s", function, (int)id, w == WIDE ? " W" : "");

	return s ? leave(&s->h, stmt_set_known(s, id, value, len, w)) : SQL_INVALID_HANDLE;
}

static SQLRETURN stmt_get_known(struct stmt *s, SQLINTEGER id, SQLPOINTER value, SQLINTEGER size,
	SQLINTEGER *length, enum width w)
{
	static const SQLINTEGER handles[] = {[DESC_APP_ROW] = SQL_ATTR_APP_ROW_DESC,
		[DESC_APP_PARAM] = SQL_ATTR_APP_PARAM_DESC,
		[DESC_IMP_ROW] = SQL_ATTR_IMP_ROW_DESC,
		[DESC_IMP_PARAM] = SQL_ATTR_IMP_PARAM_DESC};
	const struct known *k = known_of(stmt_attrs, id);

	if (length)
		*length = sizeof(SQLULEN);
	for (int role = 0; role < DESC_ROLES; role++)
		if (handles[role] == id) {
			*(SQLHDESC *)value = &s->desc[role]->h;
			return SQL_SUCCESS;
		}
	for (size_t i = 0; i < array_size(header_attrs); i++)
		if (header_attrs[i].id == id) {
			*(SQLULEN *)value =
				desc_header(s->desc[header_attrs[i].role], header_attrs[i].field);
			return SQL_SUCCESS;
		}
	if (!k)
		return diag_post(&s->h, "HY092", 0, "no such attribute");
	if (k->form == FORM_TEXT) {
		const struct attribute *it = attribute_find(&s->attributes, id);
		return text_answer_bytes(
			&s->h, it && it->text ? it->text : "", value, size, length, w);
	}
	*(SQLULEN *)value =
		k->form == FORM_SPECIAL
			? (SQLULEN)(s->result.position + 1 + (SQLLEN)s->result.row_in_set)
			: number_of(&s->attributes, k);
	return SQL_SUCCESS;
}

SQLRETURN stmt_get_attr(SQLHSTMT h, SQLINTEGER id, SQLPOINTER value, SQLINTEGER size,
	SQLINTEGER *length, enum width w, const char *function)
{
	struct stmt *s = stmt_enter(h, "%s %d%s", function, (int)id, w == WIDE ? " W" : "");

	return s ? leave(&s->h, stmt_get_known(s, id, value, size, length, w)) : SQL_INVALID_HANDLE;
}

SQLRETURN SQL_API SQLGetStmtOption(SQLHSTMT StatementHandle, SQLUSMALLINT Option, SQLPOINTER Value)
{
	return stmt_get_attr(StatementHandle, Option, Value, SQL_MAX_OPTION_STRING_LENGTH, NULL,
		NARROW, "SQLGetStmtOption");
}

SQLRETURN SQL_API SQLSetStmtOption(SQLHSTMT StatementHandle, SQLUSMALLINT Option, SQLULEN Value)
{
	return stmt_set_attr(StatementHandle, Option, (SQLPOINTER)(uintptr_t)Value, SQL_NTS, NARROW,
		"SQLSetStmtOption");
}
