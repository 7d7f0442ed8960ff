/* SPDX-License-Identifier: MIT */
#include "driver/records.h"

#include "driver/fake.h"
#include "support/run.h"

#include <check.h>
#include <string.h>

static struct fake f;
static SQLHENV env;
static SQLHDBC dbc;
static struct diag diag;

/* A connection whose login failed as the script says. */
static void fail_login(const char *variant, const char *script)
{
	static SQLWCHAR nothing[] = {0};

	f = fake_load(variant);
	ck_assert(f.control->script(script));
	f.calls->AllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env);
	f.calls->SetEnvAttr(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0);
	f.calls->AllocHandle(SQL_HANDLE_DBC, env, &dbc);
	SQLRETURN rc = f.calls->DriverConnect ? f.calls->DriverConnect(dbc, NULL, (SQLCHAR *)"", 0,
							NULL, 0, NULL, SQL_DRIVER_NOPROMPT)
					      : f.calls->DriverConnectW(dbc, NULL, nothing, 0, NULL,
							0, NULL, SQL_DRIVER_NOPROMPT);
	ck_assert_int_eq(rc, SQL_ERROR);
}

static const char *const variants[] = {"fakedrv", "fakedrva", "fakedrvw", "fakedrv_nomix"};

START_TEST(every_record_is_copied_with_its_fields)
{
	fail_login(variants[_i], "FakeLogin=fail;FakeRecords=3;FakeState=08001;FakeNative=7;"
				 "FakeText=caf\xc3\xa9");
	records_read(f.calls, SQL_HANDLE_DBC, dbc, &diag);
	ck_assert_uint_eq(diag.count, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct diag_record *r = &diag.records[i];
		char text[] = "[fakedrv]caf\xc3\xa9 (n)";
		text[16] = (char)('1' + i);
		ck_assert_str_eq(r->sqlstate, "08001");
		ck_assert_int_eq(r->native, 7 + (int)i);
		ck_assert_str_eq(r->message, text);
		ck_assert(!r->is_ours);
		ck_assert_str_eq(r->class_origin, "ISO 9075");
		ck_assert_str_eq(r->subclass_origin, "ISO 9075");
		ck_assert_ptr_nonnull(strstr(r->server_name, "fake"));
		ck_assert_str_eq(r->connection_name, r->server_name);
	}
}
END_TEST

START_TEST(without_a_record_nothing_is_added)
{
	fail_login(variants[_i], "FakeLogin=fail;FakeRecords=0");
	records_read(f.calls, SQL_HANDLE_DBC, dbc, &diag);
	ck_assert_uint_eq(diag.count, 0);
}
END_TEST

START_TEST(records_are_added_behind_those_there_are)
{
	fail_login("fakedrv", "FakeLogin=fail");
	diag_add(&diag, "01000", 1, "test", "first");
	records_read(f.calls, SQL_HANDLE_DBC, dbc, &diag);
	ck_assert_uint_eq(diag.count, 2);
	ck_assert_str_eq(diag.records[0].sqlstate, "01000");
	ck_assert_str_eq(diag.records[1].sqlstate, "28000");
}
END_TEST

START_TEST(a_driver_that_never_ends_its_records_is_cut_off)
{
	fail_login("fakedrv", "FakeLogin=fail;FakeRecords=500");
	records_read(f.calls, SQL_HANDLE_DBC, dbc, &diag);
	ck_assert_uint_ge(diag.count, 16);
	ck_assert_uint_lt(diag.count, 500);
}
END_TEST

START_TEST(a_long_message_is_kept_as_far_as_it_was_given)
{
	char script[4096] = "FakeLogin=fail;FakeText=";
	size_t at = strlen(script);

	memset(script + at, 'x', 3500);
	script[at + 3500] = '\0';
	fail_login(variants[_i], script);
	records_read(f.calls, SQL_HANDLE_DBC, dbc, &diag);
	ck_assert_uint_eq(diag.count, 1);
	ck_assert_uint_ge(strlen(diag.records[0].message), 2000);
	ck_assert_uint_eq(strspn(strchr(diag.records[0].message, ']') + 1, "x") + 9,
		strlen(diag.records[0].message));
}
END_TEST

static void clean(void)
{
	diag_clear(&diag);
	f.calls->FreeHandle(SQL_HANDLE_DBC, dbc);
	f.calls->FreeHandle(SQL_HANDLE_ENV, env);
	fake_check_clean(&f);
}

Suite *test_suite(void)
{
	Suite *s = suite_create("records");
	TCase *t = tcase_create("records");

	tcase_add_checked_fixture(t, NULL, clean);
	tcase_add_loop_test(t, every_record_is_copied_with_its_fields, 0, 4);
	tcase_add_loop_test(t, without_a_record_nothing_is_added, 0, 4);
	tcase_add_test(t, records_are_added_behind_those_there_are);
	tcase_add_test(t, a_driver_that_never_ends_its_records_is_cut_off);
	tcase_add_loop_test(t, a_long_message_is_kept_as_far_as_it_was_given, 0, 4);
	suite_add_tcase(s, t);
	return s;
}
