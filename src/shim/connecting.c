/* SPDX-License-Identifier: MIT */
/* From what the application said to what the real driver gets, and back. */
#include "base/utf16.h"
#include "conf/connstr.h"
#include "conf/words.h"
#include "odbcpool.h"
#include "shim/connect.h"
#include "shim/library.h"
#include "shim/transaction.h"
#include "shim/text.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_under_right_shell(struct connecting *c, const struct driver *d)
{
	enum shell right = shell_for(d->has_ansi_connect, d->has_wide_connect);

	if (right == c->dbc->env->shell || c->dbc->env->shell == SHELL_NONE)
		return true;
	diag_add(&c->diag, "IM003", ODBCPOOL_ERR_WRONG_SHELL, "driver",
		"%s names %s, which %s; set Driver in section [%s] of odbcinst.ini to %s",
		c->resolved.pool_driver_place, d->path, shell_reason(right),
		c->resolved.driver_section ? c->resolved.driver_section : "of the driver",
		shell_file(right));
	return false;
}

bool connecting_resolve(struct connecting *c)
{
	struct buffer text = BUFFER_EMPTY;

	if (c->driver)
		return true;
	text_arg(&text, c->string.data,
		(SQLINTEGER)(c->login.is_wide ? c->string.len / sizeof(SQLWCHAR) : c->string.len),
		c->login.is_wide);
	struct connect_text in = {
		.is_string = c->login.kind != CONNECT_PLAIN,
		.string = c->string.data ? buffer_str(&text) : NULL,
		.string_len = text.len,
	};
	if (text.failed)
		diag_add_no_memory(&c->diag);
	else
		c->is_resolved = resolve_connect(&in, &c->resolved, &c->diag);
	buffer_done(&text);
	if (!c->is_resolved)
		return false;
	struct driver *d = driver_load(c->resolved.pool_driver,
		c->resolved.settings.driver_symbols == SYMBOLS_DEEP, c->resolved.pool_driver_place,
		&c->diag);
	if (!d || !is_under_right_shell(c, d))
		return false;
	c->driver = d;
	diag_move(&c->warnings, &c->diag);
	return true;
}

/* A driver that does not obey SQL_ATTR_LOGIN_TIMEOUT is told by a word of its own. */
static void add_timeout_word(struct connecting *c)
{
	const char *word = c->driver->traits.login_timeout_word;
	struct buffer value = BUFFER_EMPTY, *string = &c->resolved.driver_string;

	if (c->login.timeout_s && word && !words_get(&c->resolved, word, &value)) {
		bool is_separated = string->len == 0 || string->data[string->len - 1] == ';';
		snprintf(c->login.added_word, sizeof(c->login.added_word), "%s%s=%u",
			is_separated ? "" : ";", word, c->login.timeout_s);
		buffer_append_str(string, c->login.added_word);
	}
	buffer_done(&value);
}

static void add_word(struct buffer *to, const char *keyword, const struct text *value, bool is_wide)
{
	struct buffer text = BUFFER_EMPTY;

	if (!value->data)
		return;
	text_arg(&text, value->data,
		(SQLINTEGER)(is_wide ? value->len / sizeof(SQLWCHAR) : value->len), is_wide);
	buffer_printf(to, "%s=", keyword);
	connstr_add_quoted(to, buffer_str(&text));
	buffer_append_char(to, ';');
	to->failed |= text.failed;
	buffer_done(&text);
}

/* SQLConnect has no place for such a word: it becomes the SQLDriverConnect that says the same. */
static void become_driver_connect(struct connecting *c)
{
	const char *word = c->driver->traits.login_timeout_word;
	struct buffer value = BUFFER_EMPTY, *string = &c->resolved.driver_string;

	if (word && c->login.timeout_s && !words_get(&c->resolved, word, &value)) {
		add_word(string, "DSN", &c->string, c->login.is_wide);
		add_word(string, "UID", &c->user, c->login.is_wide);
		add_word(string, "PWD", &c->password, c->login.is_wide);
		c->login.kind = CONNECT_DRIVER;
		c->login.completion = SQL_DRIVER_NOPROMPT;
	}
	buffer_done(&value);
}

bool connecting_prepare_login(struct connecting *c)
{
	struct login *l = &c->login;
	size_t unit = c->login.is_wide ? sizeof(SQLWCHAR) : 1;

	if (c->login.kind == CONNECT_PLAIN)
		become_driver_connect(c);
	if (c->login.kind == CONNECT_PLAIN || c->driver_string.data)
		return true;
	add_timeout_word(c);
	if (c->login.is_wide)
		utf8_to_utf16(&c->driver_string, c->resolved.driver_string.data,
			c->resolved.driver_string.len);
	else
		buffer_append(&c->driver_string, c->resolved.driver_string.data,
			c->resolved.driver_string.len);
	size_t len = c->driver_string.len / unit;
	buffer_append(&c->driver_string, "\0", 2); /* a terminator of either width */
	if (c->driver_string.failed) {
		diag_add_no_memory(&c->diag);
		return false;
	}
	if (len > INT16_MAX) {
		diag_add(&c->diag, "HY090", ODBCPOOL_ERR_BAD_ARGUMENT, "connection",
			"the connection string has %zu characters; SQLSMALLINT can tell a driver "
			"of "
			"no more than %d",
			len, INT16_MAX);
		return false;
	}
	l->string = c->driver_string.data;
	l->string_len = (SQLSMALLINT)len;
	return true;
}

/* The driver's completed string ends as the one that it was given did. */
static size_t len_without_added_word(const struct session *s)
{
	size_t added = strlen(s->added_word);

	if (added && s->completed_len >= added &&
		memcmp(s->completed + s->completed_len - added, s->added_word, added) == 0)
		return s->completed_len - added;
	return s->completed_len;
}

/* Make the session's completed string the application's: its own words put back, in its width. */
static bool finish_completed(struct connecting *c, struct session *s)
{
	struct buffer text = BUFFER_EMPTY, wide = BUFFER_EMPTY;

	if (!connecting_resolve(c))
		return false;
	resolved_complete_string(&c->resolved, s->completed, len_without_added_word(s), &text);
	if (c->login.is_wide) {
		utf8_to_utf16(&wide, buffer_str(&text), text.len);
		buffer_done(&text);
		text = wide;
	}
	bool ok = !text.failed;
	if (ok) {
		secret_wipe(s->completed, s->completed_len);
		free(s->completed);
		s->completed_len = text.len;
		s->completed = buffer_steal(&text);
		s->is_completed_final = true;
	}
	buffer_done(&text);
	return ok;
}

void connecting_give_completed(struct connecting *c)
{
	struct session *s = c->dbc->session;
	size_t unit = c->login.is_wide ? sizeof(SQLWCHAR) : 1;

	if (!s->is_completed_final && !finish_completed(c, s))
		return;

	size_t len = s->completed_len / unit;
	size_t size = c->out && c->out_size > 0 ? (size_t)c->out_size : 0;
	if (c->out_len)
		*c->out_len = len > INT16_MAX ? INT16_MAX : (SQLSMALLINT)len;
	if (size == 0)
		return;
	size_t fits = len < size ? len : size - 1;
	if (fits)
		memcpy(c->out, s->completed, fits * unit);
	memset((char *)c->out + fits * unit, 0, unit);
	if (fits == len)
		return;
	diag_add(&c->warnings, "01004", ODBCPOOL_ERR_TRUNCATED, "connection",
		"String data, right truncated: the completed connection string has %zu characters",
		len);
}

void connecting_done(struct connecting *c)
{
	transaction_unref(c->transaction);
	if (c->is_resolved)
		resolved_done(&c->resolved);
	buffer_done(&c->driver_string);
	diag_clear(&c->warnings);
	diag_clear(&c->diag);
	pthread_setcancelstate(c->cancel_state, NULL);
}

static bool prepare_login(struct login *login, struct diag *reterr)
{
	struct connecting *c = container_of(login, struct connecting, login);

	if (connecting_resolve(c) && connecting_prepare_login(c))
		return true;
	diag_add_all(reterr, &c->diag);
	diag_clear(&c->diag);
	return false;
}

bool connecting_begin(
	struct connecting *c, SQLHDBC h, enum connect_kind kind, bool is_wide, SQLRETURN *ret_rc)
{
	struct dbc *d = h;

	*ret_rc = SQL_INVALID_HANDLE;
	if (!handle_settle(d, TAG_DBC))
		return false;
	*ret_rc = SQL_ERROR;
	if (!library_registry()) {
		handle_fail_no_memory(&d->base);
		return false;
	}
	if (d->calls) {
		handle_fail(&d->base, "08002", ODBCPOOL_ERR_BAD_ARGUMENT, "connection",
			"Connection in use");
		return false;
	}
	if (d->session && kind != CONNECT_BROWSE) {
		handle_fail(&d->base, "HY010", ODBCPOOL_ERR_BAD_ARGUMENT, "connection",
			"Function sequence error: SQLBrowseConnect is under way");
		return false;
	}
	*c = (struct connecting){.dbc = d,
		.login = {
			.kind = kind,
			.is_wide = is_wide,
			.odbc_version = d->env->odbc_version ? d->env->odbc_version : SQL_OV_ODBC3,
			.attributes = &d->attributes,
			.prepare = prepare_login,
		}};
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &c->cancel_state);
	return true;
}

bool connecting_take_text(struct connecting *c, const void *data, SQLSMALLINT len, struct text *ret)
{
	size_t unit = c->login.is_wide ? sizeof(SQLWCHAR) : 1;

	if (data && len < 0 && len != SQL_NTS) {
		diag_add(&c->diag, "HY090", ODBCPOOL_ERR_BAD_ARGUMENT, "connection",
			"Invalid string or buffer length: %d", len);
		return false;
	}
	*ret = (struct text){data, text_arg_len(data, len, c->login.is_wide) * unit};
	return true;
}

SQLRETURN connecting_fail(struct connecting *c, SQLRETURN rc)
{
	diag_move(&c->dbc->base.records, &c->diag);
	return handle_noted(&c->dbc->base, rc);
}

SQLRETURN connecting_refuse(struct connecting *c)
{
	SQLRETURN rc = connecting_fail(c, SQL_ERROR);

	connecting_done(c);
	return rc;
}

void connecting_bind(struct dbc *d, struct session *s)
{
	d->session = s;
	d->calls = s->calls;
	d->real = s->hdbc;
	if (!d->borrow.pool)
		registry_note_unpooled(library_registry());
}
