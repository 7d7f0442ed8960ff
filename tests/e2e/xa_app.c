/* SPDX-License-Identifier: MIT */
#include "xa_app.h"

#include "support/run.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define OUR_FORMAT 0x7465

static const struct xa_switch_t *const xa = &odbcpool_xa_switch;

const char *xa_why(void)
{
	static char why[1024];

	odbcpool_xa_error(why, sizeof(why));
	return why;
}

void xa_check(int got, int wanted, const char *call)
{
	ck_assert_msg(got == wanted, "%s: %d, not %d; %s", call, got, wanted, xa_why());
}

XID xa_new_xid(void)
{
	static int number;

	return xa_thread_xid(++number);
}

XID xa_thread_xid(int number)
{
	XID xid = {.formatID = OUR_FORMAT, .gtrid_length = 24, .bqual_length = 4};
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(xid.data, sizeof(xid.data), "%08x%08x%08x", (unsigned)getpid(),
		(unsigned)now.tv_nsec, (unsigned)number);
	memcpy(xid.data + 24, "\0'\\\xff", 4);
	return xid;
}

int xa_open_source(int source)
{
	return xa->xa_open_entry((char *)server_source(source), source, TMNOFLAGS);
}

int xa_close_source(int source)
{
	return xa->xa_close_entry("", source, TMNOFLAGS);
}

int xa_start(XID *xid, int source, long flags)
{
	return xa->xa_start_entry(xid, source, flags);
}

int xa_end(XID *xid, int source, long flags)
{
	return xa->xa_end_entry(xid, source, flags);
}

int xa_prepare(XID *xid, int source)
{
	return xa->xa_prepare_entry(xid, source, TMNOFLAGS);
}

int xa_commit(XID *xid, int source, long flags)
{
	return xa->xa_commit_entry(xid, source, flags);
}

int xa_rollback(XID *xid, int source)
{
	return xa->xa_rollback_entry(xid, source, TMNOFLAGS);
}

static bool is_same(const XID *a, const XID *b)
{
	return a->formatID == b->formatID && a->gtrid_length == b->gtrid_length &&
	       a->bqual_length == b->bqual_length &&
	       memcmp(a->data, b->data, (size_t)(a->gtrid_length + a->bqual_length)) == 0;
}

int xa_listed(const XID *xid, int source)
{
	XID found[3];
	long flags = TMSTARTRSCAN;
	int times = 0, count;

	do {
		count = xa->xa_recover_entry(found, 3, source, flags);
		ck_assert_msg(count >= 0, "xa_recover: %d; %s", count, xa_why());
		flags = TMNOFLAGS;
		for (int i = 0; i < count; i++)
			times += is_same(&found[i], xid);
	} while (count == 3);
	return times;
}

void observer_run(int source, const char *sql)
{
	struct client c = client_new(SQL_OV_ODBC3);

	client_connect(&c, server_source(source), "Pooling=No");
	client_run(&c, sql);
	client_disconnect(&c);
	client_done(&c);
}

long observer_number(int source, const char *sql)
{
	struct client c = client_new(SQL_OV_ODBC3);

	client_connect(&c, server_source(source), "Pooling=No");
	long number = client_number(&c, sql);
	client_disconnect(&c);
	client_done(&c);
	return number;
}

long xa_value(int source)
{
	return observer_number(source, "select v from xa_test where id = 1");
}

/* What a test left that failed would stand in the way of all others. */
static void end_leftovers(int source)
{
	XID found[64];
	int count = xa->xa_recover_entry(found, 64, source, TMSTARTRSCAN | TMENDRSCAN);

	for (int i = 0; i < count; i++)
		if (found[i].formatID == OUR_FORMAT)
			xa->xa_rollback_entry(&found[i], source, TMNOFLAGS);
}

void xa_setup(void)
{
	for (int i = 0; i < SERVER_SOURCES; i++) {
		xa_must(xa_open_source(i), XA_OK);
		end_leftovers(i);
		observer_run(i, "create table if not exists xa_test (id int primary key, v int)");
		observer_run(i, "delete from xa_test");
		observer_run(i, "insert into xa_test values (1, 100)");
	}
}

void xa_teardown(void)
{
	for (int i = 0; i < SERVER_SOURCES; i++)
		xa_close_source(i);
}

void xa_add(int source, int amount)
{
	struct client c = client_new(SQL_OV_ODBC3);
	char sql[100];

	snprintf(sql, sizeof(sql), "update xa_test set v = v + (%d) where id = 1", amount);
	client_connect(&c, server_source(source), "");
	client_run(&c, sql);
	client_disconnect(&c);
	client_done(&c);
}

void xa_work(XID *xid, int source, int amount)
{
	xa_must(xa_start(xid, source, TMNOFLAGS), XA_OK);
	xa_add(source, amount);
	xa_must(xa_end(xid, source, TMSUCCESS), XA_OK);
}

void xa_begin(struct client *ret_client, XID *ret_xid, int source, const char *options)
{
	*ret_xid = xa_new_xid();
	*ret_client = client_new(SQL_OV_ODBC3);
	xa_must(xa_start(ret_xid, source, TMNOFLAGS), XA_OK);
	client_connect(ret_client, server_source(source), options);
}

void xa_leave(struct client *c, XID *xid, int source)
{
	client_disconnect(c);
	client_done(c);
	xa_must(xa_end(xid, source, TMSUCCESS), XA_OK);
}
