/* SPDX-License-Identifier: MIT */
#include "driver/session_internal.h"

#include "base/buffer.h"
#include "base/utf16.h"
#include "driver/bequest.h"
#include "driver/records.h"
#include "odbcpool.h"

#include <stdlib.h>
#include <string.h>

/* In characters; SQLSMALLINT can say no more. */
#define COMPLETED_MAX 32766

/* The driver manager ignores the return code of what it sets before a connect; so do we. */
static void apply_before_login(const struct session *s, const struct login *login)
{
	for (size_t i = 0; login->attributes && i < login->attributes->count; i++) {
		const struct attribute *a = &login->attributes->items[i];
		if (!login->is_pooled || attribute_is_in_key(a->number))
			session_apply(s, a);
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
	if (!login->timeout_s)
		return false;
	bool is_known = session_get_number(s, SQL_ATTR_LOGIN_TIMEOUT, ret_before);
	session_set_number(s, SQL_ATTR_LOGIN_TIMEOUT, login->timeout_s);
	return is_known;
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
		session_set_number(s, SQL_ATTR_LOGIN_TIMEOUT, login_timeout);
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

void session_abandon(struct session *s)
{
	bequest_remove(s);
	diag_clear(&s->login_records);
	session_forget_changes(s);
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
	SQLUINTEGER dead;

	if (!session_get_number(s, SQL_ATTR_CONNECTION_DEAD, &dead) || dead != SQL_TRUE)
		return false;
	s->is_known_dead = true;
	return true;
}

void session_taint(struct session *s, const char *reason)
{
	if (!s->taint)
		s->taint = reason;
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
	if (!session_restore_changes(s)) {
		*ret_reason = "an attribute could not be restored";
		return false;
	}
	session_forget_changes(s);
	s->was_used = false;
	s->has_ended_transaction = false;
	s->had_error = false;
	s->is_unclean = false;
	return true;
}
