/* SPDX-License-Identifier: MIT */
#include "conf/ini_files.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/odbcpool-test-XXXXXX";

const char *ini_files_path(const char *name)
{
	static char path[sizeof(folder) + 64];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

void ini_files_begin(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	setenv("ODBCINI", ini_files_path("user.ini"), 1);
	setenv("ODBCSYSINI", folder, 1);
	setenv("HOME", folder, 1);
	unsetenv("ODBCINSTINI");
	unsetenv("ODBCPOOL_DISABLE");
}

void ini_files_end(void)
{
	DIR *d = opendir(folder);

	for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d))
		unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	rmdir(folder);
}

void ini_files_write(const char *name, const char *text)
{
	unlink(ini_files_path(name));
	if (!text)
		return;
	FILE *f = fopen(ini_files_path(name), "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(text, 1, strlen(text), f), strlen(text));
	ck_assert_int_eq(fclose(f), 0);
}
