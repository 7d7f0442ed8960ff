/* SPDX-License-Identifier: MIT */
#include "dbms/traits.h"

#include "base/buffer.h"
#include "conf/resolve.h"

#include "support/run.h"

#include <check.h>
#include <dlfcn.h>

static struct driver_traits judge(const char *path)
{
	struct driver_traits traits;
	void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);

	ck_assert_msg(library != NULL, "%s", dlerror());
	traits_judge(path, library, &traits);
	return traits;
}

START_TEST(an_ordinary_driver_is_pooled_and_shares_its_environment)
{
	struct driver_traits traits = judge(FAKEDRV);

	ck_assert(traits.is_pooled_by_default);
	ck_assert(!traits.needs_own_environment);
	ck_assert_ptr_null(traits.objection(NULL));
	ck_assert_ptr_null(traits.login_timeout_word);
}
END_TEST

START_TEST(sqlite_is_not_pooled_by_default_and_has_an_environment_per_connection)
{
	struct driver_traits traits = judge(SQLITELIKE);

	ck_assert(!traits.is_pooled_by_default);
	ck_assert(traits.needs_own_environment);
}
END_TEST

static const char *objection_to(const char *string)
{
	struct driver_traits traits = judge(SQLITELIKE);
	struct resolved r = {.dsn = NULL};

	buffer_append_str(&r.driver_string, string);
	const char *objection = traits.objection(&r);
	buffer_done(&r.driver_string);
	return objection;
}

START_TEST(a_database_in_memory_is_private)
{
	ck_assert_ptr_nonnull(objection_to("Timeout=1;"));
	ck_assert_ptr_nonnull(objection_to("Database=;"));
	ck_assert_ptr_nonnull(objection_to("Database=:memory:;"));
	ck_assert_ptr_nonnull(objection_to("Database={file:a?mode=memory&cache=shared};"));
	ck_assert_ptr_null(objection_to("Database=/var/lib/memory.db;"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("traits");
	TCase *t = tcase_create("traits");

	tcase_add_test(t, an_ordinary_driver_is_pooled_and_shares_its_environment);
	tcase_add_test(t, sqlite_is_not_pooled_by_default_and_has_an_environment_per_connection);
	tcase_add_test(t, a_database_in_memory_is_private);
	suite_add_tcase(s, t);
	return s;
}
