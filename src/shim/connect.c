/* SPDX-License-Identifier: MIT */
/*
 * SQLConnect, SQLDriverConnect and SQLBrowseConnect, in both widths.
 *
 * A connect is first looked up by the digest of what the application passed; when its pool is
 * known, nothing is parsed and no file is read. Otherwise it is resolved: which real driver, pooled
 * or not, and a pool is made for it.
 */
#include "shim/connect.h"

#include "conf/ini.h"
#include "conf/words.h"
#include "dbms/source.h"
#include "driver/records.h"
#include "odbcpool.h"
#include "shim/entry.h"
#include "shim/identity.h"
#include "shim/library.h"
#include "shim/text.h"

#include <string.h>
#include <unistd.h>

/* More than any application sets before a connect; with more the connection is not pooled. */
#define KEY_ATTRIBUTES_MAX 32

/*
 * SQLBrowseConnect is a conversation; its connection is not known before it ends, so it is never
 * pooled. A connection that changes a password must not be either.
 */
static bool is_poolable(const struct connecting *c)
{
	const struct attributes *a = &c->dbc->attributes;
	bool may_prompt = c->login.window && c->login.completion != SQL_DRIVER_NOPROMPT;

	return c->login.kind != CONNECT_BROWSE && !may_prompt && a->count <= KEY_ATTRIBUTES_MAX &&
	       !attributes_are_opaque(a) && !attributes_find(a, SQL_ATTR_OLD_PASSWORD_NUMBER);
}

/* `attributes` has room for KEY_ATTRIBUTES_MAX and must live as long as the input. */
static struct key_input key_input(const struct connecting *c, struct key_attribute *attributes)
{
	return (struct key_input){
		.kind = c->login.kind,
		.is_wide = c->login.is_wide,
		.shell = c->dbc->env->shell,
		.odbc_version = c->login.odbc_version,
		.euid = geteuid(),
		.string = c->string,
		.user = c->user,
		.password = c->password,
		.attributes = attributes,
		.attribute_count = attributes_as_key(&c->dbc->attributes, attributes),
	};
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

/* Does the pool open connections without a borrower, and may it keep what that takes? */
static bool keeps_login(const struct connecting *c)
{
	return c->resolved.settings.min_pool_size > 0 &&
	       !attributes_find(c->login.attributes, SQL_ATTR_ACCESS_TOKEN_NUMBER);
}

static bool make_pool(struct connecting *c, const struct digest *key, const struct key_input *in)
{
	struct settings settings = c->resolved.settings; /* shallow: the registry copies it */

	if (!keeps_login(c))
		settings.min_pool_size = 0;
	/* Whoever opens later: the pool itself, or a borrower that sets no time-out of its own. */
	if (settings.pool_connect_timeout != USEC_INFINITY)
		c->login.timeout_s = (unsigned)((settings.pool_connect_timeout + USEC_PER_SEC - 1) /
						USEC_PER_SEC);
	if (keeps_login(c) && !connecting_prepare_login(c))
		return false;
	struct source *source = source_new(c->driver, &settings, keeps_login(c) ? &c->login : NULL);
	if (!source) {
		diag_add_no_memory(&c->diag);
		return false;
	}
	struct pool_spec spec = {
		.settings = &settings,
		.name = settings.pool_name,
		.driver = &source_ops,
		.ctx = source,
		.trace =
			trace_sink((enum trace_level)settings.pool_trace, settings.pool_trace_file),
		.sections = c->resolved.sections,
		.generation = c->resolved.generation,
		.is_exempt_host = words_host_is_exempt(&c->resolved),
	};
	key_digest_parts(in, &spec.parts);
	if (registry_add(library_registry(), key, &spec))
		return true;
	diag_add_no_memory(&c->diag);
	return false;
}

static bool wants_pool(const struct connecting *c)
{
	const struct driver_traits *traits = &c->driver->traits;

	if (traits->database_word) {
		struct buffer database = BUFFER_EMPTY;
		words_get(&c->resolved, traits->database_word, &database);
		bool is_private = traits->is_private_database(buffer_str(&database));
		buffer_done(&database);
		if (is_private)
			return false;
	}
	switch ((enum pooling)c->resolved.settings.pooling) {
	case POOLING_YES:
		return true;
	case POOLING_NO:
		return false;
	case POOLING_AUTO:
		return traits->is_pooled_by_default;
	}
	return false;
}

static void bind_session(struct dbc *d, struct session *s)
{
	d->session = s;
	d->calls = s->calls;
	d->real = s->hdbc;
}

static SQLRETURN fail(struct connecting *c, SQLRETURN rc)
{
	diag_move(&c->dbc->base.records, &c->diag);
	return handle_noted(&c->dbc->base, rc);
}

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
	if (!connecting_prepare_login(c))
		return fail(c, SQL_ERROR);
	struct session *s = session_open(c->driver, &c->login, &rc, &c->diag);
	if (!s)
		return fail(c, rc);
	bind_session(c->dbc, s);
	return finish(c, rc);
}

static SQLRETURN serve(struct connecting *c)
{
	struct dbc *d = c->dbc;
	struct session *s = d->borrow.conn;

	session_borrowed(s, &d->attributes);
	if (!source_greet(d->borrow.ctx, s, &c->diag)) {
		pool_return(&d->borrow, RETURN_CLOSE, "BorrowQuery failed");
		d->borrow = (struct borrow){0};
		return fail(c, SQL_ERROR);
	}
	bind_session(d, s);
	return finish(c, d->borrow.is_reused ? SQL_SUCCESS : s->login_rc);
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

/*
 * The key of a connect whose pool is not told by its letters alone: integrated logins add the
 * ticket, and PoolKeyMatch=Canonical forgets order and case. Such a connect is resolved each time.
 * False: it cannot be pooled, for the ticket in use cannot be told from another (or memory has run
 * out).
 */
static bool refine_key(struct connecting *c, struct key_input *in, struct digest *key)
{
	struct buffer identity = BUFFER_EMPTY;
	bool is_told = true;

	if (words_ask_for_integrated_login(&c->resolved)) {
		is_told = identity_add_kerberos(&identity) && !identity.failed;
		in->identity = (struct text){buffer_str(&identity), identity.len};
		*key = key_digest(in);
	}
	if (is_told && c->resolved.settings.pool_key_match == KEY_MATCH_CANONICAL)
		is_told = key_digest_canonical(in, c->driver->path, key);
	in->identity = (struct text){NULL, 0};
	buffer_done(&identity);
	return is_told;
}

static SQLRETURN borrow(struct connecting *c)
{
	struct key_attribute attributes[KEY_ATTRIBUTES_MAX];
	struct key_input in = key_input(c, attributes);
	struct digest key = key_digest(&in);
	struct registry *registry = library_registry();
	struct borrow_request request = {.deadline = borrow_deadline(c->dbc), .opener = &c->login};
	struct borrow *to = &c->dbc->borrow;

	c->login.is_pooled = true;
	enum pool_rc rc = registry_borrow(registry, &key, ini_generation(), &request, to, &c->diag);
	/* Again when the pool just made had to make room for another thread's (MaxPools). */
	while (rc == POOL_UNKNOWN) {
		if (!connecting_resolve(c))
			return fail(c, SQL_ERROR);
		if (!wants_pool(c) || !refine_key(c, &in, &key))
			return connect_unpooled(c);
		/* Another thread may have made it meanwhile; then this one's is dropped. */
		if (!make_pool(c, &key, &in))
			return fail(c, SQL_ERROR);
		rc = registry_borrow(
			registry, &key, c->resolved.generation, &request, to, &c->diag);
	}
	if (rc == POOL_OK && to->is_wait_notable)
		pool_describe_wait(to, &c->warnings);
	return rc == POOL_OK ? serve(c) : fail(c, SQL_ERROR);
}

/* SQLConnect and SQLDriverConnect once their arguments are in `c`. */
static SQLRETURN connect_with(struct connecting *c)
{
	SQLRETURN rc;

	if (is_poolable(c))
		rc = borrow(c);
	else
		rc = connecting_resolve(c) ? connect_unpooled(c) : fail(c, SQL_ERROR);
	connecting_done(c);
	return rc;
}

/* Ready for a connect? False: *ret_rc is the answer. */
static bool begin(
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
	*c = (struct connecting){.dbc = d,
		.login = {
			.kind = kind,
			.is_wide = is_wide,
			.odbc_version = d->env->odbc_version ? d->env->odbc_version : SQL_OV_ODBC3,
			.attributes = &d->attributes,
			.prepare = prepare_login,
		}};
	return true;
}

static bool take_text(struct connecting *c, const void *data, SQLSMALLINT len, struct text *ret)
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

static SQLRETURN plain_connect(SQLHDBC h, bool is_wide, void *server, SQLSMALLINT server_len,
	void *user, SQLSMALLINT user_len, void *password, SQLSMALLINT password_len)
{
	struct connecting c;
	SQLRETURN rc;

	if (!begin(&c, h, CONNECT_PLAIN, is_wide, &rc))
		return rc;
	if (!take_text(&c, server, server_len, &c.string) ||
		!take_text(&c, user, user_len, &c.user) ||
		!take_text(&c, password, password_len, &c.password))
		return fail(&c, SQL_ERROR);
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

	if (!begin(&c, h, CONNECT_DRIVER, is_wide, &rc))
		return rc;
	if (!take_text(&c, string, string_len, &c.string))
		return fail(&c, SQL_ERROR);
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

/*
 * One step of a browse. The real driver keeps the conversation's state in its HDBC, which therefore
 * lives from the first step to the last, or to an error.
 */
static SQLRETURN browse_step(struct connecting *c)
{
	struct dbc *d = c->dbc;
	struct session *s = d->session;
	SQLRETURN rc = SQL_ERROR;

	if (c->login.is_wide && s->calls->BrowseConnectW)
		rc = s->calls->BrowseConnectW(s->hdbc, c->login.string, c->login.string_len, c->out,
			c->out_size, c->out_len);
	else if (!c->login.is_wide && s->calls->BrowseConnect)
		rc = s->calls->BrowseConnect(s->hdbc, c->login.string, c->login.string_len, c->out,
			c->out_size, c->out_len);
	else
		diag_add(&c->diag, "IM001", ODBCPOOL_ERR_NOT_SUPPORTED, "driver",
			"Driver does not support this function (SQLBrowseConnect)");
	if (rc != SQL_SUCCESS)
		records_read(s->calls, SQL_HANDLE_DBC, s->hdbc, &c->diag);
	if (SQL_SUCCEEDED(rc)) {
		driver_note_login(s->driver);
		bind_session(d, s);
	} else if (rc != SQL_NEED_DATA) {
		session_free(s);
		d->session = NULL;
	}
	return fail(c, rc);
}

static SQLRETURN browse_connect(SQLHDBC h, bool is_wide, void *string, SQLSMALLINT string_len,
	void *out, SQLSMALLINT out_size, SQLSMALLINT *out_len)
{
	struct connecting c;
	SQLRETURN rc;

	if (!begin(&c, h, CONNECT_BROWSE, is_wide, &rc))
		return rc;
	c.out = out;
	c.out_size = out_size;
	c.out_len = out_len;
	rc = SQL_ERROR;
	if (!take_text(&c, string, string_len, &c.string))
		return fail(&c, rc);
	if (c.dbc->session) {
		c.login.string = string;
		c.login.string_len = string_len;
	} else if (connecting_resolve(&c) && connecting_prepare_login(&c)) {
		c.dbc->session = session_prepare(c.driver, &c.login, &c.diag);
	}
	rc = c.dbc->session ? browse_step(&c) : fail(&c, SQL_ERROR);
	connecting_done(&c);
	return rc;
}

SQLRETURN odbcpool_BrowseConnect(SQLHDBC h, SQLCHAR *InConnectionString, SQLSMALLINT StringLength1,
	SQLCHAR *OutConnectionString, SQLSMALLINT BufferLength, SQLSMALLINT *StringLength2Ptr)
{
	return browse_connect(h, false, InConnectionString, StringLength1, OutConnectionString,
		BufferLength, StringLength2Ptr);
}

SQLRETURN odbcpool_BrowseConnectW(SQLHDBC h, SQLWCHAR *InConnectionString,
	SQLSMALLINT StringLength1, SQLWCHAR *OutConnectionString, SQLSMALLINT BufferLength,
	SQLSMALLINT *StringLength2Ptr)
{
	return browse_connect(h, true, InConnectionString, StringLength1, OutConnectionString,
		BufferLength, StringLength2Ptr);
}
