/* SPDX-License-Identifier: MIT */
/* The test double by hand-made packets: logins, resets, attentions, transactions, faults. */
#include "harness.h"

#include "support/run.h"

#include <string.h>
#include <unistd.h>

enum { TM_BEGIN = 5, TM_COMMIT = 7, TM_ROLLBACK = 8 };

static struct raw client;

static void log_in(enum tds_version version)
{
	ck_assert_msg(raw_connect(&client, version, "app", "secret", ""), "%s",
		buffer_str(&client.reply));
}

static void set_up(void)
{
	harness_start();
}

static void tear_down(void)
{
	raw_close(&client);
	harness_stop();
}

/* --- login ------------------------------------------------------------------------------------ */

START_TEST(a_login_is_answered_as_sql_server_does)
{
	log_in(TDS_7_4);
	ck_assert_str_eq(buffer_str(&client.reply), "env1:sales info:5701 env7 env2:us_english "
						    "info:5703 login:74000004 env4:4096 done:00");
}
END_TEST

START_TEST(each_version_is_acknowledged_by_its_own_number)
{
	static const char *const numbers[] = {
		"login:71000001", "login:72090002", "login:730b0003", "login:74000004"};

	log_in((enum tds_version)(TDS_7_1 + _i));
	ck_assert(strstr(buffer_str(&client.reply), numbers[_i]));
	ck_assert_str_eq(raw_batch(&client, 0, "PRINT 'x'"), "print:x done:00");
}
END_TEST

START_TEST(a_newer_client_is_told_the_servers_version)
{
	harness_server()->newest = TDS_7_2;
	client.version = TDS_7_2;
	ck_assert(raw_connect(&client, TDS_7_4, "app", "secret", ""));
	ck_assert(strstr(buffer_str(&client.reply), "login:72090002"));
}
END_TEST

START_TEST(a_wrong_password_is_18456)
{
	ck_assert(!raw_connect(&client, TDS_7_4, "app", "wrong", ""));
	ck_assert_str_eq(buffer_str(&client.reply), "error:18456/14 done:02");
	ck_assert(strstr(harness_audit(), "login-failed number=18456 user=app db=sales\n"));
	ck_assert_str_eq(raw_receive(&client), "");
	ck_assert(client.is_ended);
}
END_TEST

START_TEST(an_unknown_database_is_4060)
{
	ck_assert(!raw_connect(&client, TDS_7_4, "app", "secret", "nowhere"));
	ck_assert_str_eq(buffer_str(&client.reply), "error:4060/11 error:18456/14 done:02");
}
END_TEST

START_TEST(logins_are_refused_as_often_as_told)
{
	ck_assert_str_eq(harness_ask("refuse 40613 1"), "ok");
	ck_assert(!raw_connect(&client, TDS_7_4, "app", "secret", ""));
	ck_assert_str_eq(buffer_str(&client.reply), "error:40613/17 done:02");
	raw_close(&client);
	ck_assert(raw_connect(&client, TDS_7_4, "app", "secret", ""));
}
END_TEST

START_TEST(logins_are_refused_until_told_otherwise)
{
	harness_ask("refuse 17809");
	for (int i = 0; i < 3; i++) {
		ck_assert(!raw_connect(&client, TDS_7_4, "app", "secret", ""));
		ck_assert_str_eq(buffer_str(&client.reply), "error:17809/20 done:02");
		raw_close(&client);
	}
	harness_ask("accept");
	ck_assert(raw_connect(&client, TDS_7_4, "app", "secret", ""));
	ck_assert(strstr(harness_ask("counts"), "logins=1 refused=3 "));
}
END_TEST

START_TEST(nonsense_ends_the_connection)
{
	log_in(TDS_7_4);
	raw_send_bytes(&client, "\x01\x01\x00\x03nonsense", 12);
	ck_assert_str_eq(raw_receive(&client), "");
	ck_assert(client.is_ended);
}
END_TEST

START_TEST(a_message_may_come_in_several_packets)
{
	static const char first[] =
		"\x16\0\0\0\x12\0\0\0\x02\0\0\0\0\0\0\0\0\0\x01\0\0\0P\0R\0I\0N\0";

	log_in(TDS_7_4);
	raw_send(&client, PACKET_BATCH, 0, first, sizeof(first) - 1);
	raw_send(&client, PACKET_BATCH, STATUS_END, "T\0 \0001\0", 6);
	ck_assert_str_eq(raw_receive(&client), "print:1 done:00");
}
END_TEST

START_TEST(a_message_to_be_ignored_is)
{
	log_in(TDS_7_4);
	raw_send_batch(&client, STATUS_IGNORE, "PRINT 'ignored'");
	ck_assert_str_eq(raw_batch(&client, 0, "PRINT 'heard'"), "print:heard done:00");
}
END_TEST

/* --- the reset bits --------------------------------------------------------------------------- */

START_TEST(a_reset_undoes_the_session)
{
	static const char look[] =
		"PRINT @@TRANCOUNT PRINT @@LOCK_TIMEOUT PRINT @@DATEFIRST PRINT DB_NAME() "
		"PRINT isnull(object_id('tempdb..#t'), 'gone') PRINT isnull(SESSION_CONTEXT(N'k'), "
		"'gone') "
		"PRINT isnull(CONTEXT_INFO(), 'gone') PRINT CURSOR_STATUS('global', 'c') "
		"PRINT APPLOCK_MODE('public', 'r', 'Session') PRINT @@OPTIONS & 512";

	log_in(TDS_7_4);
	raw_batch(&client, 0,
		"CREATE TABLE #t (a int) SET LOCK_TIMEOUT 5 SET DATEFIRST 3 SET NOCOUNT ON USE hr "
		"SET CONTEXT_INFO 0x01 EXEC sp_set_session_context N'k', N'v' BEGIN TRAN "
		"DECLARE c CURSOR GLOBAL FOR SELECT 1 EXEC sp_getapplock 'r', 'Exclusive', "
		"'Session'");
	ck_assert_str_eq(raw_batch(&client, STATUS_RESET, look),
		"env18 print:0 print:-1 print:7 print:sales print:gone print:gone print:gone "
		"print:-3 "
		"print:NoLock print:0 done:00");
	ck_assert(strstr(
		harness_audit(), "reset spid=51 skiptran=0\nbatch spid=51 status=09 text=PRINT"));
}
END_TEST

START_TEST(a_reset_comes_with_each_kind_of_request)
{
	log_in(TDS_7_4);
	ck_assert_str_eq(
		raw_call(&client, STATUS_RESET, "sp_unsetapprole"), "env18 status:0 doneproc:00");
	ck_assert_str_eq(
		raw_transaction(&client, STATUS_RESET, TM_BEGIN, "\0\0", 2), "env18 env8 done:00");
	ck_assert(strstr(harness_ask("counts"), "resets=2 "));
}
END_TEST

START_TEST(a_reset_rolls_the_data_back)
{
	struct raw other;

	log_in(TDS_7_4);
	raw_batch(&client, 0, "CREATE TABLE t (a int)");
	raw_batch(&client, 0, "BEGIN TRAN INSERT t VALUES (1)");
	ck_assert_str_eq(
		raw_batch(&client, STATUS_RESET, "IF EXISTS (SELECT 1 FROM t) PRINT 'there'"),
		"env18 done:00");
	ck_assert(raw_connect(&other, TDS_7_4, "app", "secret", ""));
	ck_assert_str_eq(raw_batch(&other, 0, "SET LOCK_TIMEOUT 0 INSERT t VALUES (2)"), "done:10");
	raw_close(&other);
}
END_TEST

START_TEST(skiptran_keeps_the_transaction)
{
	log_in(TDS_7_4);
	raw_batch(&client, 0, "CREATE TABLE t (a int)");
	raw_batch(&client, 0, "SET LOCK_TIMEOUT 5 BEGIN TRAN INSERT t VALUES (1)");
	ck_assert_str_eq(raw_batch(&client, STATUS_RESET_SKIPTRAN,
				 "PRINT @@TRANCOUNT PRINT @@LOCK_TIMEOUT COMMIT"),
		"env18 print:1 print:-1 env9 done:00");
	ck_assert_str_eq(raw_batch(&client, 0, "IF EXISTS (SELECT 1 FROM t) PRINT 'there'"),
		"print:there done:00");
}
END_TEST

START_TEST(skiptran_is_unknown_before_7_3)
{
	log_in(TDS_7_2);
	raw_batch(&client, 0, "SET LOCK_TIMEOUT 5");
	ck_assert_str_eq(raw_batch(&client, STATUS_RESET_SKIPTRAN, "PRINT @@LOCK_TIMEOUT"),
		"print:5 done:00");
}
END_TEST

START_TEST(a_reset_bit_behind_the_first_packet_is_ignored)
{
	static const char first[] =
		"\x16\0\0\0\x12\0\0\0\x02\0\0\0\0\0\0\0\0\0\x01\0\0\0P\0R\0I\0N\0";

	log_in(TDS_7_4);
	raw_send(&client, PACKET_BATCH, 0, first, sizeof(first) - 1);
	raw_send(&client, PACKET_BATCH, STATUS_END | STATUS_RESET, "T\0 \0001\0", 6);
	ck_assert_str_eq(raw_receive(&client), "print:1 done:00");
}
END_TEST

START_TEST(the_isolation_level_survives_a_reset)
{
	static const char look[] =
		"IF EXISTS (SELECT 1 FROM sys.dm_exec_sessions WHERE session_id = @@SPID "
		"AND transaction_isolation_level = 4) PRINT 'serializable'";

	harness_server()->isolation_survives = _i;
	log_in(TDS_7_4);
	raw_batch(&client, 0, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
	ck_assert_str_eq(raw_batch(&client, STATUS_RESET, look),
		_i ? "env18 print:serializable done:00" : "env18 done:00");
}
END_TEST

START_TEST(prepared_handles_are_gone_after_a_reset)
{
	log_in(TDS_7_4);
	raw_batch(&client, 0, "DECLARE @h int EXEC sp_prepare @h OUTPUT, N'', N'PRINT 1'");
	ck_assert_str_eq(
		raw_batch(&client, 0, "EXEC sp_execute 1"), "print:1 status:0 doneproc:00");
	ck_assert_str_eq(raw_batch(&client, STATUS_RESET, "EXEC sp_execute 1"),
		"env18 error:8179/16 done:02");
}
END_TEST

START_TEST(a_stale_transaction_descriptor_is_3971)
{
	uint64_t stale;

	log_in(TDS_7_4);
	raw_batch(&client, 0, "BEGIN TRAN");
	stale = client.descriptor;
	raw_batch(&client, STATUS_RESET, "PRINT 1");
	client.descriptor = stale;
	ck_assert_str_eq(raw_batch(&client, 0, "PRINT 1"), "error:3971/16 done:02");
}
END_TEST

START_TEST(a_changed_principal_cannot_be_reset)
{
	static const char *const changes[] = {
		"EXEC sp_setapprole 'role', 'password'", "EXECUTE AS USER = 'bob'"};

	log_in(TDS_7_4);
	raw_batch(&client, 0, changes[_i]);
	ck_assert_str_eq(raw_batch(&client, STATUS_RESET, "PRINT 1"), "error:18059/20 done:02");
	ck_assert_str_eq(raw_receive(&client), "");
	ck_assert(client.is_ended);
	ck_assert(strstr(harness_audit(), "reset-failed spid=51 number=18059\n"));
}
END_TEST

START_TEST(a_reset_fails_when_told)
{
	log_in(TDS_7_4);
	harness_ask("fail-reset 4711");
	ck_assert_str_eq(raw_batch(&client, STATUS_RESET, "PRINT 1"), "error:4711/20 done:02");
	ck_assert_str_eq(raw_receive(&client), "");
}
END_TEST

START_TEST(sp_reset_connection_cannot_be_called)
{
	log_in(TDS_7_4);
	ck_assert_str_eq(raw_batch(&client, 0, "EXEC sp_reset_connection"), "error:208/16 done:02");
	ck_assert_str_eq(raw_call(&client, 0, "sp_reset_connection"), "error:208/16 doneproc:02");
}
END_TEST

/* --- transactions ----------------------------------------------------------------------------- */

START_TEST(requests_begin_and_end_transactions)
{
	log_in(TDS_7_4);
	ck_assert_str_eq(raw_transaction(&client, 0, TM_BEGIN, "\4\0", 2), "env8 done:00");
	ck_assert_str_eq(raw_batch(&client, 0, "PRINT @@TRANCOUNT"), "print:1 done:00");
	ck_assert_str_eq(
		raw_transaction(&client, 0, TM_COMMIT, "\0\1\0\0", 4), "env9 env8 done:00");
	ck_assert_str_eq(raw_transaction(&client, 0, TM_ROLLBACK, "\0\0", 2), "env10 done:00");
	ck_assert_str_eq(
		raw_transaction(&client, 0, TM_ROLLBACK, "\0\0", 2), "error:3903/16 done:02");
	ck_assert(strstr(
		harness_audit(), "transaction spid=51 status=01 request=begin isolation=4\n"));
}
END_TEST

START_TEST(nested_transactions_count)
{
	log_in(TDS_7_4);
	ck_assert_str_eq(
		raw_batch(&client, 0,
			"BEGIN TRAN BEGIN TRAN PRINT @@TRANCOUNT COMMIT PRINT @@TRANCOUNT"),
		"env8 print:2 print:1 done:00");
	ck_assert_str_eq(raw_batch(&client, 0, "WHILE @@TRANCOUNT > 0 ROLLBACK PRINT @@TRANCOUNT"),
		"env10 print:0 done:00");
	ck_assert_str_eq(raw_batch(&client, 0, "COMMIT"), "error:3902/16 done:02");
	ck_assert_str_eq(raw_batch(&client, 0, "IF @@TRANCOUNT > 0 ROLLBACK TRAN"), "done:00");
}
END_TEST

START_TEST(what_cannot_be_read_ends_a_try)
{
	log_in(TDS_7_4);
	ck_assert_str_eq(
		raw_batch(&client, 0, "BEGIN TRY ELSE END TRY BEGIN CATCH PRINT 1 END CATCH"),
		"error:102/15 done:02");
	ck_assert_str_eq(raw_batch(&client, 0,
				 "BEGIN TRY COMMIT END TRY BEGIN CATCH PRINT 'caught' END CATCH"),
		"print:caught done:00");
}
END_TEST

START_TEST(version_7_1_is_not_told_of_transactions)
{
	log_in(TDS_7_1);
	ck_assert_str_eq(raw_batch(&client, 0, "BEGIN TRAN ROLLBACK"), "done:00");
}
END_TEST

/* --- attentions and ends ---------------------------------------------------------------------- */

START_TEST(an_attention_stops_a_wait)
{
	log_in(TDS_7_4);
	raw_batch(&client, 0, "BEGIN TRAN");
	raw_send_batch(&client, 0, "WAITFOR DELAY '01:00:00' PRINT 'not reached'");
	raw_send(&client, PACKET_ATTENTION, STATUS_END, "", 0);
	ck_assert_str_eq(raw_receive(&client), "done:20");
	ck_assert_str_eq(raw_batch(&client, 0, "PRINT @@TRANCOUNT"), "print:1 done:00");
}
END_TEST

START_TEST(an_attention_stops_a_query)
{
	log_in(TDS_7_4);
	raw_send_batch(&client, 0,
		"WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n");
	raw_send(&client, PACKET_ATTENTION, STATUS_END, "", 0);
	ck_assert_str_eq(raw_receive(&client), "done:20");
}
END_TEST

START_TEST(a_late_attention_is_acknowledged_alone)
{
	log_in(TDS_7_4);
	ck_assert_str_eq(raw_batch(&client, 0, "PRINT 1"), "print:1 done:00");
	raw_send(&client, PACKET_ATTENTION, STATUS_END, "", 0);
	ck_assert_str_eq(raw_receive(&client), "done:20");
	ck_assert(strstr(harness_ask("counts"), "attentions=1 "));
}
END_TEST

START_TEST(a_killed_statement_ends_with_596)
{
	log_in(TDS_7_4);
	raw_send_batch(&client, 0, "WAITFOR DELAY '01:00:00'");
	while (!strstr(harness_audit(), "WAITFOR"))
		continue;
	ck_assert_str_eq(harness_ask("kill 51"), "ok");
	ck_assert_str_eq(raw_receive(&client), "error:596/21 done:02");
	ck_assert_str_eq(raw_receive(&client), "");
	ck_assert(strstr(harness_audit(), "kill spid=51\nlogout spid=51 by=kill\n"));
}
END_TEST

START_TEST(an_idle_session_is_dropped_or_reset)
{
	log_in(TDS_7_4);
	ck_assert_str_eq(harness_ask(_i ? "reset all" : "drop 51"), "ok");
	ck_assert_str_eq(raw_receive(&client), "");
	ck_assert(client.is_ended);
	ck_assert_int_eq(client.is_reset_by_peer, _i);
}
END_TEST

START_TEST(what_ends_is_rolled_back)
{
	struct raw other;

	log_in(TDS_7_4);
	raw_batch(&client, 0, "CREATE TABLE t (a int)");
	ck_assert(raw_connect(&other, TDS_7_4, "app", "secret", ""));
	raw_batch(&other, 0, "BEGIN TRAN INSERT t VALUES (1)");
	ck_assert_str_eq(raw_batch(&client, 0, "SET LOCK_TIMEOUT 0 SELECT * FROM t"),
		"error:1222/16 done:02");
	raw_close(&other);
	ck_assert_str_eq(raw_batch(&client, 0,
				 "SET LOCK_TIMEOUT -1 IF EXISTS (SELECT 1 FROM t) PRINT 'there'"),
		"done:00");
}
END_TEST

START_TEST(a_stalled_server_answers_when_resumed)
{
	struct raw other;

	log_in(TDS_7_4);
	ck_assert_str_eq(harness_ask("stall statements"), "ok");
	raw_send_batch(&client, 0, "PRINT 1");
	ck_assert(raw_connect(&other, TDS_7_4, "app", "secret", ""));
	raw_close(&other);
	ck_assert(!strstr(harness_audit(), "batch"));
	ck_assert_str_eq(harness_ask("resume"), "ok");
	ck_assert_str_eq(raw_receive(&client), "print:1 done:00");
}
END_TEST

START_TEST(a_statement_fails_when_told)
{
	log_in(TDS_7_4);
	harness_ask("fail 1105");
	ck_assert_str_eq(raw_batch(&client, 0, "PRINT 1"), "error:1105/16 done:02");
	ck_assert_str_eq(raw_batch(&client, 0, "PRINT 1"), "print:1 done:00");
}
END_TEST

START_TEST(commands_that_make_no_sense_are_errors)
{
	ck_assert(strncmp(harness_ask("nonsense"), "error ", 6) == 0);
	ck_assert(strncmp(harness_ask("kill 99"), "error ", 6) == 0);
	ck_assert(strncmp(harness_ask(""), "error ", 6) == 0);
	log_in(TDS_7_4);
	ck_assert_str_eq(harness_ask("sessions"),
		"ok 1: spid=51 user=app db=sales trancount=0 app=raw_client");
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("tdsd by hand");
	TCase *c = tcase_create("all");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, a_login_is_answered_as_sql_server_does);
	tcase_add_loop_test(c, each_version_is_acknowledged_by_its_own_number, 0, 4);
	tcase_add_test(c, a_newer_client_is_told_the_servers_version);
	tcase_add_test(c, a_wrong_password_is_18456);
	tcase_add_test(c, an_unknown_database_is_4060);
	tcase_add_test(c, logins_are_refused_as_often_as_told);
	tcase_add_test(c, logins_are_refused_until_told_otherwise);
	tcase_add_test(c, nonsense_ends_the_connection);
	tcase_add_test(c, a_message_may_come_in_several_packets);
	tcase_add_test(c, a_message_to_be_ignored_is);
	tcase_add_test(c, a_reset_undoes_the_session);
	tcase_add_test(c, a_reset_comes_with_each_kind_of_request);
	tcase_add_test(c, a_reset_rolls_the_data_back);
	tcase_add_test(c, skiptran_keeps_the_transaction);
	tcase_add_test(c, skiptran_is_unknown_before_7_3);
	tcase_add_test(c, a_reset_bit_behind_the_first_packet_is_ignored);
	tcase_add_loop_test(c, the_isolation_level_survives_a_reset, 0, 2);
	tcase_add_test(c, prepared_handles_are_gone_after_a_reset);
	tcase_add_test(c, a_stale_transaction_descriptor_is_3971);
	tcase_add_loop_test(c, a_changed_principal_cannot_be_reset, 0, 2);
	tcase_add_test(c, a_reset_fails_when_told);
	tcase_add_test(c, sp_reset_connection_cannot_be_called);
	tcase_add_test(c, requests_begin_and_end_transactions);
	tcase_add_test(c, nested_transactions_count);
	tcase_add_test(c, what_cannot_be_read_ends_a_try);
	tcase_add_test(c, version_7_1_is_not_told_of_transactions);
	tcase_add_test(c, an_attention_stops_a_wait);
	tcase_add_test(c, an_attention_stops_a_query);
	tcase_add_test(c, a_late_attention_is_acknowledged_alone);
	tcase_add_test(c, a_killed_statement_ends_with_596);
	tcase_add_loop_test(c, an_idle_session_is_dropped_or_reset, 0, 2);
	tcase_add_test(c, what_ends_is_rolled_back);
	tcase_add_test(c, a_stalled_server_answers_when_resumed);
	tcase_add_test(c, a_statement_fails_when_told);
	tcase_add_test(c, commands_that_make_no_sense_are_errors);
	suite_add_tcase(s, c);
	return s;
}
