/* SPDX-License-Identifier: MIT */
#include "conf/driver_file.h"

#include "base/buffer.h"

#include <stdlib.h>
#include <string.h>

const char *driver_file_folders(void)
{
	return ODBC_DRIVER_DIRS; /* set by configure */
}

char *driver_file_find(const char *name)
{
	if (strchr(name, '/'))
		return realpath(name, NULL);

	const char *dirs = driver_file_folders();
	while (*dirs) {
		struct buffer candidate = BUFFER_EMPTY;
		size_t len = strcspn(dirs, ":");
		char *found = NULL;

		buffer_append(&candidate, dirs, len);
		buffer_printf(&candidate, "/%s", name);
		if (!candidate.failed)
			found = realpath(candidate.data, NULL);
		buffer_done(&candidate);
		if (found)
			return found;
		dirs += len + (dirs[len] == ':');
	}
	return NULL;
}
