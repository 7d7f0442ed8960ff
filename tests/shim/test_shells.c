/* SPDX-License-Identifier: MIT */
/* The three libraries themselves, loaded as the driver manager loads them. */
#include "shim/app.h"
#include "support/run.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static void *library;
static char module[32];

static void load(const char *name)
{
	char path[4096];

	snprintf(module, sizeof(module), "%s", name);
	snprintf(path, sizeof(path), "%s/%s.so", SHELL_DIR, name);
	library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	ck_assert_msg(library != NULL, "%s", dlerror());
}

/* By the name that the manager's loader asks for first, which must be the plain one's twin. */
static void *symbol(const char *name)
{
	char alias[64];

	snprintf(alias, sizeof(alias), "%s_LTX_%s", module, name);
	void *found = dlsym(library, alias);
	ck_assert_msg(found != NULL, "%s", alias);
	ck_assert_ptr_eq(found, dlsym(library, name));
	return found;
}

#define CALL(function) ((__typeof__(function) *)symbol(#function))
/* A name that the headers do not have, of the same type as `function`. */
#define CALL_AS(function, name) ((__typeof__(function) *)symbol(name))

static const struct {
	const char *module, *section;
	bool is_wide;
} shells[] = {
	{"libodbcpool", "fake", false},
	{"libodbcpool", "fake", true},
	{"libodbcpoola", "second", false},
	{"libodbcpoolw", "wide", true},
};

static SQLRETURN connect_by(SQLHDBC dbc, const char *section, bool is_wide)
{
	char string[64];

	snprintf(string, sizeof(string), "DRIVER={%s}", section);
	if (is_wide)
		return CALL(SQLDriverConnectW)(
			dbc, NULL, wide(string), SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT);
	return CALL_AS(SQLDriverConnect, "SQLDriverConnectA")(
		dbc, NULL, (SQLCHAR *)string, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT);
}

START_TEST(each_library_connects_its_kind_of_driver)
{
	SQLHENV env;
	SQLHDBC dbc;
	SQLHSTMT stmt;
	SQLRETURN rc;

	load(shells[_i].module);
	((void (*)(void))symbol("SQLDriverLoad"))();
	ck_assert_int_eq(CALL(SQLAllocHandle)(SQL_HANDLE_ENV, NULL, &env), SQL_SUCCESS);
	ck_assert_int_eq(
		CALL(SQLSetEnvAttr)(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0),
		SQL_SUCCESS);
	ck_assert_int_eq(CALL(SQLAllocHandle)(SQL_HANDLE_DBC, env, &dbc), SQL_SUCCESS);
	for (int again = 0; again < 2; again++) {
		rc = connect_by(dbc, shells[_i].section, shells[_i].is_wide);
		app_check(rc, SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
		ck_assert_int_eq(CALL(SQLAllocHandle)(SQL_HANDLE_STMT, dbc, &stmt), SQL_SUCCESS);
		rc = shells[_i].is_wide ? CALL(SQLExecDirectW)(stmt, wide("select 1"), SQL_NTS)
					: CALL(SQLExecDirect)(stmt, (SQLCHAR *)"select 1", SQL_NTS);
		ck_assert_int_eq(rc, SQL_SUCCESS);
		ck_assert_int_eq(CALL(SQLFetch)(stmt), SQL_SUCCESS);
		ck_assert_int_eq(CALL(SQLDisconnect)(dbc), SQL_SUCCESS);
	}
	ck_assert_uint_eq(app_counts(shells[_i].section).logins, 1);
	ck_assert_int_eq(CALL(SQLFreeHandle)(SQL_HANDLE_DBC, dbc), SQL_SUCCESS);
	ck_assert_int_eq(CALL(SQLFreeHandle)(SQL_HANDLE_ENV, env), SQL_SUCCESS);
	((void (*)(void))symbol("SQLDriverUnload"))();
}
END_TEST

START_TEST(an_environment_remembers_its_library)
{
	SQLHENV env;
	SQLHDBC dbc;

	load("libodbcpoola");
	if (_i == 0)
		ck_assert_int_eq(CALL(SQLAllocHandle)(SQL_HANDLE_ENV, NULL, &env), SQL_SUCCESS);
	else if (_i == 1)
		ck_assert_int_eq(CALL(SQLAllocEnv)(&env), SQL_SUCCESS);
	else
		ck_assert_int_eq(CALL(SQLAllocHandleStd)(SQL_HANDLE_ENV, NULL, &env), SQL_SUCCESS);
	ck_assert_int_eq(CALL(SQLAllocConnect)(env, &dbc), SQL_SUCCESS);
	ck_assert_int_eq(connect_by(dbc, "fake", false), SQL_ERROR);
	app_check_record(
		SQL_HANDLE_DBC, dbc, 1, "IM003", ODBCPOOL_ERR_WRONG_SHELL, "libodbcpool.so");
	ck_assert_int_eq(CALL(SQLFreeConnect)(dbc), SQL_SUCCESS);
	ck_assert_int_eq(CALL(SQLFreeEnv)(env), SQL_SUCCESS);
}
END_TEST

START_TEST(the_libraries_have_one_core)
{
	SQLHDBC dbc = app_connected("DSN=one");
	SQLULEN number = app_number(dbc);
	SQLHENV env;
	SQLHDBC other;
	SQLHSTMT stmt;

	load("libodbcpool");
	ck_assert_int_eq(CALL(SQLAllocHandle)(SQL_HANDLE_STMT, dbc, &stmt), SQL_SUCCESS);
	app_disconnect(dbc);
	ck_assert_int_eq(CALL(SQLAllocHandle)(SQL_HANDLE_ENV, NULL, &env), SQL_SUCCESS);
	ck_assert_int_eq(
		CALL(SQLSetEnvAttr)(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0),
		SQL_SUCCESS);
	ck_assert_int_eq(CALL(SQLAllocHandle)(SQL_HANDLE_DBC, env, &other), SQL_SUCCESS);
	ck_assert_int_eq(CALL(SQLDriverConnect)(other, NULL, (SQLCHAR *)"DSN=one", SQL_NTS, NULL, 0,
				 NULL, SQL_DRIVER_NOPROMPT),
		SQL_SUCCESS);
	ck_assert_uint_eq(app_number(other), number);
	ck_assert_int_eq(CALL(SQLDisconnect)(other), SQL_SUCCESS);
	ck_assert_int_eq(CALL(SQLFreeHandle)(SQL_HANDLE_DBC, other), SQL_SUCCESS);
	ck_assert_int_eq(CALL(SQLFreeHandle)(SQL_HANDLE_ENV, env), SQL_SUCCESS);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("shells");
	TCase *t = tcase_create("shells");

	tcase_add_checked_fixture(t, app_setup, app_done);
	tcase_add_loop_test(
		t, each_library_connects_its_kind_of_driver, 0, (int)array_size(shells));
	tcase_add_loop_test(t, an_environment_remembers_its_library, 0, 3);
	tcase_add_test(t, the_libraries_have_one_core);
	suite_add_tcase(s, t);
	return s;
}
