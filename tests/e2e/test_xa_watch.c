/* SPDX-License-Identifier: MIT */
/*
 * End to end: whatever fails in a branch of PostgreSQL's, and whatever psqlODBC does about it, the
 * branch keeps all that was reported as done, or xa_prepare says that it is lost.
 */
#include "xa_app.h"

#include "support/run.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { POSTGRESQL = 0, POSTGRESQL_ANSI = 1 };

/* The ways in which psqlODBC may deal with a failed statement, and execute one. */
static const struct {
	int source;
	const char *options;
} variants[] = {
	{POSTGRESQL, ""},
	{POSTGRESQL, "Protocol=7.4-0;UseServerSidePrepare=0"},
	{POSTGRESQL, "Protocol=7.4-1"},
	{POSTGRESQL, "Protocol=7.4-2;UseServerSidePrepare=0"},
	{POSTGRESQL, "Protocol=7.4-1;UseDeclareFetch=1;Fetch=1"},
	{POSTGRESQL, "Protocol=7.4-2;UseDeclareFetch=1;Fetch=1"},
	/* Round trips are nothing: each word to the server in a message of its own. */
	{POSTGRESQL, "Protocol=7.4-1;UseDeclareFetch=1;AB=20"},
	{POSTGRESQL, "Protocol=7.4-2;AB=20"},
	{POSTGRESQL_ANSI, ""},
	{POSTGRESQL_ANSI, "Protocol=7.4-1;UseServerSidePrepare=0;UpdatableCursors=1"},
};
enum { VARIANTS = sizeof(variants) / sizeof(variants[0]) };

static struct client c;
static XID xid;
static int source;
static const char *options;
static long done; /* what was reported as added to the row */

static void choose(int variant)
{
	source = variants[variant].source;
	options = variants[variant].options;
}

static void begin(void)
{
	observer_run(POSTGRESQL, "delete from xa_test");
	observer_run(POSTGRESQL, "insert into xa_test values (1, 0), (2, 0), (3, 0)");
	done = 0;
	xa_begin(&c, &xid, source, options);
}

static SQLRETURN run(SQLHSTMT s, const char *sql)
{
	return SQLExecDirect(s, (SQLCHAR *)sql, SQL_NTS);
}

/* Perhaps the transaction does not let it: then it is not counted. */
static void add(int amount)
{
	char sql[100];

	snprintf(sql, sizeof(sql), "update xa_test set v = v + %d where id = 1", amount);
	if (SQL_SUCCEEDED(client_try_run(&c, sql)))
		done += amount;
}

/* The branch's end: what it kept, if it says XA_OK, is `done`. Gives the code of the prepare. */
static int end(const char *what)
{
	xa_leave(&c, &xid, source);
	int code = xa_prepare(&xid, source);
	ck_assert_msg(code == XA_OK || code == XA_RDONLY || (code >= XA_RBBASE && code <= XA_RBEND),
		"%s, %s: %d %s", what, options, code, xa_why());
	if (code == XA_OK)
		xa_must(xa_commit(&xid, source, TMNOFLAGS), XA_OK);
	if (code == XA_RDONLY)
		ck_assert_msg(done == 0, "%s, %s: XA_RDONLY", what, options);
	long kept = observer_number(POSTGRESQL, "select v from xa_test where id = 1");
	ck_assert_msg(kept == (code == XA_OK ? done : 0), "%s, %s: %ld of %ld kept, code %d", what,
		options, kept, done, code);
	return code;
}

static void fail_by_syntax(void)
{
	ck_assert_int_eq(client_try_run(&c, "selectt"), SQL_ERROR);
}

static void fail_by_a_constraint(void)
{
	ck_assert_int_eq(client_try_run(&c, "insert into xa_test values (1, 0)"), SQL_ERROR);
}

static void fail_in_the_second_statement(void)
{
	ck_assert_int_eq(client_try_run(&c, "update xa_test set v = v + 1000 where id = 1; "
					    "insert into xa_test values (1, 0)"),
		SQL_ERROR);
}

static void fail_by_a_parameter(void)
{
	SQLHSTMT s = client_statement(&c);
	SQLINTEGER id = 1;

	SQLPrepare(s, (SQLCHAR *)"insert into xa_test values (?, 0)", SQL_NTS);
	SQLBindParameter(s, 1, SQL_PARAM_INPUT, SQL_C_LONG, SQL_INTEGER, 0, 0, &id, 0, NULL);
	ck_assert_int_eq(SQLExecute(s), SQL_ERROR);
	SQLFreeHandle(SQL_HANDLE_STMT, s);
}

/* Data at execution, up to its first value. False: the branch is lost already, and says so. */
static bool begin_data(SQLHSTMT s)
{
	static SQLLEN at_execution = SQL_LEN_DATA_AT_EXEC(1);
	SQLCHAR state[6] = "";
	SQLPOINTER which;

	SQLRETURN rc =
		SQLPrepare(s, (SQLCHAR *)"update xa_test set v = v + ?::int where id = 1", SQL_NTS);
	if (rc == SQL_ERROR) {
		SQLGetDiagRec(SQL_HANDLE_STMT, s, 1, state, NULL, NULL, 0, NULL);
		ck_assert_str_eq((char *)state, "25S03");
		return false;
	}
	SQLBindParameter(s, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 10, 0, (SQLPOINTER)1, 0,
		&at_execution);
	ck_assert_int_eq(SQLExecute(s), SQL_NEED_DATA);
	ck_assert_int_eq(SQLParamData(s, &which), SQL_NEED_DATA);
	return true;
}

static void fail_by_data_at_execution(void)
{
	SQLHSTMT s = client_statement(&c);
	SQLPOINTER which;

	if (begin_data(s)) {
		SQLPutData(s, (SQLPOINTER) "x", 1);
		ck_assert_int_eq(SQLParamData(s, &which), SQL_ERROR);
	}
	SQLFreeHandle(SQL_HANDLE_STMT, s);
}

static void cancel_data_at_execution(void)
{
	SQLHSTMT s = client_statement(&c);

	if (begin_data(s))
		ck_assert_int_eq(SQLCancel(s), SQL_SUCCESS);
	fail_by_a_constraint();
	SQLFreeHandle(SQL_HANDLE_STMT, s);
}

static void fail_by_describing(void)
{
	SQLHSTMT s = client_statement(&c);
	SQLSMALLINT count;

	SQLPrepare(s, (SQLCHAR *)"select nothing from nowhere", SQL_NTS);
	(void)SQLNumResultCols(s, &count);
	SQLFreeHandle(SQL_HANDLE_STMT, s);
}

/* Not a call on a statement, and yet the driver asks the server. */
static void fail_by_a_descriptor(void)
{
	SQLHSTMT s = client_statement(&c);
	SQLHDESC d = SQL_NULL_HDESC;
	SQLSMALLINT count;

	SQLPrepare(s, (SQLCHAR *)"select nothing from nowhere", SQL_NTS);
	SQLGetStmtAttr(s, SQL_ATTR_IMP_ROW_DESC, &d, SQL_IS_POINTER, NULL);
	SQLGetDescField(d, 0, SQL_DESC_COUNT, &count, 0, NULL);
	SQLFreeHandle(SQL_HANDLE_STMT, s);
}

/* The driver begins a transaction in order to answer the latter. */
static void ask_a_descriptor_after_a_failure(void)
{
	SQLHSTMT s = client_statement(&c);
	SQLHDESC d = SQL_NULL_HDESC;
	SQLSMALLINT count;

	SQLPrepare(s, (SQLCHAR *)"select v from xa_test where id = ?", SQL_NTS);
	SQLGetStmtAttr(s, SQL_ATTR_IMP_ROW_DESC, &d, SQL_IS_POINTER, NULL);
	fail_by_a_constraint();
	SQLGetDescField(d, 0, SQL_DESC_COUNT, &count, 0, NULL);
	SQLFreeHandle(SQL_HANDLE_STMT, s);
}

static void fail_by_a_timeout(void)
{
	ck_assert_int_eq(
		client_try_run(&c, "set local statement_timeout = 20; select pg_sleep(10)"),
		SQL_ERROR);
}

static void *cancel(void *arg)
{
	bool *is_over = ((void **)arg)[1];

	while (!__atomic_load_n(is_over, __ATOMIC_SEQ_CST)) {
		SQLCancel(((void **)arg)[0]);
		usleep(1000);
	}
	return NULL;
}

static void fail_by_a_cancel(void)
{
	SQLHSTMT s = client_statement(&c);
	bool is_over = false;
	void *arg[] = {s, &is_over};
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, cancel, arg), 0);
	ck_assert_int_eq(run(s, "select pg_sleep(30)"), SQL_ERROR);
	__atomic_store_n(&is_over, true, __ATOMIC_SEQ_CST);
	pthread_join(thread, NULL);
	SQLFreeHandle(SQL_HANDLE_STMT, s);
}

static void fail_in_a_fetch(void)
{
	SQLHSTMT s = client_statement(&c);

	if (SQL_SUCCEEDED(run(s, "select 1 / (3 - id) from xa_test order by id")))
		while (SQL_SUCCEEDED(SQLFetch(s)))
			;
	SQLFreeHandle(SQL_HANDLE_STMT, s);
}

static void fail_with_a_cursor_open(void)
{
	SQLHSTMT s = client_statement(&c);

	(void)run(s, "select id from xa_test");
	SQLFetch(s);
	fail_by_a_constraint();
	SQLFetch(s);
	SQLFreeHandle(SQL_HANDLE_STMT, s);
}

static void fail_by_a_function_of_the_server(void)
{
	ck_assert_int_eq(client_try_run(&c, "select lo_open(1, 1)"), SQL_ERROR);
}

static void fail_by_a_commit_in_a_block(void)
{
	ck_assert_int_eq(client_try_run(&c, "do 'begin commit; end'"), SQL_ERROR);
}

static void fail_twice(void)
{
	fail_by_a_constraint();
	fail_by_syntax();
}

static void fail_and_connect_again(void)
{
	fail_by_a_constraint();
	client_disconnect(&c);
	client_connect(&c, server_source(source), options);
}

static void fail_and_suspend(void)
{
	fail_by_a_constraint();
	xa_must(xa_end(&xid, source, TMSUSPEND), XA_OK);
	xa_must(xa_start(&xid, source, TMRESUME), XA_OK);
}

static void fail_without_the_server(void)
{
	SQLHSTMT s = client_statement(&c);

	ck_assert_int_eq(SQLSetStmtAttr(s, 9999, NULL, 0), SQL_ERROR);
	SQLFreeHandle(SQL_HANDLE_STMT, s);
}

static const struct {
	const char *name;
	void (*make)(void);
	bool is_harmless;
} failures[] = {
	{"syntax", fail_by_syntax, false},
	{"constraint", fail_by_a_constraint, false},
	{"second statement", fail_in_the_second_statement, false},
	{"parameter", fail_by_a_parameter, false},
	{"data at execution", fail_by_data_at_execution, false},
	{"cancelled data at execution", cancel_data_at_execution, false},
	{"describing", fail_by_describing, false},
	{"descriptor", fail_by_a_descriptor, false},
	{"descriptor afterwards", ask_a_descriptor_after_a_failure, false},
	{"timeout", fail_by_a_timeout, false},
	{"cancel", fail_by_a_cancel, false},
	{"fetch", fail_in_a_fetch, false},
	{"cursor", fail_with_a_cursor_open, false},
	{"function", fail_by_a_function_of_the_server, false},
	{"commit in a block", fail_by_a_commit_in_a_block, false},
	{"twice", fail_twice, false},
	{"connect again", fail_and_connect_again, false},
	{"suspend", fail_and_suspend, false},
	{"harmless", fail_without_the_server, true},
};
enum { FAILURES = sizeof(failures) / sizeof(failures[0]) };

static void assert_outcome(int i, int code)
{
	if (failures[i].is_harmless)
		ck_assert_msg(
			code == XA_OK, "%s, %s: %d %s", failures[i].name, options, code, xa_why());
}

START_TEST(after_a_loss_statements_are_refused)
{
	choose(2);
	begin();
	add(1);
	fail_by_a_constraint();
	for (int i = 0; i < 2; i++) {
		SQLHSTMT s = client_statement(&c);
		SQLCHAR state[6] = "";
		ck_assert_int_eq(run(s, "update xa_test set v = v + 10 where id = 1"), SQL_ERROR);
		SQLGetDiagRec(SQL_HANDLE_STMT, s, 1, state, NULL, NULL, 0, NULL);
		ck_assert_str_eq((char *)state, "25S03");
		SQLFreeHandle(SQL_HANDLE_STMT, s);
	}
	ck_assert_int_eq(end("a loss"), XA_RBROLLBACK);
}
END_TEST

START_TEST(a_failure_between_two_statements_takes_both_or_none)
{
	choose(_i);
	for (int i = 0; i < FAILURES; i++) {
		begin();
		add(1);
		failures[i].make();
		add(10);
		assert_outcome(i, end(failures[i].name));
	}
}
END_TEST

START_TEST(a_failure_at_the_end_takes_all_or_nothing)
{
	choose(_i);
	for (int i = 0; i < FAILURES; i++) {
		begin();
		add(1);
		add(10);
		failures[i].make();
		assert_outcome(i, end(failures[i].name));
	}
}
END_TEST

START_TEST(a_failure_at_the_beginning_takes_nothing_that_follows)
{
	choose(_i);
	for (int i = 0; i < FAILURES; i++) {
		begin();
		failures[i].make();
		add(1);
		add(10);
		assert_outcome(i, end(failures[i].name));
	}
}
END_TEST

START_TEST(failures_between_all_statements_take_all_or_nothing)
{
	choose(_i);
	for (int i = 0; i < FAILURES; i++) {
		begin();
		failures[i].make();
		add(1);
		failures[i].make();
		add(10);
		failures[i].make();
		add(100);
		failures[i].make();
		assert_outcome(i, end(failures[i].name));
	}
}
END_TEST

/* With the sign set before, or after. */
START_TEST(savepoints_and_failures_go_together)
{
	choose(_i);
	for (int i = 0; i < FAILURES; i++) {
		begin();
		add(1);
		client_try_run(&c, "savepoint mine");
		failures[i].make();
		add(10);
		(void)end(failures[i].name);
		begin();
		add(1);
		failures[i].make();
		client_try_run(&c, "savepoint mine");
		add(10);
		(void)end(failures[i].name);
	}
}
END_TEST

START_TEST(a_session_lost_after_a_failure_is_a_branch_rolled_back)
{
	char sql[100];

	choose(_i);
	begin();
	long backend = client_session(&c, server_source(source));
	add(1);
	fail_by_a_constraint();
	xa_leave(&c, &xid, source);
	snprintf(sql, sizeof(sql), "select pg_terminate_backend(%ld, 5000)", backend);
	observer_run(source, sql);
	xa_must(xa_prepare(&xid, source), XA_RBCOMMFAIL);
}
END_TEST

START_TEST(the_last_failure_is_asked_for_by_whoever_ends_the_branch)
{
	choose(_i);
	begin();
	add(1);
	fail_by_a_constraint();
	xa_leave(&c, &xid, source);
	int code = xa_commit(&xid, source, TMONEPHASE);
	ck_assert_msg(code == XA_OK || (code >= XA_RBBASE && code <= XA_RBEND), "%d", code);
	ck_assert_int_eq(observer_number(POSTGRESQL, "select v from xa_test where id = 1"),
		code == XA_OK ? done : 0);
}
END_TEST

/* That is what Protocol=7.4-2, the default, is for. */
START_TEST(a_statement_that_was_taken_back_alone_leaves_the_branch_whole)
{
	choose(_i == 0 ? 0 : 3);
	begin();
	add(1);
	fail_by_a_constraint();
	add(10);
	ck_assert_int_eq(end("alone"), XA_OK);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("xa_watch");
	TCase *t = tcase_create("failures");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, xa_setup, xa_teardown);
	tcase_add_loop_test(t, a_failure_between_two_statements_takes_both_or_none, 0, VARIANTS);
	tcase_add_loop_test(t, a_failure_at_the_end_takes_all_or_nothing, 0, VARIANTS);
	tcase_add_loop_test(t, a_failure_at_the_beginning_takes_nothing_that_follows, 0, VARIANTS);
	tcase_add_loop_test(t, failures_between_all_statements_take_all_or_nothing, 0, VARIANTS);
	tcase_add_test(t, after_a_loss_statements_are_refused);
	tcase_add_loop_test(t, savepoints_and_failures_go_together, 0, VARIANTS);
	tcase_add_loop_test(t, a_statement_that_was_taken_back_alone_leaves_the_branch_whole, 0, 2);
	tcase_add_loop_test(t, a_session_lost_after_a_failure_is_a_branch_rolled_back, 0, VARIANTS);
	tcase_add_loop_test(
		t, the_last_failure_is_asked_for_by_whoever_ends_the_branch, 0, VARIANTS);
	suite_add_tcase(s, t);
	return s;
}
