/* SPDX-License-Identifier: MIT */
#ifndef TOOL_WRAPPING_H
#define TOOL_WRAPPING_H
/*
 * A driver's section of odbcinst.ini, pointed at odbcpool and back. Text to text; no file is
 * touched.
 *
 * What stood in the section stays there as a comment (";odbcpool-was:" and the line), and what is
 * added stands between two others, so that taking both back gives the same file, byte by byte:
 *
 *	[FreeTDS]
 *	;odbcpool-was:Driver=libtdsodbc.so
 *	;odbcpool-begin
 *	Driver = /usr/lib/odbc/libodbcpool.so
 *	PoolDriver = libtdsodbc.so
 *	Threading = 0
 *	CPTimeout = -1
 *	;odbcpool-end
 *
 * Lines that somebody adds between those two later stay when it is taken back.
 *
 * Locks: none. Ownership: inputs are borrowed for the call.
 */
#include "tool/ini_lines.h"

enum wrapping {
	WRAPPING_DONE,
	WRAPPING_NO_SECTION,
	WRAPPING_NO_DRIVER,  /* the section has no Driver */
	WRAPPING_IS_WRAPPED, /* it has a PoolDriver */
	WRAPPING_SERIALISED, /* Threading=3 */
	WRAPPING_NOT_WRAPPED,
	WRAPPING_NO_COMMENT /* somebody wrapped it by hand, or the comment is lost */
};

/* The line of the section that names its library, as the driver manager chooses; WRAPPING_DONE. */
enum wrapping wrapping_find(
	const struct ini_lines *l, const char *section, struct buffer *to_driver);

/* Append the file with the section pointed at `library`. */
enum wrapping wrapping_wrap(
	const struct ini_lines *l, const char *section, const char *library, struct buffer *to);
enum wrapping wrapping_unwrap(const struct ini_lines *l, const char *section, struct buffer *to);

#endif
