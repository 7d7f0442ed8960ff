/* SPDX-License-Identifier: MIT */
/*
 * usage: unload DSN QUERY
 *
 * A plug-in's life: loads the driver manager, asks QUERY on a connection and prints its number,
 * unloads it, four times. It is not linked with libodbc, so dlclose() may really unload it; the
 * pool's threads are at work meanwhile.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <time.h>

#define SQL_NOUNICODEMAP
#include <sql.h>
#include <sqlext.h>

static void *load(void *library, const char *name)
{
	void *f = dlsym(library, name);

	if (!f)
		fprintf(stderr, "%s: %s\n", name, dlerror());
	return f;
}

#define FUNCTION(name) __typeof__(name) *p##name = (__typeof__(name) *)load(library, #name)

static int visit(const char *source, const char *query)
{
	void *library = dlopen("libodbc.so.2", RTLD_NOW | RTLD_LOCAL);
	SQLHENV env = NULL;
	SQLHDBC dbc = NULL;
	SQLHSTMT s = NULL;
	SQLINTEGER number = -1;

	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		return 1;
	}
	FUNCTION(SQLAllocHandle);
	FUNCTION(SQLSetEnvAttr);
	FUNCTION(SQLConnect);
	FUNCTION(SQLExecDirect);
	FUNCTION(SQLFetch);
	FUNCTION(SQLGetData);
	FUNCTION(SQLDisconnect);
	FUNCTION(SQLFreeHandle);

	pSQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env);
	pSQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0);
	pSQLAllocHandle(SQL_HANDLE_DBC, env, &dbc);
	if (!SQL_SUCCEEDED(
		    pSQLConnect(dbc, (SQLCHAR *)source, SQL_NTS, NULL, SQL_NTS, NULL, SQL_NTS)))
		return 1;
	pSQLAllocHandle(SQL_HANDLE_STMT, dbc, &s);
	if (!SQL_SUCCEEDED(pSQLExecDirect(s, (SQLCHAR *)query, SQL_NTS)) ||
		!SQL_SUCCEEDED(pSQLFetch(s)) ||
		!SQL_SUCCEEDED(pSQLGetData(s, 1, SQL_C_SLONG, &number, sizeof(number), NULL)))
		return 1;
	printf("%ld\n", (long)number);
	pSQLFreeHandle(SQL_HANDLE_STMT, s);
	pSQLDisconnect(dbc);
	pSQLFreeHandle(SQL_HANDLE_DBC, dbc);
	pSQLFreeHandle(SQL_HANDLE_ENV, env);
	return dlclose(library);
}

int main(int argc, char **argv)
{
	/* Longer than the housekeeper sleeps. */
	struct timespec pause = {1, 100 * 1000000L};

	for (int i = 0; i < 4; i++) {
		if (argc != 3 || visit(argv[1], argv[2]) != 0)
			return 1;
		fflush(stdout);
		if (i < 2)
			nanosleep(&pause, NULL);
	}
	return 0;
}
