/* SPDX-License-Identifier: MIT */
#include "shim/library.h"

#include "base/compiler.h"
#include "base/lock.h"
#include "conf/ini.h"
#include "dbms/traits.h"
#include "driver/bequest.h"
#include "driver/environment.h"
#include "driver/imports.h"
#include "driver/watchdog.h"
#include "odbcpool.h"
#include "shim/counting.h"
#include "shim/inherit.h"
#include "shim/transaction.h"
#include "shim/xa_thread.h"

#include <pthread.h>
#include <stdlib.h>

static _Atomic(struct registry *) registry;
static struct mutex making;
static pthread_once_t making_once = PTHREAD_ONCE_INIT;

static void tick(void)
{
	ini_poll();
	counting_tick(registry);
}

static void before_fork(void)
{
	/* Their locks are taken before the others'. */
	branches_before_fork();
	transactions_before_fork();
	registry_before_fork(registry);
	inherit_before_fork();
	bequest_before_fork();
}

static void after_fork_in_parent(void)
{
	bequest_after_fork_in_parent();
	inherit_after_fork_in_parent();
	registry_after_fork_in_parent(registry);
	transactions_after_fork_in_parent();
	branches_after_fork_in_parent();
}

static void after_fork_in_child(void)
{
	inherit_after_fork_in_child();
	transactions_after_fork_in_child();
	xa_thread_after_fork_in_child();
	branches_after_fork_in_child();
	trace_after_fork_in_child();
	ini_after_fork_in_child();
	environments_after_fork_in_child();
	imports_after_fork_in_child();
	bequest_after_fork_in_child();
	watchdog_after_fork_in_child();
	counting_after_fork_in_child();
	registry_after_fork_in_child(registry);
}

static void shut_down(void)
{
	registry_shutdown(registry);
}

/*
 * Exit handlers run in reverse order, and a real driver's libraries (OpenSSL, for one) register
 * theirs during its first login: ours must come after them, so that connections are closed while
 * those libraries still work.
 */
static void close_at_exit(void)
{
	atexit(shut_down);
}

static void making_setup(void)
{
	static const struct driver_hooks hooks = {
		.judge = traits_judge,
		.note_first_login = close_at_exit,
	};

	mutex_init(&making, LOCK_RANK_ENVIRONMENTS);
	driver_set_hooks(&hooks);
}

/* What succeeded is kept for the next try. */
static struct registry *make_locked(void)
{
	static const struct pool_books *books;
	static struct registry *made;

	mutex_assert_held(&making);
	if (!books)
		books = counting_books();
	if (books && !made) {
		struct registry_env env = {
			.clock = &clock_real,
			.with_threads = true,
			.every_second = tick,
			.books = books,
		};
		made = registry_new(&env);
	}
	if (made && pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) != 0)
		return NULL;
	return made;
}

struct registry *library_registry(void)
{
	struct registry *r = registry;

	if (likely(r != NULL))
		return r;
	pthread_once(&making_once, making_setup);
	mutex_lock(&making);
	if (!registry)
		registry = make_locked();
	r = registry;
	mutex_unlock(&making);
	return r;
}

exported void odbcpool_clear_all_pools(void)
{
	struct registry *r = library_registry();

	if (r)
		registry_clear_named(r, NULL);
}

exported unsigned odbcpool_clear_pools(const char *name)
{
	struct registry *r = library_registry();

	return r && name ? registry_clear_named(r, name) : 0;
}
