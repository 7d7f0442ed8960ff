/* SPDX-License-Identifier: MIT */
/*
 * make bench: what odbcpool costs and what it saves, one line a figure: name, value, unit.
 *
 *	bench figures INIS LIBRARIES NULLDRIVERS DATABASE...	measure and print
 *	bench two-phases INIS LIBRARIES NULLDRIVERS DATABASE...	those of two-phase commit, likewise
 *	bench fit						is this build fit to be measured?
 *	bench WORK ARGUMENT...					one side of it (side.h)
 *
 * INIS is the folder that run.sh fills: bare (the real drivers), pooled (through odbcpool) and
 * own-pool (through unixODBC's pool), each with an odbcinst.ini and an odbc.ini.
 *
 * All sides take turns, so that a machine that is busy for a while is so for all of them. Two-phase
 * commit is measured apart, because run.sh puts everything on one processor for it: what a few
 *round trips take depends above all on whether client and server share one, and there the ratios
 *are those of the work that is done.
 */
#include "bench/side.h"
#include "base/compiler.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 40

enum side_id {
	REFERENCE,
	DM_FLOOR,
	DM_PLAIN_FLOOR,
	DM_HIT,
	DM_UNIXODBC_POOL,
	DIRECT_HIT,
	FETCH_BARE,
	FETCH_FORWARDED,
	SQLITE_BARE,
	SQLITE_POOLED,
	PG_BARE,
	PG_POOLED,
	MARIADB_BARE,
	MARIADB_POOLED,
	PG_2PC_HELD,
	PG_2PC_SQL,
	PG_2PC_SWITCH,
	PG_2PC_SQL_RESET,
	PG_2PC_SWITCH_RESET,
	MARIADB_2PC_HELD,
	MARIADB_2PC_SQL,
	MARIADB_2PC_SWITCH,
	MARIADB_2PC_SWITCH_RESET,
	FIRST_2PC = PG_2PC_HELD,
	LAST_2PC = MARIADB_2PC_SWITCH_RESET,
	PG_CYCLE_BARE,
	PG_CYCLE,
	PG_NO_RESET,
	PG_PAUSE_NONE,
	PG_PAUSE_BACKGROUND,
	PG_PAUSE_RETURN,
	PG_PAUSE_BORROW,
	MARIADB_CYCLE_BARE,
	MARIADB_CYCLE,
	MARIADB_NO_RESET,
	MARIADB_PAUSE_NONE,
	MARIADB_PAUSE_BACKGROUND,
	MARIADB_PAUSE_RETURN,
	MARIADB_PAUSE_BORROW,
	TDS_BARE,
	TDS_CYCLE_BARE,
	TDS_CYCLE,
	SIDES,
};

/* That the session must be reset after; and the time that a reset in the background is given. */
#define QUERY "select 1"
#define PAUSE "2"

/*
 * Two phases with and without what the pool does between two users, which is not the switch's. With
 * it one session is at hand while another is being reset. (MariaDB cannot be compared then: a
 * session in which the application itself has said XA is closed, not reset.)
 */
#define NO_RESET ";ConnectionReset=No"
#define RESET ";MinPoolSize=2"

enum formula { MEDIAN, RATIO, DIFFERENCE };

/* FreeTDS reads no user in a data source's section. */
#define TDS_STRING "DSN=sqlserver;UID=pooltest;PWD=pool-Test.7"

/* One argument may begin with a letter for a folder: %L the libraries', %N the null drivers'. */
static const struct {
	const char *folder;   /* below INIS; NULL: none is needed */
	const char *database; /* NULL: always there */
	const char *arguments[4];
	unsigned samples; /* a round */
} plans[SIDES] = {
	[REFERENCE] = {NULL, NULL, {"reference"}, 10},
	[DM_FLOOR] = {"bare", NULL, {"connect", "DSN=null"}, 50},
	[DM_PLAIN_FLOOR] = {"bare", NULL, {"connect", "DSN=null-plain"}, 50},
	[DM_HIT] = {"pooled", NULL, {"connect", "DSN=null"}, 50},
	[DM_UNIXODBC_POOL] = {"own-pool", NULL, {"connect", "DSN=null"}, 50},
	[DIRECT_HIT] = {"pooled", NULL, {"direct", "%L/libodbcpool.so", "DSN=null"}, 10},
	[FETCH_BARE] = {"bare", NULL, {"fetch", "%N/nulldrv.so", "DSN=null"}, 10},
	[FETCH_FORWARDED] = {"pooled", NULL, {"fetch", "%L/libodbcpool.so", "DSN=null"}, 10},
	[SQLITE_BARE] = {"bare", "sqlite", {"connect", "DSN=sqlite"}, 20},
	[SQLITE_POOLED] = {"pooled", "sqlite", {"connect", "DSN=sqlite"}, 20},
	[PG_BARE] = {"bare", "postgresql", {"connect", "DSN=postgresql"}, 5},
	[PG_POOLED] = {"pooled", "postgresql", {"connect", "DSN=postgresql"}, 20},
	[MARIADB_BARE] = {"bare", "mariadb", {"connect", "DSN=mariadb"}, 10},
	[MARIADB_POOLED] = {"pooled", "mariadb", {"connect", "DSN=mariadb"}, 20},
	[PG_2PC_HELD] = {"bare", "postgresql", {"2pc-held", "postgresql", ""}, 20},
	[PG_2PC_SQL] = {"pooled", "postgresql", {"2pc-sql", "postgresql", NO_RESET}, 20},
	[PG_2PC_SWITCH] = {"pooled", "postgresql", {"2pc-switch", "postgresql", NO_RESET}, 20},
	[PG_2PC_SQL_RESET] = {"pooled", "postgresql", {"2pc-sql", "postgresql", RESET}, 20},
	[PG_2PC_SWITCH_RESET] = {"pooled", "postgresql", {"2pc-switch", "postgresql", RESET}, 20},
	[MARIADB_2PC_HELD] = {"bare", "mariadb", {"2pc-held", "mariadb", ""}, 20},
	[MARIADB_2PC_SQL] = {"pooled", "mariadb", {"2pc-sql", "mariadb", NO_RESET}, 20},
	[MARIADB_2PC_SWITCH] = {"pooled", "mariadb", {"2pc-switch", "mariadb", NO_RESET}, 20},
	[MARIADB_2PC_SWITCH_RESET] = {"pooled", "mariadb", {"2pc-switch", "mariadb", RESET}, 20},
	[PG_CYCLE_BARE] = {"bare", "postgresql", {"cycle", "DSN=postgresql", QUERY, "0"}, 5},
	[PG_CYCLE] = {"pooled", "postgresql", {"cycle", "DSN=postgresql", QUERY, "0"}, 20},
	[PG_NO_RESET] = {"pooled", "postgresql",
		{"cycle", "DSN=postgresql;ConnectionReset=No", QUERY, "0"}, 20},
	[PG_PAUSE_NONE] = {"pooled", "postgresql",
		{"cycle", "DSN=postgresql;ConnectionReset=No", QUERY, PAUSE}, 5},
	[PG_PAUSE_BACKGROUND] = {"pooled", "postgresql",
		{"cycle", "DSN=postgresql;ResetMode=Background", QUERY, PAUSE}, 5},
	[PG_PAUSE_RETURN] = {"pooled", "postgresql",
		{"cycle", "DSN=postgresql;ResetMode=Return", QUERY, PAUSE}, 5},
	[PG_PAUSE_BORROW] = {"pooled", "postgresql",
		{"cycle", "DSN=postgresql;ResetMode=Borrow", QUERY, PAUSE}, 5},
	[MARIADB_CYCLE_BARE] = {"bare", "mariadb", {"cycle", "DSN=mariadb", QUERY, "0"}, 5},
	[MARIADB_CYCLE] = {"pooled", "mariadb", {"cycle", "DSN=mariadb", QUERY, "0"}, 20},
	[MARIADB_NO_RESET] = {"pooled", "mariadb",
		{"cycle", "DSN=mariadb;ConnectionReset=No", QUERY, "0"}, 20},
	[MARIADB_PAUSE_NONE] = {"pooled", "mariadb",
		{"cycle", "DSN=mariadb;ConnectionReset=No", QUERY, PAUSE}, 5},
	[MARIADB_PAUSE_BACKGROUND] = {"pooled", "mariadb",
		{"cycle", "DSN=mariadb;ResetMode=Background", QUERY, PAUSE}, 5},
	[MARIADB_PAUSE_RETURN] = {"pooled", "mariadb",
		{"cycle", "DSN=mariadb;ResetMode=Return", QUERY, PAUSE}, 5},
	[MARIADB_PAUSE_BORROW] = {"pooled", "mariadb",
		{"cycle", "DSN=mariadb;ResetMode=Borrow", QUERY, PAUSE}, 5},
	[TDS_BARE] = {"bare", "sqlserver", {"connect", TDS_STRING}, 5},
	[TDS_CYCLE_BARE] = {"bare", "sqlserver", {"cycle", TDS_STRING, QUERY, "0"}, 5},
	[TDS_CYCLE] = {"pooled", "sqlserver", {"cycle", TDS_STRING, QUERY, "0"}, 20},
};

static const struct {
	const char *name, *unit;
	double scale; /* of the unit in ns; 1 for ratios */
	enum formula formula;
	enum side_id of, to;
} figures[] = {
	{"reference_loop_ns", "ns", 1, MEDIAN, REFERENCE, 0},
	{"dm_floor_us", "us", 1e3, MEDIAN, DM_FLOOR, 0},
	{"dm_plain_floor_us", "us", 1e3, MEDIAN, DM_PLAIN_FLOOR, 0},
	{"dm_hit_us", "us", 1e3, MEDIAN, DM_HIT, 0},
	{"dm_hit_over_floor", "ratio", 1, RATIO, DM_HIT, DM_FLOOR},
	{"dm_unixodbc_pool_us", "us", 1e3, MEDIAN, DM_UNIXODBC_POOL, 0},
	{"direct_hit_ns", "ns", 1, MEDIAN, DIRECT_HIT, 0},
	{"forward_ns", "ns", 1, DIFFERENCE, FETCH_FORWARDED, FETCH_BARE},
	{"sqlite_connect_us", "us", 1e3, MEDIAN, SQLITE_BARE, 0},
	{"sqlite_hit_us", "us", 1e3, MEDIAN, SQLITE_POOLED, 0},
	{"sqlite_speedup", "ratio", 1, RATIO, SQLITE_BARE, SQLITE_POOLED},
	{"pg_connect_us", "us", 1e3, MEDIAN, PG_BARE, 0},
	{"pg_hit_us", "us", 1e3, MEDIAN, PG_POOLED, 0},
	{"pg_speedup", "ratio", 1, RATIO, PG_BARE, PG_POOLED},
	{"mariadb_connect_us", "us", 1e3, MEDIAN, MARIADB_BARE, 0},
	{"mariadb_hit_us", "us", 1e3, MEDIAN, MARIADB_POOLED, 0},
	{"mariadb_speedup", "ratio", 1, RATIO, MARIADB_BARE, MARIADB_POOLED},
	{"pg_held_sql_2pc_us", "us", 1e3, MEDIAN, PG_2PC_HELD, 0},
	{"pg_sql_2pc_us", "us", 1e3, MEDIAN, PG_2PC_SQL, 0},
	{"pg_xa_2pc_us", "us", 1e3, MEDIAN, PG_2PC_SWITCH, 0},
	{"pg_xa_2pc_over_sql", "ratio", 1, RATIO, PG_2PC_SWITCH, PG_2PC_SQL},
	{"pg_xa_2pc_over_held_sql", "ratio", 1, RATIO, PG_2PC_SWITCH, PG_2PC_HELD},
	{"pg_reset_sql_2pc_us", "us", 1e3, MEDIAN, PG_2PC_SQL_RESET, 0},
	{"pg_reset_xa_2pc_us", "us", 1e3, MEDIAN, PG_2PC_SWITCH_RESET, 0},
	{"pg_reset_xa_2pc_over_sql", "ratio", 1, RATIO, PG_2PC_SWITCH_RESET, PG_2PC_SQL_RESET},
	{"mariadb_held_sql_2pc_us", "us", 1e3, MEDIAN, MARIADB_2PC_HELD, 0},
	{"mariadb_sql_2pc_us", "us", 1e3, MEDIAN, MARIADB_2PC_SQL, 0},
	{"mariadb_xa_2pc_us", "us", 1e3, MEDIAN, MARIADB_2PC_SWITCH, 0},
	{"mariadb_xa_2pc_over_sql", "ratio", 1, RATIO, MARIADB_2PC_SWITCH, MARIADB_2PC_SQL},
	{"mariadb_xa_2pc_over_held_sql", "ratio", 1, RATIO, MARIADB_2PC_SWITCH, MARIADB_2PC_HELD},
	{"mariadb_reset_xa_2pc_us", "us", 1e3, MEDIAN, MARIADB_2PC_SWITCH_RESET, 0},
	{"pg_cycle_us", "us", 1e3, MEDIAN, PG_CYCLE_BARE, 0},
	{"pg_hit_reset_us", "us", 1e3, MEDIAN, PG_CYCLE, 0},
	{"pg_hit_no_reset_us", "us", 1e3, MEDIAN, PG_NO_RESET, 0},
	{"pg_reset_speedup", "ratio", 1, RATIO, PG_CYCLE_BARE, PG_CYCLE},
	{"pg_reset_visible_background_us", "us", 1e3, DIFFERENCE, PG_PAUSE_BACKGROUND,
		PG_PAUSE_NONE},
	{"pg_reset_visible_return_us", "us", 1e3, DIFFERENCE, PG_PAUSE_RETURN, PG_PAUSE_NONE},
	{"pg_reset_visible_borrow_us", "us", 1e3, DIFFERENCE, PG_PAUSE_BORROW, PG_PAUSE_NONE},
	{"mariadb_cycle_us", "us", 1e3, MEDIAN, MARIADB_CYCLE_BARE, 0},
	{"mariadb_hit_reset_us", "us", 1e3, MEDIAN, MARIADB_CYCLE, 0},
	{"mariadb_hit_no_reset_us", "us", 1e3, MEDIAN, MARIADB_NO_RESET, 0},
	{"mariadb_reset_speedup", "ratio", 1, RATIO, MARIADB_CYCLE_BARE, MARIADB_CYCLE},
	{"mariadb_reset_visible_background_us", "us", 1e3, DIFFERENCE, MARIADB_PAUSE_BACKGROUND,
		MARIADB_PAUSE_NONE},
	{"mariadb_reset_visible_return_us", "us", 1e3, DIFFERENCE, MARIADB_PAUSE_RETURN,
		MARIADB_PAUSE_NONE},
	{"mariadb_reset_visible_borrow_us", "us", 1e3, DIFFERENCE, MARIADB_PAUSE_BORROW,
		MARIADB_PAUSE_NONE},
	{"tds_connect_us", "us", 1e3, MEDIAN, TDS_BARE, 0},
	{"tds_hit_reset_us", "us", 1e3, MEDIAN, TDS_CYCLE, 0},
	{"tds_speedup", "ratio", 1, RATIO, TDS_CYCLE_BARE, TDS_CYCLE},
};

static const struct work *const works[] = {&work_connect, &work_cycle, &work_direct, &work_fetch,
	&work_reference, &work_2pc_held, &work_2pc_sql, &work_2pc_switch};

struct run {
	bool is_of_two_phases;
	const char *inis, *libraries, *null_drivers;
	char **databases;
	struct side sides[SIDES];
	struct samples samples[SIDES]; /* in the order of the rounds until a median is taken */
	bool is_wanted[SIDES], has_failed[SIDES];
};

static bool is_wanted(const struct run *r, enum side_id id)
{
	if ((id >= FIRST_2PC && id <= LAST_2PC) != r->is_of_two_phases)
		return false;
	if (!plans[id].database)
		return true;
	for (char **database = r->databases; *database; database++)
		if (strcmp(*database, plans[id].database) == 0)
			return true;
	return false;
}

static void start_side(struct run *r, enum side_id id)
{
	const char *arguments[array_size(plans[id].arguments) + 1] = {NULL};
	char folder[4096], file[4096];

	snprintf(
		folder, sizeof(folder), "%s/%s", r->inis, plans[id].folder ? plans[id].folder : "");
	for (size_t i = 0; i < array_size(plans[id].arguments); i++) {
		const char *argument = plans[id].arguments[i];
		arguments[i] = argument;
		if (argument && *argument == '%') {
			snprintf(file, sizeof(file), "%s%s",
				argument[1] == 'L' ? r->libraries : r->null_drivers, argument + 2);
			arguments[i] = file;
		}
	}
	r->has_failed[id] = !side_start(&r->sides[id], plans[id].folder ? folder : NULL, arguments);
}

static void take_turn(struct run *r, enum side_id id, struct samples *to)
{
	if (r->is_wanted[id] && !r->has_failed[id])
		r->has_failed[id] = !side_sample(&r->sides[id], plans[id].samples, to);
}

static void measure(struct run *r)
{
	struct samples warm_up = {0};

	for (enum side_id id = 0; id < SIDES; id++) {
		r->is_wanted[id] = is_wanted(r, id);
		if (r->is_wanted[id])
			start_side(r, id);
		take_turn(r, id, &warm_up);
	}
	samples_done(&warm_up);
	for (int round = 0; round < ROUNDS; round++)
		for (enum side_id id = 0; id < SIDES; id++)
			take_turn(r, id, &r->samples[id]);
	for (enum side_id id = 0; id < SIDES; id++)
		side_stop(&r->sides[id]);
}

static double figure_value(struct run *r, size_t i)
{
	struct samples *of = &r->samples[figures[i].of], *to = &r->samples[figures[i].to];

	switch (figures[i].formula) {
	case MEDIAN:
		return samples_median(of) / figures[i].scale;
	case RATIO:
		return samples_median(of) / samples_median(to);
	case DIFFERENCE:
		return samples_difference(of, to) / figures[i].scale;
	}
	return NAN;
}

static bool can_tell(const struct run *r, size_t i)
{
	return !r->has_failed[figures[i].of] &&
	       (figures[i].formula == MEDIAN || !r->has_failed[figures[i].to]);
}

/* A database that is not installed has no figures, and that is well; a side that failed is not. */
static int print_figures(struct run *r)
{
	int status = EXIT_SUCCESS;

	for (size_t i = 0; i < array_size(figures); i++) {
		if (!r->is_wanted[figures[i].of])
			continue;
		if (can_tell(r, i)) {
			printf("%s\t%.2f\t%s\n", figures[i].name, figure_value(r, i),
				figures[i].unit);
		} else {
			fprintf(stderr, "bench: no figure: %s\n", figures[i].name);
			status = EXIT_FAILURE;
		}
	}
	return status;
}

static int run_figures(bool is_of_two_phases, char **arguments)
{
	struct run r = {.is_of_two_phases = is_of_two_phases,
		.inis = arguments[0],
		.libraries = arguments[1],
		.null_drivers = arguments[2],
		.databases = arguments + 3};

	/* A side that has ended shows in the return of write(). */
	signal(SIGPIPE, SIG_IGN);
	measure(&r);
	int status = print_figures(&r);
	for (enum side_id id = 0; id < SIDES; id++)
		samples_done(&r.samples[id]);
	return status;
}

/* Figures of a build for finding faults would be taken for those of the product. */
static int check_fitness(void)
{
	const char *unfit = NULL;

#ifdef ODBCPOOL_SANITIZED
	unfit = "with a sanitizer";
#elif defined(ODBCPOOL_CHECKED)
	unfit = "with --enable-checked";
#endif
	if (!unfit && !strstr(BENCH_CFLAGS, "-O2") && !strstr(BENCH_CFLAGS, "-O3"))
		unfit = "without -O2";
	if (!unfit)
		return EXIT_SUCCESS;
	fprintf(stderr,
		"make bench: this folder is built %s, its figures would mean nothing.\n"
		"Please configure another folder without that, and run make bench there.\n",
		unfit);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "fit") == 0)
		return check_fitness();
	bool is_of_two_phases = strcmp(what, "two-phases") == 0;
	if ((is_of_two_phases || strcmp(what, "figures") == 0) && argc >= 5)
		return run_figures(is_of_two_phases, argv + 2);
	for (size_t i = 0; i < array_size(works); i++)
		if (strcmp(what, works[i]->name) == 0 && argc == works[i]->arguments + 2)
			return side_serve(works[i], argv + 2);
	fprintf(stderr, "bench: is run by make bench; the usage is in bench.c\n");
	return 2;
}
