/* SPDX-License-Identifier: MIT */
/* The end of the process: WCF's way of closing. */
#include "pool/harness.h"

#include "pool/entry.h"
#include "pool/threads.h"
#include "support/trace_file.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/* `n` idle connections in the pool named so; the ids go on counting. */
static void make_idle(const char *pool, int n)
{
	struct borrow b[16];

	ck_assert_int_le(n, 16);
	for (int i = 0; i < n; i++)
		b[i] = take(pool);
	for (int i = 0; i < n; i++)
		give(&b[i]);
}

/* The connection that was returned last refuses to close. */
static void make_stubborn(const char *pool)
{
	struct borrow b = take(pool);

	((struct fake_conn *)b.conn)->refuses_close = true;
	give(&b);
}

START_TEST(all_idle_connections_are_closed_with_a_logout)
{
	make_idle("sales", 3);
	make_idle("stock", 2);
	registry_shutdown(h.registry);
	ck_assert_uint_eq(h.driver.closes, 5);
	ck_assert_uint_eq(h.driver.aborts, 0);
	ck_assert_uint_eq(fake_driver_alive(&h.driver), 0);
}
END_TEST

START_TEST(closing_twice_is_closing_once)
{
	make_idle("sales", 2);
	registry_shutdown(h.registry);
	registry_shutdown(h.registry);
	ck_assert_uint_eq(h.driver.closes, 2);
}
END_TEST

START_TEST(connections_in_use_are_left_alone)
{
	struct borrow b = take("sales");

	make_idle("sales", 1);
	registry_shutdown(h.registry);
	ck_assert_uint_eq(h.driver.closes, 1);
	/* Coming back later makes no driver call either: libraries may be torn down by now. */
	give(&b);
	work();
	ck_assert_uint_eq(h.driver.closes, 1);
}
END_TEST

START_TEST(later_borrows_are_told_that_the_pools_are_closed)
{
	struct borrow none;

	make_idle("sales", 1);
	registry_shutdown(h.registry);
	ck_assert_int_eq(try_borrow("sales", SECOND, &none), POOL_CLOSED);
	ck_assert_str_eq(diag_sqlstate(&h.diag), "08001");
	ck_assert_int_eq(try_borrow("stock", SECOND, &none), POOL_CLOSED);
	ck_assert_uint_eq(h.driver.opens, 1);
}
END_TEST

START_TEST(closing_a_dead_connection_is_no_failure)
{
	struct borrow b = take("sales");

	((struct fake_conn *)b.conn)->refuses_close = true;
	give_as(&b, RETURN_DEAD);
	make_idle("stock", 1);
	registry_shutdown(h.registry);
	ck_assert_uint_eq(h.driver.dead_closes, 1);
	ck_assert_uint_eq(h.driver.closes, 1);
	ck_assert_str_eq(trace_file_text(), "");
}
END_TEST

START_TEST(after_a_failed_close_the_pool_is_aborted_and_later_pools_are_abandoned)
{
	make_idle("first", 2);
	make_idle("second", 4);
	make_stubborn("second");
	make_idle("third", 3);
	registry_shutdown(h.registry);
	/* Two of the first, and the stubborn one, which fails: it is the oldest to be closed or
	 * not. */
	ck_assert_uint_eq(h.driver.closes + h.driver.aborts, 6);
	ck_assert_uint_ge(h.driver.closes, 3);
	ck_assert_uint_eq(fake_driver_alive(&h.driver), 3);
	ck_assert_ptr_nonnull(strstr(trace_file_text(), " error pool-close-failed pool=second "));
	ck_assert_ptr_nonnull(strstr(trace_file_text(), " abandoned=3\n"));
	ck_assert_ptr_null(strstr(trace_file_text(), "pool=third"));
}
END_TEST

START_TEST(when_close_timeout_is_over_the_rest_is_aborted)
{
	h.settings.close_timeout = 10 * SECOND;
	h.driver.close_takes = 4 * SECOND;
	make_idle("sales", 8);
	make_idle("stock", 2);
	registry_shutdown(h.registry);
	ck_assert_uint_eq(h.driver.closes, 3);
	ck_assert_uint_eq(h.driver.aborts, 5);
	ck_assert_ptr_nonnull(strstr(trace_file_text(),
		" error pool-close-failed pool=sales closed=3 aborted=5 abandoned=2\n"));
}
END_TEST

START_TEST(pools_that_close_in_time_leave_no_trace)
{
	make_idle("sales", 3);
	registry_shutdown(h.registry);
	ck_assert_str_eq(trace_file_text(), "");
}
END_TEST

static void *shutdown_main(void *arg)
{
	(void)arg;
	registry_shutdown(h.registry);
	return NULL;
}

START_TEST(the_connections_of_one_pool_are_closed_in_parallel_and_pools_in_turn)
{
	pthread_t thread;

	make_idle("sales", 8);
	make_idle("stock", 2);
	h.driver.is_close_gated = true;
	ck_assert_int_eq(pthread_create(&thread, NULL, shutdown_main, NULL), 0);
	await_at_gate(8);
	ck_assert_uint_eq(h.driver.closes, 0);
	h.driver.is_close_gated = false;
	pthread_join(thread, NULL);
	ck_assert_uint_eq(h.driver.closes, 10);
}
END_TEST

START_TEST(a_close_that_hangs_does_not_hang_the_exit)
{
	h.settings.close_timeout = 0;
	make_idle("sales", 3);
	make_idle("stock", 2);
	h.driver.is_close_gated = true;
	registry_shutdown(h.registry);
	ck_assert_uint_eq(h.driver.closes, 0);
	ck_assert_ptr_nonnull(strstr(trace_file_text(),
		" error pool-close-failed pool=sales closed=0 aborted=3 abandoned=2\n"));
	/* What had begun may end in its own time. */
	h.driver.is_close_gated = false;
	await_at_gate(0);
}
END_TEST

static unsigned background_threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *task;
	unsigned n = 0;

	ck_assert_ptr_nonnull(tasks);
	while ((task = readdir(tasks))) {
		char name[THREAD_NAME_SIZE];
		thread_get_name((pid_t)atoi(task->d_name), name, sizeof(name));
		n += strcmp(name, "odbcpool-house") == 0 || strcmp(name, "odbcpool-work") == 0;
	}
	closedir(tasks);
	return n;
}

START_TEST(the_background_threads_end)
{
	struct borrow b = take("sales");

	give_as(&b, RETURN_CLOSE);
	AWAIT(background_threads() == 2);
	registry_shutdown(h.registry);
	ck_assert_uint_eq(fake_driver_alive(&h.driver), 0);
	AWAIT(background_threads() == 0);
}
END_TEST

START_TEST(a_worker_that_hangs_does_not_hang_the_exit)
{
	struct borrow b = take("sales");

	h.settings.close_timeout = 0;
	b = take("stock");
	h.driver.is_close_gated = true;
	give_as(&b, RETURN_CLOSE);
	await_at_gate(1);
	registry_shutdown(h.registry);
	ck_assert_ptr_nonnull(strstr(trace_file_text(),
		" error pool-close-failed pool=stock closed=0 aborted=1 abandoned=0\n"));
	h.driver.is_close_gated = false;
	await_at_gate(0);
}
END_TEST

static bool is_closed_to(const char *pool)
{
	struct borrow b;
	enum pool_rc rc = try_borrow(pool, USEC_INFINITY, &b);

	if (rc == POOL_OK)
		give(&b);
	return rc == POOL_CLOSED || rc == POOL_UNKNOWN;
}

START_TEST(a_login_under_way_may_end_before_the_process_does)
{
	struct client c = {.pool = NULL};
	pthread_t thread;

	make_idle("stock", 1);
	h.driver.is_open_gated = true;
	client_start(&c, "sales", USEC_INFINITY);
	await_at_gate(1);
	ck_assert_int_eq(pthread_create(&thread, NULL, shutdown_main, NULL), 0);
	AWAIT(is_closed_to("stock"));
	/* The closing waits for the login: what lies idle is still there. */
	ck_assert_uint_eq(h.driver.closes, 0);
	h.driver.is_open_gated = false;
	pthread_join(thread, NULL);
	ck_assert_uint_eq(h.driver.opening, 0);
	ck_assert_uint_eq(h.driver.closes, 1);
	client_join(&c);
}
END_TEST

static void setup_traced(void)
{
	harness_setup();
	h.trace = trace_file_open(TRACE_ERROR);
}

static void setup_traced_real(void)
{
	harness_setup_real();
	h.trace = trace_file_open(TRACE_ERROR);
}

static void teardown_traced(void)
{
	trace_file_remove();
	harness_teardown();
}

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/closing");
	TCase *t = tcase_create("one thread");

	tcase_add_checked_fixture(t, setup_traced, teardown_traced);
	tcase_add_test(t, all_idle_connections_are_closed_with_a_logout);
	tcase_add_test(t, closing_twice_is_closing_once);
	tcase_add_test(t, connections_in_use_are_left_alone);
	tcase_add_test(t, later_borrows_are_told_that_the_pools_are_closed);
	tcase_add_test(t, closing_a_dead_connection_is_no_failure);
	tcase_add_test(t, after_a_failed_close_the_pool_is_aborted_and_later_pools_are_abandoned);
	tcase_add_test(t, when_close_timeout_is_over_the_rest_is_aborted);
	tcase_add_test(t, pools_that_close_in_time_leave_no_trace);
	suite_add_tcase(s, t);

	t = tcase_create("threads");
	tcase_add_checked_fixture(t, setup_traced_real, teardown_traced);
	tcase_add_test(t, the_connections_of_one_pool_are_closed_in_parallel_and_pools_in_turn);
	tcase_add_test(t, a_close_that_hangs_does_not_hang_the_exit);
	tcase_add_test(t, a_login_under_way_may_end_before_the_process_does);
	tcase_add_test(t, the_background_threads_end);
	tcase_add_test(t, a_worker_that_hangs_does_not_hang_the_exit);
	suite_add_tcase(s, t);
	return s;
}
