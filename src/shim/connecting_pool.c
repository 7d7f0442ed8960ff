/* SPDX-License-Identifier: MIT */
#include "shim/connecting_pool.h"

#include "conf/identity.h"
#include "conf/ini.h"
#include "conf/words.h"
#include "dbms/source.h"
#include "odbcpool.h"
#include "shim/counting.h"
#include "shim/library.h"

#include <stdatomic.h>
#include <unistd.h>

/*
 * SQLBrowseConnect is a conversation; its connection is not known before it ends, so it is never
 * pooled. A connection that changes a password must not be either.
 */
bool connecting_is_poolable(const struct connecting *c)
{
	const struct attributes *a = &c->dbc->attributes;
	bool may_prompt = c->login.window && c->login.completion != SQL_DRIVER_NOPROMPT;

	return c->login.kind != CONNECT_BROWSE && !may_prompt && a->count <= KEY_ATTRIBUTES_MAX &&
	       !attributes_are_opaque(a) && !attributes_find(a, SQL_ATTR_OLD_PASSWORD_NUMBER);
}

struct key_input connecting_key_input(const struct connecting *c, const struct buffer *environment,
	struct key_attribute *attributes)
{
	return (struct key_input){
		.identity = {environment->data, environment->len},
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

bool connecting_refine_key(struct connecting *c, struct key_input *in, struct digest *key)
{
	struct text environment = in->identity;
	struct buffer identity = BUFFER_EMPTY;
	bool is_told = true;

	if (words_ask_for_integrated_login(&c->resolved)) {
		buffer_append(&identity, in->identity.data, in->identity.len);
		is_told = identity_add_kerberos(&identity) && !identity.failed;
		in->identity = (struct text){buffer_str(&identity), identity.len};
		*key = key_digest(in);
	}
	if (is_told && c->resolved.settings.pool_key_match == KEY_MATCH_CANONICAL)
		is_told = key_digest_canonical(in, c->driver->path, key);
	in->identity = environment;
	buffer_done(&identity);
	return is_told;
}

/* Does the pool open connections without a borrower, and may it keep what that takes? */
static bool keeps_login(const struct connecting *c)
{
	return c->resolved.settings.min_pool_size > 0 &&
	       !attributes_find(c->login.attributes, SQL_ATTR_ACCESS_TOKEN_NUMBER);
}

/*
 * What the real driver reads beside the ini files takes part in what a pool is made from: when one
 * of those files changes its sessions are not served any more. False: no memory.
 */
static bool add_drivers_files(const struct connecting *c, struct digest *sections)
{
	struct buffer paths = BUFFER_EMPTY;
	struct hasher h;

	if (!c->driver->traits.list_files)
		return true;
	c->driver->traits.list_files(&c->resolved, &paths);
	hasher_init(&h, hash_process_key());
	hasher_add(&h, sections, sizeof(*sections));
	bool is_complete = !paths.failed && ini_watch(&paths, &h);
	if (is_complete)
		*sections = hasher_finish(&h);
	buffer_done(&paths);
	return is_complete;
}

/* Once in a process, at the first pool that is made. */
static void warn_of_managers_pool(struct connecting *c, const struct trace *trace)
{
	static atomic_flag is_said = ATOMIC_FLAG_INIT;

	if (!words_manager_pools(&c->resolved) || atomic_flag_test_and_set(&is_said))
		return;
	trace_event(trace, TRACE_WARN, "manager-pools", "odbcinst.ini switches it on");
	diag_add(&c->warnings, "01000", ODBCPOOL_ERR_MANAGER_POOLS, "pool",
		"the driver manager's own pool is on above this one and keeps connections without "
		"resetting them: in odbcinst.ini remove Pooling from [ODBC] and set CPTimeout = -1 "
		"in "
		"[%s]",
		c->resolved.driver_section ? c->resolved.driver_section : "the driver's section");
}

bool connecting_make_pool(
	struct connecting *c, const struct digest *key, const struct key_input *in)
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
	if (!source || !source_keep_warnings(source, &c->warnings)) {
		if (source)
			source_ops.free_ctx(source);
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
		.may_not_wait = words_calls_are_serialised(&c->resolved),
		.is_exempt_host = words_host_is_exempt(&c->resolved),
	};
	key_digest_parts(in, &spec.parts);
	if (add_drivers_files(c, &spec.sections))
		spec.tally = counting_claim(&c->resolved, &settings, c->driver, key, spec.trace);
	if (!spec.tally) {
		source_ops.free_ctx(source);
		diag_add_no_memory(&c->diag);
		return false;
	}
	warn_of_managers_pool(c, spec.trace);
	if (registry_add(library_registry(), key, &spec))
		return true;
	diag_add_no_memory(&c->diag);
	return false;
}

static bool is_pooling_on(const struct connecting *c)
{
	switch ((enum pooling)c->resolved.settings.pooling) {
	case POOLING_YES:
		return true;
	case POOLING_NO:
		return false;
	case POOLING_AUTO:
		return c->driver->traits.is_pooled_by_default;
	}
	return false;
}

bool connecting_wants_pool(struct connecting *c)
{
	if (!is_pooling_on(c))
		return false;
	const char *objection = c->driver->traits.objection(&c->resolved);
	if (objection && *objection)
		diag_add(&c->warnings, "01000", ODBCPOOL_ERR_NOT_POOLED, "pool", "%s", objection);
	return !objection;
}
