/* SPDX-License-Identifier: MIT */
/*
 * Every allocation of conf fails in turn: the caller is told, and nothing is lost. (Leaks are found
 * when this runs under the address sanitizer.)
 */
#include "conf/ini.h"
#include "conf/ini_files.h"
#include "conf/key.h"
#include "conf/resolve.h"
#include "support/failing_alloc.h"
#include "support/run.h"

#include <string.h>

static void setup(void)
{
	ini_files_begin();
	ini_files_write("odbcinst.ini", "[Pooled]\nDriver=/x/libodbcpool.so\nPoolDriver=Real\n"
					"[Real]\nDriver=/x/real.so\n");
	ini_files_write("odbc.ini", "[sales]\nDriver=Pooled\nPoolName=p\nMaxPolSize=4\n");
}

static const char *const strings[] = {
	"DSN=sales;UID=x;Max Pool Size=9;DRIVER={zz};MaxPolSize=3",
	"DRIVER={Pooled};SERVER=h;DSN=sales",
	"DRIVER=/x/libodbcpool.so",
	"DSN=nope",
	"DSN=sales;PoolDriver=x",
};

START_TEST(resolving_survives_each_failed_allocation)
{
	const char *string = strings[_i];
	struct connect_text in = {
		.is_string = true, .string = string, .string_len = strlen(string)};

	for (long n = 0;; n++) {
		struct resolved r;
		struct diag d = DIAG_EMPTY;
		ini_files_write("user.ini", n % 2 ? "[a]\nb=c\n" : "[aa]\nb=c\n");
		alloc_fail_after(n);
		bool is_resolved = resolve_connect(&in, &r, &d);
		bool is_over = !alloc_end_failing();
		ck_assert(is_resolved || d.count > 0);
		ck_assert_int_ne(is_resolved && _i >= 2, 1);
		if (is_resolved) {
			ck_assert(!r.driver_string.failed && !r.own_words.failed);
			ck_assert_str_eq(r.pool_driver, "/x/real.so");
			resolved_done(&r);
		}
		diag_clear(&d);
		if (is_over) {
			ck_assert_int_eq(is_resolved, _i < 2);
			ck_assert_int_gt(n, 10);
			return;
		}
	}
}
END_TEST

START_TEST(a_canonical_key_is_whole_or_none)
{
	struct key_input in = {.kind = CONNECT_DRIVER, .string = {.data = "b=2;a=1", .len = 7}};
	struct digest whole, d;

	ck_assert(key_digest_canonical(&in, "x", &whole));
	for (long n = 0;; n++) {
		alloc_fail_after(n);
		bool is_made = key_digest_canonical(&in, "x", &d);
		bool is_over = !alloc_end_failing();
		ck_assert_int_eq(is_made, is_over);
		if (is_made)
			ck_assert(digest_equal(&d, &whole));
		if (is_over)
			return;
	}
}
END_TEST

START_TEST(a_file_is_watched_or_the_caller_is_told)
{
	for (long n = 0;; n++) {
		struct buffer paths = BUFFER_EMPTY;
		struct hasher h;
		/* Of each round's own, so that it must be added. */
		buffer_printf(&paths, "/nowhere/%ld", n);
		buffer_append(&paths, "", 1);
		hasher_init(&h, hash_process_key());
		alloc_fail_after(n);
		bool is_watched = ini_watch(&paths, &h);
		bool is_over = !alloc_end_failing();
		buffer_done(&paths);
		ck_assert(is_watched || !is_over);
		if (is_over) {
			ck_assert_int_gt(n, 5);
			return;
		}
	}
}
END_TEST

START_TEST(a_copy_of_settings_is_whole_or_none)
{
	struct settings s, copy;
	struct diag d = DIAG_EMPTY;

	settings_init(&s);
	settings_take(&s, "PoolName", "a", SETTING_STRING, "x", &d);
	settings_take(&s, "PoolDriver", "b", SETTING_DSN_SECTION, "x", &d);
	for (long n = 0; n < 2; n++) {
		alloc_fail_after(n);
		ck_assert(!settings_copy(&copy, &s));
		ck_assert(alloc_end_failing());
	}
	ck_assert(settings_copy(&copy, &s));
	settings_done(&copy);
	settings_done(&s);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("conf/out_of_memory");
	TCase *t = tcase_create("out_of_memory");

	tcase_add_checked_fixture(t, setup, ini_files_end);
	tcase_add_loop_test(t, resolving_survives_each_failed_allocation, 0,
		sizeof(strings) / sizeof(*strings));
	tcase_add_test(t, a_canonical_key_is_whole_or_none);
	tcase_add_test(t, a_file_is_watched_or_the_caller_is_told);
	tcase_add_test(t, a_copy_of_settings_is_whole_or_none);
	suite_add_tcase(s, t);
	return s;
}
