/* SPDX-License-Identifier: MIT */
/*
 * The attributes of a session: set and read through whichever function the driver has, and put back
 * as they were before a borrower changed them.
 */
#include "driver/session_internal.h"

#include "base/buffer.h"
#include "base/utf16.h"

#include <stdlib.h>
#include <string.h>

/* The longest catalog name that is remembered, in bytes; a longer one is truncated, which taints.
 */
#define TEXT_ATTRIBUTE_MAX 512

/* Does the driver take attributes from a caller of this width through its W function? */
static bool sets_by_wide(const struct session *s, bool is_wide)
{
	return s->calls->SetConnectAttrW && (is_wide || !s->calls->SetConnectAttr);
}

/* Through whichever form the driver has, the given width first. */
static SQLRETURN set_attribute(const struct session *s, SQLINTEGER number, SQLPOINTER value,
	SQLINTEGER length, bool is_wide)
{
	const struct calls *c = s->calls;

	if (sets_by_wide(s, is_wide))
		return c->SetConnectAttrW(s->hdbc, number, value, length);
	if (c->SetConnectAttr)
		return c->SetConnectAttr(s->hdbc, number, value, length);
	if (c->SetConnectOption)
		return c->SetConnectOption(
			s->hdbc, (SQLUSMALLINT)number, (SQLULEN)(uintptr_t)value);
	return SQL_ERROR;
}

bool session_set_number(const struct session *s, SQLINTEGER number, SQLULEN value)
{
	return SQL_SUCCEEDED(set_attribute(
		s, number, (SQLPOINTER)(uintptr_t)value, SQL_IS_UINTEGER, s->is_wide));
}

/* In which width get_attribute() gives texts. */
static bool gets_wide(const struct session *s)
{
	return s->calls->GetConnectAttrW && (s->is_wide || !s->calls->GetConnectAttr);
}

static SQLRETURN get_attribute(
	const struct session *s, SQLINTEGER number, SQLPOINTER value, SQLINTEGER size)
{
	const struct calls *c = s->calls;
	SQLINTEGER len = 0;

	if (gets_wide(s))
		return c->GetConnectAttrW(s->hdbc, number, value, size, &len);
	if (c->GetConnectAttr)
		return c->GetConnectAttr(s->hdbc, number, value, size, &len);
	if (c->GetConnectOption && !attribute_is_text(number))
		return c->GetConnectOption(s->hdbc, (SQLUSMALLINT)number, value);
	return SQL_ERROR;
}

/* A text of either width, converted where the driver has only the other's function. */
static bool set_text(const struct session *s, SQLINTEGER number, const void *text, size_t len_bytes,
	bool is_wide)
{
	struct buffer b = BUFFER_EMPTY;
	bool by_wide = sets_by_wide(s, is_wide);

	if (by_wide && !is_wide)
		utf8_to_utf16(&b, text, len_bytes);
	else if (!by_wide && is_wide)
		utf16_to_utf8(&b, text, len_bytes / sizeof(SQLWCHAR));
	else
		buffer_append(&b, text, len_bytes);
	buffer_append(&b, "\0", 2); /* a terminator of either width */
	bool ok = !b.failed && SQL_SUCCEEDED(set_attribute(s, number, b.data, SQL_NTS, is_wide));
	buffer_done(&b);
	return ok;
}

bool session_apply(const struct session *s, const struct attribute *a)
{
	bool is_text = attribute_is_text(a->number) || a->length == SQL_NTS;

	if (a->data && is_text)
		return set_text(s, a->number, a->data, a->data_len, a->is_wide);
	return SQL_SUCCEEDED(
		set_attribute(s, a->number, a->data ? a->data : a->value, a->length, a->is_wide));
}

/* SQL_COPT_SS_RESET_CONNECTION (msodbcsql.h). */
#define ATTRIBUTE_SS_RESET_CONNECTION 1246

bool session_reset_by_attribute(struct session *s)
{
	return session_set_number(s, SQL_ATTR_RESET_CONNECTION, SQL_RESET_CONNECTION_YES) ||
	       session_set_number(s, ATTRIBUTE_SS_RESET_CONNECTION, SQL_RESET_CONNECTION_YES);
}

SQLRETURN session_set_attribute(
	const struct session *s, SQLINTEGER number, SQLPOINTER value, SQLINTEGER length)
{
	return set_attribute(s, number, value, length, s->is_wide);
}

bool session_get_number(const struct session *s, SQLINTEGER number, SQLUINTEGER *ret_value)
{
	SQLULEN value = 0;

	if (!SQL_SUCCEEDED(get_attribute(s, number, &value, SQL_IS_UINTEGER)))
		return false;
	*ret_value = (SQLUINTEGER)value;
	return true;
}

bool session_ensure_number(struct session *s, SQLINTEGER number, SQLUINTEGER value)
{
	SQLUINTEGER now;

	return (session_get_number(s, number, &now) && now == value) ||
	       session_set_number(s, number, value);
}

bool session_set_catalog(struct session *s, const char *name)
{
	return set_text(s, SQL_ATTR_CURRENT_CATALOG, name, strlen(name), false);
}

static struct attribute_change *find_change(struct session *s, SQLINTEGER number)
{
	for (unsigned i = 0; i < s->change_count; i++)
		if (s->changes[i].number == number)
			return &s->changes[i];
	return NULL;
}

/* Those whose value can be read and written back by what the specification says of them. */
static bool is_restorable(SQLINTEGER number)
{
	switch (number) {
	case SQL_ATTR_ACCESS_MODE:
	case SQL_ATTR_AUTOCOMMIT:
	case SQL_ATTR_CONNECTION_TIMEOUT:
	case SQL_ATTR_CURRENT_CATALOG:
	case SQL_ATTR_QUIET_MODE:
	case SQL_ATTR_TXN_ISOLATION:
	case SQL_ATTR_ANSI_APP:
		return true;
	default:
		return false;
	}
}

void session_will_change(struct session *s, SQLINTEGER number)
{
	if (s->taint || find_change(s, number))
		return;
	if (!is_restorable(number)) {
		session_taint(s, "an attribute was set that cannot be restored");
		return;
	}
	if (s->change_count == MAX_ATTRIBUTE_CHANGES) {
		session_taint(s, "too many attributes were set");
		return;
	}

	struct attribute_change *c = &s->changes[s->change_count];
	*c = (struct attribute_change){.number = number, .is_text = attribute_is_text(number)};
	if (c->is_text)
		c->text_before = calloc(TEXT_ATTRIBUTE_MAX + 1, sizeof(SQLWCHAR));
	SQLRETURN rc = SQL_ERROR;
	if (!c->is_text)
		rc = get_attribute(s, number, &c->before, SQL_IS_UINTEGER);
	else if (c->text_before)
		rc = get_attribute(s, number, c->text_before, TEXT_ATTRIBUTE_MAX);
	if (rc != SQL_SUCCESS) {
		free(c->text_before);
		session_taint(s, "an attribute was set whose former value cannot be read");
		return;
	}
	c->now = c->before;
	s->change_count++;
}

void session_changed(struct session *s, SQLINTEGER number, SQLULEN now)
{
	struct attribute_change *c = find_change(s, number);

	if (c)
		c->now = now;
}

bool session_has_changed(struct session *s, SQLINTEGER number)
{
	return find_change(s, number);
}

void session_borrowed(struct session *s, const struct attributes *attributes)
{
	for (size_t i = 0; i < attributes->count; i++) {
		const struct attribute *a = &attributes->items[i];
		if (!attribute_is_set_at_borrow(a->number))
			continue;
		session_will_change(s, a->number);
		if (session_apply(s, a))
			session_changed(s, a->number, (SQLULEN)(uintptr_t)a->value);
	}
}

static bool restore(struct session *s, const struct attribute_change *c)
{
	if (c->is_text) {
		bool is_wide = gets_wide(s);
		size_t len = is_wide ? utf16_len(c->text_before) * sizeof(SQLWCHAR)
				     : strlen(c->text_before);
		return set_text(s, c->number, c->text_before, len, is_wide);
	}
	if (c->now == c->before)
		return true;
	return session_set_number(s, c->number, c->before);
}

bool session_restore_changes(struct session *s)
{
	const struct attribute_change *autocommit = find_change(s, SQL_ATTR_AUTOCOMMIT);

	for (unsigned i = 0; i < s->change_count; i++)
		if (&s->changes[i] != autocommit && !restore(s, &s->changes[i]))
			return false;
	return !autocommit || restore(s, autocommit);
}

void session_forget_changes(struct session *s)
{
	for (unsigned i = 0; i < s->change_count; i++)
		free(s->changes[i].text_before);
	s->change_count = 0;
}
