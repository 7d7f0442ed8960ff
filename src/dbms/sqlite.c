/* SPDX-License-Identifier: MIT */
/*
 * SQLite: the session is the open file, and ATTACH, PRAGMA and temporary tables cannot be undone
 * but by closing it. What must be noticed besides is a database file that was replaced or deleted:
 * the old one would be served for as long as the handle lives.
 */
#include "dbms/profile.h"

#include <stdlib.h>
#include <sys/stat.h>

struct file {
	char *path;
	dev_t device;
	ino_t inode;
};

static bool sqlite_learn(struct session *s, enum reset_method method)
{
	struct file *f = calloc(1, sizeof(*f));
	char path[4096] = "";
	SQLSMALLINT len = 0;
	struct stat st;

	(void)method;
	s->knowledge = f;
	/* sqlite3odbc gives the file's name as it was in the connection string. */
	if (f &&
		SQL_SUCCEEDED(s->calls->GetInfo(
			s->hdbc, SQL_DATABASE_NAME, path, (SQLSMALLINT)sizeof(path), &len)) &&
		(f->path = realpath(path, NULL)) && stat(f->path, &st) == 0) {
		f->device = st.st_dev;
		f->inode = st.st_ino;
	}
	return false; /* there is no reset */
}

static bool sqlite_is_valid(struct session *s)
{
	const struct file *f = s->knowledge;
	struct stat st;

	return f && f->path && stat(f->path, &st) == 0 && st.st_dev == f->device &&
	       st.st_ino == f->inode;
}

static void sqlite_forget(void *knowledge)
{
	struct file *f = knowledge;

	if (f)
		free(f->path);
	free(f);
}

static const char *const names[] = {"SQLite", NULL};

const struct profile profile_sqlite = {
	.name = "SQLite",
	.dbms_names = names,
	.dead_flag_is_local = true,
	.learn = sqlite_learn,
	.is_valid = sqlite_is_valid,
	.forget = sqlite_forget,
};
