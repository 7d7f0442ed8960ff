/* SPDX-License-Identifier: MIT */
/*
 * Every allocation of a connect, a statement and a disconnect fails once: nothing crashes, leaks
 * (says the address sanitizer) or stays open, and the next try works.
 */
#include "odbcpool_xa.h"
#include "shim/app.h"
#include "support/failing_alloc.h"
#include "support/run.h"

#include <stdio.h>
#include <string.h>

/* What an application does; every call may fail. */
static void use(SQLHDBC dbc, const char *string, bool is_wide)
{
	SQLCHAR text[64];
	SQLSMALLINT len;
	SQLHSTMT stmt;

	if (!SQL_SUCCEEDED(is_wide ? app_connect_wide(dbc, string) : app_connect(dbc, string))) {
		odbcpool_GetDiagRec(SQL_HANDLE_DBC, dbc, 1, text, NULL, text, sizeof(text), &len);
		return;
	}
	odbcpool_SetConnectAttr(dbc, SQL_ATTR_CONNECTION_TIMEOUT, (SQLPOINTER)9, 0);
	if (SQL_SUCCEEDED(odbcpool_AllocHandle(SQL_HANDLE_STMT, dbc, &stmt)))
		app_exec(stmt, "select 1");
	odbcpool_Disconnect(dbc);
}

static const struct {
	const char *section, *string;
	bool is_wide;
} cases[] = {
	{"fake", "DSN=one;A=b;PoolName=%ld", false},
	{"fake", "DSN=one;A=b;PoolName=%ld", true},
	{"fake", "DSN=one;PoolKeyMatch=Canonical;PoolName=%ld", false},
	{"fake", "DSN=one;MinPoolSize=1;PoolName=%ld", false},
	{"fake", "DSN=plain;A=%ld", false},
	{"nomix", "DRIVER={nomix};PoolName=%ld", true},
};

/* Nothing of the real driver is left but what its pools hold; workers may still be at it. */
static void check_nothing_left(const char *section)
{
	struct fakedrv_counts counts;

	do {
		counts = app_counts(section);
	} while (counts.connections != counts.connected);
	ck_assert_uint_eq(counts.foreign_handles, 0);
	ck_assert_uint_eq(counts.statements, 0);
}

START_TEST(any_allocation_may_fail)
{
	SQLHDBC dbc = app_connected("DSN=plain");
	char string[128];
	bool has_more = true;
	long n;

	app_disconnect(dbc);
	for (n = 0; has_more; n++) { /* a new pool each time, or the second would only reuse */
		snprintf(string, sizeof(string), cases[_i].string, n + 1);
		alloc_fail_after(n);
		use(dbc, string, cases[_i].is_wide);
		has_more = alloc_end_failing();
		odbcpool_Disconnect(dbc);
		check_nothing_left(cases[_i].section);
	}
	ck_assert_int_ge(n, 20);
	for (n = 0; n < 29; n++) { /* reuse */
		snprintf(string, sizeof(string), cases[_i].string, 1L);
		alloc_fail_after(n);
		use(dbc, string, cases[_i].is_wide);
		alloc_end_failing();
		odbcpool_Disconnect(dbc);
		check_nothing_left(cases[_i].section);
	}
	snprintf(string, sizeof(string), cases[_i].string, 0L);
	ck_assert_int_eq(
		cases[_i].is_wide ? app_connect_wide(dbc, string) : app_connect(dbc, string),
		SQL_SUCCESS);
}
END_TEST

/* In a process of its own for each. */
START_TEST(any_allocation_of_the_first_connect_may_fail)
{
	SQLHDBC dbc = app_dbc();

	alloc_fail_after(_i);
	use(dbc, "DSN=one", false);
	alloc_end_failing();
	odbcpool_Disconnect(dbc);
	/* Another pool, for the first may be in its blocking period. */
	ck_assert(SQL_SUCCEEDED(app_connect(dbc, "DSN=one;PoolName=again")));
	app_disconnect(dbc);
	check_nothing_left("fake");
}
END_TEST

/* A transaction by token, from its first connect to its end. */
static void use_token(SQLHDBC dbc)
{
	odbcpool_SetConnectAttr(dbc, ODBCPOOL_ATTR_TRANSACTION, (SQLPOINTER) "t1", 2);
	use(dbc, "DSN=one;A=token", false);
	use(dbc, "DSN=one;A=token", false);
	odbcpool_transaction_end("t1", 2, SQL_COMMIT);
}

START_TEST(any_allocation_of_a_transaction_by_token_may_fail)
{
	SQLHDBC dbc = app_dbc();
	bool has_more = true;
	long n;

	use_token(dbc);
	for (n = 0; has_more; n++) {
		alloc_fail_after(n);
		use_token(dbc);
		has_more = alloc_end_failing();
		odbcpool_Disconnect(dbc);
		odbcpool_transaction_end("t1", 2, SQL_ROLLBACK);
		ck_assert_int_eq(odbcpool_transaction_end("t1", 2, SQL_ROLLBACK),
			ODBCPOOL_ERR_NO_TRANSACTION);
		check_nothing_left("fake");
	}
	ck_assert_int_ge(n, 7);
}
END_TEST

static const struct xa_switch_t *const xa = &odbcpool_xa_switch;

/* A branch from xa_open to xa_close; every call may fail. */
static void use_switch(SQLHDBC dbc, XID *xid)
{
	XID found[4];

	if (xa->xa_open_entry("one", 1, TMNOFLAGS) != XA_OK ||
		xa->xa_start_entry(xid, 1, TMNOFLAGS) != XA_OK)
		return;
	use(dbc, "DSN=one;A=branch", false);
	if (xa->xa_end_entry(xid, 1, TMSUCCESS) == XA_OK)
		xa->xa_prepare_entry(xid, 1, TMNOFLAGS);
	xa->xa_recover_entry(found, 4, 1, TMSTARTRSCAN);
}

START_TEST(any_allocation_of_a_transaction_branch_may_fail)
{
	XID xid = {.formatID = 1, .gtrid_length = 1, .bqual_length = 1, .data = "xb"}, found[4];
	SQLHDBC dbc = app_dbc();
	bool has_more = true;
	long n;

	app_fake("fake")->script("FakeXa=yes");
	for (n = 0; has_more; n++) {
		alloc_fail_after(n);
		use_switch(dbc, &xid);
		has_more = alloc_end_failing();
		odbcpool_Disconnect(dbc);
		/* Whatever was reached: it can be undone, and closed. */
		ck_assert_int_eq(xa->xa_open_entry("one", 1, TMNOFLAGS), XA_OK);
		xa->xa_end_entry(&xid, 1, TMFAIL);
		int code = xa->xa_rollback_entry(&xid, 1, TMNOFLAGS);
		ck_assert_msg(code == XA_OK || code == XAER_NOTA, "%ld: %d", n, code);
		ck_assert_int_eq(xa->xa_recover_entry(found, 4, 1, TMSTARTRSCAN | TMENDRSCAN), 0);
		ck_assert_int_eq(xa->xa_close_entry("", 1, TMNOFLAGS), XA_OK);
		check_nothing_left("fake");
	}
	ck_assert_int_ge(n, 30);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("out_of_memory");
	TCase *t = tcase_create("out_of_memory");

	tcase_add_checked_fixture(t, app_setup, app_done);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, any_allocation_may_fail, 0, (int)array_size(cases));
	tcase_add_test(t, any_allocation_of_a_transaction_by_token_may_fail);
	tcase_add_test(t, any_allocation_of_a_transaction_branch_may_fail);
	tcase_add_loop_test(t, any_allocation_of_the_first_connect_may_fail, 0, 150);
	suite_add_tcase(s, t);
	return s;
}
