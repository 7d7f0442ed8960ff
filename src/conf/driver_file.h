/* SPDX-License-Identifier: MIT */
#ifndef CONF_DRIVER_FILE_H
#define CONF_DRIVER_FILE_H
/*
 * Where the file of a driver is that is named without a path.
 *
 * Locks: none. Ownership: the path is the caller's; free() it.
 */

/*
 * `name` as the file system knows it: itself when it is a path, else found on the system's
 * directories for ODBC drivers. NULL: there is no such file; the dynamic linker may still find one.
 */
char *driver_file_find(const char *name);
/* Those directories, separated by colons. */
const char *driver_file_folders(void);

#endif
