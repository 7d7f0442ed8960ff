/* SPDX-License-Identifier: MIT */
/* Who may take part: a server that prepares, through a driver that begins transactions. */
#include "dbms/xa.h"
#include "driver/calls.h"
#include "support/run.h"

#include <stdio.h>
#include <string.h>

/* A driver of one session, and what its server is set to. */
static const char *prepared_max;
static bool begins; /* in manual commit */
static SQLULEN autocommit;
static bool is_in_transaction, has_row;

static SQLRETURN alloc_handle(SQLSMALLINT type, SQLHANDLE input, SQLHANDLE *ret_handle)
{
	(void)type;
	*ret_handle = input;
	return SQL_SUCCESS;
}

static SQLRETURN free_handle(SQLSMALLINT type, SQLHANDLE h)
{
	(void)type;
	(void)h;
	return SQL_SUCCESS;
}

static SQLRETURN exec_direct(SQLHSTMT h, SQLCHAR *text, SQLINTEGER len)
{
	(void)h;
	(void)len;
	is_in_transaction |= autocommit == SQL_AUTOCOMMIT_OFF && begins;
	has_row = strncmp((char *)text, "SELECT", 6) == 0;
	return has_row || is_in_transaction ? SQL_SUCCESS : SQL_ERROR;
}

static SQLRETURN num_result_cols(SQLHSTMT h, SQLSMALLINT *ret_count)
{
	(void)h;
	*ret_count = has_row;
	return SQL_SUCCESS;
}

static SQLRETURN fetch(SQLHSTMT h)
{
	(void)h;
	bool is_there = has_row;
	has_row = false;
	return is_there ? SQL_SUCCESS : SQL_NO_DATA;
}

static SQLRETURN get_data(SQLHSTMT h, SQLUSMALLINT column, SQLSMALLINT type, SQLPOINTER value,
	SQLLEN size, SQLLEN *ret_len)
{
	(void)h;
	(void)column;
	(void)type;
	(void)size;
	strcpy(value, prepared_max);
	*ret_len = (SQLLEN)strlen(prepared_max);
	return SQL_SUCCESS;
}

static SQLRETURN end_tran(SQLSMALLINT type, SQLHANDLE h, SQLSMALLINT completion)
{
	(void)type;
	(void)h;
	ck_assert_int_eq(completion, SQL_ROLLBACK);
	is_in_transaction = false;
	return SQL_SUCCESS;
}

static SQLRETURN set_connect_attr(SQLHDBC h, SQLINTEGER number, SQLPOINTER value, SQLINTEGER len)
{
	(void)h;
	(void)len;
	ck_assert_int_eq(number, SQL_ATTR_AUTOCOMMIT);
	autocommit = (SQLULEN)(uintptr_t)value;
	return SQL_SUCCESS;
}

static SQLRETURN get_connect_attr(
	SQLHDBC h, SQLINTEGER number, SQLPOINTER value, SQLINTEGER size, SQLINTEGER *len)
{
	(void)h;
	(void)size;
	(void)len;
	ck_assert_int_eq(number, SQL_ATTR_AUTOCOMMIT);
	*(SQLULEN *)value = autocommit;
	return SQL_SUCCESS;
}

static const struct calls calls = {
	.AllocHandle = alloc_handle,
	.FreeHandle = free_handle,
	.ExecDirect = exec_direct,
	.NumResultCols = num_result_cols,
	.Fetch = fetch,
	.GetData = get_data,
	.EndTran = end_tran,
	.SetConnectAttr = set_connect_attr,
	.GetConnectAttr = get_connect_attr,
};

/* NULL: it may take part; else why not. */
static const char *refusal(const char *max, bool driver_begins)
{
	static char why[300];
	struct session s = {.calls = &calls, .hdbc = &autocommit, .socket = SOCKET_UNKNOWN};
	struct diag diag = DIAG_EMPTY;

	prepared_max = max;
	begins = driver_begins;
	autocommit = SQL_AUTOCOMMIT_ON;
	bool is_able = xa_postgresql.is_able(&s, &diag);
	ck_assert_uint_eq(is_able, diag.count == 0);
	snprintf(why, sizeof(why), "%s", is_able ? "" : diag.records[0].message);
	diag_clear(&diag);
	ck_assert_uint_eq(autocommit, SQL_AUTOCOMMIT_ON);
	ck_assert(!is_in_transaction);
	return is_able ? NULL : why;
}

START_TEST(a_driver_that_begins_transactions_may_take_part)
{
	ck_assert_ptr_null(refusal("64", true));
}
END_TEST

START_TEST(a_server_that_prepares_nothing_is_refused)
{
	ck_assert_ptr_nonnull(strstr(refusal("0", true), "max_prepared_transactions is 0"));
}
END_TEST

START_TEST(a_driver_that_begins_nothing_is_refused)
{
	ck_assert_ptr_nonnull(strstr(refusal("64", false), "begins no transaction"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("xa_postgresql");
	TCase *t = tcase_create("able");

	tcase_add_test(t, a_driver_that_begins_transactions_may_take_part);
	tcase_add_test(t, a_server_that_prepares_nothing_is_refused);
	tcase_add_test(t, a_driver_that_begins_nothing_is_refused);
	suite_add_tcase(s, t);
	return s;
}
