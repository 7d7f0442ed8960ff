/* SPDX-License-Identifier: MIT */
/*
 * The driver that odbcinst.ini names: the SQL* functions, each a jump into libodbcpoolcore.so.
 *
 * Compiled three times, with other exports: libodbcpool.so (ANSI and W), libodbcpoola.so (ANSI
 * only) and libodbcpoolw.so (W only), because the driver manager decides by them whether a driver
 * speaks Unicode.
 *
 * Every name exists a second time as <module>_LTX_<name>: that is what the driver manager's loader
 * asks for first, some 240 names a connect, and each miss costs it an error message.
 */
#include "shim/entry.h"

#define CONCAT_(a, b) a##b
#define CONCAT(a, b) CONCAT_(a, b)

/* Another name for a function of this file, with its alias for the loader. */
#define LTX(name)                                                                                  \
	extern exported __typeof__(name) CONCAT(SHELL_LTX, name) __attribute__((alias(#name)));
/* By its label: the headers declare some of these names, not always with the type of the plain
 * form. */
#define ALIAS(new_name, name)                                                                      \
	extern exported __typeof__(name) alias_##new_name __asm__(#new_name)                       \
		__attribute__((alias(#name)));                                                     \
	extern exported __typeof__(name) CONCAT(SHELL_LTX, new_name) __attribute__((alias(#name)));

#define EXPORT(name, params, args)                                                                 \
	SQLRETURN SQL_API SQL##name params                                                         \
	{                                                                                          \
		return odbcpool_##name args;                                                       \
	}                                                                                          \
	LTX(SQL##name)

/* A mark by which odbcpool recognises itself when PoolDriver leads back to it. */
exported extern const int odbcpool_shell;
const int odbcpool_shell = SHELL;
LTX(odbcpool_shell)

/* Called by the driver manager at each connect, if they exist; there is nothing to do. */
exported void SQLDriverLoad(void);
exported void SQLDriverUnload(void);
void SQLDriverLoad(void)
{
}
void SQLDriverUnload(void)
{
}
LTX(SQLDriverLoad)
LTX(SQLDriverUnload)

/* An environment remembers through which library it was made. */
static SQLRETURN alloc_handle(
	SQLSMALLINT HandleType, SQLHANDLE InputHandle, SQLHANDLE *OutputHandle)
{
	if (HandleType == SQL_HANDLE_ENV)
		return odbcpool_alloc_env(SHELL, 0, OutputHandle);
	return odbcpool_AllocHandle(HandleType, InputHandle, OutputHandle);
}

static SQLRETURN alloc_handle_std(
	SQLSMALLINT HandleType, SQLHANDLE InputHandle, SQLHANDLE *OutputHandle)
{
	if (HandleType == SQL_HANDLE_ENV)
		return odbcpool_alloc_env(SHELL, SQL_OV_ODBC3, OutputHandle);
	return odbcpool_AllocHandle(HandleType, InputHandle, OutputHandle);
}

static SQLRETURN alloc_env(SQLHENV *EnvironmentHandle)
{
	return odbcpool_alloc_env(SHELL, SQL_OV_ODBC2, EnvironmentHandle);
}
#define odbcpool_AllocHandle alloc_handle
#define odbcpool_AllocHandleStd alloc_handle_std
#define odbcpool_AllocEnv alloc_env

#define FORWARD(name, id, kind, params, args) EXPORT(name, params, args)
#define OWN(name, id, params, args) EXPORT(name, params, args)
#define LOCAL(name, id, params, args) EXPORT(name, params, args)

/* Functions of one form, and the ANSI forms. */
#define CH SQLCHAR
#if SHELL_HAS_ANSI
#define ANSI(name, params, args) EXPORT(name, params, args) ALIAS(SQL##name##A, SQL##name)
#else
#define ANSI(name, params, args)
#endif
#define FORWARD_AW(name, id, kind, params, args, narrow) ANSI(name, params, args)
#define OWN_AW(name, id, params, args) ANSI(name, params, args)
#define LOCAL_AW(name, id, params, args) ANSI(name, params, args)
#include "driver/entry_points.def"
#undef CH

#if SHELL_HAS_ANSI
ALIAS(SQLColAttributesA, SQLColAttributes)
ALIAS(SQLErrorA, SQLError)
ALIAS(SQLGetConnectOptionA, SQLGetConnectOption)
ALIAS(SQLSetConnectOptionA, SQLSetConnectOption)
#endif

#if SHELL_HAS_WIDE
#define CH SQLWCHAR
#define FORWARD(...)
#define OWN(...)
#define LOCAL(...)
#define FORWARD_AW(name, id, kind, params, args, narrow) EXPORT(name##W, params, args)
#define OWN_AW(name, id, params, args) EXPORT(name##W, params, args)
#define LOCAL_AW(name, id, params, args) EXPORT(name##W, params, args)
#include "driver/entry_points.def"
#endif
