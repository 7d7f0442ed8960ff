/* SPDX-License-Identifier: MIT */
#ifndef CONF_INI_PATHS_H
#define CONF_INI_PATHS_H
/*
 * Where the driver manager looks for its files.
 *
 * Locks:     none. The environment is read, so this is for application threads, inside their own
 * calls. Ownership: the paths are the caller's; free() them.
 */
#include "base/compiler.h"

enum ini_source {
	INI_SOURCE_USER_ODBC,	    /* ~/.odbc.ini, $ODBCINI */
	INI_SOURCE_SYSTEM_ODBC,	    /* /etc/odbc.ini, $ODBCSYSINI */
	INI_SOURCE_SYSTEM_ODBCINST, /* /etc/odbcinst.ini, $ODBCSYSINI, $ODBCINSTINI */
	INI_SOURCE_USER_ODBCINST,   /* ~/.odbcinst.ini */
	INI_SOURCES
};

/* NULL: no memory. */
must_use char *ini_locate(enum ini_source source);

#endif
