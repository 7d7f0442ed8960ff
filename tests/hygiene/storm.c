/* SPDX-License-Identifier: MIT */
/*
 * usage: storm SECONDS THREADS STRING [CONTROL]
 *
 * Threads that borrow sessions of SQL Server from one pool, look whether they are as fresh, make a
 * mess of them and give them back, while the server of tests/tdsd, told through its control socket,
 * kills, drops, refuses and delays. A connect or a statement may fail then; what must not happen is
 * a session that is not fresh, an SQLDisconnect that fails, a crash, or a thread that hangs.
 * Without CONTROL the sea is calm, and no connect may fail either.
 *
 * Ends with a line "N passed, N failed".
 */
#include "hygiene/app.h"
#include "hygiene/report.h"

#include "base/compiler.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 500, LATE_MAX = 60 };

static const char *string;
static char fresh[400];
static time_t ends_at;
static atomic_uint connects, refusals, lost, stale, undisconnected, running;
static pthread_mutex_t first_lock = PTHREAD_MUTEX_INITIALIZER;
static char first_stale[900], first_refusal[900];

/* What a fresh session answers, in one round trip. */
static const char look[] =
	"select db_name() + '|' + user_name() + '|' + @@language + '|' + "
	"cast(@@trancount as varchar(9)) + '|' + cast(@@lock_timeout as varchar(9)) + '|' + "
	"cast(@@datefirst as varchar(9)) + '|' + cast(@@options as varchar(9)) + '|' + "
	"isnull(cast(object_id('tempdb..#hygiene') as varchar(9)), '')";

/* Each leaves something behind, and some the driver in the middle of something. */
static const char *const messes[] = {
	"use hygiene_db",
	"begin tran insert into hygiene_t values (77)",
	"set lock_timeout 4711",
	"set datefirst 3 set nocount on",
	"create table #hygiene (id int)",
	"set implicit_transactions on select id from hygiene_t",
	"set language French",
	"exec sp_getapplock 'hygiene', 'Shared', 'Session', 0",
	"exec sp_setapprole 'hygiene_role', 'secret'",
	"set transaction isolation level serializable",
	"select 1/0",
	"select 1",
	"select 1",
	"select 1",
};

static void note_first(char *to, size_t size, const char *text)
{
	pthread_mutex_lock(&first_lock);
	if (!*to)
		snprintf(to, size, "%s", text);
	pthread_mutex_unlock(&first_lock);
}

static void make_mess(struct app *a, unsigned *seed)
{
	SQLHSTMT h;

	switch (rand_r(seed) % 6) {
	case 0:
		app_set(a, SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
		app_run(a, "insert into hygiene_t values (77)");
		break;
	case 1: /* read by half */
		h = app_statement(a);
		if (h && SQL_SUCCEEDED(app_execute(a, h, "select id from hygiene_many")))
			SQLFetch(h);
		break;
	default:
		app_run(a, messes[(size_t)rand_r(seed) % array_size(messes)]);
	}
}

static void use_once(unsigned *seed)
{
	char now[sizeof(fresh)] = "";
	struct app a;

	app_init(&a, string, rand_r(seed) % 2);
	if (!app_connect(&a)) {
		refusals++;
		note_first(first_refusal, sizeof(first_refusal), a.problem);
		app_done(&a);
		usleep(10000);
		return;
	}
	connects++;
	app_ask(&a, look, now, sizeof(now));
	if (strncmp(now, "error", 5) == 0) {
		lost++;
	} else if (strcmp(now, fresh) != 0) {
		stale++;
		note_first(first_stale, sizeof(first_stale), now);
	} else {
		make_mess(&a, seed);
	}
	if (!app_disconnect(&a))
		undisconnected++;
	app_done(&a);
}

static void *use(void *arg)
{
	unsigned seed = *(unsigned *)arg;

	while (time(NULL) < ends_at)
		use_once(&seed);
	running--;
	return NULL;
}

static int open_control(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ? fd : -1;
}

/* The answer is not looked at: a session that is to be killed may have ended by itself. */
static void tell(int control, const char *command)
{
	char answer[65536];
	size_t len = strlen(command);

	if (write(control, command, len) != (ssize_t)len || write(control, "\n", 1) != 1)
		return;
	while (read(control, answer, sizeof(answer)) == (ssize_t)sizeof(answer))
		;
}

/* Sessions are numbered from 51 on; as many as the pool may have, and some. */
static void rage(int control, unsigned *seed)
{
	static const char *const faults[] = {"kill %d", "drop %d", "reset %d", "kill %d", "drop %d",
		"refuse 18456 2", "refuse 40613 3", "delay-login 50", "delay-login 0",
		"delay-statement 5", "delay-statement 0", "kill all", "drop all",
		"fail-reset 18056", "fail 1205 3", "stall %d", "resume"};
	char command[64];
	const char *fault = faults[(size_t)rand_r(seed) % array_size(faults)];

	if (strstr(fault, "%d"))
		snprintf(command, sizeof(command), "%.*s %d", (int)strcspn(fault, " "), fault,
			51 + rand_r(seed) % 25);
	else
		snprintf(command, sizeof(command), "%s", fault);
	tell(control, command);
}

static void calm(int control)
{
	static const char *const orders[] = {
		"resume", "accept", "delay-login 0", "delay-statement 0"};

	for (size_t i = 0; i < array_size(orders); i++)
		tell(control, orders[i]);
}

/* Everybody has ended; LATE_MAX seconds after the end nobody is waited for. */
static bool all_end(void)
{
	while (running > 0 && time(NULL) < ends_at + LATE_MAX)
		usleep(50000);
	return running == 0;
}

static bool ask_fresh(void)
{
	struct app a;

	app_init(&a, string, false);
	bool ok = app_connect(&a);
	if (ok) {
		app_ask(&a, look, fresh, sizeof(fresh));
		app_disconnect(&a);
	}
	app_done(&a);
	return ok && strncmp(fresh, "error", 5) != 0;
}

/* When all is over the pool must be as good as new: every thread's connect succeeds. */
static bool works_again(void)
{
	for (int i = 0; i < 50; i++) {
		struct app a;
		char now[sizeof(fresh)] = "";
		app_init(&a, string, false);
		bool ok = app_connect(&a);
		if (ok) {
			app_ask(&a, look, now, sizeof(now));
			app_disconnect(&a);
		}
		app_done(&a);
		if (!ok || strcmp(now, fresh) != 0)
			return false;
	}
	return true;
}

static unsigned start_all(unsigned count)
{
	static unsigned seeds[THREADS_MAX];

	for (unsigned i = 0; i < count; i++) {
		pthread_t t;
		seeds[i] = i;
		running++;
		if (pthread_create(&t, NULL, use, &seeds[i]) != 0)
			running--;
		else
			pthread_detach(t);
	}
	return running;
}

static void report_all(unsigned threads, bool is_calm)
{
	bool have_ended = all_end();

	report_check(have_ended, "every thread ends (%u of %u do not)", (unsigned)running, threads);
	report_check(stale == 0, "no session is other than fresh (%u of %u are: %s, not %s)",
		(unsigned)stale, (unsigned)connects, first_stale, fresh);
	report_check(undisconnected == 0, "every SQLDisconnect succeeds (%u do not)",
		(unsigned)undisconnected);
	report_check(connects > threads && (!is_calm || refusals == 0),
		"connections are to be had (%u; %u refused: %s)", (unsigned)connects,
		(unsigned)refusals, first_refusal);
	report_check(lost * 2 < connects && (!is_calm || lost == 0),
		"few are lost under their user (%u of %u)", (unsigned)lost, (unsigned)connects);
	report_check(works_again(), "when it is over all is well");
}

int main(int argc, char **argv)
{
	unsigned seed = 4711;

	if (argc < 4)
		return 2;
	unsigned threads = (unsigned)strtoul(argv[2], NULL, 10);
	bool is_calm = argc < 5;
	int control = is_calm ? -1 : open_control(argv[4]);
	string = argv[3];
	if ((control < 0 && !is_calm) || threads > THREADS_MAX || !ask_fresh()) {
		printf("FAILED: no server to begin with\n");
		return 1;
	}
	ends_at = time(NULL) + (time_t)strtoul(argv[1], NULL, 10);
	threads = start_all(threads);
	while (time(NULL) < ends_at) {
		if (!is_calm)
			rage(control, &seed);
		usleep(50000);
	}
	if (!is_calm)
		calm(control);
	report_all(threads, is_calm);
	return report_end();
}
