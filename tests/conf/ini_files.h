/* SPDX-License-Identifier: MIT */
#ifndef CONF_INI_FILES_H
#define CONF_INI_FILES_H
/*
 * A folder of its own for a test's ini files, with the environment pointing into it.
 *
 * libodbcinst remembers where the system's files are, so each test must run in its own process, as
 * Check does, and call ini_files_begin() before anything asks libodbcinst.
 */

void ini_files_begin(void);
/* Remove the folder. */
void ini_files_end(void);

/* Write "user.ini", "odbc.ini", "odbcinst.ini", ".odbcinst.ini" or any other file; NULL removes it.
 */
void ini_files_write(const char *name, const char *text);
/* The path of a file in the folder; valid until the next call. */
const char *ini_files_path(const char *name);

#endif
