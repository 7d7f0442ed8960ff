/* SPDX-License-Identifier: MIT */
/* The fake driver driven directly: what other tests rely on must hold. */
#include "fakedrv/client.h"

#include "support/run.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct client d;

static void load_full(void)
{
	client_load(&d, "fakedrv");
}

static struct fakedrv_counts counts(void)
{
	struct fakedrv_counts c;

	d.fake->counts(&c);
	return c;
}

static void assert_record(SQLSMALLINT kind, SQLHANDLE h, SQLSMALLINT number, const char *state,
	SQLINTEGER native, const char *text)
{
	SQLCHAR got_state[6], got_text[256];
	SQLINTEGER got_native;
	SQLSMALLINT len;

	ck_assert_int_eq(CALL(d, SQLGetDiagRec)(kind, h, number, got_state, &got_native, got_text,
				 sizeof(got_text), &len),
		SQL_SUCCESS);
	ck_assert_str_eq((char *)got_state, state);
	ck_assert_int_eq(got_native, native);
	ck_assert_str_eq((char *)got_text, text);
}

START_TEST(a_closed_connection_leaves_nothing_alive)
{
	struct session s = session_open(&d, "");

	ck_assert_uint_eq(counts().environments, 1);
	ck_assert_uint_eq(counts().connections, 1);
	ck_assert_uint_eq(counts().connected, 1);
	ck_assert_uint_eq(counts().statements, 1);
	session_close(&d, &s);
	ck_assert_uint_eq(counts().environments, 0);
	ck_assert_uint_eq(counts().connections, 0);
	ck_assert_uint_eq(counts().connected, 0);
	ck_assert_uint_eq(counts().statements, 0);
	ck_assert_uint_eq(counts().logins, 1);
	ck_assert_uint_eq(counts().logouts, 1);
	ck_assert_uint_eq(counts().foreign_handles, 0);
}
END_TEST

START_TEST(a_failed_login_tells_all_its_records)
{
	struct session s = session_prepare(&d);

	ck_assert_int_eq(session_connect(&d, &s,
				 "FakeLogin=fail;FakeRecords=3;FakeState=28P01;FakeNative=7;"
				 "FakeText={go; away}"),
		SQL_ERROR);
	assert_record(SQL_HANDLE_DBC, s.dbc, 1, "28P01", 7, "[fakedrv]go; away (1)");
	assert_record(SQL_HANDLE_DBC, s.dbc, 3, "28P01", 9, "[fakedrv]go; away (3)");
	ck_assert_uint_eq(counts().failed_logins, 1);
	ck_assert_uint_eq(counts().connected, 0);
	session_close(&d, &s);
}
END_TEST

START_TEST(odbc_2_reads_each_record_once)
{
	struct session s = session_prepare(&d);
	SQLCHAR state[6], text[64];
	SQLINTEGER native;
	SQLSMALLINT len;

	session_connect(&d, &s, "FakeLogin=fail;FakeRecords=2");
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(CALL(d, SQLError)(SQL_NULL_HENV, s.dbc, SQL_NULL_HSTMT, state,
					 &native, text, sizeof(text), &len),
			SQL_SUCCESS);
		ck_assert_int_eq(native, 18456 + i);
	}
	ck_assert_int_eq(CALL(d, SQLError)(SQL_NULL_HENV, s.dbc, SQL_NULL_HSTMT, state, &native,
				 text, sizeof(text), &len),
		SQL_NO_DATA);
	session_close(&d, &s);
}
END_TEST

START_TEST(a_blocked_login_ends_at_the_login_timeout)
{
	struct session s = session_prepare(&d);

	CALL(d, SQLSetConnectAttr)(s.dbc, SQL_ATTR_LOGIN_TIMEOUT, (SQLPOINTER)1, 0);
	ck_assert_int_eq(session_connect(&d, &s, "FakeLogin=block"), SQL_ERROR);
	assert_record(SQL_HANDLE_DBC, s.dbc, 1, "HYT00", 0, "[fakedrv]login timeout expired");
	ck_assert_int_eq(session_connect(&d, &s, "FakeLoginMs=60000"), SQL_ERROR);
	session_close(&d, &s);
}
END_TEST

static void *connect_blocked(void *arg)
{
	struct session *s = arg;

	ck_assert_int_eq(session_connect(&d, s, "FakeLogin=block"), SQL_SUCCESS);
	return NULL;
}

START_TEST(release_lets_a_blocked_login_go_on)
{
	struct session s = session_prepare(&d);
	pthread_t thread;

	pthread_create(&thread, NULL, connect_blocked, &s);
	d.fake->await_blocked(1);
	ck_assert_uint_eq(counts().connected, 0);
	d.fake->release();
	pthread_join(thread, NULL);
	ck_assert_uint_eq(counts().connected, 1);
	session_close(&d, &s);
}
END_TEST

START_TEST(a_login_can_succeed_with_a_record)
{
	struct session s = session_prepare(&d);

	ck_assert_int_eq(
		session_connect(&d, &s, "FakeLogin=info;FakeText=hello"), SQL_SUCCESS_WITH_INFO);
	assert_record(SQL_HANDLE_DBC, s.dbc, 1, "01000", 18456, "[fakedrv]hello (1)");
	session_close(&d, &s);
}
END_TEST

static SQLUINTEGER connection_dead(struct session *s)
{
	SQLUINTEGER dead = 9;

	ck_assert_int_eq(
		CALL(d, SQLGetConnectAttr)(s->dbc, SQL_ATTR_CONNECTION_DEAD, &dead, 0, NULL),
		SQL_SUCCESS);
	return dead;
}

START_TEST(a_login_can_lie)
{
	struct session s = session_prepare(&d);

	ck_assert_int_eq(session_connect(&d, &s, "FakeLogin=lost"), SQL_SUCCESS);
	ck_assert_uint_eq(connection_dead(&s), 1);
	session_close(&d, &s);
}
END_TEST

START_TEST(a_killed_connection_fails_and_says_so)
{
	struct session s = session_open(&d, "");

	ck_assert_uint_eq(connection_dead(&s), 0);
	ck_assert_uint_eq(d.fake->kill_connections(), 1);
	ck_assert_int_eq(session_exec(&d, &s, "select 1"), SQL_ERROR);
	assert_record(
		SQL_HANDLE_STMT, s.stmt, 1, "08S01", 10054, "[fakedrv]the connection is lost");
	ck_assert_int_eq(CALL(d, SQLEndTran)(SQL_HANDLE_DBC, s.dbc, SQL_ROLLBACK), SQL_ERROR);
	ck_assert_uint_eq(connection_dead(&s), 1);
	d.fake->script("FakeDeadAnswer=no");
	ck_assert_uint_eq(connection_dead(&s), 0);
	ck_assert_uint_eq(counts().dead_calls, 2);
	session_close(&d, &s);
}
END_TEST

START_TEST(the_script_reaches_open_connections)
{
	struct session s = session_open(&d, "");

	ck_assert(d.fake->script("FakeEndTran=fail;FakeSetAttr=102;FakeDisconnect=fail"));
	ck_assert_int_eq(CALL(d, SQLEndTran)(SQL_HANDLE_DBC, s.dbc, SQL_COMMIT), SQL_ERROR);
	ck_assert_int_eq(CALL(d, SQLEndTran)(SQL_HANDLE_ENV, s.env, SQL_COMMIT), SQL_ERROR);
	ck_assert_int_eq(
		CALL(d, SQLSetConnectAttr)(s.dbc, SQL_ATTR_AUTOCOMMIT, NULL, 0), SQL_ERROR);
	ck_assert_int_eq(CALL(d, SQLDisconnect)(s.dbc), SQL_ERROR);
	assert_record(SQL_HANDLE_DBC, s.dbc, 1, "25000", 0, "[fakedrv]will not disconnect");
	d.fake->reset();
	ck_assert_int_eq(CALL(d, SQLEndTran)(SQL_HANDLE_DBC, s.dbc, SQL_COMMIT), SQL_SUCCESS);
	session_close(&d, &s);
}
END_TEST

START_TEST(a_script_with_an_unknown_word_is_told)
{
	ck_assert(!d.fake->script("FakeLogin=fail;FakeLogout=fail"));
}
END_TEST

START_TEST(the_connection_string_wins_over_the_script_over_the_dsn)
{
	char path[] = "/tmp/fakedrv-XXXXXX";
	int fd = mkstemp(path);
	FILE *ini = fdopen(fd, "w");
	char name[32];

	fprintf(ini, "[nice]\nDriver=fake\nDatabase=of_dsn\n");
	fclose(ini);
	setenv("ODBCINI", path, 1);
	for (int i = 0; i < 3; i++) {
		static const char *const expected[] = {"of_dsn", "of_script", "of_string"};
		if (i == 1)
			d.fake->script("Database=of_script");
		struct session s =
			session_open(&d, i < 2 ? "DSN=nice" : "DSN=nice;Database=of_string");
		CALL(d, SQLGetConnectAttr)
		(s.dbc, SQL_ATTR_CURRENT_CATALOG, name, sizeof(name), NULL);
		ck_assert_str_eq(name, expected[i]);
		session_close(&d, &s);
	}
	unlink(path);
}
END_TEST

START_TEST(the_log_keeps_the_order_of_calls)
{
	struct session s = session_open(&d, "");

	d.fake->log_start();
	CALL(d, SQLSetConnectAttr)(s.dbc, SQL_ATTR_AUTOCOMMIT, (SQLPOINTER)SQL_AUTOCOMMIT_OFF, 0);
	session_exec(&d, &s, "update 3");
	CALL(d, SQLSetConnectAttr)(s.dbc, SQL_ATTR_AUTOCOMMIT, (SQLPOINTER)SQL_AUTOCOMMIT_ON, 0);
	CALL(d, SQLEndTran)(SQL_HANDLE_DBC, s.dbc, SQL_ROLLBACK);
	char *log = d.fake->log_text();
	ck_assert_str_eq(log, "conn1 SQLSetConnectAttr 102 0\n"
			      "conn1.stmt1 SQLExecDirect update 3\n"
			      "conn1 SQLSetConnectAttr 102 1\n"
			      "conn1 commits by autocommit\n"
			      "conn1 SQLEndTran ROLLBACK\n");
	ck_assert_int_eq(d.fake->log_find("SetConnectAttr", 1), 2);
	ck_assert_int_eq(d.fake->log_find("SQLPrepare", 0), -1);
	free(log);
	d.fake->reset();
	session_close(&d, &s);
}
END_TEST

START_TEST(a_foreign_handle_is_refused_and_counted)
{
	struct session s = session_open(&d, "");
	char wrapper[256] = {0};
	SQLHDESC kept, got;

	ck_assert_int_eq(CALL(d, SQLFetch)(wrapper), SQL_INVALID_HANDLE);
	ck_assert_int_eq(CALL(d, SQLFetch)(s.dbc), SQL_INVALID_HANDLE);
	CALL(d, SQLGetStmtAttr)(s.stmt, SQL_ATTR_APP_ROW_DESC, &kept, 0, NULL);
	ck_assert_int_eq(
		CALL(d, SQLSetStmtAttr)(s.stmt, SQL_ATTR_APP_ROW_DESC, wrapper, 0), SQL_ERROR);
	CALL(d, SQLGetStmtAttr)(s.stmt, SQL_ATTR_APP_ROW_DESC, &got, 0, NULL);
	ck_assert_ptr_eq(got, kept);
	ck_assert_int_eq(CALL(d, SQLCopyDesc)(kept, wrapper), SQL_INVALID_HANDLE);
	ck_assert_uint_eq(counts().foreign_handles, 4);
	ck_assert_int_eq(CALL(d, SQLFetch)(NULL), SQL_INVALID_HANDLE);
	ck_assert_uint_eq(counts().foreign_handles, 4);
	session_close(&d, &s);
}
END_TEST

START_TEST(private_attributes_and_info_types_pass)
{
	struct session s = session_open(&d, "");
	char text[32];
	SQLUINTEGER number;
	SQLULEN wide_number;
	void *pointer;
	SQLSMALLINT len;

	CALL(d, SQLSetConnectAttr)(s.dbc, FAKEDRV_ATTR_NUMBER, (SQLPOINTER)42, 0);
	CALL(d, SQLGetConnectAttr)(s.dbc, FAKEDRV_ATTR_NUMBER, &number, 0, NULL);
	ck_assert_uint_eq(number, 42);
	CALL(d, SQLSetConnectAttr)(s.dbc, FAKEDRV_ATTR_TEXT, "hi there", 2);
	CALL(d, SQLGetConnectAttr)(s.dbc, FAKEDRV_ATTR_TEXT, text, sizeof(text), NULL);
	ck_assert_str_eq(text, "hi");
	CALL(d, SQLSetStmtAttr)(s.stmt, FAKEDRV_ATTR_POINTER, &s, SQL_IS_POINTER);
	CALL(d, SQLGetStmtAttr)(s.stmt, FAKEDRV_ATTR_POINTER, &pointer, 0, NULL);
	ck_assert_ptr_eq(pointer, &s);
	CALL(d, SQLGetInfo)(s.dbc, FAKEDRV_INFO_TEXT, text, sizeof(text), &len);
	ck_assert_str_eq(text, "private");
	CALL(d, SQLGetInfo)(s.dbc, FAKEDRV_INFO_NUMBER, &wide_number, 0, &len);
	ck_assert_uint_eq(wide_number, 1);
	CALL(d, SQLGetInfo)(s.dbc, SQL_DRIVER_NAME, text, sizeof(text), &len);
	ck_assert_str_eq(text, "fakedrv.so");
	ck_assert_int_eq(CALL(d, SQLGetConnectAttr)(s.dbc, 31999, &number, 0, NULL), SQL_ERROR);
	session_close(&d, &s);
}
END_TEST

START_TEST(an_environment_refuses_a_version_that_is_too_high)
{
	SQLHENV env;

	d.fake->script("FakeVersion=3");
	CALL(d, SQLAllocHandle)(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env);
	ck_assert_int_eq(
		CALL(d, SQLSetEnvAttr)(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3_80, 0),
		SQL_ERROR);
	ck_assert_int_eq(
		CALL(d, SQLSetEnvAttr)(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0),
		SQL_SUCCESS);
	CALL(d, SQLFreeHandle)(SQL_HANDLE_ENV, env);
}
END_TEST

#define THREADS 8

static void *work(void *arg)
{
	for (int i = 0; i < 50; i++) {
		struct session s = session_open(&d, "");
		ck_assert_int_eq(session_exec(&d, &s, "select 1, 2; select 3"), SQL_SUCCESS);
		ck_assert_int_eq(CALL(d, SQLFetch)(s.stmt), SQL_SUCCESS);
		CALL(d, SQLEndTran)(SQL_HANDLE_DBC, s.dbc, SQL_ROLLBACK);
		session_close(&d, &s);
	}
	return arg;
}

START_TEST(threads_do_not_disturb_each_other)
{
	pthread_t threads[THREADS];

	d.fake->log_start();
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, work, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(counts().logins, THREADS * 50);
	ck_assert_uint_eq(counts().environments, 0);
	ck_assert_uint_eq(counts().statements, 0);
	d.fake->reset();
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("fakedrv");
	TCase *t = tcase_create("fakedrv");

	tcase_add_checked_fixture(t, load_full, NULL);
	tcase_add_test(t, a_closed_connection_leaves_nothing_alive);
	tcase_add_test(t, a_failed_login_tells_all_its_records);
	tcase_add_test(t, odbc_2_reads_each_record_once);
	tcase_add_test(t, a_blocked_login_ends_at_the_login_timeout);
	tcase_add_test(t, release_lets_a_blocked_login_go_on);
	tcase_add_test(t, a_login_can_succeed_with_a_record);
	tcase_add_test(t, a_login_can_lie);
	tcase_add_test(t, a_killed_connection_fails_and_says_so);
	tcase_add_test(t, the_script_reaches_open_connections);
	tcase_add_test(t, a_script_with_an_unknown_word_is_told);
	tcase_add_test(t, the_connection_string_wins_over_the_script_over_the_dsn);
	tcase_add_test(t, the_log_keeps_the_order_of_calls);
	tcase_add_test(t, a_foreign_handle_is_refused_and_counted);
	tcase_add_test(t, private_attributes_and_info_types_pass);
	tcase_add_test(t, an_environment_refuses_a_version_that_is_too_high);
	tcase_add_test(t, threads_do_not_disturb_each_other);
	suite_add_tcase(s, t);
	return s;
}
