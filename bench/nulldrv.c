/* SPDX-License-Identifier: MIT */
/*
 * A driver that does nothing: what a connect through it costs is the driver manager's own share.
 *
 * Compiled twice, with the exports of NULLDRV_EXPORTS: nulldrv.so has every name that the driver
 * manager looks up and its <module>_LTX_ alias, nulldrv_plain.so what a typical driver has. A
 * function that must answer something (a handle, a version) does; all other names are `nothing`.
 *
 * sql.h stays out: its prototypes would not let one function have a hundred names.
 */
#include "base/compiler.h"

#include <sqltypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, FAILURE = -1, NO_DATA = 100 }; /* SQL_SUCCESS, SQL_ERROR, SQL_NO_DATA */
enum { ATTR_AUTOCOMMIT = 102, ATTR_APP_ROW_DESC = 10010, ATTR_IMP_PARAM_DESC = 10013 };
enum { INFO_DRIVER_NAME = 6, INFO_DRIVER_ODBC_VER = 77, INFO_DBMS_NAME = 17 };
enum { ALL_FUNCTIONS_ODBC3 = 999, ALL_FUNCTIONS = 0 };

struct handle {
	SQLINTEGER version; /* an environment's */
};

static SQLRETURN nothing(void)
{
	return SUCCESS;
}

static SQLRETURN no_data(void)
{
	return NO_DATA;
}

static SQLRETURN alloc_handle(SQLSMALLINT kind, SQLHANDLE parent, SQLHANDLE *ret)
{
	(void)kind;
	(void)parent;
	*ret = calloc(1, sizeof(struct handle));
	return *ret ? SUCCESS : FAILURE;
}

static SQLRETURN free_handle(SQLSMALLINT kind, SQLHANDLE h)
{
	(void)kind;
	free(h);
	return SUCCESS;
}

static SQLRETURN set_env_attr(SQLHENV h, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER length)
{
	(void)attribute;
	(void)length;
	((struct handle *)h)->version = (SQLINTEGER)(intptr_t)value;
	return SUCCESS;
}

static SQLRETURN get_env_attr(
	SQLHENV h, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER size, SQLINTEGER *length)
{
	(void)attribute;
	(void)size;
	(void)length;
	*(SQLINTEGER *)value = ((struct handle *)h)->version;
	return SUCCESS;
}

/* Of either width: the completed string is empty. */
static SQLRETURN driver_connect(SQLHDBC h, SQLHWND window, void *in, SQLSMALLINT in_length,
	SQLWCHAR *out, SQLSMALLINT out_size, SQLSMALLINT *out_length, SQLUSMALLINT completion)
{
	(void)h;
	(void)window;
	(void)in;
	(void)in_length;
	(void)completion;
	if (out && out_size > 1)
		*out = 0;
	if (out_length)
		*out_length = 0;
	return SUCCESS;
}

static const char *info_text(SQLUSMALLINT type)
{
	switch (type) {
	case INFO_DRIVER_NAME:
		return "nulldrv.so";
	case INFO_DRIVER_ODBC_VER:
		return "03.80";
	case INFO_DBMS_NAME:
		return "Null";
	}
	return NULL;
}

static SQLRETURN info_out(SQLUSMALLINT type, SQLPOINTER value, SQLSMALLINT size_bytes,
	SQLSMALLINT *length, size_t unit)
{
	const char *text = info_text(type);
	size_t len = text ? strlen(text) : 0;

	if (length)
		*length = (SQLSMALLINT)(len * unit);
	if (!value)
		return SUCCESS;
	if (!text) {
		*(SQLUSMALLINT *)value = 0;
		return SUCCESS;
	}
	if ((len + 1) * unit > (size_t)size_bytes)
		return FAILURE;
	memset(value, 0, (len + 1) * unit);
	for (size_t i = 0; i < len; i++)
		((char *)value)[i * unit] = text[i];
	return SUCCESS;
}

static SQLRETURN get_info(
	SQLHDBC h, SQLUSMALLINT type, SQLPOINTER value, SQLSMALLINT size_bytes, SQLSMALLINT *length)
{
	(void)h;
	return info_out(type, value, size_bytes, length, 1);
}

static SQLRETURN get_info_w(
	SQLHDBC h, SQLUSMALLINT type, SQLPOINTER value, SQLSMALLINT size_bytes, SQLSMALLINT *length)
{
	(void)h;
	return info_out(type, value, size_bytes, length, sizeof(SQLWCHAR));
}

/* All of them: those that are not exported are not called. */
static SQLRETURN get_functions(SQLHDBC h, SQLUSMALLINT function, SQLUSMALLINT *supported)
{
	(void)h;
	switch (function) {
	case ALL_FUNCTIONS_ODBC3:
		memset(supported, 0xff, 250 * sizeof(*supported));
		return SUCCESS;
	case ALL_FUNCTIONS:
		for (size_t i = 0; i < 100; i++)
			supported[i] = 1;
		return SUCCESS;
	}
	*supported = 1;
	return SUCCESS;
}

/* Autocommit is on, nothing else is: not dead, no time limit, no catalog. */
static SQLRETURN get_connect_attr(
	SQLHDBC h, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER size, SQLINTEGER *length)
{
	(void)h;
	(void)size;
	if (value)
		*(SQLUINTEGER *)value = attribute == ATTR_AUTOCOMMIT;
	if (length)
		*length = 0;
	return SUCCESS;
}

/* A statement is its own four descriptors. */
static SQLRETURN get_stmt_attr(
	SQLHSTMT h, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER size, SQLINTEGER *length)
{
	(void)size;
	(void)length;
	if (attribute >= ATTR_APP_ROW_DESC && attribute <= ATTR_IMP_PARAM_DESC)
		*(SQLHANDLE *)value = h;
	else
		*(SQLULEN *)value = 0;
	return SUCCESS;
}

#define NAME(name, body) extern exported __typeof__(body) name __attribute__((alias(#body)));
#ifdef NULLDRV_LTX
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define PLAIN(name, body) NAME(name, body) NAME(JOIN(NULLDRV_LTX, name), body)
#else
#define PLAIN(name, body) NAME(name, body)
#endif
#define TEXT(name, body, wide_body) PLAIN(name, body) PLAIN(name##A, body) PLAIN(name##W, wide_body)
#include NULLDRV_EXPORTS
