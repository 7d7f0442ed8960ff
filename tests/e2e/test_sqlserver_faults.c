/* SPDX-License-Identifier: MIT */
/*
 * End to end: SQL Server through FreeTDS, when logins are refused and servers go away or fall
 * silent; sqlserver.sh gives it tests/tdsd and the data sources.
 */
#include "client.h"
#include "tdsd_client.h"

#include "odbcpool.h"
#include "support/run.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char source[] = "sqlserver";

static long session(struct client *c)
{
	return client_number(c, "select @@spid");
}

/* The server gives a session's number again as soon as it is free: it says nothing of reuse. */
START_TEST(a_reset_that_fails_costs_a_connection_and_no_borrower)
{
	struct client c = client_new(SQL_OV_ODBC3);

	client_connect(&c, source, tdsd_options(""));
	client_run(&c, "select 1");
	tdsd_tell("fail-reset 18056");
	client_disconnect(&c);
	for (int i = 0; i < 3; i++) {
		client_connect(&c, source, tdsd_options(""));
		ck_assert_int_eq(client_is_reused(&c), i > 0);
		client_disconnect(&c);
	}
	client_done(&c);
}
END_TEST

/* The server has answered before it has ended them. */
static void await_no_session(void)
{
	struct timespec step = {0, 20 * 1000000L};

	for (int i = 0; i < 500 && tdsd_count("sessions") > 0; i++)
		nanosleep(&step, NULL);
	nanosleep(&step, NULL);
}

/* Idle connections that the server has ended, in every way it can. */
START_TEST(lost_connections_cost_no_borrower)
{
	static const char *const ways[] = {"kill all", "drop all", "reset all"};
	struct client c[5];

	for (int i = 0; i < 5; i++) {
		c[i] = client_new(SQL_OV_ODBC3);
		client_connect(&c[i], source, tdsd_options(""));
	}
	for (int i = 0; i < 5; i++)
		client_disconnect(&c[i]);
	tdsd_tell("%s", ways[_i]);
	await_no_session();
	for (int i = 0; i < 5; i++) {
		client_connect(&c[i], source, tdsd_options(""));
		ck_assert_int_eq(client_number(&c[i], "select 17231"), 17231);
	}
	for (int i = 0; i < 5; i++) {
		client_disconnect(&c[i]);
		client_done(&c[i]);
	}
}
END_TEST

/* Under its user: the error is the driver's, and the next connect gets another session. */
START_TEST(a_session_killed_in_use_is_not_reused)
{
	struct client c = client_new(SQL_OV_ODBC3);

	client_connect(&c, source, tdsd_options(""));
	long first = session(&c);
	tdsd_tell("kill %ld", first);
	ck_assert_int_eq(client_try_run(&c, "select 1"), SQL_ERROR);
	client_disconnect(&c);
	client_connect(&c, source, tdsd_options(""));
	ck_assert(!client_is_reused(&c));
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

static const struct {
	int number;
	const char *state, *text;
} refusals[] = {
	{18456, "28000", "Login failed for user"},
	{4060, "42000", "Cannot open database"},
	{40613, "HY000", "is not currently available"},
	{17809, "HY000", "Could not connect because the maximum number"},
};

static bool says(const struct client *c, const char *text)
{
	for (int i = 1; i < 9; i++)
		if (strstr(client_record(c, i).message, text))
			return true;
	return false;
}

START_TEST(a_refused_login_is_remembered_with_its_words)
{
	struct client c = client_new(SQL_OV_ODBC3);

	tdsd_tell("refuse %d", refusals[_i].number);
	ck_assert_int_eq(client_try(&c, source, tdsd_options("PoolName=refused")), SQL_ERROR);
	ck_assert_msg(says(&c, refusals[_i].text), "%s", client_record(&c, 1).message);
	struct record first = client_record(&c, 1);
	long refused = tdsd_count("refused");
	tdsd_tell("accept");
	/* It would succeed, and is not tried. */
	ck_assert_int_eq(client_try(&c, source, tdsd_options("PoolName=refused")), SQL_ERROR);
	ck_assert_str_eq(client_record(&c, 1).state, first.state);
	ck_assert_str_eq(client_record(&c, 1).message, first.message);
	ck_assert(says(&c, "No login was tried for pool refused"));
	ck_assert_int_eq(tdsd_count("refused"), refused);
	client_connect(&c, source, tdsd_options("PoolName=refused;PoolBlockingPeriod=NeverBlock"));
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

START_TEST(hosts_of_azure_are_not_blocked)
{
	struct client c = client_new(SQL_OV_ODBC3);

	tdsd_tell("refuse 40613 1");
	ck_assert_int_eq(client_try(&c, "sqlserver-azure", tdsd_options("")), SQL_ERROR);
	client_connect(&c, "sqlserver-azure", tdsd_options(""));
	client_disconnect(&c);
	tdsd_tell("refuse 40613");
	ck_assert_int_eq(
		client_try(&c, "sqlserver-azure", tdsd_options("PoolBlockingPeriod=AlwaysBlock")),
		SQL_ERROR);
	tdsd_tell("accept");
	ck_assert_int_eq(
		client_try(&c, "sqlserver-azure", tdsd_options("PoolBlockingPeriod=AlwaysBlock")),
		SQL_ERROR);
	ck_assert(says(&c, "No login was tried"));
	client_done(&c);
}
END_TEST

/* The protocol version is tried out, or known; the server does not answer TCP's client, or TDS's.
 */
START_TEST(a_login_ends_at_its_deadline)
{
	static const char *const stalls[] = {"stall accept", "stall login"};
	static const char *const options[] = {"", "TDS_Version=7.4", "TDS_Version=auto"};
	struct client c = client_new(SQL_OV_ODBC3);

	tdsd_tell("%s", stalls[_i % 2]);
	client_set(&c, SQL_ATTR_LOGIN_TIMEOUT, 2);
	long since = now_ms();
	SQLRETURN rc = client_try(&c, source, tdsd_options(options[_i / 2]));
	ck_assert_int_lt(now_ms() - since, 4000);
	client_assert_refused(&c, rc, "HYT00", "");
	tdsd_tell("resume");
	client_done(&c);
}
END_TEST

START_TEST(a_pool_time_out_says_what_to_do)
{
	struct client a = client_new(SQL_OV_ODBC3), b = client_new(SQL_OV_ODBC3);

	client_connect(&a, source, tdsd_options("MaxPoolSize=1"));
	client_assert_refused(&b, client_try(&b, source, tdsd_options("MaxPoolSize=1")), "HYT00",
		"MaxPoolSize (now 1)");
	client_disconnect(&a);
	client_done(&a);
	client_done(&b);
}
END_TEST

static SQLHSTMT prepare(struct client *c)
{
	static SQLINTEGER value = 1;
	SQLHSTMT h;

	h = client_statement(c);
	ck_assert(SQL_SUCCEEDED(SQLPrepare(h, (SQLCHAR *)"select ? + 1", SQL_NTS)));
	ck_assert(SQL_SUCCEEDED(SQLBindParameter(
		h, 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, &value, 0, NULL)));
	ck_assert(SQL_SUCCEEDED(SQLExecute(h)));
	ck_assert(SQL_SUCCEEDED(SQLFetch(h)));
	ck_assert_int_eq(SQLFetch(h), SQL_NO_DATA);
	return h;
}

START_TEST(a_few_open_statements_are_freed_and_many_cost_the_connection)
{
	struct client c = client_new(SQL_OV_ODBC3);
	const int count = _i ? 100 : 10;

	client_connect(&c, source, tdsd_options(""));
	for (int i = 0; i < count; i++)
		prepare(&c);
	tdsd_tell("audit freed %d", (int)getpid());
	char note[64];
	snprintf(note, sizeof(note), "freed %d", (int)getpid());
	client_disconnect(&c);
	client_connect(&c, source, tdsd_options(""));
	ck_assert_int_eq(client_is_reused(&c), !_i);
	ck_assert_int_le(tdsd_audit_count(note, "proc=sp_unprepare"), _i ? 0 : count);
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

/* The rest of the rows is thrown away: an attention. */
START_TEST(a_result_read_by_half_does_not_cost_the_connection)
{
	struct client c = client_new(SQL_OV_ODBC3);
	SQLHSTMT h;

	client_connect(&c, source, tdsd_options(""));
	h = client_statement(&c);
	ck_assert(SQL_SUCCEEDED(
		SQLExecDirect(h, (SQLCHAR *)"select id from hygiene_many order by id", SQL_NTS)));
	ck_assert(SQL_SUCCEEDED(SQLFetch(h)));
	client_disconnect(&c);
	client_connect(&c, source, tdsd_options(""));
	ck_assert(client_is_reused(&c));
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

/* FreeTDS puts off what it cannot send while a result is unread: it may go out with the reset. */
START_TEST(prepared_statements_read_by_half_do_not_cost_the_connection)
{
	struct client c = client_new(SQL_OV_ODBC3);
	SQLINTEGER value = 1;
	SQLHSTMT h;

	for (int i = 0; i < 4; i++) {
		client_connect(&c, source, tdsd_options(""));
		ck_assert_int_eq(client_is_reused(&c), i > 0);
		ck_assert_int_eq(client_number(&c, "select 17231"), 17231);
		for (int k = 0; k < 3; k++) {
			h = client_statement(&c);
			ck_assert(SQL_SUCCEEDED(SQLPrepare(h,
				(SQLCHAR *)"select id from hygiene_many where id > ?", SQL_NTS)));
			ck_assert(SQL_SUCCEEDED(SQLBindParameter(h, 1, SQL_PARAM_INPUT, SQL_C_SLONG,
				SQL_INTEGER, 0, 0, &value, 0, NULL)));
			if (SQL_SUCCEEDED(SQLExecute(h)))
				SQLFetch(h);
		}
		client_disconnect(&c);
	}
	client_done(&c);
}
END_TEST

START_TEST(a_disconnect_from_a_silent_server_ends)
{
	struct client c = client_new(SQL_OV_ODBC3);

	client_connect(&c, source, tdsd_options("ValidationTimeout=1"));
	long first = session(&c);
	prepare(&c);
	tdsd_tell("stall %ld", first);
	long since = now_ms();
	client_disconnect(&c);
	ck_assert_int_lt(now_ms() - since, 4000);
	tdsd_tell("resume");
	client_connect(&c, source, tdsd_options("ValidationTimeout=1"));
	ck_assert(!client_is_reused(&c));
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("sqlserver_faults");
	TCase *t = tcase_create("faults");

	tcase_add_checked_fixture(t, tdsd_calm, tdsd_calm);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_reset_that_fails_costs_a_connection_and_no_borrower);
	tcase_add_loop_test(t, lost_connections_cost_no_borrower, 0, 3);
	tcase_add_test(t, a_session_killed_in_use_is_not_reused);
	tcase_add_loop_test(
		t, a_refused_login_is_remembered_with_its_words, 0, (int)array_size(refusals));
	tcase_add_test(t, hosts_of_azure_are_not_blocked);
	tcase_add_loop_test(t, a_login_ends_at_its_deadline, 0, 6);
	tcase_add_test(t, a_pool_time_out_says_what_to_do);
	tcase_add_loop_test(t, a_few_open_statements_are_freed_and_many_cost_the_connection, 0, 2);
	tcase_add_test(t, a_result_read_by_half_does_not_cost_the_connection);
	tcase_add_test(t, prepared_statements_read_by_half_do_not_cost_the_connection);
	tcase_add_test(t, a_disconnect_from_a_silent_server_ends);
	suite_add_tcase(s, t);
	return s;
}
