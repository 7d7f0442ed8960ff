#!/bin/bash
# SPDX-License-Identifier: MIT
#
# usage: kill.sh BUILDDIR [soak]
#
# What happens to idle connections and to connects when the other end goes: sessions that the server
# ends, a server that is started anew, FIN and RST, a server or a network that does not answer. The
# applications must see nothing of it where a new login can succeed, and must get their answer by
# their deadline where none can. Ends with a line "N passed, N failed".
#
# soak: everything again and again, and logins fall silent at many more places. With ROUNDS (default
# 5) in the environment.
#
# In the environment: SOURCES names the data sources (default: postgresql mariadb).
set -u

# shellcheck source=tests/support/script.sh
. "$(dirname "$0")/../support/script.sh"
# shellcheck source=tests/hygiene/talk.sh
. "$tests/hygiene/talk.sh"

soak=${2-}
counts='1 10 50'

# The deadline of a connect in seconds, and when it has certainly been observed: the default is 15. In
# milliseconds, as a busy machine may take some seconds more.
deadline=3
latest=10000

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
	talk_start "${1:-app}" "$build/tests/hygiene/borrower"
}

start_proxy()
{
	local name=${1:-proxy}

	case $source in
	postgresql*) talk_start "$name" "$build/tests/hygiene/proxy" "$PG_PORT" ;;
	mariadb) talk_start "$name" "$build/tests/hygiene/proxy" "$MY_PORT" ;;
	esac
	talk_listen "$name"
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

# All connects and their first statements succeed, on sessions of which $2 are old; empty: their
# numbers do not tell, for another server gives the same ones.
borrow_again()
{
	local count=$1 old=$2 string=$3 title=$4

	talk app "borrow $count $string"
	expect "$title: $count connects and first statements succeed ($(cut -c 1-200 <<<"$answer"))" \
		[ "${answer%% *}" = ok ]
	[ -z "$old" ] || check "$title: $old of the $count sessions are old ones" \
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

# Of the server that servers.sh started, with the arguments that it has. With $4 another takes its
# place, on a copy of its data.
restart_server()
{
	local name=$1 signal=$2 pid log=$3 suffix=${4-} i
	local -a command

	pid=$(cat "$E2E_DIR/$name.pid")
	mapfile -d '' command <"/proc/$pid/cmdline"
	kill "-$signal" "$pid"
	while servers_is_running "$pid"; do sleep 0.1; done
	if [ -n "$suffix" ]; then
		cp -a "${log%/log}/data" "${log%/log}/data$suffix"
		for i in "${!command[@]}"; do
			command[i]=${command[i]/%\/data//data$suffix}
		done
	fi
	(talk_let_go; servers_launch "$name" "$log" "${command[@]}")
	servers_await "$name" sql 'select 1'
}

data_folder()
{
	case $source in
	postgresql*) sql 'show data_directory' ;;
	mariadb) sql 'select @@datadir' ;;
	esac
}

try_restart()
{
	start_app
	make_idle 10 "DSN=$source"
	case $source in
	postgresql*) restart_server postgres INT "$PG_LOG" ;;
	mariadb) restart_server mariadbd TERM "$MY_LOG" ;;
	esac
	borrow_again 10 "" "DSN=$source" "$source: the server was started anew"
	talk_end app
}

# Without a word of farewell, and the one that answers next is another.
try_replaced()
{
	start_app
	make_idle 10 "DSN=$source"
	case $source in
	postgresql*) restart_server postgres QUIT "$PG_LOG" 2 ;;
	mariadb) restart_server mariadbd KILL "$MY_LOG" 2 ;;
	esac
	expect "$source: another server has taken the place ($(data_folder))" \
		grep -q 'data2/*$' <<<"$(data_folder)"
	borrow_again 10 "" "DSN=$source" "$source: the server was replaced"
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
			"$(field ms)" -lt $((deadline * 1000))
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

# A server that falls silent in the middle of a login ($1: proxy.c's command, the rest its counts),
# all of these logins at the same time.
try_half_logins()
{
	local how=$1 n options="PoolConnectTimeout=$deadline;PoolBlockingPeriod=NeverBlock"

	shift
	for n in "$@"; do
		start_app "app$n"
		start_proxy "proxy$n"
		talk "proxy$n" "$how $n"
		talk "app$n" "begin $through;$options"
	done
	for n in "$@"; do
		talk "app$n" end
		if [ "${answer%% *}" = ok ]; then
			tally_pass "$source: $how $n is enough for a login"
		else
			check_late "$source: $how $n of a login"
		fi
		talk_end "app$n"
		talk_end "proxy$n"
	done
}

# After how many bytes. Not in the middle of an answer to a statement with MariaDB: its driver
# (3.1.15, also without us) crashes when the connection is lost there, which is how a login ends.
silent_bytes()
{
	case $source in
	postgresql*) seq 1 "$1" 1600 ;;
	mariadb) seq 1 $(($1 / 10 + 1)) 100 ;;
	esac
}

try_all()
{
	local round some

	try_killed
	try_restart
	try_replaced
	try_dropped
	try_unanswered
	try_half_logins stall-after $(silent_bytes 150)
	try_half_logins answer $(seq 1 12)
	[ "$soak" = soak ] || return 0
	for ((round = 1; round < ${ROUNDS:-5}; round++)); do
		try_killed
		try_restart
		try_dropped
		try_unanswered
	done
	mapfile -t some < <(silent_bytes 13)
	while [ "${#some[@]}" -gt 0 ]; do
		try_half_logins stall-after "${some[@]:0:15}"
		some=("${some[@]:15}")
	done
	try_half_logins answer $(seq 13 30)
}

servers_init || exit 1
servers_start_postgresql || exit 1
servers_start_mariadb || exit 1
ini_write pooled "$E2E_DIR/pooled" "$build/.libs"
# Side by side: most of the time is spent in waiting for deadlines.
for source in ${SOURCES:-postgresql mariadb}; do
	try_all &
	running[$!]=$source
done
for pid in "${!running[@]}"; do
	wait "$pid" || tally_fail "${running[pid]}: did not get through"
done
tally_end
