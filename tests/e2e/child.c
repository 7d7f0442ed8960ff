/* SPDX-License-Identifier: MIT */
#include "child.h"

#include "odbcpool.h"
#include "support/run.h"

#include <string.h>
#include <sys/wait.h>
#include <time.h>

/* A child that hangs is ended by this. */
enum { CHILD_SECONDS = 30 };

void pause_ms(int ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

	nanosleep(&t, NULL);
}

pid_t child_fork(void)
{
	fflush(NULL);
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		alarm(CHILD_SECONDS);
	return pid;
}

void child_await(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "exit %d, signal %d",
		WEXITSTATUS(status), WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

void child_works(const char *source, const char *more, long not_this)
{
	struct client c = client_new(SQL_OV_ODBC3);
	long own = session_of(&c, source, more);

	child_assert(own != not_this);
	child_assert(session_of(&c, source, more) == own);
	client_done(&c);
}

void child_is_refused(SQLSMALLINT kind, SQLHANDLE h, SQLRETURN rc)
{
	SQLCHAR state[6] = "", message[512] = "";
	SQLINTEGER native = 0;
	SQLSMALLINT length;

	child_assert(rc == SQL_ERROR);
	SQLGetDiagRec(kind, h, 1, state, &native, message, sizeof(message), &length);
	child_assert(!strcmp((char *)state, "08003"));
	child_assert(native == ODBCPOOL_ERR_INHERITED);
	child_assert(strstr((char *)message, "forked") != NULL);
}
