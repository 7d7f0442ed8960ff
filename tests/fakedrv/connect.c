/* SPDX-License-Identifier: MIT */
/* Login, logout, and the end of transactions. */
#include "fakedrv/internal.h"

#include <stdlib.h>
#include <string.h>

bool conn_is_lost(struct handle *h)
{
	if (!atomic_load(&h->conn->is_dead))
		return false;
	count(COUNT_DEAD_CALLS, 1);
	diag_post(h, "08S01", 10054, "the connection is lost");
	return true;
}

void conn_kill(struct conn *c)
{
	atomic_store(&c->is_dead, true);
	gate_wake();
}

static SQLRETURN post_login_records(struct conn *c)
{
	char *state = script_text(c, WORD_STATE), *text = script_text(c, WORD_TEXT);
	long records = script_number(c, WORD_RECORDS), native = script_number(c, WORD_NATIVE);
	bool is_info = script_says(c, WORD_LOGIN, "info");

	for (long i = 1; i <= records; i++)
		diag_post(&c->h, is_info ? "01000" : state, (SQLINTEGER)(native + i - 1),
			"%s (%ld)", text, i);
	free(state);
	free(text);
	return is_info ? SQL_SUCCESS_WITH_INFO : SQL_ERROR;
}

/* Sleep as long as the script says. False: the login timeout ended it. */
static bool login_takes_its_time(struct conn *c)
{
	long limit_ms = (long)conn_number_attr(c, SQL_ATTR_LOGIN_TIMEOUT) * 1000;
	long ms = script_number(c, WORD_LOGIN_MS);

	if (script_says(c, WORD_LOGIN, "block"))
		return gate_wait(c, limit_ms, NULL) != GATE_TIMED_OUT;
	if (ms <= 0)
		return true;
	bool is_late = limit_ms && limit_ms < ms;
	return gate_wait(c, is_late ? limit_ms : ms, NULL) != GATE_TIMED_OUT || !is_late;
}

static SQLRETURN login(struct conn *c, enum width w)
{
	atomic_store(&c->is_dead, false);
	if (!login_takes_its_time(c)) {
		count(COUNT_FAILED_LOGINS, 1);
		return diag_post(&c->h, "HYT00", 0, "login timeout expired");
	}
	if (script_says(c, WORD_LOGIN, "fail")) {
		count(COUNT_FAILED_LOGINS, 1);
		return post_login_records(c);
	}
	c->is_wide = w == WIDE;
	c->is_connected = true;
	c->in_transaction = false;
	atomic_store(&c->is_online, true);
	count(COUNT_CONNECTED, 1);
	count(COUNT_LOGINS, 1);
	if (script_says(c, WORD_LOGIN, "lost"))
		conn_kill(c);
	return script_says(c, WORD_LOGIN, "info") ? post_login_records(c) : SQL_SUCCESS;
}

static SQLRETURN login_with(struct conn *c, const char *string, const char *dsn, enum width w)
{
	if (c->is_connected || c->blocked)
		return diag_post(&c->h, "08002", 0, "connected already");
	script_done(&c->from_string);
	script_done(&c->from_dsn);
	script_parse(&c->from_string, string, true);
	if (!dsn)
		dsn = c->from_string.value[WORD_DSN];
	if (dsn && *dsn)
		script_read_dsn(&c->from_dsn, dsn);
	return login(c, w);
}

SQLRETURN conn_connect(SQLHDBC h, char *dsn, char *user, char *password, enum width w)
{
	struct conn *c = conn_enter(h, "SQLConnect %s %s %s%s", dsn ? dsn : "-", user ? user : "-",
		password ? password : "-", w == WIDE ? " W" : "");
	SQLRETURN rc = SQL_INVALID_HANDLE;

	if (c)
		rc = leave(&c->h, login_with(c, "", dsn, w));
	free(dsn);
	free(user);
	free(password);
	return rc;
}

/* As SQLDriverConnect answers. */
static SQLRETURN login_and_complete(struct conn *c, const char *string, void *out,
	SQLSMALLINT out_size, SQLSMALLINT *out_length, enum width w)
{
	SQLRETURN rc = login_with(c, string ? string : "", NULL, w);

	if (!SQL_SUCCEEDED(rc))
		return rc;
	SQLRETURN told = text_answer(&c->h, string ? string : "", out, out_size, out_length, w);
	return rc == SQL_SUCCESS ? told : rc;
}

SQLRETURN conn_driver_connect(SQLHDBC h, char *string, void *out, SQLSMALLINT out_size,
	SQLSMALLINT *out_length, enum width w)
{
	struct conn *c = conn_enter(
		h, "SQLDriverConnect %s%s", string ? string : "-", w == WIDE ? " W" : "");
	SQLRETURN rc = SQL_INVALID_HANDLE;

	if (c)
		rc = leave(&c->h, login_and_complete(c, string, out, out_size, out_length, w));
	free(string);
	return rc;
}

SQLRETURN conn_browse(SQLHDBC h, char *string, void *out, SQLSMALLINT out_size,
	SQLSMALLINT *out_length, enum width w)
{
	struct conn *c = conn_enter(
		h, "SQLBrowseConnect %s%s", string ? string : "-", w == WIDE ? " W" : "");
	SQLRETURN rc = SQL_INVALID_HANDLE;

	if (!c)
		goto out;
	if (!c->is_connected && c->browsed < script_number(c, WORD_BROWSE)) {
		c->browsed++;
		rc = text_answer(&c->h, "UID:Login=?;PWD:Password=?", out, out_size, out_length, w);
		rc = rc == SQL_ERROR ? rc : SQL_NEED_DATA;
	} else {
		c->browsed = 0;
		rc = login_and_complete(c, string, out, out_size, out_length, w);
	}
	leave(&c->h, rc);
out:
	free(string);
	return rc;
}

static SQLRETURN logout(struct conn *c)
{
	if (!c->is_connected && c->browsed) {
		c->browsed = 0;
		return SQL_SUCCESS;
	}
	if (!c->is_connected)
		return diag_post(&c->h, "08003", 0, "not connected");
	for (struct stmt *s = c->stmts; s; s = s->next)
		if (s->is_waiting || s->needs_data)
			return diag_post(&c->h, "HY010", 0, "a statement is at work");
	if (script_says(c, WORD_DISCONNECT, "fail"))
		return diag_post(&c->h, "25000", 0, "will not disconnect");
	if (script_says(c, WORD_DISCONNECT, "block"))
		gate_wait(c, 0, NULL);
	conn_free_children(c);
	c->is_connected = false;
	atomic_store(&c->is_online, false);
	count(COUNT_CONNECTED, -1);
	count(COUNT_LOGOUTS, 1);
	return SQL_SUCCESS;
}

SQLRETURN SQL_API SQLDisconnect(SQLHDBC ConnectionHandle)
{
	struct conn *c = conn_enter(ConnectionHandle, "SQLDisconnect");

	return c ? leave(&c->h, logout(c)) : SQL_INVALID_HANDLE;
}

static SQLRETURN end_transaction(struct conn *c)
{
	if (!c->is_connected)
		return diag_post(&c->h, "08003", 0, "not connected");
	if (conn_is_lost(&c->h))
		return SQL_ERROR;
	if (script_says(c, WORD_END_TRAN, "fail"))
		return diag_post(&c->h, "HY000", 3, "the transaction does not end");
	if (script_says(c, WORD_END_TRAN, "mute"))
		return SQL_ERROR;
	if (script_says(c, WORD_END_TRAN, "block"))
		gate_wait(c, 0, NULL);
	if (conn_is_lost(&c->h))
		return SQL_ERROR;
	c->in_transaction = false;
	return SQL_SUCCESS;
}

static SQLRETURN end_on_conn(SQLHDBC h, SQLSMALLINT completion, const char *function)
{
	struct conn *c =
		conn_enter(h, "%s %s", function, completion == SQL_COMMIT ? "COMMIT" : "ROLLBACK");

	if (!c)
		return SQL_INVALID_HANDLE;
	if (completion != SQL_COMMIT && completion != SQL_ROLLBACK)
		return leave(&c->h, diag_post(&c->h, "HY012", 0, "neither commit nor rollback"));
	return leave(&c->h, end_transaction(c));
}

static SQLRETURN end_on_env(SQLHENV h, SQLSMALLINT completion, const char *function)
{
	struct env *e =
		env_enter(h, "%s %s", function, completion == SQL_COMMIT ? "COMMIT" : "ROLLBACK");
	SQLRETURN rc = SQL_SUCCESS;

	if (!e)
		return SQL_INVALID_HANDLE;
	for (struct conn *c = e->conns; c; c = c->next) {
		pthread_mutex_lock(&c->lock);
		if (c->is_connected && end_transaction(c) == SQL_ERROR)
			rc = diag_post(&e->h, "25S01", 0, "a transaction did not end");
		pthread_mutex_unlock(&c->lock);
	}
	return leave(&e->h, rc);
}

SQLRETURN SQL_API SQLEndTran(SQLSMALLINT HandleType, SQLHANDLE Handle, SQLSMALLINT CompletionType)
{
	if (HandleType == SQL_HANDLE_ENV)
		return end_on_env(Handle, CompletionType, "SQLEndTran");
	return end_on_conn(Handle, CompletionType, "SQLEndTran");
}

SQLRETURN SQL_API SQLTransact(
	SQLHENV EnvironmentHandle, SQLHDBC ConnectionHandle, SQLUSMALLINT CompletionType)
{
	SQLSMALLINT completion = (SQLSMALLINT)CompletionType;

	if (ConnectionHandle)
		return end_on_conn(ConnectionHandle, completion, "SQLTransact");
	return end_on_env(EnvironmentHandle, completion, "SQLTransact");
}
