/* SPDX-License-Identifier: MIT */
/*
 * End to end, branches of PostgreSQL's: calls that do several rows and fail in the middle, several
 * statements at once, and what a failure leaves to the application: its diagnostics and cursors.
 */
#include "xa_app.h"

#include "support/run.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { POSTGRESQL = 0, ROWS = 4 };

static const char *const variants[] = {
	"",
	"Protocol=7.4-0",
	"Protocol=7.4-1;UpdatableCursors=1",
	"Protocol=7.4-1;UseServerSidePrepare=0;BatchSize=1",
	"Protocol=7.4-2;UseServerSidePrepare=0;BatchSize=2;UpdatableCursors=1",
	"Protocol=7.4-1;BatchSize=2",
	"Protocol=7.4-2;UseDeclareFetch=1;Fetch=1;UpdatableCursors=1",
};
enum { VARIANTS = sizeof(variants) / sizeof(variants[0]) };

static struct client c;
static XID xid;

static void make_table(void)
{
	observer_run(POSTGRESQL, "delete from xa_test");
	observer_run(POSTGRESQL, "insert into xa_test values (1, 0), (2, 0), (3, 0)");
}

/* All that is in the table. */
static long rows(void)
{
	return observer_number(POSTGRESQL, "select sum((id + 1) * 1000 + v) from xa_test");
}

static void begin(const char *options)
{
	make_table();
	xa_begin(&c, &xid, POSTGRESQL, options);
}

static int prepare(void)
{
	xa_leave(&c, &xid, POSTGRESQL);
	return xa_prepare(&xid, POSTGRESQL);
}

static void add(void)
{
	(void)client_try_run(&c, "update xa_test set v = v + 1 where id = 1");
}

/* Of which the third is there already. */
static SQLRETURN insert_array(SQLHSTMT s, SQLINTEGER failing)
{
	static SQLINTEGER ids[ROWS];

	for (SQLINTEGER i = 0; i < ROWS; i++)
		ids[i] = i == failing ? 1 : 10 + i;
	SQLSetStmtAttr(s, SQL_ATTR_PARAMSET_SIZE, (SQLPOINTER)(SQLULEN)ROWS, 0);
	SQLBindParameter(s, 1, SQL_PARAM_INPUT, SQL_C_LONG, SQL_INTEGER, 0, 0, ids, 0, NULL);
	SQLPrepare(s, (SQLCHAR *)"insert into xa_test values (?, 0)", SQL_NTS);
	return SQLExecute(s);
}

static void fail_in_an_array(void)
{
	SQLHSTMT s = client_statement(&c);

	ck_assert_int_eq(insert_array(s, 2), SQL_ERROR);
	SQLFreeHandle(SQL_HANDLE_STMT, s);
}

static void fail_at_the_head_of_an_array(void)
{
	SQLHSTMT s = client_statement(&c);

	ck_assert_int_eq(insert_array(s, 0), SQL_ERROR);
	SQLFreeHandle(SQL_HANDLE_STMT, s);
}

/* A cursor on the rows, ids bound. */
static SQLHSTMT open_cursor(SQLINTEGER *ids, SQLINTEGER *values)
{
	SQLHSTMT s = client_statement(&c);

	SQLSetStmtAttr(s, SQL_ATTR_CURSOR_TYPE, (SQLPOINTER)SQL_CURSOR_KEYSET_DRIVEN, 0);
	SQLSetStmtAttr(s, SQL_ATTR_CONCURRENCY, (SQLPOINTER)SQL_CONCUR_ROWVER, 0);
	SQLSetStmtAttr(s, SQL_ATTR_ROW_ARRAY_SIZE, (SQLPOINTER)3, 0);
	SQLBindCol(s, 1, SQL_C_LONG, ids, 0, NULL);
	SQLBindCol(s, 2, SQL_C_LONG, values, 0, NULL);
	(void)SQLExecDirect(s, (SQLCHAR *)"select id, v from xa_test order by id", SQL_NTS);
	(void)SQLFetchScroll(s, SQL_FETCH_FIRST, 0);
	return s;
}

static void fail_in_setpos(void)
{
	SQLINTEGER ids[3] = {0}, values[3] = {0};
	SQLHSTMT s = open_cursor(ids, values);

	ids[0] = 20;
	ids[1] = 3; /* is there */
	ids[2] = 22;
	(void)SQLSetPos(s, 0, SQL_UPDATE, SQL_LOCK_NO_CHANGE);
	SQLFreeHandle(SQL_HANDLE_STMT, s);
}

static void fail_in_bulk(void)
{
	SQLINTEGER ids[3] = {0}, values[3] = {0};
	SQLHSTMT s = open_cursor(ids, values);

	ids[0] = 20;
	ids[1] = 1;
	ids[2] = 22;
	(void)SQLBulkOperations(s, SQL_ADD);
	SQLFreeHandle(SQL_HANDLE_STMT, s);
}

/* Without a failure: rows that the driver writes by statements of its own belong to the branch. */
static void work_by_setpos(void)
{
	SQLINTEGER ids[3] = {0}, values[3] = {0};
	SQLHSTMT s = open_cursor(ids, values);

	values[0] = values[1] = values[2] = 5;
	(void)SQLSetPos(s, 0, SQL_UPDATE, SQL_LOCK_NO_CHANGE);
	SQLFreeHandle(SQL_HANDLE_STMT, s);
}

static void work_by_an_array(void)
{
	SQLHSTMT s = client_statement(&c);

	(void)insert_array(s, -1);
	SQLFreeHandle(SQL_HANDLE_STMT, s);
}

static const struct {
	const char *name;
	void (*make)(void);
} works[] = {
	{"failing array", fail_in_an_array},
	{"array that fails first", fail_at_the_head_of_an_array},
	{"failing SQLSetPos", fail_in_setpos},
	{"failing SQLBulkOperations", fail_in_bulk},
	{"SQLSetPos", work_by_setpos},
	{"array", work_by_an_array},
};
enum { WORKS = sizeof(works) / sizeof(works[0]) };

static void do_work(int work, int order)
{
	if (order & 1)
		add();
	works[work].make();
	if (order & 2)
		add();
}

/* What the driver's own commit leaves in the table. */
static long kept_locally(const char *options, int work, int order)
{
	char more[200];

	make_table();
	snprintf(more, sizeof(more), "Enlist=No;%s", options);
	c = client_new(SQL_OV_ODBC3);
	client_connect(&c, server_source(POSTGRESQL), more);
	client_set(&c, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	do_work(work, order);
	SQLEndTran(SQL_HANDLE_DBC, c.dbc, SQL_COMMIT);
	client_disconnect(&c);
	client_done(&c);
	return rows();
}

static void assert_as_a_commit(const char *options, int work, int order)
{
	long locally = kept_locally(options, work, order);

	begin(options);
	long nothing = rows();
	do_work(work, order);
	int code = prepare();
	if (code == XA_OK)
		xa_must(xa_commit(&xid, POSTGRESQL, TMNOFLAGS), XA_OK);
	ck_assert_msg(code == XA_OK || code == XA_RDONLY || (code >= XA_RBBASE && code <= XA_RBEND),
		"%s, %s, %d: %d %s", options, works[work].name, order, code, xa_why());
	bool is_done = code == XA_OK || code == XA_RDONLY;
	ck_assert_msg(rows() == (is_done ? locally : nothing), "%s, %s, %d: %ld, not %ld, code %d",
		options, works[work].name, order, rows(), is_done ? locally : nothing, code);
}

/* In any order with other work: before it, after it, both, neither. */
START_TEST(a_branch_keeps_what_the_drivers_commit_would_or_nothing)
{
	for (int i = 0; i < WORKS; i++)
		for (int order = 0; order < 4; order++)
			assert_as_a_commit(variants[_i], i, order);
}
END_TEST

/* The driver rolls back all of it when a row fails: what came before must not be missing. */
START_TEST(an_array_that_loses_what_was_before_loses_the_branch)
{
	begin("Protocol=7.4-1");
	add();
	fail_in_an_array();
	add();
	xa_must(prepare(), XA_RBROLLBACK);
	begin("Protocol=7.4-1");
	fail_in_an_array();
	add();
	xa_must(prepare(), XA_RBROLLBACK);
}
END_TEST

static void get_record(SQLHSTMT s, char state[6], char message[512])
{
	SQLCHAR got[6] = "", text[512] = "";
	SQLINTEGER native;
	SQLSMALLINT length;

	SQLGetDiagRec(SQL_HANDLE_STMT, s, 1, got, &native, text, sizeof(text), &length);
	memcpy(state, got, 6);
	memcpy(message, text, 512);
}

START_TEST(the_diagnostics_of_a_failure_outlive_the_question)
{
	char state[6], message[512], state_after[6], message_after[512];

	begin(variants[_i]);
	add();
	SQLHSTMT s = client_statement(&c);
	SQLRETURN rc = SQLExecDirect(s, (SQLCHAR *)"insert into xa_test values (1, 0)", SQL_NTS);
	ck_assert_int_eq(rc, SQL_ERROR);
	get_record(s, state, message);
	ck_assert_str_eq(state, "23505");
	add();
	get_record(s, state_after, message_after);
	ck_assert_str_eq(state_after, state);
	ck_assert_str_eq(message_after, message);
	SQLFreeHandle(SQL_HANDLE_STMT, s);
	if (prepare() == XA_OK)
		xa_must(xa_rollback(&xid, POSTGRESQL), XA_OK);
}
END_TEST

/* With the rows still at the server. Where the statement alone is taken back, the cursor lives. */
START_TEST(an_open_cursor_outlives_the_question)
{
	long id = 0, count = 0;

	begin(_i == 0 ? "" : "Protocol=7.4-2;UseDeclareFetch=1;Fetch=1");
	add();
	SQLHSTMT s = client_statement(&c);
	SQLBindCol(s, 1, SQL_C_SLONG, &id, sizeof(id), NULL);
	ck_assert(SQL_SUCCEEDED(SQLExecDirect(s, (SQLCHAR *)"select id from xa_test", SQL_NTS)));
	ck_assert(SQL_SUCCEEDED(SQLFetch(s)));
	ck_assert_int_eq(client_try_run(&c, "insert into xa_test values (1, 0)"), SQL_ERROR);
	for (count = 1; SQL_SUCCEEDED(SQLFetch(s)); count++)
		;
	ck_assert_int_eq(count, 3);
	SQLFreeHandle(SQL_HANDLE_STMT, s);
	xa_must(prepare(), XA_OK);
	xa_must(xa_commit(&xid, POSTGRESQL, TMNOFLAGS), XA_OK);
}
END_TEST

/* One thread fails, the other works; what it was told must be there, or nothing. */
static void *work_beside(void *arg)
{
	long *done = arg;

	for (int i = 0; i < 20; i++)
		if (SQL_SUCCEEDED(client_try_run(&c, "update xa_test set v = v + 1 where id = 1")))
			++*done;
	return NULL;
}

START_TEST(two_threads_of_which_one_fails_keep_all_or_nothing)
{
	for (int round = 0; round < 10; round++) {
		long done = 0;
		pthread_t thread;

		begin(variants[_i]);
		ck_assert_int_eq(pthread_create(&thread, NULL, work_beside, &done), 0);
		for (int i = 0; i < round; i++)
			(void)client_try_run(&c, "insert into xa_test values (1, 0)");
		pthread_join(thread, NULL);
		int code = prepare();
		if (code == XA_OK)
			xa_must(xa_commit(&xid, POSTGRESQL, TMNOFLAGS), XA_OK);
		ck_assert_msg(round > 0 || code == XA_OK, "nothing failed, and it is %d", code);
		ck_assert_int_eq(observer_number(POSTGRESQL, "select v from xa_test where id = 1"),
			code == XA_OK ? done : 0);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("xa_rows");
	TCase *t = tcase_create("rows");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, xa_setup, xa_teardown);
	tcase_add_loop_test(
		t, a_branch_keeps_what_the_drivers_commit_would_or_nothing, 0, VARIANTS);
	tcase_add_test(t, an_array_that_loses_what_was_before_loses_the_branch);
	tcase_add_loop_test(t, the_diagnostics_of_a_failure_outlive_the_question, 0, VARIANTS);
	tcase_add_loop_test(t, an_open_cursor_outlives_the_question, 0, 2);
	tcase_add_loop_test(t, two_threads_of_which_one_fails_keep_all_or_nothing, 0, VARIANTS);
	suite_add_tcase(s, t);
	return s;
}
