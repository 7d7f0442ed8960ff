/* SPDX-License-Identifier: MIT */
/* A library that looks like a driver with SQLite in it. */
const char *sqlite3_libversion(void);

__attribute__((visibility("default"))) const char *sqlite3_libversion(void)
{
	return "3";
}
