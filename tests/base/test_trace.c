/* SPDX-License-Identifier: MIT */
#include "base/trace.h"

#include "support/run.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[] = "/tmp/odbcpool-test-trace-XXXXXX";

static void make_file(void)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void remove_file(void)
{
	unlink(path);
}

static const char *file_text(void)
{
	static char text[4096];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

START_TEST(an_event_is_one_line_with_level_and_name)
{
	const struct trace *t = trace_sink(TRACE_INFO, path);

	trace_event(t, TRACE_WARN, "dead-found", "pool=%s idle=%d", "sales", 3);
	const char *text = file_text();
	ck_assert_ptr_nonnull(strstr(text, " warn dead-found pool=sales idle=3\n"));
	ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
}
END_TEST

static int counted;

static int count_one(void)
{
	return ++counted;
}

START_TEST(events_above_the_level_cost_nothing_and_leave_nothing)
{
	const struct trace *t = trace_sink(TRACE_INFO, path);

	trace_event(t, TRACE_DEBUG, "borrow", "n=%d", count_one());
	trace_event(&trace_off, TRACE_ERROR, "borrow", "n=%d", count_one());
	ck_assert_int_eq(counted, 0);
	ck_assert_str_eq(file_text(), "");
}
END_TEST

START_TEST(the_same_level_and_file_share_a_sink)
{
	ck_assert_ptr_eq(trace_sink(TRACE_INFO, path), trace_sink(TRACE_INFO, path));
	ck_assert_ptr_ne(trace_sink(TRACE_INFO, path), trace_sink(TRACE_DEBUG, path));
	ck_assert_ptr_eq(trace_sink(TRACE_OFF, path), &trace_off);
	ck_assert_ptr_eq(trace_sink(TRACE_INFO, ""), trace_sink(TRACE_INFO, NULL));
}
END_TEST

START_TEST(a_file_that_cannot_be_opened_is_no_failure)
{
	const struct trace *t = trace_sink(TRACE_INFO, "/nonexistent/dir/file");

	ck_assert_ptr_nonnull(t);
	ck_assert_int_eq(t->fd, -1);
}
END_TEST

START_TEST(a_descriptor_that_was_closed_and_reused_is_not_written_to)
{
	const struct trace *t = trace_sink(TRACE_INFO, path);
	char other[] = "/tmp/odbcpool-test-other-XXXXXX";
	int fd = mkstemp(other);

	trace_event(t, TRACE_WARN, "before", "n=1");
	ck_assert_int_eq(dup2(fd, t->fd), t->fd);
	trace_event(t, TRACE_WARN, "after", "n=2");
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), 0);
	const char *text = file_text();
	ck_assert_ptr_nonnull(strstr(text, " before n=1\n"));
	ck_assert_ptr_nonnull(strstr(text, " after n=2\n"));
	close(fd);
	unlink(other);
}
END_TEST

START_TEST(a_limit_on_the_length_of_files_does_not_end_the_process)
{
	const struct trace *t = trace_sink(TRACE_INFO, path);
	struct rlimit limit, tight;
	sigset_t pending;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	tight = limit;
	tight.rlim_cur = 0;
	/* No assertion before the limit is back: Check writes files, too. */
	int is_failed = setrlimit(RLIMIT_FSIZE, &tight);
	trace_event(t, TRACE_INFO, "lost", "n=%d", 1);
	is_failed |= setrlimit(RLIMIT_FSIZE, &limit);
	ck_assert_int_eq(is_failed, 0);
	sigpending(&pending);
	ck_assert_int_eq(sigismember(&pending, SIGXFSZ), 0);
	trace_event(t, TRACE_INFO, "kept", "n=%d", 2);
	const char *text = file_text();
	ck_assert_ptr_null(strstr(text, "lost"));
	ck_assert_ptr_nonnull(strstr(text, "kept"));
}
END_TEST

START_TEST(a_reader_that_has_gone_does_not_end_the_process)
{
	char fifo[64];
	int reader;

	snprintf(fifo, sizeof(fifo), "%s.fifo", path);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	reader = open(fifo, O_RDONLY | O_NONBLOCK);
	const struct trace *t = trace_sink(TRACE_INFO, fifo);
	ck_assert_int_ge(t->fd, 0);
	close(reader);
	trace_event(t, TRACE_INFO, "lost", "n=%d", 1);
	unlink(fifo);
}
END_TEST

static void assert_word(const char *text, const char *word)
{
	char *got = trace_word(text);

	ck_assert_str_eq(got, word);
	free(got);
}

START_TEST(a_name_of_blanks_and_quotes_is_one_word_of_a_line)
{
	assert_word("sales", "sales");
	assert_word("sales:2=a'b", "sales:2=a'b");
	assert_word("w\xc3\xa4sche", "w\xc3\xa4sche");
	assert_word("my sales", "\"my sales\"");
	assert_word("", "\"\"");
	assert_word("the \"big\" one", "\"the \\\"big\\\" one\"");
	assert_word("a\\b", "\"a\\\\b\"");
	assert_word("two\nlines\x7f", "\"two\\x0alines\\x7f\"");
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("base/trace");
	TCase *t = tcase_create("trace");

	tcase_add_checked_fixture(t, make_file, remove_file);
	tcase_add_test(t, an_event_is_one_line_with_level_and_name);
	tcase_add_test(t, events_above_the_level_cost_nothing_and_leave_nothing);
	tcase_add_test(t, the_same_level_and_file_share_a_sink);
	tcase_add_test(t, a_file_that_cannot_be_opened_is_no_failure);
	tcase_add_test(t, a_descriptor_that_was_closed_and_reused_is_not_written_to);
	tcase_add_test(t, a_limit_on_the_length_of_files_does_not_end_the_process);
	tcase_add_test(t, a_reader_that_has_gone_does_not_end_the_process);
	tcase_add_test(t, a_name_of_blanks_and_quotes_is_one_word_of_a_line);
	suite_add_tcase(s, t);
	return s;
}
