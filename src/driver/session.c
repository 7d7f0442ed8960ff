/* SPDX-License-Identifier: MIT */
#include "driver/session.h"

#include "base/buffer.h"
#include "base/utf16.h"
#include "driver/bequest.h"
#include "driver/records.h"
#include "odbcpool.h"

#include <stdlib.h>
#include <string.h>

/* In characters; SQLSMALLINT can say no more. */
#define COMPLETED_MAX 32766

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

static bool set_number(const struct session *s, SQLINTEGER number, SQLULEN value)
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

static bool apply(const struct session *s, const struct attribute *a)
{
	bool is_text = attribute_is_text(a->number) || a->length == SQL_NTS;

	if (a->data && is_text)
		return set_text(s, a->number, a->data, a->data_len, a->is_wide);
	return SQL_SUCCEEDED(
		set_attribute(s, a->number, a->data ? a->data : a->value, a->length, a->is_wide));
}

/* The driver manager ignores the return code of what it sets before a connect; so do we. */
static void apply_before_login(const struct session *s, const struct login *login)
{
	for (size_t i = 0; login->attributes && i < login->attributes->count; i++) {
		const struct attribute *a = &login->attributes->items[i];
		if (!login->is_pooled || attribute_is_in_key(a->number))
			apply(s, a);
	}
}

struct session *session_prepare(struct driver *d, const struct login *login, struct diag *reterr)
{
	struct session *s = calloc(1, sizeof(*s));

	lock_assert_none_held();
	if (!s) {
		diag_add_no_memory(reterr);
		return NULL;
	}
	list_init(&s->link);
	s->driver = d;
	s->calls = &d->calls;
	s->is_wide = login->is_wide;
	s->socket = SOCKET_UNKNOWN;
	s->odbc_version = login->odbc_version;
	s->environment = environment_get(d, login->odbc_version, reterr);
	if (!s->environment) {
		free(s);
		return NULL;
	}
	if (!SQL_SUCCEEDED(
		    d->calls.AllocHandle(SQL_HANDLE_DBC, s->environment->handle, &s->hdbc))) {
		records_read(&d->calls, SQL_HANDLE_ENV, s->environment->handle, reterr);
		environment_release(d, s->environment);
		free(s);
		return NULL;
	}
	apply_before_login(s, login);
	return s;
}

/* The string that the driver completed, as far as it wrote one. */
static void keep_completed(struct session *s, const void *text, SQLSMALLINT reported)
{
	struct buffer b = BUFFER_EMPTY;
	size_t limit = reported >= 0 && reported < COMPLETED_MAX ? (size_t)reported : COMPLETED_MAX;

	if (s->is_wide) {
		size_t units = utf16_len(text);
		utf16_to_utf8(&b, text, units < limit ? units : limit);
	} else {
		size_t len = strlen(text);
		buffer_append(&b, text, len < limit ? len : limit);
	}
	s->completed_len = b.len;
	s->completed = buffer_steal(&b);
}

static SQLRETURN driver_connect(struct session *s, const struct login *login)
{
	size_t unit = login->is_wide ? sizeof(SQLWCHAR) : 1;
	void *out = calloc(COMPLETED_MAX + 1, unit);
	SQLSMALLINT out_len = -1;
	SQLRETURN rc;

	if (!out)
		return SQL_ERROR;
	if (login->is_wide && s->calls->DriverConnectW)
		rc = s->calls->DriverConnectW(s->hdbc, login->window, login->string,
			login->string_len, out, COMPLETED_MAX, &out_len, login->completion);
	else if (!login->is_wide && s->calls->DriverConnect)
		rc = s->calls->DriverConnect(s->hdbc, login->window, login->string,
			login->string_len, out, COMPLETED_MAX, &out_len, login->completion);
	else
		rc = SQL_ERROR;
	if (SQL_SUCCEEDED(rc)) {
		keep_completed(s, out, out_len);
		memcpy(s->added_word, login->added_word, sizeof(s->added_word));
	}
	secret_wipe(out, (COMPLETED_MAX + 1) * unit);
	free(out);
	return rc;
}

static SQLRETURN plain_connect(struct session *s, const struct login *login)
{
	if (login->is_wide && s->calls->ConnectW)
		return s->calls->ConnectW(s->hdbc, login->server, login->server_len, login->user,
			login->user_len, login->password, login->password_len);
	if (!login->is_wide && s->calls->Connect)
		return s->calls->Connect(s->hdbc, login->server, login->server_len, login->user,
			login->user_len, login->password, login->password_len);
	return SQL_ERROR;
}

/*
 * Give the driver the time that is left of the borrower's deadline. True: *ret_before is what it
 * had before.
 */
static bool lend_login_timeout(
	const struct session *s, const struct login *login, SQLUINTEGER *ret_before)
{
	SQLULEN before = 0;

	if (!login->timeout_s)
		return false;
	SQLRETURN rc = get_attribute(s, SQL_ATTR_LOGIN_TIMEOUT, &before, SQL_IS_UINTEGER);
	set_number(s, SQL_ATTR_LOGIN_TIMEOUT, login->timeout_s);
	*ret_before = (SQLUINTEGER)before;
	return SQL_SUCCEEDED(rc);
}

struct session *session_open(
	struct driver *d, const struct login *login, SQLRETURN *ret_rc, struct diag *reterr)
{
	struct session *s = session_prepare(d, login, reterr);
	SQLUINTEGER login_timeout;

	*ret_rc = SQL_ERROR;
	if (!s)
		return NULL;
	bool is_lent = lend_login_timeout(s, login, &login_timeout);
	*ret_rc = s->login_rc =
		login->kind == CONNECT_PLAIN ? plain_connect(s, login) : driver_connect(s, login);
	if (!SQL_SUCCEEDED(s->login_rc)) {
		records_read(s->calls, SQL_HANDLE_DBC, s->hdbc, reterr);
		session_free(s);
		return NULL;
	}
	driver_note_login(d);
	if (s->login_rc == SQL_SUCCESS_WITH_INFO)
		records_read(s->calls, SQL_HANDLE_DBC, s->hdbc, &s->login_records);
	/* One borrower's haste is nothing that the next should read. */
	if (is_lent)
		set_number(s, SQL_ATTR_LOGIN_TIMEOUT, login_timeout);
	/* FreeTDS can say SQL_SUCCESS without a connection; the next call would crash. */
	if (login->is_pooled && session_is_dead(s)) {
		diag_add(reterr, "08001", ODBCPOOL_ERR_CONNECTION_LOST, "driver",
			"%s reported a successful login, but has no connection", d->path);
		*ret_rc = SQL_ERROR;
		session_close(s);
		return NULL;
	}
	return s;
}

static void forget_changes(struct session *s)
{
	for (unsigned i = 0; i < s->change_count; i++)
		free(s->changes[i].text_before);
	s->change_count = 0;
}

void session_abandon(struct session *s)
{
	bequest_remove(s);
	diag_clear(&s->login_records);
	forget_changes(s);
	if (s->forget_knowledge)
		s->forget_knowledge(s->knowledge);
	secret_wipe(s->completed, s->completed_len);
	free(s->completed);
	free(s->server_name);
	free(s);
}

void session_free(struct session *s)
{
	s->calls->FreeHandle(SQL_HANDLE_DBC, s->hdbc);
	environment_release(s->driver, s->environment);
	session_abandon(s);
}

bool session_close(struct session *s)
{
	lock_assert_none_held();
	bool is_closed = SQL_SUCCEEDED(s->calls->Disconnect(s->hdbc));
	session_free(s);
	return is_closed;
}

bool session_is_dead(struct session *s)
{
	SQLULEN dead = SQL_FALSE;

	if (!SQL_SUCCEEDED(get_attribute(s, SQL_ATTR_CONNECTION_DEAD, &dead, SQL_IS_UINTEGER)))
		return false;
	if ((SQLUINTEGER)dead == SQL_TRUE)
		s->is_known_dead = true;
	return (SQLUINTEGER)dead == SQL_TRUE;
}

/* SQL_COPT_SS_RESET_CONNECTION (msodbcsql.h). */
#define ATTRIBUTE_SS_RESET_CONNECTION 1246

bool session_reset_by_attribute(struct session *s)
{
	return set_number(s, SQL_ATTR_RESET_CONNECTION, SQL_RESET_CONNECTION_YES) ||
	       set_number(s, ATTRIBUTE_SS_RESET_CONNECTION, SQL_RESET_CONNECTION_YES);
}

SQLRETURN session_set_attribute(
	const struct session *s, SQLINTEGER number, SQLPOINTER value, SQLINTEGER length)
{
	return set_attribute(s, number, value, length, s->is_wide);
}

bool session_get_number(struct session *s, SQLINTEGER number, SQLUINTEGER *ret_value)
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
	       set_number(s, number, value);
}

bool session_set_catalog(struct session *s, const char *name)
{
	return set_text(s, SQL_ATTR_CURRENT_CATALOG, name, strlen(name), false);
}

void session_taint(struct session *s, const char *reason)
{
	if (!s->taint)
		s->taint = reason;
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
		if (apply(s, a))
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
	return set_number(s, c->number, c->before);
}

/* In the order of the changes, but autocommit last: setting it earlier could commit. */
static bool restore_all(struct session *s)
{
	const struct attribute_change *autocommit = find_change(s, SQL_ATTR_AUTOCOMMIT);

	for (unsigned i = 0; i < s->change_count; i++)
		if (&s->changes[i] != autocommit && !restore(s, &s->changes[i]))
			return false;
	return !autocommit || restore(s, autocommit);
}

SQLRETURN session_end_transaction(struct session *s, SQLSMALLINT completion)
{
	const struct calls *c = s->calls;

	if (c->EndTran)
		return c->EndTran(SQL_HANDLE_DBC, s->hdbc, completion);
	if (c->Transact)
		return c->Transact(s->environment->handle, s->hdbc, (SQLUSMALLINT)completion);
	return SQL_ERROR;
}

bool session_clean(struct session *s, bool may_be_in_transaction, const char **ret_reason)
{
	lock_assert_none_held();
	if (s->was_used && may_be_in_transaction &&
		!SQL_SUCCEEDED(session_end_transaction(s, SQL_ROLLBACK))) {
		*ret_reason = "the rollback failed";
		return false;
	}
	if (s->taint) {
		*ret_reason = s->taint;
		return false;
	}
	if (!restore_all(s)) {
		*ret_reason = "an attribute could not be restored";
		return false;
	}
	forget_changes(s);
	s->was_used = false;
	s->has_ended_transaction = false;
	s->had_error = false;
	s->is_unclean = false;
	s->branch_watch = 0;
	return true;
}
