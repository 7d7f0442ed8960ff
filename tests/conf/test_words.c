/* SPDX-License-Identifier: MIT */
#include "conf/words.h"

#include "conf/ini.h"
#include "base/compiler.h"
#include "conf/ini_files.h"
#include "support/run.h"

#include <stdlib.h>
#include <string.h>

static struct resolved r;

static void setup(void)
{
	static char dsn[] = "sales", section[] = "Pooled";

	ini_files_begin();
	ini_files_write("odbc.ini", "[sales]\nDriver=Pooled\nServername=db1\nPort=5432\n");
	ini_files_write("odbcinst.ini", "[Pooled]\nDriver=/x\n[ODBC]\nThreading=3\n");
	r = (struct resolved){.dsn = dsn, .driver_section = section};
}

static void teardown(void)
{
	buffer_done(&r.driver_string);
	ini_files_end();
}

static void assert_word(const char *keyword, const char *expected)
{
	struct buffer value = BUFFER_EMPTY;

	ck_assert_int_eq(words_get(&r, keyword, &value), expected != NULL);
	ck_assert_str_eq(buffer_str(&value), expected ? expected : "");
	buffer_done(&value);
}

START_TEST(the_string_is_asked_before_the_section)
{
	buffer_append_str(&r.driver_string, "DSN=sales;SERVERNAME={db;2};");
	assert_word("Servername", "db;2");
	assert_word("Port", "5432");
	assert_word("Uid", NULL);
	r.dsn = NULL;
	assert_word("Port", NULL);
}
END_TEST

static const char *const exempt[] = {"db.database.windows.net", "tcp:db.database.windows.net,1433",
	"DB.Database.Windows.NET.", "database.windows.net",
	"a.b.database.fabric.microsoft.com:1433", "x.database.chinacloudapi.cn\\instance",
	"x.database.usgovcloudapi.net", "x.database.cloudapi.de"};

static const char *const ordinary[] = {"", "db1", "localhost,1433", "notdatabase.windows.net",
	"database.windows.net.example.org", "windows.net", "tcp:", "db.example.org"};

START_TEST(cloud_hosts_and_their_subdomains_are_exempt_in_all_spellings)
{
	for (size_t i = 0; i < array_size(exempt); i++)
		ck_assert_msg(words_server_is_exempt(exempt[i]), "%s", exempt[i]);
	for (size_t i = 0; i < array_size(ordinary); i++)
		ck_assert_msg(!words_server_is_exempt(ordinary[i]), "%s", ordinary[i]);
}
END_TEST

START_TEST(the_host_is_found_under_any_of_its_words)
{
	ck_assert(!words_host_is_exempt(&r));
	buffer_append_str(&r.driver_string, "Server=tcp:x.database.windows.net,1433;");
	ck_assert(words_host_is_exempt(&r));
}
END_TEST

START_TEST(integrated_logins_are_known_by_their_words)
{
	static const char *const asks[] = {"Trusted_Connection=Yes;", "Integrated Security=SSPI;",
		"krbsrvname=postgres;", "REALM=EXAMPLE.ORG;"};

	ck_assert(!words_ask_for_integrated_login(&r));
	for (size_t i = 0; i < array_size(asks); i++) {
		buffer_clear(&r.driver_string);
		buffer_append_str(&r.driver_string, asks[i]);
		ck_assert_msg(words_ask_for_integrated_login(&r), "%s", asks[i]);
	}
	buffer_clear(&r.driver_string);
	buffer_append_str(&r.driver_string, "Trusted_Connection=No;REALM=;");
	ck_assert(!words_ask_for_integrated_login(&r));
}
END_TEST

START_TEST(serialised_calls_are_seen_in_the_section_first)
{
	ck_assert(words_calls_are_serialised(&r));
	ini_files_write("odbcinst.ini", "[Pooled]\nThreading=0\n[ODBC]\nThreading=3\n");
	ck_assert(!words_calls_are_serialised(&r));
	ini_files_write("odbcinst.ini", "[Pooled]\nThreading = 3\n");
	ck_assert(words_calls_are_serialised(&r));
	ini_files_write("odbcinst.ini", "[Pooled]\nDriver=/x\n");
	ck_assert(!words_calls_are_serialised(&r));
}
END_TEST

START_TEST(the_managers_own_pool_is_seen_as_the_manager_sees_it)
{
	static const char *const on[] = {"[ODBC]\nPooling = Yes\n", "[ODBC]\nPooling=1\n",
		"[odbc]\npooling=ON\n", "[Pooled]\nCPTimeout=60\n",
		"[Pooled]\nCPTimeout=-1\n[ODBC]\nPooling=Yes\n"};
	static const char *const off[] = {"[ODBC]\nPooling = No\n", "[ODBC]\nPooling=off\n",
		"[Pooled]\nCPTimeout=-1\nPooling=Yes\n", "[Other]\nCPTimeout=60\n"};

	for (size_t i = 0; i < array_size(on); i++) {
		ini_files_write("odbcinst.ini", on[i]);
		ck_assert_msg(words_manager_pools(&r), "%s", on[i]);
	}
	for (size_t i = 0; i < array_size(off); i++) {
		ini_files_write("odbcinst.ini", off[i]);
		ck_assert_msg(!words_manager_pools(&r), "%s", off[i]);
	}
}
END_TEST

/* The address that a connection string and the user of SQLConnect lead to, to be freed. */
static char *address_of(const char *string, const char *user)
{
	struct buffer address = BUFFER_EMPTY;

	buffer_clear(&r.driver_string);
	buffer_append_str(&r.driver_string, string);
	words_add_address(&r, user, &address);
	ck_assert(!address.failed);
	return buffer_steal(&address);
}

static void assert_same_address(const char *a, const char *b, bool is_same)
{
	char *first = address_of(a, NULL), *second = address_of(b, NULL);

	ck_assert_msg((strcmp(first, second) == 0) == is_same, "%s and %s", a, b);
	free(first);
	free(second);
}

START_TEST(an_address_is_the_same_however_it_is_spelled)
{
	assert_same_address("", "DSN=sales", true);
	assert_same_address("", "SERVER=DB1;PORT=5432", true);
	assert_same_address("", "Pooling=No;PWD=x", true);
	assert_same_address("", "Port=5433", false);
	assert_same_address("", "Servername=db2", false);
	assert_same_address("Database=a", "DB=a", true);
	assert_same_address("Database=a", "Database=A", false);
	assert_same_address("UID=me", "User=me", true);
	assert_same_address("UID=me", "UID=you", false);
	assert_same_address("Database=x", "UID=x", false);
}
END_TEST

START_TEST(the_user_of_sqlconnect_counts_before_the_section)
{
	char *section = address_of("UID=me", NULL), *argument = address_of("UID=you", "me");

	ck_assert_str_eq(section, argument);
	free(section);
	free(argument);
}
END_TEST

START_TEST(where_nothing_tells_the_name_of_the_data_source_does)
{
	static char other[] = "other", same[] = "OTHER";

	r.dsn = other;
	char *first = address_of("", NULL);
	r.dsn = same;
	char *second = address_of("", NULL);
	ck_assert_str_eq(first, second);
	ck_assert_ptr_nonnull(strstr(first, "OTHER"));
	free(first);
	free(second);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("conf/words");
	TCase *t = tcase_create("words");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_string_is_asked_before_the_section);
	tcase_add_test(t, cloud_hosts_and_their_subdomains_are_exempt_in_all_spellings);
	tcase_add_test(t, the_host_is_found_under_any_of_its_words);
	tcase_add_test(t, integrated_logins_are_known_by_their_words);
	tcase_add_test(t, serialised_calls_are_seen_in_the_section_first);
	tcase_add_test(t, the_managers_own_pool_is_seen_as_the_manager_sees_it);
	tcase_add_test(t, an_address_is_the_same_however_it_is_spelled);
	tcase_add_test(t, the_user_of_sqlconnect_counts_before_the_section);
	tcase_add_test(t, where_nothing_tells_the_name_of_the_data_source_does);
	suite_add_tcase(s, t);
	return s;
}
