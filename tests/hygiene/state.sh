#!/bin/bash
# SPDX-License-Identifier: MIT
#
# usage: state.sh BUILDDIR
#
# "Fresh or reused?": whatever a borrower does to its session, the next one must find what a fresh
# connection of the bare driver has. Runs the state program on each data source, as an ANSI and as a
# wide application, for each ResetMode, and with ConnectionReset=No, where each change must show.
# Ends with a line "N passed, N failed".
#
# In the environment: SOURCES names the data sources (default: all).
set -u

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
. "$here/../e2e/servers.sh"
. "$here/../e2e/ini.sh"
. "$here/tally.sh"

program=$build/tests/hygiene/state

prepare_postgresql()
{
	local database

	for database in "$E2E_DATABASE" "$E2E_DATABASE_LATIN1"; do
		servers_psql --dbname "$database" --output /dev/null <<-SQL
			set client_min_messages = error;
			drop role if exists hygiene_other;
			alter role $E2E_USER superuser;
			create extension dblink;
			set role $E2E_USER;
			create schema hygiene_schema;
			create table hygiene_schema.hygiene_s (id integer);
			create table hygiene_t (id integer);
			create table hygiene_many (id integer);
			insert into hygiene_many select generate_series(1, 1000);
			create sequence hygiene_seq;
			create table hygiene_serial (id serial, note integer);
			create function hygiene_lock() returns void language sql as
				'select pg_advisory_lock(4711)';
		SQL
	done
	servers_psql --output /dev/null <<-SQL
		create role hygiene_other;
		grant all on all tables in schema public to hygiene_other;
	SQL
}

prepare_mariadb()
{
	servers_mariadb <<-SQL
		install soname 'metadata_lock_info';
		create database hygiene_db;
		create role hygiene_role;
		grant all on *.* to '$E2E_USER'@'%';
		grant hygiene_role to '$E2E_USER'@'%';
		use $E2E_DATABASE;
		create table hygiene_t (id integer);
		create table hygiene_log (id integer);
		create table hygiene_many (id integer);
		insert into hygiene_many select seq from seq_1_to_1000;
		create sequence hygiene_seq;
		create table hygiene_serial (id integer auto_increment primary key, note integer);
		create procedure hygiene_sets() set @hygiene = 42;
		create procedure hygiene_locks() do get_lock('hygiene', 1);
		create function hygiene_lock() returns integer return get_lock('hygiene', 1);
		create procedure hygiene_takes_role() sql security invoker set role hygiene_role;
		delimiter //
		create function hygiene_takes_role() returns integer sql security invoker
			begin set role hygiene_role; return 1; end//
	SQL
}

prepare_sqlite()
{
	sqlite3 "$E2E_DIR/sqlite.db" "create table hygiene_t (id integer);
		create table hygiene_many (id integer);
		with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000)
			insert into hygiene_many select i from n;"
}

# run WIDTH MODE FOLDER STRING TITLE
run()
{
	(ini_use "$E2E_DIR/$3" && "$program" "$1" "$2" "$4" "$E2E_DIR/fresh") |
		tally "$5"
}

# try_source STRING: all modes, in both widths.
try_source()
{
	local string=$1 width mode

	for width in ansi wide; do
		(ini_use "$E2E_DIR/bare" && "$program" "$width" fresh "$string") >"$E2E_DIR/fresh"
		(ini_use "$E2E_DIR/bare" && "$program" "$width" fresh "$string") >"$E2E_DIR/again"
		expect "$string, $width: two fresh sessions answer the same" \
			diff "$E2E_DIR/fresh" "$E2E_DIR/again"
		for mode in Background Return Borrow; do
			run "$width" reset "$mode" "$string" "$string, $width, $mode"
		done
		run "$width" leaky leaky "$string" "$string, $width, ConnectionReset=No"
		run "$width" careful careful "$string" "$string, $width, no reset known"
	done
}

servers_init || exit 1
servers_start_postgresql || exit 1
servers_start_mariadb || exit 1
prepare_postgresql || exit 1
prepare_mariadb || exit 1
prepare_sqlite || exit 1
ini_write bare "$E2E_DIR/bare"
for mode in Background Return Borrow; do
	ini_write pooled "$E2E_DIR/$mode" "$build/.libs" "ResetMode = $mode"
done
ini_write pooled "$E2E_DIR/leaky" "$build/.libs" "ConnectionReset = No"
ini_write pooled "$E2E_DIR/careful" "$build/.libs" "ResetMethod = Close"

for source in ${SOURCES:-postgresql postgresql-ansi mariadb sqlite}; do
	try_source "DSN=$source"
	case $source in
	postgresql*) try_source "DSN=$source;Database=$E2E_DATABASE_LATIN1" ;;
	esac
done
tally_end
