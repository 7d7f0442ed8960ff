/* SPDX-License-Identifier: MIT */
/* Enlistment through the real driver: SQL_ATTR_ENLIST_IN_XA and SQL_ATTR_ENLIST_IN_DTC. */
#include "shim/app.h"
#include "support/run.h"

#include "fakedrv/fakedrv.h"

#include <string.h>

#define XA_OK 0
#define XA_RDONLY 3
#define XA_RBROLLBACK 100
#define XAER_NOTA (-4)
#define XAER_PROTO (-6)
#define TMNOFLAGS 0
#define TMSUCCESS 0x04000000
#define TMONEPHASE 0x40000000
#define TMJOIN 0x00200000
#define TMSTARTRSCAN 0x01000000

static const char *const dsn = "DSN=one;ResetMode=Borrow";

static void setup(void)
{
	app_setup();
	app_fake("fake")->script("FakeXa=yes");
}

static struct fakedrv_xa_call call_of(int operation, const char *xid, int flags)
{
	struct fakedrv_xa_call x = {
		.size_param = sizeof(x), .operation = operation, .flags = flags, .status = 77};

	x.xid.format_id = 7;
	x.xid.gtrid_length = (int)strlen(xid);
	x.xid.bqual_length = 1;
	memcpy(x.xid.data, xid, strlen(xid) + 1);
	return x;
}

static SQLRETURN try_xa(SQLHDBC dbc, int operation, const char *xid, int flags, int *ret_status)
{
	struct fakedrv_xa_call x = call_of(operation, xid, flags);
	SQLRETURN rc = odbcpool_SetConnectAttr(dbc, FAKEDRV_ATTR_XA, &x, SQL_IS_POINTER);

	*ret_status = x.status;
	return rc;
}

static int xa(SQLHDBC dbc, int operation, const char *xid, int flags)
{
	int status;

	app_check(try_xa(dbc, operation, xid, flags, &status), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	return status;
}

static void start(SQLHDBC dbc, const char *xid)
{
	ck_assert_int_eq(xa(dbc, FAKEDRV_XA_START, xid, TMNOFLAGS), XA_OK);
}

START_TEST(an_enlisted_connection_is_parked_and_swapped_in)
{
	SQLHDBC dbc = app_connected(dsn), other;
	SQLULEN number = app_number(dbc);

	start(dbc, "x1");
	app_run(dbc, "update 1");
	app_disconnect(dbc);
	other = app_connected(dsn);
	ck_assert_uint_ne(app_number(other), number);
	start(other, "x1");
	ck_assert_uint_eq(app_number(other), number);
	app_run(other, "update 2");
	ck_assert_int_eq(xa(other, FAKEDRV_XA_END, "x1", TMSUCCESS), XA_OK);
	ck_assert_int_eq(xa(other, FAKEDRV_XA_PREPARE, "x1", 0), XA_OK);
	ck_assert_int_eq(xa(other, FAKEDRV_XA_COMMIT, "x1", 0), XA_OK);
	app_run(other, "update 3");
	app_disconnect(other);
}
END_TEST

START_TEST(with_a_statement_the_present_connection_is_enlisted_itself)
{
	SQLHDBC dbc = app_connected(dsn), other;
	SQLULEN number = app_number(dbc);

	start(dbc, "x1");
	xa(dbc, FAKEDRV_XA_END, "x1", TMSUCCESS);
	app_disconnect(dbc);
	other = app_connected(dsn);
	app_stmt(other);
	ck_assert_int_eq(xa(other, FAKEDRV_XA_START, "x1", TMJOIN), XA_OK);
	ck_assert_uint_ne(app_number(other), number);
	xa(other, FAKEDRV_XA_END, "x1", TMSUCCESS);
	ck_assert_int_eq(xa(other, FAKEDRV_XA_ROLLBACK, "x1", 0), XA_OK);
}
END_TEST

START_TEST(what_is_swapped_in_after_its_end_joins_through_the_driver)
{
	SQLHDBC dbc = app_connected(dsn);
	SQLULEN number = app_number(dbc);

	start(dbc, "x1");
	ck_assert_int_eq(xa(dbc, FAKEDRV_XA_END, "x1", TMSUCCESS), XA_OK);
	app_disconnect(dbc);
	dbc = app_connected(dsn);
	ck_assert_int_eq(xa(dbc, FAKEDRV_XA_START, "x1", TMJOIN), XA_OK);
	ck_assert_uint_eq(app_number(dbc), number);
	ck_assert_int_eq(xa(dbc, FAKEDRV_XA_END, "x1", TMSUCCESS), XA_OK);
	ck_assert_int_eq(xa(dbc, FAKEDRV_XA_COMMIT, "x1", TMONEPHASE), XA_OK);
}
END_TEST

START_TEST(the_end_on_any_connection_frees_what_is_parked)
{
	SQLHDBC dbc = app_connected(dsn), other = app_connected(dsn);
	SQLULEN number = app_number(dbc);

	start(dbc, "x1");
	xa(dbc, FAKEDRV_XA_END, "x1", TMSUCCESS);
	app_disconnect(dbc);
	dbc = app_connected(dsn);
	ck_assert_uint_ne(app_number(dbc), number);
	ck_assert_int_eq(xa(other, FAKEDRV_XA_PREPARE, "x1", 0), XA_OK);
	ck_assert_int_eq(xa(other, FAKEDRV_XA_COMMIT, "x1", 0), XA_OK);
	app_disconnect(dbc);
	app_disconnect(other);
	/* Three connections are idle now, one of them that one. */
	dbc = app_connected(dsn);
	other = app_connected(dsn);
	app_connected(dsn);
	ck_assert_uint_eq(app_counts("fake").logins, 3);
}
END_TEST

START_TEST(a_branch_that_prepares_read_only_has_ended)
{
	SQLHDBC dbc = app_connected(dsn), other = app_connected(dsn);

	start(dbc, "x1");
	xa(dbc, FAKEDRV_XA_END, "x1", TMSUCCESS);
	app_disconnect(dbc);
	app_fake("fake")->script("FakeXa=rdonly");
	ck_assert_int_eq(xa(other, FAKEDRV_XA_PREPARE, "x1", 0), XA_RDONLY);
	dbc = app_connected(dsn);
	ck_assert_uint_eq(app_counts("fake").logins, 2);
	app_disconnect(dbc);
}
END_TEST

START_TEST(statements_fail_when_others_end_it_before_op_end)
{
	SQLHDBC dbc = app_connected(dsn), other = app_connected(dsn);
	SQLHSTMT stmt = app_stmt(dbc);

	start(dbc, "x1");
	app_fake("fake")->script("FakeXa=yes;FakeXaStatus=100");
	ck_assert_int_eq(xa(other, FAKEDRV_XA_ROLLBACK, "x1", 0), XA_RBROLLBACK);
	ck_assert_int_eq(app_exec(stmt, "update 1"), SQL_ERROR);
	app_check_record(SQL_HANDLE_STMT, stmt, 1, "25000", ODBCPOOL_ERR_TRANSACTION_ENDED,
		"was rolled back");
	/* The driver knows best how such a connection ends its work. */
	ck_assert_int_eq(odbcpool_EndTran(SQL_HANDLE_DBC, dbc, SQL_ROLLBACK), SQL_SUCCESS);
	app_disconnect(dbc);
}
END_TEST

START_TEST(after_op_end_the_connection_works_for_itself)
{
	SQLHDBC dbc = app_connected(dsn);

	start(dbc, "x1");
	ck_assert_int_eq(xa(dbc, FAKEDRV_XA_END, "x1", TMSUCCESS), XA_OK);
	app_run(dbc, "update 1");
	ck_assert_int_eq(xa(dbc, FAKEDRV_XA_COMMIT, "x1", TMONEPHASE), XA_OK);
	app_run(dbc, "update 2");
	start(dbc, "x2");
	ck_assert_int_eq(xa(dbc, FAKEDRV_XA_END, "x2", TMSUCCESS), XA_OK);
	start(dbc, "x3");
	ck_assert_int_eq(xa(dbc, FAKEDRV_XA_END, "x3", TMSUCCESS), XA_OK);
	xa(dbc, FAKEDRV_XA_ROLLBACK, "x2", 0);
	xa(dbc, FAKEDRV_XA_ROLLBACK, "x3", 0);
}
END_TEST

START_TEST(a_start_that_fails_enlists_nothing)
{
	SQLHDBC dbc = app_connected(dsn);
	SQLULEN number = app_number(dbc);

	ck_assert_int_eq(xa(dbc, FAKEDRV_XA_START, "x1", TMJOIN), XAER_NOTA);
	app_disconnect(dbc);
	dbc = app_connected(dsn);
	ck_assert_uint_eq(app_number(dbc), number);
}
END_TEST

START_TEST(a_driver_that_only_says_yes_does_not_count_as_enlisted)
{
	SQLHDBC dbc = app_connected(dsn);
	SQLULEN number = app_number(dbc);
	int status;

	app_fake("fake")->script("FakeXa=mute");
	for (int operation = FAKEDRV_XA_START; operation <= FAKEDRV_XA_SETTIMEOUT; operation++) {
		ck_assert_int_eq(try_xa(dbc, operation, "x1", 0, &status), SQL_ERROR);
		app_check_record(SQL_HANDLE_DBC, dbc, 1, "HYC00", ODBCPOOL_ERR_NOT_SUPPORTED,
			"does nothing with it");
		ck_assert_int_lt(status, 0);
	}
	app_disconnect(dbc);
	dbc = app_connected(dsn);
	ck_assert_uint_eq(app_number(dbc), number);
}
END_TEST

START_TEST(a_driver_without_it_answers_for_itself)
{
	SQLHDBC dbc = app_connected(dsn);
	int status;

	app_fake("fake")->script("FakeXa=no");
	ck_assert_int_eq(try_xa(dbc, FAKEDRV_XA_START, "x1", 0, &status), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "HY092", 0, "no such attribute");
	ck_assert_int_eq(status, 77);
	app_run(dbc, "update 1");
}
END_TEST

START_TEST(recovery_and_time_outs_go_to_the_driver)
{
	SQLHDBC dbc = app_connected(dsn);
	struct {
		struct fakedrv_xa_call call;
		struct fakedrv_xid found[4];
	} r = {.call = call_of(FAKEDRV_XA_RECOVER, "", TMSTARTRSCAN)};
	struct {
		struct fakedrv_xa_call call;
		int seconds;
	} t = {.call = call_of(FAKEDRV_XA_SETTIMEOUT, "", 0), .seconds = 30};

	start(dbc, "x1");
	xa(dbc, FAKEDRV_XA_END, "x1", TMSUCCESS);
	xa(dbc, FAKEDRV_XA_PREPARE, "x1", 0);
	r.call.size_data = sizeof(r.found);
	app_check(odbcpool_SetConnectAttr(dbc, FAKEDRV_ATTR_XA, &r, SQL_IS_POINTER), SQL_SUCCESS,
		SQL_HANDLE_DBC, dbc);
	ck_assert_int_eq(r.call.status, 1);
	ck_assert_int_eq(memcmp(r.found[0].data, "x1", 2), 0);
	t.call.size_data = sizeof(t.seconds);
	app_check(odbcpool_SetConnectAttr(dbc, FAKEDRV_ATTR_XA, &t, SQL_IS_POINTER), SQL_SUCCESS,
		SQL_HANDLE_DBC, dbc);
	t.seconds = 0;
	t.call.operation = FAKEDRV_XA_GETTIMEOUT;
	app_check(odbcpool_SetConnectAttr(dbc, FAKEDRV_ATTR_XA, &t, SQL_IS_POINTER), SQL_SUCCESS,
		SQL_HANDLE_DBC, dbc);
	ck_assert_int_eq(t.seconds, 30);
	ck_assert_int_eq(xa(dbc, FAKEDRV_XA_ROLLBACK, "x1", 0), XA_OK);
}
END_TEST

START_TEST(without_enlist_an_enlisted_connection_is_closed)
{
	SQLHDBC dbc = app_connected("DSN=one;Enlist=No");

	start(dbc, "x1");
	app_disconnect(dbc);
	app_await_logouts("fake", 1);
	dbc = app_connected("DSN=one;Enlist=No");
	ck_assert(!app_is_reused(dbc));
	/* What the fake driver's transaction manager keeps is nothing to us. */
}
END_TEST

START_TEST(a_connection_in_a_dtc_transaction_is_closed_at_disconnect)
{
	SQLHDBC dbc = app_connected(dsn);
	int transaction = 0;

	app_check(odbcpool_SetConnectAttr(dbc, FAKEDRV_ATTR_DTC, &transaction, SQL_IS_POINTER),
		SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	app_disconnect(dbc);
	app_await_logouts("fake", 1);
	dbc = app_connected(dsn);
	ck_assert(!app_is_reused(dbc));
}
END_TEST

START_TEST(unenlisted_before_it_is_reused)
{
	SQLHDBC dbc = app_connected(dsn);
	int transaction = 0;

	odbcpool_SetConnectAttr(dbc, FAKEDRV_ATTR_DTC, &transaction, SQL_IS_POINTER);
	odbcpool_SetConnectAttr(dbc, FAKEDRV_ATTR_DTC, NULL, SQL_IS_POINTER);
	app_disconnect(dbc);
	dbc = app_connected(dsn);
	ck_assert(app_is_reused(dbc));
}
END_TEST

START_TEST(what_is_set_before_the_connect_is_no_part_of_the_key)
{
	SQLHDBC dbc = app_connected(dsn), other = app_dbc();
	SQLULEN number = app_number(dbc);
	struct fakedrv_xa_call x = call_of(FAKEDRV_XA_START, "x1", 0);

	app_disconnect(dbc);
	odbcpool_SetConnectAttr(other, FAKEDRV_ATTR_XA, &x, SQL_IS_POINTER);
	app_check(app_connect(other, dsn), SQL_SUCCESS, SQL_HANDLE_DBC, other);
	ck_assert_uint_eq(app_number(other), number);
	ck_assert_int_eq(x.status, XA_OK);
	app_disconnect(other);
	dbc = app_connected(dsn);
	ck_assert_uint_ne(app_number(dbc), number);
	start(dbc, "x1");
	ck_assert_uint_eq(app_number(dbc), number);
	xa(dbc, FAKEDRV_XA_END, "x1", TMSUCCESS);
	xa(dbc, FAKEDRV_XA_ROLLBACK, "x1", 0);
}
END_TEST

START_TEST(a_connect_that_cannot_enlist_as_was_set_before_fails)
{
	SQLHDBC dbc = app_dbc();
	struct fakedrv_xa_call x = call_of(FAKEDRV_XA_START, "x1", 0);

	app_fake("fake")->script("FakeXa=no");
	odbcpool_SetConnectAttr(dbc, FAKEDRV_ATTR_XA, &x, SQL_IS_POINTER);
	ck_assert_int_eq(app_connect(dbc, dsn), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "HY092", 0, "no such attribute");
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("shim/xa_attr");
	TCase *t = tcase_create("xa_attr");

	tcase_add_checked_fixture(t, setup, app_done);
	tcase_add_test(t, an_enlisted_connection_is_parked_and_swapped_in);
	tcase_add_test(t, with_a_statement_the_present_connection_is_enlisted_itself);
	tcase_add_test(t, what_is_swapped_in_after_its_end_joins_through_the_driver);
	tcase_add_test(t, the_end_on_any_connection_frees_what_is_parked);
	tcase_add_test(t, a_branch_that_prepares_read_only_has_ended);
	tcase_add_test(t, statements_fail_when_others_end_it_before_op_end);
	tcase_add_test(t, after_op_end_the_connection_works_for_itself);
	tcase_add_test(t, a_start_that_fails_enlists_nothing);
	tcase_add_test(t, a_driver_that_only_says_yes_does_not_count_as_enlisted);
	tcase_add_test(t, a_driver_without_it_answers_for_itself);
	tcase_add_test(t, recovery_and_time_outs_go_to_the_driver);
	tcase_add_test(t, without_enlist_an_enlisted_connection_is_closed);
	tcase_add_test(t, a_connection_in_a_dtc_transaction_is_closed_at_disconnect);
	tcase_add_test(t, unenlisted_before_it_is_reused);
	tcase_add_test(t, what_is_set_before_the_connect_is_no_part_of_the_key);
	tcase_add_test(t, a_connect_that_cannot_enlist_as_was_set_before_fails);
	suite_add_tcase(s, t);
	return s;
}
