/* SPDX-License-Identifier: MIT */
#include "dbms/files.h"

#include "conf/ini_files.h"
#include "conf/resolve.h"
#include "support/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct buffer paths;

static void setup(void)
{
	static const char *const variables[] = {"PGPASSFILE", "PGSERVICE", "PGSERVICEFILE",
		"PGSYSCONFDIR", "MARIADB_HOME", "MYSQL_HOME", "FREETDS", "FREETDSCONF", "SYBASE"};

	ini_files_begin();
	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		unsetenv(variables[i]);
	setenv("HOME", "/home/me", 1);
}

static void teardown(void)
{
	buffer_done(&paths);
	ini_files_end();
}

static void list(void (*files)(const struct resolved *r, struct buffer *to), const char *string)
{
	struct resolved r = {.dsn = NULL};

	buffer_clear(&paths);
	buffer_append_str(&r.driver_string, string);
	files(&r, &paths);
	buffer_done(&r.driver_string);
	ck_assert(!paths.failed);
}

static bool has(const char *path)
{
	for (size_t at = 0; at < paths.len; at += strlen(paths.data + at) + 1)
		if (strcmp(paths.data + at, path) == 0)
			return true;
	return false;
}

START_TEST(libpq_reads_the_password_file_that_is_named_last)
{
	list(files_of_postgresql, "UID=a;");
	ck_assert(has("/home/me/.pgpass"));
	setenv("PGPASSFILE", "/run/pass", 1);
	list(files_of_postgresql, "UID=a;");
	ck_assert(has("/run/pass"));
	ck_assert(!has("/home/me/.pgpass"));
	list(files_of_postgresql, "pqopt={sslmode=require passfile=/my/pass connect_timeout=3};");
	ck_assert(has("/my/pass"));
	ck_assert(!has("/run/pass"));
	list(files_of_postgresql, "pqopt={passfile='/my own/pass'};");
	ck_assert(has("/my own/pass"));
}
END_TEST

START_TEST(libpq_reads_service_files_only_for_a_service)
{
	list(files_of_postgresql, "UID=a;");
	ck_assert(!has("/home/me/.pg_service.conf"));
	list(files_of_postgresql, "pqopt={service=sales};");
	ck_assert(has("/home/me/.pg_service.conf"));
	ck_assert(has("/etc/postgresql-common/pg_service.conf"));
	setenv("PGSERVICE", "sales", 1);
	setenv("PGSERVICEFILE", "/run/service", 1);
	setenv("PGSYSCONFDIR", "/opt/pg", 1);
	list(files_of_postgresql, "UID=a;");
	ck_assert(has("/run/service"));
	ck_assert(has("/opt/pg/pg_service.conf"));
	ck_assert(!has("/home/me/.pg_service.conf"));
	ck_assert(!has("/etc/postgresql-common/pg_service.conf"));
}
END_TEST

START_TEST(mariadb_reads_option_files_only_when_told)
{
	list(files_of_mariadb, "UID=a;OPTION=3;");
	ck_assert_uint_eq(paths.len, 0);
	list(files_of_mariadb, "OPTION=65539;");
	ck_assert(has("/home/me/.my.cnf"));
	setenv("MYSQL_HOME", "/srv/mysql", 1);
	list(files_of_mariadb, "USE_MYCNF=1;");
	ck_assert(has("/home/me/.my.cnf"));
	ck_assert(has("/etc/my.cnf"));
	ck_assert(has("/etc/mysql/my.cnf"));
	ck_assert(has("/srv/mysql/my.cnf"));
	setenv("MARIADB_HOME", "/srv/mariadb", 1);
	list(files_of_mariadb, "USE_MYCNF=1;");
	ck_assert(has("/srv/mariadb/my.cnf"));
	ck_assert(!has("/srv/mysql/my.cnf"));
}
END_TEST

START_TEST(freetds_reads_its_own_files_wherever_they_are)
{
	list(files_of_freetds, "UID=a;");
	ck_assert(has("/etc/freetds/freetds.conf"));
	/* The user database tells the home folder, not HOME. */
	ck_assert(!has("/home/me/.freetds.conf"));
	setenv("FREETDSCONF", "/run/tds.conf", 1);
	setenv("FREETDS", "/opt/tds", 1);
	list(files_of_freetds, "UID=a;");
	ck_assert(has("/run/tds.conf"));
	ck_assert(has("/opt/tds/etc/freetds.conf"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("files");
	TCase *t = tcase_create("files");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, libpq_reads_the_password_file_that_is_named_last);
	tcase_add_test(t, libpq_reads_service_files_only_for_a_service);
	tcase_add_test(t, mariadb_reads_option_files_only_when_told);
	tcase_add_test(t, freetds_reads_its_own_files_wherever_they_are);
	suite_add_tcase(s, t);
	return s;
}
