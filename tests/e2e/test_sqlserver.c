/* SPDX-License-Identifier: MIT */
/* End to end: SQL Server through FreeTDS; sqlserver.sh gives it tests/tdsd and the data sources. */
#include "client.h"
#include "tdsd_client.h"

#include "odbcpool.h"
#include "support/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char source[] = "sqlserver";

/* One use of a connection: `sql` may be NULL. */
static void use(const char *more, const char *sql)
{
	struct client c = client_new(SQL_OV_ODBC3);

	client_connect(&c, source, tdsd_options(more));
	if (sql)
		client_run(&c, sql);
	client_disconnect(&c);
	client_done(&c);
}

/* TDS 5.0 has no reset: what might have left something behind costs the connection. */
START_TEST(adaptive_servers_sessions_are_reused_while_they_are_harmless)
{
	static const char old[] = "TDS_Version=5.0";
	struct client c = client_new(SQL_OV_ODBC3);

	for (int i = 0; i < 3; i++) {
		client_connect(&c, source, tdsd_options(old));
		ck_assert_int_eq(client_is_reused(&c), i > 0);
		ck_assert_int_eq(client_number(&c, "select 42"), 42);
		client_disconnect(&c);
	}
	client_connect(&c, source, tdsd_options(old));
	client_run(&c, "set lock_timeout 4711");
	client_disconnect(&c);
	client_connect(&c, source, tdsd_options(old));
	ck_assert(!client_is_reused(&c));
	ck_assert_int_eq(client_number(&c, "select @@lock_timeout"), -1);
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

static const SQLINTEGER versions[] = {SQL_OV_ODBC2, SQL_OV_ODBC3, 380};

START_TEST(ansi_applications_of_every_version_get_their_connection_back)
{
	struct client c = client_new(versions[_i]);
	long logins = tdsd_count("logins");

	client_connect(&c, source, tdsd_options(""));
	client_disconnect(&c);
	client_connect(&c, source, tdsd_options(""));
	ck_assert(client_is_reused(&c));
	client_disconnect(&c);
	ck_assert_int_eq(tdsd_count("logins"), logins + 1);
	client_done(&c);
}
END_TEST

START_TEST(wide_applications_of_every_version_get_their_connection_back)
{
	struct client c = client_new(versions[_i]);
	long logins = tdsd_count("logins");
	char string[512];

	snprintf(string, sizeof(string), "DSN=sqlserver;%s", tdsd_options(""));
	for (int i = 0; i < 3; i++) {
		ck_assert(SQL_SUCCEEDED(client_try_wide(&c, string)));
		ck_assert_int_eq(client_number(&c, "select 42"), 42);
		client_disconnect(&c);
	}
	ck_assert_int_eq(tdsd_count("logins"), logins + 1);
	client_done(&c);
}
END_TEST

/* As freetds.conf names it, with no data source at all, and with each protocol version. */
START_TEST(every_way_to_name_the_server_is_pooled)
{
	static const char *const strings[] = {"DSN=sqlserver-conf", "DSN=sqlserver;TDS_Version=7.1",
		"DSN=sqlserver;TDS_Version=7.2", "DSN=sqlserver;TDS_Version=7.3",
		"DSN=sqlserver;TDS_Version=7.4", "DSN=sqlserver;TDS_Version=auto"};
	struct client c = client_new(SQL_OV_ODBC3);
	long logins = tdsd_count("logins");
	char string[512];

	if (_i == 6)
		snprintf(string, sizeof(string), "DRIVER=FreeTDS;SERVER=127.0.0.1;PORT=%s;%s",
			getenv("TDSD_PORT"), tdsd_options(""));
	else
		snprintf(string, sizeof(string), "%s;%s", strings[_i], tdsd_options(""));
	for (int i = 0; i < 3; i++) {
		SQLRETURN rc = SQLDriverConnect(c.dbc, NULL, (SQLCHAR *)string, SQL_NTS, NULL, 0,
			NULL, SQL_DRIVER_NOPROMPT);
		ck_assert_msg(SQL_SUCCEEDED(rc), "%s: %s", string, client_record(&c, 1).message);
		ck_assert_int_eq(client_number(&c, "select @@lock_timeout"), -1);
		client_run(&c, "set lock_timeout 4711");
		client_disconnect(&c);
	}
	ck_assert_int_eq(tdsd_count("logins"), logins + 1);
	client_done(&c);
}
END_TEST

START_TEST(the_drivers_objection_to_two_servers_passes)
{
	struct client c = client_new(SQL_OV_ODBC3);
	SQLRETURN rc = client_try(&c, source, tdsd_options("SERVER=127.0.0.1"));

	client_assert_refused(&c, rc, "HY000", "Only one between SERVER, SERVERNAME and DSN");
	client_done(&c);
}
END_TEST

/* FreeTDS says SQL_SUCCESS; the next call would crash. */
START_TEST(a_success_without_a_connection_is_a_failure)
{
	struct client c = client_new(SQL_OV_ODBC3);
	SQLRETURN rc = client_try(&c, source, tdsd_options("ApplicationIntent=foo"));

	client_assert_refused(&c, rc, "08001", "has no connection");
	client_done(&c);
}
END_TEST

/* What the settings of ResetMethod come to, and whether the bit is used. */
static const struct {
	const char *settings;
	bool is_kept, has_bit;
} methods[] = {
	{"ResetMethod=Auto", true, true},
	{"ResetMethod=Protocol", true, true},
	{"ResetMethod=Sql", true, false},
	{"ResetMethod=Attribute", false, false},
	{"ResetMethod=Close", false, false},
};

START_TEST(each_reset_method_does_what_it_says)
{
	const char *settings = methods[_i].settings;
	struct client c = client_new(SQL_OV_ODBC3);

	client_connect(&c, source, tdsd_options(settings));
	client_run(&c, "set lock_timeout 4711 set datefirst 3 set xact_abort on");
	long resets = tdsd_count("resets");
	client_disconnect(&c);
	client_connect(&c, source, tdsd_options(settings));
	ck_assert_int_eq(client_is_reused(&c), methods[_i].is_kept);
	ck_assert_int_eq(client_number(&c, "select @@lock_timeout"), -1);
	ck_assert_int_eq(client_number(&c, "select @@datefirst"), 7);
	/* A new one has been tried out with the bit. */
	ck_assert_int_eq(tdsd_count("resets") > resets, methods[_i].has_bit);
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

START_TEST(what_initquery_set_survives_the_reset)
{
	struct client c = client_new(SQL_OV_ODBC3);

	for (int i = 0; i < 3; i++) {
		client_connect(&c, "sqlserver-init", tdsd_options(i ? "ResetMethod=Sql" : ""));
		ck_assert_int_eq(client_number(&c, "select @@lock_timeout"), 99);
		client_run(&c, "set lock_timeout 4711");
		client_disconnect(&c);
		client_connect(&c, "sqlserver-init", tdsd_options(i ? "ResetMethod=Sql" : ""));
		ck_assert_int_eq(client_number(&c, "select @@lock_timeout"), 99);
		ck_assert(client_is_reused(&c));
		client_disconnect(&c);
	}
	client_done(&c);
}
END_TEST

/* The bit is on the request of ours, and the application waits for none. */
START_TEST(a_harmless_use_costs_the_application_no_round_trip)
{
	struct client c = client_new(SQL_OV_ODBC3);

	client_connect(&c, source, tdsd_options(""));
	client_run(&c, "select 17231");
	client_disconnect(&c);
	client_connect(&c, source, tdsd_options(""));
	tdsd_tell("audit harmless %d", (int)getpid());
	char note[64];
	snprintf(note, sizeof(note), "harmless %d", (int)getpid());
	for (int i = 0; i < 20; i++) {
		client_run(&c, "select 17231");
		client_disconnect(&c);
		client_connect(&c, source, tdsd_options(""));
	}
	ck_assert_int_eq(tdsd_audit_count(note, "text=select 17231"), 20);
	ck_assert_int_eq(tdsd_audit_count(note, "batch "), 40);
	ck_assert_int_eq(tdsd_audit_count(note, "status=09"), 20);
	ck_assert_int_eq(tdsd_audit_count(note, "reset spid"), 20);
	ck_assert_int_eq(tdsd_audit_count(note, "transaction "), 0);
	ck_assert_int_eq(tdsd_audit_count(note, "rpc "), 0);
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

/* With ResetMode=Borrow nothing happens in the background. */
static const char quiet[] = "ResetMode=Borrow";

static const char *const opening[] = {
	"begin tran insert into hygiene_t values (1)",
	"exec('begin tran insert into hygiene_t values (1)')",
	"set implicit_transactions on insert into hygiene_t values (1)",
	"select 1 begin transaction insert into hygiene_t values (1)",
};

START_TEST(a_transaction_begun_by_text_is_over_when_the_disconnect_returns)
{
	use(quiet, opening[_i]);
	ck_assert_int_eq(tdsd_sessions("trancount=1"), 0);
	ck_assert_int_eq(tdsd_sessions("trancount=0"), 1);
	use("Pooling=No",
		"delete from hygiene_t where 1 = (select 1 / (1 - count(*)) from hygiene_t)");
}
END_TEST

START_TEST(a_transaction_of_a_poisoned_session_is_over_as_well)
{
	struct client c = client_new(SQL_OV_ODBC3);

	client_connect(&c, source, tdsd_options(quiet));
	client_run(&c, "execute as user = 'other'");
	client_run(&c, "begin tran insert into hygiene_t values (1)");
	client_disconnect(&c);
	ck_assert_int_eq(tdsd_sessions("trancount=1"), 0);
	client_done(&c);
}
END_TEST

START_TEST(manual_commit_mode_is_never_parked)
{
	struct client c = client_new(SQL_OV_ODBC3);

	client_connect(&c, source, tdsd_options(quiet));
	client_set(&c, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	ck_assert_int_eq(tdsd_sessions("trancount=1"), 1);
	client_run(&c, "insert into hygiene_t values (1)");
	if (_i)
		client_run(&c, "begin tran");
	client_disconnect(&c);
	ck_assert_int_eq(tdsd_sessions("trancount=0"), 1);
	client_connect(&c, source, tdsd_options(quiet));
	ck_assert(client_is_reused(&c));
	ck_assert_int_eq(client_number(&c, "select @@trancount"), 0);
	ck_assert_int_eq(client_number(&c, "select count(*) from hygiene_t"), 0);
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

START_TEST(an_application_lock_is_free_when_the_disconnect_returns)
{
	/* Negative: somebody has it. */
	static const char take[] = "set nocount on declare @r int "
				   "exec @r = sp_getapplock 'e2e', 'Exclusive', 'Session', 0 "
				   "select @r";
	struct client c = client_new(SQL_OV_ODBC3), other = client_new(SQL_OV_ODBC3);

	client_connect(&other, source, tdsd_options("Pooling=No"));
	client_connect(&c, source, tdsd_options(""));
	client_run(&c, "exec sp_getapplock 'e2e', 'Exclusive', 'Session', 0");
	ck_assert_int_lt(client_number(&other, take), 0);
	client_disconnect(&c);
	ck_assert_int_ge(client_number(&other, take), 0);
	client_disconnect(&other);
	client_done(&c);
	client_done(&other);
}
END_TEST

static const char *const roles[] = {
	"exec sp_setapprole 'role', 'secret'",
	"{call sp_setapprole('role', 'secret')}",
	"execute as user = 'other'",
	"exec as login = 'other'",
};

START_TEST(another_identity_never_reaches_the_next_borrower)
{
	struct client c = client_new(SQL_OV_ODBC3);
	char before[100], after[100];

	client_connect(&c, source, tdsd_options(""));
	client_text(&c, "select user_name()", before, sizeof(before));
	client_run(&c, roles[_i]);
	client_text(&c, "select user_name()", after, sizeof(after));
	ck_assert_str_ne(before, after);
	client_disconnect(&c);
	client_connect(&c, source, tdsd_options(""));
	client_text(&c, "select user_name()", after, sizeof(after));
	ck_assert_str_eq(before, after);
	ck_assert(!client_is_reused(&c));
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

START_TEST(the_drivers_catalog_follows_the_session)
{
	struct client c = client_new(SQL_OV_ODBC3);
	char before[64] = "", now[64] = "";

	client_connect(&c, source, tdsd_options(""));
	ck_assert(SQL_SUCCEEDED(
		SQLGetConnectAttr(c.dbc, SQL_ATTR_CURRENT_CATALOG, before, sizeof(before), NULL)));
	client_run(&c, "use master");
	client_disconnect(&c);
	client_connect(&c, source, tdsd_options(""));
	ck_assert(client_is_reused(&c));
	ck_assert(SQL_SUCCEEDED(
		SQLGetConnectAttr(c.dbc, SQL_ATTR_CURRENT_CATALOG, now, sizeof(now), NULL)));
	ck_assert_str_eq(now, before);
	client_text(&c, "select db_name()", now, sizeof(now));
	ck_assert_str_eq(now, before);
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("sqlserver");
	TCase *t = tcase_create("sessions");

	tcase_add_checked_fixture(t, tdsd_calm, tdsd_calm);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, ansi_applications_of_every_version_get_their_connection_back, 0, 3);
	tcase_add_loop_test(t, wide_applications_of_every_version_get_their_connection_back, 0, 3);
	tcase_add_loop_test(t, every_way_to_name_the_server_is_pooled, 0, 7);
	tcase_add_test(t, adaptive_servers_sessions_are_reused_while_they_are_harmless);
	tcase_add_test(t, the_drivers_objection_to_two_servers_passes);
	tcase_add_test(t, a_success_without_a_connection_is_a_failure);
	tcase_add_loop_test(t, each_reset_method_does_what_it_says, 0, (int)array_size(methods));
	tcase_add_test(t, what_initquery_set_survives_the_reset);
	tcase_add_test(t, a_harmless_use_costs_the_application_no_round_trip);
	tcase_add_loop_test(t, a_transaction_begun_by_text_is_over_when_the_disconnect_returns, 0,
		(int)array_size(opening));
	tcase_add_test(t, a_transaction_of_a_poisoned_session_is_over_as_well);
	tcase_add_loop_test(t, manual_commit_mode_is_never_parked, 0, 2);
	tcase_add_test(t, an_application_lock_is_free_when_the_disconnect_returns);
	tcase_add_loop_test(
		t, another_identity_never_reaches_the_next_borrower, 0, (int)array_size(roles));
	tcase_add_test(t, the_drivers_catalog_follows_the_session);
	suite_add_tcase(s, t);
	return s;
}
