/* SPDX-License-Identifier: MIT */
/* End to end: who gets whose connection. */
#include "client.h"

#include "support/run.h"

#include <stdlib.h>
#include <string.h>

START_TEST(a_returned_connection_is_handed_out_again)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);
	long first = session_of(&c, source, "");

	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(session_of(&c, source, ""), first);
	client_done(&c);
}
END_TEST

START_TEST(connections_in_use_at_the_same_time_are_different_sessions)
{
	const char *source = server_source(_i);
	struct client a = client_new(SQL_OV_ODBC3), b = client_new(SQL_OV_ODBC3);

	client_connect(&a, source, "");
	client_connect(&b, source, "");
	ck_assert_int_ne(client_session(&a, source), client_session(&b, source));
	client_disconnect(&a);
	client_disconnect(&b);
	client_done(&a);
	client_done(&b);
}
END_TEST

START_TEST(the_pool_outlives_the_environment)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);
	long first = session_of(&c, source, "");

	client_done(&c);
	c = client_new(SQL_OV_ODBC3);
	ck_assert_int_eq(session_of(&c, source, ""), first);
	client_done(&c);
}
END_TEST

START_TEST(sqlconnect_and_sqldriverconnect_reuse_what_they_opened)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);
	long sessions[2];

	for (int i = 0; i < 2; i++) {
		ck_assert(SQL_SUCCEEDED(SQLConnect(
			c.dbc, (SQLCHAR *)source, SQL_NTS, NULL, SQL_NTS, NULL, SQL_NTS)));
		sessions[i] = client_session(&c, source);
		client_disconnect(&c);
	}
	ck_assert_int_eq(sessions[0], sessions[1]);
	client_done(&c);
}
END_TEST

START_TEST(a_letters_difference_in_the_string_is_another_pool)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);
	long plain = session_of(&c, source, "");

	ck_assert_int_ne(session_of(&c, source, "Description=other;"), plain);
	ck_assert_int_eq(session_of(&c, source, ""), plain);
	client_done(&c);
}
END_TEST

START_TEST(another_user_gets_another_session)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);
	static const char word[] = "UID=pooltest2;";
	char user[64];
	long mine = session_of(&c, source, "");

	ck_assert_int_ne(session_of(&c, source, word), mine);
	client_connect(&c, source, word);
	client_text(&c, "select current_user", user, sizeof(user));
	ck_assert_msg(!strncmp(user, "pooltest2", strlen("pooltest2")), "%s", user);
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

START_TEST(another_data_source_of_the_same_server_is_another_pool)
{
	struct client c = client_new(SQL_OV_ODBC3);
	long unicode = session_of(&c, "postgresql", "");

	ck_assert_int_ne(session_of(&c, "postgresql-ansi", ""), unicode);
	client_done(&c);
}
END_TEST

START_TEST(attributes_set_before_connecting_are_part_of_the_key)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3), d = client_new(SQL_OV_ODBC3);
	long plain = session_of(&c, source, "");

	client_set(&d, SQL_ATTR_PACKET_SIZE, 8192);
	ck_assert_int_ne(session_of(&d, source, ""), plain);
	client_done(&c);
	client_done(&d);
}
END_TEST

START_TEST(attributes_applied_at_each_borrow_are_no_part_of_the_key)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3), d = client_new(SQL_OV_ODBC3);
	long plain = session_of(&c, source, "");

	client_set(&d, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	client_connect(&d, source, "");
	ck_assert_int_eq(client_session(&d, source), plain);
	ck_assert_int_eq(client_get(&d, SQL_ATTR_AUTOCOMMIT), SQL_AUTOCOMMIT_OFF);
	client_disconnect(&d);
	client_connect(&c, source, "");
	ck_assert_int_eq(client_session(&c, source), plain);
	ck_assert_int_eq(client_get(&c, SQL_ATTR_AUTOCOMMIT), SQL_AUTOCOMMIT_ON);
	client_disconnect(&c);
	client_done(&c);
	client_done(&d);
}
END_TEST

START_TEST(a_wide_connect_is_not_served_with_an_ansi_one)
{
	struct client c = client_new(SQL_OV_ODBC3);
	long ansi = session_of(&c, "postgresql", "");

	ck_assert(SQL_SUCCEEDED(client_try_wide(&c, "DSN=postgresql;")));
	ck_assert_int_ne(client_session(&c, "postgresql"), ansi);
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

START_TEST(another_odbc_version_is_another_pool)
{
	const char *source = server_source(_i);
	struct client three = client_new(SQL_OV_ODBC3), two = client_new(SQL_OV_ODBC2);
	long session = session_of(&three, source, "");

	ck_assert_int_ne(session_of(&two, source, ""), session);
	ck_assert_int_eq(session_of(&three, source, ""), session);
	client_done(&three);
	client_done(&two);
}
END_TEST

START_TEST(pooling_no_opens_and_closes_each_time)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);

	ck_assert_int_ne(
		session_of(&c, source, "Pooling=No;"), session_of(&c, source, "Pooling=No;"));
	client_done(&c);
}
END_TEST

START_TEST(the_environment_can_switch_pooling_off)
{
	const char *source = server_source(_i);

	setenv("ODBCPOOL_DISABLE", "1", 1);
	struct client c = client_new(SQL_OV_ODBC3);
	ck_assert_int_ne(session_of(&c, source, ""), session_of(&c, source, ""));
	client_done(&c);
}
END_TEST

START_TEST(the_answers_of_a_reused_connection_are_those_of_a_fresh_one)
{
	static const SQLUSMALLINT types[] = {SQL_DATA_SOURCE_NAME, SQL_DATABASE_NAME, SQL_USER_NAME,
		SQL_SERVER_NAME, SQL_DBMS_NAME, SQL_DBMS_VER, SQL_DRIVER_NAME, SQL_DRIVER_VER};
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);
	char answers[2][8][128] = {{{0}}}, completed[2][2000];
	char string[64] = "DSN=";
	SQLSMALLINT length[2];

	strcat(string, source);
	for (int round = 0; round < 2; round++) {
		ck_assert(SQL_SUCCEEDED(SQLDriverConnect(c.dbc, NULL, (SQLCHAR *)string, SQL_NTS,
			(SQLCHAR *)completed[round], sizeof(completed[round]), &length[round],
			SQL_DRIVER_NOPROMPT)));
		for (size_t i = 0; i < 8; i++)
			ck_assert(SQL_SUCCEEDED(SQLGetInfo(c.dbc, types[i], answers[round][i],
				sizeof(answers[round][i]), NULL)));
		client_disconnect(&c);
	}
	ck_assert_int_eq(length[0], length[1]);
	ck_assert_str_eq(completed[0], completed[1]);
	for (size_t i = 0; i < 8; i++)
		ck_assert_str_eq(answers[0][i], answers[1][i]);
	client_done(&c);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("e2e/sharing");
	TCase *t = tcase_create("sharing");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_returned_connection_is_handed_out_again, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, connections_in_use_at_the_same_time_are_different_sessions, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, the_pool_outlives_the_environment, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, sqlconnect_and_sqldriverconnect_reuse_what_they_opened, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, a_letters_difference_in_the_string_is_another_pool, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, another_user_gets_another_session, 0, SERVER_SOURCES);
	tcase_add_test(t, another_data_source_of_the_same_server_is_another_pool);
	tcase_add_loop_test(
		t, attributes_set_before_connecting_are_part_of_the_key, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, attributes_applied_at_each_borrow_are_no_part_of_the_key, 0, SERVER_SOURCES);
	tcase_add_test(t, a_wide_connect_is_not_served_with_an_ansi_one);
	tcase_add_loop_test(t, another_odbc_version_is_another_pool, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, pooling_no_opens_and_closes_each_time, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, the_environment_can_switch_pooling_off, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, the_answers_of_a_reused_connection_are_those_of_a_fresh_one, 0, SERVER_SOURCES);
	suite_add_tcase(s, t);
	return s;
}
