/* SPDX-License-Identifier: MIT */
/*
 * usage: crowd PROCESSES POOLS
 *
 * Processes with segments that look as if they pooled, so that the tool has something to read:
 * prints "ready", obeys commands, and ends when its standard input ends, without clearing up.
 */
#include "stats/segment.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

static void fill(struct segment *s, int process, int number)
{
	struct slot_about about = {
		.driver = "/usr/lib/odbc/psqlodbcw.so",
		.server = "db1:5432",
		.key = {(uint64_t)process, (uint64_t)number},
		.settings = {.max_pool_size = 100},
	};
	char name[32];

	snprintf(name, sizeof(name), "crowd%d", number);
	about.name = name;
	struct tally *t = segment_claim(s, &about);
	if (!t)
		exit(1);
	tally_begin(t);
	counter_add(&t->counters.soft_connects, 100);
	counter_add(&t->counters.hard_connects, 5);
	counter_add(&t->counters.misses, 5);
	atomic_store(&t->gauges.active_connections, 2);
	atomic_store(&t->gauges.free_connections, 3);
	histogram_add(&t->histograms.open, 8000);
	tally_end(t);
	segment_note_dbms(s, t, "PostgreSQL");
}

/* The state that a command asks for, of the whole process only. */
static void obey(struct segment *s, uint32_t *state)
{
	struct command c;

	if (!segment_has_command(s) || !segment_take_command(s, &c))
		return;
	if (c.verb == STATS_PAUSE)
		*state |= TALLY_PAUSED;
	else if (c.verb == STATS_RESUME)
		*state &= ~(uint32_t)TALLY_PAUSED;
	segment_set_state(s, *state);
	segment_acknowledge(s, &c, 1);
}

static void live(int process, int pools, int ready, int end)
{
	static struct segment s;
	struct pollfd until = {.fd = end, .events = POLLIN};
	uint32_t state = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!segment_init(&s, PACKAGE_VERSION))
		exit(1);
	for (int i = 0; i < pools; i++)
		fill(&s, process, i);
	if (write(ready, "x", 1) != 1)
		exit(1);
	while (poll(&until, 1, 100) == 0)
		obey(&s, &state);
	_exit(0);
}

int main(int argc, char **argv)
{
	int processes = argc > 2 ? atoi(argv[1]) : 1, pools = argc > 2 ? atoi(argv[2]) : 1;
	int ready[2], end[2];
	char c;

	if (pipe(ready) != 0 || pipe(end) != 0)
		return 1;
	for (int i = 0; i < processes; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			close(end[1]);
			live(i, pools, ready[1], end[0]);
		}
		if (pid < 0)
			return 1;
	}
	for (int i = 0; i < processes; i++)
		if (read(ready[0], &c, 1) != 1)
			return 1;
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	close(end[1]);
	while (wait(NULL) > 0)
		;
	return 0;
}
