/* SPDX-License-Identifier: MIT */
/* The XA switch over a driver that takes SQL_ATTR_ENLIST_IN_XA, as msodbcsql does. */
#include "odbcpool_xa.h"
#include "shim/app.h"
#include "support/run.h"

#include <string.h>

static const struct xa_switch_t *const xa = &odbcpool_xa_switch;

static const char *const dsn = "DSN=one;ResetMode=Borrow";

static XID xid;

#define must(call, code) check((call), (code), #call)

static void check(int got, int wanted, const char *call)
{
	char why[512];

	odbcpool_xa_error(why, sizeof(why));
	ck_assert_msg(got == wanted, "%s: %d, not %d; %s", call, got, wanted, why);
}

static void setup(void)
{
	app_setup();
	app_fake("fake")->script("FakeXa=yes");
	xid = (XID){.formatID = 7, .gtrid_length = 2, .bqual_length = 1, .data = "x1b"};
	must(xa->xa_open_entry("one", 1, TMNOFLAGS), XA_OK);
}

static void teardown(void)
{
	must(xa->xa_close_entry("", 1, TMNOFLAGS), XA_OK);
	app_done();
}

static void work(void)
{
	must(xa->xa_start_entry(&xid, 1, TMNOFLAGS), XA_OK);
	SQLHDBC dbc = app_connected(dsn);
	app_run(dbc, "update 1");
	app_disconnect(dbc);
	must(xa->xa_end_entry(&xid, 1, TMSUCCESS), XA_OK);
}

START_TEST(the_driver_is_driven_through_a_commit)
{
	XID found[2];

	work();
	must(xa->xa_prepare_entry(&xid, 1, TMNOFLAGS), XA_OK);
	ck_assert_int_eq(xa->xa_recover_entry(found, 2, 1, TMSTARTRSCAN), 1);
	ck_assert_int_eq(found[0].formatID, 7);
	ck_assert_int_eq(memcmp(found[0].data, "x1b", 3), 0);
	must(xa->xa_commit_entry(&xid, 1, TMNOFLAGS), XA_OK);
	must(xa->xa_commit_entry(&xid, 1, TMNOFLAGS), XAER_NOTA);
}
END_TEST

START_TEST(the_driver_is_driven_through_a_rollback)
{
	work();
	must(xa->xa_rollback_entry(&xid, 1, TMNOFLAGS), XA_OK);
	work();
	must(xa->xa_prepare_entry(&xid, 1, TMNOFLAGS), XA_OK);
	must(xa->xa_rollback_entry(&xid, 1, TMNOFLAGS), XA_OK);
	work();
	must(xa->xa_commit_entry(&xid, 1, TMONEPHASE), XA_OK);
}
END_TEST

START_TEST(the_drivers_vote_is_the_answer)
{
	app_fake("fake")->script("FakeXa=rdonly");
	work();
	must(xa->xa_prepare_entry(&xid, 1, TMNOFLAGS), XA_RDONLY);
	must(xa->xa_commit_entry(&xid, 1, TMNOFLAGS), XAER_NOTA);
}
END_TEST

START_TEST(a_connection_that_cannot_begin_is_refused)
{
	must(xa->xa_start_entry(&xid, 1, TMNOFLAGS), XA_OK);
	app_fake("fake")->script("FakeXa=yes;FakeXaStatus=-6");
	SQLHDBC dbc = app_dbc();
	ck_assert_int_eq(app_connect(dbc, dsn), SQL_ERROR);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "25000", ODBCPOOL_ERR_NO_TWO_PHASE_COMMIT,
		"OP_START answers -6");
	app_fake("fake")->script("FakeXa=yes");
	must(xa->xa_end_entry(&xid, 1, TMSUCCESS), XA_OK);
	must(xa->xa_prepare_entry(&xid, 1, TMNOFLAGS), XA_RDONLY);
}
END_TEST

START_TEST(a_heuristic_decision_is_remembered_until_it_is_forgotten)
{
	work();
	must(xa->xa_prepare_entry(&xid, 1, TMNOFLAGS), XA_OK);
	app_fake("fake")->script("FakeXa=yes;FakeXaStatus=6");
	must(xa->xa_commit_entry(&xid, 1, TMNOFLAGS), XA_HEURRB);
	must(xa->xa_commit_entry(&xid, 1, TMNOFLAGS), XA_HEURRB);
	must(xa->xa_prepare_entry(&xid, 1, TMNOFLAGS), XAER_PROTO);
	app_fake("fake")->script("FakeXa=yes;FakeXaStatus=-4");
	must(xa->xa_forget_entry(&xid, 1, TMNOFLAGS), XAER_NOTA);
	app_fake("fake")->script("FakeXa=yes");
	must(xa->xa_forget_entry(&xid, 1, TMNOFLAGS), XAER_NOTA);
	must(xa->xa_prepare_entry(&xid, 1, TMNOFLAGS), XAER_NOTA);
}
END_TEST

START_TEST(an_answer_that_is_lost_is_no_answer)
{
	XID found[2];

	work();
	must(xa->xa_prepare_entry(&xid, 1, TMNOFLAGS), XA_OK);
	app_fake("fake")->kill_connections();
	must(xa->xa_commit_entry(&xid, 1, TMNOFLAGS), XA_OK); /* on another connection */
	work();
	app_fake("fake")->script("FakeXa=mute");
	must(xa->xa_prepare_entry(&xid, 1, TMNOFLAGS), XA_RBOTHER);
	app_fake("fake")->script("FakeXa=yes");
	ck_assert_int_eq(xa->xa_recover_entry(found, 2, 1, TMSTARTRSCAN), 0);
}
END_TEST

static const struct {
	const char *script, *why;
} unable[] = {
	{"FakeXa=no", "cannot take part"},
	{"FakeXa=mute", "cannot take part"},
	{"FakeLogin=fail;FakeText=go away", "go away"},
};

START_TEST(a_driver_that_does_nothing_is_refused)
{
	char why[512];

	app_fake("fake")->script(unable[_i].script);
	must(xa->xa_open_entry("two", 2, TMNOFLAGS), XAER_RMERR);
	odbcpool_xa_error(why, sizeof(why));
	ck_assert_msg(strstr(why, unable[_i].why) != NULL, "%s", why);
	must(xa->xa_start_entry(&xid, 2, TMNOFLAGS), XAER_PROTO);
}
END_TEST

START_TEST(the_reason_is_cut_to_fit_and_gone_after_a_success)
{
	char why[5];

	must(xa->xa_open_entry("", 2, TMNOFLAGS), XAER_INVAL);
	ck_assert_uint_gt(odbcpool_xa_error(why, sizeof(why)), 20);
	ck_assert_str_eq(why, "XAER");
	ck_assert_uint_gt(odbcpool_xa_error(NULL, 0), 20);
	must(xa->xa_close_entry("", 2, TMNOFLAGS), XA_OK);
	ck_assert_uint_eq(odbcpool_xa_error(why, sizeof(why)), 0);
	ck_assert_str_eq(why, "");
}
END_TEST

START_TEST(the_switch_says_what_it_is)
{
	ck_assert_str_eq(xa->name, "odbcpool");
	ck_assert_int_eq(xa->flags, TMNOMIGRATE);
	ck_assert_int_eq(xa->version, 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("xa_switch");
	TCase *t = tcase_create("attribute");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_driver_is_driven_through_a_commit);
	tcase_add_test(t, the_driver_is_driven_through_a_rollback);
	tcase_add_test(t, the_drivers_vote_is_the_answer);
	tcase_add_test(t, a_connection_that_cannot_begin_is_refused);
	tcase_add_test(t, a_heuristic_decision_is_remembered_until_it_is_forgotten);
	tcase_add_test(t, an_answer_that_is_lost_is_no_answer);
	tcase_add_loop_test(
		t, a_driver_that_does_nothing_is_refused, 0, sizeof(unable) / sizeof(unable[0]));
	tcase_add_test(t, the_reason_is_cut_to_fit_and_gone_after_a_success);
	tcase_add_test(t, the_switch_says_what_it_is);
	suite_add_tcase(s, t);
	return s;
}
