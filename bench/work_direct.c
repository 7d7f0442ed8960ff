/* SPDX-License-Identifier: MIT */
/* A driver's own functions, called straight out of its file. */
#include "bench/work.h"

#include <dlfcn.h>
#include <sql.h>
#include <sqlext.h>
#include <stdio.h>

static struct {
	__typeof__(SQLAllocHandle) *AllocHandle;
	__typeof__(SQLFreeHandle) *FreeHandle;
	__typeof__(SQLSetEnvAttr) *SetEnvAttr;
	__typeof__(SQLDriverConnect) *DriverConnect;
	__typeof__(SQLDisconnect) *Disconnect;
	__typeof__(SQLFetch) *Fetch;
} driver;

static SQLHENV env;
static SQLHDBC dbc;
static SQLHSTMT stmt;
static SQLCHAR *string;

static bool load(const char *file)
{
	void *library = dlopen(file, RTLD_LAZY | RTLD_LOCAL);

	if (!library) {
		fprintf(stderr, "bench: %s\n", dlerror());
		return false;
	}
	driver.AllocHandle = dlsym(library, "SQLAllocHandle");
	driver.FreeHandle = dlsym(library, "SQLFreeHandle");
	driver.SetEnvAttr = dlsym(library, "SQLSetEnvAttr");
	driver.DriverConnect = dlsym(library, "SQLDriverConnect");
	driver.Disconnect = dlsym(library, "SQLDisconnect");
	driver.Fetch = dlsym(library, "SQLFetch");
	if (driver.AllocHandle && driver.FreeHandle && driver.SetEnvAttr && driver.DriverConnect &&
		driver.Disconnect && driver.Fetch)
		return true;
	fprintf(stderr, "bench: %s lacks a function\n", file);
	return false;
}

static bool connect_driver(void)
{
	SQLRETURN rc = driver.DriverConnect(
		dbc, NULL, string, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT);

	if (SQL_SUCCEEDED(rc))
		return true;
	fprintf(stderr, "bench: %s: the driver returned %d\n", (char *)string, rc);
	return false;
}

static bool open_direct(char **arguments)
{
	if (!load(arguments[0]))
		return false;
	string = (SQLCHAR *)arguments[1];
	driver.AllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env);
	driver.SetEnvAttr(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0);
	return SQL_SUCCEEDED(driver.AllocHandle(SQL_HANDLE_DBC, env, &dbc));
}

static bool run_direct(void)
{
	return connect_driver() && SQL_SUCCEEDED(driver.Disconnect(dbc));
}

static void close_direct(void)
{
	driver.FreeHandle(SQL_HANDLE_DBC, dbc);
	driver.FreeHandle(SQL_HANDLE_ENV, env);
}

static bool open_fetch(char **arguments)
{
	return open_direct(arguments) && connect_driver() &&
	       SQL_SUCCEEDED(driver.AllocHandle(SQL_HANDLE_STMT, dbc, &stmt));
}

static bool run_fetch(void)
{
	return SQL_SUCCEEDED(driver.Fetch(stmt));
}

static void close_fetch(void)
{
	driver.FreeHandle(SQL_HANDLE_STMT, stmt);
	driver.Disconnect(dbc);
	close_direct();
}

const struct work work_direct = {
	.name = "direct",
	.arguments = 2,
	.open = open_direct,
	.run = run_direct,
	.close = close_direct,
	.calls = 100,
};

const struct work work_fetch = {
	.name = "fetch",
	.arguments = 2,
	.open = open_fetch,
	.run = run_fetch,
	.close = close_fetch,
	.calls = 10000,
};
