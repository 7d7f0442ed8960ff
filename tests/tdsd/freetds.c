/* SPDX-License-Identifier: MIT */
#include "freetds.h"

#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_SKIPPED = 77 };

static char driver[256], string[600];
struct app app;

static bool find_driver(void)
{
	char dirs[] = ODBC_DRIVER_DIRS, *rest = dirs, *dir;

	while ((dir = strsep(&rest, ":"))) {
		snprintf(driver, sizeof(driver), "%s/libtdsodbc.so", dir);
		if (access(driver, R_OK) == 0)
			return true;
	}
	return false;
}

void freetds_prepare(const char *version, const char *more)
{
	snprintf(string, sizeof(string),
		"DRIVER=%s;SERVER=127.0.0.1;PORT=%u;UID=app;PWD=secret;"
		"ClientCharset=UTF-8;TDS_Version=%s;%s",
		driver, harness_port(), version, more);
	app_init(&app, string, true);
}

void freetds_log_in(const char *version)
{
	freetds_prepare(version, "");
	ck_assert_msg(app_connect(&app), "%s", app.problem);
}

void freetds_set_up(void)
{
	harness_start();
}

void freetds_tear_down(void)
{
	app_disconnect(&app);
	app_done(&app);
	harness_stop();
}

void freetds_run(const char *sql)
{
	ck_assert_msg(app_run(&app, sql), "%s", app.problem);
}

void freetds_expect(const char *sql, const char *result)
{
	char text[2000];

	app_ask(&app, sql, text, sizeof(text));
	ck_assert_msg(strcmp(text, result) == 0, "%s gives %s, not %s (%s)", sql, text, result,
		app.problem);
}

Suite *freetds_suite(const char *name)
{
	if (!find_driver())
		exit(EXIT_SKIPPED);
	return suite_create(name);
}
