/* SPDX-License-Identifier: MIT */
/*
 * usage: borrower
 *
 * An application that does what it reads, one command a line, and answers each with one line:
 *
 *   borrow N STRING   connect N handles and run a first statement on each, in this thread:
 *                     "ok N", or "failed" with how many connects and statements failed and why;
 *                     then "ms=" the slowest connect, "sessions=" what the server calls them
 *   begin STRING      connect in a thread of its own
 *   end               "ok" or "failed" of that thread, "ms=" and "sessions=" likewise
 *   return            disconnect all that borrow connected
 *   ask SQL           the answer on the first of them
 *   run SQL           "ok" or "failed", on the first of them
 *   set N VALUE       an attribute of the first of them
 *   reused            "yes" or "no": was the physical connection of the first of them used before?
 */
#include "hygiene/app.h"

#include "base/compiler.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BORROWED_MAX = 100 };

static struct app borrowed[BORROWED_MAX];
static char strings[2][4096];
static int borrowed_count;

struct attempt {
	struct app app;
	pthread_t thread;
	bool is_connected;
	long ms;
};

static struct attempt aside;

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void borrow(int count, const char *string)
{
	int unconnected = 0, failed = 0;
	long slowest = 0;
	char sessions[16 * BORROWED_MAX] = "", why[600] = "";

	snprintf(strings[0], sizeof(strings[0]), "%s", string);
	for (int i = 0; i < count && i < BORROWED_MAX; i++) {
		struct app *a = &borrowed[borrowed_count];
		long since = now_ms();
		app_init(a, strings[0], false);
		bool is_connected = app_connect(a);
		if (now_ms() - since > slowest)
			slowest = now_ms() - since;
		if (!is_connected) {
			unconnected++;
			snprintf(why, sizeof(why), "%s", a->problem);
			app_done(a);
			continue;
		}
		borrowed_count++;
		if (!app_run(a, "select 17231")) {
			failed++;
			snprintf(why, sizeof(why), "%s", a->problem);
			continue;
		}
		size_t len = strlen(sessions);
		snprintf(sessions + len, sizeof(sessions) - len, "%s%ld", len ? "," : "",
			app_session(a));
	}
	why[strcspn(why, "\n")] = '\0';
	if (unconnected || failed)
		printf("failed connects=%d statements=%d ms=%ld sessions=%s %s\n", unconnected,
			failed, slowest, sessions, why);
	else
		printf("ok %d ms=%ld sessions=%s\n", count, slowest, sessions);
}

static void give_all_back(void)
{
	int failed = 0;

	for (int i = 0; i < borrowed_count; i++) {
		failed += !app_disconnect(&borrowed[i]);
		app_done(&borrowed[i]);
	}
	printf(failed ? "failed disconnects=%d\n" : "ok\n", failed);
	borrowed_count = 0;
}

static void *connect_aside(void *arg)
{
	struct attempt *a = arg;
	long since = now_ms();

	a->is_connected = app_connect(&a->app);
	a->ms = now_ms() - since;
	return NULL;
}

static void begin(const char *string)
{
	snprintf(strings[1], sizeof(strings[1]), "%s", string);
	app_init(&aside.app, strings[1], false);
	puts(pthread_create(&aside.thread, NULL, connect_aside, &aside) == 0 ? "ok" : "failed");
}

static void end(void)
{
	pthread_join(aside.thread, NULL);
	aside.app.problem[strcspn(aside.app.problem, "\n")] = '\0';
	printf("%s ms=%ld %s\n", aside.is_connected ? "ok" : "failed", aside.ms, aside.app.problem);
	if (aside.is_connected)
		app_disconnect(&aside.app);
	app_done(&aside.app);
}

static void obey(char *line)
{
	char text[4096];
	long number, value;
	int at = 0;

	if (sscanf(line, "borrow %ld %n", &number, &at) == 1 && at) {
		borrow((int)number, line + at);
	} else if (strcmp(line, "return") == 0) {
		give_all_back();
	} else if (strncmp(line, "begin ", 6) == 0) {
		begin(line + 6);
	} else if (strcmp(line, "end") == 0) {
		end();
	} else if (strncmp(line, "ask ", 4) == 0) {
		app_ask(&borrowed[0], line + 4, text, sizeof(text));
		puts(text);
	} else if (strncmp(line, "run ", 4) == 0) {
		puts(app_run(&borrowed[0], line + 4) ? "ok" : borrowed[0].problem);
	} else if (sscanf(line, "set %ld %ld", &number, &value) == 2) {
		puts(app_set(&borrowed[0], (SQLINTEGER)number, (SQLULEN)value)
				? "ok"
				: borrowed[0].problem);
	} else if (strcmp(line, "reused") == 0) {
		puts(app_is_reused(&borrowed[0]) ? "yes" : "no");
	} else {
		puts("unknown");
	}
}

int main(void)
{
	static char line[4096];

	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		obey(line);
	}
	return 0;
}
