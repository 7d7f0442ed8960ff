/* SPDX-License-Identifier: MIT */
/*
 * usage: branch STRING
 *
 * An application of the XA switch that does what it reads: each line is one branch, with the
 * statements in it between bars ("update ...|update ..."), from xa_start to xa_commit, with one
 * connect of STRING in it. It answers each with "ok" or "failed" and why.
 */
#include "hygiene/app.h"

#include "odbcpool_xa.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct xa_switch_t *const xa = &odbcpool_xa_switch;

static bool work(const char *string, char *statements, char *why, size_t size)
{
	struct app a;
	char *rest = statements, *sql;

	app_init(&a, string, false);
	bool is_connected = app_connect(&a), ok = is_connected;
	while (ok && (sql = strsep(&rest, "|")))
		ok = app_run(&a, sql);
	if (!ok)
		snprintf(why, size, "%s", a.problem);
	if (is_connected)
		app_disconnect(&a);
	app_done(&a);
	return ok;
}

static bool end(XID *xid, bool is_commit)
{
	if (xa->xa_end_entry(xid, 0, TMSUCCESS) != XA_OK)
		return false;
	if (!is_commit)
		return xa->xa_rollback_entry(xid, 0, TMNOFLAGS) == XA_OK;
	return xa->xa_prepare_entry(xid, 0, TMNOFLAGS) == XA_OK &&
	       xa->xa_commit_entry(xid, 0, TMNOFLAGS) == XA_OK;
}

static void obey(const char *string, char *statements)
{
	static unsigned number;
	XID xid = {.formatID = 1, .gtrid_length = 16, .bqual_length = 1};
	char why[512] = "";

	snprintf(xid.data, sizeof(xid.data), "%08x%08x1", (unsigned)getpid(), ++number);
	bool ok = xa->xa_start_entry(&xid, 0, TMNOFLAGS) == XA_OK;
	if (ok) {
		bool has_worked = work(string, statements, why, sizeof(why));
		ok = end(&xid, has_worked) && has_worked;
	}
	if (!ok && !why[0])
		odbcpool_xa_error(why, sizeof(why));
	why[strcspn(why, "\n")] = '\0';
	printf(ok ? "ok\n" : "failed %s\n", why);
}

int main(int argc, char **argv)
{
	static char line[4096];

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 2 || xa->xa_open_entry(argv[1], 0, TMNOFLAGS) != XA_OK) {
		fprintf(stderr, "usage: branch STRING, of a database that can prepare\n");
		return 2;
	}
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		obey(argv[1], line);
	}
	return xa->xa_close_entry("", 0, TMNOFLAGS) == XA_OK ? 0 : 1;
}
