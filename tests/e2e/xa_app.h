/* SPDX-License-Identifier: MIT */
#ifndef E2E_XA_APP_H
#define E2E_XA_APP_H
/*
 * What the tests of the XA switch share: an application of pooled data sources with a transaction
 * manager's calls. Each test works on data of its own: the row with the test's number in the table
 * `xa_test` of the data source.
 */
#include "client.h"

#include "odbcpool_xa.h"

/* The data sources by number, as server_source(); rmid and source are the same number. */
void xa_setup(void); /* for tcase_add_checked_fixture: the tables, and nothing prepared */
void xa_teardown(void);

/* A branch that no other test, and no other run, has. */
XID xa_new_xid(void);
/* The same, for threads, which may not share a count: `number` is the caller's to choose. */
XID xa_thread_xid(int number);

/* A call must answer `code`; else the test fails with odbcpool_xa_error(). */
#define xa_must(call, code) xa_check((call), (code), #call)
void xa_check(int got, int wanted, const char *call);
const char *xa_why(void);

int xa_open_source(int source);
int xa_close_source(int source);
int xa_start(XID *xid, int source, long flags);
int xa_end(XID *xid, int source, long flags);
int xa_prepare(XID *xid, int source);
int xa_commit(XID *xid, int source, long flags);
int xa_rollback(XID *xid, int source);
/* How many of the data source's prepared branches are `xid`: 0 or 1. */
int xa_listed(const XID *xid, int source);

/* Connect, add to the row, disconnect. */
void xa_add(int source, int amount);
/* The row's value, as others see it, from a connection past the pool. */
long xa_value(int source);
/* xa_start, xa_add, xa_end(TMSUCCESS). */
void xa_work(XID *xid, int source, int amount);

/* A branch in which one connection is open; and without that, ended and ready to be prepared. */
void xa_begin(struct client *ret_client, XID *ret_xid, int source, const char *options);
void xa_leave(struct client *c, XID *xid, int source);

/* SQL past the pool, on a connection of its own. */
void observer_run(int source, const char *sql);
long observer_number(int source, const char *sql);

#endif
