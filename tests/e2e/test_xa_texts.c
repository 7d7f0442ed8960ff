/* SPDX-License-Identifier: MIT */
/*
 * End to end: what an application writes in a branch of PostgreSQL's may end the transaction in
 * many ways, and innocent texts may look as if they did.
 */
#include "xa_app.h"

#include "support/run.h"

#include <stdio.h>
#include <string.h>

enum { POSTGRESQL = 0, POSTGRESQL_ANSI = 1 };

static const struct {
	int source;
	const char *options;
} variants[] = {
	{POSTGRESQL, ""},
	{POSTGRESQL, "Protocol=7.4-0"},
	{POSTGRESQL, "Protocol=7.4-1;UseServerSidePrepare=0"},
	{POSTGRESQL, "Protocol=7.4-2;UseDeclareFetch=1;AB=20"},
	{POSTGRESQL_ANSI, ""},
};
enum { VARIANTS = sizeof(variants) / sizeof(variants[0]) };

static struct client c;
static XID xid;
static int source;
static const char *options;

static void choose(int variant)
{
	source = variants[variant].source;
	options = variants[variant].options;
}

static void begin(void)
{
	observer_run(POSTGRESQL, "delete from xa_test");
	observer_run(POSTGRESQL, "insert into xa_test values (1, 0)");
	xa_begin(&c, &xid, source, options);
}

static long value(void)
{
	return observer_number(POSTGRESQL, "select v from xa_test where id = 1");
}

static void add(int amount)
{
	char sql[100];

	snprintf(sql, sizeof(sql), "update xa_test set v = v + %d where id = 1", amount);
	(void)client_try_run(&c, sql);
}

static int prepare(void)
{
	xa_leave(&c, &xid, source);
	return xa_prepare(&xid, source);
}

/* By SQLPrepareW and SQLExecute, and what the text asks for is fetched. */
static void run_wide(const char *sql)
{
	SQLWCHAR wide[200];
	SQLHSTMT s = client_statement(&c);
	size_t i = 0;

	do
		wide[i] = (unsigned char)sql[i];
	while (sql[i++]);
	if (SQL_SUCCEEDED(SQLPrepareW(s, wide, SQL_NTS)))
		(void)SQLExecute(s);
	SQLFreeHandle(SQL_HANDLE_STMT, s);
}

static void run(const char *sql, bool is_wide)
{
	if (is_wide)
		run_wide(sql);
	else
		(void)client_try_run(&c, sql);
}

/* The transaction that the work before was in is over, or at least somebody meant it to be. */
static const char *const ends[] = {
	"commit",
	"COMMIT WORK",
	"end",
	"END;",
	"abort",
	"rollback",
	"/* c */ commit",
	"/* /* c */ */ commit",
	"-- c\ncommit",
	"begin; commit",
	"select 1; commit",
	"select 1;commit;",
	"commit and chain",
	"rollback and chain",
	"start transaction; commit",
	"select $$'$$; commit; select $$'$$",
	"select E'\\''; commit; select '",
	"set standard_conforming_strings = off; select '\\'; commit; select '\\''",
	"select case when true then 1 end; end",
	"rollback to odbcpool_branch; commit",
	"release savepoint odbcpool_branch; commit",
	" (commit)",
	"commit; begin",
	"commit; savepoint odbcpool_branch",
	"rollback; begin; savepoint odbcpool_branch; savepoint odbcpool_branch",
};
enum { ENDS = sizeof(ends) / sizeof(ends[0]) };

/* What the application has committed by itself stays; but then nobody may say XA_OK. */
static void assert_not_split(const char *sql, bool is_wide)
{
	begin();
	add(1);
	run(sql, is_wide);
	add(10);
	int code = prepare();
	long before = value();
	if (code == XA_OK)
		xa_must(xa_commit(&xid, source, TMNOFLAGS), XA_OK);
	/* Where the server refuses the text, the driver may take it back alone. */
	ck_assert_msg(code != XA_OK || (before == 0 && value() == 11),
		"%s, %s: XA_OK, %ld before it, %ld after it", options, sql, before, value());
	ck_assert_msg(code == XA_OK || (code >= XA_RBBASE && code <= XA_RBEND), "%s, %s: %d",
		options, sql, code);
}

START_TEST(a_text_that_ends_the_transaction_ends_the_branch)
{
	choose(_i);
	for (int i = 0; i < ENDS; i++) {
		assert_not_split(ends[i], false);
		assert_not_split(ends[i], true);
	}
}
END_TEST

START_TEST(what_the_application_prepares_itself_is_not_the_branch)
{
	choose(_i);
	begin();
	add(1);
	(void)client_try_run(&c, "prepare transaction 'not ours'");
	observer_run(POSTGRESQL, "rollback prepared 'not ours'");
	add(10);
	ck_assert_int_eq(prepare(), XA_RBROLLBACK);
	ck_assert_int_eq(value(), 0);
}
END_TEST

/* Nothing ends, nothing fails. */
static const char *const innocent[] = {
	"select 'commit; rollback'",
	"select 1 as \"commit\"",
	"select 1 -- commit",
	"/* rollback */ select 1",
	"savepoint mine",
	"savepoint mine; release mine",
	"savepoint mine; insert into xa_test values (7, 7); rollback to mine",
	"savepoint odbcpool_branch",
	"savepoint odbcpool_branch; release odbcpool_branch",
	"select case when true then 1 end",
	"do $$ begin perform 1; end $$",
	"set local work_mem = '1MB'",
	"begin",
	"select now(), statement_timestamp()",
	"create temporary table mine (id int) on commit drop",
	"create or replace function end_of(int) returns int language sql as 'select $1'",
};
enum { INNOCENT = sizeof(innocent) / sizeof(innocent[0]) };

static void assert_committed(int code, const char *sql)
{
	ck_assert_msg(code == XA_OK, "%s, %s: %d %s", options, sql, code, xa_why());
	xa_must(xa_commit(&xid, source, TMNOFLAGS), XA_OK);
	ck_assert_int_eq(value(), 11);
}

/* At the beginning, between, at the end. */
static void assert_whole(const char *sql, bool is_wide)
{
	begin();
	run(sql, is_wide);
	add(1);
	run("select 1", is_wide);
	add(10);
	int code = prepare();
	/* Temporary tables cannot be prepared: that is the server's to say. */
	if (strstr(sql, "temporary"))
		return;
	assert_committed(code, sql);
	begin();
	add(1);
	run(sql, is_wide);
	add(10);
	assert_committed(prepare(), sql);
}

START_TEST(a_text_that_ends_nothing_leaves_the_branch_whole)
{
	choose(_i);
	for (int i = 0; i < INNOCENT; i++) {
		assert_whole(innocent[i], false);
		assert_whole(innocent[i], true);
	}
}
END_TEST

/* The savepoint of the application's, a failure after it, and back to it: that is what they are
 * for.
 */
START_TEST(an_application_may_go_back_to_its_own_savepoint)
{
	choose(_i);
	begin();
	add(1);
	client_run(&c, "savepoint mine");
	add(100);
	client_run(&c, "rollback to savepoint mine");
	add(10);
	xa_must(prepare(), XA_OK);
	xa_must(xa_commit(&xid, source, TMNOFLAGS), XA_OK);
	ck_assert_int_eq(value(), 11);
}
END_TEST

/* In Protocol=7.4-0 the driver leaves it to the application to go back. */
START_TEST(an_application_may_repair_a_failure_by_its_own_savepoint)
{
	choose(1);
	begin();
	add(1);
	client_run(&c, "savepoint mine");
	ck_assert_int_eq(client_try_run(&c, "insert into xa_test values (1, 1)"), SQL_ERROR);
	client_run(&c, "rollback to savepoint mine");
	add(10);
	xa_must(prepare(), XA_OK);
	xa_must(xa_commit(&xid, source, TMNOFLAGS), XA_OK);
	ck_assert_int_eq(value(), 11);
}
END_TEST

/* Tests of time travel do that, by a schema of theirs in front. */
START_TEST(an_application_may_have_a_clock_of_its_own)
{
	observer_run(POSTGRESQL, "create schema if not exists travel");
	observer_run(POSTGRESQL, "create or replace function travel.now() returns timestamptz "
				 "language sql as $$select timestamptz '1970-01-01'$$");
	choose(2);
	begin();
	client_run(&c, "set search_path = travel, pg_catalog, public");
	add(1);
	ck_assert_int_eq(client_try_run(&c, "insert into xa_test values (1, 1)"), SQL_ERROR);
	(void)client_try_run(&c, "update public.xa_test set v = v + 10 where id = 1");
	ck_assert_int_eq(prepare(), XA_RBROLLBACK);
	ck_assert_int_eq(value(), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("xa_texts");
	TCase *t = tcase_create("texts");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, xa_setup, xa_teardown);
	tcase_add_loop_test(t, a_text_that_ends_the_transaction_ends_the_branch, 0, VARIANTS);
	tcase_add_loop_test(t, what_the_application_prepares_itself_is_not_the_branch, 0, VARIANTS);
	tcase_add_loop_test(t, a_text_that_ends_nothing_leaves_the_branch_whole, 0, VARIANTS);
	tcase_add_loop_test(t, an_application_may_go_back_to_its_own_savepoint, 0, VARIANTS);
	tcase_add_test(t, an_application_may_repair_a_failure_by_its_own_savepoint);
	tcase_add_test(t, an_application_may_have_a_clock_of_its_own);
	suite_add_tcase(s, t);
	return s;
}
