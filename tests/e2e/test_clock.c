/* SPDX-License-Identifier: MIT */
/*
 * End to end: the wall clock jumps, as when it is set, and nothing that is measured in time
 * notices. This program's clock_gettime() stands in for libc's, in the libraries as well.
 */
#include "client.h"

#include "base/compiler.h"
#include "support/run.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static _Atomic long jump_s;
static _Atomic unsigned wall_reads;

exported int clock_gettime(clockid_t clock, struct timespec *ret);
int clock_gettime(clockid_t clock, struct timespec *ret)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, ret);

	if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) {
		ret->tv_sec += atomic_load(&jump_s);
		atomic_fetch_add(&wall_reads, 1);
	}
	return rc;
}

static const long jumps[] = {86400L * 365, -86400L * 365};

START_TEST(an_idle_connection_does_not_age_when_the_wall_clock_jumps)
{
	static const char more[] = "ConnectionIdleTimeout=60;ConnectionLifetime=60;";
	struct client c = client_new(SQL_OV_ODBC3);
	struct timespec longer_than_a_sweep = {1, 200 * 1000000L};
	long session = session_of(&c, "postgresql", more);

	atomic_store(&jump_s, jumps[_i]);
	nanosleep(&longer_than_a_sweep, NULL);
	ck_assert_int_eq(session_of(&c, "postgresql", more), session);
	/* It is not that nobody could have noticed. */
	ck_assert_uint_gt(atomic_load(&wall_reads), 0);
	client_done(&c);
}
END_TEST

static atomic_bool is_over;

static void *shake_the_clock(void *arg)
{
	struct timespec often = {0, 10 * 1000000L};

	for (int i = 0; !atomic_load(&is_over); i++) {
		atomic_store(&jump_s, jumps[i % 2]);
		nanosleep(&often, NULL);
	}
	return arg;
}

START_TEST(a_wait_ends_at_its_deadline_while_the_wall_clock_jumps)
{
	static const char more[] = "MaxPoolSize=1;";
	const char *source = server_source(_i);
	struct client holder = client_new(SQL_OV_ODBC3), c = client_new(SQL_OV_ODBC3);
	pthread_t thread;

	client_connect(&holder, source, more);
	client_set(&c, SQL_ATTR_LOGIN_TIMEOUT, 1);
	ck_assert_int_eq(pthread_create(&thread, NULL, shake_the_clock, NULL), 0);
	long since = now_ms();
	client_assert_refused(
		&c, client_try(&c, source, more), "HYT00", "all pooled connections were in use");
	ck_assert_int_ge(now_ms() - since, 900);
	ck_assert_int_lt(now_ms() - since, 3000);
	atomic_store(&is_over, true);
	pthread_join(thread, NULL);
	client_disconnect(&holder);
	client_done(&holder);
	client_done(&c);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("e2e/clock");
	TCase *t = tcase_create("clock");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, an_idle_connection_does_not_age_when_the_wall_clock_jumps, 0, 2);
	tcase_add_loop_test(
		t, a_wait_ends_at_its_deadline_while_the_wall_clock_jumps, 0, SERVER_SOURCES);
	suite_add_tcase(s, t);
	return s;
}
