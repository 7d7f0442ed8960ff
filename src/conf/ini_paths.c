/* SPDX-License-Identifier: MIT */
#include "conf/ini_paths.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/*
 * Of libodbcinst. Its header, odbcinstext.h, brings in all of sql.h, which this layer must not
 * know; the types are those of unixODBC's sqltypes.h, where BOOL is int.
 *
 * They write up to ODBC_FILENAME_MAX (FILENAME_MAX) bytes and a file name into a buffer of unknown
 * size.
 */
int _odbcinst_UserINI(char *path, int must_verify);
int _odbcinst_SystemINI(char *path, int must_verify);
char *odbcinst_system_file_path(char *scratch);
char *odbcinst_system_file_name(char *scratch);
char *odbcinst_user_file_path(char *scratch);
char *odbcinst_user_file_name(char *scratch);

#define PATH_SIZE (FILENAME_MAX + 64)

/*
 * libodbcinst works these out once in a process, in static buffers without a lock; so they are
 * asked for once, by one thread.
 */
static char system_odbc[PATH_SIZE], system_odbcinst[2 * PATH_SIZE], user_odbcinst[2 * PATH_SIZE];
static pthread_once_t fixed_paths_once = PTHREAD_ONCE_INIT;

static void find_fixed_paths(void)
{
	char directory[PATH_SIZE] = "", name[PATH_SIZE] = "";

	_odbcinst_SystemINI(system_odbc, 0);
	snprintf(system_odbcinst, sizeof(system_odbcinst), "%s/%s",
		odbcinst_system_file_path(directory), odbcinst_system_file_name(name));
	snprintf(user_odbcinst, sizeof(user_odbcinst), "%s/%s", odbcinst_user_file_path(directory),
		odbcinst_user_file_name(name));
}

char *ini_locate(enum ini_source source)
{
	char path[PATH_SIZE] = "";

	pthread_once(&fixed_paths_once, find_fixed_paths);
	switch (source) {
	case INI_SOURCE_USER_ODBC:
		/* Not verified: that would create the file. */
		_odbcinst_UserINI(path, 0);
		return strdup(path);
	case INI_SOURCE_SYSTEM_ODBC:
		return strdup(system_odbc);
	case INI_SOURCE_SYSTEM_ODBCINST:
		return strdup(system_odbcinst);
	case INI_SOURCE_USER_ODBCINST:
		return strdup(user_odbcinst);
	case INI_SOURCES:
		break;
	}
	return NULL;
}
