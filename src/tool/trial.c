/* SPDX-License-Identifier: MIT */
#include "tool/trial.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "odbcpool.h"
#include "stats/snapshot.h"
#include "tool/manager.h"

#include <string.h>
#include <unistd.h>

/* One connect, with its time. False: it failed, and that was said. */
static bool connect_once(struct manager *m, const char *what, const char *which, struct findings *f,
	usec_t *ret_took)
{
	struct buffer why = BUFFER_EMPTY;
	usec_t began = clock_now(&clock_real);
	bool is_open = manager_connect(m, what, &why);

	*ret_took = clock_now(&clock_real) - began;
	if (!is_open)
		finding_wrong(f, "The %s connect failed: %s", which, buffer_str(&why));
	buffer_done(&why);
	return is_open;
}

static bool disconnect(struct manager *m, struct findings *f)
{
	struct buffer why = BUFFER_EMPTY;
	bool is_closed = manager_disconnect(m, &why);

	if (!is_closed)
		finding_wrong(f, "SQLDisconnect failed: %s", buffer_str(&why));
	buffer_done(&why);
	return is_closed;
}

/* What this process itself has counted by now. False: it cannot be read. */
static bool read_own(struct counter_values *ret_values)
{
	const struct segment_name name = {.euid = geteuid(), .pid = getpid()};
	struct process_snapshot s;

	if (snapshot_take(&name, &s) != SEGMENT_OK)
		return false;
	*ret_values = s.totals;
	snapshot_done(&s);
	return true;
}

/* Why did the second connect log in anew? */
static void explain_miss(struct findings *f)
{
	struct counter_values v;

	if (!read_own(&v))
		finding_wrong(f, "It was not served from the pool; why cannot be seen, for this "
				 "process has no shared memory.");
	else if (v.non_pooled_connects)
		finding_wrong(f, "It was not served from the pool: the connects were not pooled.");
	else if (v.reset_failures)
		finding_wrong(f, "It was not served from the pool: the reset of the first session "
				 "failed.");
	else if (v.doomed)
		finding_wrong(f,
			"It was not served from the pool: the first session came back unfit "
			"for reuse.");
	else if (v.dead_found)
		finding_wrong(f,
			"It was not served from the pool: the first connection was dead by "
			"then.");
	else
		finding_wrong(f, "It was not served from the pool: the two have different keys.");
}

static void describe_first(struct manager *m, usec_t took, struct findings *f)
{
	struct buffer dbms = BUFFER_EMPTY, reset = BUFFER_EMPTY;

	manager_get_dbms(m, &dbms);
	finding_fine(f, "The first connect logged in to %s in %.1f ms.", buffer_str(&dbms),
		(double)took / 1e3);
	if (manager_get_text(m, ODBCPOOL_ATTR_RESET_METHOD, &reset))
		finding_fine(f, "Between two users: %s.", buffer_str(&reset));
	buffer_done(&dbms);
	buffer_done(&reset);
}

static void judge_second(struct manager *m, usec_t took, struct findings *f)
{
	unsigned is_reused = 0, waited_ms = 0;
	struct counter_values v;

	if (!manager_get_number(m, ODBCPOOL_ATTR_REUSED, &is_reused)) {
		finding_wrong(f, "The second connect did not go through odbcpool.");
		return;
	}
	(void)manager_get_number(m, ODBCPOOL_ATTR_WAITED_MS, &waited_ms);
	if (!is_reused) {
		explain_miss(f);
		return;
	}
	finding_fine(f,
		"The second connect was served from the pool in %.2f ms, %u ms of it in line.",
		(double)took / 1e3, waited_ms);
	if (read_own(&v) && v.resets)
		finding_fine(f, "The session was reset in between.");
}

static void connect_twice(struct manager *m, const char *what, struct findings *f)
{
	usec_t took;

	if (!connect_once(m, what, "first", f, &took))
		return;
	describe_first(m, took, f);
	manager_use(m);
	if (!disconnect(m, f) || !connect_once(m, what, "second", f, &took))
		return;
	judge_second(m, took, f);
	(void)disconnect(m, f);
}

void trial_run(const char *what, struct findings *f)
{
	struct buffer why = BUFFER_EMPTY;
	struct manager *m = manager_open(&why);

	if (m)
		connect_twice(m, what, f);
	else
		finding_wrong(f, "%s", buffer_str(&why));
	manager_close(m);
	buffer_done(&why);
}
