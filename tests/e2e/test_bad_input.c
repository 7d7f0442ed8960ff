/* SPDX-License-Identifier: MIT */
/* End to end: what is registered wrongly or asked wrongly is refused with the cure, and costs
 * nothing. */
#include "client.h"

#include "odbcpool.h"
#include "support/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[256];

/* The paths that pooling.sh found. */
static const char *path_of(const char *variable)
{
	const char *value = getenv(variable);

	ck_assert_msg(value != NULL, "%s is not set: run me from pooling.sh", variable);
	return value;
}

static void write_file(const char *name, const char *format, ...) printf_like(2, 3);
static void write_file(const char *name, const char *format, ...)
{
	char path[512];
	va_list ap;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	va_start(ap, format);
	vfprintf(f, format, ap);
	va_end(ap);
	ck_assert_int_eq(fclose(f), 0);
}

static void make_folder(void)
{
	char path[512];

	snprintf(folder, sizeof(folder), "%s/bad-input.XXXXXX", path_of("E2E_DIR"));
	ck_assert_ptr_nonnull(mkdtemp(folder));
	setenv("ODBCSYSINI", folder, 1);
	snprintf(path, sizeof(path), "%s/odbc.ini", folder);
	setenv("ODBCINI", path, 1);
}

static void remove_folder(void)
{
	static const char *const names[] = {"odbc.ini", "odbcinst.ini", "text.so", "base.db"};
	char path[512];

	for (size_t i = 0; i < array_size(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

/* A data source `source` over the library `shell`, whose driver's section also has `lines`. */
static void write_ini(const char *shell, const char *lines)
{
	write_file("odbcinst.ini", "[Wrapped]\nDriver = %s/%s\nCPTimeout = -1\n%s\n",
		path_of("E2E_LIBRARIES"), shell, lines);
	write_file("odbc.ini", "[source]\nDriver = Wrapped\nDatabase = %s/base.db\nPooling = Yes\n",
		folder);
}

static void write_good_ini(void)
{
	char lines[512];

	snprintf(lines, sizeof(lines), "PoolDriver = %s", path_of("E2E_SQLITE_DRIVER"));
	write_ini("libodbcpoola.so", lines);
}

/*
 * What PoolDriver may say wrongly. In its value and in the text, %L is the folder of the libraries,
 * %S SQLite's driver, %P that of PostgreSQL, %2 one of ODBC 2, %T a text file. A test each, as
 * libodbcinst remembers for a while what it read.
 */
static const struct wrong_driver {
	const char *claim, *shell, *pool_driver, *state, *text;
} wrong_drivers[] = {
	{"it is missing", "libodbcpool.so", NULL, "IM003", "PoolDriver"},
	{"the section is named", "libodbcpool.so", NULL, "IM003", "[Wrapped]"},
	{"no such path", "libodbcpool.so", "/no/such/driver.so", "IM003", "/no/such/driver.so"},
	{"no such file", "libodbcpool.so", "no-such-driver.so", "IM003", "no-such-driver.so"},
	{"no such section", "libodbcpool.so", "No Such Section", "IM003", "No Such Section"},
	{"a folder", "libodbcpool.so", "%L", "IM003", "%L"},
	{"no library", "libodbcpool.so", "%T", "IM003", "%T"},
	{"a library, no driver", "libodbcpool.so", "libm.so.6", "IM004", "libm.so.6"},
	{"a driver of ODBC 2", "libodbcpool.so", "%2", "IM004", "%2"},
	{"itself", "libodbcpool.so", "%L/libodbcpool.so", "IM003", "libodbcpool.so"},
	{"itself", "libodbcpoola.so", "%L/libodbcpoola.so", "IM003", "libodbcpoola.so"},
	{"itself", "libodbcpoolw.so", "%L/libodbcpoolw.so", "IM003", "libodbcpoolw.so"},
	{"its sister", "libodbcpool.so", "%L/libodbcpoola.so", "IM003", "libodbcpoola.so"},
	{"its sister", "libodbcpoola.so", "%L/libodbcpool.so", "IM003", "libodbcpool.so"},
	{"its own section", "libodbcpool.so", "Wrapped", "IM003", "[Wrapped]"},
	{"ANSI under both", "libodbcpool.so", "%S", "IM003", "to libodbcpoola.so"},
	{"ANSI under wide", "libodbcpoolw.so", "%S", "IM003", "to libodbcpoola.so"},
	{"both under ANSI", "libodbcpoola.so", "%P", "IM003", "to libodbcpool.so"},
	{"both under wide", "libodbcpoolw.so", "%P", "IM003", "to libodbcpool.so"},
};

/* `text` with its %-words replaced. */
static void expand(const char *text, char *ret, size_t size)
{
	size_t len = 0;

	for (const char *p = text; *p; p++) {
		char file[300];
		snprintf(file, sizeof(file), "%s/text.so", folder);
		if (*p != '%') {
			len += (size_t)snprintf(ret + len, size - len, "%c", *p);
			continue;
		}
		p++;
		len += (size_t)snprintf(ret + len, size - len, "%s",
			*p == 'L'   ? path_of("E2E_LIBRARIES")
			: *p == 'S' ? path_of("E2E_SQLITE_DRIVER")
			: *p == 'P' ? path_of("E2E_POSTGRESQL_DRIVER")
			: *p == '2' ? path_of("E2E_ODBC2_DRIVER")
				    : file);
	}
}

START_TEST(a_wrong_pooldriver_is_refused_with_its_place_and_the_cure)
{
	const struct wrong_driver *w = &wrong_drivers[_i];
	char lines[512] = "", value[400], text[400];
	struct client c;
	SQLRETURN rc;

	write_file("text.so", "this is no library\n");
	if (w->pool_driver) {
		expand(w->pool_driver, value, sizeof(value));
		snprintf(lines, sizeof(lines), "PoolDriver = %s", value);
	}
	expand(w->text, text, sizeof(text));
	write_ini(w->shell, lines);
	c = client_new(SQL_OV_ODBC3);
	rc = client_try(&c, "source", "");
	client_assert_refused(&c, rc, w->state, text);
	client_assert_refused(&c, rc, w->state, "[odbcpool]");
	client_assert_refused(&c, rc, w->state, "PoolDriver");
	/* The plain function has another way to its diagnostics. */
	rc = SQLConnect(c.dbc, (SQLCHAR *)"source", SQL_NTS, NULL, 0, NULL, 0);
	client_assert_refused(&c, rc, w->state, text);
	client_done(&c);
}
END_TEST

START_TEST(a_pooldriver_that_may_not_be_read_is_im003)
{
	char path[300], lines[400];
	struct client c;

	write_file("text.so", "x");
	snprintf(path, sizeof(path), "%s/text.so", folder);
	ck_assert_int_eq(chmod(path, 0), 0);
	snprintf(lines, sizeof(lines), "PoolDriver = %s", path);
	write_ini("libodbcpool.so", lines);
	c = client_new(SQL_OV_ODBC3);
	client_assert_refused(&c, client_try(&c, "source", ""), "IM003", path);
	client_done(&c);
}
END_TEST

START_TEST(a_driver_path_without_a_section_is_im003)
{
	struct client c;
	char string[512];
	SQLRETURN rc;

	write_good_ini();
	c = client_new(SQL_OV_ODBC3);
	snprintf(string, sizeof(string), "DRIVER=%s/libodbcpoola.so;Database=%s/base.db;",
		path_of("E2E_LIBRARIES"), folder);
	rc = SQLDriverConnect(
		c.dbc, NULL, (SQLCHAR *)string, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT);
	client_assert_refused(&c, rc, "IM003", "PoolDriver");
	client_done(&c);
}
END_TEST

/* Settings in the connection string: what is refused, how, and with which words in the text. */
static const struct refusal {
	const char *words, *state, *text;
} refusals[] = {
	{"PoolDriver=/tmp/evil.so;", "HY024", "PoolDriver"},
	{"PoolTraceFile=/tmp/evil.log;", "HY024", "PoolTraceFile"},
	{"InitQuery=drop table t;", "HY024", "InitQuery"},
	{"MaxPoolSize=many;", "HY024", "MaxPoolSize"},
	{"MaxPoolSize=many;", "HY024", "many"},
	{"MaxPoolSize=-1;", "HY024", "1000000"},
	{"Max Pool Size=99999999999999999999;", "HY024", "99999999999999999999"},
	{"MaxPoolSize=;", "HY024", "MaxPoolSize"},
	{"Pooling=Perhaps;", "HY024", "Perhaps"},
	{"PickOrder={Random;}", "HY024", "PickOrder"},
	{"ConnectionIdleTimeout=1.5;", "HY024", "ConnectionIdleTimeout"},
	{"MaxParkedTime=-5;", "HY024", "MaxParkedTime"},
};

START_TEST(a_bad_setting_is_refused_with_its_name_and_value)
{
	const struct refusal *r = &refusals[_i];
	struct client c;

	write_good_ini();
	c = client_new(SQL_OV_ODBC3);
	client_assert_refused(&c, client_try(&c, "source", r->words), r->state, r->text);
	client_assert_refused(
		&c, client_try(&c, "source", r->words), r->state, "connection string");
	/* Nothing is half applied, no place is taken. */
	client_connect(&c, "source", "MaxPoolSize=1;");
	ck_assert_int_eq(client_number(&c, "select 42"), 42);
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

START_TEST(a_bad_setting_in_a_section_says_which_section)
{
	char lines[512];
	struct client c;

	snprintf(lines, sizeof(lines), "PoolDriver = %s\nMaxPoolSize = lots",
		path_of("E2E_SQLITE_DRIVER"));
	write_ini("libodbcpoola.so", lines);
	c = client_new(SQL_OV_ODBC3);
	client_assert_refused(&c, client_try(&c, "source", ""), "HY024", "lots");
	client_assert_refused(&c, client_try(&c, "source", ""), "HY024", "[Wrapped]");
	client_done(&c);
}
END_TEST

START_TEST(a_misspelt_setting_is_a_warning_with_the_right_name)
{
	struct client c;
	struct record r;

	write_good_ini();
	c = client_new(SQL_OV_ODBC3);
	ck_assert_int_eq(client_try(&c, "source", "MaxPoolSise=3;"), SQL_SUCCESS_WITH_INFO);
	r = client_record(&c, 1);
	ck_assert_str_eq(r.state, "01000");
	ck_assert_msg(strstr(r.message, "MaxPoolSize") != NULL, "%s", r.message);
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

START_TEST(names_of_settings_ignore_case_and_blanks_and_may_stand_in_braces)
{
	struct client c;

	write_good_ini();
	c = client_new(SQL_OV_ODBC3);
	ck_assert_int_eq(
		client_try(&c, "source", "max POOL size={2}; Pick Order={Fifo};"), SQL_SUCCESS);
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

START_TEST(the_completed_string_comes_back_to_us_and_is_truncated_with_01004)
{
	struct client c;
	char whole[2000], part[2000];
	SQLSMALLINT length, part_length;
	static SQLCHAR string[] = "DSN=source;MaxPoolSize=7;";

	write_good_ini();
	c = client_new(SQL_OV_ODBC3);
	ck_assert_int_eq(SQLDriverConnect(c.dbc, NULL, string, SQL_NTS, (SQLCHAR *)whole,
				 sizeof(whole), &length, SQL_DRIVER_NOPROMPT),
		SQL_SUCCESS);
	ck_assert_int_eq((int)strlen(whole), length);
	ck_assert_msg(strstr(whole, "DSN=source;") && strstr(whole, "MaxPoolSize=7;"), "%s", whole);
	client_disconnect(&c);
	for (SQLSMALLINT room = 1; room < 12; room++) {
		memset(part, 'x', sizeof(part));
		ck_assert_int_eq(SQLDriverConnect(c.dbc, NULL, string, SQL_NTS, (SQLCHAR *)part,
					 room, &part_length, SQL_DRIVER_NOPROMPT),
			SQL_SUCCESS_WITH_INFO);
		ck_assert_str_eq(client_record(&c, 1).state, "01004");
		ck_assert_int_eq(part_length, length);
		ck_assert_int_eq(part[room], 'x');
		ck_assert_int_eq(part[room - 1], '\0');
		ck_assert(!strncmp(part, whole, (size_t)room - 1));
		client_disconnect(&c);
	}
	ck_assert_int_eq(SQLDriverConnect(c.dbc, NULL, (SQLCHAR *)whole, SQL_NTS, NULL, 0, NULL,
				 SQL_DRIVER_NOPROMPT),
		SQL_SUCCESS);
	/* Only odbcpool has this attribute. */
	ck_assert_int_le(client_get(&c, ODBCPOOL_ATTR_REUSED), 1);
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

START_TEST(odd_connection_strings_do_no_harm)
{
	static const char *const odd[] = {"", ";", ";;;;", "=", "=;", "{}", "{", "}", "{{{{", "a={",
		"a={b", "a={b}}", "a={b}}c};", "a={b}c;", "MaxPoolSize={", "MaxPoolSize={3",
		"MaxPoolSize={3}}", "MaxPoolSize", "Pooling={}", "a=b=c;", "\t=\n;", "PWD={a;b};",
		"PWD={a}}b};", "DSN=;", "DSN={};", "DRIVER={};", "\x80\xff=\xfe;"};
	struct client c;

	write_good_ini();
	c = client_new(SQL_OV_ODBC3);
	for (size_t i = 0; i < array_size(odd); i++)
		if (SQL_SUCCEEDED(client_try(&c, "source", odd[i])))
			client_disconnect(&c);
	client_connect(&c, "source", "MaxPoolSize=1;");
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

START_TEST(long_values_embedded_nuls_and_odd_lengths_do_no_harm)
{
	enum { LONG = 64 * 1024 };
	char *string = calloc(1, LONG + 100);
	struct client c;
	SQLRETURN rc;

	write_good_ini();
	c = client_new(SQL_OV_ODBC3);
	strcpy(string, "DSN=source;Description=");
	memset(string + strlen(string), 'y', LONG);
	rc = SQLDriverConnect(
		c.dbc, NULL, (SQLCHAR *)string, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT);
	client_assert_refused(&c, rc, "HY090", "characters");
	for (SQLSMALLINT length = -10; length < 40; length++) {
		if (length == SQL_NTS)
			continue;
		rc = SQLDriverConnect(
			c.dbc, NULL, (SQLCHAR *)string, length, NULL, 0, NULL, SQL_DRIVER_NOPROMPT);
		if (SQL_SUCCEEDED(rc))
			client_disconnect(&c);
	}
	memcpy(string, "DSN=source;a\0b=c;MaxPoolSize=1;", 31);
	rc = SQLDriverConnect(
		c.dbc, NULL, (SQLCHAR *)string, 31, NULL, 0, NULL, SQL_DRIVER_NOPROMPT);
	if (SQL_SUCCEEDED(rc))
		client_disconnect(&c);
	client_connect(&c, "source", "MaxPoolSize=1;");
	client_disconnect(&c);
	client_done(&c);
	free(string);
}
END_TEST

START_TEST(a_database_in_memory_is_never_pooled)
{
	static const char words[] = "Database=:memory:;";
	struct client c;

	write_good_ini();
	c = client_new(SQL_OV_ODBC3);
	client_connect(&c, "source", words);
	client_run(&c, "create table t_memory (id integer)");
	client_disconnect(&c);
	client_connect(&c, "source", words);
	ck_assert_int_eq(client_number(&c, "select count(*) from sqlite_master"), 0);
	client_disconnect(&c);
	client_done(&c);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("e2e/bad_input");
	TCase *t = tcase_create("bad input");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, make_folder, remove_folder);
	tcase_add_loop_test(t, a_wrong_pooldriver_is_refused_with_its_place_and_the_cure, 0,
		array_size(wrong_drivers));
	tcase_add_test(t, a_pooldriver_that_may_not_be_read_is_im003);
	tcase_add_test(t, a_driver_path_without_a_section_is_im003);
	tcase_add_loop_test(
		t, a_bad_setting_is_refused_with_its_name_and_value, 0, array_size(refusals));
	tcase_add_test(t, a_bad_setting_in_a_section_says_which_section);
	tcase_add_test(t, a_misspelt_setting_is_a_warning_with_the_right_name);
	tcase_add_test(t, names_of_settings_ignore_case_and_blanks_and_may_stand_in_braces);
	tcase_add_test(t, the_completed_string_comes_back_to_us_and_is_truncated_with_01004);
	tcase_add_test(t, odd_connection_strings_do_no_harm);
	tcase_add_test(t, long_values_embedded_nuls_and_odd_lengths_do_no_harm);
	tcase_add_test(t, a_database_in_memory_is_never_pooled);
	suite_add_tcase(s, t);
	return s;
}
