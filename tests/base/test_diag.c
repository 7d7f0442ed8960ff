/* SPDX-License-Identifier: MIT */
#include "base/diag.h"

#include "odbcpool.h"
#include "support/run.h"

#include <string.h>

START_TEST(our_own_records_say_who_speaks)
{
	struct diag d = DIAG_EMPTY;

	diag_add(&d, "HYT00", ODBCPOOL_ERR_POOL_EXHAUSTED, "pool", "%d of %d", 3, 3);
	ck_assert_uint_eq(d.count, 1);
	ck_assert_str_eq(d.records[0].sqlstate, "HYT00");
	ck_assert_int_eq(d.records[0].native, ODBCPOOL_ERR_POOL_EXHAUSTED);
	ck_assert_str_eq(d.records[0].message, "[odbcpool][pool] 3 of 3");
	ck_assert(d.records[0].is_ours);
	diag_clear(&d);
}
END_TEST

START_TEST(records_keep_their_order_and_all_fields_when_copied)
{
	char text[] = "driver says", origin[] = "ISO 9075", server[] = "db1";
	struct diag_record r = {.sqlstate = "28000",
		.native = 18456,
		.message = text,
		.class_origin = origin,
		.server_name = server};
	struct diag a = DIAG_EMPTY, b = DIAG_EMPTY;

	diag_add_copy(&a, &r);
	diag_add(&a, "01000", 1, "pool", "second");
	diag_add(&a, "01000", 2, "pool", "third");
	diag_add_all(&b, &a);
	diag_clear(&a);
	ck_assert_uint_eq(b.count, 3);
	ck_assert_str_eq(b.records[0].message, "driver says");
	ck_assert_str_eq(b.records[0].class_origin, "ISO 9075");
	ck_assert_ptr_null(b.records[0].subclass_origin);
	ck_assert_str_eq(b.records[0].server_name, "db1");
	ck_assert(!b.records[0].is_ours);
	ck_assert_int_eq(b.records[2].native, 2);
	ck_assert_str_eq(diag_sqlstate(&b), "28000");
	diag_clear(&b);
	ck_assert_str_eq(diag_sqlstate(&b), "00000");
}
END_TEST

START_TEST(running_out_of_memory_leaves_a_readable_record)
{
	struct diag d = DIAG_EMPTY, moved = DIAG_EMPTY;

	diag_add(&d, "HYT00", 1, "pool", "lost");
	diag_add_no_memory(&d);
	ck_assert_uint_eq(d.count, 1);
	ck_assert_str_eq(d.records[0].sqlstate, "HY001");
	diag_add(&d, "HYT00", 1, "pool", "there is no room for this one");
	ck_assert_uint_eq(d.count, 1);
	diag_move(&moved, &d);
	ck_assert_uint_eq(d.count, 0);
	ck_assert_str_eq(diag_sqlstate(&moved), "HY001");
	diag_clear(&moved);
	ck_assert_uint_eq(moved.count, 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("base/diag");
	TCase *t = tcase_create("diag");

	tcase_add_test(t, our_own_records_say_who_speaks);
	tcase_add_test(t, records_keep_their_order_and_all_fields_when_copied);
	tcase_add_test(t, running_out_of_memory_leaves_a_readable_record);
	suite_add_tcase(s, t);
	return s;
}
