/* SPDX-License-Identifier: MIT */
/* End to end: files that the real drivers read at their login, and what a change of one does. */
#include "client.h"

#include "support/run.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char folder[] = "/tmp/odbcpool-files-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[sizeof(folder) + 32];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

/* As an editor does: a new file in the place of the old one. libpq wants it private. */
static void write_file(const char *name, const char *text)
{
	char path[sizeof(folder) + 32], draft[sizeof(folder) + 32];

	snprintf(path, sizeof(path), "%s", path_of(name));
	snprintf(draft, sizeof(draft), "%s", path_of("draft"));
	int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	ck_assert_int_eq(rename(draft, path), 0);
}

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void teardown(void)
{
	static const char *const names[] = {"pass", "service", "my.cnf", "draft"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		unlink(path_of(names[i]));
	rmdir(folder);
}

/* What the housekeeper does; it looks at the files once a second. */
static void a_moment(void)
{
	struct timespec step = {0, 50 * 1000000L};

	nanosleep(&step, NULL);
}

enum { MOMENTS = 200 };

/* Until a connect with this string succeeds, or fails. */
static bool comes_to(struct client *c, const char *string, bool success)
{
	for (int i = 0; i < MOMENTS; i++) {
		bool is_connected = SQL_SUCCEEDED(client_try_wide(c, string));
		if (is_connected == success)
			return true;
		if (is_connected)
			client_disconnect(c);
		a_moment();
	}
	return false;
}

static long session_by(struct client *c, const char *source, const char *string)
{
	ck_assert(comes_to(c, string, true));
	long session = client_session(c, source);
	client_disconnect(c);
	return session;
}

/* `good` and `bad` are the file's content with a right and a wrong password. */
static void try_credentials(
	const char *source, const char *string, const char *name, const char *good, const char *bad)
{
	struct client c = client_new(SQL_OV_ODBC3);

	write_file(name, good);
	long session = session_by(&c, source, string);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(session_by(&c, source, string), session);
	write_file(name, bad);
	ck_assert(comes_to(&c, string, false));
	/* And the right one serves again, not by the old session. */
	write_file(name, good);
	ck_assert_int_ne(session_by(&c, source, string), session);
	client_done(&c);
}

START_TEST(a_changed_password_file_ends_the_old_sessions)
{
	char good[200];

	setenv("PGPASSFILE", path_of("pass"), 1);
	snprintf(good, sizeof(good), "*:*:*:*:%s\n", getenv("E2E_PASSWORD"));
	try_credentials("postgresql", "DSN=postgresql;PWD=;PoolBlockingPeriod=NeverBlock;", "pass",
		good, "*:*:*:*:wrong\n");
}
END_TEST

START_TEST(a_changed_option_file_ends_the_old_sessions)
{
	char good[200], string[400];

	setenv("MARIADB_HOME", folder, 1);
	snprintf(good, sizeof(good), "[odbc]\npassword=%s\n", getenv("E2E_PASSWORD"));
	/* The data source has a password of its own. */
	snprintf(string, sizeof(string),
		"DRIVER=MariaDB;SERVER=%s;PORT=%s;UID=%s;USE_MYCNF=1;PoolBlockingPeriod="
		"NeverBlock;",
		getenv("MY_HOST"), getenv("MY_PORT"), getenv("E2E_USER"));
	try_credentials("mariadb", string, "my.cnf", good, "[odbc]\npassword=wrong\n");
}
END_TEST

START_TEST(a_changed_service_file_makes_new_sessions)
{
	struct client c = client_new(SQL_OV_ODBC3);
	static const char more[] = "pqopt={service=e2e};";
	char name[64] = "";

	setenv("PGSERVICEFILE", path_of("service"), 1);
	write_file("service", "[e2e]\napplication_name=one\n");
	long session = session_of(&c, "postgresql", more);
	ck_assert_int_eq(session_of(&c, "postgresql", more), session);
	write_file("service", "[e2e]\napplication_name=two\n");
	for (int i = 0; i < MOMENTS && strcmp(name, "two") != 0; i++) {
		a_moment();
		client_connect(&c, "postgresql", more);
		client_text(&c, "show application_name", name, sizeof(name));
		client_disconnect(&c);
	}
	ck_assert_str_eq(name, "two");
	client_done(&c);
}
END_TEST

START_TEST(a_file_that_the_driver_does_not_read_changes_nothing)
{
	struct client c = client_new(SQL_OV_ODBC3);
	struct timespec longer_than_a_round = {1, 200 * 1000000L};

	setenv("MARIADB_HOME", folder, 1);
	write_file("my.cnf", "[odbc]\npassword=wrong\n");
	long session = session_of(&c, "mariadb", "");
	write_file("my.cnf", "[odbc]\npassword=also wrong\n");
	nanosleep(&longer_than_a_round, NULL);
	ck_assert_int_eq(session_of(&c, "mariadb", ""), session);
	client_done(&c);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("e2e/files");
	TCase *t = tcase_create("files");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_changed_password_file_ends_the_old_sessions);
	tcase_add_test(t, a_changed_option_file_ends_the_old_sessions);
	tcase_add_test(t, a_changed_service_file_makes_new_sessions);
	tcase_add_test(t, a_file_that_the_driver_does_not_read_changes_nothing);
	suite_add_tcase(s, t);
	return s;
}
