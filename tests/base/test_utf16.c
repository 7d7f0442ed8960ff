/* SPDX-License-Identifier: MIT */
#include "base/utf16.h"

#include "support/run.h"

#include <string.h>

static void assert_round_trip(const uint16_t *text, size_t units)
{
	struct buffer narrow = BUFFER_EMPTY, wide = BUFFER_EMPTY;

	utf16_to_utf8(&narrow, text, units);
	utf8_to_utf16(&wide, buffer_str(&narrow), narrow.len);
	ck_assert_uint_eq(wide.len, units * 2);
	if (units)
		ck_assert_mem_eq(wide.data, text, units * 2);
	buffer_done(&narrow);
	buffer_done(&wide);
}

START_TEST(every_single_unit_survives_the_round_trip)
{
	for (unsigned u = 0; u <= 0xffff; u++) {
		uint16_t unit = (uint16_t)u;
		assert_round_trip(&unit, 1);
	}
}
END_TEST

START_TEST(pairs_and_lone_surrogates_survive_the_round_trip)
{
	static const uint16_t text[] = {'a', 0xd83d, 0xde00, 0xd800, 'b', 0xdfff, 0, 'c', 0xd8ff};

	for (size_t n = 0; n <= array_size(text); n++)
		assert_round_trip(text, n);
}
END_TEST

START_TEST(a_pair_becomes_the_four_bytes_of_its_character)
{
	static const uint16_t grin[] = {0xd83d, 0xde00};
	struct buffer b = BUFFER_EMPTY;

	utf16_to_utf8(&b, grin, 2);
	ck_assert_str_eq(buffer_str(&b), "\xf0\x9f\x98\x80");
	buffer_done(&b);
}
END_TEST

START_TEST(bytes_that_are_no_utf8_are_read_as_latin1)
{
	static const uint16_t expected[] = {0xe9, 't', 0xe9, 0xc0, 0x80};
	struct buffer b = BUFFER_EMPTY;

	utf8_to_utf16(&b, "\xe9t\xe9\xc0\x80", 5);
	ck_assert_uint_eq(b.len, sizeof(expected));
	ck_assert_mem_eq(b.data, expected, sizeof(expected));
	buffer_done(&b);
}
END_TEST

START_TEST(the_length_counts_units_up_to_the_zero)
{
	static const uint16_t text[] = {0xd83d, 0xde00, 'x', 0, 'y'};

	ck_assert_uint_eq(utf16_len(text), 3);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("base/utf16");
	TCase *t = tcase_create("utf16");

	tcase_add_test(t, every_single_unit_survives_the_round_trip);
	tcase_add_test(t, pairs_and_lone_surrogates_survive_the_round_trip);
	tcase_add_test(t, a_pair_becomes_the_four_bytes_of_its_character);
	tcase_add_test(t, bytes_that_are_no_utf8_are_read_as_latin1);
	tcase_add_test(t, the_length_counts_units_up_to_the_zero);
	suite_add_tcase(s, t);
	return s;
}
