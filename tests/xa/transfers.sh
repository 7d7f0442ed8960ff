#!/bin/bash
# SPDX-License-Identifier: MIT
#
# usage: transfers.sh BUILDDIR [SECONDS [TRANSFERS]], or for make soak: transfers.sh BUILDDIR soak
#
# Moves money between PostgreSQL and MariaDB by distributed transactions (transfer.c) while the
# client and the servers are killed: first the client at each step of its transaction manager, then
# anything at random, until SECONDS (20) are over and TRANSFERS (0) have been committed. The sum must
# always be right, and nothing may stay prepared. Ends with a line "N passed, N failed".
set -u

# shellcheck source=tests/support/script.sh
. "$(dirname "$0")/../support/script.sh"
seconds=${2:-20}
wanted=${3:-0}
[ "$seconds" != soak ] || { seconds=300; wanted=1000; }

start_amount=1000000

# --- servers that are killed and started anew -----------------------------------------------------

declare -a postgres_command mariadbd_command

remember_commands()
{
	mapfile -d '' -t postgres_command <"/proc/$(cat "$E2E_DIR/postgres.pid")/cmdline"
	mapfile -d '' -t mariadbd_command <"/proc/$(cat "$E2E_DIR/mariadbd.pid")/cmdline"
	# What is prepared or committed must be in the hands of the system when the server says so.
	mariadbd_command+=(--innodb-flush-log-at-trx-commit=2)
	servers_mariadb --execute 'set global innodb_flush_log_at_trx_commit = 2'
}

# PostgreSQL's processes outlive their father for a moment; an immediate shutdown is what a crash is,
# for its recovery.
kill_postgresql()
{
	local pid

	pid=$(cat "$E2E_DIR/postgres.pid")
	kill -QUIT "$pid"
	while servers_is_running "$pid"; do sleep 0.05; done
	servers_launch postgres "$PG_LOG" "${postgres_command[@]}"
	servers_await postgres servers_psql --command 'select 1'
}

kill_mariadb()
{
	local pid

	pid=$(cat "$E2E_DIR/mariadbd.pid")
	kill -KILL "$pid"
	while servers_is_running "$pid"; do sleep 0.05; done
	servers_launch mariadbd "$MY_LOG" "${mariadbd_command[@]}"
	servers_await mariadbd servers_mariadb --execute 'select 1'
}

end_sessions()
{
	local id

	servers_psql --command "select pg_terminate_backend(pid) from pg_stat_activity
		where usename = '$E2E_USER'" >/dev/null
	for id in $(servers_mariadb --execute "select id from information_schema.processlist
			where user = '$E2E_USER'"); do
		servers_mariadb --execute "kill $id" 2>/dev/null
	done
}

# --- the books ------------------------------------------------------------------------------------

make_accounts()
{
	local sql="create table account (id int primary key, amount bigint)"

	servers_psql --command "set role $E2E_USER; $sql; insert into account values (1, $start_amount)"
	servers_mariadb "$E2E_DATABASE" --execute \
		"$sql engine = innodb; insert into account values (1, $start_amount)"
}

sum()
{
	local query='select amount from account'

	echo $(($(servers_psql --command "$query") + $(servers_mariadb "$E2E_DATABASE" --execute "$query")))
}

prepared()
{
	servers_psql --command 'select count(*) from pg_prepared_xacts'
	servers_mariadb --execute 'xa recover' | wc -l
}

transfer()
{
	timeout 120 "$build/tests/xa/transfer" "$E2E_DIR/decisions" postgresql mariadb "$@"
}

# What a client left that was killed while a server still worked for it may show up late: a
# transaction manager looks again from time to time, and so does this one.
settle()
{
	transfer 0 >"$E2E_DIR/settle.log" 2>&1 && [ "$(prepared | tr '\n' ' ')" = '0 0 ' ] && return
	sleep 0.5
	transfer 0 >"$E2E_DIR/settle.log" 2>&1
}

check_books()
{
	expect "$1: what was left could be ended" settle
	check "$1: nothing stays prepared ($(prepared | tr '\n' ' '))" \
		"$(prepared | tr '\n' ' ')" = '0 0 '
	check "$1: the sum is right" "$(sum)" -eq $((2 * start_amount))
}

# --- the client dies at each step -----------------------------------------------------------------

die_at_each_step()
{
	local steps i what

	TRANSFER_STEPS=1 transfer 1 2>"$E2E_DIR/steps" >/dev/null
	steps=$(grep -c '^[0-9]' "$E2E_DIR/steps")
	check "a transfer has steps to die at ($steps)" "$steps" -gt 20
	for ((i = 1; i <= steps; i++)); do
		what=$(sed -n "s/^$i //p" "$E2E_DIR/steps")
		TRANSFER_DIE_AT=$i transfer 1 >/dev/null 2>&1
		check "step $i, $what: the client died ($?)" $? -eq 137
		check_books "step $i, $what"
	done
}

# --- anything dies --------------------------------------------------------------------------------

# A line of the log is a commit.
committed()
{
	grep -c . "$E2E_DIR/decisions"
}

start_client()
{
	"$build/tests/xa/transfer" "$E2E_DIR/decisions" postgresql mariadb 100000 \
		>"$E2E_DIR/client.log" 2>&1 &
	client=$!
}

kill_client()
{
	kill -KILL "$client" 2>/dev/null
}

die_at_random()
{
	local end=$((SECONDS + seconds)) kills=0 before

	before=$(committed)
	start_client
	while [ $SECONDS -lt $end ] || [ $(($(committed) - before)) -lt "$wanted" ]; do
		sleep "0.$((RANDOM % 8 + 1))"
		kills=$((kills + 1))
		case $((RANDOM % 8)) in
		0) kill_postgresql ;;
		1) kill_mariadb ;;
		2 | 3) end_sessions ;;
		4 | 5 | 6) kill_client ;;
		7) kill_client; kill_mariadb; kill_postgresql ;;
		esac
		if ! servers_is_running "$client"; then
			wait "$client" 2>/dev/null
			start_client
		fi
	done
	kill_client
	wait "$client" 2>/dev/null
	expect "at random: the servers are there" servers_await postgres servers_psql --command 'select 1'
	check "at random: kills ($kills), and commits besides ($(($(committed) - before)))" \
		$(($(committed) - before)) -gt 50
	check_books 'at random'
}

servers_init || exit 1
servers_start_postgresql || exit 1
servers_start_mariadb || exit 1
remember_commands
ini_write pooled "$E2E_DIR/pooled" "$build/.libs" ${TRANSFERS_TRACE:+"PoolTrace = Debug"} \
	${TRANSFERS_TRACE:+"PoolTraceFile = $TRANSFERS_TRACE"}
ini_use "$E2E_DIR/pooled"
make_accounts
die_at_each_step
die_at_random
tally_end
