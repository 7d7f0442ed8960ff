/* SPDX-License-Identifier: MIT */
/* The lists are those that libpq 15, libmariadb 3.3 and FreeTDS 1.3 were seen to open. */
#include "dbms/files.h"

#include "base/compiler.h"
#include "conf/words.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Files below a folder; nothing when that is not known. */
static void add_below(struct buffer *to, const char *folder, const char *name)
{
	if (!folder || !*folder)
		return;
	buffer_append_str(to, folder);
	buffer_append_char(to, '/');
	buffer_append(to, name, strlen(name) + 1);
}

static void add_file(struct buffer *to, const char *path)
{
	if (path && *path)
		buffer_append(to, path, strlen(path) + 1);
}

/* A file in the home folder that the user database tells. */
static void add_below_home_of(struct buffer *to, uid_t user, const char *name)
{
	char room[4096];
	struct passwd entry, *found = NULL;

	if (getpwuid_r(user, &entry, room, sizeof(room), &found) == 0 && found)
		add_below(to, found->pw_dir, name);
}

/* libpq: HOME, and only without it the user database. */
static void add_below_home_of_libpq(struct buffer *to, const char *name)
{
	const char *home = getenv("HOME");

	if (home && *home)
		add_below(to, home, name);
	else
		add_below_home_of(to, geteuid(), name);
}

/* "passfile=x" or "passfile='x'" among libpq's own words, which psqlODBC takes as pqopt. */
static bool add_passfile(struct buffer *to, const char *pqopt)
{
	static const char word[] = "passfile=";
	const char *p = strstr(pqopt, word);

	if (!p)
		return false;
	p += sizeof(word) - 1;
	size_t len = *p == '\'' ? strcspn(++p, "'") : strcspn(p, " \t");
	buffer_append(to, p, len);
	buffer_append_char(to, '\0');
	return true;
}

/* The system's folder was chosen when libpq was built: Debian, Red Hat, PostgreSQL's own. */
static void add_service_files(struct buffer *to)
{
	static const char *const folders[] = {
		"/etc/postgresql-common", "/etc/sysconfig/pgsql", "/usr/local/pgsql/etc", "/etc"};
	const char *file = getenv("PGSERVICEFILE"), *folder = getenv("PGSYSCONFDIR");

	if (file)
		add_file(to, file);
	else
		add_below_home_of_libpq(to, ".pg_service.conf");
	if (folder)
		add_below(to, folder, "pg_service.conf");
	for (size_t i = 0; !folder && i < array_size(folders); i++)
		add_below(to, folders[i], "pg_service.conf");
}

void files_of_postgresql(const struct resolved *r, struct buffer *to)
{
	struct buffer pqopt = BUFFER_EMPTY;
	const char *passfile = getenv("PGPASSFILE");

	words_get(r, "pqopt", &pqopt);
	if (!add_passfile(to, buffer_str(&pqopt))) {
		if (passfile && *passfile)
			add_file(to, passfile);
		else
			add_below_home_of_libpq(to, ".pgpass");
	}
	if (getenv("PGSERVICE") || strstr(buffer_str(&pqopt), "service="))
		add_service_files(to);
	to->failed |= pqopt.failed;
	buffer_done(&pqopt);
}

/* OPTION's bit for USE_MYCNF. */
#define OPTION_USE_MYCNF 65536UL

void files_of_mariadb(const struct resolved *r, struct buffer *to)
{
	struct buffer use = BUFFER_EMPTY, option = BUFFER_EMPTY;
	const char *home = getenv("MARIADB_HOME");

	words_get(r, "USE_MYCNF", &use);
	words_get(r, "OPTION", &option);
	if (strtoul(buffer_str(&use), NULL, 10) != 0 ||
		(strtoul(buffer_str(&option), NULL, 10) & OPTION_USE_MYCNF)) {
		add_file(to, "/etc/my.cnf");
		add_file(to, "/etc/mysql/my.cnf");
		/* Of a folder that my.cnf includes it is this one file that is read. */
		add_file(to, "/etc/mysql/conf.d/my.cnf");
		add_file(to, "/etc/mysql/mariadb.conf.d/my.cnf");
		add_below(to, home ? home : getenv("MYSQL_HOME"), "my.cnf");
		add_below(to, getenv("HOME"), ".my.cnf");
	}
	to->failed |= use.failed || option.failed;
	buffer_done(&use);
	buffer_done(&option);
}

void files_of_freetds(const struct resolved *r, struct buffer *to)
{
	(void)r;
	add_file(to, getenv("FREETDSCONF"));
	add_below(to, getenv("FREETDS"), "etc/freetds.conf");
	/* Never by HOME. */
	add_below_home_of(to, getuid(), ".config/freetds.conf");
	add_below_home_of(to, getuid(), ".freetds.conf");
	add_below_home_of(to, getuid(), ".interfaces");
	add_below(to, getenv("SYBASE"), "interfaces");
	/* Debian's, Red Hat's and FreeTDS's own. */
	add_file(to, "/etc/freetds/freetds.conf");
	add_file(to, "/etc/freetds.conf");
	add_file(to, "/usr/local/etc/freetds.conf");
}
