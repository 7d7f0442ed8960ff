/* SPDX-License-Identifier: MIT */
/* odbcpool top: the pools, live. */
#include "tool/command.h"
#include "tool/report.h"
#include "tool/say.h"
#include "tool/screen.h"

#include <stdlib.h>
#include <unistd.h>

enum { OPTION_INTERVAL, OPTION_PID, OPTION_POOL, OPTIONS };

static const struct option_row options[OPTIONS] = {
	[OPTION_INTERVAL] = {"interval", "SECONDS", "how often to look (default: 1)"},
	[OPTION_PID] = {"pid", "N", "of one process only"},
	[OPTION_POOL] = {"pool", "NAME", "only pools of this name"},
};

static enum verdict run(const struct given *g)
{
	struct report_filter filter;
	double interval = 1;

	if (!report_read_filter(g->value[OPTION_POOL], g->value[OPTION_PID], &filter))
		return VERDICT_USAGE;
	if (g->value[OPTION_INTERVAL]) {
		char *end;
		interval = strtod(g->value[OPTION_INTERVAL], &end);
		if (*end || !(interval >= 0.1 && interval <= 3600)) {
			say_error("--interval=%s is no number of seconds from 0.1 to 3600",
				g->value[OPTION_INTERVAL]);
			return VERDICT_USAGE;
		}
	}
#ifdef HAVE_CURSES
	if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO)) {
		say_error("top needs a terminal");
		say_next("`odbcpool status` writes a table anywhere.");
		return VERDICT_NO;
	}
	return screen_run(&filter, (unsigned)(interval * 1000)) ? VERDICT_FINE : VERDICT_NO;
#else
	say_error("this odbcpool was built without ncurses");
	say_next("`watch odbcpool status` is nearly as good.");
	return VERDICT_NO;
#endif
}

const struct command command_top = {
	.name = "top",
	.arguments = "",
	.summary = "Watch the pools, live",
	.help = "CONN/s are connects, MISS/s those that had to log in; WAITS draws how many had to "
		"stand\n"
		"in line, a column a look. Enter shows a pool with those who hold its connections "
		"for\n"
		"longest, s sorts (by waits, connects, active, name), / filters, q quits.\n",
	.options = options,
	.option_count = OPTIONS,
	.run = run,
};
