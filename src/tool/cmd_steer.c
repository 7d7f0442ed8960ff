/* SPDX-License-Identifier: MIT */
/* odbcpool clear, pause, resume, disable and enable: command words to running processes. */
#include "tool/command.h"
#include "tool/say.h"
#include "tool/steering.h"

#include <stdlib.h>

enum { OPTION_PID, OPTION_POOL, OPTION_TIMEOUT, OPTIONS };

static const struct option_row options[OPTIONS] = {
	[OPTION_PID] = {"pid", "N", "one process only"},
	[OPTION_POOL] = {"pool", "NAME", "only pools of this name"},
	[OPTION_TIMEOUT] = {"timeout", "SECONDS",
		"how long to wait for the answer of a process (default: 5)"},
};

/* Seconds, 0.1 to a day. */
static bool parse_timeout(const char *text, usec_t *ret_timeout)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds >= 0.1 && seconds <= 86400))
		return false;
	*ret_timeout = (usec_t)(seconds * 1e6);
	return true;
}

static void show_outcome(const struct steered *t, const char *done)
{
	const struct process_snapshot *s = t->process;

	switch (t->result) {
	case COMMAND_OBEYED:
		printf("%d %s: %s, %u pool%s\n", (int)s->name.pid, s->program, done, t->affected,
			t->affected == 1 ? "" : "s");
		return;
	case COMMAND_PENDING:
		say_error("process %d (%s) has not answered yet: it was stopped, or hangs",
			(int)s->name.pid, s->program);
		say_next("It will obey when it goes on. --timeout waits for longer.");
		return;
	case COMMAND_BUSY:
		say_error("process %d (%s) is busy with another command", (int)s->name.pid,
			s->program);
		say_next("Try again.");
		return;
	case COMMAND_FAILED:
		/* It may have come to its end just now: then there is nothing to be done. */
		if (t->segment == SEGMENT_GONE || t->segment == SEGMENT_STALE) {
			printf("%d %s: has ended\n", (int)s->name.pid, s->program);
			return;
		}
		say_error("process %d (%s) cannot be told: its segment %s", (int)s->name.pid,
			s->program, segment_result_text(t->segment));
		return;
	}
}

static bool is_fine(const struct steered *t)
{
	return t->result == COMMAND_OBEYED ||
	       (t->result == COMMAND_FAILED &&
		       (t->segment == SEGMENT_GONE || t->segment == SEGMENT_STALE));
}

static enum verdict send(const struct report *r, const struct report_filter *filter,
	enum stats_verb verb, const char *doing, const char *done, usec_t timeout)
{
	struct steered *targets = calloc(r->count, sizeof(*targets));
	enum verdict verdict = VERDICT_FINE;

	if (!targets) {
		say_no_memory();
		return VERDICT_NO;
	}
	usec_t deadline = clock_now(&clock_real) + timeout;
	for (size_t i = 0; i < r->count; i++)
		targets[i] = (struct steered){.process = &r->processes[i],
			.filter = filter,
			.verb = verb,
			.deadline = deadline};
	printf("%s: asking %zu process%s ...\n", doing, r->count, r->count == 1 ? "" : "es");
	fflush(stdout);
	steering_send(targets, r->count);
	for (size_t i = 0; i < r->count; i++) {
		show_outcome(&targets[i], done);
		if (!is_fine(&targets[i]))
			verdict = VERDICT_NO;
	}
	free(targets);
	return verdict;
}

static enum verdict steer(
	const struct given *g, enum stats_verb verb, const char *doing, const char *done)
{
	struct report_filter filter;
	usec_t timeout = 5 * USEC_PER_SEC;
	struct report report;

	if (!report_read_filter(g->value[OPTION_POOL], g->value[OPTION_PID], &filter))
		return VERDICT_USAGE;
	if (g->value[OPTION_TIMEOUT] && !parse_timeout(g->value[OPTION_TIMEOUT], &timeout)) {
		say_error("--timeout=%s is no number of seconds from 0.1 to 86400",
			g->value[OPTION_TIMEOUT]);
		return VERDICT_USAGE;
	}
	if (!report_take(&filter, &report)) {
		say_no_memory();
		return VERDICT_NO;
	}
	enum verdict verdict = VERDICT_NO;
	if (report.count > 0) {
		verdict = send(&report, &filter, verb, doing, done, timeout);
	} else {
		say_error("no process of yours has such a pool now");
		say_next("`odbcpool status` shows which there are.");
	}
	report_done(&report);
	return verdict;
}

/* Without --pool a command concerns pools yet to come as well. */
#define STEER(name_, verb_, doing_, done_, summary_, help_)                                        \
	static enum verdict run_##name_(const struct given *g)                                     \
	{                                                                                          \
		return steer(g, verb_, doing_, done_);                                             \
	}                                                                                          \
	const struct command command_##name_ = {                                                   \
		.name = #name_,                                                                    \
		.arguments = "",                                                                   \
		.summary = summary_,                                                               \
		.help = help_ "Without options: all pools of all your processes. It waits until "  \
			      "they have\nobeyed, which takes up to a second, and says what came " \
			      "of it.\n",                                                          \
		.options = options,                                                                \
		.option_count = OPTIONS,                                                           \
		.run = run_##name_,                                                                \
	};

STEER(clear, STATS_CLEAR, "clear", "cleared", "Give up the connections of pools",
	"Idle connections are closed, those in use when they come back. After a failover, a "
	"change\n"
	"of rights or of a password.\n")
STEER(pause, STATS_PAUSE, "pause", "paused", "Have connects wait",
	"Connects wait, each within its own time-out, until `odbcpool resume`. Connections in use\n"
	"stay with their users.\n")
STEER(resume, STATS_RESUME, "resume", "resumed", "Let waiting connects go on",
	"What `odbcpool pause` began comes to its end.\n")
STEER(disable, STATS_DISABLE, "disable", "disabled", "Switch pooling off",
	"Each connect logs in for itself, as with Pooling = No, until `odbcpool enable`. Idle\n"
	"connections are closed, those in use when they come back.\n")
STEER(enable, STATS_ENABLE, "enable", "enabled", "Switch pooling on again",
	"What `odbcpool disable` began comes to its end.\n")
