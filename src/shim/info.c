/* SPDX-License-Identifier: MIT */
/* What the connection is and can: the real driver's answers, so that applications may branch on
 * them. */
#include "odbcpool.h"
#include "shim/call.h"
#include "shim/entry.h"
#include "shim/text.h"

#include <stddef.h>
#include <string.h>

/* Handles that an application asks for are ours, or the driver's functions would get foreign ones.
 */
static bool own_handle(struct dbc *d, SQLUSMALLINT type, SQLPOINTER value, SQLSMALLINT *ret_len)
{
	SQLPOINTER handle;

	switch (type) {
	case SQL_DRIVER_HDBC:
		handle = d;
		break;
	case SQL_DRIVER_HENV:
		handle = d->env;
		break;
	case SQL_DRIVER_HLIB:
		handle = d->session->driver->library;
		break;
	case SQL_DRIVER_HSTMT:
	case SQL_DRIVER_HDESC:
		/* In and out: the manager's handle for the driver's. We are the driver. */
		if (ret_len)
			*ret_len = sizeof(handle);
		return true;
	default:
		return false;
	}
	if (value)
		*(SQLPOINTER *)value = handle;
	if (ret_len)
		*ret_len = sizeof(handle);
	return true;
}

/* The info types whose value is a text (ODBC 3.8, SQLGetInfo). */
static bool is_text(SQLUSMALLINT type)
{
	static const SQLUSMALLINT types[] = {SQL_ACCESSIBLE_PROCEDURES, SQL_ACCESSIBLE_TABLES,
		SQL_CATALOG_NAME, SQL_CATALOG_NAME_SEPARATOR, SQL_CATALOG_TERM, SQL_COLLATION_SEQ,
		SQL_COLUMN_ALIAS, SQL_DATABASE_NAME, SQL_DATA_SOURCE_NAME,
		SQL_DATA_SOURCE_READ_ONLY, SQL_DBMS_NAME, SQL_DBMS_VER, SQL_DESCRIBE_PARAMETER,
		SQL_DM_VER, SQL_DRIVER_NAME, SQL_DRIVER_ODBC_VER, SQL_DRIVER_VER,
		SQL_EXPRESSIONS_IN_ORDERBY, SQL_IDENTIFIER_QUOTE_CHAR, SQL_INTEGRITY, SQL_KEYWORDS,
		SQL_LIKE_ESCAPE_CLAUSE, SQL_MAX_ROW_SIZE_INCLUDES_LONG, SQL_MULT_RESULT_SETS,
		SQL_MULTIPLE_ACTIVE_TXN, SQL_NEED_LONG_DATA_LEN, SQL_ODBC_VER,
		SQL_ORDER_BY_COLUMNS_IN_SELECT, SQL_OUTER_JOINS, SQL_PROCEDURES, SQL_PROCEDURE_TERM,
		SQL_ROW_UPDATES, SQL_SCHEMA_TERM, SQL_SEARCH_PATTERN_ESCAPE, SQL_SERVER_NAME,
		SQL_SPECIAL_CHARACTERS, SQL_TABLE_TERM, SQL_USER_NAME, SQL_XOPEN_CLI_YEAR};

	for (size_t i = 0; i < array_size(types); i++)
		if (types[i] == type)
			return true;
	return false;
}

static SQLRETURN widened_info(struct call *c, SQLHDBC real, SQLUSMALLINT type, SQLPOINTER value,
	SQLSMALLINT size, SQLSMALLINT *ret_len)
{
	char text[4096] = "";
	SQLSMALLINT narrow_len = 0;
	SQLINTEGER len = 0;

	if (!is_text(type))
		return call_leave(c, c->calls->GetInfo(real, type, value, size, ret_len));
	SQLRETURN rc = call_leave(
		c, c->calls->GetInfo(real, type, text, (SQLSMALLINT)sizeof(text), &narrow_len));
	if (!SQL_SUCCEEDED(rc))
		return rc;
	bool is_cut = text_out_bytes(text, strnlen(text, sizeof(text)), true, value, size, &len);
	if (ret_len)
		*ret_len = (SQLSMALLINT)len;
	if (!is_cut)
		return rc;
	diag_add(&c->handle->records, "01004", ODBCPOOL_ERR_TRUNCATED, "connection",
		"String data, right truncated");
	return handle_noted(c->handle, SQL_SUCCESS_WITH_INFO);
}

static SQLRETURN get_info(SQLHDBC h, SQLUSMALLINT type, SQLPOINTER value, SQLSMALLINT size,
	SQLSMALLINT *ret_len, bool is_wide)
{
	struct dbc *d = h;
	struct call c;

	if (!call_enter_DBC(&c, &h))
		return c.rc;
	if (own_handle(d, type, value, ret_len))
		return SQL_SUCCESS;
	if (is_wide && c.calls->GetInfoW)
		return call_leave(&c, c.calls->GetInfoW(h, type, value, size, ret_len));
	if (!c.calls->GetInfo)
		return call_missing(&c, "SQLGetInfo");
	if (is_wide)
		return widened_info(&c, h, type, value, size, ret_len);
	return call_leave(&c, c.calls->GetInfo(h, type, value, size, ret_len));
}

SQLRETURN odbcpool_GetInfo(SQLHDBC h, SQLUSMALLINT InfoType, SQLPOINTER InfoValue,
	SQLSMALLINT BufferLength, SQLSMALLINT *StringLength)
{
	return get_info(h, InfoType, InfoValue, BufferLength, StringLength, false);
}

SQLRETURN odbcpool_GetInfoW(SQLHDBC h, SQLUSMALLINT InfoType, SQLPOINTER InfoValue,
	SQLSMALLINT BufferLength, SQLSMALLINT *StringLength)
{
	return get_info(h, InfoType, InfoValue, BufferLength, StringLength, true);
}

/* One row for each function that has a dispatch slot: where it is, and its W twin's or its own
 * again. */
struct function_slot {
	SQLUSMALLINT id;
	size_t plain, wide;
};

static const struct function_slot function_slots[] = {
#define SLOT(name) offsetof(struct calls, name)
#define FORWARD(name, id, ...) {id, SLOT(name), SLOT(name)},
#define FORWARD_AW(name, id, ...) {id, SLOT(name), SLOT(name##W)},
#define OWN(name, id, ...) {id, SLOT(name), SLOT(name)},
#define OWN_AW(name, id, ...) {id, SLOT(name), SLOT(name##W)},
#define LOCAL(...)
#define LOCAL_AW(...)
#include "driver/entry_points.def"
#undef SLOT
};

static bool has_slot(const struct calls *calls, size_t offset)
{
	void *function;

	memcpy(&function, (const char *)calls + offset, sizeof(function));
	return function != NULL;
}

static bool is_there(const struct calls *calls, const struct function_slot *f)
{
	/* It shares its number with SQLColAttributes. */
	if (f->id == SQL_API_SQLCOLATTRIBUTE)
		return calls->ColAttribute || calls->ColAttributeW || calls->ColAttributes;
	return has_slot(calls, f->plain) || has_slot(calls, f->wide);
}

static void clear_supported(SQLUSMALLINT asked, SQLUSMALLINT id, SQLUSMALLINT *supported)
{
	if (asked == SQL_API_ODBC3_ALL_FUNCTIONS)
		supported[id >> 4] &= (SQLUSMALLINT) ~(1u << (id & 0xf));
	else if (asked == SQL_API_ALL_FUNCTIONS && id < 100)
		supported[id] = SQL_FALSE;
	else if (asked == id)
		*supported = SQL_FALSE;
}

/* A driver without SQLGetFunctions: what it exports is what it can. */
static void answer_from_slots(
	const struct calls *calls, SQLUSMALLINT asked, SQLUSMALLINT *supported)
{
	size_t size = asked == SQL_API_ODBC3_ALL_FUNCTIONS ? SQL_API_ODBC3_ALL_FUNCTIONS_SIZE
		      : asked == SQL_API_ALL_FUNCTIONS	   ? 100
							   : 1;

	memset(supported, 0, size * sizeof(*supported));
	for (size_t i = 0; i < array_size(function_slots); i++) {
		SQLUSMALLINT id = function_slots[i].id;
		if (!is_there(calls, &function_slots[i]))
			continue;
		if (asked == SQL_API_ODBC3_ALL_FUNCTIONS)
			supported[id >> 4] |= (SQLUSMALLINT)(1u << (id & 0xf));
		else if (asked == SQL_API_ALL_FUNCTIONS && id < 100)
			supported[id] = SQL_TRUE;
		else if (asked == id)
			*supported = SQL_TRUE;
	}
}

SQLRETURN odbcpool_GetFunctions(SQLHDBC h, SQLUSMALLINT FunctionId, SQLUSMALLINT *Supported)
{
	struct call c;

	if (!call_enter_DBC(&c, &h))
		return c.rc;
	if (!Supported)
		return handle_fail(c.handle, "HY009", ODBCPOOL_ERR_BAD_ARGUMENT, "connection",
			"Supported is NULL");
	if (!c.calls->GetFunctions) {
		answer_from_slots(c.calls, FunctionId, Supported);
		return SQL_SUCCESS;
	}
	SQLRETURN rc = call_leave(&c, c.calls->GetFunctions(h, FunctionId, Supported));
	/* Functions that a driver claims but does not export cannot be called through us. */
	for (size_t i = 0; SQL_SUCCEEDED(rc) && i < array_size(function_slots); i++)
		if (!is_there(c.calls, &function_slots[i]))
			clear_supported(FunctionId, function_slots[i].id, Supported);
	return rc;
}

/* These two are the driver manager's own; drivers that export them are never asked. */
static SQLRETURN manager_function(SQLHENV h, const char *function)
{
	if (!handle_settle(h, TAG_ENV))
		return SQL_INVALID_HANDLE;
	return handle_fail(h, "IM001", ODBCPOOL_ERR_NOT_SUPPORTED, "driver",
		"Driver does not support this function (%s is the driver manager's)", function);
}

SQLRETURN odbcpool_DataSources(SQLHENV EnvironmentHandle, SQLUSMALLINT Direction,
	SQLCHAR *ServerName, SQLSMALLINT BufferLength1, SQLSMALLINT *NameLength1,
	SQLCHAR *Description, SQLSMALLINT BufferLength2, SQLSMALLINT *NameLength2)
{
	(void)Direction, (void)ServerName, (void)BufferLength1, (void)NameLength1;
	(void)Description, (void)BufferLength2, (void)NameLength2;
	return manager_function(EnvironmentHandle, "SQLDataSources");
}

SQLRETURN odbcpool_DataSourcesW(SQLHENV EnvironmentHandle, SQLUSMALLINT Direction,
	SQLWCHAR *ServerName, SQLSMALLINT BufferLength1, SQLSMALLINT *NameLength1,
	SQLWCHAR *Description, SQLSMALLINT BufferLength2, SQLSMALLINT *NameLength2)
{
	(void)Direction, (void)ServerName, (void)BufferLength1, (void)NameLength1;
	(void)Description, (void)BufferLength2, (void)NameLength2;
	return manager_function(EnvironmentHandle, "SQLDataSources");
}

SQLRETURN odbcpool_Drivers(SQLHENV EnvironmentHandle, SQLUSMALLINT Direction,
	SQLCHAR *DriverDescription, SQLSMALLINT BufferLength1, SQLSMALLINT *DescriptionLength,
	SQLCHAR *DriverAttributes, SQLSMALLINT BufferLength2, SQLSMALLINT *AttributesLength)
{
	(void)Direction, (void)DriverDescription, (void)BufferLength1, (void)DescriptionLength;
	(void)DriverAttributes, (void)BufferLength2, (void)AttributesLength;
	return manager_function(EnvironmentHandle, "SQLDrivers");
}

SQLRETURN odbcpool_DriversW(SQLHENV EnvironmentHandle, SQLUSMALLINT Direction,
	SQLWCHAR *DriverDescription, SQLSMALLINT BufferLength1, SQLSMALLINT *DescriptionLength,
	SQLWCHAR *DriverAttributes, SQLSMALLINT BufferLength2, SQLSMALLINT *AttributesLength)
{
	(void)Direction, (void)DriverDescription, (void)BufferLength1, (void)DescriptionLength;
	(void)DriverAttributes, (void)BufferLength2, (void)AttributesLength;
	return manager_function(EnvironmentHandle, "SQLDrivers");
}
