/* SPDX-License-Identifier: MIT */
/*
 * SQLConnect, SQLDriverConnect and SQLBrowseConnect, in both widths.
 *
 * A connect is first looked up by the digest of what the application passed; when its pool is
 * known, nothing is parsed and no file is read. Otherwise it is resolved: which real driver, pooled
 * or not, and a pool is made for it.
 */
#include "shim/connecting_pool.h"

#include "conf/identity.h"
#include "conf/ini.h"
#include "dbms/source.h"
#include "odbcpool.h"
#include "shim/binding.h"
#include "shim/counting.h"
#include "shim/entry.h"
#include "shim/library.h"
#include "shim/token.h"
#include "shim/xa_attr.h"

/* The end of every successful connect: what the application is told beside SQL_SUCCESS. */
static SQLRETURN finish(struct connecting *c, SQLRETURN rc)
{
	struct dbc *d = c->dbc;
	struct session *s = d->session;
	const struct environment *e = s->environment;

	if (e->answered != e->asked)
		diag_add(&c->warnings, "01000", ODBCPOOL_ERR_OLD_ODBC_VERSION, "driver",
			"Driver does not support the requested version");
	if (c->login.kind != CONNECT_PLAIN)
		connecting_give_completed(c);
	diag_move(&d->base.records, &s->login_records);
	diag_add_all(&d->base.records, &c->warnings);
	if (d->base.records.count)
		rc = SQL_SUCCESS_WITH_INFO;
	return handle_noted(&d->base, rc);
}

static SQLRETURN connect_unpooled(struct connecting *c)
{
	SQLRETURN rc;

	c->login.is_pooled = false;
	if (c->transaction && c->transaction->kind == TRANSACTION_TOKEN) {
		diag_add(&c->diag, "HYC00", ODBCPOOL_ERR_TRANSACTION_STATE, "transaction",
			"a connection that is not pooled cannot join a transaction by token");
		return connecting_fail(c, SQL_ERROR);
	}
	if (!connecting_prepare_login(c))
		return connecting_fail(c, SQL_ERROR);
	struct session *s = session_open(c->driver, &c->login, &rc, &c->diag);
	if (!s)
		return connecting_fail(c, rc);
	connecting_bind(c->dbc, s);
	return finish(c, rc);
}

/* What was borrowed cannot be used. */
static SQLRETURN give_up(struct connecting *c, enum return_verdict verdict, const char *reason)
{
	struct dbc *d = c->dbc;

	if (verdict != RETURN_ENLISTED)
		pool_unlist(&d->borrow);
	pool_return(&d->borrow, verdict, reason);
	d->borrow = (struct borrow){0};
	if (c->transaction)
		transaction_turned_away();
	return connecting_fail(c, SQL_ERROR);
}

/* Join the transaction that the connection was borrowed for. */
static bool join(struct connecting *c, SQLRETURN *ret_rc)
{
	struct dbc *d = c->dbc;

	if (!c->transaction)
		return true;
	if (!d->borrow.is_enlisted) {
		if (c->transaction->kind == TRANSACTION_TOKEN)
			diag_add(&c->warnings, "01000", ODBCPOOL_ERR_TRANSACTION_STATE,
				"transaction",
				"Enlist=No: the connection takes no part in the transaction");
		return true;
	}
	switch (binding_join(d, c->transaction, &c->diag)) {
	case JOINED:
		return true;
	case JOIN_REFUSED:
		*ret_rc = give_up(c, d->borrow.is_continued ? RETURN_ENLISTED : RETURN_CLOSE,
			"its transaction is being ended");
		return false;
	case JOIN_FAILED:
		*ret_rc = give_up(c, RETURN_CLOSE, "its transaction could not begin on it");
		return false;
	}
	return false;
}

static SQLRETURN serve(struct connecting *c)
{
	struct dbc *d = c->dbc;
	struct session *s = d->borrow.conn;
	SQLRETURN rc;

	if (!c->is_resolved)
		diag_add_all(&c->warnings, source_warnings(d->borrow.ctx));
	if (!d->borrow.is_reused)
		counting_note_dbms(d->borrow.pool, s->dbms_name);
	/* One that comes back to its transaction is as it was left. */
	if (!d->borrow.is_continued) {
		session_borrowed(s, &d->attributes);
		if (!source_greet(d->borrow.ctx, s, &c->diag))
			return give_up(c, RETURN_CLOSE, "BorrowQuery failed");
	}
	if (!join(c, &rc))
		return rc;
	connecting_bind(d, s);
	rc = finish(c, d->borrow.is_reused ? SQL_SUCCESS : s->login_rc);
	return xa_attr_set_kept(d, rc);
}

/* SQL_ATTR_LOGIN_TIMEOUT wins over PoolConnectTimeout; 0 means to wait for ever. */
static usec_t borrow_deadline(const struct dbc *d)
{
	const struct attribute *a = attributes_find(&d->attributes, SQL_ATTR_LOGIN_TIMEOUT);

	if (!a)
		return BORROW_DEADLINE_OF_POOL;
	usec_t seconds = (SQLUINTEGER)(uintptr_t)a->value;
	return seconds ? usec_add(clock_now(&clock_real), seconds * USEC_PER_SEC) : USEC_INFINITY;
}

/* The rest of a borrow: a connection is there, or the reason why not is in c->diag. */
static SQLRETURN end_borrow(struct connecting *c, enum pool_rc rc)
{
	if (rc == POOL_TRANSACTION_LOST)
		transaction_note_lost(c->transaction);
	if (rc != POOL_OK)
		return connecting_fail(c, SQL_ERROR);
	if (c->dbc->borrow.is_wait_notable)
		pool_describe_wait(&c->dbc->borrow, &c->warnings);
	return serve(c);
}

/*
 * Switched off from outside. What belongs to a transaction must not be done beside it, unnoticed.
 */
static SQLRETURN connect_past_disabled(struct connecting *c)
{
	if (!connecting_resolve(c))
		return connecting_fail(c, SQL_ERROR);
	if (!c->transaction || !c->resolved.settings.enlist)
		return connect_unpooled(c);
	diag_add(&c->diag, "HYC00", ODBCPOOL_ERR_TRANSACTION_STATE, "transaction",
		"the pool is disabled, by the command odbcpool disable (odbcpool enable ends "
		"that): no other connection can join the transaction");
	return connecting_fail(c, SQL_ERROR);
}

static SQLRETURN borrow_by(struct connecting *c, struct key_input *in)
{
	struct digest key = key_digest(in);
	struct registry *registry = library_registry();
	struct borrow_request request = {
		.deadline = borrow_deadline(c->dbc),
		.opener = &c->login,
		.transaction = c->transaction ? &c->transaction->id : NULL,
		.is_on_one_session = c->transaction && c->transaction->ops->is_on_one_session,
	};
	struct borrow *to = &c->dbc->borrow;

	if (unlikely(counting_has_command()))
		counting_obey(registry);
	c->login.is_pooled = true;
	enum pool_rc rc = registry_borrow(registry, &key, ini_generation(), &request, to, &c->diag);
	/* Again when the pool just made had to make room for another thread's (MaxPools). */
	while (rc == POOL_UNKNOWN) {
		if (!connecting_resolve(c))
			return connecting_fail(c, SQL_ERROR);
		if (!connecting_wants_pool(c) || !connecting_refine_key(c, in, &key))
			return connect_unpooled(c);
		if (!connecting_make_pool(c, &key, in))
			return connecting_fail(c, SQL_ERROR);
		rc = registry_borrow(
			registry, &key, c->resolved.generation, &request, to, &c->diag);
	}
	if (unlikely(rc == POOL_DISABLED))
		return connect_past_disabled(c);
	return end_borrow(c, rc);
}

static SQLRETURN borrow(struct connecting *c)
{
	struct key_attribute attributes[KEY_ATTRIBUTES_MAX];
	struct buffer environment = BUFFER_EMPTY;

	identity_add_environment(&environment);
	struct key_input in = connecting_key_input(c, &environment, attributes);
	SQLRETURN rc =
		environment.failed ? handle_fail_no_memory(&c->dbc->base) : borrow_by(c, &in);
	buffer_done(&environment);
	return rc;
}

/* Which transaction does this connect join? False: c->diag. */
static bool find_transaction(struct connecting *c)
{
	const struct thread_transaction *t = transaction_of_thread();

	if (!token_for_connect(c->dbc, &c->transaction, &c->diag))
		return false;
	if (likely(!t) || c->transaction)
		return true;
	struct transaction *joined = t->find(t, c);
	if (joined)
		c->transaction = transaction_ref(joined);
	return true;
}

/* SQLConnect and SQLDriverConnect once their arguments are in `c`. */
static SQLRETURN connect_with(struct connecting *c)
{
	SQLRETURN rc;

	if (!find_transaction(c))
		rc = connecting_fail(c, SQL_ERROR);
	else if (connecting_is_poolable(c))
		rc = borrow(c);
	else
		rc = connecting_resolve(c) ? connect_unpooled(c) : connecting_fail(c, SQL_ERROR);
	connecting_done(c);
	return rc;
}

static SQLRETURN plain_connect(SQLHDBC h, bool is_wide, void *server, SQLSMALLINT server_len,
	void *user, SQLSMALLINT user_len, void *password, SQLSMALLINT password_len)
{
	struct connecting c;
	SQLRETURN rc;

	if (!connecting_begin(&c, h, CONNECT_PLAIN, is_wide, &rc))
		return rc;
	if (!connecting_take_text(&c, server, server_len, &c.string) ||
		!connecting_take_text(&c, user, user_len, &c.user) ||
		!connecting_take_text(&c, password, password_len, &c.password))
		return connecting_refuse(&c);
	c.login.server = server;
	c.login.server_len = server_len;
	c.login.user = user;
	c.login.user_len = user_len;
	c.login.password = password;
	c.login.password_len = password_len;
	return connect_with(&c);
}

SQLRETURN odbcpool_Connect(SQLHDBC h, SQLCHAR *ServerName, SQLSMALLINT NameLength1,
	SQLCHAR *UserName, SQLSMALLINT NameLength2, SQLCHAR *Authentication,
	SQLSMALLINT NameLength3)
{
	return plain_connect(h, false, ServerName, NameLength1, UserName, NameLength2,
		Authentication, NameLength3);
}

SQLRETURN odbcpool_ConnectW(SQLHDBC h, SQLWCHAR *ServerName, SQLSMALLINT NameLength1,
	SQLWCHAR *UserName, SQLSMALLINT NameLength2, SQLWCHAR *Authentication,
	SQLSMALLINT NameLength3)
{
	return plain_connect(h, true, ServerName, NameLength1, UserName, NameLength2,
		Authentication, NameLength3);
}

static SQLRETURN driver_connect(SQLHDBC h, bool is_wide, SQLHWND window, void *string,
	SQLSMALLINT string_len, void *out, SQLSMALLINT out_size, SQLSMALLINT *out_len,
	SQLUSMALLINT completion)
{
	struct connecting c;
	SQLRETURN rc;

	if (!connecting_begin(&c, h, CONNECT_DRIVER, is_wide, &rc))
		return rc;
	if (!connecting_take_text(&c, string, string_len, &c.string))
		return connecting_refuse(&c);
	c.login.window = window;
	c.login.completion = completion;
	c.out = out;
	c.out_size = out_size;
	c.out_len = out_len;
	return connect_with(&c);
}

SQLRETURN odbcpool_DriverConnect(SQLHDBC h, SQLHWND WindowHandle, SQLCHAR *InConnectionString,
	SQLSMALLINT StringLength1, SQLCHAR *OutConnectionString, SQLSMALLINT BufferLength,
	SQLSMALLINT *StringLength2Ptr, SQLUSMALLINT DriverCompletion)
{
	return driver_connect(h, false, WindowHandle, InConnectionString, StringLength1,
		OutConnectionString, BufferLength, StringLength2Ptr, DriverCompletion);
}

SQLRETURN odbcpool_DriverConnectW(SQLHDBC h, SQLHWND WindowHandle, SQLWCHAR *InConnectionString,
	SQLSMALLINT StringLength1, SQLWCHAR *OutConnectionString, SQLSMALLINT BufferLength,
	SQLSMALLINT *StringLength2Ptr, SQLUSMALLINT DriverCompletion)
{
	return driver_connect(h, true, WindowHandle, InConnectionString, StringLength1,
		OutConnectionString, BufferLength, StringLength2Ptr, DriverCompletion);
}
