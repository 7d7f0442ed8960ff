/* SPDX-License-Identifier: MIT */
/* What is told to the administrator: leaks, and a line an event with its reason. */
#include "pool/harness.h"

#include "base/counters.h"
#include "pool/threads.h"
#include "support/trace_file.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

static void setup_traced(void)
{
	harness_setup();
	h.trace = trace_file_open(TRACE_DEBUG);
	prctl(PR_SET_NAME, "forgetful");
}

static void teardown_traced(void)
{
	trace_file_remove();
	harness_teardown();
}

#define assert_traced(text)                                                                        \
	ck_assert_msg(strstr(trace_file_text(), text), "not traced: %s\nbut: %s", text,            \
		trace_file_text())

START_TEST(a_borrow_held_for_too_long_is_reported_with_thread_and_backtrace)
{
	char who[64];

	h.settings.leak_detection_threshold = 30 * SECOND;
	(void)take("sales");
	advance(30 * SECOND - 1);
	sweep();
	ck_assert_int_eq(trace_file_count(" leak "), 0);
	advance(1);
	sweep();
	snprintf(who, sizeof(who), "thread=%d name=\"forgetful\" held for 30 s", (int)thread_id());
	assert_traced(who);
#ifdef HAVE_EXECINFO_H
	assert_traced("borrowed at: ");
	assert_traced("test_report");
#endif
	ck_assert_uint_eq(counters().leaks, 1);
}
END_TEST

START_TEST(a_leak_is_reported_once)
{
	h.settings.leak_detection_threshold = 30 * SECOND;
	(void)take("sales");
	for (int i = 0; i < 5; i++) {
		advance(30 * SECOND);
		sweep();
	}
	ck_assert_int_eq(trace_file_count(" leak "), 1);
}
END_TEST

START_TEST(a_leak_that_comes_back_is_told)
{
	struct borrow b;

	h.settings.leak_detection_threshold = 30 * SECOND;
	b = take("sales");
	advance(45 * SECOND);
	sweep();
	advance(10 * SECOND);
	give(&b);
	assert_traced("came back after 55 s");
	/* And the next borrow of that connection is a new story. */
	b = take("sales");
	advance(31 * SECOND);
	sweep();
	ck_assert_int_eq(trace_file_count(" leak "), 2);
	give(&b);
}
END_TEST

START_TEST(a_leak_by_a_thread_that_ended_says_so)
{
	struct client c;

	h.settings.leak_detection_threshold = 30 * SECOND;
	client_start(&c, "sales", 15 * SECOND);
	client_join(&c);
	advance(30 * SECOND);
	sweep();
	assert_traced(" (ended) held for 30 s");
}
END_TEST

START_TEST(no_threshold_no_report)
{
	(void)take("sales");
	advance(1000000 * SECOND);
	sweep();
	ck_assert_int_eq(trace_file_count(" leak "), 0);
	ck_assert_uint_eq(counters().leaks, 0);
}
END_TEST

START_TEST(a_borrow_says_whether_it_was_a_hit)
{
	struct borrow b = take("sales");

	assert_traced(" info open pool=sales by=borrower");
	assert_traced(" debug borrow pool=sales how=opened");
	give(&b);
	b = take("sales");
	assert_traced(" debug borrow pool=sales how=reused");
}
END_TEST

START_TEST(a_return_says_what_became_of_the_connection_and_why)
{
	struct borrow b = take("sales");

	h.settings.max_uses = 1;
	give(&b);
	assert_traced(" debug return pool=sales fate=reused reason=\"fit\"");
	b = take("sales");
	give_as(&b, RETURN_CLOSE);
	assert_traced(" debug return pool=sales fate=closed reason=\"the test says so\"");
	work();
	assert_traced(" info close pool=sales reason=\"the test says so\"");
	b = take("stock");
	give(&b);
	assert_traced(" debug return pool=stock fate=closed reason=\"max-uses\"");
}
END_TEST

START_TEST(a_miss_names_the_part_of_the_key_that_differs_from_the_nearest_pool)
{
	(void)take("sales");
	assert_traced(" info pool-new pool=sales nearest-differs-in=\"none-there\"");
	(void)take("stock");
	assert_traced(" info pool-new pool=stock nearest-differs-in=\"connection string\"");
}
END_TEST

START_TEST(ends_have_reasons)
{
	struct borrow b = take("sales");

	give(&b);
	advance(300 * SECOND);
	sweep();
	assert_traced(" info close pool=sales reason=\"idle\"");
	advance(600 * SECOND);
	sweep();
	assert_traced(" info pool-gone pool=sales reason=empty");
	b = take("sales");
	pool_clear(b.pool);
	assert_traced(" info clear pool=sales reason=");
}
END_TEST

START_TEST(trouble_is_a_warning)
{
	struct borrow b = take("sales"), none;

	fake_conn_kill(b.conn);
	give(&b);
	b = take("sales");
	assert_traced(" warn dead-found pool=sales how=borrow");
	h.driver.failing_opens = 1;
	ck_assert_int_eq(try_borrow("sales", SECOND, &none), POOL_OPEN_FAILED);
	assert_traced(" warn open-failed pool=sales by=borrower");
	assert_traced("sqlstate=28000");
	ck_assert_int_eq(try_borrow("sales", SECOND, &none), POOL_BLOCKED);
	assert_traced(" info blocked pool=sales");
}
END_TEST

START_TEST(what_the_server_says_never_gets_into_the_trace)
{
	struct borrow none;

	h.driver.failing_opens = 1;
	ck_assert_int_eq(try_borrow("sales", SECOND, &none), POOL_OPEN_FAILED);
	ck_assert_int_eq(try_borrow("sales", SECOND, &none), POOL_BLOCKED);
	ck_assert_ptr_null(strstr(trace_file_text(), "Login failed"));
}
END_TEST

#ifndef ODBCPOOL_SANITIZED /* some sanitizers bring a thread of their own */
START_TEST(a_thread_is_the_only_one_until_there_is_another)
{
	struct client c;

	ck_assert(thread_is_only_one());
	h.driver.is_open_gated = true;
	client_start(&c, "sales", 15 * SECOND);
	await_at_gate(1);
	ck_assert(!thread_is_only_one());
	h.driver.is_open_gated = false;
	client_join(&c);
}
END_TEST
#endif

START_TEST(a_pools_name_is_one_word_of_a_line_whatever_it_holds)
{
	struct borrow b = take("my sales");

	give_as(&b, RETURN_CLOSE);
	work();
	assert_traced(" pool-new pool=\"my sales\" ");
	assert_traced(" open pool=\"my sales\" by=borrower ");
	assert_traced(" borrow pool=\"my sales\" ");
	assert_traced(" return pool=\"my sales\" ");
	assert_traced(" close pool=\"my sales\" ");
	ck_assert_int_eq(trace_file_count("pool=my"), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/report");
	TCase *t = tcase_create("trace");

	tcase_add_checked_fixture(t, setup_traced, teardown_traced);
	tcase_add_test(t, a_borrow_held_for_too_long_is_reported_with_thread_and_backtrace);
	tcase_add_test(t, a_leak_is_reported_once);
	tcase_add_test(t, a_leak_that_comes_back_is_told);
	tcase_add_test(t, a_leak_by_a_thread_that_ended_says_so);
	tcase_add_test(t, a_pools_name_is_one_word_of_a_line_whatever_it_holds);
	tcase_add_test(t, no_threshold_no_report);
	tcase_add_test(t, a_borrow_says_whether_it_was_a_hit);
	tcase_add_test(t, a_return_says_what_became_of_the_connection_and_why);
	tcase_add_test(t, a_miss_names_the_part_of_the_key_that_differs_from_the_nearest_pool);
	tcase_add_test(t, ends_have_reasons);
	tcase_add_test(t, trouble_is_a_warning);
	tcase_add_test(t, what_the_server_says_never_gets_into_the_trace);
#ifndef ODBCPOOL_SANITIZED
	tcase_add_test(t, a_thread_is_the_only_one_until_there_is_another);
#endif
	suite_add_tcase(s, t);
	return s;
}
