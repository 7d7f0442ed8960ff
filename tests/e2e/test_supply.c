/* SPDX-License-Identifier: MIT */
/* End to end: the minimum, the blocking period, clearing, and other spellings of one string. */
#include "client.h"

#include "odbcpool.h"
#include "support/run.h"

#include <string.h>
#include <time.h>

/* For what a background thread does; a server that is asked more often would only be slower. */
static void a_moment(void)
{
	struct timespec t = {0, 100 * 1000 * 1000};

	nanosleep(&t, NULL);
}

/* So many sessions of this user within some seconds? */
static bool server_comes_up_to(const char *source, const char *user, long count)
{
	for (int i = 0; i < 100; i++) {
		if (server_sessions(source, user) >= count)
			return true;
		a_moment();
	}
	return false;
}

START_TEST(a_minimum_is_opened_in_the_background_and_kept)
{
	static const char settings[] = "UID=pooltest2;MinPoolSize=3;";
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);

	session_of(&c, source, settings);
	ck_assert(server_comes_up_to(source, "pooltest2", 3));
	/* And no more than that. */
	a_moment();
	ck_assert_int_eq(server_sessions(source, "pooltest2"), 3);
	client_done(&c);
}
END_TEST

START_TEST(a_refused_login_is_remembered_with_its_records)
{
	static const char settings[] = "PWD=wrong;PoolName=locked;";
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);

	ck_assert_int_eq(client_try(&c, source, settings), SQL_ERROR);
	struct record first = client_record(&c, 1);
	ck_assert_int_eq(client_try(&c, source, settings), SQL_ERROR);
	struct record again = client_record(&c, 1);
	ck_assert_str_eq(again.state, first.state);
	ck_assert_str_eq(again.message, first.message);
	bool is_told = false;
	for (int i = 2; client_record(&c, i).state[0]; i++)
		is_told |= strstr(client_record(&c, i).message,
				   "No login was tried for pool locked") != NULL;
	ck_assert(is_told);
	/* Another pool is not concerned. */
	session_of(&c, source, "");
	client_done(&c);
}
END_TEST

START_TEST(with_neverblock_each_login_is_tried)
{
	static const char settings[] = "PWD=wrong;PoolBlockingPeriod=NeverBlock;";
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(client_try(&c, source, settings), SQL_ERROR);
		for (int r = 1; client_record(&c, r).state[0]; r++)
			ck_assert_ptr_null(
				strstr(client_record(&c, r).message, "No login was tried"));
	}
	client_done(&c);
}
END_TEST

START_TEST(clearing_gives_up_the_idle_ones_now_and_the_others_when_they_come_back)
{
	static const char settings[] = "UID=pooltest2;";
	const char *source = server_source(_i);
	struct client a = client_new(SQL_OV_ODBC3), b = client_new(SQL_OV_ODBC3);

	client_connect(&a, source, settings);
	long in_use = client_session(&a, source);
	session_of(&b, source, settings);
	ck_assert(server_comes_up_to(source, "pooltest2", 2));
	client_set(&a, ODBCPOOL_ATTR_CLEAR, ODBCPOOL_CLEAR_CURRENT);
	ck_assert(server_comes_down_to(source, "pooltest2", 1));
	ck_assert_int_eq(client_session(&a, source), in_use);
	client_disconnect(&a);
	ck_assert(server_comes_down_to(source, "pooltest2", 0));
	client_done(&a);
	client_done(&b);
}
END_TEST

START_TEST(canonical_keys_share_across_order_and_case)
{
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);
	long session = session_of(&c, source, "PoolKeyMatch=Canonical;Description=x;");

	ck_assert_int_eq(session_of(&c, source, "DESCRIPTION=x;PoolKeyMatch=Canonical;"), session);
	ck_assert_int_ne(session_of(&c, source, "DESCRIPTION=y;PoolKeyMatch=Canonical;"), session);
	ck_assert_int_ne(session_of(&c, source, "Description=x;"), session);
	ck_assert_int_ne(
		session_of(&c, source, "DESCRIPTION=x;"), session_of(&c, source, "Description=x;"));
	client_done(&c);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("e2e/supply");
	TCase *t = tcase_create("supply");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_minimum_is_opened_in_the_background_and_kept, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, a_refused_login_is_remembered_with_its_records, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, with_neverblock_each_login_is_tried, 0, SERVER_SOURCES);
	tcase_add_loop_test(t,
		clearing_gives_up_the_idle_ones_now_and_the_others_when_they_come_back, 0,
		SERVER_SOURCES);
	tcase_add_loop_test(t, canonical_keys_share_across_order_and_case, 0, SERVER_SOURCES);
	suite_add_tcase(s, t);
	return s;
}
