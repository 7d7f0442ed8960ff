#!/bin/bash
# SPDX-License-Identifier: MIT
#
# usage: kill.sh BUILDDIR
#
# What happens to idle connections and to connects when the other end goes: sessions that the server
# ends, a server that is started anew, FIN and RST, a server or a network that does not answer. The
# applications must see nothing of it where a new login can succeed, and must get their answer by
# their deadline where none can. Ends with a line "N passed, N failed".
#
# In the environment: SOURCES names the data sources (default: postgresql mariadb).
set -u

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
. "$here/../e2e/servers.sh"
. "$here/../e2e/ini.sh"
. "$here/tally.sh"
. "$here/talk.sh"

counts='1 10 50'

# The deadline of a connect in seconds, and by how much it may be late (in milliseconds).
deadline=3
latest=5000

sql()
{
	case $source in
	postgresql*) servers_psql --command "$1" ;;
	mariadb) servers_mariadb --execute "$1" ;;
	esac
}

sessions_of_all()
{
	case $source in
	postgresql*) echo "select pid from pg_stat_activity where usename = '$E2E_USER'" ;;
	mariadb) echo "select id from information_schema.processlist where user = '$E2E_USER'" ;;
	esac
}

end_sessions()
{
	local id

	for id in ${1//,/ }; do
		case $source in
		postgresql*) sql "select pg_terminate_backend($id)" >/dev/null ;;
		mariadb) sql "kill $id" ;;
		esac
	done
}

# Until the server has ended them: it does so after it has answered.
await_end()
{
	local id i left

	for ((i = 0; i < 100; i++)); do
		left=" $(sql "$(sessions_of_all)" | tr '\n' ' ')"
		for id in ${1//,/ }; do
			[[ $left != *" $id "* ]] || { sleep 0.1; continue 2; }
		done
		return 0
	done
	return 1
}

field()
{
	local rest=${answer#*"$1"=}

	[ "$rest" != "$answer" ] && echo "${rest%% *}"
}

# How many of the list $1 are in the list $2.
common()
{
	comm -12 <(tr , '\n' <<<"$1" | sort) <(tr , '\n' <<<"$2" | sort) | wc -l
}

start_app()
{
	ini_use "$E2E_DIR/pooled"
	talk_start app "$build/tests/hygiene/borrower"
}

start_proxy()
{
	case $source in
	postgresql*) talk_start proxy "$build/tests/hygiene/proxy" "$PG_PORT" ;;
	mariadb) talk_start proxy "$build/tests/hygiene/proxy" "$MY_PORT" ;;
	esac
	talk_listen proxy
	through="DSN=$source;Port=$answer"
}

# Borrow $1 and return them, so that they lie idle; their names are in $before.
make_idle()
{
	talk app "borrow $1 $2"
	before=$(field sessions)
	expect "$source: $1 connections of $2 to begin with ($answer)" [ "${answer%% *}" = ok ]
	talk app return
}

# All connects and their first statements succeed, on sessions of which $2 are old.
borrow_again()
{
	local count=$1 old=$2 string=$3 title=$4

	talk app "borrow $count $string"
	expect "$title: $count connects and first statements succeed ($(cut -c 1-200 <<<"$answer"))" \
		[ "${answer%% *}" = ok ]
	check "$title: $old of the $count sessions are old ones" \
		"$(common "$before" "$(field sessions)")" -eq "$old"
	talk app return
}

try_killed()
{
	local count killed

	for count in $counts; do
		start_app
		make_idle "$count" "DSN=$source"
		end_sessions "$before"
		await_end "$before"
		borrow_again "$count" 0 "DSN=$source" "$source: all of $count killed"
		talk_end app
	done
	start_app
	make_idle 10 "DSN=$source"
	killed=$(cut -d, -f5 <<<"$before")
	end_sessions "$killed"
	await_end "$killed"
	borrow_again 10 9 "DSN=$source" "$source: one of 10 killed"
	talk_end app
}

# Of the server that servers.sh started, with the arguments that it has.
restart_server()
{
	local name=$1 signal=$2 pid log=$3
	local -a command

	pid=$(cat "$E2E_DIR/$name.pid")
	mapfile -d '' command <"/proc/$pid/cmdline"
	kill "-$signal" "$pid"
	while servers_is_running "$pid"; do sleep 0.1; done
	(talk_let_go; servers_launch "$name" "$log" "${command[@]}")
	servers_await "$name" sql 'select 1'
}

try_restart()
{
	start_app
	make_idle 10 "DSN=$source"
	case $source in
	postgresql*) restart_server postgres INT "$PG_LOG" ;;
	mariadb) restart_server mariadbd TERM "$MY_LOG" ;;
	esac
	borrow_again 10 0 "DSN=$source" "$source: the server was started anew"
	talk_end app
}

try_dropped()
{
	local count how

	for count in $counts; do
		for how in fin rst; do
			start_app
			start_proxy
			make_idle "$count" "$through"
			talk proxy "$how"
			borrow_again "$count" 0 "$through" "$source: $how on all of $count"
			talk_end app
			talk_end proxy
		done
	done
}

# The answer of a connect that cannot succeed.
check_late()
{
	local title=$1 ms

	ms=$(field ms)
	check "$title: fails ($(cut -c 1-160 <<<"$answer"))" "${answer%% *}" = failed
	check "$title: by its deadline ($ms ms)" "${ms:-99999}" -le "$latest"
}

try_unanswered()
{
	local how options="PoolConnectTimeout=$deadline;PoolBlockingPeriod=NeverBlock"
	local asked="ValidationInterval=0;ValidationTimeout=1;$options"

	for how in stall blackhole; do
		start_app
		start_proxy
		make_idle 1 "DSN=$source"
		make_idle 3 "$through;$asked"
		talk proxy "$how"
		talk app "begin $through;$asked"
		talk app "borrow 1 DSN=$source"
		check "$source: $how: a connect of another pool is not held up ($answer)" \
			"$(field ms)" -le 1000
		talk app return
		talk app end
		check_late "$source: $how: a connect with idle connections to be asked"
		talk app "begin $through;$options"
		talk app end
		check_late "$source: $how: a connect that must log in"
		talk proxy pass
		talk app "borrow 3 $through;$asked"
		expect "$source: $how: when it is over all is well ($answer)" [ "${answer%% *}" = ok ]
		talk_end app
		talk_end proxy
	done
}

# A server that falls silent in the middle of a login.
try_half_logins()
{
	local bytes options="PoolConnectTimeout=$deadline;PoolBlockingPeriod=NeverBlock"

	for bytes in 1 20 100 300 400 500 600 800 1000 1500; do
		start_app
		start_proxy
		talk proxy "stall-after $bytes"
		talk app "begin $through;$options"
		talk app end
		if [ "${answer%% *}" = failed ]; then
			check_late "$source: silent after $bytes bytes of a login"
		else
			tally_pass "$source: $bytes bytes are enough for a login"
		fi
		talk_end app
		talk_end proxy
	done
}

servers_init || exit 1
servers_start_postgresql || exit 1
servers_start_mariadb || exit 1
ini_write pooled "$E2E_DIR/pooled" "$build/.libs"
for source in ${SOURCES:-postgresql mariadb}; do
	try_killed
	try_restart
	try_dropped
	try_unanswered
	try_half_logins
done
tally_end
