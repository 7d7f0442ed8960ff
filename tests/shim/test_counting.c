/* SPDX-License-Identifier: MIT */
/* What can be seen of a process, by itself and by others, and what others can make it do. */
#include "shim/app.h"
#include "stats/snapshot.h"
#include "support/run.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_THREAD__)
/* The child makes threads of its own, as any pooled child does. */
exported const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return "die_after_fork=0";
}
#endif

static struct process_snapshot snapshot;

static struct segment_name name_of(pid_t pid)
{
	return (struct segment_name){.euid = geteuid(), .pid = pid};
}

static const struct process_snapshot *look(void)
{
	struct segment_name name = name_of(getpid());

	snapshot_done(&snapshot);
	ck_assert_int_eq(snapshot_take(&name, &snapshot), SEGMENT_OK);
	return &snapshot;
}

static struct odbcpool_pool_info info_of(SQLHDBC dbc)
{
	struct odbcpool_pool_info info;
	SQLINTEGER len = 0;

	app_check(odbcpool_GetConnectAttr(dbc, ODBCPOOL_ATTR_POOL_INFO, &info, sizeof(info), &len),
		SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	ck_assert_int_eq(len, sizeof(info));
	ck_assert_uint_eq(info.size, sizeof(info));
	ck_assert_uint_eq(info.version, ODBCPOOL_POOL_INFO_VERSION);
	return info;
}

static unsigned long long count_of(const struct odbcpool_histogram *h)
{
	unsigned long long n = 0;

	for (int i = 0; i < ODBCPOOL_BUCKETS; i++)
		n += h->bucket[i];
	return n;
}

START_TEST(an_application_sees_its_pool_and_the_process)
{
	SQLHDBC a = app_connected("DSN=one"), b = app_connected("DSN=two");

	app_disconnect(a);
	a = app_connected("DSN=one");
	struct odbcpool_pool_info info = info_of(a);
	ck_assert_uint_eq(info.is_pooled, 1);
	ck_assert_uint_eq(info.is_paused, 0);
	ck_assert_str_eq(info.name, "one");
	ck_assert_uint_eq(info.total, 1);
	ck_assert_uint_eq(info.pool.active_connections, 1);
	ck_assert_uint_eq(info.pool.hard_connects, 1);
	ck_assert_uint_eq(info.pool.soft_connects, 2);
	ck_assert_uint_eq(info.process.hard_connects, 2);
	ck_assert_uint_eq(info.process.active_pools, 2);
	ck_assert_uint_eq(count_of(&info.pool_times.open), 1);
	ck_assert_uint_eq(count_of(&info.process_times.open), 2);
	ck_assert_uint_eq(count_of(&info.pool_times.use), 1);
	ck_assert_int_eq(info.oldest_holder, (int)getpid());
	app_disconnect(b);
	app_disconnect(a);
}
END_TEST

START_TEST(a_connection_past_the_pools_has_none)
{
	SQLHDBC dbc = app_connected("DSN=plain");
	struct odbcpool_pool_info info = info_of(dbc);

	ck_assert_uint_eq(info.is_pooled, 0);
	ck_assert_str_eq(info.name, "");
	ck_assert_uint_eq(info.pool.soft_connects, 0);
	app_disconnect(dbc);
}
END_TEST

START_TEST(the_information_needs_a_connection_and_room)
{
	SQLHDBC dbc = app_dbc();
	struct odbcpool_pool_info info;
	SQLINTEGER len = 0;

	app_check(odbcpool_GetConnectAttr(dbc, ODBCPOOL_ATTR_POOL_INFO, &info, sizeof(info), NULL),
		SQL_ERROR, SQL_HANDLE_DBC, dbc);
	app_check_record(SQL_HANDLE_DBC, dbc, 1, "08003", ODBCPOOL_ERR_NOT_CONNECTED, "not open");
	app_connect(dbc, "DSN=one");
	static const SQLINTEGER sizes[] = {sizeof(info) - 1, 0, -1, SQL_IS_POINTER, SQL_NTS};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		app_check(odbcpool_GetConnectAttr(
				  dbc, ODBCPOOL_ATTR_POOL_INFO, &info, sizes[i], &len),
			SQL_ERROR, SQL_HANDLE_DBC, dbc);
		app_check_record(
			SQL_HANDLE_DBC, dbc, 1, "HY090", ODBCPOOL_ERR_BAD_ARGUMENT, "bytes");
	}
	app_check(odbcpool_GetConnectOption(dbc, ODBCPOOL_ATTR_POOL_INFO, &info), SQL_ERROR,
		SQL_HANDLE_DBC, dbc);
	app_check(odbcpool_GetConnectAttrW(dbc, ODBCPOOL_ATTR_POOL_INFO, NULL, 0, &len),
		SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	ck_assert_int_eq(len, sizeof(info));
	app_check(odbcpool_SetConnectAttr(dbc, ODBCPOOL_ATTR_POOL_INFO, &info, sizeof(info)),
		SQL_ERROR, SQL_HANDLE_DBC, dbc);
	app_disconnect(dbc);
}
END_TEST

START_TEST(a_later_program_gets_what_the_library_knows_and_no_byte_more)
{
	SQLHDBC dbc = app_connected("DSN=one");
	struct {
		struct odbcpool_pool_info info;
		char later[16];
	} wide_info;
	SQLINTEGER len = 0;

	memset(&wide_info, 'x', sizeof(wide_info));
	app_check(odbcpool_GetConnectAttr(
			  dbc, ODBCPOOL_ATTR_POOL_INFO, &wide_info, sizeof(wide_info), &len),
		SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	ck_assert_int_eq(len, sizeof(wide_info.info));
	ck_assert_mem_eq(wide_info.later, "xxxxxxxxxxxxxxxx", 16);
	app_disconnect(dbc);
}
END_TEST

START_TEST(others_see_what_the_real_driver_was_asked_for)
{
	SQLHDBC a, b;

	app_add_ini("odbc.ini",
		"[seen]\nDriver = fake\nMaxPoolSize = 7\nConnectionIdleTimeout = 0\n"
		"Server = db1\n");
	a = app_connected("DSN=seen");
	b = app_connected("DSN=seen");
	app_disconnect(b);
	const struct process_snapshot *s = look();
	ck_assert_uint_eq(s->pool_count, 1);
	const struct pool_snapshot *p = &s->pools[0];
	ck_assert_str_eq(p->name, "seen");
	ck_assert_str_eq(p->server, "db1");
	ck_assert_ptr_nonnull(strstr(p->driver, "fakedrv"));
	ck_assert_str_ne(p->dbms, "");
	ck_assert_int_eq(p->settings.max_pool_size, 7);
	ck_assert_int_eq(p->settings.connection_idle_timeout, -1);
	ck_assert_uint_eq(p->values.hard_connects, app_counts("fake").logins);
	ck_assert_uint_eq(p->values.active_connections, 1);
	ck_assert_uint_eq(p->values.free_connections, 1);
	ck_assert_uint_eq(histogram_count(&p->values.open), 2);
	ck_assert_uint_eq(histogram_count(&p->values.use), 1);
	app_disconnect(a);
}
END_TEST

START_TEST(the_last_failed_login_is_shown_without_its_password)
{
	SQLHDBC dbc = app_dbc();

	app_connect(dbc, "DSN=one;FakeLogin=fail;FakeText=no entry for UID=x PWD=hunter2");
	const struct pool_snapshot *p = &look()->pools[0];
	ck_assert_str_eq(p->last_error.sqlstate, "28000");
	ck_assert_int_eq(p->last_error.native, 18456);
	ck_assert_ptr_nonnull(strstr(p->last_error.message, "no entry for UID=x PWD=***"));
	ck_assert_ptr_null(strstr(p->last_error.message, "hunter2"));
	ck_assert_uint_eq(p->values.login_failures, 1);
}
END_TEST

/* As the command odbcpool would, from another process. */
static void command(enum stats_verb verb, unsigned affected)
{
	pid_t parent = getpid(), pid = fork();
	int status;

	if (pid == 0) {
		struct segment_name name = name_of(parent);
		enum segment_result result;
		unsigned n = 0;
		usec_t deadline = usec_add(clock_now(&clock_real), 60 * USEC_PER_SEC);
		bool is_obeyed =
			command_send(&name, verb, 0, deadline, &n, &result) == COMMAND_OBEYED;
		_exit(is_obeyed && n == affected ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

START_TEST(an_idle_process_obeys)
{
	app_disconnect(app_connected("DSN=one"));
	command(STATS_CLEAR, 1);
	app_await_logouts("fake", 1);
	ck_assert_uint_eq(look()->totals.clears, 1);
}
END_TEST

START_TEST(a_paused_process_lets_nobody_through_until_it_is_resumed)
{
	SQLHDBC dbc = app_dbc();

	app_disconnect(app_connected("DSN=one"));
	command(STATS_PAUSE, 1);
	ck_assert_uint_eq(look()->state, TALLY_PAUSED);
	ck_assert_int_eq(app_connect(dbc, "DSN=one;PoolConnectTimeout=1"), SQL_ERROR);
	app_check_record(
		SQL_HANDLE_DBC, dbc, 1, "HYT00", ODBCPOOL_ERR_POOL_PAUSED, "odbcpool resume");
	command(STATS_RESUME, 2);
	ck_assert_uint_eq(look()->state, 0);
	ck_assert(app_is_reused(app_connected("DSN=one")));
}
END_TEST

START_TEST(a_disabled_process_connects_past_its_pools)
{
	SQLHDBC dbc;

	app_disconnect(app_connected("DSN=one"));
	command(STATS_DISABLE, 1);
	app_await_logouts("fake", 1);
	dbc = app_connected("DSN=one");
	ck_assert_uint_eq(info_of(dbc).is_pooled, 0);
	ck_assert_uint_eq(look()->totals.non_pooled_connects, 1);
	app_disconnect(dbc);
	ck_assert_uint_eq(app_counts("fake").logouts, 2);
	command(STATS_ENABLE, 1);
	app_disconnect(app_connected("DSN=one"));
	ck_assert(app_is_reused(app_connected("DSN=one")));
}
END_TEST

START_TEST(a_transaction_goes_on_while_its_process_is_steered)
{
	SQLHDBC dbc = app_dbc(), other = app_dbc();
	SQLULEN number;

	odbcpool_SetConnectAttr(dbc, ODBCPOOL_ATTR_TRANSACTION, "t1", 2);
	odbcpool_SetConnectAttr(other, ODBCPOOL_ATTR_TRANSACTION, "t2", 2);
	app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	number = app_number(dbc);
	app_disconnect(dbc);
	command(_i, 1);
	app_check(app_connect(dbc, "DSN=one"), SQL_SUCCESS, SQL_HANDLE_DBC, dbc);
	ck_assert_uint_eq(app_number(dbc), number);
	app_disconnect(dbc);
	/* What is new does not slip past. */
	if (_i == STATS_DISABLE) {
		ck_assert_int_eq(app_connect(other, "DSN=one"), SQL_ERROR);
		app_check_record(SQL_HANDLE_DBC, other, 1, "HYC00", ODBCPOOL_ERR_TRANSACTION_STATE,
			"odbcpool enable");
	}
	ck_assert_int_eq(odbcpool_transaction_end("t1", 2, SQL_COMMIT), 0);
}
END_TEST

static bool has_file(pid_t pid)
{
	struct segment_name name = name_of(pid);
	enum segment_result result = snapshot_take(&name, &snapshot);

	if (result == SEGMENT_OK)
		snapshot_done(&snapshot);
	return result != SEGMENT_GONE;
}

START_TEST(a_process_that_exits_leaves_nothing)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		/* No login has succeeded, so that nothing else registers an exit handler. */
		app_connect(app_dbc(), "DSN=one;FakeLogin=fail");
		exit(has_file(getpid()) ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert(!has_file(pid));
}
END_TEST

START_TEST(a_child_has_its_own_file_and_counts_from_0)
{
	SQLHDBC dbc = app_connected("DSN=one");
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		bool is_clean = !has_file(getpid());
		app_disconnect(dbc);
		app_disconnect(app_connected("DSN=two"));
		look();
		is_clean = is_clean && snapshot.pool_count == 1 &&
			   strcmp(snapshot.pools[0].name, "two") == 0 &&
			   snapshot.totals.soft_disconnects == 1;
		char path[64];
		snprintf(path, sizeof(path), STATS_NAME_FORMAT, (unsigned)geteuid(), (int)getpid());
		shm_unlink(path);
		_exit(is_clean ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	look();
	ck_assert_uint_eq(snapshot.pool_count, 1);
	ck_assert_uint_eq(snapshot.totals.soft_disconnects, 0);
	app_disconnect(dbc);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("shim/counting");
	TCase *t = tcase_create("counting");

	tcase_add_checked_fixture(t, app_setup, app_done);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, an_application_sees_its_pool_and_the_process);
	tcase_add_test(t, a_connection_past_the_pools_has_none);
	tcase_add_test(t, the_information_needs_a_connection_and_room);
	tcase_add_test(t, a_later_program_gets_what_the_library_knows_and_no_byte_more);
	tcase_add_test(t, others_see_what_the_real_driver_was_asked_for);
	tcase_add_test(t, the_last_failed_login_is_shown_without_its_password);
	tcase_add_test(t, an_idle_process_obeys);
	tcase_add_test(t, a_paused_process_lets_nobody_through_until_it_is_resumed);
	tcase_add_test(t, a_disabled_process_connects_past_its_pools);
	tcase_add_loop_test(t, a_transaction_goes_on_while_its_process_is_steered, STATS_CLEAR,
		STATS_ENABLE + 1);
	tcase_add_test(t, a_process_that_exits_leaves_nothing);
	tcase_add_test(t, a_child_has_its_own_file_and_counts_from_0);
	suite_add_tcase(s, t);
	return s;
}
