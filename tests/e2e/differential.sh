#!/bin/bash
# SPDX-License-Identifier: MIT
#
# usage: differential.sh BUILDDIR [SOURCE...]
#
# A pass-through must be indistinguishable from the bare driver: runs the transcript program on each
# driver, then on the same driver behind odbcpool with Pooling=No, as an ANSI and as a wide
# application of ODBC 2, 3 and 3.80, and compares the transcripts byte for byte. Prints the start of
# the first difference, and ends with a line "N passed, N failed".
#
# Equal errors would be equal, too. Therefore each ODBC function that a bare driver has must have
# succeeded at least once in its own transcripts, or stand in exempt_from_coverage with a reason.
#
# In the environment: KEEP=FOLDER keeps the transcripts there. AGAINST=bare compares the bare driver
# with itself, which shows what the transcripts hold that differs from run to run; AGAINST=pooled
# with a pooled one, which is for reading: pooling is allowed to differ.
set -u

# shellcheck source=tests/support/script.sh
. "$(dirname "$0")/../support/script.sh"
shift

against=${AGAINST:-through}
has_shown=

# Tables and procedures for the catalog functions; the transcript program only reads them.
make_catalog()
{
	local tables='
		create table c_parent (id integer not null, code varchar(12) not null,
			price numeric(8,3) default 1.5, born date, primary key (id));
		create unique index c_parent_code on c_parent (code);
		create table c_child (id integer not null primary key, parent integer not null,
			note varchar(30), foreign key (parent) references c_parent (id) on delete cascade);
		create view c_view as select id, code from c_parent;'

	sqlite3 "$E2E_DIR/sqlite.base" "$tables"
	if [ -n "${PG_PORT-}" ]; then
		servers_psql <<-SQL
			set role $E2E_USER;
			$tables
			create function c_twice(n integer) returns integer language sql as 'select 2 * n';
		SQL
	fi
	if [ -n "${MY_PORT-}" ]; then
		servers_mariadb "$E2E_DATABASE" <<-SQL
			$tables
			delimiter //
			create procedure c_twice(in n int, inout m int)
				begin select n as first; set m = 2 * n; select m as second; end//
		SQL
	fi
}

# Every run finds the same: no table of an earlier one.
forget_tables()
{
	cp "$E2E_DIR/sqlite.base" "$E2E_DIR/sqlite.db"
	case $1 in
	postgresql*)
		servers_psql --output /dev/null <<-'SQL'
			select format('drop table public.%I', tablename) from pg_tables
			where schemaname = 'public' and tablename like 't\_%' \gexec
		SQL
		;;
	mariadb)
		servers_mariadb --execute "
			select concat('drop table ', table_schema, '.', table_name, ';')
			from information_schema.tables where table_schema = '$E2E_DATABASE'
				and table_name like 't\_%'" | servers_mariadb ;;
	sqlserver)
		(ini_use "$E2E_DIR/bare"
		echo 'select name from sys.tables' | isql -b -d, sqlserver "$E2E_USER" "$E2E_PASSWORD" |
			sed -n 's/^t_.*/drop table &/p' |
			isql -b sqlserver "$E2E_USER" "$E2E_PASSWORD") >/dev/null ;;
	esac
}

driver_of()
{
	case $1 in
	sqlite) echo SQLite ;;
	postgresql-ansi) echo 'PostgreSQL ANSI' ;;
	postgresql) echo 'PostgreSQL Unicode' ;;
	mariadb) echo MariaDB ;;
	freetds | sqlserver) echo FreeTDS ;;
	esac
}

driver_file_of()
{
	case $1 in
	sqlite) echo libsqlite3odbc.so ;;
	postgresql-ansi) echo psqlodbca.so ;;
	postgresql) echo psqlodbcw.so ;;
	mariadb) echo libmaodbc.so ;;
	freetds | sqlserver) echo libtdsodbc.so ;;
	esac
}

# write_transcript FLAVOUR SOURCE WIDTH VERSION FILE
write_transcript()
{
	forget_tables "$2"
	(
		ini_use "$E2E_DIR/$1"
		# Nothing may depend on where a program stands.
		cd "$E2E_DIR" &&
			"$build/tests/e2e/transcript" "$2" "$(driver_of "$2")" "$3" "$4" >"$5" 2>&1
	)
}

# FreeTDS names cursors by addresses, and connections by the server's number of the session, and writes what
# its memory holds after the name of the catalog.
forget_addresses()
{
	sed -i 's/SQL_CUR[0-9a-f]*/SQL_CUR/; s/CONNECTION_NAME \([0-9]*\) length.*/CONNECTION_NAME \1/; /SQL_ATTR_CURRENT_CATALOG, out_text/s/\\u0000.*//' "$@"
}

compare()
{
	local source=$1 width=$2 version=$3 what="$1, $2, ODBC $3"
	local expected=$kept/$1.$2.$3.bare seen=$kept/$1.$2.$3.$against.2

	write_transcript bare "$source" "$width" "$version" "$expected" ||
		{ tally_fail "$what: the bare driver did not get through"; grep -a '^== .* ended' "$expected"; return; }
	write_transcript "$against" "$source" "$width" "$version" "$seen"
	[ "$source" != sqlserver ] || forget_addresses "$expected" "$seen"
	if cmp -s "$expected" "$seen"; then
		tally_pass "$what: $(wc -l <"$expected") lines"
		return
	fi
	tally_fail "$what: $(diff -a "$expected" "$seen" | grep -ac '^[<>]') lines differ"
	[ -n "$has_shown" ] || show_difference "$expected" "$seen"
	has_shown=yes
}

# The first difference, and the call and the chapter it belongs to.
show_difference()
{
	local line

	line=$(cmp "$1" "$2" | sed 's/.*line //')
	head -n "${line:-1}" "$1" | grep -a '^== ' | tail -n 1
	diff -a -U 8 "$1" "$2" | head -n 60 | cut -c 1-400
}

# Functions that cannot succeed on a driver that exports them, each with the reason.
exempt_from_coverage()
{
	case $1:$2 in
	# Exported, but denied in SQLGetFunctions: the driver manager never calls it.
	sqlite:SQLBrowseConnect | sqlite:SQLColumnPrivileges | sqlite:SQLCopyDesc | \
	sqlite:SQLGetDesc* | sqlite:SQLSetDesc* | sqlite:SQLSetCursorName | \
	postgresql*:SQLBrowseConnect* | postgresql*:SQLColumnPrivileges | \
	postgresql*:SQLGetDescRec* | postgresql*:SQLSetDescRec*) ;;
	# A statement has one result only.
	sqlite:SQLMoreResults) ;;
	# Not called: it writes past the end of its buffer (transcript_execute.c).
	sqlite:SQLNativeSql) ;;
	# Always answers that it is not implemented.
	mariadb:SQLBrowseConnect* | mariadb:SQLSetDescRec* | sqlite:SQLSetScrollOptions) ;;
	# In an application that is linked with libodbc the driver's own call of the ANSI form ends
	# in the driver manager, which does not know the driver's handle.
	mariadb:SQLColAttributesW | mariadb:SQLGetConnectOptionW) ;;
	# No function of ODBC.
	*:SQLDummyOrdinal) ;;
	*) return 1 ;;
	esac
}

# Each function that the driver exports and an application can call has succeeded somewhere.
check_coverage()
{
	local source=$1 name missing=

	for name in $(nm -D --defined-only "$(ini_find_driver "$(driver_file_of "$source")")" |
			awk '{ print $3 }' | grep '^SQL[A-Z]'); do
		grep -aqE "^$name\(.* = SQL_SUCCESS(_WITH_INFO)?(;|\$)" "$kept/$source".*.bare && continue
		exempt_from_coverage "$source" "$name" || missing="$missing $name"
	done
	if [ -z "$missing" ]; then
		tally_pass "$source: every function that the driver has succeeded at least once"
	else
		tally_fail "$source: no call succeeded of$missing"
	fi
}

[ $# -gt 0 ] || set -- sqlite postgresql-ansi postgresql mariadb freetds sqlserver
servers_init || exit 1
case "$*" in *postgresql*) servers_start_postgresql || exit 1 ;; esac
case "$*" in *mariadb*) servers_start_mariadb || exit 1 ;; esac
case "$*" in *sqlserver*) tdsd_start "$build" || exit 1 ;; esac
kept=${KEEP:-$E2E_DIR/transcripts}
mkdir -p "$kept"
ini_write bare "$E2E_DIR/bare"
ini_write "$against" "$E2E_DIR/$against" "$build/.libs" "PoolBlockingPeriod = NeverBlock"
make_catalog || exit 1

for source in "$@"; do
	for width in ansi wide; do
		for version in 2 3 380; do
			compare "$source" "$width" "$version"
		done
	done
	case $source in
	freetds) ;; # refused
	sqlserver) ;; # its test double does not understand all that it is asked
	*) check_coverage "$source" ;;
	esac
done
tally_end
