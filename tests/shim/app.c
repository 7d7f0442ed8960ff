/* SPDX-License-Identifier: MIT */
#include "shim/app.h"

#include <dlfcn.h>
#include <sched.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/odbcpool-shim-XXXXXX";
static SQLHENV envs[8];
static size_t env_count;
static SQLHDBC dbcs[300];
static size_t dbc_count;
static SQLHENV env3;

static const struct {
	const char *section, *driver, *library;
} drivers[] = {
	{"fake", "fakedrv", "libodbcpool"},
	{"second", "fakedrva", "libodbcpoola"},
	{"wide", "fakedrvw", "libodbcpoolw"},
	{"nomix", "fakedrv_nomix", "libodbcpool"},
};

void app_add_ini(const char *file, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	FILE *f = fopen(path, "a");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

const char *app_folder(void)
{
	return folder;
}

static void write_ini_files(void)
{
	char text[4096];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(setenv("ODBCSYSINI", folder, 1), 0);
	snprintf(text, sizeof(text), "%s/user.ini", folder);
	ck_assert_int_eq(setenv("ODBCINI", text, 1), 0);
	unsetenv("ODBCINSTINI");
	unsetenv("ODBCPOOL_DISABLE");
	for (size_t i = 0; i < array_size(drivers); i++) {
		snprintf(text, sizeof(text), "[%s]\nDriver = %s/%s.so\nPoolDriver = %s/%s.so\n",
			drivers[i].section, SHELL_DIR, drivers[i].library, FAKEDRV_DIR,
			drivers[i].driver);
		app_add_ini("odbcinst.ini", text);
	}
	app_add_ini("odbc.ini", "[one]\nDriver = fake\n"
				"[two]\nDriver = fake\nDatabase = two\n"
				"[plain]\nDriver = fake\nPooling = No\n");
	app_add_ini("user.ini", "[unused]\nDriver = fake\n");
}

const struct fakedrv_control *app_fake(const char *section)
{
	char path[4096];

	for (size_t i = 0; i < array_size(drivers); i++) {
		if (strcmp(drivers[i].section, section) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s.so", FAKEDRV_DIR, drivers[i].driver);
		void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
		ck_assert_msg(library != NULL, "%s", dlerror());
		return dlsym(library, FAKEDRV_CONTROL);
	}
	ck_abort_msg("no such section: %s", section);
	return NULL;
}

struct fakedrv_counts app_counts(const char *section)
{
	struct fakedrv_counts counts;

	app_fake(section)->counts(&counts);
	return counts;
}

void app_await_logouts(const char *section, size_t logouts)
{
	while (app_counts(section).logouts < logouts)
		sched_yield();
}

void app_setup(void)
{
	write_ini_files();
	for (size_t i = 0; i < array_size(drivers); i++) {
		app_fake(drivers[i].section)->reset();
		app_fake(drivers[i].section)->log_start();
	}
}

void app_done(void)
{
	char command[256];

	for (size_t i = 0; i < dbc_count; i++) {
		odbcpool_Disconnect(dbcs[i]);
		ck_assert_int_eq(odbcpool_FreeHandle(SQL_HANDLE_DBC, dbcs[i]), SQL_SUCCESS);
	}
	for (size_t i = 0; i < env_count; i++)
		ck_assert_int_eq(odbcpool_FreeHandle(SQL_HANDLE_ENV, envs[i]), SQL_SUCCESS);
	for (size_t i = 0; i < array_size(drivers); i++) {
		struct fakedrv_counts counts = app_counts(drivers[i].section);
		ck_assert_uint_eq(counts.foreign_handles, 0);
		ck_assert_uint_eq(counts.statements, 0);
		ck_assert_uint_eq(counts.descriptors, 0);
	}
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static SQLHENV keep_env(SQLHENV env)
{
	ck_assert_uint_lt(env_count, array_size(envs));
	return envs[env_count++] = env;
}

SQLHENV app_env(SQLUINTEGER odbc_version)
{
	SQLHENV env;

	ck_assert_int_eq(odbcpool_AllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env), SQL_SUCCESS);
	ck_assert_int_eq(odbcpool_SetEnvAttr(env, SQL_ATTR_ODBC_VERSION,
				 (SQLPOINTER)(uintptr_t)odbc_version, 0),
		SQL_SUCCESS);
	return keep_env(env);
}

SQLHENV app_env_of(enum shell shell)
{
	SQLHENV env;

	ck_assert_int_eq(odbcpool_alloc_env(shell, 0, &env), SQL_SUCCESS);
	ck_assert_int_eq(
		odbcpool_SetEnvAttr(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0),
		SQL_SUCCESS);
	return keep_env(env);
}

SQLHDBC app_dbc_of(SQLHENV env)
{
	SQLHDBC dbc;

	ck_assert_uint_lt(dbc_count, array_size(dbcs));
	ck_assert_int_eq(odbcpool_AllocHandle(SQL_HANDLE_DBC, env, &dbc), SQL_SUCCESS);
	return dbcs[dbc_count++] = dbc;
}

SQLHDBC app_dbc(void)
{
	if (!env3)
		env3 = app_env(SQL_OV_ODBC3);
	return app_dbc_of(env3);
}

SQLRETURN app_connect(SQLHDBC dbc, const char *string)
{
	return odbcpool_DriverConnect(
		dbc, NULL, (SQLCHAR *)string, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT);
}

SQLRETURN app_connect_wide(SQLHDBC dbc, const char *string)
{
	return odbcpool_DriverConnectW(
		dbc, NULL, wide(string), SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT);
}

SQLHDBC app_connected(const char *string)
{
	SQLHDBC dbc = app_dbc();

	app_check(app_connect(dbc, string), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	return dbc;
}

SQLHSTMT app_stmt(SQLHDBC dbc)
{
	SQLHSTMT stmt = SQL_NULL_HSTMT;

	app_check(odbcpool_AllocHandle(SQL_HANDLE_STMT, dbc, &stmt), SQL_SUCCESS, SQL_HANDLE_DBC,
		dbc);
	return stmt;
}

SQLRETURN app_exec(SQLHSTMT stmt, const char *text)
{
	return odbcpool_ExecDirect(stmt, (SQLCHAR *)text, SQL_NTS);
}

void app_run(SQLHDBC dbc, const char *text)
{
	SQLHSTMT stmt = app_stmt(dbc);

	app_check(app_exec(stmt, text), SQL_SUCCESS, SQL_HANDLE_STMT, stmt);
	odbcpool_FreeHandle(SQL_HANDLE_STMT, stmt);
}

void app_disconnect(SQLHDBC dbc)
{
	app_check(odbcpool_Disconnect(dbc), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
}

SQLUINTEGER app_attribute(SQLHDBC dbc, SQLINTEGER attribute)
{
	SQLULEN value = 0;

	app_check(odbcpool_GetConnectAttr(dbc, attribute, &value, 0, NULL), SQL_SUCCESS,
		SQL_HANDLE_DBC, dbc);
	return (SQLUINTEGER)value;
}

void app_set(SQLHDBC dbc, SQLINTEGER attribute, SQLULEN value)
{
	app_check(odbcpool_SetConnectAttr(dbc, attribute, (SQLPOINTER)(uintptr_t)value, 0),
		SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
}

bool app_is_reused(SQLHDBC dbc)
{
	return app_attribute(dbc, ODBCPOOL_ATTR_REUSED) == 1;
}

SQLULEN app_number(SQLHDBC dbc)
{
	SQLULEN number = 0;

	app_check(odbcpool_GetInfo(dbc, FAKEDRV_INFO_NUMBER, &number, sizeof(number), NULL),
		SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	return number;
}

void app_check_record(SQLSMALLINT type, SQLHANDLE h, SQLSMALLINT number, const char *state,
	SQLINTEGER native, const char *text)
{
	SQLCHAR got_state[6] = "", message[2048] = "";
	SQLINTEGER got_native = 0;
	SQLSMALLINT len = 0;

	ck_assert_int_eq(odbcpool_GetDiagRec(type, h, number, got_state, &got_native, message,
				 sizeof(message), &len),
		SQL_SUCCESS);
	ck_assert_msg(
		strcmp((char *)got_state, state) == 0, "%s, not %s: %s", got_state, state, message);
	ck_assert_msg(
		got_native == native, "%d, not %d: %s", (int)got_native, (int)native, message);
	ck_assert_msg(strstr((char *)message, text) != NULL, "\"%s\" is not in: %s", text, message);
	ck_assert_int_eq(len, (int)strlen((char *)message));
}

void app_check_no_record(SQLSMALLINT type, SQLHANDLE h, SQLSMALLINT number)
{
	SQLCHAR state[6];

	ck_assert_int_eq(
		odbcpool_GetDiagRec(type, h, number, state, NULL, NULL, 0, NULL), SQL_NO_DATA);
}

void app_check_rc(SQLRETURN got, SQLRETURN wanted, SQLSMALLINT type, SQLHANDLE h)
{
	SQLCHAR state[6] = "", message[2048] = "";

	if (got == wanted)
		return;
	odbcpool_GetDiagRec(type, h, 1, state, NULL, message, sizeof(message), NULL);
	ck_abort_msg("returned %d, not %d: %s %s", got, wanted, state, message);
}

SQLWCHAR *wide(const char *text)
{
	static SQLWCHAR buffers[8][4096];
	static unsigned next;
	SQLWCHAR *to = buffers[next++ % 8];
	size_t i = 0;

	for (; text[i]; i++)
		to[i] = (unsigned char)text[i];
	to[i] = 0;
	return to;
}

const char *narrow(const SQLWCHAR *text)
{
	static char buffers[4][4096];
	static unsigned next;
	char *to = buffers[next++ % 4];
	size_t i = 0;

	for (; text[i]; i++)
		to[i] = text[i] < 0x80 ? (char)text[i] : '?';
	to[i] = '\0';
	return to;
}

const char *app_read_file(const char *path)
{
	static char text[1 << 18];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}
