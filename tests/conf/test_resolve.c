/* SPDX-License-Identifier: MIT */
#include "conf/resolve.h"

#include "conf/ini.h"
#include "conf/ini_files.h"
#include "odbcpool.h"
#include "support/run.h"

#include <stdlib.h>
#include <string.h>

static const char odbcinst[] = "[Pooled]\n"
			       "Driver=/x/libodbcpool.so\n"
			       "PoolDriver=psqlodbcw.so\n"
			       "MaxPoolSize=7\n"
			       "PickOrder=Fifo\n"
			       "Debug=0\n"
			       "[ViaSection]\n"
			       "Driver=/x/libodbcpool.so\n"
			       "PoolDriver=Real; driver\n"
			       "[Real; driver]\n"
			       "Driver=/x/32.so\n"
			       "Driver64=/x/real.so\n"
			       "[Bare]\n"
			       "Driver=/x/libodbcpool.so\n"
			       "[Loop]\n"
			       "Driver=/x/libodbcpool.so\n"
			       "PoolDriver=Pooled\n"
			       "[Self]\n"
			       "Driver=/x/libodbcpool.so\n"
			       "PoolDriver=/x/libodbcpool.so\n"
			       "[SelfBySection]\n"
			       "Driver=/x/libodbcpool.so\n"
			       "PoolDriver=Bare\n"
			       "[Nowhere]\n"
			       "Driver=/x/libodbcpool.so\n"
			       "PoolDriver=Empty\n"
			       "[Empty]\n"
			       "Description=nothing\n";

static const char odbc[] = "[sales]\n"
			   "Driver=Pooled\n"
			   "Servername=db1\n"
			   "Trace=No\n"
			   "MaxPoolSize=8\n"
			   "[direct]\n"
			   "Driver=/x/libodbcpool.so\n"
			   "PoolDriver=/y/other.so\n"
			   "[override]\n"
			   "Driver=Pooled\n"
			   "PoolDriver=libtdsodbc.so\n"
			   "PoolName=mine\n"
			   "[section]\n"
			   "Driver=ViaSection\n"
			   "[bare]\n"
			   "Driver=Bare\n"
			   "[barepath]\n"
			   "Driver=/x/libodbcpool.so\n"
			   "[slip]\n"
			   "Driver=Pooled\n"
			   "MaxPolSize=3\n"
			   "[bad]\n"
			   "Driver=Pooled\n"
			   "MaxPolSize=3\n"
			   "MaxPoolSize=abc\n"
			   "[odd; name]\n"
			   "Driver=Pooled\n";

static struct resolved r;
static struct diag d;
static struct buffer completed;

static void setup(void)
{
	ini_files_begin();
	ini_files_write("odbc.ini", odbc);
	ini_files_write("odbcinst.ini", odbcinst);
}

static void teardown(void)
{
	diag_clear(&d);
	buffer_done(&completed);
	ini_files_end();
}

static bool resolve_bytes(bool is_string, const char *string, size_t len)
{
	struct connect_text in = {.is_string = is_string, .string = string, .string_len = len};

	diag_clear(&d);
	return resolve_connect(&in, &r, &d);
}

static void resolve_string(const char *string)
{
	ck_assert_msg(resolve_bytes(true, string, strlen(string)), "%s: %s", string,
		d.count ? d.records[0].message : "");
}

static void resolve_dsn(const char *dsn)
{
	ck_assert_msg(resolve_bytes(false, dsn, dsn ? strlen(dsn) : 0), "%s: %s", dsn,
		d.count ? d.records[0].message : "");
}

/* The message must hold `part`. */
static void expect_failure(
	bool is_string, const char *string, const char *sqlstate, int native, const char *part)
{
	ck_assert(!resolve_bytes(is_string, string, strlen(string)));
	ck_assert_str_eq(diag_sqlstate(&d), sqlstate);
	ck_assert_int_eq(d.records[0].native, native);
	ck_assert_msg(strstr(d.records[0].message, part), "%s", d.records[0].message);
}

static const char *complete(const char *from_driver)
{
	buffer_clear(&completed);
	resolved_complete_string(&r, from_driver, strlen(from_driver), &completed);
	return buffer_str(&completed);
}

START_TEST(a_data_source_leads_through_its_driver_section_to_the_real_driver)
{
	resolve_dsn("Sales");
	ck_assert_str_eq(r.dsn, "Sales");
	ck_assert_str_eq(r.driver_section, "Pooled");
	ck_assert_str_eq(r.pool_driver, "psqlodbcw.so");
	ck_assert_ptr_nonnull(strstr(r.pool_driver_place, "PoolDriver in [Pooled] of "));
	ck_assert_uint_eq(r.driver_string.len, 0);
	ck_assert_uint_eq(r.own_words.len, 0);
	ck_assert(!r.has_warnings);
	ck_assert_uint_eq(d.count, 0);
	ck_assert_uint_eq(r.generation, ini_generation());
	resolved_done(&r);
}
END_TEST

START_TEST(the_string_outranks_the_data_source_which_outranks_the_driver)
{
	resolve_dsn("sales");
	ck_assert_int_eq(r.settings.max_pool_size, 8);
	ck_assert_int_eq(r.settings.pick_order, PICK_FIFO);
	ck_assert_str_eq(r.settings.pool_name, "sales");
	resolved_done(&r);
	resolve_string("DSN=sales;Max Pool Size={9};MaxPoolSize=10");
	ck_assert_int_eq(r.settings.max_pool_size, 9);
	resolved_done(&r);
	resolve_string("DRIVER={Pooled}");
	ck_assert_int_eq(r.settings.max_pool_size, 7);
	ck_assert_str_eq(r.settings.pool_name, "Pooled");
	resolved_done(&r);
	resolve_dsn("override");
	ck_assert_str_eq(r.pool_driver, "libtdsodbc.so");
	ck_assert_str_eq(r.settings.pool_name, "mine");
	resolved_done(&r);
}
END_TEST

START_TEST(a_data_source_may_name_the_library_itself)
{
	resolve_dsn("direct");
	ck_assert_ptr_null(r.driver_section);
	ck_assert_str_eq(r.pool_driver, "/y/other.so");
	resolved_done(&r);
}
END_TEST

START_TEST(pool_driver_may_name_a_section)
{
	resolve_dsn("section");
	ck_assert_str_eq(r.pool_driver, sizeof(void *) == 8 ? "/x/real.so" : "/x/32.so");
	ck_assert_str_eq(r.settings.pool_driver, "Real; driver");
	resolved_done(&r);
}
END_TEST

START_TEST(a_missing_pool_driver_says_where_to_add_it)
{
	expect_failure(false, "bare", "IM003", ODBCPOOL_ERR_NO_POOL_DRIVER,
		"add \"PoolDriver = psqlodbcw.so\", or what its file is called, to section [Bare] "
		"of ");
	ck_assert_ptr_nonnull(strstr(d.records[0].message, ini_files_path("odbcinst.ini")));
	expect_failure(false, "barepath", "IM003", ODBCPOOL_ERR_NO_POOL_DRIVER,
		"to section [barepath] of ");
	ck_assert_ptr_nonnull(strstr(d.records[0].message, ini_files_path("odbc.ini")));
	expect_failure(true, "DRIVER=/x/libodbcpool.so", "IM003", ODBCPOOL_ERR_NO_POOL_DRIVER,
		"DRIVER={/x/libodbcpool.so} is no section of ");
	expect_failure(true, "DRIVER=Nowhere", "IM003", ODBCPOOL_ERR_NO_POOL_DRIVER,
		"there is no Driver in section [Empty]");
}
END_TEST

START_TEST(a_pool_driver_that_leads_back_is_a_loop)
{
	expect_failure(true, "DRIVER=Loop", "IM003", ODBCPOOL_ERR_DRIVER_LOOP,
		"a PoolDriver stands in section [Pooled]");
	expect_failure(true, "DRIVER=Self", "IM003", ODBCPOOL_ERR_DRIVER_LOOP, "odbcpool itself");
	expect_failure(
		true, "DRIVER=SelfBySection", "IM003", ODBCPOOL_ERR_DRIVER_LOOP, "odbcpool itself");
}
END_TEST

START_TEST(an_unknown_data_source_is_refused)
{
	expect_failure(false, "nope", "IM002", ODBCPOOL_ERR_NO_DATA_SOURCE, "[nope]");
	expect_failure(true, "DSN=nope", "IM002", ODBCPOOL_ERR_NO_DATA_SOURCE, "[nope]");
	expect_failure(true, "UID=x", "IM002", ODBCPOOL_ERR_NO_DATA_SOURCE, "[DEFAULT]");
	ini_files_write("user.ini", "junk\n");
	expect_failure(false, "nope", "IM002", ODBCPOOL_ERR_NO_DATA_SOURCE,
		"user.ini could not be read: it does not begin with a section");
}
END_TEST

START_TEST(the_default_data_source_stands_in_as_with_the_driver_manager)
{
	ini_files_write("user.ini", "[Default]\nDriver=Pooled\n");
	resolve_dsn(NULL);
	ck_assert_str_eq(r.dsn, "DEFAULT");
	resolved_done(&r);
	resolve_dsn("nope");
	ck_assert_str_eq(r.dsn, "DEFAULT");
	resolved_done(&r);
	resolve_string("UID=x");
	ck_assert_str_eq(r.dsn, "DEFAULT");
	ck_assert_str_eq(buffer_str(&r.driver_string), "DSN=DEFAULT;UID=x");
	resolved_done(&r);
	expect_failure(true, "DSN=nope", "IM002", ODBCPOOL_ERR_NO_DATA_SOURCE, "[nope]");
}
END_TEST

START_TEST(the_real_driver_gets_the_string_without_our_settings_letter_by_letter)
{
	resolve_string(" dsn =sales;MaxPoolSize=5; Uid=sa;PWD={a;MinPoolSize=x};PoolName=z;junk;");
	ck_assert_str_eq(
		buffer_str(&r.driver_string), " dsn =sales; Uid=sa;PWD={a;MinPoolSize=x};junk;");
	ck_assert_str_eq(buffer_str(&r.own_words), "MaxPoolSize=5;PoolName=z;");
	resolved_done(&r);
}
END_TEST

START_TEST(a_driver_beside_the_dsn_that_counts_is_dropped)
{
	resolve_string("DSN=sales;DRIVER={Bare};UID=x");
	ck_assert_str_eq(r.dsn, "sales");
	ck_assert_str_eq(buffer_str(&r.driver_string), "DSN=sales;UID=x");
	ck_assert_str_eq(buffer_str(&r.own_words), "");
	resolved_done(&r);
}
END_TEST

START_TEST(a_driver_that_counts_is_kept_and_so_is_the_dsn_after_it)
{
	resolve_string("DRIVER={Pooled};DSN=sales;SERVER=h");
	ck_assert_ptr_null(r.dsn);
	ck_assert_int_eq(r.settings.max_pool_size, 7);
	ck_assert_str_eq(buffer_str(&r.driver_string), "DRIVER={Pooled};DSN=sales;SERVER=h");
	ck_assert_str_eq(buffer_str(&r.own_words), "DRIVER={Pooled};");
	resolved_done(&r);
}
END_TEST

START_TEST(a_section_named_by_pool_driver_takes_the_place_of_ours)
{
	resolve_string("SERVER=h;Driver=ViaSection;PoolName=p");
	ck_assert_str_eq(buffer_str(&r.driver_string), "SERVER=h;DRIVER={Real; driver};");
	ck_assert_str_eq(buffer_str(&r.own_words), "Driver=ViaSection;PoolName=p;");
	resolved_done(&r);
}
END_TEST

START_TEST(a_repeated_dsn_or_driver_counts_as_the_driver_manager_counts)
{
	resolve_string("DSN=nope;DSN=sales");
	ck_assert_str_eq(r.dsn, "sales");
	resolved_done(&r);
	resolve_string("DRIVER=Bare;X=1;DRIVER=Pooled");
	ck_assert_str_eq(r.driver_section, "Pooled");
	ck_assert_str_eq(buffer_str(&r.driver_string), "X=1;DRIVER=Pooled");
	resolved_done(&r);
}
END_TEST

START_TEST(bytes_after_a_nul_are_handed_on_and_not_looked_into)
{
	static const char string[] = "DSN=sales;\0MaxPoolSize=x;";

	ck_assert(resolve_bytes(true, string, sizeof(string) - 1));
	ck_assert_uint_eq(r.driver_string.len, sizeof(string) - 1);
	ck_assert_mem_eq(r.driver_string.data, string, sizeof(string) - 1);
	resolved_done(&r);
}
END_TEST

START_TEST(the_completed_string_of_a_driver_string_comes_back_to_us)
{
	resolve_string("DRIVER={ViaSection};MaxPoolSize=5;UID=sa");
	ck_assert_str_eq(complete("DRIVER={Real; driver};UID=sa;SERVER=h;"),
		"DRIVER={ViaSection};MaxPoolSize=5;UID=sa;SERVER=h;");
	resolved_done(&r);
	resolve_string(buffer_str(&completed));
	ck_assert_str_eq(r.driver_section, "ViaSection");
	ck_assert_int_eq(r.settings.max_pool_size, 5);
	resolved_done(&r);
}
END_TEST

START_TEST(the_completed_string_of_a_dsn_string_comes_back_to_us)
{
	resolve_string("DSN=sales;MaxPoolSize=5;UID=sa;DRIVER=Bare");
	ck_assert_str_eq(
		complete("DSN=sales;UID=sa;PORT=1;"), "MaxPoolSize=5;DSN=sales;UID=sa;PORT=1;");
	ck_assert_str_eq(complete("DRIVER=x;UID=sa"), "MaxPoolSize=5;DSN=sales;UID=sa");
	resolved_done(&r);
	resolve_string("DSN={odd; name}");
	ck_assert_str_eq(complete("UID=sa"), "DSN={odd; name};UID=sa");
	resolved_done(&r);
}
END_TEST

START_TEST(a_misspelt_setting_warns_and_the_connect_goes_on)
{
	resolve_dsn("slip");
	ck_assert(r.has_warnings);
	ck_assert_uint_eq(d.count, 1);
	ck_assert_str_eq(diag_sqlstate(&d), "01000");
	ck_assert_ptr_nonnull(strstr(d.records[0].message, "MaxPolSize in section [slip] of "));
	resolved_done(&r);
	resolve_string("DSN=sales;MaxPolSize=3");
	ck_assert(r.has_warnings);
	ck_assert_str_eq(buffer_str(&r.driver_string), "DSN=sales;MaxPolSize=3");
	resolved_done(&r);
}
END_TEST

START_TEST(an_error_comes_before_warnings)
{
	expect_failure(false, "bad", "HY024", ODBCPOOL_ERR_SETTING_VALUE,
		"MaxPoolSize=abc in section [bad] of ");
	ck_assert_uint_eq(d.count, 2);
	ck_assert_str_eq(d.records[1].sqlstate, "01000");
}
END_TEST

START_TEST(a_bad_setting_in_the_string_fails_the_connect)
{
	expect_failure(true, "DSN=sales;MaxPoolSize=x", "HY024", ODBCPOOL_ERR_SETTING_VALUE,
		"MaxPoolSize=x in the connection string is not a number from 0 to 1000000");
	expect_failure(true, "DSN=sales;PoolDriver=x.so", "HY024", ODBCPOOL_ERR_SETTING_PLACE,
		"PoolDriver is not accepted from the connection string");
	expect_failure(true, "DSN=sales;MinPoolSize=9", "HY024", ODBCPOOL_ERR_SETTING_VALUE,
		"MinPoolSize=9 is larger than MaxPoolSize=8");
}
END_TEST

START_TEST(passwords_never_reach_a_message)
{
	expect_failure(true, "DSN=nope;PWD=topsecret;PoolDriver=topsecret", "IM002",
		ODBCPOOL_ERR_NO_DATA_SOURCE, "nope");
	ck_assert_ptr_null(strstr(d.records[0].message, "topsecret"));
	expect_failure(true, "DSN=sales;MaxPolSize=topsecret;PoolDriver=topsecret", "HY024",
		ODBCPOOL_ERR_SETTING_PLACE, "PoolDriver");
	for (size_t i = 0; i < d.count; i++)
		ck_assert_ptr_null(strstr(d.records[i].message, "topsecret"));
}
END_TEST

static struct digest sections_of(const char *string)
{
	resolve_string(string);
	struct digest sections = r.sections;
	resolved_done(&r);
	return sections;
}

START_TEST(the_digest_follows_the_sections_that_were_read)
{
	struct digest a = sections_of("DSN=sales"), b = sections_of("DSN=sales;UID=x");
	ck_assert(digest_equal(&a, &b));

	ini_files_write("user.ini", "[other]\nDriver=Pooled\n");
	b = sections_of("DSN=sales");
	ck_assert(digest_equal(&a, &b));

	ini_files_write("user.ini", "[sales]\nDriver=Pooled\nServername=db1\nTrace=No\n");
	b = sections_of("DSN=sales");
	ck_assert(!digest_equal(&a, &b));

	a = sections_of("DRIVER=Pooled;DSN=sales");
	ini_files_write("user.ini", "[sales]\nDriver=Pooled\nServername=db2\n");
	b = sections_of("DRIVER=Pooled;DSN=sales");
	ck_assert(!digest_equal(&a, &b));

	a = sections_of("DRIVER=ViaSection");
	ini_files_write("odbcinst.ini",
		"[ViaSection]\nDriver=/x/libodbcpool.so\nPoolDriver=Real; "
		"driver\n[Real; driver]\nDriver=/x/32.so\nDriver64=/x/new.so\n");
	b = sections_of("DRIVER=ViaSection");
	ck_assert(!digest_equal(&a, &b));
}
END_TEST

START_TEST(the_environment_can_switch_pooling_off)
{
	setenv("ODBCPOOL_DISABLE", "1", 1);
	resolve_string("DSN=sales;Pooling=Yes");
	ck_assert_int_eq(r.settings.pooling, POOLING_NO);
	resolved_done(&r);
	setenv("ODBCPOOL_DISABLE", "0", 1);
	resolve_string("DSN=sales;Pooling=Yes");
	ck_assert_int_eq(r.settings.pooling, POOLING_YES);
	resolved_done(&r);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("conf/resolve");
	TCase *t = tcase_create("resolve");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_data_source_leads_through_its_driver_section_to_the_real_driver);
	tcase_add_test(t, the_string_outranks_the_data_source_which_outranks_the_driver);
	tcase_add_test(t, a_data_source_may_name_the_library_itself);
	tcase_add_test(t, pool_driver_may_name_a_section);
	tcase_add_test(t, a_missing_pool_driver_says_where_to_add_it);
	tcase_add_test(t, a_pool_driver_that_leads_back_is_a_loop);
	tcase_add_test(t, an_unknown_data_source_is_refused);
	tcase_add_test(t, the_default_data_source_stands_in_as_with_the_driver_manager);
	tcase_add_test(t, the_real_driver_gets_the_string_without_our_settings_letter_by_letter);
	tcase_add_test(t, a_driver_beside_the_dsn_that_counts_is_dropped);
	tcase_add_test(t, a_driver_that_counts_is_kept_and_so_is_the_dsn_after_it);
	tcase_add_test(t, a_section_named_by_pool_driver_takes_the_place_of_ours);
	tcase_add_test(t, a_repeated_dsn_or_driver_counts_as_the_driver_manager_counts);
	tcase_add_test(t, bytes_after_a_nul_are_handed_on_and_not_looked_into);
	tcase_add_test(t, the_completed_string_of_a_driver_string_comes_back_to_us);
	tcase_add_test(t, the_completed_string_of_a_dsn_string_comes_back_to_us);
	tcase_add_test(t, a_misspelt_setting_warns_and_the_connect_goes_on);
	tcase_add_test(t, an_error_comes_before_warnings);
	tcase_add_test(t, a_bad_setting_in_the_string_fails_the_connect);
	tcase_add_test(t, passwords_never_reach_a_message);
	tcase_add_test(t, the_digest_follows_the_sections_that_were_read);
	tcase_add_test(t, the_environment_can_switch_pooling_off);
	suite_add_tcase(s, t);
	return s;
}
