/* SPDX-License-Identifier: MIT */
#ifndef DRIVER_ODBC_H
#define DRIVER_ODBC_H
/*
 * The only include of the ODBC headers.
 *
 * SQL_NOUNICODEMAP keeps SQLConnect from becoming SQLConnectW behind our back. The declarations
 * are made visible: the shells define these functions, and with -fvisibility=hidden a definition
 * takes over the visibility of its first declaration.
 */
#define SQL_NOUNICODEMAP
#define ODBCVER 0x0380
#pragma GCC visibility push(default)
#include <sql.h>
#include <sqlext.h>
#include <sqlucode.h>
#pragma GCC visibility pop

/* Attributes that sqlext.h leaves to each driver's own header. */
#ifndef SQL_ATTR_CONNECTION_DEAD
#define SQL_ATTR_CONNECTION_DEAD 1209
#endif
#ifndef SQL_ATTR_RESET_CONNECTION
#define SQL_ATTR_RESET_CONNECTION 116
#endif
#ifndef SQL_ATTR_DISCONNECT_BEHAVIOR
#define SQL_ATTR_DISCONNECT_BEHAVIOR 114
#endif
#ifndef SQL_ATTR_ANSI_APP
#define SQL_ATTR_ANSI_APP 115
#endif
#ifndef SQL_ATTR_ENLIST_IN_DTC
#define SQL_ATTR_ENLIST_IN_DTC 1207
#endif
#define SQL_ATTR_ENLIST_IN_XA_NUMBER 1208 /* msodbcsql: SQL_COPT_SS_ENLIST_IN_XA */
#define SQL_ATTR_ACCESS_TOKEN_NUMBER 1256 /* msodbcsql: SQL_COPT_SS_ACCESS_TOKEN */
#define SQL_ATTR_OLD_PASSWORD_NUMBER 1226 /* msodbcsql: SQL_COPT_SS_OLDPWD */

#endif
