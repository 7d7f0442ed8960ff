/* SPDX-License-Identifier: MIT */
#include "shim/xa_resource.h"

#include "conf/connstr.h"
#include "conf/words.h"
#include "dbms/profile.h"
#include "odbcpool.h"
#include "shim/entry.h"
#include "shim/library.h"
#include "shim/text.h"

#include <stdlib.h>
#include <string.h>

struct digest resource_info_digest(const char *info)
{
	struct hasher h;

	hasher_init(&h, hash_process_key());
	hasher_add(&h, info, strlen(info));
	return hasher_finish(&h);
}

bool resource_identify(struct connecting *c, struct digest *ret_identity)
{
	struct buffer address = BUFFER_EMPTY, user = BUFFER_EMPTY;
	struct hasher h;

	if (!connecting_resolve(c))
		return false;
	text_arg(&user, c->user.data,
		(SQLINTEGER)(c->login.is_wide ? c->user.len / sizeof(SQLWCHAR) : c->user.len),
		c->login.is_wide);
	words_add_address(&c->resolved, buffer_str(&user), &address);
	hasher_init(&h, hash_process_key());
	hasher_add(&h, c->driver->path, strlen(c->driver->path));
	hasher_add(&h, buffer_str(&address), address.len);
	*ret_identity = hasher_finish(&h);
	bool ok = !address.failed && !user.failed;
	buffer_done(&address);
	buffer_done(&user);
	return ok;
}

/* The source of a resource's sessions: it keeps the login, sealed. */
static bool prepare_source(struct resource *r, struct connecting *c)
{
	struct settings *settings = &c->resolved.settings;

	c->login.is_wide = !c->driver->has_ansi_connect;
	c->login.is_pooled = true;
	c->login.completion = SQL_DRIVER_NOPROMPT;
	if (settings->pool_connect_timeout != USEC_INFINITY)
		c->login.timeout_s =
			(unsigned)((settings->pool_connect_timeout + USEC_PER_SEC - 1) /
				   USEC_PER_SEC);
	r->login_time = settings->pool_connect_timeout;
	if (!connecting_prepare_login(c))
		return false;
	r->source = source_new(c->driver, settings, &c->login);
	r->trace = trace_sink((enum trace_level)settings->pool_trace, settings->pool_trace_file);
	if (!r->source || !r->trace)
		diag_add_no_memory(&c->diag);
	return r->source && r->trace;
}

/* As a connect of the application's would be resolved, on a handle that never connects. */
static bool resolve(struct resource *r, const char *info, SQLHDBC dbc, struct diag *reterr)
{
	struct buffer string = BUFFER_EMPTY;
	struct connecting c;
	SQLRETURN rc;

	if (!strchr(info, '=')) {
		buffer_append_str(&string, "DSN=");
		connstr_add_quoted(&string, info);
	} else {
		buffer_append_str(&string, info);
	}
	bool ok = !string.failed && connecting_begin(&c, dbc, CONNECT_DRIVER, false, &rc);
	if (!ok) {
		diag_add_no_memory(reterr);
	} else {
		c.string = (struct text){buffer_str(&string), string.len};
		ok = resource_identify(&c, &r->identity) && prepare_source(r, &c);
		diag_add_all(reterr, &c.diag);
		connecting_done(&c);
	}
	buffer_done(&string);
	return ok;
}

static bool resolve_on_own_handles(struct resource *r, const char *info, struct diag *reterr)
{
	SQLHENV env;
	SQLHDBC dbc;
	bool ok = false;

	if (!SQL_SUCCEEDED(odbcpool_alloc_env(SHELL_NONE, SQL_OV_ODBC3, &env))) {
		diag_add_no_memory(reterr);
		return false;
	}
	if (SQL_SUCCEEDED(odbcpool_AllocHandle(SQL_HANDLE_DBC, env, &dbc))) {
		ok = resolve(r, info, dbc, reterr);
		odbcpool_FreeHandle(SQL_HANDLE_DBC, dbc);
	} else {
		diag_add_no_memory(reterr);
	}
	odbcpool_FreeHandle(SQL_HANDLE_ENV, env);
	return ok;
}

static bool is_able(struct resource *r, struct diag *reterr)
{
	r->dialect = xa_dialect_find(r->session);
	if (r->dialect)
		return r->dialect->is_able(r->session, reterr);
	diag_add(reterr, "HYC00", ODBCPOOL_ERR_NO_TWO_PHASE_COMMIT, "xa",
		"%s by %s cannot take part in distributed transactions", r->session->profile->name,
		r->session->driver->path);
	return false;
}

struct resource *resource_new(const char *info, struct diag *reterr)
{
	struct resource *r = calloc(1, sizeof(*r));

	if (!r) {
		diag_add_no_memory(reterr);
		return NULL;
	}
	r->info = resource_info_digest(info);
	if (resolve_on_own_handles(r, info, reterr) && resource_session(r, reterr) &&
		is_able(r, reterr))
		return r;
	resource_free(r);
	return NULL;
}

static void close_session(struct resource *r)
{
	if (r->session)
		source_ops.close(NULL, r->session, CLOSE_DEAD);
	r->session = NULL;
}

void resource_free(struct resource *r)
{
	if (!r)
		return;
	close_session(r);
	if (r->source)
		source_ops.free_ctx(r->source);
	free(r);
}

struct session *resource_session(struct resource *r, struct diag *reterr)
{
	void *conn;

	if (r->session && (r->session->looks_dead || source_is_dead(r->session)))
		close_session(r);
	if (r->session)
		return r->session;
	usec_t deadline = usec_add(clock_now(&clock_real), r->login_time);
	if (source_ops.open(r->source, NULL, deadline, &conn, reterr))
		r->session = conn;
	return r->session;
}
