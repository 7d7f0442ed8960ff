/* SPDX-License-Identifier: MIT */
#include "tool/wrapping.h"

#include "support/run.h"

#include <stdio.h>
#include <string.h>

#define LIBRARY "/lib/libodbcpool.so"

static struct ini_lines cut(const char *text)
{
	struct buffer b = BUFFER_EMPTY;
	struct ini_lines lines;

	buffer_append_str(&b, text);
	ck_assert(ini_lines_cut(&lines, &b));
	return lines;
}

static enum wrapping wrap(const char *text, const char *section, struct buffer *to)
{
	struct ini_lines lines = cut(text);
	enum wrapping result = wrapping_wrap(&lines, section, LIBRARY, to);

	ini_lines_done(&lines);
	return result;
}

static enum wrapping unwrap(const char *text, const char *section, struct buffer *to)
{
	struct ini_lines lines = cut(text);
	enum wrapping result = wrapping_unwrap(&lines, section, to);

	ini_lines_done(&lines);
	return result;
}

static const char *value(const struct buffer *text, const char *section, const char *key)
{
	static char copy[100];
	struct ini_lines lines = cut(buffer_str(text));
	struct buffer b = BUFFER_EMPTY;
	size_t first, end;

	ck_assert(ini_lines_section(&lines, section, &first, &end));
	size_t i = ini_lines_key(&lines, first, end, key);
	if (i < end)
		ini_lines_value(&lines.line[i], &b);
	snprintf(copy, sizeof(copy), "%s", i < end ? buffer_str(&b) : "(none)");
	buffer_done(&b);
	ini_lines_done(&lines);
	return copy;
}

/* There and back: the same bytes; and the rest of the file is untouched on the way. */
static const char *const files[] = {
	"[X]\nDriver=a.so\n",
	"[X]\nDriver=a.so",
	"[X]\r\nDriver=a.so\r\n[Y]\r\nDriver=b.so\r\n",
	"[X]\nDriver=a.so\r\nb=c\n",
	"; c\n\n [ x ] \nDescription = d\n  DRIVER   =  a.so  \n# e\n\nSetup=s\n[Y]\nDriver=b\n",
	"[Y]\nDriver=b\n[X]\nCPTimeout=60\nDriver=a.so\nCPTimeout=\nThreading=1\n",
	"[X]\nDriver=a.so\nCPTimeout = 60",
	"[Y]\nDriver=b\n[X]\n\nDriver=a.so\n\n\n[Z]\n[X]\nDriver=second\n",
	"[X]\nDriver64=a.so\nDriver=other.so\n",
};

START_TEST(wrapping_and_unwrapping_give_the_same_file)
{
	struct buffer wrapped = BUFFER_EMPTY, again = BUFFER_EMPTY;

	ck_assert_int_eq(wrap(files[_i], "x", &wrapped), WRAPPING_DONE);
	ck_assert_int_eq(unwrap(buffer_str(&wrapped), "X", &again), WRAPPING_DONE);
	ck_assert_str_eq(buffer_str(&again), files[_i]);
	buffer_done(&wrapped);
	buffer_done(&again);
}
END_TEST

START_TEST(a_wrapped_section_says_what_a_pool_needs)
{
	struct buffer wrapped = BUFFER_EMPTY;

	ck_assert_int_eq(wrap(files[_i], "X", &wrapped), WRAPPING_DONE);
	bool is_64 = strstr(files[_i], "Driver64") != NULL;
	ck_assert_str_eq(value(&wrapped, "X", is_64 ? "Driver64" : "Driver"), LIBRARY);
	ck_assert_str_eq(value(&wrapped, "X", "PoolDriver"), "a.so");
	ck_assert_str_eq(value(&wrapped, "X", "CPTimeout"), "-1");
	ck_assert_str_eq(
		value(&wrapped, "X", "Threading"), strstr(files[_i], "Threading=1") ? "1" : "0");
	buffer_done(&wrapped);
}
END_TEST

START_TEST(other_sections_stay_byte_by_byte)
{
	struct buffer wrapped = BUFFER_EMPTY;

	ck_assert_int_eq(
		wrap("\n;a\n[A]\nDriver=1\r\n[X]\nDriver=a\n[B]\n\t Driver = 2", "X", &wrapped),
		WRAPPING_DONE);
	ck_assert_ptr_eq(
		strstr(buffer_str(&wrapped), "\n;a\n[A]\nDriver=1\r\n[X]\n"), wrapped.data);
	ck_assert_str_eq(strstr(buffer_str(&wrapped), "[B]"), "[B]\n\t Driver = 2");
	buffer_done(&wrapped);
}
END_TEST

START_TEST(a_wrapped_section_is_not_wrapped_again)
{
	struct buffer once = BUFFER_EMPTY, twice = BUFFER_EMPTY;

	ck_assert_int_eq(wrap("[X]\nDriver=a.so\n", "X", &once), WRAPPING_DONE);
	ck_assert_int_eq(wrap(buffer_str(&once), "X", &twice), WRAPPING_IS_WRAPPED);
	ck_assert_uint_eq(twice.len, 0);
	buffer_done(&once);
	buffer_done(&twice);
}
END_TEST

START_TEST(a_serialised_section_is_refused_and_others_are_not)
{
	struct buffer to = BUFFER_EMPTY;

	ck_assert_int_eq(wrap("[X]\nDriver=a\nThreading = 3\n", "X", &to), WRAPPING_SERIALISED);
	ck_assert_uint_eq(to.len, 0);
	ck_assert_int_eq(wrap("[X]\nDriver=a\nThreading = 2\n", "X", &to), WRAPPING_DONE);
	buffer_done(&to);
}
END_TEST

START_TEST(what_cannot_be_wrapped_or_unwrapped_is_told_apart)
{
	struct buffer to = BUFFER_EMPTY;

	ck_assert_int_eq(wrap("[X]\nDriver=a\n", "Y", &to), WRAPPING_NO_SECTION);
	ck_assert_int_eq(wrap("[ODBC]\nTrace=No\n", "ODBC", &to), WRAPPING_NO_DRIVER);
	ck_assert_int_eq(unwrap("[X]\nDriver=a\n", "Y", &to), WRAPPING_NO_SECTION);
	ck_assert_int_eq(unwrap("[X]\nDriver=a\n", "X", &to), WRAPPING_NOT_WRAPPED);
	ck_assert_int_eq(unwrap("[X]\nDriver=a\nPoolDriver=b\n", "X", &to), WRAPPING_NO_COMMENT);
	ck_assert_uint_eq(to.len, 0);
	buffer_done(&to);
}
END_TEST

START_TEST(lines_that_somebody_added_since_stay)
{
	struct buffer wrapped = BUFFER_EMPTY, again = BUFFER_EMPTY, edited = BUFFER_EMPTY;

	ck_assert_int_eq(wrap("[X]\nDriver=a\nSetup=s\n", "X", &wrapped), WRAPPING_DONE);
	const char *at = strstr(buffer_str(&wrapped), "Threading");
	buffer_append(&edited, wrapped.data, (size_t)(at - wrapped.data));
	buffer_append_str(&edited, "MaxPoolSize = 20\n");
	buffer_append_str(&edited, at);
	buffer_append_str(&edited, "PoolTrace = Info\n");
	ck_assert_int_eq(unwrap(buffer_str(&edited), "X", &again), WRAPPING_DONE);
	ck_assert_str_eq(
		buffer_str(&again), "[X]\nDriver=a\nMaxPoolSize = 20\nSetup=s\nPoolTrace = Info\n");
	buffer_done(&wrapped);
	buffer_done(&edited);
	buffer_done(&again);
}
END_TEST

START_TEST(marks_of_another_section_are_not_touched)
{
	struct buffer one = BUFFER_EMPTY, both = BUFFER_EMPTY, back = BUFFER_EMPTY;

	ck_assert_int_eq(wrap("[X]\nDriver=a\n[Y]\nDriver=b\n", "X", &one), WRAPPING_DONE);
	ck_assert_int_eq(wrap(buffer_str(&one), "Y", &both), WRAPPING_DONE);
	ck_assert_int_eq(unwrap(buffer_str(&both), "Y", &back), WRAPPING_DONE);
	ck_assert_str_eq(buffer_str(&back), buffer_str(&one));
	buffer_done(&one);
	buffer_done(&both);
	buffer_done(&back);
}
END_TEST

/* Any text of these pieces: wrapped, and taken back. */
START_TEST(whatever_can_be_wrapped_can_be_taken_back)
{
	static const char *const pieces[] = {"[X]\n", "[x]\r\n", "[Y]\n", " [ X ]", "[", "]",
		"Driver", "Driver64", " = ", "=", "a.so", "\n", "\r\n", "\n\n", ";", "#",
		"CPTimeout=6\n", "CPTimeout = ", "Threading=1\n", "threading=2", " ", "\t",
		"Setup=s\n", "Driver=x\n", ";odbcpool-was:", ";odbcpool-end\n",
		"\n;odbcpool-begin\n"};
	uint64_t random = 1;
	unsigned wrapped_count = 0;

	for (int round = 0; round < 50000; round++) {
		struct buffer text = BUFFER_EMPTY, there = BUFFER_EMPTY, back = BUFFER_EMPTY;
		for (int i = 0; i < 12; i++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			buffer_append_str(&text, pieces[(random >> 33) % array_size(pieces)]);
		}
		/* Our own marks in the section already: nobody's to take back. */
		if (!strstr(buffer_str(&text), "odbcpool") &&
			wrap(buffer_str(&text), "X", &there) == WRAPPING_DONE) {
			wrapped_count++;
			ck_assert_int_eq(unwrap(buffer_str(&there), "X", &back), WRAPPING_DONE);
			ck_assert_str_eq(buffer_str(&back), buffer_str(&text));
		}
		buffer_done(&text);
		buffer_done(&there);
		buffer_done(&back);
	}
	ck_assert_uint_gt(wrapped_count, 100);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("tool/wrapping");
	TCase *t = tcase_create("wrapping");

	tcase_add_loop_test(t, wrapping_and_unwrapping_give_the_same_file, 0, array_size(files));
	tcase_add_loop_test(t, a_wrapped_section_says_what_a_pool_needs, 0, array_size(files));
	tcase_add_test(t, other_sections_stay_byte_by_byte);
	tcase_add_test(t, a_wrapped_section_is_not_wrapped_again);
	tcase_add_test(t, a_serialised_section_is_refused_and_others_are_not);
	tcase_add_test(t, what_cannot_be_wrapped_or_unwrapped_is_told_apart);
	tcase_add_test(t, lines_that_somebody_added_since_stay);
	tcase_add_test(t, whatever_can_be_wrapped_can_be_taken_back);
	tcase_add_test(t, marks_of_another_section_are_not_touched);
	suite_add_tcase(s, t);
	return s;
}
