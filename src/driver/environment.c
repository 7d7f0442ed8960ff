/* SPDX-License-Identifier: MIT */
#include "driver/environment.h"

#include "driver/records.h"
#include "odbcpool.h"

#include <stdlib.h>

static struct mutex environments_lock;
static pthread_once_t environments_once = PTHREAD_ONCE_INIT;

static void environments_setup(void)
{
	mutex_init(&environments_lock, LOCK_RANK_DRIVER);
}

static bool set_version(const struct calls *calls, SQLHENV handle, uint32_t version)
{
	if (!calls->SetEnvAttr)
		return true;
	return SQL_SUCCEEDED(calls->SetEnvAttr(
		handle, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)(uintptr_t)version, SQL_IS_UINTEGER));
}

/*
 * FreeTDS and SQLite refuse ODBC 3.80 and work as 3.0; told so, the driver manager would take them
 * for ODBC 2 drivers.
 */
static bool negotiate_version(const struct calls *calls, struct environment *e)
{
	e->answered = e->asked;
	if (!set_version(calls, e->handle, e->asked)) {
		if (e->asked != SQL_OV_ODBC3_80 || !set_version(calls, e->handle, SQL_OV_ODBC3))
			return false;
		e->answered = SQL_OV_ODBC3;
	}
	SQLINTEGER back = 0;
	if (calls->GetEnvAttr && SQL_SUCCEEDED(calls->GetEnvAttr(e->handle, SQL_ATTR_ODBC_VERSION,
					 &back, sizeof(back), NULL)))
		e->answered = (uint32_t)back;
	return true;
}

static struct environment *environment_new(
	struct driver *d, uint32_t odbc_version, struct diag *reterr)
{
	struct environment *e = calloc(1, sizeof(*e));

	lock_assert_none_held();
	if (!e) {
		diag_add_no_memory(reterr);
		return NULL;
	}
	list_init(&e->link);
	e->asked = odbc_version;
	e->is_private = d->traits.needs_own_environment;
	if (!SQL_SUCCEEDED(d->calls.AllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &e->handle))) {
		diag_add(reterr, "IM004", ODBCPOOL_ERR_NOT_A_DRIVER, "driver",
			"%s: the driver's SQLAllocHandle on SQL_HANDLE_ENV failed", d->path);
		free(e);
		return NULL;
	}
	if (!negotiate_version(&d->calls, e)) {
		records_read(&d->calls, SQL_HANDLE_ENV, e->handle, reterr);
		d->calls.FreeHandle(SQL_HANDLE_ENV, e->handle);
		free(e);
		return NULL;
	}
	return e;
}

static struct environment *find_shared(struct driver *d, uint32_t odbc_version)
{
	struct environment *found = NULL;

	mutex_lock(&environments_lock);
	list_for_each(l, next, &d->environments)
	{
		struct environment *e = list_entry(l, struct environment, link);
		if (e->asked == odbc_version)
			found = e;
	}
	mutex_unlock(&environments_lock);
	return found;
}

static void environment_free(struct driver *d, struct environment *e)
{
	d->calls.FreeHandle(SQL_HANDLE_ENV, e->handle);
	free(e);
}

/* Share a new environment, unless another thread was faster. */
static struct environment *share(struct driver *d, struct environment *e)
{
	mutex_lock(&environments_lock);
	list_push_back(&d->environments, &e->link);
	struct environment *first = NULL;
	list_for_each(l, next, &d->environments)
	{
		struct environment *other = list_entry(l, struct environment, link);
		if (!first && other->asked == e->asked)
			first = other;
	}
	if (first != e)
		list_remove(&e->link);
	mutex_unlock(&environments_lock);
	if (first != e)
		environment_free(d, e);
	return first;
}

struct environment *environment_get(struct driver *d, uint32_t odbc_version, struct diag *reterr)
{
	struct environment *e = NULL;

	pthread_once(&environments_once, environments_setup);
	if (!d->traits.needs_own_environment)
		e = find_shared(d, odbc_version);
	if (e)
		return e;
	e = environment_new(d, odbc_version, reterr);
	return e && !e->is_private ? share(d, e) : e;
}

void environment_release(struct driver *d, struct environment *e)
{
	if (e && e->is_private)
		environment_free(d, e);
}

static void abandon(struct driver *d)
{
	list_init(&d->environments);
}

void environments_after_fork_in_child(void)
{
	pthread_once(&environments_once, environments_setup);
	mutex_reinit_after_fork(&environments_lock);
	driver_for_each(abandon);
}
