/* SPDX-License-Identifier: MIT */
/*
 * Environment attributes. Our environment belongs to no driver: it records the version, and the
 * connect gives it to the real driver's environment.
 */
#include "odbcpool.h"
#include "shim/entry.h"

SQLRETURN odbcpool_SetEnvAttr(
	SQLHENV EnvironmentHandle, SQLINTEGER Attribute, SQLPOINTER Value, SQLINTEGER StringLength)
{
	struct env *e = EnvironmentHandle;
	SQLUINTEGER value = (SQLUINTEGER)(uintptr_t)Value;

	(void)StringLength;
	if (!handle_settle(e, TAG_ENV))
		return SQL_INVALID_HANDLE;
	switch (Attribute) {
	case SQL_ATTR_ODBC_VERSION:
		if (value != SQL_OV_ODBC2 && value != SQL_OV_ODBC3 && value != SQL_OV_ODBC3_80)
			return handle_fail(&e->base, "HY024", ODBCPOOL_ERR_BAD_ARGUMENT, "handle",
				"SQL_ATTR_ODBC_VERSION %u is none of 2, 3 and 380",
				(unsigned)value);
		e->odbc_version = value;
		return SQL_SUCCESS;
	case SQL_ATTR_CONNECTION_POOLING:
		e->connection_pooling = value;
		return SQL_SUCCESS;
	case SQL_ATTR_CP_MATCH:
		e->cp_match = value;
		return SQL_SUCCESS;
	case SQL_ATTR_OUTPUT_NTS:
		if (value == SQL_TRUE)
			return SQL_SUCCESS;
		return handle_fail(&e->base, "HYC00", ODBCPOOL_ERR_BAD_ARGUMENT, "handle",
			"SQL_ATTR_OUTPUT_NTS can only be SQL_TRUE");
	default:
		return handle_fail(&e->base, "HY092", ODBCPOOL_ERR_BAD_ARGUMENT, "handle",
			"%d is no environment attribute", (int)Attribute);
	}
}

SQLRETURN odbcpool_GetEnvAttr(SQLHENV EnvironmentHandle, SQLINTEGER Attribute, SQLPOINTER Value,
	SQLINTEGER BufferLength, SQLINTEGER *StringLength)
{
	struct env *e = EnvironmentHandle;
	SQLUINTEGER value;

	(void)BufferLength;
	if (!handle_settle(e, TAG_ENV))
		return SQL_INVALID_HANDLE;
	switch (Attribute) {
	case SQL_ATTR_ODBC_VERSION:
		value = e->odbc_version;
		break;
	case SQL_ATTR_CONNECTION_POOLING:
		value = e->connection_pooling;
		break;
	case SQL_ATTR_CP_MATCH:
		value = e->cp_match;
		break;
	case SQL_ATTR_OUTPUT_NTS:
		value = SQL_TRUE;
		break;
	default:
		return handle_fail(&e->base, "HY092", ODBCPOOL_ERR_BAD_ARGUMENT, "handle",
			"%d is no environment attribute", (int)Attribute);
	}
	if (Value)
		*(SQLUINTEGER *)Value = value;
	if (StringLength)
		*StringLength = sizeof(value);
	return SQL_SUCCESS;
}
