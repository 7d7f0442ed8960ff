/* SPDX-License-Identifier: MIT */
/* The table of handles that are alive, and the functions that make and free them. */
#include "fakedrv/internal.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS 1024

static struct {
	pthread_rwlock_t lock;
	struct handle *bucket[BUCKETS];
	atomic_uint numbers[SQL_HANDLE_DESC + 1];
} table = {.lock = PTHREAD_RWLOCK_INITIALIZER};

static struct handle **bucket_of(const void *h)
{
	return &table.bucket[(uintptr_t)h / 16 % BUCKETS];
}

static void handle_add(struct handle *h, SQLSMALLINT kind, pthread_mutex_t *lock, struct conn *c)
{
	h->kind = kind;
	h->lock = lock;
	h->conn = c;
	h->number = 1 + atomic_fetch_add_explicit(&table.numbers[kind], 1, memory_order_relaxed);
	pthread_rwlock_wrlock(&table.lock);
	h->next_in_bucket = *bucket_of(h);
	*bucket_of(h) = h;
	pthread_rwlock_unlock(&table.lock);
}

static void handle_remove(struct handle *h)
{
	pthread_rwlock_wrlock(&table.lock);
	struct handle **at = bucket_of(h);
	while (*at != h)
		at = &(*at)->next_in_bucket;
	*at = h->next_in_bucket;
	pthread_rwlock_unlock(&table.lock);
	diag_forget(h);
}

struct handle *handle_find(SQLSMALLINT kind, SQLHANDLE wanted, bool is_locked)
{
	pthread_rwlock_rdlock(&table.lock);
	struct handle *h = *bucket_of(wanted);
	while (h && ((SQLHANDLE)h != wanted || h->kind != kind))
		h = h->next_in_bucket;
	pthread_rwlock_unlock(&table.lock);
	if (!h && wanted)
		count(COUNT_FOREIGN_HANDLES, 1);
	if (h && is_locked)
		pthread_mutex_lock(h->lock);
	return h;
}

void handles_for_each_conn(void (*each)(struct conn *c, void *context), void *context)
{
	pthread_rwlock_rdlock(&table.lock);
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct handle *h = table.bucket[i]; h; h = h->next_in_bucket)
			if (h->kind == SQL_HANDLE_DBC)
				each(container_of(h, struct conn, h), context);
	pthread_rwlock_unlock(&table.lock);
}

static struct handle *enter(SQLSMALLINT kind, SQLHANDLE wanted, const char *format, va_list ap)
{
	struct handle *h = handle_find(kind, wanted, true);

	if (h) {
		diag_forget(h);
		log_vcall(h, format, ap);
	}
	return h;
}

SQLRETURN leave(struct handle *h, SQLRETURN rc)
{
	h->diag.rc = rc;
	pthread_mutex_unlock(h->lock);
	return rc;
}

#define ENTER(type, kind)                                                                          \
	va_list ap;                                                                                \
	va_start(ap, format);                                                                      \
	struct handle *found = enter(kind, h, format, ap);                                         \
	va_end(ap);                                                                                \
	return found ? container_of(found, struct type, h) : NULL

struct env *env_enter(SQLHENV h, const char *format, ...)
{
	ENTER(env, SQL_HANDLE_ENV);
}

struct conn *conn_enter(SQLHDBC h, const char *format, ...)
{
	ENTER(conn, SQL_HANDLE_DBC);
}

struct stmt *stmt_enter(SQLHSTMT h, const char *format, ...)
{
	ENTER(stmt, SQL_HANDLE_STMT);
}

struct desc *desc_enter(SQLHDESC h, const char *format, ...)
{
	ENTER(desc, SQL_HANDLE_DESC);
}

static SQLRETURN env_alloc(SQLHANDLE *ret)
{
	struct env *e = calloc(1, sizeof(*e));

	if (!e)
		return SQL_ERROR;
	pthread_mutex_init(&e->lock, NULL);
	e->version = SQL_OV_ODBC2;
	handle_add(&e->h, SQL_HANDLE_ENV, &e->lock, NULL);
	count(COUNT_ENVIRONMENTS, 1);
	*ret = &e->h;
	return SQL_SUCCESS;
}

static SQLRETURN conn_alloc(struct env *e, SQLHANDLE *ret)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c)
		return diag_post(&e->h, "HY001", 0, "no memory");
	pthread_mutex_init(&c->lock, NULL);
	c->env = e;
	c->next = e->conns;
	e->conns = c;
	handle_add(&c->h, SQL_HANDLE_DBC, &c->lock, c);
	count(COUNT_CONNECTIONS, 1);
	*ret = &c->h;
	return SQL_SUCCESS;
}

static SQLRETURN stmt_alloc(struct conn *c, SQLHANDLE *ret)
{
	if (!c->is_connected)
		return diag_post(&c->h, "08003", 0, "not connected");
	if (conn_is_lost(&c->h))
		return SQL_ERROR;
	struct stmt *s = calloc(1, sizeof(*s));
	if (!s)
		return diag_post(&c->h, "HY001", 0, "no memory");
	for (int role = 0; role < DESC_ROLES; role++) {
		s->desc[role] = &s->implicit[role];
		desc_init(s->desc[role], c, s);
		handle_add(&s->desc[role]->h, SQL_HANDLE_DESC, &c->lock, c);
	}
	s->result.position = -1;
	s->row_count = -1;
	s->next = c->stmts;
	c->stmts = s;
	handle_add(&s->h, SQL_HANDLE_STMT, &c->lock, c);
	count(COUNT_STATEMENTS, 1);
	*ret = &s->h;
	return SQL_SUCCESS;
}

static SQLRETURN desc_alloc(struct conn *c, SQLHANDLE *ret)
{
	if (!c->is_connected)
		return diag_post(&c->h, "08003", 0, "not connected");
	struct desc *d = calloc(1, sizeof(*d));
	if (!d)
		return diag_post(&c->h, "HY001", 0, "no memory");
	desc_init(d, c, NULL);
	d->next = c->descs;
	c->descs = d;
	handle_add(&d->h, SQL_HANDLE_DESC, &c->lock, c);
	count(COUNT_DESCRIPTORS, 1);
	*ret = &d->h;
	return SQL_SUCCESS;
}

static SQLRETURN alloc_under_conn(
	SQLSMALLINT kind, SQLHDBC h, SQLHANDLE *ret, const char *function, const char *what)
{
	struct conn *c = conn_enter(h, "%s %s", function, what);

	if (!c)
		return SQL_INVALID_HANDLE;
	SQLRETURN rc = kind == SQL_HANDLE_STMT ? stmt_alloc(c, ret) : desc_alloc(c, ret);
	return leave(&c->h, rc);
}

static SQLRETURN alloc_under_env(SQLHENV h, SQLHANDLE *ret, const char *function)
{
	struct env *e = env_enter(h, "%s DBC", function);

	return e ? leave(&e->h, conn_alloc(e, ret)) : SQL_INVALID_HANDLE;
}

SQLRETURN SQL_API SQLAllocHandle(
	SQLSMALLINT HandleType, SQLHANDLE InputHandle, SQLHANDLE *OutputHandle)
{
	*OutputHandle = SQL_NULL_HANDLE;
	switch (HandleType) {
	case SQL_HANDLE_ENV:
		return env_alloc(OutputHandle);
	case SQL_HANDLE_DBC:
		return alloc_under_env(InputHandle, OutputHandle, "SQLAllocHandle");
	case SQL_HANDLE_STMT:
		return alloc_under_conn(
			HandleType, InputHandle, OutputHandle, "SQLAllocHandle", "STMT");
	case SQL_HANDLE_DESC:
		return alloc_under_conn(
			HandleType, InputHandle, OutputHandle, "SQLAllocHandle", "DESC");
	}
	return SQL_ERROR;
}

SQLRETURN SQL_API SQLAllocEnv(SQLHENV *EnvironmentHandle)
{
	return env_alloc(EnvironmentHandle);
}

SQLRETURN SQL_API SQLAllocConnect(SQLHENV EnvironmentHandle, SQLHDBC *ConnectionHandle)
{
	return alloc_under_env(EnvironmentHandle, ConnectionHandle, "SQLAllocConnect");
}

SQLRETURN SQL_API SQLAllocStmt(SQLHDBC ConnectionHandle, SQLHSTMT *StatementHandle)
{
	return alloc_under_conn(
		SQL_HANDLE_STMT, ConnectionHandle, StatementHandle, "SQLAllocStmt", "STMT");
}

static SQLRETURN env_free(SQLHENV h)
{
	struct env *e = env_enter(h, "SQLFreeHandle");

	if (!e)
		return SQL_INVALID_HANDLE;
	if (e->conns)
		return leave(&e->h, diag_post(&e->h, "HY010", 0, "connections exist"));
	leave(&e->h, SQL_SUCCESS);
	handle_remove(&e->h);
	pthread_mutex_destroy(&e->lock);
	free(e);
	count(COUNT_ENVIRONMENTS, -1);
	return SQL_SUCCESS;
}

static SQLRETURN conn_free(SQLHDBC h)
{
	struct conn *c = conn_enter(h, "SQLFreeHandle");

	if (!c)
		return SQL_INVALID_HANDLE;
	if (c->is_connected)
		return leave(&c->h, diag_post(&c->h, "HY010", 0, "still connected"));
	leave(&c->h, SQL_SUCCESS);
	pthread_mutex_lock(&c->env->lock);
	struct conn **at = &c->env->conns;
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	pthread_mutex_unlock(&c->env->lock);
	handle_remove(&c->h);
	attributes_done(&c->attributes);
	script_done(&c->from_string);
	script_done(&c->from_dsn);
	pthread_mutex_destroy(&c->lock);
	free(c);
	count(COUNT_CONNECTIONS, -1);
	return SQL_SUCCESS;
}

static void stmt_unlink_and_free(struct stmt *s)
{
	struct stmt **at = &s->h.conn->stmts;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	result_clear(s);
	for (int role = 0; role < DESC_ROLES; role++) {
		handle_remove(&s->implicit[role].h);
		desc_done(&s->implicit[role]);
	}
	handle_remove(&s->h);
	attributes_done(&s->attributes);
	for (size_t i = 0; i < s->put_count; i++)
		buffer_done(&s->put[i]);
	free(s->put);
	free(s->cursor_name);
	free(s->text);
	free(s);
	count(COUNT_STATEMENTS, -1);
}

SQLRETURN stmt_free(struct stmt *s)
{
	pthread_mutex_t *lock = s->h.lock;

	if (s->is_waiting)
		return leave(&s->h, diag_post(&s->h, "HY010", 0, "the statement is at work"));
	stmt_unlink_and_free(s);
	pthread_mutex_unlock(lock);
	return SQL_SUCCESS;
}

static void desc_unlink_and_free(struct desc *d)
{
	struct conn *c = d->h.conn;
	struct desc **at = &c->descs;

	while (*at != d)
		at = &(*at)->next;
	*at = d->next;
	for (struct stmt *s = c->stmts; s; s = s->next)
		for (int role = 0; role < DESC_ROLES; role++)
			if (s->desc[role] == d)
				s->desc[role] = &s->implicit[role];
	handle_remove(&d->h);
	desc_done(d);
	free(d);
	count(COUNT_DESCRIPTORS, -1);
}

static SQLRETURN desc_free(SQLHDESC h)
{
	struct desc *d = desc_enter(h, "SQLFreeHandle");

	if (!d)
		return SQL_INVALID_HANDLE;
	if (d->owner)
		return leave(&d->h, diag_post(&d->h, "HY017", 0, "an implicit descriptor"));
	pthread_mutex_t *lock = d->h.lock;
	desc_unlink_and_free(d);
	pthread_mutex_unlock(lock);
	return SQL_SUCCESS;
}

void conn_free_children(struct conn *c)
{
	while (c->stmts)
		stmt_unlink_and_free(c->stmts);
	while (c->descs)
		desc_unlink_and_free(c->descs);
}

SQLRETURN SQL_API SQLFreeHandle(SQLSMALLINT HandleType, SQLHANDLE Handle)
{
	struct stmt *s;

	switch (HandleType) {
	case SQL_HANDLE_ENV:
		return env_free(Handle);
	case SQL_HANDLE_DBC:
		return conn_free(Handle);
	case SQL_HANDLE_STMT:
		s = stmt_enter(Handle, "SQLFreeHandle");
		return s ? stmt_free(s) : SQL_INVALID_HANDLE;
	case SQL_HANDLE_DESC:
		return desc_free(Handle);
	}
	return SQL_ERROR;
}

SQLRETURN SQL_API SQLFreeEnv(SQLHENV EnvironmentHandle)
{
	return env_free(EnvironmentHandle);
}

SQLRETURN SQL_API SQLFreeConnect(SQLHDBC ConnectionHandle)
{
	return conn_free(ConnectionHandle);
}
