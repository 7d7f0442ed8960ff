/* SPDX-License-Identifier: MIT */
/* One update in two phases, by the XA switch and by the application's own SQL. */
#include "bench/work.h"
#include "odbcpool_xa.h"

#include <sql.h>
#include <sqlext.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static SQLHENV env;
static SQLHDBC held;  /* keeps the driver manager's library and environment */
static SQLHSTMT stmt; /* of it */
static char *source, string[128];
static bool is_mariadb;
static unsigned number;

static bool fails(SQLRETURN rc, SQLSMALLINT kind, SQLHANDLE h, const char *what)
{
	SQLCHAR state[6] = "", text[512] = "no diagnostics";
	SQLINTEGER native;
	SQLSMALLINT len;

	if (SQL_SUCCEEDED(rc) || rc == SQL_NO_DATA)
		return false;
	SQLGetDiagRec(kind, h, 1, state, &native, text, sizeof(text), &len);
	fprintf(stderr, "bench: %s: %s %s\n", what, (char *)state, (char *)text);
	return true;
}

static bool run_sql(SQLHSTMT s, const char *sql)
{
	return !fails(SQLExecDirect(s, (SQLCHAR *)sql, SQL_NTS), SQL_HANDLE_STMT, s, sql);
}

static bool connect_handle(SQLHDBC *ret)
{
	return !fails(SQLAllocHandle(SQL_HANDLE_DBC, env, ret), SQL_HANDLE_ENV, env, "dbc") &&
	       !fails(SQLDriverConnect(*ret, NULL, (SQLCHAR *)string, SQL_NTS, NULL, 0, NULL,
			      SQL_DRIVER_NOPROMPT),
		       SQL_HANDLE_DBC, *ret, string);
}

static bool open_both(char **arguments)
{
	source = arguments[0];
	is_mariadb = strcmp(source, "mariadb") == 0;
	snprintf(string, sizeof(string), "DSN=%s%s", source, arguments[1]);
	SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env);
	SQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0);
	return connect_handle(&held) && SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, held, &stmt));
}

/* A table of its own for each side: they must not wait for each other's row. */
static bool make_table(const char *name)
{
	char sql[256];

	snprintf(sql, sizeof(sql), "create table if not exists %s (id int primary key, v int)",
		name);
	if (!run_sql(stmt, sql))
		return false;
	snprintf(sql, sizeof(sql), "delete from %s", name);
	if (!run_sql(stmt, sql))
		return false;
	snprintf(sql, sizeof(sql), "insert into %s values (1, 0)", name);
	return run_sql(stmt, sql);
}

static const char *const sql_postgresql[] = {"BEGIN",
	"update odbcpool_bench_sql set v = v + 1 where id = 1", "PREPARE TRANSACTION 'bench'",
	"COMMIT PREPARED 'bench'", NULL};
static const char *const sql_mariadb[] = {"XA START 'bench','b',1",
	"update odbcpool_bench_sql set v = v + 1 where id = 1", "XA END 'bench','b',1",
	"XA PREPARE 'bench','b',1", "XA COMMIT 'bench','b',1", NULL};

static bool open_sql(char **arguments)
{
	return open_both(arguments) && make_table("odbcpool_bench_sql");
}

static bool run_two_phases(SQLHSTMT s)
{
	for (const char *const *sql = is_mariadb ? sql_mariadb : sql_postgresql; *sql; sql++)
		if (!run_sql(s, *sql))
			return false;
	return true;
}

static bool run_update(SQLHSTMT s)
{
	return run_sql(s, "update odbcpool_bench set v = v + 1 where id = 1");
}

static bool run_held(void)
{
	return run_two_phases(stmt);
}

static bool run_connected(bool (*run)(SQLHSTMT s))
{
	SQLHDBC dbc;
	SQLHSTMT s;

	if (!connect_handle(&dbc))
		return false;
	SQLAllocHandle(SQL_HANDLE_STMT, dbc, &s);
	bool ok = run(s);
	SQLFreeHandle(SQL_HANDLE_STMT, s);
	SQLDisconnect(dbc);
	SQLFreeHandle(SQL_HANDLE_DBC, dbc);
	return ok;
}

static bool run_sql_connected(void)
{
	return run_connected(run_two_phases);
}

static bool says(int code, int wanted, const char *what)
{
	char why[512];

	if (code == wanted)
		return true;
	odbcpool_xa_error(why, sizeof(why));
	fprintf(stderr, "bench: %s: %d %s\n", what, code, why);
	return false;
}

static bool open_switch(char **arguments)
{
	if (!open_both(arguments) || !make_table("odbcpool_bench"))
		return false;
	return says(odbcpool_xa_switch.xa_open_entry(source, 1, TMNOFLAGS), XA_OK, "xa_open");
}

static bool run_switch(void)
{
	const struct xa_switch_t *xa = &odbcpool_xa_switch;
	XID xid = {.formatID = 1, .gtrid_length = 8, .bqual_length = 1};

	number++;
	memcpy(xid.data, &number, sizeof(number));
	return says(xa->xa_start_entry(&xid, 1, TMNOFLAGS), XA_OK, "xa_start") &&
	       run_connected(run_update) &&
	       says(xa->xa_end_entry(&xid, 1, TMSUCCESS), XA_OK, "xa_end") &&
	       says(xa->xa_prepare_entry(&xid, 1, TMNOFLAGS), XA_OK, "xa_prepare") &&
	       says(xa->xa_commit_entry(&xid, 1, TMNOFLAGS), XA_OK, "xa_commit");
}

static void close_both(void)
{
	SQLFreeHandle(SQL_HANDLE_STMT, stmt);
	SQLDisconnect(held);
	SQLFreeHandle(SQL_HANDLE_DBC, held);
	SQLFreeHandle(SQL_HANDLE_ENV, env);
}

const struct work work_2pc_held = {
	.name = "2pc-held",
	.arguments = 2,
	.open = open_sql,
	.run = run_held,
	.close = close_both,
	.calls = 1,
};

const struct work work_2pc_sql = {
	.name = "2pc-sql",
	.arguments = 2,
	.open = open_sql,
	.run = run_sql_connected,
	.close = close_both,
	.calls = 1,
};

const struct work work_2pc_switch = {
	.name = "2pc-switch",
	.arguments = 2,
	.open = open_switch,
	.run = run_switch,
	.close = close_both,
	.calls = 1,
};
