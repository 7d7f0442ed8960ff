/* SPDX-License-Identifier: MIT */
/*
 * Connection attributes: kept for the connect until then, watched and passed on afterwards, and our
 * own (odbcpool.h).
 */
#include "dbms/source.h"
#include "odbcpool.h"
#include "shim/binding.h"
#include "shim/call.h"
#include "shim/disconnect.h"
#include "shim/entry.h"
#include "shim/library.h"
#include "shim/pool_info.h"
#include "shim/text.h"
#include "shim/token.h"
#include "shim/xa_attr.h"

#include <string.h>

/* Through which function the application came. */
enum form {
	FORM_ANSI,
	FORM_WIDE,
	FORM_OPTION, /* of ODBC 2, ANSI alone */
};

static bool is_ours(SQLINTEGER attribute)
{
	return attribute >= ODBCPOOL_ATTR_CLEAR && attribute <= ODBCPOOL_ATTR_RESET_METHOD;
}

static SQLRETURN clear(struct dbc *d, SQLULEN which)
{
	switch (which) {
	case ODBCPOOL_CLEAR_CURRENT:
		if (d->borrow.pool)
			pool_clear(d->borrow.pool);
		return SQL_SUCCESS;
	case ODBCPOOL_CLEAR_ALL:
		registry_clear_named(library_registry(), NULL);
		return SQL_SUCCESS;
	default:
		return handle_fail(&d->base, "HY024", ODBCPOOL_ERR_BAD_ARGUMENT, "attribute",
			"ODBCPOOL_ATTR_CLEAR is ODBCPOOL_CLEAR_CURRENT (1) or ODBCPOOL_CLEAR_ALL "
			"(2), not %lu",
			(unsigned long)which);
	}
}

static SQLRETURN set_ours(struct dbc *d, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER length)
{
	SQLULEN number = (SQLULEN)(uintptr_t)value;

	if (attribute == ODBCPOOL_ATTR_TRANSACTION)
		return token_set(d, value, length);
	if (attribute != ODBCPOOL_ATTR_CLEAR && attribute != ODBCPOOL_ATTR_DISCARD)
		return handle_fail(&d->base, "HY092", ODBCPOOL_ERR_BAD_ARGUMENT, "attribute",
			"attribute 0x%X can only be read", (unsigned)attribute);
	if (!d->calls)
		return handle_fail(&d->base, "HY010", ODBCPOOL_ERR_BAD_ARGUMENT, "attribute",
			"attribute 0x%X can only be set on an open connection",
			(unsigned)attribute);
	if (attribute == ODBCPOOL_ATTR_CLEAR)
		return clear(d, number);
	d->is_discarded = number != 0;
	return SQL_SUCCESS;
}

static SQLRETURN give_number(SQLUINTEGER number, SQLPOINTER value, SQLINTEGER *ret_len)
{
	if (value)
		*(SQLUINTEGER *)value = number;
	if (ret_len)
		*ret_len = sizeof(number);
	return SQL_SUCCESS;
}

static SQLRETURN get_ours(
	struct dbc *d, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER size, SQLINTEGER *ret_len)
{
	SQLUINTEGER number;

	if (attribute != ODBCPOOL_ATTR_POOL_INFO && attribute != ODBCPOOL_ATTR_REUSED &&
		attribute != ODBCPOOL_ATTR_WAITED_MS)
		return handle_fail(&d->base, "HY092", ODBCPOOL_ERR_BAD_ARGUMENT, "attribute",
			"attribute 0x%X can only be set", (unsigned)attribute);
	if (!d->calls)
		return handle_fail(&d->base, "08003", ODBCPOOL_ERR_NOT_CONNECTED, "connection",
			"Connection not open");
	if (attribute == ODBCPOOL_ATTR_POOL_INFO)
		return pool_info_get(d, value, size, ret_len);
	number = attribute == ODBCPOOL_ATTR_REUSED
			 ? d->borrow.is_reused
			 : (SQLUINTEGER)(d->borrow.waited / USEC_PER_MSEC);
	return give_number(number, value, ret_len);
}

/* Before the connect: remember it; the real driver judges it at the login. */
static SQLRETURN keep(
	struct dbc *d, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER length, enum form form)
{
	if (!attributes_set(&d->attributes, attribute, value, length, form == FORM_WIDE))
		return handle_fail_no_memory(&d->base);
	return SQL_SUCCESS;
}

/* The time-out of a login is the pool's business; the driver never sees a borrower's. */
static bool is_for_pool_alone(const struct dbc *d, SQLINTEGER attribute)
{
	return d->borrow.pool && attribute == SQL_ATTR_LOGIN_TIMEOUT;
}

/* The application decides what becomes of the physical connection: SQL_DB_DISCONNECT closes it. */
static SQLRETURN set_disconnect_behavior(struct dbc *d, SQLULEN value)
{
	d->is_discarded = value == SQL_DB_DISCONNECT;
	return SQL_SUCCESS;
}

/*
 * On an open connection: through the form that the application used, else through the other; a text
 * for the ANSI form is converted.
 */
static SQLRETURN forward_set(
	struct dbc *d, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER length, enum form form)
{
	const struct calls *calls = d->calls;
	bool is_text = attribute_value_is_text(attribute, value, length);
	struct narrowed narrowed = {.count = 0};

	if (form == FORM_WIDE && calls->SetConnectAttrW)
		return calls->SetConnectAttrW(d->real, attribute, value, length);
	if (form == FORM_WIDE && is_text) {
		SQLINTEGER units =
			length == SQL_NTS ? SQL_NTS : length / (SQLINTEGER)sizeof(SQLWCHAR);
		value = narrowed_add(&narrowed, value, units);
		length = SQL_NTS;
	}
	SQLRETURN rc;
	if (calls->SetConnectAttr && (form != FORM_OPTION || !calls->SetConnectOption))
		rc = calls->SetConnectAttr(d->real, attribute, value, length);
	else if (calls->SetConnectOption)
		rc = calls->SetConnectOption(
			d->real, (SQLUSMALLINT)attribute, (SQLULEN)(uintptr_t)value);
	else if (calls->SetConnectAttrW && !is_text)
		rc = calls->SetConnectAttrW(d->real, attribute, value, length);
	else
		rc = handle_fail(&d->base, "IM001", ODBCPOOL_ERR_NOT_SUPPORTED, "driver",
			"Driver does not support this function (SQLSetConnectAttr)");
	narrowed_done(&narrowed);
	return rc;
}

static SQLRETURN set_attr(
	SQLHDBC h, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER length, enum form form)
{
	struct dbc *d = h;

	if (!handle_settle(d, TAG_DBC))
		return SQL_INVALID_HANDLE;
	if (is_ours(attribute))
		return set_ours(d, attribute, value, length);
	if (!d->calls)
		return keep(d, attribute, value, length, form);
	if (d->is_inherited)
		return call_lacks(&d->base, "SQLSetConnectAttr");
	if (is_for_pool_alone(d, attribute))
		return keep(d, attribute, value, length, form);
	if (d->borrow.pool && attribute == SQL_ATTR_RESET_CONNECTION) {
		disconnect_reset_now(d);
		return SQL_SUCCESS;
	}
	if (d->borrow.pool && attribute == SQL_ATTR_DISCONNECT_BEHAVIOR)
		return set_disconnect_behavior(d, (SQLULEN)(uintptr_t)value);
	SQLRETURN rc;
	if (unlikely(d->transaction != NULL) && attribute == SQL_ATTR_AUTOCOMMIT &&
		binding_answers_autocommit(d, (SQLULEN)(uintptr_t)value, &rc))
		return rc;
	if (d->borrow.pool && attribute_enlists(attribute) && source_may_enlist(d->borrow.ctx))
		return xa_attr_set(d, attribute, value, length);

	struct call c = {.handle = &d->base, .calls = d->calls};
	if (d->borrow.pool)
		session_will_change(d->session, attribute);
	rc = call_leave(&c, forward_set(d, attribute, value, length, form));
	if (d->borrow.pool && SQL_SUCCEEDED(rc))
		session_changed(d->session, attribute, (SQLULEN)(uintptr_t)value);
	return rc;
}

SQLRETURN odbcpool_SetConnectAttr(
	SQLHDBC h, SQLINTEGER Attribute, SQLPOINTER Value, SQLINTEGER StringLength)
{
	return set_attr(h, Attribute, Value, StringLength, FORM_ANSI);
}

SQLRETURN odbcpool_SetConnectAttrW(
	SQLHDBC h, SQLINTEGER Attribute, SQLPOINTER Value, SQLINTEGER StringLength)
{
	return set_attr(h, Attribute, Value, StringLength, FORM_WIDE);
}

SQLRETURN odbcpool_SetConnectOption(SQLHDBC h, SQLUSMALLINT Option, SQLULEN Value)
{
	return set_attr(h, Option, (SQLPOINTER)(uintptr_t)Value,
		attribute_is_text(Option) || is_ours(Option) ? SQL_NTS : 0, FORM_OPTION);
}

static SQLRETURN note_cut(struct dbc *d)
{
	diag_add(&d->base.records, "01004", ODBCPOOL_ERR_TRUNCATED, "connection",
		"String data, right truncated");
	return handle_noted(&d->base, SQL_SUCCESS_WITH_INFO);
}

static SQLRETURN give_kept_text(struct dbc *d, const struct attribute *a, SQLPOINTER value,
	SQLINTEGER size, SQLINTEGER *ret_len, bool is_wide)
{
	struct buffer text = BUFFER_EMPTY;
	size_t unit = a->is_wide ? sizeof(SQLWCHAR) : 1;

	text_arg(&text, a->data, (SQLINTEGER)(a->data_len / unit), a->is_wide);
	if (text.failed)
		return handle_fail_no_memory(&d->base);
	bool is_cut = text_out_bytes(buffer_str(&text), text.len, is_wide, value, size, ret_len);
	buffer_done(&text);
	return is_cut ? note_cut(d) : SQL_SUCCESS;
}

static SQLRETURN give_reset_method(
	struct dbc *d, SQLPOINTER value, SQLINTEGER size, SQLINTEGER *ret_len, bool is_wide)
{
	const char *text = "the connection is not pooled";

	if (!d->calls)
		return handle_fail(&d->base, "08003", ODBCPOOL_ERR_NOT_CONNECTED, "connection",
			"Connection not open");
	if (d->borrow.pool)
		text = source_describe_reset(d->borrow.ctx, d->session);
	bool is_cut = text_out_bytes(text, strlen(text), is_wide, value, size, ret_len);
	return is_cut ? note_cut(d) : SQL_SUCCESS;
}

/* Before the connect: what was set, or the values that the specification gives. */
static SQLRETURN get_kept(struct dbc *d, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER size,
	SQLINTEGER *ret_len, bool is_wide)
{
	const struct attribute *a = attributes_find(&d->attributes, attribute);

	if (a && a->data)
		return give_kept_text(d, a, value, size, ret_len, is_wide);
	if (a && (a->is_opaque || attribute == SQL_ATTR_QUIET_MODE)) {
		if (value)
			*(SQLPOINTER *)value = a->value;
		if (ret_len)
			*ret_len = sizeof(a->value);
		return SQL_SUCCESS;
	}
	if (a)
		return give_number((SQLUINTEGER)(uintptr_t)a->value, value, ret_len);
	if (attribute == SQL_ATTR_AUTOCOMMIT)
		return give_number(SQL_AUTOCOMMIT_ON, value, ret_len);
	if (attribute == SQL_ATTR_ACCESS_MODE || attribute == SQL_ATTR_LOGIN_TIMEOUT)
		return give_number(0, value, ret_len);
	return handle_fail(
		&d->base, "08003", ODBCPOOL_ERR_NOT_CONNECTED, "connection", "Connection not open");
}

/* A text attribute that only the ANSI form can give, for a W caller. */
static SQLRETURN get_widened(
	struct dbc *d, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER size, SQLINTEGER *ret_len)
{
	char text[1024] = "";
	SQLINTEGER len = 0;
	SQLRETURN rc = d->calls->GetConnectAttr(d->real, attribute, text, sizeof(text), &len);

	if (SQL_SUCCEEDED(rc) &&
		text_out_bytes(text, strnlen(text, sizeof(text)), true, value, size, ret_len))
		return note_cut(d);
	return rc;
}

/* On an open connection, as forward_set(). */
static SQLRETURN forward_get(struct dbc *d, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER size,
	SQLINTEGER *ret_len, enum form form)
{
	struct call c = {.handle = &d->base, .calls = d->calls};
	const struct calls *calls = d->calls;

	if (form == FORM_WIDE && calls->GetConnectAttrW)
		return call_leave(
			&c, calls->GetConnectAttrW(d->real, attribute, value, size, ret_len));
	if (form == FORM_OPTION && calls->GetConnectOption)
		return call_leave(
			&c, calls->GetConnectOption(d->real, (SQLUSMALLINT)attribute, value));
	if (!calls->GetConnectAttr)
		return call_missing(
			&c, form == FORM_OPTION ? "SQLGetConnectOption" : "SQLGetConnectAttr");
	if (form == FORM_WIDE && attribute_is_text(attribute))
		return call_leave(&c, get_widened(d, attribute, value, size, ret_len));
	return call_leave(&c, calls->GetConnectAttr(d->real, attribute, value, size, ret_len));
}

static SQLRETURN get_attr(SQLHDBC h, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER size,
	SQLINTEGER *ret_len, enum form form)
{
	struct dbc *d = h;
	bool is_wide = form == FORM_WIDE;

	if (!handle_settle(d, TAG_DBC))
		return SQL_INVALID_HANDLE;
	if (attribute == ODBCPOOL_ATTR_RESET_METHOD)
		return give_reset_method(d, value, size, ret_len, is_wide);
	if (is_ours(attribute))
		return get_ours(d, attribute, value, size, ret_len);
	if (!d->calls)
		return get_kept(d, attribute, value, size, ret_len, is_wide);
	if (is_for_pool_alone(d, attribute) && attributes_find(&d->attributes, attribute))
		return get_kept(d, attribute, value, size, ret_len, is_wide);
	if (d->borrow.pool && attribute == SQL_ATTR_CONNECTION_DEAD && !d->is_inherited)
		return give_number(
			d->session->looks_dead || source_is_dead(d->session), value, ret_len);
	return forward_get(d, attribute, value, size, ret_len, form);
}

SQLRETURN odbcpool_GetConnectAttr(SQLHDBC h, SQLINTEGER Attribute, SQLPOINTER Value,
	SQLINTEGER BufferLength, SQLINTEGER *StringLength)
{
	return get_attr(h, Attribute, Value, BufferLength, StringLength, FORM_ANSI);
}

SQLRETURN odbcpool_GetConnectAttrW(SQLHDBC h, SQLINTEGER Attribute, SQLPOINTER Value,
	SQLINTEGER BufferLength, SQLINTEGER *StringLength)
{
	return get_attr(h, Attribute, Value, BufferLength, StringLength, FORM_WIDE);
}

SQLRETURN odbcpool_GetConnectOption(SQLHDBC h, SQLUSMALLINT Option, SQLPOINTER Value)
{
	return get_attr(h, Option, Value, SQL_MAX_OPTION_STRING_LENGTH, NULL, FORM_OPTION);
}
