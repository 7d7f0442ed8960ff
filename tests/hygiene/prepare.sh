# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the state program finds on the servers: to be sourced, after servers.sh.
#
#	prepare_postgresql
#	prepare_mariadb
#	prepare_sqlite
#	prepare_sqlserver   # after tests/tdsd/tdsd.sh

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
		create procedure hygiene_begins() start transaction;
		create procedure hygiene_leaves_autocommit() set autocommit = 0;
		create procedure hygiene_locks() do get_lock('hygiene', 60);
		create function hygiene_lock() returns integer return get_lock('hygiene', 60);
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

# After tdsd_start: on the server of tests/tdsd, by the bare driver.
prepare_sqlserver()
{
	(ini_use "$E2E_DIR/bare"
	isql -b sqlserver "$E2E_USER" "$E2E_PASSWORD" >/dev/null <<-SQL
		create table hygiene_t (id int)
		create table hygiene_many (id int)
		declare @i int = 1 while @i <= 1000 begin insert into hygiene_many values (@i) set @i = @i + 1 end
	SQL
	)
}
