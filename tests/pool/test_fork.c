/* SPDX-License-Identifier: MIT */
/* fork(): the child forgets, the parent goes on, no thread is inside a driver call meanwhile. */
#include "pool/harness.h"

#include "base/counters.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_THREAD__)
/* The child makes threads of its own, which is the very point. */
exported const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return "die_after_fork=0";
}
#endif

static pid_t fork_with_handlers(void)
{
	pid_t pid;

	registry_before_fork(h.registry);
	pid = fork();
	if (pid == 0)
		registry_after_fork_in_child(h.registry);
	else
		registry_after_fork_in_parent(h.registry);
	return pid;
}

/* Run `in_child` in a forked child; its assertions count. */
static void run_in_child(void (*in_child)(void))
{
	int status;
	pid_t pid = fork_with_handlers();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		in_child();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with %#x",
		(unsigned)status);
}

#define child_assert(condition)                                                                    \
	do {                                                                                       \
		if (!(condition))                                                                  \
			_exit(__LINE__ % 255 + 1);                                                 \
	} while (0)

static struct borrow inherited;
static struct pool *inherited_pool;

static void use_inherited(void)
{
	struct pool_numbers n;

	pool_get_numbers(inherited_pool, &n);
	child_assert(n.total == 0);
	pool_clear(inherited_pool);
	give_as(&inherited, RETURN_CLOSE);
	while (registry_work(h.registry))
		;
	registry_sweep(h.registry);
	registry_shutdown(h.registry);
	child_assert(h.driver.closes == 0);
	child_assert(h.driver.dead_closes == 0);
	child_assert(h.driver.aborts == 0);
	child_assert(h.driver.checks == 0);
	child_assert(h.driver.freed == 0);
}

START_TEST(a_child_forgets_what_it_inherited_and_closes_nothing)
{
	struct borrow idle = take("sales");

	inherited = take("sales");
	inherited_pool = inherited.pool;
	give(&idle);
	run_in_child(use_inherited);
	/* The parent's are as they were. */
	give(&inherited);
	ck_assert_uint_eq(numbers(inherited_pool).idle, 2);
	inherited = take("sales");
	ck_assert(inherited.is_reused);
}
END_TEST

static void borrow_anew(void)
{
	struct borrow b = take("sales");

	child_assert(!b.is_reused);
	child_assert(b.pool != inherited_pool);
	give(&b);
	b = take("sales");
	child_assert(b.is_reused);
	give_as(&b, RETURN_CLOSE);
	while (h.driver.closes == 0) /* by a worker of the child's own */
		registry_work(h.registry);
	registry_shutdown(h.registry);
}

START_TEST(a_child_gets_fresh_pools)
{
	inherited = take("sales");
	inherited_pool = inherited.pool;
	give(&inherited);
	run_in_child(borrow_anew);
	inherited = take("sales");
	ck_assert_uint_eq(id_of(&inherited), 1);
}
END_TEST

static void count_nothing(void)
{
	struct counter_values v = counters();

	child_assert(v.hard_connects == 0);
	child_assert(v.active_connections == 0);
	child_assert(v.active_pools == 0);
}

START_TEST(a_child_starts_counting_at_0)
{
	(void)take("sales");
	run_in_child(count_nothing);
}
END_TEST

static void fork_again(void)
{
	struct borrow b = take("sales");

	inherited = b;
	inherited_pool = b.pool;
	run_in_child(borrow_anew);
	give(&b);
}

START_TEST(a_child_of_a_child_is_a_child)
{
	inherited = take("sales");
	inherited_pool = inherited.pool;
	run_in_child(fork_again);
}
END_TEST

static void *fork_main(void *arg)
{
	(void)arg;
	registry_before_fork(h.registry);
	registry_after_fork_in_parent(h.registry);
	return NULL;
}

START_TEST(a_fork_waits_until_the_workers_are_outside_every_driver_call)
{
	struct borrow a = take("sales"), b = take("stock");
	pthread_t forker;

	h.driver.is_close_gated = true;
	give_as(&a, RETURN_CLOSE);
	await_at_gate(1);
	ck_assert_int_eq(pthread_create(&forker, NULL, fork_main, NULL), 0);
	/* The one in a call is waited for; another may not begin one. The bound of 1 s is far away.
	 */
	give_as(&b, RETURN_CLOSE);
	for (int i = 0; i < 100; i++)
		sched_yield();
	h.driver.is_close_gated = false;
	pthread_join(forker, NULL);
	AWAIT(atomic_load(&h.driver.closes) == 2);
}
END_TEST

START_TEST(a_fork_does_not_wait_for_ever_for_a_call_that_hangs)
{
	struct borrow a = take("sales");

	h.driver.is_close_gated = true;
	give_as(&a, RETURN_CLOSE);
	await_at_gate(1);
	registry_before_fork(h.registry);
	ck_assert_uint_eq(h.driver.at_gate, 1);
	registry_after_fork_in_parent(h.registry);
	h.driver.is_close_gated = false;
	AWAIT(atomic_load(&h.driver.closes) == 1);
}
END_TEST

START_TEST(a_hundred_forks_while_the_workers_work_and_none_hangs)
{
	for (int i = 0; i < 100; i++) {
		struct borrow b[4];
		for (int k = 0; k < 4; k++)
			b[k] = take("sales");
		for (int k = 0; k < 4; k++)
			give_as(&b[k], RETURN_CLOSE);
		inherited_pool = NULL;
		run_in_child(borrow_anew);
	}
}
END_TEST

static volatile sig_atomic_t is_child;
static _Atomic int child_pid;

static void fork_in_handler(int signal)
{
	int saved_errno = errno;
	int pid = fork_with_handlers();

	(void)signal;
	is_child = pid == 0;
	child_pid = pid;
	errno = saved_errno;
}

static void *wait_and_fork(void *arg)
{
	struct borrow b;
	struct diag diag = DIAG_EMPTY;
	struct digest key = key_of("sales");
	struct borrow_request request = {.deadline = USEC_INFINITY};
	enum pool_rc rc;

	(void)arg;
	rc = registry_borrow(h.registry, &key, h.generation, &request, &b, &diag);
	if (is_child)
		_exit(rc == POOL_CLOSED ? 0 : 1);
	ck_assert_int_eq(rc, POOL_OK);
	return NULL;
}

START_TEST(a_wait_that_a_signal_handler_forks_out_of_ends_in_the_child)
{
	pthread_t thread;
	struct borrow b;
	int status;

	h.settings.max_pool_size = 1;
	b = take("sales");
	signal(SIGUSR1, fork_in_handler);
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_and_fork, NULL), 0);
	await_waiting(b.pool, 1);
	pthread_kill(thread, SIGUSR1);
	AWAIT(child_pid > 0);
	ck_assert_int_eq(waitpid(child_pid, &status, 0), child_pid);
	ck_assert_int_eq(status, 0);
	/* In the parent the wait goes on. */
	give(&b);
	pthread_join(thread, NULL);
}
END_TEST

/*
 * The allocator of gcc 12's AddressSanitizer does not hold its locks across a fork: a thread that
 * is just starting leaves them locked in the child for ever. The other builds run the test.
 */
#ifdef __SANITIZE_ADDRESS__
#define FORK_IS_SAFE 0
#else
#define FORK_IS_SAFE 1
#endif

Suite *test_suite(void)
{
	Suite *s = suite_create("pool/fork");
	TCase *t = tcase_create("one thread");

	tcase_add_checked_fixture(t, harness_setup, harness_teardown);
	tcase_add_test(t, a_child_forgets_what_it_inherited_and_closes_nothing);
	tcase_add_test(t, a_child_gets_fresh_pools);
	tcase_add_test(t, a_child_starts_counting_at_0);
	tcase_add_test(t, a_child_of_a_child_is_a_child);
	suite_add_tcase(s, t);

	t = tcase_create("threads");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, harness_setup_real, harness_teardown);
	tcase_add_test(t, a_fork_waits_until_the_workers_are_outside_every_driver_call);
	tcase_add_test(t, a_fork_does_not_wait_for_ever_for_a_call_that_hangs);
	if (FORK_IS_SAFE)
		tcase_add_test(t, a_hundred_forks_while_the_workers_work_and_none_hangs);
	suite_add_tcase(s, t);

	t = tcase_create("signals");
	tcase_add_checked_fixture(t, harness_setup_shared, harness_teardown);
	tcase_add_test(t, a_wait_that_a_signal_handler_forks_out_of_ends_in_the_child);
	suite_add_tcase(s, t);
	return s;
}
