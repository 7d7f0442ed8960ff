/* SPDX-License-Identifier: MIT */
/*
 * usage: transcript SOURCE DRIVER ansi|wide 2|3|380 [CHAPTER...]
 *
 * SOURCE is a data source of ini.sh, DRIVER its section in odbcinst.ini. Without CHAPTERs: all that
 * the data source can serve.
 */
#include "transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS_PER_CHAPTER = 120 };

/*
 * Whether a chapter needs a server that lets it in; and what is not for FreeTDS: 1.3.17 has no
 * SQLBrowseConnect, which is refused in other words by the driver manager, and crashes in the rest.
 */
enum need { CONNECTS, IS_REFUSED, NOT_FREETDS };

static const struct chapter {
	const char *name;
	void (*run)(void);
	enum need need;
} chapters[] = {
	{"connect", chapter_connect, CONNECTS},
	{"login", chapter_login, CONNECTS},
	{"browse", chapter_browse, NOT_FREETDS},
	{"execute", chapter_execute, CONNECTS},
	{"parameters", chapter_parameters, NOT_FREETDS},
	{"arrays", chapter_arrays, CONNECTS},
	{"at-execution", chapter_at_execution, NOT_FREETDS},
	{"fetch", chapter_fetch, CONNECTS},
	{"scroll", chapter_scroll, CONNECTS},
	{"getdata", chapter_getdata, CONNECTS},
	{"catalog", chapter_catalog, CONNECTS},
	{"typeinfo", chapter_typeinfo, CONNECTS},
	{"results", chapter_results, CONNECTS},
	{"transactions", chapter_transactions, CONNECTS},
	{"cancel", chapter_cancel, CONNECTS},
	{"descriptors", chapter_descriptors, NOT_FREETDS},
	{"positioned", chapter_positioned, CONNECTS},
	{"info", chapter_info, CONNECTS},
	{"attributes", chapter_attributes, CONNECTS},
	{"errors", chapter_errors, CONNECTS},
	{"odbc2", chapter_odbc2, CONNECTS},
	{"cursors", chapter_cursors, CONNECTS},
	{"odd", chapter_odd, CONNECTS},
	{"refused", chapter_refused, IS_REFUSED},
};

static bool is_wanted(const struct chapter *c, int argc, char **argv)
{
	if (argc == 5 && c->need == NOT_FREETDS)
		return app.dbms != DBMS_FREETDS && app.dbms != DBMS_SQLSERVER;
	if (argc == 5)
		return (c->need == IS_REFUSED) == (app.dbms == DBMS_FREETDS);
	for (int i = 5; i < argc; i++)
		if (!strcmp(argv[i], c->name))
			return true;
	return false;
}

/* A driver that crashes or hangs spoils one chapter; the next one finds a fresh process. */
static bool chapter_run(const struct chapter *c)
{
	int status;

	printf("== %s\n", c->name);
	fflush(stdout);
	pid_t pid = fork();
	if (pid < 0)
		return false;
	if (!pid) {
		alarm(SECONDS_PER_CHAPTER);
		c->run();
		fflush(stdout);
		/* Through exit(): what libraries do there is part of the run. */
		exit(EXIT_SUCCESS);
	}
	if (waitpid(pid, &status, 0) != pid)
		return false;
	if (status)
		printf("\n== %s ended with status %d, signal %d\n", c->name, WEXITSTATUS(status),
			WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	return !status;
}

static enum dbms dbms_of(const char *source)
{
	if (!strncmp(source, "sqlite", 6))
		return DBMS_SQLITE;
	if (!strncmp(source, "mariadb", 7))
		return DBMS_MARIADB;
	if (!strncmp(source, "freetds", 7))
		return DBMS_FREETDS;
	if (!strncmp(source, "sqlserver", 9))
		return DBMS_SQLSERVER;
	return DBMS_POSTGRESQL;
}

/* FreeTDS takes them from the connection string only. */
static const char *credentials(void)
{
	static char words[200];

	if (app.dbms == DBMS_SQLSERVER)
		snprintf(words, sizeof(words), "UID=%s;PWD=%s;", getenv("E2E_USER"),
			getenv("E2E_PASSWORD"));
	return words;
}

int main(int argc, char **argv)
{
	bool is_complete = true;

	if (argc < 5) {
		fprintf(stderr, "usage: transcript SOURCE DRIVER ansi|wide 2|3|380 [CHAPTER...]\n");
		return 2;
	}
	app.source = argv[1];
	app.driver = argv[2];
	app.is_wide = !strcmp(argv[3], "wide");
	app.is_converted = app.is_wide && (app.dbms == DBMS_SQLITE || strstr(app.source, "-ansi"));
	app.version = atoi(argv[4]);
	app.dbms = dbms_of(app.source);
	app.credentials = credentials();
	for (size_t i = 0; i < array_size(chapters); i++)
		if (is_wanted(&chapters[i], argc, argv))
			is_complete &= chapter_run(&chapters[i]);
	return is_complete ? EXIT_SUCCESS : EXIT_FAILURE;
}
