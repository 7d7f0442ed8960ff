/* SPDX-License-Identifier: MIT */
#include "conf/settings.h"

#include "base/buffer.h"
#include "conf/driver_words.h"
#include "odbcpool.h"
#include "support/run.h"

#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static struct settings s;
static struct diag d;

static void setup(void)
{
	settings_init(&s);
	d = (struct diag)DIAG_EMPTY;
}

static void teardown(void)
{
	settings_done(&s);
	diag_clear(&d);
}

static enum setting_result take(const char *name, const char *value)
{
	return settings_take(&s, name, value, SETTING_DSN_SECTION, "section [sales] of /x", &d);
}

static void expect_taken(const char *name, const char *value)
{
	/* A second value from one source would be ignored. */
	memset(s.source, 0, sizeof(s.source));
	ck_assert_msg(take(name, value) == SETTING_TAKEN, "%s=%s: %s", name, value,
		d.count ? d.records[0].message : "");
	ck_assert_uint_eq(d.count, 0);
}

static void expect_refused(
	const char *name, const char *value, const char *sqlstate, int native, const char *message)
{
	memset(s.source, 0, sizeof(s.source));
	ck_assert_int_eq(take(name, value), SETTING_REFUSED);
	ck_assert_uint_eq(d.count, 1);
	ck_assert_str_eq(d.records[0].sqlstate, sqlstate);
	ck_assert_int_eq(d.records[0].native, native);
	if (message)
		ck_assert_str_eq(d.records[0].message, message);
	diag_clear(&d);
}

START_TEST(unset_settings_have_their_documented_values)
{
	ck_assert_int_eq(s.pooling, POOLING_AUTO);
	ck_assert_int_eq(s.max_pool_size, 100);
	ck_assert_int_eq(s.min_pool_size, 0);
	ck_assert_int_eq(s.pool_connect_timeout, 15 * USEC_PER_SEC);
	ck_assert_int_eq(s.connection_idle_timeout, 300 * USEC_PER_SEC);
	ck_assert_int_eq(s.idle_mode, IDLE_EXACT);
	ck_assert_int_eq(s.max_pools, 1000);
	ck_assert_int_eq(s.max_parked_time, 0);
	ck_assert_int_eq(s.connection_lifetime, USEC_INFINITY);
	ck_assert_int_eq(s.max_uses, 0);
	ck_assert(s.connection_reset);
	ck_assert_int_eq(s.reset_mode, RESET_BACKGROUND);
	ck_assert_int_eq(s.reset_method, RESET_AUTO);
	ck_assert_int_eq(s.statement_cleanup_limit, -1);
	ck_assert_int_eq(s.tcp_keepalive, 0);
	ck_assert_int_eq(s.tcp_user_timeout, 0);
	ck_assert_ptr_null(s.reset_query);
	ck_assert_ptr_null(s.init_query);
	ck_assert_ptr_null(s.borrow_query);
	ck_assert_int_eq(s.validation, VALIDATION_AUTO);
	ck_assert_ptr_null(s.validation_query);
	ck_assert_int_eq(s.validation_interval, 30 * USEC_PER_SEC);
	ck_assert_int_eq(s.validation_timeout, 5 * USEC_PER_SEC);
	ck_assert_int_eq(s.pool_keepalive, 0);
	ck_assert_int_eq(s.pool_blocking_period, BLOCKING_AUTO);
	ck_assert(s.enlist);
	ck_assert_int_eq(s.transaction_binding, BINDING_EXPLICIT_UNBIND);
	ck_assert_int_eq(s.pool_key_match, KEY_MATCH_EXACT);
	ck_assert_int_eq(s.max_opening, 8);
	ck_assert_int_eq(s.leak_detection_threshold, 0);
	ck_assert_int_eq(s.wait_notify, 0);
	ck_assert_int_eq(s.close_timeout, 10 * USEC_PER_SEC);
	ck_assert_int_eq(s.pick_order, PICK_LIFO);
	ck_assert_ptr_null(s.pool_name);
	ck_assert_int_eq(s.driver_symbols, SYMBOLS_LOCAL);
	ck_assert_int_eq(s.pool_trace, POOL_TRACE_OFF);
	ck_assert_ptr_null(s.pool_trace_file);
	ck_assert_ptr_null(s.pool_driver);
}
END_TEST

START_TEST(names_and_synonyms_are_known_whatever_their_case_and_blanks)
{
	expect_taken("Max Pool Size", "5");
	ck_assert_int_eq(s.max_pool_size, 5);
	expect_taken("MAXIMUMPOOLSIZE", "6");
	ck_assert_int_eq(s.max_pool_size, 6);
	expect_taken("pool max size", " 7 ");
	ck_assert_int_eq(s.max_pool_size, 7);
	expect_taken("Load Balance Timeout", "8");
	ck_assert_int_eq(s.connection_lifetime, 8 * USEC_PER_SEC);
	ck_assert(settings_knows("connection pooling"));
	ck_assert(!settings_knows("Max Pool Siz"));
	ck_assert(!settings_knows(""));
}
END_TEST

START_TEST(booleans_have_the_spellings_of_ado_net)
{
	static const char *const yes[] = {"yes", "TRUE", "1", "on"};
	static const char *const no[] = {"No", "false", "0", "OFF"};

	for (size_t i = 0; i < array_size(yes); i++) {
		expect_taken("Pooling", yes[i]);
		ck_assert_int_eq(s.pooling, POOLING_YES);
		expect_taken("Enlist", yes[i]);
		ck_assert(s.enlist);
		expect_taken("Pooling", no[i]);
		ck_assert_int_eq(s.pooling, POOLING_NO);
	}
	expect_taken("Pooling", "auto");
	ck_assert_int_eq(s.pooling, POOLING_AUTO);
	expect_refused("Pooling", "maybe", "HY024", ODBCPOOL_ERR_SETTING_VALUE,
		"[odbcpool][settings] Pooling=maybe in section [sales] of /x is not one of Auto, "
		"No, Yes");
}
END_TEST

START_TEST(durations_keep_their_unit_and_what_stands_for_ever)
{
	expect_taken("PoolConnectTimeout", "0");
	ck_assert_int_eq(s.pool_connect_timeout, USEC_INFINITY);
	expect_taken("ConnectionIdleTimeout", "0");
	ck_assert_int_eq(s.connection_idle_timeout, USEC_INFINITY);
	expect_taken("ConnectionLifetime", "60");
	ck_assert_int_eq(s.connection_lifetime, 60 * USEC_PER_SEC);
	expect_taken("LeakDetectionThreshold", "0");
	ck_assert_int_eq(s.leak_detection_threshold, 0);
	expect_taken("WaitNotify", "250");
	ck_assert_int_eq(s.wait_notify, 250 * USEC_PER_MSEC);
	expect_taken("CloseTimeout", "0");
	ck_assert_int_eq(s.close_timeout, 0);
}
END_TEST

START_TEST(choices_are_taken_by_name)
{
	expect_taken("PickOrder", "fifo");
	ck_assert_int_eq(s.pick_order, PICK_FIFO);
	expect_taken("PoolBlockingPeriod", "NeverBlock");
	ck_assert_int_eq(s.pool_blocking_period, BLOCKING_NEVER);
	expect_taken("PoolKeyMatch", "Canonical");
	ck_assert_int_eq(s.pool_key_match, KEY_MATCH_CANONICAL);
	expect_taken("PoolTrace", "debug");
	ck_assert_int_eq(s.pool_trace, POOL_TRACE_DEBUG);
	expect_refused("PickOrder", "1", "HY024", ODBCPOOL_ERR_SETTING_VALUE,
		"[odbcpool][settings] PickOrder=1 in section [sales] of /x is not one of Lifo, "
		"Fifo");
}
END_TEST

START_TEST(a_bad_number_names_key_value_place_and_range)
{
	static const char *const bad[] = {
		"abc", "", "-1", "+5", "5x", "0x10", "1e3", "1000001", "99999999999999999999"};

	for (size_t i = 0; i < array_size(bad); i++)
		expect_refused("MaxPoolSize", bad[i], "HY024", ODBCPOOL_ERR_SETTING_VALUE, NULL);
	expect_refused("MaxPoolSize", "abc", "HY024", ODBCPOOL_ERR_SETTING_VALUE,
		"[odbcpool][settings] MaxPoolSize=abc in section [sales] of /x is not a number "
		"from 0 to 1000000");
	expect_refused("CloseTimeout", "-1", "HY024", ODBCPOOL_ERR_SETTING_VALUE,
		"[odbcpool][settings] CloseTimeout=-1 in section [sales] of /x is not a number of "
		"seconds from 0 to 3600");
	expect_refused("WaitNotify", "x", "HY024", ODBCPOOL_ERR_SETTING_VALUE,
		"[odbcpool][settings] WaitNotify=x in section [sales] of /x is not a number of "
		"milliseconds from 0 to 2147483647");
	ck_assert_int_eq(s.max_pool_size, 100);
}
END_TEST

START_TEST(a_very_long_value_is_cut_in_the_message)
{
	char value[1000];

	memset(value, '9', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	ck_assert_int_eq(take("MaxPoolSize", value), SETTING_REFUSED);
	ck_assert_ptr_nonnull(strstr(d.records[0].message, "999... in section"));
	ck_assert_uint_lt(strlen(d.records[0].message), 250);
}
END_TEST

START_TEST(the_higher_source_wins_whatever_the_order)
{
	ck_assert_int_eq(
		settings_take(&s, "MaxPoolSize", "3", SETTING_STRING, "a", &d), SETTING_TAKEN);
	ck_assert_int_eq(
		settings_take(&s, "MaxPoolSize", "2", SETTING_DSN_SECTION, "b", &d), SETTING_TAKEN);
	ck_assert_int_eq(s.max_pool_size, 3);
	ck_assert_int_eq(settings_take(&s, "MaxPoolSize", "x", SETTING_DRIVER_SECTION, "c", &d),
		SETTING_REFUSED);
}
END_TEST

START_TEST(the_first_of_two_in_one_place_wins)
{
	ck_assert_int_eq(take("MaxPoolSize", "3"), SETTING_TAKEN);
	ck_assert_int_eq(take("MaximumPoolSize", "4"), SETTING_TAKEN);
	ck_assert_int_eq(s.max_pool_size, 3);
}
END_TEST

START_TEST(what_loads_code_writes_files_or_runs_sql_is_refused_from_a_string)
{
	static const char *const names[] = {
		"PoolDriver", "Pool Trace File", "ResetQuery", "InitQuery", "BorrowQuery"};

	for (size_t i = 0; i < array_size(names); i++) {
		ck_assert_int_eq(settings_take(&s, names[i], "/tmp/secret", SETTING_STRING,
					 "the connection string", &d),
			SETTING_REFUSED);
		ck_assert_str_eq(d.records[0].sqlstate, "HY024");
		ck_assert_int_eq(d.records[0].native, ODBCPOOL_ERR_SETTING_PLACE);
		ck_assert_ptr_null(strstr(d.records[0].message, "/tmp/secret"));
		ck_assert_ptr_nonnull(strstr(d.records[0].message, "odbcinst.ini"));
		diag_clear(&d);
	}
	expect_taken("PoolTraceFile", "/tmp/trace");
	ck_assert_str_eq(s.pool_trace_file, "/tmp/trace");
}
END_TEST

START_TEST(an_empty_text_is_as_unset)
{
	expect_taken("PoolName", "sales");
	ck_assert_str_eq(s.pool_name, "sales");
	expect_taken("PoolName", "  ");
	ck_assert_ptr_null(s.pool_name);
}
END_TEST

START_TEST(what_concerns_transactions_is_taken)
{
	expect_taken("TransactionBinding", "ImplicitUnbind");
	ck_assert_int_eq(s.transaction_binding, BINDING_IMPLICIT_UNBIND);
	expect_taken("Enlist", "no");
	ck_assert(!s.enlist);
	expect_taken("MaxParkedTime", "5");
	ck_assert_int_eq(s.max_parked_time, 5 * USEC_PER_SEC);
	expect_refused("ValidationInterval", "-2", "HY024", ODBCPOOL_ERR_SETTING_VALUE, NULL);
	expect_taken("InitQuery", "");
	expect_taken("ValidationInterval", "30");
	expect_taken("StatementCleanupLimit", "-1");
}
END_TEST

START_TEST(a_misspelt_name_is_answered_with_the_right_one)
{
	static const char *const slips[][2] = {
		{"MaxPolSize", "MaxPoolSize"},
		{"Max Pool Szie", "MaxPoolSize"},
		{"MaximunPoolSize", "MaxPoolSize"},
		{"Poolling", "Pooling"},
		{"MinPoolsSizes", "MinPoolSize"},
		{"ConectionIdleTimeout", "ConnectionIdleTimeout"},
		{"PoolDrivr", "PoolDriver"},
	};

	for (size_t i = 0; i < array_size(slips); i++) {
		char end[64];
		ck_assert_int_eq(take(slips[i][0], "5"), SETTING_LOOKS_LIKE);
		ck_assert_str_eq(d.records[0].sqlstate, "01000");
		ck_assert_int_eq(d.records[0].native, ODBCPOOL_ERR_SETTING_MISSPELT);
		snprintf(end, sizeof(end), "was %s meant?", slips[i][1]);
		ck_assert_ptr_nonnull(strstr(d.records[0].message, end));
		diag_clear(&d);
	}
	ck_assert_int_eq(s.max_pool_size, 100);
}
END_TEST

START_TEST(words_of_real_drivers_are_never_ours_nor_misspelt)
{
	for (size_t i = 0; i < array_size(driver_words); i++) {
		enum setting_result result = take(driver_words[i], "topsecret");
		ck_assert_msg(result == SETTING_NOT_OURS, "%s: %s", driver_words[i],
			d.count ? d.records[0].message : "taken");
		ck_assert_uint_eq(d.count, 0);
	}
}
END_TEST

START_TEST(a_minimum_above_the_maximum_is_refused)
{
	expect_taken("MinPoolSize", "20");
	ck_assert(settings_check(&s, &d));
	expect_taken("MaxPoolSize", "10");
	ck_assert(!settings_check(&s, &d));
	ck_assert_str_eq(d.records[0].sqlstate, "HY024");
	ck_assert_str_eq(d.records[0].message,
		"[odbcpool][settings] MinPoolSize=20 is larger than MaxPoolSize=10");
	diag_clear(&d);
	expect_taken("MaxPoolSize", "0");
	ck_assert(settings_check(&s, &d));
}
END_TEST

START_TEST(a_copy_owns_its_texts)
{
	struct settings copy;

	expect_taken("PoolName", "sales");
	expect_taken("MaxPoolSize", "5");
	ck_assert(settings_copy(&copy, &s));
	settings_done(&s);
	ck_assert_str_eq(copy.pool_name, "sales");
	ck_assert_ptr_null(copy.init_query);
	ck_assert_int_eq(copy.max_pool_size, 5);
	settings_done(&copy);
}
END_TEST

START_TEST(the_digest_follows_what_shapes_a_connection_and_nothing_else)
{
	struct digest before = settings_digest(&s), after;

	expect_taken("MaxPoolSize", "5");
	expect_taken("PoolName", "x");
	after = settings_digest(&s);
	ck_assert(digest_equal(&before, &after));
	expect_taken("DriverSymbols", "Deep");
	after = settings_digest(&s);
	ck_assert(!digest_equal(&before, &after));
	expect_taken("DriverSymbols", "Local");
	expect_taken("PoolDriver", "x.so");
	after = settings_digest(&s);
	ck_assert(!digest_equal(&before, &after));
}
END_TEST

START_TEST(every_setting_is_described_and_found_by_all_its_names)
{
	for (int i = 0; i < SETTINGS; i++) {
		struct setting_about about = settings_about((enum setting_number)i);
		char names[200];
		ck_assert(settings_knows(about.name));
		ck_assert_uint_gt(strlen(about.help), 10);
		snprintf(names, sizeof(names), "%s", about.synonyms);
		for (char *p = strtok(names, ","); p; p = strtok(NULL, ","))
			ck_assert(settings_knows(p));
	}
}
END_TEST

START_TEST(the_sample_file_shows_the_built_in_values)
{
	const char *srcdir = getenv("srcdir");
	struct settings built_in;
	char path[1000], line[200], name[100];
	int taken = 0;

	snprintf(path, sizeof(path), "%s/odbcinst.ini.sample", srcdir ? srcdir : ".");
	FILE *f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f)) {
		char *value = strchr(line, '=');
		if (line[0] != ';' || !value || sscanf(line, ";%99s", name) != 1 ||
			strchr(";- ", line[1]))
			continue;
		expect_taken(name, value + 1);
		taken++;
	}
	fclose(f);
	ck_assert_int_eq(taken, SETTINGS);
	settings_init(&built_in);
	ck_assert_mem_eq(&s, &built_in, offsetof(struct settings, source));
	settings_done(&built_in);
}
END_TEST

/* --- the drivers that are installed here --- */

static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Does the word stand in these bytes alone, whatever its case? */
static bool holds_word(const struct buffer *bytes, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i + len <= bytes->len; i++) {
		const char *p = bytes->data + i;
		if (tolower((unsigned char)*p) != tolower((unsigned char)*word) ||
			strncasecmp(p, word, len) != 0)
			continue;
		if ((i == 0 || !is_word_char(p[-1])) &&
			(i + len == bytes->len || !is_word_char(p[len])))
			return true;
	}
	return false;
}

static void read_bytes(const char *path, struct buffer *to)
{
	char chunk[65536];
	FILE *f = fopen(path, "rb");
	size_t n;

	ck_assert_ptr_nonnull(f);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buffer_append(to, chunk, n);
	fclose(f);
}

static void check_names(const struct buffer *bytes, const char *path)
{
	for (int i = 0; i < SETTINGS; i++) {
		struct setting_about about = settings_about((enum setting_number)i);
		char names[300];
		snprintf(names, sizeof(names), "%s,%s", about.name, about.synonyms);
		for (char *p = strtok(names, ","); p; p = strtok(NULL, ","))
			ck_assert_msg(!holds_word(bytes, p), "%s is a word of %s", p, path);
	}
}

START_TEST(no_name_of_ours_is_a_word_of_an_installed_driver)
{
	glob_t found;

	if (glob("/usr/lib/*/odbc/lib*odbc*.so", 0, NULL, &found) != 0)
		return;
	glob("/usr/lib/*/odbc/psqlodbc*.so", GLOB_APPEND, NULL, &found);
	glob("/usr/lib/*/odbc/libmaodbc.so", GLOB_APPEND, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct buffer bytes = BUFFER_EMPTY;
		if (strstr(found.gl_pathv[i], "libodbcpool"))
			continue;
		read_bytes(found.gl_pathv[i], &bytes);
		check_names(&bytes, found.gl_pathv[i]);
		buffer_done(&bytes);
	}
	globfree(&found);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("conf/settings");
	TCase *t = tcase_create("settings");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, unset_settings_have_their_documented_values);
	tcase_add_test(t, names_and_synonyms_are_known_whatever_their_case_and_blanks);
	tcase_add_test(t, booleans_have_the_spellings_of_ado_net);
	tcase_add_test(t, durations_keep_their_unit_and_what_stands_for_ever);
	tcase_add_test(t, choices_are_taken_by_name);
	tcase_add_test(t, a_bad_number_names_key_value_place_and_range);
	tcase_add_test(t, a_very_long_value_is_cut_in_the_message);
	tcase_add_test(t, the_higher_source_wins_whatever_the_order);
	tcase_add_test(t, the_first_of_two_in_one_place_wins);
	tcase_add_test(t, what_loads_code_writes_files_or_runs_sql_is_refused_from_a_string);
	tcase_add_test(t, an_empty_text_is_as_unset);
	tcase_add_test(t, what_concerns_transactions_is_taken);
	tcase_add_test(t, a_misspelt_name_is_answered_with_the_right_one);
	tcase_add_test(t, words_of_real_drivers_are_never_ours_nor_misspelt);
	tcase_add_test(t, a_minimum_above_the_maximum_is_refused);
	tcase_add_test(t, a_copy_owns_its_texts);
	tcase_add_test(t, the_digest_follows_what_shapes_a_connection_and_nothing_else);
	tcase_add_test(t, every_setting_is_described_and_found_by_all_its_names);
	tcase_add_test(t, the_sample_file_shows_the_built_in_values);
	tcase_add_test(t, no_name_of_ours_is_a_word_of_an_installed_driver);
	suite_add_tcase(suite, t);
	return suite;
}
