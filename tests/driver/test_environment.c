/* SPDX-License-Identifier: MIT */
#include "driver/environment.h"

#include "base/compiler.h"
#include "driver/fake.h"
#include "support/run.h"

#include <check.h>
#include <pthread.h>

static struct fake f;
static struct diag diag;

static void load(void)
{
	f = fake_load("fakedrv");
}

START_TEST(a_version_has_one_environment_for_the_process)
{
	struct environment *e = environment_get(f.driver, SQL_OV_ODBC3, &diag);

	ck_assert_ptr_nonnull(e);
	ck_assert_ptr_eq(environment_get(f.driver, SQL_OV_ODBC3, &diag), e);
	environment_release(f.driver, e);
	ck_assert_ptr_eq(environment_get(f.driver, SQL_OV_ODBC3, &diag), e);
	ck_assert_uint_eq(fake_counts(&f).environments, 1);
}
END_TEST

START_TEST(another_version_has_another)
{
	struct environment *e2 = environment_get(f.driver, SQL_OV_ODBC2, &diag);
	struct environment *e3 = environment_get(f.driver, SQL_OV_ODBC3, &diag);
	struct environment *e380 = environment_get(f.driver, SQL_OV_ODBC3_80, &diag);

	ck_assert(e2 && e3 && e380 && e2 != e3 && e3 != e380);
	ck_assert_uint_eq(e2->answered, SQL_OV_ODBC2);
	ck_assert_uint_eq(e3->answered, SQL_OV_ODBC3);
	ck_assert_uint_eq(e380->answered, SQL_OV_ODBC3_80);
	ck_assert_uint_eq(fake_counts(&f).environments, 3);
}
END_TEST

START_TEST(a_driver_that_refuses_380_is_asked_for_3)
{
	f.control->script("FakeVersion=3");
	struct environment *e = environment_get(f.driver, SQL_OV_ODBC3_80, &diag);

	ck_assert_ptr_nonnull(e);
	ck_assert_uint_eq(e->asked, SQL_OV_ODBC3_80);
	ck_assert_uint_eq(e->answered, SQL_OV_ODBC3);
	fake_check_order(&f, "SQLSetEnvAttr 200 380", "SQLSetEnvAttr 200 3", NULL);
	/* Found again by what was asked. */
	ck_assert_ptr_eq(environment_get(f.driver, SQL_OV_ODBC3_80, &diag), e);
}
END_TEST

START_TEST(a_refused_version_fails_with_the_drivers_records_and_leaves_nothing)
{
	f.control->script("FakeVersion=2");
	ck_assert_ptr_null(environment_get(f.driver, SQL_OV_ODBC3, &diag));
	ck_assert_uint_eq(diag.count, 1);
	ck_assert_str_eq(diag.records[0].sqlstate, "HY024");
	ck_assert(!diag.records[0].is_ours);
	ck_assert_uint_eq(fake_counts(&f).environments, 0);
}
END_TEST

START_TEST(a_driver_without_locks_gets_one_per_connection)
{
	f.driver->traits.needs_own_environment = true;
	struct environment *one = environment_get(f.driver, SQL_OV_ODBC3, &diag);
	struct environment *other = environment_get(f.driver, SQL_OV_ODBC3, &diag);

	ck_assert(one && other && one != other);
	ck_assert(one->is_private);
	ck_assert_uint_eq(fake_counts(&f).environments, 2);
	environment_release(f.driver, one);
	environment_release(f.driver, other);
	environment_release(f.driver, NULL);
	ck_assert_uint_eq(fake_counts(&f).environments, 0);
}
END_TEST

static void *get_in_thread(void *unused)
{
	struct diag reterr = DIAG_EMPTY;

	(void)unused;
	return environment_get(f.driver, SQL_OV_ODBC3, &reterr);
}

START_TEST(threads_share_one)
{
	pthread_t threads[8];
	void *first, *other;

	for (size_t i = 0; i < array_size(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, get_in_thread, NULL), 0);
	pthread_join(threads[0], &first);
	ck_assert_ptr_nonnull(first);
	for (size_t i = 1; i < array_size(threads); i++) {
		pthread_join(threads[i], &other);
		ck_assert_ptr_eq(first, other);
	}
	ck_assert_uint_eq(fake_counts(&f).environments, 1);
}
END_TEST

static void forget(void)
{
	diag_clear(&diag);
	ck_assert_uint_eq(fake_counts(&f).foreign_handles, 0);
}

Suite *test_suite(void)
{
	Suite *s = suite_create("environment");
	TCase *t = tcase_create("environment");

	tcase_add_checked_fixture(t, load, forget);
	tcase_add_test(t, a_version_has_one_environment_for_the_process);
	tcase_add_test(t, another_version_has_another);
	tcase_add_test(t, a_driver_that_refuses_380_is_asked_for_3);
	tcase_add_test(t, a_refused_version_fails_with_the_drivers_records_and_leaves_nothing);
	tcase_add_test(t, a_driver_without_locks_gets_one_per_connection);
	tcase_add_test(t, threads_share_one);
	suite_add_tcase(s, t);
	return s;
}
