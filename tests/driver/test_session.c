/* SPDX-License-Identifier: MIT */
#include "driver/session.h"

#include "base/utf16.h"
#include "driver/fake.h"
#include "odbcpool.h"
#include "support/run.h"

#include <check.h>
#include <string.h>

static struct fake f;
static struct attributes attributes;
static struct diag diag;
static SQLRETURN rc;

static void set(SQLINTEGER number, uintptr_t value)
{
	ck_assert(attributes_set(&attributes, number, (SQLPOINTER)value, 0, false));
}

static struct session *open_as(const char *variant, bool is_wide, bool is_pooled)
{
	static SQLWCHAR wide[] = {
		'D', 'a', 't', 'a', 'b', 'a', 's', 'e', '=', 'm', 'i', 'n', 'e', 0};
	struct login login = {
		.kind = CONNECT_DRIVER,
		.is_wide = is_wide,
		.is_pooled = is_pooled,
		.odbc_version = SQL_OV_ODBC3,
		.attributes = &attributes,
		.string = is_wide ? (SQLPOINTER)wide : (SQLPOINTER) "Database=mine",
		.string_len = 13,
		.completion = SQL_DRIVER_NOPROMPT,
	};

	if (!f.driver)
		f = fake_load(variant);
	return session_open(f.driver, &login, &rc, &diag);
}

/* A pooled session over the plain fake driver. */
static struct session *open_one(void)
{
	struct session *s = open_as("fakedrv", false, true);

	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(rc, SQL_SUCCESS);
	return s;
}

static void script(const char *words)
{
	if (!f.driver)
		f = fake_load("fakedrv");
	ck_assert(f.control->script(words));
}

/* As the shim does when an application sets an attribute. */
static void change(struct session *s, SQLINTEGER number, SQLULEN value)
{
	session_will_change(s, number);
	ck_assert_int_eq(s->calls->SetConnectAttr(
				 s->hdbc, number, (SQLPOINTER)(uintptr_t)value, SQL_IS_UINTEGER),
		SQL_SUCCESS);
	session_changed(s, number, value);
}

static SQLULEN value_of(struct session *s, SQLINTEGER number)
{
	SQLULEN value = 0;

	ck_assert_int_eq(s->calls->GetConnectAttr(s->hdbc, number, &value, 0, NULL), SQL_SUCCESS);
	return value;
}

static void check_catalog(struct session *s, const char *wanted)
{
	char name[64];

	ck_assert_int_eq(s->calls->GetConnectAttr(
				 s->hdbc, SQL_ATTR_CURRENT_CATALOG, name, sizeof(name), NULL),
		SQL_SUCCESS);
	ck_assert_str_eq(name, wanted);
}

static void check_clean(struct session *s)
{
	const char *reason = "none";

	ck_assert_msg(session_clean(s, true, &reason), "%s", reason);
}

static void check_unclean(struct session *s, const char *why)
{
	const char *reason = "none";

	ck_assert(!session_clean(s, true, &reason));
	ck_assert_str_eq(reason, why);
}

static bool is_logged(const char *text)
{
	return f.control->log_find(text, 0) >= 0;
}

START_TEST(a_session_logs_in_and_out)
{
	struct session *s = open_one();

	ck_assert_uint_eq(fake_counts(&f).connected, 1);
	ck_assert_str_eq(s->completed, "Database=mine");
	ck_assert_uint_eq(s->completed_len, 13);
	ck_assert(session_close(s));
	ck_assert_uint_eq(fake_counts(&f).logouts, 1);
}
END_TEST

START_TEST(a_w_session_uses_the_w_functions)
{
	struct session *s = open_as("fakedrv", true, true);

	ck_assert_ptr_nonnull(s);
	ck_assert(is_logged("SQLDriverConnect Database=mine W"));
	ck_assert_str_eq(s->completed, "Database=mine");
	session_close(s);
}
END_TEST

START_TEST(a_failed_login_gives_the_records_and_leaves_nothing)
{
	script("FakeLogin=fail;FakeRecords=2");
	ck_assert_ptr_null(open_as("fakedrv", false, true));
	ck_assert_int_eq(rc, SQL_ERROR);
	ck_assert_uint_eq(diag.count, 2);
	ck_assert_str_eq(diag.records[1].message, "[fakedrv]login failed (2)");
}
END_TEST

START_TEST(a_login_with_info_keeps_its_records)
{
	script("FakeLogin=info;FakeText=changed database");
	struct session *s = open_as("fakedrv", false, true);

	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(s->login_rc, SQL_SUCCESS_WITH_INFO);
	ck_assert_uint_eq(s->login_records.count, 1);
	ck_assert_str_eq(s->login_records.records[0].sqlstate, "01000");
	ck_assert_uint_eq(diag.count, 0);
	session_close(s);
}
END_TEST

START_TEST(a_success_without_a_connection_is_a_failure)
{
	script("FakeLogin=lost");
	ck_assert_ptr_null(open_as("fakedrv", false, true));
	ck_assert_int_eq(rc, SQL_ERROR);
	ck_assert_uint_eq(diag.count, 1);
	ck_assert_str_eq(diag.records[0].sqlstate, "08001");
	ck_assert_int_eq(diag.records[0].native, ODBCPOOL_ERR_CONNECTION_LOST);
}
END_TEST

START_TEST(attributes_are_set_before_the_login_except_those_of_the_borrow)
{
	set(SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	set(SQL_ATTR_PACKET_SIZE, 512);
	struct session *s = open_one();

	fake_check_order(&f, "SQLSetConnectAttr 112 512", "SQLDriverConnect", NULL);
	ck_assert(!is_logged("SQLSetConnectAttr 102"));
	session_borrowed(s, &attributes);
	fake_check_order(&f, "SQLDriverConnect", "SQLSetConnectAttr 102 0", NULL);
	session_close(s);
}
END_TEST

START_TEST(an_unpooled_session_gets_all_before_the_login)
{
	set(SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	struct session *s = open_as("fakedrv", false, false);

	ck_assert_ptr_nonnull(s);
	fake_check_order(&f, "SQLSetConnectAttr 102 0", "SQLDriverConnect", NULL);
	session_close(s);
}
END_TEST

START_TEST(a_text_of_a_w_caller_reaches_an_ansi_function_as_ansi)
{
	static SQLWCHAR catalog[] = {'c', 'a', 't', 0};

	ck_assert(attributes_set(
		&attributes, SQL_ATTR_CURRENT_CATALOG, catalog, 3 * sizeof(SQLWCHAR), true));
	struct session *s = open_as("fakedrv_nomix", true, true);
	ck_assert_ptr_nonnull(s);
	ck_assert_ptr_null(s->calls->SetConnectAttrW);
	check_catalog(s, "cat");
	session_close(s);
}
END_TEST

START_TEST(a_text_of_an_ansi_caller_reaches_a_w_function_as_w)
{
	ck_assert(attributes_set(
		&attributes, SQL_ATTR_CURRENT_CATALOG, (SQLPOINTER) "cat", SQL_NTS, false));
	struct session *s = open_as("fakedrvw", true, true);
	ck_assert_ptr_nonnull(s);
	ck_assert(is_logged("109 cat W"));
	session_close(s);
}
END_TEST

START_TEST(what_was_changed_is_put_back)
{
	struct session *s = open_one();

	change(s, SQL_ATTR_TXN_ISOLATION, SQL_TXN_SERIALIZABLE);
	change(s, SQL_ATTR_CONNECTION_TIMEOUT, 5);
	change(s, SQL_ATTR_CONNECTION_TIMEOUT, 7);
	check_clean(s);
	ck_assert_uint_eq(value_of(s, SQL_ATTR_TXN_ISOLATION), SQL_TXN_READ_COMMITTED);
	ck_assert_uint_eq(value_of(s, SQL_ATTR_CONNECTION_TIMEOUT), 0);
	/* The next borrower's changes start from there. */
	change(s, SQL_ATTR_CONNECTION_TIMEOUT, 9);
	check_clean(s);
	ck_assert_uint_eq(value_of(s, SQL_ATTR_CONNECTION_TIMEOUT), 0);
	session_close(s);
}
END_TEST

START_TEST(what_has_its_old_value_again_is_left_alone)
{
	struct session *s = open_one();

	change(s, SQL_ATTR_CONNECTION_TIMEOUT, 5);
	change(s, SQL_ATTR_CONNECTION_TIMEOUT, 0);
	f.control->log_start();
	check_clean(s);
	ck_assert(!is_logged("SQLSetConnectAttr"));
	session_close(s);
}
END_TEST

static void change_catalog(struct session *s)
{
	static SQLWCHAR wide[] = {'x', 0};

	session_will_change(s, SQL_ATTR_CURRENT_CATALOG);
	if (s->calls->SetConnectAttr)
		s->calls->SetConnectAttr(
			s->hdbc, SQL_ATTR_CURRENT_CATALOG, (SQLCHAR *)"x", SQL_NTS);
	else
		s->calls->SetConnectAttrW(s->hdbc, SQL_ATTR_CURRENT_CATALOG, wide, SQL_NTS);
	session_changed(s, SQL_ATTR_CURRENT_CATALOG, 0);
}

START_TEST(the_catalog_is_put_back_through_the_forms_that_there_are)
{
	static const struct {
		const char *variant;
		bool is_wide;
	} cases[] = {{"fakedrv", false}, {"fakedrv", true}, {"fakedrva", false}, {"fakedrvw", true},
		{"fakedrv_nomix", false}, {"fakedrv_nomix", true}};
	struct session *s = open_as(cases[_i].variant, cases[_i].is_wide, true);

	ck_assert_ptr_nonnull(s);
	change_catalog(s);
	f.control->log_start();
	check_clean(s);
	ck_assert_msg(is_logged("SQLSetConnectAttr 109 mine"), "%s", f.control->log_text());
	session_close(s);
}
END_TEST

START_TEST(the_rollback_comes_first_and_autocommit_last)
{
	struct session *s = open_one();

	change(s, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	change(s, SQL_ATTR_TXN_ISOLATION, SQL_TXN_SERIALIZABLE);
	s->was_used = true;
	f.control->log_start();
	check_clean(s);
	fake_check_order(&f, "SQLEndTran ROLLBACK", "SQLSetConnectAttr 108 2",
		"SQLSetConnectAttr 102 1", NULL);
	ck_assert(!is_logged("commits by autocommit"));
	ck_assert(!s->was_used);
	session_close(s);
}
END_TEST

START_TEST(a_session_that_was_not_used_is_not_rolled_back)
{
	struct session *s = open_one();

	check_clean(s);
	ck_assert(!is_logged("SQLEndTran"));
	session_close(s);
}
END_TEST

START_TEST(a_failed_rollback_says_so)
{
	static const char *const scripts[] = {"FakeEndTran=fail", "FakeEndTran=mute"};
	struct session *s = open_one();

	s->was_used = true;
	script(scripts[_i]);
	check_unclean(s, "the rollback failed");
	session_close(s);
}
END_TEST

START_TEST(a_failed_restore_says_so)
{
	struct session *s = open_one();

	change(s, SQL_ATTR_CONNECTION_TIMEOUT, 5);
	change(s, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	script(_i ? "FakeSetAttr=102" : "FakeSetAttr=113");
	check_unclean(s, "an attribute could not be restored");
	session_close(s);
}
END_TEST

START_TEST(a_tainted_session_is_rolled_back_and_not_restored)
{
	struct session *s = open_one();

	change(s, SQL_ATTR_CONNECTION_TIMEOUT, 5);
	s->was_used = true;
	session_taint(s, "the first reason");
	session_taint(s, "another reason");
	f.control->log_start();
	check_unclean(s, "the first reason");
	ck_assert(is_logged("SQLEndTran ROLLBACK"));
	ck_assert(!is_logged("SQLSetConnectAttr"));
	session_close(s);
}
END_TEST

START_TEST(attributes_of_the_driver_taint)
{
	struct session *s = open_one();

	session_will_change(s, FAKEDRV_ATTR_NUMBER);
	check_unclean(s, "an attribute was set that cannot be restored");
	session_close(s);
}
END_TEST

START_TEST(a_value_that_cannot_be_read_whole_taints)
{
	char words[700] = "Database=";

	memset(words + 9, 'd', 600);
	struct session *s = open_as("fakedrv", false, true);
	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(
		s->calls->SetConnectAttr(s->hdbc, SQL_ATTR_CURRENT_CATALOG, words + 9, SQL_NTS),
		SQL_SUCCESS);
	session_will_change(s, SQL_ATTR_CURRENT_CATALOG);
	check_unclean(s, "an attribute was set whose former value cannot be read");
	session_close(s);
}
END_TEST

START_TEST(attributes_of_the_borrow_are_undone_for_the_next)
{
	struct session *s = open_one();

	set(SQL_ATTR_ACCESS_MODE, SQL_MODE_READ_ONLY);
	set(SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	session_borrowed(s, &attributes);
	ck_assert_uint_eq(value_of(s, SQL_ATTR_ACCESS_MODE), SQL_MODE_READ_ONLY);
	check_clean(s);
	ck_assert_uint_eq(value_of(s, SQL_ATTR_ACCESS_MODE), SQL_MODE_READ_WRITE);
	ck_assert_uint_eq(value_of(s, SQL_ATTR_AUTOCOMMIT), SQL_AUTOCOMMIT_ON);
	session_close(s);
}
END_TEST

START_TEST(an_attribute_of_the_borrow_that_is_refused_needs_no_undoing)
{
	struct session *s = open_one();

	set(SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	script("FakeSetAttr=102");
	session_borrowed(s, &attributes);
	check_clean(s);
	session_close(s);
}
END_TEST

START_TEST(death_is_what_the_driver_says)
{
	struct session *s = open_one();

	ck_assert(!session_is_dead(s));
	ck_assert_uint_eq(f.control->kill_connections(), 1);
	ck_assert(session_is_dead(s));
	script("FakeDeadAnswer=no");
	ck_assert(!session_is_dead(s));
	session_close(s);
}
END_TEST

START_TEST(the_login_timeout_of_the_pool_reaches_the_driver_and_goes_again)
{
	struct login login = {.kind = CONNECT_PLAIN,
		.is_pooled = true,
		.odbc_version = SQL_OV_ODBC3,
		.timeout_s = 7,
		.attributes = &attributes,
		.server = (SQLPOINTER) "x",
		.server_len = SQL_NTS};

	f = fake_load("fakedrv");
	struct session *s = session_open(f.driver, &login, &rc, &diag);
	ck_assert_ptr_nonnull(s);
	fake_check_order(
		&f, "SQLSetConnectAttr 103 7", "SQLConnect x - -", "SQLSetConnectAttr 103 0", NULL);
	session_close(s);
}
END_TEST

static void clean(void)
{
	attributes_done(&attributes);
	diag_clear(&diag);
	fake_check_clean(&f);
}

static void add_tracking_tests(TCase *t)
{
	tcase_add_test(t, what_was_changed_is_put_back);
	tcase_add_test(t, what_has_its_old_value_again_is_left_alone);
	tcase_add_loop_test(t, the_catalog_is_put_back_through_the_forms_that_there_are, 0, 6);
	tcase_add_test(t, the_rollback_comes_first_and_autocommit_last);
	tcase_add_test(t, a_session_that_was_not_used_is_not_rolled_back);
	tcase_add_loop_test(t, a_failed_rollback_says_so, 0, 2);
	tcase_add_loop_test(t, a_failed_restore_says_so, 0, 2);
	tcase_add_test(t, a_tainted_session_is_rolled_back_and_not_restored);
	tcase_add_test(t, attributes_of_the_driver_taint);
	tcase_add_test(t, a_value_that_cannot_be_read_whole_taints);
	tcase_add_test(t, attributes_of_the_borrow_are_undone_for_the_next);
	tcase_add_test(t, an_attribute_of_the_borrow_that_is_refused_needs_no_undoing);
}

Suite *test_suite(void)
{
	Suite *s = suite_create("session");
	TCase *t = tcase_create("session");

	tcase_add_checked_fixture(t, NULL, clean);
	tcase_add_test(t, a_session_logs_in_and_out);
	tcase_add_test(t, a_w_session_uses_the_w_functions);
	tcase_add_test(t, a_failed_login_gives_the_records_and_leaves_nothing);
	tcase_add_test(t, a_login_with_info_keeps_its_records);
	tcase_add_test(t, a_success_without_a_connection_is_a_failure);
	tcase_add_test(t, attributes_are_set_before_the_login_except_those_of_the_borrow);
	tcase_add_test(t, an_unpooled_session_gets_all_before_the_login);
	tcase_add_test(t, a_text_of_a_w_caller_reaches_an_ansi_function_as_ansi);
	tcase_add_test(t, a_text_of_an_ansi_caller_reaches_a_w_function_as_w);
	add_tracking_tests(t);
	tcase_add_test(t, death_is_what_the_driver_says);
	tcase_add_test(t, the_login_timeout_of_the_pool_reaches_the_driver_and_goes_again);
	suite_add_tcase(s, t);
	return s;
}
