/* SPDX-License-Identifier: MIT */
/* End to end: branches that outlive the process or the connection that prepared them. */
#include "xa_app.h"

#include "odbcpool.h"
#include "support/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MARIADB = 2 };

/* In a child, which dies without a word. */
static void prepare_in_another_process(XID *xid, int source)
{
	pid_t pid = fork();

	if (pid == 0) {
		/* What the parent has opened is the parent's. */
		if (xa_start(xid, source, TMNOFLAGS) != XAER_PROTO ||
			xa_open_source(source) != XA_OK ||
			xa_start(xid, source, TMNOFLAGS) != XA_OK)
			_exit(1);
		xa_add(source, 5);
		if (xa_end(xid, source, TMSUCCESS) != XA_OK || xa_prepare(xid, source) != XA_OK)
			_exit(2);
		kill(getpid(), SIGKILL);
	}
	int status;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFSIGNALED(status), "the child ended with status %d", WEXITSTATUS(status));
}

START_TEST(what_a_dead_process_has_prepared_is_committed)
{
	XID xid = xa_new_xid();

	prepare_in_another_process(&xid, _i);
	ck_assert_int_eq(xa_listed(&xid, _i), 1);
	xa_must(xa_commit(&xid, _i, TMNOFLAGS), XA_OK);
	ck_assert_int_eq(xa_value(_i), 105);
	ck_assert_int_eq(xa_listed(&xid, _i), 0);
}
END_TEST

START_TEST(what_a_dead_process_has_prepared_is_rolled_back)
{
	XID xid = xa_new_xid();

	prepare_in_another_process(&xid, _i);
	ck_assert_int_eq(xa_listed(&xid, _i), 1);
	xa_must(xa_rollback(&xid, _i), XA_OK);
	ck_assert_int_eq(xa_value(_i), 100);
	ck_assert_int_eq(xa_listed(&xid, _i), 0);
}
END_TEST

/* How far a process comes with its branch before it ends, as a process should. */
enum stage { CONNECTED, PARKED, SUSPENDED, IDLE, PREPARED, STAGES };

static void go_as_far_as(enum stage stage, XID *xid, int source)
{
	static struct client c; /* not to be freed before the end */

	if (xa_open_source(source) != XA_OK || xa_start(xid, source, TMNOFLAGS) != XA_OK)
		_exit(1);
	c = client_new(SQL_OV_ODBC3);
	client_connect(&c, server_source(source), "");
	client_run(&c, "update xa_test set v = v + 5 where id = 1");
	if (stage == CONNECTED)
		return;
	client_disconnect(&c);
	if (stage == PARKED)
		return;
	if (xa_end(xid, source, stage == SUSPENDED ? TMSUSPEND : TMSUCCESS) != XA_OK)
		_exit(2);
	if (stage == PREPARED && xa_prepare(xid, source) != XA_OK)
		_exit(3);
}

START_TEST(when_a_process_ends_only_what_is_prepared_stays)
{
	int source = _i / STAGES;
	enum stage stage = (enum stage)(_i % STAGES);
	XID xid = xa_new_xid();
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		go_as_far_as(stage, &xid, source);
		exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %d", status);
	ck_assert_int_eq(xa_listed(&xid, source), stage == PREPARED);
	xa_must(xa_rollback(&xid, source), stage == PREPARED ? XA_OK : XAER_NOTA);
	/* Nobody holds the row. */
	observer_run(source, "update xa_test set v = v + 1 where id = 1");
	ck_assert_int_eq(xa_value(source), 101);
}
END_TEST

/* Everything that the user has open at the server, the switch's own session included. */
static void kill_sessions(int source)
{
	char command[400];

	if (source == MARIADB)
		snprintf(command, sizeof(command),
			"for i in $(mariadb --no-defaults -S $MY_SOCKET -u root -BNe \"select id "
			"from "
			"information_schema.processlist where user = '$E2E_USER'\"); do mariadb "
			"--no-defaults -S $MY_SOCKET -u root -e \"kill $i\"; done");
	else
		snprintf(command, sizeof(command),
			"psql -qXAt -h $PG_SOCKET_DIR -p $PG_PORT -U postgres -c \"select "
			"pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = "
			"'$E2E_USER'\" postgres >/dev/null");
	ck_assert_int_eq(system(command), 0);
}

START_TEST(a_branch_whose_connection_is_lost_is_rolled_back)
{
	XID xid = xa_new_xid();

	xa_must(xa_start(&xid, _i, TMNOFLAGS), XA_OK);
	xa_add(_i, 5);
	kill_sessions(_i);
	xa_must(xa_end(&xid, _i, TMSUCCESS), XA_RBCOMMFAIL);
	xa_must(xa_rollback(&xid, _i), XA_OK);
	ck_assert_int_eq(xa_value(_i), 100);
}
END_TEST

START_TEST(a_connection_lost_before_prepare_is_told_by_prepare)
{
	XID xid = xa_new_xid();

	xa_work(&xid, _i, 5);
	kill_sessions(_i);
	int code = xa_prepare(&xid, _i);
	/* Not found out before the word was sent: nobody knows, until one looks. */
	ck_assert_msg(code == XA_RBCOMMFAIL || code == XAER_RMFAIL, "%d %s", code, xa_why());
	ck_assert_int_eq(xa_listed(&xid, _i), 0);
	xa_must(xa_rollback(&xid, _i), XAER_NOTA);
	ck_assert_int_eq(xa_value(_i), 100);
}
END_TEST

START_TEST(a_connection_lost_before_the_only_phase_commits_nothing)
{
	XID xid = xa_new_xid();

	xa_work(&xid, _i, 5);
	kill_sessions(_i);
	int code = xa_commit(&xid, _i, TMONEPHASE);
	ck_assert_msg(code == XA_RBCOMMFAIL || code == XAER_RMFAIL, "%d %s", code, xa_why());
	ck_assert_int_eq(xa_listed(&xid, _i), 0);
	ck_assert_int_eq(xa_value(_i), 100);
}
END_TEST

START_TEST(a_prepared_branch_survives_the_loss_of_every_connection)
{
	XID xid = xa_new_xid();

	xa_work(&xid, _i, 5);
	xa_must(xa_prepare(&xid, _i), XA_OK);
	kill_sessions(_i);
	ck_assert_int_eq(xa_listed(&xid, _i), 1);
	xa_must(xa_commit(&xid, _i, TMNOFLAGS), XA_OK);
	ck_assert_int_eq(xa_value(_i), 105);
}
END_TEST

START_TEST(branches_are_listed_in_pieces)
{
	XID xids[5], found[5];
	int count = 0, got;

	for (int i = 0; i < 5; i++) {
		char sql[64];
		snprintf(sql, sizeof(sql), "insert into xa_test values (%d, 0)", 10 + i);
		struct client c = client_new(SQL_OV_ODBC3);
		xids[i] = xa_new_xid();
		xa_must(xa_start(&xids[i], _i, TMNOFLAGS), XA_OK);
		client_connect(&c, server_source(_i), "");
		client_run(&c, sql);
		client_disconnect(&c);
		client_done(&c);
		xa_must(xa_end(&xids[i], _i, TMSUCCESS), XA_OK);
		xa_must(xa_prepare(&xids[i], _i), XA_OK);
	}
	const struct xa_switch_t *xa = &odbcpool_xa_switch;
	xa_must(xa->xa_recover_entry(found, 2, _i, TMNOFLAGS), XAER_INVAL);
	xa_must(xa->xa_recover_entry(NULL, 2, _i, TMSTARTRSCAN), XAER_INVAL);
	xa_must(xa->xa_recover_entry(found, -1, _i, TMSTARTRSCAN), XAER_INVAL);
	ck_assert_int_eq(xa->xa_recover_entry(found, 2, _i, TMSTARTRSCAN), 2);
	count = 2;
	while ((got = xa->xa_recover_entry(found, 2, _i, TMNOFLAGS)) > 0)
		count += got;
	ck_assert_int_eq(count, 5);
	/* From the beginning again, and the scan is over. */
	ck_assert_int_eq(xa->xa_recover_entry(found, 1, _i, TMSTARTRSCAN | TMENDRSCAN), 1);
	xa_must(xa->xa_recover_entry(found, 2, _i, TMNOFLAGS), XAER_INVAL);
	for (int i = 0; i < 5; i++)
		xa_must(xa_rollback(&xids[i], _i), XA_OK);
	ck_assert_int_eq(xa->xa_recover_entry(found, 5, _i, TMSTARTRSCAN), 0);
}
END_TEST

START_TEST(what_others_have_prepared_is_not_listed)
{
	struct client c = client_new(SQL_OV_ODBC3);
	XID found[2];

	client_connect(&c, server_source(_i), "Pooling=No");
	client_set(&c, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
	client_run(&c, "update xa_test set v = 7");
	client_run(&c, "prepare transaction 'somebody else''s'");
	int count = odbcpool_xa_switch.xa_recover_entry(found, 2, _i, TMSTARTRSCAN | TMENDRSCAN);
	client_run(&c, "commit");
	client_set(&c, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_ON);
	client_run(&c, "rollback prepared 'somebody else''s'");
	client_disconnect(&c);
	client_done(&c);
	ck_assert_int_eq(count, 0);
}
END_TEST

/* MariaDB says to others that there is no such branch, while it lists it. */
START_TEST(a_branch_that_is_at_home_in_another_process_is_not_denied)
{
	XID xid = xa_new_xid();
	int to_child[2], to_parent[2];
	char byte;

	ck_assert_int_eq(pipe(to_child) | pipe(to_parent), 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (xa_open_source(_i) != XA_OK)
			_exit(1);
		xa_work(&xid, _i, 5);
		if (xa_prepare(&xid, _i) != XA_OK || write(to_parent[1], "p", 1) != 1 ||
			read(to_child[0], &byte, 1) != 1)
			_exit(2);
		_exit(0);
	}
	ck_assert_int_eq(read(to_parent[0], &byte, 1), 1);
	if (_i == MARIADB) {
		xa_must(xa_commit(&xid, _i, TMNOFLAGS), XA_RETRY);
		xa_must(xa_rollback(&xid, _i), XAER_RMFAIL);
	}
	ck_assert_int_eq(xa_listed(&xid, _i), 1);
	ck_assert_int_eq(write(to_child[1], "g", 1), 1);
	waitpid(pid, NULL, 0);
	xa_must(xa_commit(&xid, _i, TMNOFLAGS), XA_OK);
	ck_assert_int_eq(xa_value(_i), 105);
}
END_TEST

static const struct {
	const char *info, *why;
} refused[] = {
	{"sqlite", "SQLite"},
	{"nowhere", "nowhere"},
	{"DSN=postgresql;PWD=wrong", "password"},
	{"freetds", "08"},
};

START_TEST(what_cannot_take_part_is_refused_with_the_reason)
{
	const struct xa_switch_t *xa = &odbcpool_xa_switch;

	xa_must(xa->xa_open_entry((char *)refused[_i].info, 50, TMNOFLAGS), XAER_RMERR);
	ck_assert_msg(strstr(xa_why(), refused[_i].why) != NULL, "%s", xa_why());
	xa_must(xa->xa_open_entry("", 50, TMNOFLAGS), XAER_INVAL);
	/* Not open, and closing what is not open is fine. */
	xa_must(xa->xa_close_entry("", 50, TMNOFLAGS), XA_OK);
}
END_TEST

START_TEST(opening_again_is_fine_with_the_same_string)
{
	xa_must(xa_open_source(_i), XA_OK);
	kill_sessions(_i);
	xa_must(xa_open_source(_i), XA_OK);
	xa_must(odbcpool_xa_switch.xa_open_entry("DSN=other", _i, TMNOFLAGS), XAER_INVAL);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("xa_recover");
	TCase *t = tcase_create("recovery");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, xa_setup, xa_teardown);
	tcase_add_loop_test(t, what_a_dead_process_has_prepared_is_committed, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, what_a_dead_process_has_prepared_is_rolled_back, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, when_a_process_ends_only_what_is_prepared_stays, 0, SERVER_SOURCES * STAGES);
	tcase_add_loop_test(t, a_branch_whose_connection_is_lost_is_rolled_back, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, a_connection_lost_before_prepare_is_told_by_prepare, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, a_connection_lost_before_the_only_phase_commits_nothing, 0, SERVER_SOURCES);
	tcase_add_loop_test(
		t, a_prepared_branch_survives_the_loss_of_every_connection, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, branches_are_listed_in_pieces, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, what_others_have_prepared_is_not_listed, 0, MARIADB);
	tcase_add_loop_test(
		t, a_branch_that_is_at_home_in_another_process_is_not_denied, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, opening_again_is_fine_with_the_same_string, 0, SERVER_SOURCES);
	tcase_add_loop_test(t, what_cannot_take_part_is_refused_with_the_reason, 0,
		sizeof(refused) / sizeof(refused[0]));
	suite_add_tcase(s, t);
	return s;
}
