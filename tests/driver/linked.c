/* SPDX-License-Identifier: MIT */
/*
 * A driver that is linked with the driver manager, as some are by mistake: what it does not have
 * itself is found in the manager.
 */
#define SQL_NOUNICODEMAP
#pragma GCC visibility push(default)
#include <sql.h>
#include <sqlext.h>
#pragma GCC visibility pop

SQLRETURN SQL_API SQLAllocHandle(
	SQLSMALLINT HandleType, SQLHANDLE InputHandle, SQLHANDLE *OutputHandle)
{
	(void)HandleType;
	(void)InputHandle;
	(void)OutputHandle;
	/* Keeps the manager among the libraries that this one needs. */
	return SQLTransact(SQL_NULL_HENV, SQL_NULL_HDBC, SQL_COMMIT);
}

SQLRETURN SQL_API SQLFreeHandle(SQLSMALLINT HandleType, SQLHANDLE Handle)
{
	(void)HandleType;
	(void)Handle;
	return SQL_ERROR;
}

SQLRETURN SQL_API SQLConnect(SQLHDBC ConnectionHandle, SQLCHAR *ServerName, SQLSMALLINT NameLength1,
	SQLCHAR *UserName, SQLSMALLINT NameLength2, SQLCHAR *Authentication,
	SQLSMALLINT NameLength3)
{
	(void)ConnectionHandle;
	(void)ServerName;
	(void)NameLength1;
	(void)UserName;
	(void)NameLength2;
	(void)Authentication;
	(void)NameLength3;
	return SQL_ERROR;
}

SQLRETURN SQL_API SQLDisconnect(SQLHDBC ConnectionHandle)
{
	(void)ConnectionHandle;
	return SQL_ERROR;
}
