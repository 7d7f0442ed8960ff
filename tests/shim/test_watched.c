/* SPDX-License-Identifier: MIT */
/* Which calls matter to a watched transaction (dbms/xa_watch.h), and which of them were alone. */
#include "dbms/profile.h"
#include "dbms/statement_rules.h"
#include "dbms/xa.h"
#include "dbms/xa_watch.h"
#include "shim/app.h"
#include "shim/handle.h"
#include "support/run.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

static const char token[] = "watched";

static const struct statement_rule list[] = {{NULL, "COMMIT", STATEMENT_OPENS}};
static const struct statement_rules rules = {.rules = list, .count = 1};

static atomic_int questions, signs;

/* Of another transaction it would say yes as well, once the driver has begun that. */
static bool is_still_in(struct session *s)
{
	(void)s;
	questions++;
	return true;
}

static bool sign(struct session *s)
{
	(void)s;
	signs++;
	return true;
}

static const struct xa_dialect dialect = {
	.rules = &rules, .sign = sign, .is_still_in = is_still_in};

static SQLHDBC dbc;
static struct session *session;
static const struct profile *own_profile;
static struct profile profile;

static void setup(void)
{
	app_setup();
	dbc = app_dbc();
	odbcpool_SetConnectAttr(
		dbc, ODBCPOOL_ATTR_TRANSACTION, (SQLPOINTER)token, (SQLINTEGER)strlen(token));
	app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	session = ((struct dbc *)dbc)->session;
	own_profile = session->profile;
	profile = *own_profile;
	profile.xa = &dialect;
	session->profile = &profile;
	questions = signs = 0;
	xa_watch_begin(session);
}

static void teardown(void)
{
	xa_watch_end(session);
	session->profile = own_profile;
	app_disconnect(dbc);
	odbcpool_transaction_end(token, strlen(token), 0);
	app_done();
}

static SQLRETURN run(const char *text)
{
	SQLHSTMT s = app_stmt(dbc);
	SQLRETURN rc = app_exec(s, text);

	odbcpool_FreeHandle(SQL_HANDLE_STMT, s);
	return rc;
}

static void work(void)
{
	ck_assert_int_eq(run("update 1"), SQL_SUCCESS);
}

static void fail_once(void)
{
	ck_assert_int_eq(run("fail 23505 1 no"), SQL_ERROR);
}

static void assert_verdict(enum xa_watch_verdict verdict, int asked)
{
	ck_assert_int_eq(xa_watch_judge(session), verdict);
	ck_assert_int_eq(questions, asked);
}

START_TEST(a_failure_before_any_work_is_no_doubt)
{
	fail_once();
	work();
	assert_verdict(XA_WATCH_UNBROKEN, 0);
}
END_TEST

START_TEST(after_a_failure_the_next_statement_asks)
{
	work();
	fail_once();
	ck_assert_int_eq(questions, 0);
	work();
	ck_assert_int_eq(questions, 1);
	assert_verdict(XA_WATCH_UNBROKEN, 1);
}
END_TEST

START_TEST(after_a_failure_a_call_on_a_descriptor_asks)
{
	SQLHSTMT s = app_stmt(dbc);
	SQLHDESC d = SQL_NULL_HDESC;
	SQLSMALLINT count;

	odbcpool_GetStmtAttr(s, SQL_ATTR_APP_ROW_DESC, &d, SQL_IS_POINTER, NULL);
	work();
	fail_once();
	odbcpool_GetDescField(d, 0, SQL_DESC_COUNT, &count, 0, NULL);
	ck_assert_int_eq(questions, 1);
	odbcpool_FreeHandle(SQL_HANDLE_STMT, s);
}
END_TEST

START_TEST(the_failure_of_any_handle_is_a_doubt)
{
	SQLCHAR value[8];

	work();
	ck_assert_int_eq(odbcpool_GetInfo(dbc, 65000, value, sizeof(value), NULL), SQL_ERROR);
	work();
	assert_verdict(XA_WATCH_UNBROKEN, 1);
}
END_TEST

/* Of which the driver may keep the rows before the one that fails. */
START_TEST(an_array_is_work_even_when_it_fails)
{
	SQLHSTMT s = app_stmt(dbc);

	odbcpool_SetStmtAttr(s, SQL_ATTR_PARAMSET_SIZE, (SQLPOINTER)2, 0);
	ck_assert_int_eq(app_exec(s, "fail 23505 1 no"), SQL_ERROR);
	ck_assert(xa_watch_has_work(session));
	odbcpool_FreeHandle(SQL_HANDLE_STMT, s);
	assert_verdict(XA_WATCH_UNBROKEN, 1);
}
END_TEST

START_TEST(a_text_that_speaks_of_transactions_gets_the_sign)
{
	work();
	(void)run("commit");
	ck_assert_int_eq(signs, 1);
	fail_once();
	assert_verdict(XA_WATCH_SIGNED, 0);
}
END_TEST

/* A statement that is at work in another thread until it is cancelled, and then fails. */
static SQLHSTMT waiting;

static void *wait_in_vain(void *arg)
{
	(void)arg;
	ck_assert_int_eq(app_exec(waiting, "wait"), SQL_ERROR);
	return NULL;
}

static pthread_t start_waiting(void)
{
	pthread_t thread;

	waiting = app_stmt(dbc);
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_in_vain, NULL), 0);
	app_fake("fake")->await_blocked(1);
	return thread;
}

static void stop_waiting(pthread_t thread)
{
	ck_assert_int_eq(odbcpool_Cancel(waiting), SQL_SUCCESS);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	odbcpool_FreeHandle(SQL_HANDLE_STMT, waiting);
}

/* It may have worked in the transaction that the driver had begun anew. */
START_TEST(a_call_within_a_failing_one_breaks_it)
{
	work();
	pthread_t thread = start_waiting();
	work();
	stop_waiting(thread);
	assert_verdict(XA_WATCH_BROKEN, 0);
}
END_TEST

START_TEST(the_first_work_within_a_failing_call_breaks_it)
{
	pthread_t thread = start_waiting();
	work();
	stop_waiting(thread);
	assert_verdict(XA_WATCH_BROKEN, 0);
}
END_TEST

START_TEST(a_failure_within_another_call_breaks_it)
{
	work();
	pthread_t thread = start_waiting();
	fail_once();
	stop_waiting(thread);
	assert_verdict(XA_WATCH_BROKEN, 0);
}
END_TEST

START_TEST(a_descriptors_call_within_a_failing_one_breaks_it)
{
	SQLHSTMT s = app_stmt(dbc);
	SQLHDESC d = SQL_NULL_HDESC;
	SQLSMALLINT count;

	odbcpool_GetStmtAttr(s, SQL_ATTR_APP_ROW_DESC, &d, SQL_IS_POINTER, NULL);
	work();
	pthread_t thread = start_waiting();
	odbcpool_GetDescField(d, 0, SQL_DESC_COUNT, &count, 0, NULL);
	stop_waiting(thread);
	odbcpool_FreeHandle(SQL_HANDLE_STMT, s);
	assert_verdict(XA_WATCH_BROKEN, 0);
}
END_TEST

START_TEST(the_sign_is_worth_nothing_beside_another_call)
{
	work();
	pthread_t thread = start_waiting();
	(void)run("commit");
	stop_waiting(thread);
	assert_verdict(XA_WATCH_BROKEN, 0);
	ck_assert_int_eq(signs, 1);
}
END_TEST

START_TEST(calls_at_once_of_which_none_fails_are_fine)
{
	work();
	SQLHSTMT s = app_stmt(dbc);
	pthread_t thread = start_waiting();
	ck_assert_int_eq(app_exec(s, "update 1"), SQL_SUCCESS);
	assert_verdict(XA_WATCH_UNBROKEN, 0);
	odbcpool_FreeHandle(SQL_HANDLE_STMT, s);
	stop_waiting(thread);
}
END_TEST

/* One that failed alone is a doubt, whoever was at work before it and after. */
START_TEST(a_failure_that_was_alone_is_a_doubt_only)
{
	SQLHSTMT s = app_stmt(dbc);

	ck_assert_int_eq(app_exec(s, "update 1"), SQL_SUCCESS);
	fail_once();
	ck_assert_int_eq(app_exec(s, "update 1"), SQL_SUCCESS);
	odbcpool_FreeHandle(SQL_HANDLE_STMT, s);
	assert_verdict(XA_WATCH_UNBROKEN, 1);
}
END_TEST

static void add_company(TCase *t)
{
	tcase_add_test(t, a_call_within_a_failing_one_breaks_it);
	tcase_add_test(t, the_first_work_within_a_failing_call_breaks_it);
	tcase_add_test(t, a_failure_within_another_call_breaks_it);
	tcase_add_test(t, a_descriptors_call_within_a_failing_one_breaks_it);
	tcase_add_test(t, the_sign_is_worth_nothing_beside_another_call);
	tcase_add_test(t, calls_at_once_of_which_none_fails_are_fine);
	tcase_add_test(t, a_failure_that_was_alone_is_a_doubt_only);
}

Suite *test_suite(void)
{
	Suite *s = suite_create("watched");
	TCase *t = tcase_create("watched");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_failure_before_any_work_is_no_doubt);
	tcase_add_test(t, after_a_failure_the_next_statement_asks);
	tcase_add_test(t, after_a_failure_a_call_on_a_descriptor_asks);
	tcase_add_test(t, the_failure_of_any_handle_is_a_doubt);
	tcase_add_test(t, an_array_is_work_even_when_it_fails);
	tcase_add_test(t, a_text_that_speaks_of_transactions_gets_the_sign);
	add_company(t);
	suite_add_tcase(s, t);
	return s;
}
