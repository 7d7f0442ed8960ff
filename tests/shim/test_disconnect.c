/* SPDX-License-Identifier: MIT */
/* Connections under work: cancels, data at execution, waiting in line, deadlines. */
#include "shim/app.h"
#include "support/run.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* A thread that executes a statement which blocks. */
struct worker {
	pthread_t thread;
	SQLHSTMT stmt;
	SQLRETURN rc;
};

static void *work(void *arg)
{
	struct worker *w = arg;

	w->rc = app_exec(w->stmt, "wait");
	return NULL;
}

static void start(struct worker *w, SQLHSTMT stmt)
{
	w->stmt = stmt;
	ck_assert_int_eq(pthread_create(&w->thread, NULL, work, w), 0);
	app_fake("fake")->await_blocked(1);
}

START_TEST(a_cancel_gets_past_the_call_that_it_cancels)
{
	SQLHDBC dbc = app_connected("DSN=one");
	struct worker w;

	start(&w, app_stmt(dbc));
	ck_assert_int_eq(
		_i ? odbcpool_CancelHandle(SQL_HANDLE_STMT, w.stmt) : odbcpool_Cancel(w.stmt),
		SQL_SUCCESS);
	pthread_join(w.thread, NULL);
	ck_assert_int_eq(w.rc, SQL_ERROR);
	app_check_record(SQL_HANDLE_STMT, w.stmt, 1, "HY008", 0, "cancelled");
	/* A late cancel must not hit the next borrower. */
	app_disconnect(dbc);
	app_await_logouts("fake", 1);
}
END_TEST

START_TEST(a_connection_at_work_is_not_disconnected)
{
	SQLHDBC dbc = app_connected(_i ? "DSN=plain" : "DSN=one");
	struct worker w;

	start(&w, app_stmt(dbc));
	ck_assert_int_eq(odbcpool_Disconnect(dbc), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "HY010", _i ? 0 : ODBCPOOL_ERR_STATEMENT_BUSY,
		_i ? "[fakedrv]" : "is executing");
	app_fake("fake")->release();
	pthread_join(w.thread, NULL);
	ck_assert_int_eq(w.rc, SQL_SUCCESS);
	app_disconnect(dbc);
}
END_TEST

/* A statement that asks for its parameter's data. */
static SQLHSTMT needing_data(SQLHDBC dbc, const char *text)
{
	static SQLLEN at_execution = SQL_DATA_AT_EXEC;
	SQLHSTMT stmt = app_stmt(dbc);

	ck_assert_int_eq(odbcpool_BindParameter(stmt, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR,
				 10, 0, &at_execution, 10, &at_execution),
		SQL_SUCCESS);
	ck_assert_int_eq(app_exec(stmt, text), SQL_NEED_DATA);
	return stmt;
}

static void check_busy(SQLHDBC dbc)
{
	ck_assert_int_eq(odbcpool_Disconnect(dbc), SQL_ERROR);
	app_check_record(
		SQL_HANDLE_DBC, dbc, 1, "HY010", ODBCPOOL_ERR_STATEMENT_BUSY, "needs data");
}

START_TEST(a_statement_that_needs_data_keeps_the_connection)
{
	SQLHDBC dbc = app_connected("DSN=one");
	SQLHSTMT stmt = needing_data(dbc, "select ?");
	SQLPOINTER token;

	check_busy(dbc);
	ck_assert_int_eq(odbcpool_ParamData(stmt, &token), SQL_NEED_DATA);
	check_busy(dbc);
	ck_assert_int_eq(odbcpool_PutData(stmt, "abc", 3), SQL_SUCCESS);
	check_busy(dbc);
	ck_assert_int_eq(odbcpool_ParamData(stmt, &token), SQL_SUCCESS);
	app_disconnect(dbc);
}
END_TEST

START_TEST(an_error_ends_the_need_for_data)
{
	SQLHDBC dbc = app_connected("DSN=one");
	SQLHSTMT stmt = needing_data(dbc, "fail 22001 5 too long");
	SQLPOINTER token;

	ck_assert_int_eq(odbcpool_ParamData(stmt, &token), SQL_NEED_DATA);
	ck_assert_int_eq(odbcpool_PutData(stmt, "abc", 3), SQL_SUCCESS);
	ck_assert_int_eq(odbcpool_ParamData(stmt, &token), SQL_ERROR);
	app_check_record(SQL_HANDLE_STMT, stmt, 1, "22001", 5, "too long");
	app_disconnect(dbc);
}
END_TEST

START_TEST(a_cancel_ends_the_need_for_data)
{
	SQLHDBC dbc = app_connected("DSN=one");
	SQLHSTMT stmt = needing_data(dbc, "select ?");

	ck_assert_int_eq(odbcpool_Cancel(stmt), SQL_SUCCESS);
	app_disconnect(dbc);
}
END_TEST

START_TEST(a_dropped_statement_needs_nothing)
{
	SQLHDBC dbc = app_connected("DSN=one");
	SQLHSTMT stmt = needing_data(dbc, "select ?");

	if (odbcpool_FreeStmt(stmt, SQL_DROP) != SQL_SUCCESS) {
		check_busy(dbc);
		ck_assert_int_eq(odbcpool_Cancel(stmt), SQL_SUCCESS);
	}
	app_disconnect(dbc);
}
END_TEST

/* A second application thread, so that waiting in line makes sense. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool is_over;

static void *linger(void *unused)
{
	pthread_mutex_lock(&lock);
	while (!is_over)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	return unused;
}

static pthread_t start_lingering(void)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, linger, NULL), 0);
	return thread;
}

static void end_lingering(pthread_t thread)
{
	pthread_mutex_lock(&lock);
	is_over = true;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
}

START_TEST(an_exhausted_pool_says_what_to_do)
{
	static const char string[] = "DSN=one;MaxPoolSize=1;PoolConnectTimeout=1;PoolName=small";
	SQLHDBC holder = app_connected(string), late = app_dbc();
	pthread_t other = start_lingering();

	ck_assert_int_eq(app_connect(late, string), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, late, 1, "HYT00", ODBCPOOL_ERR_POOL_EXHAUSTED,
		"Timeout expired. The timeout period elapsed prior to obtaining a connection from "
		"the pool");
	app_check_record(SQL_HANDLE_DBC, late, 1, "HYT00", ODBCPOOL_ERR_POOL_EXHAUSTED, "small");
	app_check_record(SQL_HANDLE_DBC, late, 1, "HYT00", ODBCPOOL_ERR_POOL_EXHAUSTED,
		"MaxPoolSize (now 1)");
	app_check_record(SQL_HANDLE_DBC, late, 1, "HYT00", ODBCPOOL_ERR_POOL_EXHAUSTED,
		"PoolConnectTimeout (now 1 s)");
	end_lingering(other);
	app_disconnect(holder);
	app_check(app_connect(late, string), SQL_SUCCESS, SQL_HANDLE_DBC, late);
}
END_TEST

START_TEST(the_login_timeout_of_the_application_wins)
{
	static const char string[] = "DSN=one;MaxPoolSize=1;PoolConnectTimeout=0";
	SQLHDBC late = app_dbc();
	pthread_t other = start_lingering();

	app_connected(string);
	app_set(late, SQL_ATTR_LOGIN_TIMEOUT, 1);
	ck_assert_int_eq(app_connect(late, string), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, late, 1, "HYT00", ODBCPOOL_ERR_POOL_EXHAUSTED, "Timeout");
	end_lingering(other);
}
END_TEST

START_TEST(any_number_is_a_login_timeout)
{
	static const SQLULEN values[] = {0xffffffffu, SIZE_MAX, (SQLULEN)1 << 50, 0x80000000u, 1};
	SQLHDBC dbc = app_dbc();
	char string[64];

	for (size_t i = 0; i < array_size(values); i++) {
		snprintf(string, sizeof(string), "DSN=one;PoolName=%zu", i);
		app_set(dbc, SQL_ATTR_LOGIN_TIMEOUT, values[i]);
		app_check(app_connect(dbc, string), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
		app_disconnect(dbc);
	}
	ck_assert_uint_eq(app_counts("fake").logins, array_size(values));
}
END_TEST

#ifndef __SANITIZE_THREAD__
START_TEST(a_thread_alone_does_not_wait_for_itself)
{
	static const char string[] = "DSN=one;MaxPoolSize=1;PoolConnectTimeout=0";
	SQLHDBC late = app_dbc();

	app_connected(string);
	ck_assert_int_eq(app_connect(late, string), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, late, 1, "HYT00", ODBCPOOL_ERR_SELF_DEADLOCK, "");
}
END_TEST
#endif

static void *connect_late(void *dbc)
{
	return (void *)(intptr_t)app_connect(
		dbc, "DSN=one;MaxPoolSize=1;PoolConnectTimeout=0;WaitNotify=1");
}

START_TEST(a_connection_that_comes_back_goes_to_who_waits)
{
	SQLHDBC holder = app_connected("DSN=one;MaxPoolSize=1;PoolConnectTimeout=0;WaitNotify=1");
	SQLHDBC late = app_dbc();
	SQLULEN number = app_number(holder);
	pthread_t thread;
	void *rc;

	ck_assert_int_eq(pthread_create(&thread, NULL, connect_late, late), 0);
	/* Its line is not seen from here; a statement gives it time, and either order is right. */
	ck_assert_int_eq(app_exec(app_stmt(holder), "select 1"), SQL_SUCCESS);
	app_disconnect(holder);
	pthread_join(thread, &rc);
	ck_assert(SQL_SUCCEEDED((SQLRETURN)(intptr_t)rc));
	ck_assert_uint_eq(app_number(late), number);
	ck_assert(app_is_reused(late));
}
END_TEST

START_TEST(a_login_that_hangs_ends_at_the_deadline)
{
	SQLHDBC dbc = app_dbc();

	app_fake("fake")->script("FakeLogin=block");
	ck_assert_int_eq(app_connect(dbc, "DSN=one;PoolConnectTimeout=1"), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "HYT00", 0, "login timeout expired");
	ck_assert_uint_eq(app_counts("fake").connections, 0);
}
END_TEST

struct borrower {
	pthread_t thread;
	SQLHDBC dbc;
	unsigned rounds;
};

static void *borrow_often(void *arg)
{
	struct borrower *b = arg;

	for (unsigned i = 0; i < b->rounds; i++) {
		SQLHSTMT stmt;
		if (app_connect(b->dbc, "DSN=one;MaxPoolSize=3") != SQL_SUCCESS)
			return NULL;
		if (odbcpool_AllocHandle(SQL_HANDLE_STMT, b->dbc, &stmt) != SQL_SUCCESS ||
			app_exec(stmt, i % 7 == 3 ? "set a = 1" : "select 1") != SQL_SUCCESS ||
			odbcpool_Disconnect(b->dbc) != SQL_SUCCESS)
			return NULL;
	}
	return arg;
}

START_TEST(threads_share_a_small_pool)
{
	struct borrower borrowers[8];

	for (size_t i = 0; i < array_size(borrowers); i++)
		borrowers[i] = (struct borrower){.dbc = app_dbc(), .rounds = 200};
	for (size_t i = 0; i < array_size(borrowers); i++)
		ck_assert_int_eq(
			pthread_create(&borrowers[i].thread, NULL, borrow_often, &borrowers[i]), 0);
	for (size_t i = 0; i < array_size(borrowers); i++) {
		void *ok;
		pthread_join(borrowers[i].thread, &ok);
		ck_assert_ptr_nonnull(ok);
	}
	ck_assert_uint_le(app_counts("fake").connected, 3);
}
END_TEST

START_TEST(disconnecting_what_is_not_connected_is_an_error)
{
	SQLHDBC dbc = app_dbc();

	ck_assert_int_eq(odbcpool_Disconnect(dbc), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "08003", ODBCPOOL_ERR_NOT_CONNECTED, "not open");
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("disconnect");
	TCase *t = tcase_create("disconnect");

	tcase_add_checked_fixture(t, app_setup, app_done);
	tcase_set_timeout(t, 30);
	tcase_add_loop_test(t, a_cancel_gets_past_the_call_that_it_cancels, 0, 2);
	tcase_add_loop_test(t, a_connection_at_work_is_not_disconnected, 0, 2);
	tcase_add_test(t, a_statement_that_needs_data_keeps_the_connection);
	tcase_add_test(t, an_error_ends_the_need_for_data);
	tcase_add_test(t, a_cancel_ends_the_need_for_data);
	tcase_add_test(t, a_dropped_statement_needs_nothing);
	tcase_add_test(t, an_exhausted_pool_says_what_to_do);
	tcase_add_test(t, the_login_timeout_of_the_application_wins);
	tcase_add_test(t, any_number_is_a_login_timeout);
#ifndef __SANITIZE_THREAD__ /* its own thread would be company */
	tcase_add_test(t, a_thread_alone_does_not_wait_for_itself);
#endif
	tcase_add_test(t, a_connection_that_comes_back_goes_to_who_waits);
	tcase_add_test(t, a_login_that_hangs_ends_at_the_deadline);
	tcase_add_test(t, threads_share_a_small_pool);
	tcase_add_test(t, disconnecting_what_is_not_connected_is_an_error);
	suite_add_tcase(s, t);
	return s;
}
