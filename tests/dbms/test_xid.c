/* SPDX-License-Identifier: MIT */
#include "dbms/xid.h"

#include "base/compiler.h"
#include "support/run.h"

#include <check.h>
#include <limits.h>
#include <string.h>

static XID make(long format, long gtrid, long bqual, int first)
{
	XID xid = {.formatID = format, .gtrid_length = gtrid, .bqual_length = bqual};

	for (long i = 0; i < gtrid + bqual; i++)
		xid.data[i] = (char)(first + i);
	return xid;
}

/* Every length of both parts, with every byte in every place of a group of base64. */
START_TEST(every_xid_survives_the_way_to_postgresql_and_back)
{
	char gid[XID_GID_MAX + 1];

	for (long gtrid = 1; gtrid <= 64; gtrid++)
		for (long bqual = 0; bqual <= 64; bqual++) {
			XID xid = make(gtrid * 7919, gtrid, bqual, (int)(gtrid * 5 + bqual)), back;
			xid_to_gid(&xid, gid);
			ck_assert_uint_le(strlen(gid), XID_GID_MAX);
			ck_assert_msg(
				xid_from_gid(gid, &back) && xid_equals(&xid, &back), "%s", gid);
		}
}
END_TEST

START_TEST(every_xid_survives_the_way_to_mariadb_and_back)
{
	for (long gtrid = 1; gtrid <= 64; gtrid++)
		for (long bqual = 0; bqual <= 64; bqual++) {
			XID xid = make(gtrid, gtrid, bqual, (int)(gtrid * 5 + bqual)), back;
			char sql[XID_SQL_MAX + 1];
			xid_to_sql(&xid, sql);
			ck_assert_msg(
				xid_from_sql(sql, &back) && xid_equals(&xid, &back), "%s", sql);
		}
}
END_TEST

START_TEST(mariadb_reads_every_byte_as_two_digits)
{
	XID xid = {.formatID = 0x7fffffff,
		.gtrid_length = 3,
		.bqual_length = 2,
		.data = "\0\x9f\xffz'"};
	char sql[XID_SQL_MAX + 1];

	xid_to_sql(&xid, sql);
	ck_assert_str_eq(sql, "X'009fff',X'7a27',2147483647");
}
END_TEST

static const long formats[] = {0, 1, 0x7fffffff, 0x80000000L, LONG_MAX};

START_TEST(the_extremes_of_the_format_fit)
{
	XID xid = make(formats[_i], 64, 64, 0), back;
	char gid[XID_GID_MAX + 1];

	xid_to_gid(&xid, gid);
	ck_assert_uint_le(strlen(gid), XID_GID_MAX);
	ck_assert(xid_from_gid(gid, &back));
	ck_assert(xid_equals(&xid, &back));
	char sql[XID_SQL_MAX + 1];
	xid_to_sql(&xid, sql);
	ck_assert(xid_from_sql(sql, &back));
	ck_assert(xid_equals(&xid, &back));
}
END_TEST

START_TEST(the_longest_xid_takes_every_byte_that_postgresql_has)
{
	XID xid = make(LONG_MAX, 64, 64, 200);
	char gid[XID_GID_MAX + 1];

	xid_to_gid(&xid, gid);
	ck_assert_uint_eq(strlen(gid), XID_GID_MAX);
}
END_TEST

static const struct {
	long format, gtrid, bqual;
	bool is_valid;
} shapes[] = {
	{0, 1, 0, true},
	{0, 64, 64, true},
	{-1, 1, 1, false}, /* the null XID */
	{-2, 1, 1, false},
	{0, 0, 1, false},
	{0, 65, 0, false},
	{0, 1, 65, false},
	{0, -1, 1, false},
	{0, 1, -1, false},
};

START_TEST(an_xid_has_a_format_and_lengths_in_range)
{
	XID xid = {.formatID = shapes[_i].format,
		.gtrid_length = shapes[_i].gtrid,
		.bqual_length = shapes[_i].bqual};

	ck_assert_int_eq(xid_is_valid(&xid), shapes[_i].is_valid);
}
END_TEST

START_TEST(no_xid_is_not_valid)
{
	ck_assert(!xid_is_valid(NULL));
}
END_TEST

/* What others have prepared, and what only looks like ours. */
static const char *const foreign[] = {
	"",
	"odbcpool",
	"odbcpool.",
	"odbcpool.1",
	"odbcpool.1.",
	"odbcpool.1..",
	"odbcpool.1..QQ",
	"odbcpool.1.QQ",
	"odbcpool.1.QQ.QQ.",
	"odbcpool.1.QQ.QQ ",
	"odbcpool. 1.QQ.QQ",
	"odbcpool.+1.QQ.QQ",
	"odbcpool.-1.QQ.QQ",
	"odbcpool.01.QQ.QQ",
	"odbcpool.0x1.QQ.QQ",
	"odbcpool.A.QQ.QQ", /* hexadecimal in small letters */
	"odbcpool.1.QR.QQ", /* bits that no byte has */
	"odbcpool.1.Q.QQ",  /* a character too many, or few */
	"odbcpool.1.QQ==.QQ",
	"odbcpool.10000000000000000.QQ.QQ",
	"ODBCPOOL.1.QQ.QQ",
	"1_R3RyaWQ=_QnF1YWw=", /* of the JDBC driver */
	"odbcpool.1."
	"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU"
	"FBQUFB"
	".QQ",
};

START_TEST(what_we_did_not_write_is_not_ours)
{
	XID xid = {.formatID = 77};

	ck_assert_msg(!xid_from_gid(foreign[_i], &xid), "%s", foreign[_i]);
	ck_assert_int_eq(xid.formatID, 77);
}
END_TEST

START_TEST(mariadb_writes_printable_xids_as_text)
{
	XID xid;

	ck_assert(xid_from_sql("'g1','b22',7", &xid));
	ck_assert_int_eq(xid.formatID, 7);
	ck_assert_int_eq(xid.gtrid_length, 2);
	ck_assert_int_eq(xid.bqual_length, 3);
	ck_assert_int_eq(memcmp(xid.data, "g1b22", 5), 0);
	ck_assert(xid_from_sql("X'00',X'',0", &xid));
	ck_assert_int_eq(xid.gtrid_length, 1);
	ck_assert_int_eq(xid.bqual_length, 0);
}
END_TEST

static const char *const no_sql[] = {
	"",
	"'g1'",
	"'g1','b1'",
	"'g1','b1',",
	"'g1','b1',x",
	"'g1','b1',7 ",
	"'g1,'b1',7",
	"X'6','b1',7",
	"X'6g','b1',7",
	"'','b1',7",
	"'g1','b1',-1",
	"'g1' 'b1',7",
};

START_TEST(what_is_no_xid_is_not_read_as_one)
{
	XID xid;

	ck_assert_msg(!xid_from_sql(no_sql[_i], &xid), "%s", no_sql[_i]);
}
END_TEST

START_TEST(xids_differ_by_format_and_by_where_their_parts_divide)
{
	XID a = make(1, 2, 3, 'a'), format = make(2, 2, 3, 'a'), parts = make(1, 3, 2, 'a'),
	    data = make(1, 2, 3, 'b'), same = a;

	same.data[64] = 'x'; /* beyond what counts */
	ck_assert(xid_equals(&a, &same));
	ck_assert(!xid_equals(&a, &format));
	ck_assert(!xid_equals(&a, &parts));
	ck_assert(!xid_equals(&a, &data));
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("xid");
	TCase *t = tcase_create("text");

	tcase_add_test(t, every_xid_survives_the_way_to_postgresql_and_back);
	tcase_add_test(t, every_xid_survives_the_way_to_mariadb_and_back);
	tcase_add_test(t, mariadb_reads_every_byte_as_two_digits);
	tcase_add_loop_test(t, the_extremes_of_the_format_fit, 0, array_size(formats));
	tcase_add_test(t, the_longest_xid_takes_every_byte_that_postgresql_has);
	tcase_add_loop_test(t, an_xid_has_a_format_and_lengths_in_range, 0, array_size(shapes));
	tcase_add_test(t, no_xid_is_not_valid);
	tcase_add_loop_test(t, what_we_did_not_write_is_not_ours, 0, array_size(foreign));
	tcase_add_test(t, mariadb_writes_printable_xids_as_text);
	tcase_add_loop_test(t, what_is_no_xid_is_not_read_as_one, 0, array_size(no_sql));
	tcase_add_test(t, xids_differ_by_format_and_by_where_their_parts_divide);
	suite_add_tcase(s, t);
	return s;
}
