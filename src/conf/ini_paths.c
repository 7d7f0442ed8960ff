/* SPDX-License-Identifier: MIT */
#include "conf/ini_paths.h"

#include <stdio.h>
#include <stdlib.h>
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

static char *join(const char *directory, const char *name)
{
	size_t size = strlen(directory) + strlen(name) + 2;
	char *path = malloc(size);

	if (path)
		snprintf(path, size, "%s/%s", directory, name);
	return path;
}

char *ini_locate(enum ini_source source)
{
	char a[PATH_SIZE] = "", b[PATH_SIZE] = "";

	switch (source) {
	case INI_SOURCE_USER_ODBC:
		/* Not verified: that would create the file. */
		return _odbcinst_UserINI(a, 0) ? strdup(a) : NULL;
	case INI_SOURCE_SYSTEM_ODBC:
		return _odbcinst_SystemINI(a, 0) ? strdup(a) : NULL;
	case INI_SOURCE_SYSTEM_ODBCINST:
		return join(odbcinst_system_file_path(a), odbcinst_system_file_name(b));
	case INI_SOURCE_USER_ODBCINST:
		return join(odbcinst_user_file_path(a), odbcinst_user_file_name(b));
	case INI_SOURCES:
		break;
	}
	return NULL;
}
