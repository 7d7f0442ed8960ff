/* SPDX-License-Identifier: MIT */
/* End to end: how many connections a pool has, who waits for one, and how long idle ones live. */
#include "client.h"

#include "support/run.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* A second thread of the application: without one, nobody could return a connection. */
struct bystander {
	pthread_t thread;
	pthread_mutex_t until;
};

static void *bystand(void *arg)
{
	struct bystander *b = arg;

	pthread_mutex_lock(&b->until);
	pthread_mutex_unlock(&b->until);
	return NULL;
}

static void bystander_start(struct bystander *b)
{
	pthread_mutex_init(&b->until, NULL);
	pthread_mutex_lock(&b->until);
	ck_assert_int_eq(pthread_create(&b->thread, NULL, bystand, b), 0);
}

static void bystander_end(struct bystander *b)
{
	pthread_mutex_unlock(&b->until);
	pthread_join(b->thread, NULL);
	pthread_mutex_destroy(&b->until);
}

START_TEST(a_full_pool_makes_a_connect_wait_and_then_tells_what_to_raise)
{
	static const char settings[] = "MaxPoolSize=1;PoolConnectTimeout=1;PoolName=small;";
	const char *source = server_source(_i);
	struct client a = client_new(SQL_OV_ODBC3), b = client_new(SQL_OV_ODBC3);
	struct bystander bystander;

	bystander_start(&bystander);
	client_connect(&a, source, settings);
	long since = now_ms();
	SQLRETURN rc = client_try(&b, source, settings);
	client_assert_refused(&b, rc, "HYT00",
		"Timeout expired. The timeout period elapsed prior to obtaining a connection from "
		"the pool; all pooled connections were in use and the maximum pool size was "
		"reached.");
	client_assert_refused(&b, rc, "HYT00", "MaxPoolSize (now 1)");
	client_assert_refused(&b, rc, "HYT00", "small");
	/* It waited: that it did so for the whole time is the unit tests' business. */
	ck_assert_int_ge(now_ms() - since, 900);
	client_disconnect(&a);
	client_connect(&b, source, settings);
	client_disconnect(&b);
	bystander_end(&bystander);
	client_done(&a);
	client_done(&b);
}
END_TEST

#ifndef __SANITIZE_THREAD__
START_TEST(the_only_thread_is_told_at_once_that_it_holds_them_all)
{
	static const char settings[] = "MaxPoolSize=1;PoolConnectTimeout=0;";
	const char *source = server_source(_i);
	struct client a = client_new(SQL_OV_ODBC3), b = client_new(SQL_OV_ODBC3);

	client_connect(&a, source, settings);
	client_assert_refused(
		&b, client_try(&b, source, settings), "HYT00", "the only one of the application");
	client_disconnect(&a);
	client_done(&a);
	client_done(&b);
}
END_TEST
#endif

START_TEST(the_login_timeout_attribute_wins_over_poolconnecttimeout)
{
	static const char settings[] = "MaxPoolSize=1;PoolConnectTimeout=60;";
	const char *source = server_source(_i);
	struct client a = client_new(SQL_OV_ODBC3), b = client_new(SQL_OV_ODBC3);
	struct bystander bystander;

	bystander_start(&bystander);
	client_connect(&a, source, settings);
	client_set(&b, SQL_ATTR_LOGIN_TIMEOUT, 1);
	client_assert_refused(&b, client_try(&b, source, settings), "HYT00", "Timeout expired");
	client_disconnect(&a);
	bystander_end(&bystander);
	client_done(&a);
	client_done(&b);
}
END_TEST

struct waiter {
	pthread_t thread;
	const char *source;
	long session;
};

static const char one_connection[] = "MaxPoolSize=1;PoolConnectTimeout=30;";

static void *wait_for_one(void *arg)
{
	struct waiter *w = arg;
	struct client c = client_new(SQL_OV_ODBC3);

	w->session = session_of(&c, w->source, one_connection);
	client_done(&c);
	return NULL;
}

START_TEST(a_returned_connection_serves_those_who_wait)
{
	const char *source = server_source(_i);
	struct waiter waiters[4];
	struct client c = client_new(SQL_OV_ODBC3);

	client_connect(&c, source, one_connection);
	long session = client_session(&c, source);
	for (int i = 0; i < 4; i++) {
		waiters[i].source = source;
		ck_assert_int_eq(
			pthread_create(&waiters[i].thread, NULL, wait_for_one, &waiters[i]), 0);
	}
	client_disconnect(&c);
	for (int i = 0; i < 4; i++) {
		pthread_join(waiters[i].thread, NULL);
		ck_assert_int_eq(waiters[i].session, session);
	}
	client_done(&c);
}
END_TEST

START_TEST(a_failed_login_takes_no_place_in_the_pool)
{
	static const char right[] = "MaxPoolSize=1;PoolConnectTimeout=5;";
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(client_try(&c, source,
					 "MaxPoolSize=1;PoolConnectTimeout=5;PWD=no;"
					 "PoolBlockingPeriod=NeverBlock;"),
			SQL_ERROR);
	/* The driver's own words, not ours. */
	ck_assert_ptr_null(strstr(client_record(&c, 1).message, "[odbcpool]"));
	ck_assert_str_ne(client_record(&c, 1).message, "");
	client_connect(&c, source, right);
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

START_TEST(idle_connections_are_closed_with_no_further_call)
{
	const char *source = server_source(_i);
	struct client a = client_new(SQL_OV_ODBC3), b = client_new(SQL_OV_ODBC3);
	static const char settings[] = "UID=pooltest2;ConnectionIdleTimeout=1;";

	client_connect(&a, source, settings);
	client_connect(&b, source, settings);
	ck_assert_int_eq(server_sessions(source, "pooltest2"), 2);
	client_disconnect(&a);
	client_disconnect(&b);
	ck_assert(server_comes_down_to(source, "pooltest2", 0));
	client_done(&a);
	client_done(&b);
}
END_TEST

START_TEST(a_connection_past_its_lifetime_is_not_handed_out_again)
{
	static const char settings[] = "ConnectionLifetime=1;";
	const char *source = server_source(_i);
	struct client c = client_new(SQL_OV_ODBC3);
	struct timespec past = {1, 500 * 1000000L};

	client_connect(&c, source, settings);
	long session = client_session(&c, source);
	/* In use meanwhile: it is the return that must notice. */
	nanosleep(&past, NULL);
	client_disconnect(&c);
	ck_assert_int_ne(session_of(&c, source, settings), session);
	client_done(&c);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("e2e/limits");
	TCase *t = tcase_create("limits");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_full_pool_makes_a_connect_wait_and_then_tells_what_to_raise, 0,
		SERVER_SOURCES);
#ifndef __SANITIZE_THREAD__ /* which has a thread of its own */
	tcase_add_loop_test(
		t, the_only_thread_is_told_at_once_that_it_holds_them_all, 0, SERVER_SOURCES);
#endif
	tcase_add_loop_test(
		t, the_login_timeout_attribute_wins_over_poolconnecttimeout, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, a_returned_connection_serves_those_who_wait, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, a_failed_login_takes_no_place_in_the_pool, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, idle_connections_are_closed_with_no_further_call, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, a_connection_past_its_lifetime_is_not_handed_out_again, 0, SERVER_SOURCES);
	suite_add_tcase(s, t);
	return s;
}
