/* SPDX-License-Identifier: MIT */
#include "driver/load.h"

#include "driver/fake.h"
#include "odbcpool.h"
#include "support/run.h"

#include <check.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of libodbcinst, which is installed wherever this is built. */
int SQLGetPrivateProfileString(void);

static struct diag diag;

static void check_refused(const char *name, const char *sqlstate, int native, const char *text)
{
	diag_clear(&diag);
	ck_assert_ptr_null(driver_load(name, false, "PoolDriver in [x] of y", &diag));
	ck_assert_uint_eq(diag.count, 1);
	ck_assert_str_eq(diag.records[0].sqlstate, sqlstate);
	ck_assert_int_eq(diag.records[0].native, native);
	ck_assert_msg(strstr(diag.records[0].message, text) != NULL, "%s", diag.records[0].message);
	ck_assert_ptr_nonnull(strstr(diag.records[0].message, "PoolDriver in [x] of y"));
}

START_TEST(a_missing_file_is_named)
{
	check_refused("/nowhere/libreal.so", "IM003", ODBCPOOL_ERR_NO_POOL_DRIVER,
		"/nowhere/libreal.so, which cannot be loaded");
	check_refused("libthere_is_no_such_driver.so", "IM003", ODBCPOOL_ERR_NO_POOL_DRIVER,
		"libthere_is_no_such_driver.so");
}
END_TEST

START_TEST(what_is_no_library_cannot_be_loaded)
{
	check_refused("/", "IM003", ODBCPOOL_ERR_NO_POOL_DRIVER, "/, which cannot be loaded");
	check_refused(TEXT_FILE, "IM003", ODBCPOOL_ERR_NO_POOL_DRIVER, "invalid ELF header");
}
END_TEST

START_TEST(an_unreadable_file_cannot_be_loaded)
{
	char path[] = "/tmp/odbcpool-test-XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fchmod(fd, 0), 0);
	close(fd);
	/* Root may read it all the same, and finds it too short. */
	check_refused(path, "IM003", ODBCPOOL_ERR_NO_POOL_DRIVER,
		geteuid() ? "Permission denied" : "file too short");
	unlink(path);
}
END_TEST

START_TEST(a_library_that_is_no_driver_is_refused)
{
	check_refused(fake_path("fakedrv_notdriver"), "IM004", ODBCPOOL_ERR_NOT_A_DRIVER,
		"is not an ODBC driver");
}
END_TEST

START_TEST(a_driver_of_odbc_2_is_refused)
{
	check_refused(
		fake_path("fakedrv_odbc2"), "IM004", ODBCPOOL_ERR_NOT_A_DRIVER, "an ODBC 2 driver");
}
END_TEST

START_TEST(odbcpool_itself_is_refused)
{
	static const char *const shells[] = {"libodbcpool", "libodbcpoola", "libodbcpoolw"};
	char path[4096];

	for (size_t i = 0; i < array_size(shells); i++) {
		snprintf(path, sizeof(path), "%s/%s.so", SHELL_DIR, shells[i]);
		check_refused(path, "IM003", ODBCPOOL_ERR_DRIVER_LOOP, "which is odbcpool itself");
	}
}
END_TEST

START_TEST(a_file_name_is_looked_for_on_the_driver_directories)
{
	Dl_info info;
	char dirs[] = ODBC_DRIVER_DIRS ":";
	void *symbol;
	int (*function)(void) = SQLGetPrivateProfileString;

	memcpy(&symbol, &function, sizeof(symbol));
	ck_assert(dladdr(symbol, &info));
	char *path = realpath(info.dli_fname, NULL), *slash = strrchr(path, '/');
	char dir[4096];
	snprintf(dir, sizeof(dir), "%.*s:", (int)(slash - path), path);
	/* Where it lies elsewhere, dlopen() finds it by itself, and the message has no path. */
	bool is_on_list = strstr(dirs, dir) != NULL;
	check_refused(slash + 1, "IM004", ODBCPOOL_ERR_NOT_A_DRIVER, is_on_list ? path : slash + 1);
	free(path);
}
END_TEST

START_TEST(a_driver_is_loaded_once_whatever_its_name)
{
	char link[] = "/tmp/odbcpool-test-XXXXXX";
	struct fake f = fake_load("fakedrv");

	ck_assert_int_ge(mkstemp(link), 0);
	ck_assert_int_eq(unlink(link) + symlink(fake_path("fakedrv"), link), 0);
	ck_assert_ptr_eq(driver_load(link, false, "the test", &diag), f.driver);
	ck_assert_ptr_eq(driver_load(fake_path("fakedrv"), false, "the test", &diag), f.driver);
	ck_assert_ptr_ne(fake_load("fakedrva").driver, f.driver);
	unlink(link);
}
END_TEST

START_TEST(who_asks_for_other_symbols_than_the_first_is_told)
{
	struct fake f = fake_load("fakedrv");

	diag_clear(&diag);
	ck_assert_ptr_eq(driver_load(fake_path("fakedrv"), true, "the test", &diag), f.driver);
	ck_assert_uint_eq(diag.count, 1);
	ck_assert_str_eq(diag.records[0].sqlstate, "01000");
	ck_assert_ptr_nonnull(strstr(diag.records[0].message, "DriverSymbols=Deep has no effect"));
	diag_clear(&diag);
	ck_assert_ptr_eq(driver_load(fake_path("fakedrv"), false, "the test", &diag), f.driver);
	ck_assert_uint_eq(diag.count, 0);
}
END_TEST

START_TEST(the_connect_functions_say_what_kind_of_driver_it_is)
{
	struct driver *both = fake_load("fakedrv").driver, *ansi = fake_load("fakedrva").driver;
	struct driver *wide = fake_load("fakedrvw").driver;

	ck_assert(both->has_ansi_connect && both->has_wide_connect);
	ck_assert(ansi->has_ansi_connect && !ansi->has_wide_connect);
	ck_assert(!wide->has_ansi_connect && wide->has_wide_connect);
}
END_TEST

START_TEST(a_function_that_the_driver_lacks_has_no_slot)
{
	struct fake nomix = fake_load("fakedrv_nomix");

	ck_assert(nomix.calls->TablesW == NULL || nomix.calls->PrepareW == NULL);
	ck_assert(nomix.calls->Prepare != NULL && nomix.calls->ExecDirectW != NULL);
}
END_TEST

START_TEST(functions_of_the_driver_manager_are_none_of_the_driver)
{
	struct diag reterr = DIAG_EMPTY;

	fake_load("fakedrv"); /* sets the hooks */
	struct driver *d = driver_load(LINKED_DRIVER, false, "the test", &reterr);
	ck_assert_msg(d != NULL, "%s", reterr.count ? reterr.records[0].message : "?");
	ck_assert(dlsym(d->library, "SQLFetch") != NULL); /* the manager's */
	ck_assert(d->calls.Fetch == NULL && d->calls.DriverConnectW == NULL);
	ck_assert(d->calls.Connect != NULL);
	ck_assert(!d->has_wide_connect);
}
END_TEST

START_TEST(deep_binding_is_left_out_where_it_is_not_safe)
{
	fake_load("fakedrva");
	ck_assert_ptr_nonnull(driver_load(fake_path("fakedrv"), true, "the test", &diag));
#ifdef ODBCPOOL_SANITIZED
	ck_assert_uint_eq(diag.count, 1);
	ck_assert_str_eq(diag.records[0].sqlstate, "01000");
#else
	ck_assert_uint_eq(diag.count, 0);
#endif
}
END_TEST

static void *load_in_thread(void *variant)
{
	struct diag reterr = DIAG_EMPTY;

	return driver_load(variant, false, "the test", &reterr);
}

START_TEST(threads_that_load_one_driver_get_the_same)
{
	pthread_t threads[8];
	char path[4096];
	void *first, *other;

	fake_load("fakedrva"); /* sets the hooks */
	snprintf(path, sizeof(path), "%s", fake_path("fakedrv"));
	for (size_t i = 0; i < array_size(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, load_in_thread, path), 0);
	pthread_join(threads[0], &first);
	ck_assert_ptr_nonnull(first);
	for (size_t i = 1; i < array_size(threads); i++) {
		pthread_join(threads[i], &other);
		ck_assert_ptr_eq(first, other);
	}
}
END_TEST

START_TEST(only_the_first_login_is_told)
{
	struct fake f = fake_load("fakedrv");

	driver_note_login(f.driver);
	driver_note_login(f.driver);
	ck_assert_int_eq(fake_first_logins(), 1);
	driver_note_login(fake_load("fakedrva").driver);
	ck_assert_int_eq(fake_first_logins(), 2);
}
END_TEST

static void forget(void)
{
	diag_clear(&diag);
}

Suite *test_suite(void)
{
	Suite *s = suite_create("load");
	TCase *t = tcase_create("load");

	tcase_add_checked_fixture(t, NULL, forget);
	tcase_add_test(t, a_missing_file_is_named);
	tcase_add_test(t, what_is_no_library_cannot_be_loaded);
	tcase_add_test(t, an_unreadable_file_cannot_be_loaded);
	tcase_add_test(t, a_library_that_is_no_driver_is_refused);
	tcase_add_test(t, a_driver_of_odbc_2_is_refused);
	tcase_add_test(t, odbcpool_itself_is_refused);
	tcase_add_test(t, a_file_name_is_looked_for_on_the_driver_directories);
	tcase_add_test(t, a_driver_is_loaded_once_whatever_its_name);
	tcase_add_test(t, who_asks_for_other_symbols_than_the_first_is_told);
	tcase_add_test(t, the_connect_functions_say_what_kind_of_driver_it_is);
	tcase_add_test(t, a_function_that_the_driver_lacks_has_no_slot);
	tcase_add_test(t, functions_of_the_driver_manager_are_none_of_the_driver);
	tcase_add_test(t, deep_binding_is_left_out_where_it_is_not_safe);
	tcase_add_test(t, threads_that_load_one_driver_get_the_same);
	tcase_add_test(t, only_the_first_login_is_told);
	suite_add_tcase(s, t);
	return s;
}
