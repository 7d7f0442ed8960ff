#!/bin/bash
# SPDX-License-Identifier: MIT
#
# usage: tool.sh BUILDDIR [PART...]
#
# The command odbcpool, end to end: against applications that are pooled in the background, on servers of
# its own, whose own counts must be the same. Ends with a line "N passed, N failed". Parts: usage wrap
# check explain counts steering dead crowd serve top. Without any, all of these.
#
# Other processes of the user may be pooled meanwhile (root sees everybody's): nothing is said of them, and
# no command reaches them.
#
# With SANITIZED=1 in the environment the applications that are not ours to build are left out.
# Descriptors that are numbered by the shell, and files that shellcheck is not given:
# shellcheck disable=SC1083,SC1091,SC2086,SC2093
set -u

# shellcheck source=tests/support/script.sh
. "$(dirname "$0")/../support/script.sh"
shift
parts=${*:-usage wrap check explain counts steering dead crowd serve top}
# Its name in messages must not depend on how it was called.
tool=$build/odbcpool

# says STATUS TEXT WHAT COMMAND...: it ends with that status and says the text (a regular expression).
says()
{
	local status=$1 text=$2 what=$3 output rc

	shift 3
	[ "$(type -t "$1")" = function ] || set -- timeout 60 "$@"
	output=$("$@" 2>&1)
	rc=$?
	# Sentences are broken into lines.
	if [ "$rc" -ne "$status" ]; then
		tally_fail "$what: status $rc instead of $status: $output"
	elif ! tr -s '\n ' '  ' <<<"$output" | grep -qE -e "$text"; then
		tally_fail "$what: \"$text\" is not in: $output"
	else
		tally_pass "$what"
	fi
}

# equal WHAT GOT EXPECTED
equal()
{
	if [ "$2" = "$3" ]; then
		tally_pass "$1"
	else
		tally_fail "$1: $2 instead of $3"
	fi
}

# eventually WHAT SECONDS COMMAND...: it succeeds within that time.
eventually()
{
	local what=$1 tries=$(($2 * 10)) i

	shift 2
	for ((i = 0; i < tries; i++)); do
		"$@" && { tally_pass "$what"; return 0; }
		sleep 0.1
	done
	tally_fail "$what"
	return 1
}

# --- applications in the background ----------------------------------------------------------------

declare -A load_in load_out load_pid

# load NAME DSN THREADS HOLD_MS
load()
{
	local name=$1 fd

	shift
	mkfifo "$E2E_DIR/$name.in" "$E2E_DIR/$name.out"
	# One that held the other end of another's would keep it from ending.
	(for fd in "${load_in[@]}" "${load_out[@]}"; do eval "exec $fd>&-"; done
	exec "$build/tests/tool/load" "$@" <"$E2E_DIR/$name.in" >"$E2E_DIR/$name.out" 2>"$E2E_DIR/$name.err") &
	load_pid[$name]=$!
	exec {load_in[$name]}>"$E2E_DIR/$name.in" {load_out[$name]}<"$E2E_DIR/$name.out"
}

# "CONNECTS FAILURES" until now
load_count()
{
	local line

	echo >&"${load_in[$1]}"
	read -r -t 10 -u "${load_out[$1]}" line && echo "$line"
}

load_end()
{
	exec {load_in[$1]}>&- {load_out[$1]}<&-
	unset "load_in[$1]" "load_out[$1]"
	wait "${load_pid[$1]}" 2>/dev/null
	rm -f "$E2E_DIR/$1.in" "$E2E_DIR/$1.out"
}

load_has_run()
{
	local count

	count=$(load_count "$1")
	[ "${count%% *}" -ge "$2" ]
}

# A number of one process: pool_number PID JQ-EXPRESSION (of its first pool)
pool_number()
{
	"$tool" status --json --pid="$1" | jq -r ".processes[0].pools[0]$2"
}

postgresql_sessions()
{
	servers_psql --command "select count(*) from pg_stat_activity where usename = '$E2E_USER'"
}

mariadb_sessions()
{
	servers_mariadb --execute "show processlist" | awk -v user="$E2E_USER" '$2 == user' | wc -l
}

# --- parts -----------------------------------------------------------------------------------------

part_usage()
{
	local command

	says 0 'Usage: odbcpool COMMAND' '--help' "$tool" --help
	says 0 '^odbcpool [0-9]' '--version' "$tool" --version
	says 2 'was "status" meant' 'a misspelt command' "$tool" statsu
	says 2 'unrecognized option' 'an unknown option' "$tool" status --nix
	says 2 'an argument is missing' 'a missing argument' "$tool" wrap
	says 2 'too many arguments' 'too many arguments' "$tool" status now
	says 2 'is no process id' 'a bad process id' "$tool" status --pid=-1
	says 2 'is no number of seconds' 'a bad time' "$tool" clear --timeout=never
	for command in $(sed -n 's/^COMMAND(\([a-z]*\))/\1/p' "$tests/../src/tool/commands.def"); do
		says 0 "Usage: odbcpool $command" "$command --help" "$tool" "$command" --help
	done
	equal 'no colours where there is no terminal' "$("$tool" check nix 2>&1 | grep -c $'\033')" 0
	equal 'colours on a terminal' \
		"$(TERM=xterm script -qec "$tool check nix" /dev/null </dev/null | grep -c $'\033' | sed 's/[1-9].*/some/')" some
	equal 'no colours with NO_COLOR' \
		"$(NO_COLOR=1 TERM=xterm script -qec "$tool check nix" /dev/null </dev/null | grep -c $'\033')" 0
	says 1 'could not be written' 'a full disk' sh -c "'$tool' --help >/dev/full"
	equal 'completion of commands' "$(complete_words st)" 'status stats '
	equal 'completion of options' "$(complete_words unwrap --d)" '--dry-run '
	equal 'completion of drivers' "$(complete_words wrap Post | grep -c 'PostgreSQL')" 1
}

complete_words()
{
	PATH=$build:$PATH bash -c '
		. "$0/../../src/tool/odbcpool.bash"
		COMP_WORDS=(odbcpool "$@") COMP_CWORD=$#
		_odbcpool 2>/dev/null
		printf "%s " "${COMPREPLY[@]}"' "$tests/tool" "$@"
}

# Every driver, with an application that was never told.
part_wrap()
{
	local folder=$E2E_DIR/wrap source driver pair before

	ini_write bare "$folder"
	cp -p "$folder/odbcinst.ini" "$folder/kept"
	chmod 640 "$folder/odbcinst.ini"
	chown nobody "$folder/odbcinst.ini" 2>/dev/null
	before=$(stat -c '%a %u %g' "$folder/odbcinst.ini")
	(
	ini_use "$folder"
	for pair in postgresql:PostgreSQL\ Unicode postgresql-ansi:PostgreSQL\ ANSI mariadb:MariaDB sqlite:SQLite; do
		source=${pair%%:*}
		driver=${pair#*:}
		says 0 '^--- .*[+]PoolDriver = ' "a dry run on $driver" \
			"$tool" wrap --dry-run --libraries="$build/.libs" "$driver"
		equal "the dry run on $driver changed nothing" \
			"$(cmp "$folder/kept" "$folder/odbcinst.ini" && echo same)" same
		says 0 'leads through' "wrap $driver" "$tool" wrap --libraries="$build/.libs" "$driver"
		says 1 'is wrapped already' "$driver is not wrapped twice" \
			"$tool" wrap --libraries="$build/.libs" "$driver"
		[ "$source" != sqlite ] || sed -i '/^PoolDriver.*sqlite/a Pooling = Yes' "$folder/odbcinst.ini"
		says 0 'Connects will be pooled' "check calls $source pooled" "$tool" check "$source"
		says 0 'served from the pool' "$source is pooled" "$tool" check --connect "$source"
		[ -n "${SANITIZED-}" ] || equal "isql through $driver" \
			"$(echo 'select 40 + 2 as answer' | isql -b "$source" 2>&1 | grep -c 42)" 1
		sed -i '/^Pooling = Yes$/d' "$folder/odbcinst.ini"
		says 0 'as it was before' "unwrap $driver" "$tool" unwrap "$driver"
		equal "unwrapped $driver is the same, byte by byte" \
			"$(cmp "$folder/kept" "$folder/odbcinst.ini" && echo same)" same
	done
	# sed -i has made another file of it above.
	chmod 640 "$folder/odbcinst.ini"
	chown nobody "$folder/odbcinst.ini" 2>/dev/null
	"$tool" wrap --libraries="$build/.libs" SQLite >/dev/null
	equal 'mode and owner stay' "$(stat -c '%a %u %g' "$folder/odbcinst.ini")" "$before"
	equal 'nothing is left beside it' "$(find "$folder" -name 'odbcinst.ini.*' | wc -l)" 0
	"$tool" unwrap SQLite >/dev/null
	mv "$folder/odbcinst.ini" "$folder/target" && ln -s target "$folder/odbcinst.ini"
	"$tool" wrap --libraries="$build/.libs" SQLite >/dev/null
	equal 'a symbolic link stays one' "$(readlink "$folder/odbcinst.ini")" target
	says 1 'not wrapped' 'unwrapping what is not wrapped' "$tool" unwrap FreeTDS
	says 1 'has no section' 'a driver that is not there' "$tool" wrap nix
	printf '[Serial]\nDriver=libtdsodbc.so\nThreading=3\n[Gone]\nDriver=/nix.so\n[Two]\nDriver=%s\n[No]\nDriver=%s\n' \
		"$build/tests/fakedrv/.libs/fakedrv_odbc2.so" "$build/.libs/libodbcpoolcore.so" >"$folder/odd.ini"
	says 1 'one call of a process' 'Threading=3 is refused' \
		"$tool" wrap --file="$folder/odd.ini" --libraries="$build/.libs" Serial
	says 1 'is not found' 'a library that is not there' "$tool" wrap --file="$folder/odd.ini" Gone
	says 1 'ODBC 2 driver' 'an ODBC 2 driver is refused' "$tool" wrap --file="$folder/odd.ini" Two
	says 1 'not an ODBC driver' 'a library that is no driver is refused' \
		"$tool" wrap --file="$folder/odd.ini" No
	says 1 'is not there' 'without our libraries nothing is wrapped' \
		"$tool" wrap --file="$folder/kept" --libraries="$folder" SQLite
	)
}

# check_says STATUS TEXT WHAT ODBCINST-LINES ODBC-LINES [STRING]
check_says()
{
	local folder=$E2E_DIR/check

	mkdir -p "$folder"
	printf '%b' "$4" >"$folder/odbcinst.ini"
	printf '%b' "$5" >"$folder/odbc.ini"
	[ -n "${6-}" ] || set -- "$@" x
	says "$1" "$2" "check: $3" \
		env ODBCSYSINI="$folder" ODBCINI="$folder/user.ini" ODBCINSTINI=odbcinst.ini "$tool" check "$6"
}

part_check()
{
	local ours="Driver=$build/.libs/libodbcpool.so\nCPTimeout=-1\n" real folder=$E2E_DIR/check
	real=PoolDriver=$(ini_find_driver psqlodbcw.so)

	check_says 0 'will be pooled, as "x", at most 7 ' 'all is well' "[P]\n$ours$real\n" '[x]\nDriver=P\nMaxPoolSize=7\n'
	check_says 1 'no data source \[x\]' 'an unknown data source' "[P]\n$ours" '[y]\nDriver=P\n'
	check_says 1 'names no Driver' 'no Driver' "[P]\n$ours" '[x]\nMaxPoolSize=7\n'
	check_says 1 'no such section' 'an unknown driver' "[P]\n$ours" '[x]\nDriver=Q\n'
	check_says 1 'will not find the library' 'a library that is not there' '[P]\nDriver=/nix.so\n' '[x]\nDriver=P\n'
	check_says 1 'not odbcpool.*odbcpool wrap' 'a driver that is not wrapped' '[P]\nDriver=libtdsodbc.so\n' '[x]\nDriver=P\n'
	check_says 1 'which real driver' 'no PoolDriver' "[P]\n$ours" '[x]\nDriver=P\n'
	check_says 1 'leads to /nix.so' 'a PoolDriver that is not there' "[P]\n${ours}PoolDriver=/nix.so\n" '[x]\nDriver=P\n'
	check_says 1 'odbcpool itself' 'a PoolDriver loop' "[P]\n${ours}PoolDriver=$build/.libs/libodbcpoola.so\n" '[x]\nDriver=P\n'
	check_says 1 'leads back' 'a PoolDriver loop by sections' "[P]\n${ours}PoolDriver=P\n" '[x]\nDriver=P\n'
	check_says 1 'belongs under libodbcpoola.so' 'the wrong library' \
		"[P]\n${ours}PoolDriver=$(ini_find_driver psqlodbca.so)\n" '[x]\nDriver=P\n'
	check_says 1 'Threading = 3' 'Threading=3' "[P]\n$ours$real\nThreading=3\n" '[x]\nDriver=P\n'
	check_says 1 'Threading = 3' 'Threading=3 for all' "[ODBC]\nThreading=3\n[P]\n$ours$real\n" '[x]\nDriver=P\n'
	check_says 1 'no CPTimeout = -1' 'no CPTimeout' \
		"[P]\nDriver=$build/.libs/libodbcpool.so\n$real\n" '[x]\nDriver=P\n'
	check_says 1 'own pool is on' "the driver manager's own pool" \
		"[ODBC]\nPooling=Yes\n[P]\nDriver=$build/.libs/libodbcpool.so\n$real\nCPTimeout=60\n" '[x]\nDriver=P\n'
	check_says 1 'was MaxPoolSize meant' 'a misspelt setting' "[P]\n$ours$real\n" '[x]\nDriver=P\nMaxPolSize=7\n'
	check_says 1 'not a number from 0.* one of No, Yes' 'all bad values, not only the first' \
		"[P]\n$ours$real\n" '[x]\nDriver=P\nMaxPoolSize=-7\nConnectionReset=Maybe\n'
	check_says 1 'is larger than' 'two settings that do not fit' "[P]\n$ours$real\n" \
		'[x]\nDriver=P\nMaxPoolSize=7\nMinPoolSize=9\n'
	check_says 1 'Pooling is off.*will not be pooled' 'Pooling=No' "[P]\n$ours$real\n" '[x]\nDriver=P\nPooling=No\n'
	check_says 1 'not accepted from the connection string' 'a setting at the wrong place' \
		"[P]\n$ours$real\n" '[x]\nDriver=P\n' 'DSN=x;PoolDriver=y'
	check_says 0 'as "P"' 'a connection string with DRIVER=' "[P]\n$ours$real\n" '' 'DRIVER={P};Servername=x'
	printf '[x]\nDriver=P\n' >"$folder/user.ini"
	check_says 0 'hides the section of the same name' "the user's data source hides the system's" \
		"[P]\n$ours$real\n" '[x]\nDriver=Q\n'
	rm "$folder/user.ini"
	mkdir "$folder/user.ini"
	check_says 1 'could not be read' 'an unreadable file' "[P]\n$ours$real\n" '[x]\nDriver=P\n'
	rmdir "$folder/user.ini"
	equal 'a password is not shown' \
		"$(echo 'DSN=postgresql;PWD=geheim' | "$tool" check - 2>&1 | grep -c geheim)" 0
	says 1 'first connect failed: .*password' 'a failed connect' \
		"$tool" check --connect 'DSN=postgresql;PWD=wrong'
	says 0 'COM_RESET_CONNECTION.*proved.*served from the pool.*was reset' 'the reset of MariaDB' \
		"$tool" check --connect mariadb
	says 0 'DISCARD ALL.*proved.*served from the pool.*was reset' 'the reset of PostgreSQL' \
		"$tool" check --connect postgresql
	says 0 'reset bit of a TDS packet.*proved.*served from the pool.*was reset' 'the reset of SQL Server' \
		"$tool" check --connect "DSN=sqlserver;UID=$E2E_USER;PWD=$E2E_PASSWORD"
}

part_explain()
{
	says 0 'The two share a pool' 'the same string' "$tool" explain 'DSN=postgresql' 'DSN=postgresql'
	says 1 'connection string .*UID=a .*UID=b' 'another user' \
		"$tool" explain 'DSN=postgresql;UID=a' 'DSN=postgresql;UID=b'
	says 1 'PoolKeyMatch = Canonical' 'another order' "$tool" explain 'DSN=postgresql;UID=a' 'uid=a;DSN=postgresql'
	says 0 'The two share a pool' 'another order, canonically' \
		"$tool" explain 'DSN=postgresql;UID=a;PoolKeyMatch=Canonical' 'uid=a;PoolKeyMatch=Canonical;DSN=postgresql'
	says 1 'entry point' 'a data source and a string' "$tool" explain postgresql 'DSN=postgresql'
	says 1 'no data source' 'an unknown data source' "$tool" explain nix
	equal 'no password is shown' "$("$tool" explain 'DSN=postgresql;PWD=geheim' 'DSN=postgresql;PWD=anders' |
		grep -cE 'geheim|anders')" 0
}

# What it says equals what the servers say.
part_counts()
{
	local pid python

	load pg postgresql 5 0
	load my mariadb 3 0
	eventually 'five connects on PostgreSQL' 10 load_has_run pg 5
	eventually 'three connects on MariaDB' 10 load_has_run my 3
	equal 'PostgreSQL: as many as the server has' "$(pool_number "${load_pid[pg]}" .total_connections)" \
		"$(postgresql_sessions)"
	equal 'MariaDB: as many as the server has' "$(pool_number "${load_pid[my]}" .total_connections)" \
		"$(mariadb_sessions)"
	equal 'all are active' "$(pool_number "${load_pid[pg]}" .gauges.active_connections)" 5
	equal 'all had to log in' "$(pool_number "${load_pid[pg]}" .counters.misses)" 5
	equal 'the DBMS is known' "$(pool_number "${load_pid[my]}" .dbms)" MariaDB
	eventually 'the holders are named' 5 has_holders "${load_pid[pg]}"
	says 0 'load +postgresql +psqlodbcw.so +5 +5 +0 ' 'a row of the table' "$tool" status --pid="${load_pid[pg]}"
	equal 'only pools of a name' "$("$tool" status --json --pool=MARIADB | jq -r --argjson pg "${load_pid[pg]}" \
		--argjson my "${load_pid[my]}" '[.processes[].pid] | "\(index($pg)) \(index($my) >= 0)"')" 'null true'
	load_end pg
	load_end my
	load pg postgresql 4 1
	eventually 'many connects' 20 load_has_run pg 200
	pid=${load_pid[pg]}
	equal 'hits and misses are all connects' \
		"$("$tool" status --json --pid="$pid" | jq '.processes[0].pools[0] | .hits + .counters.misses == .counters.soft_connects')" true
	equal 'nearly all are hits' "$(pool_number "$pid" .hit_percent | awk '{ print ($1 > 90) }')" 1
	load_end pg
	equal 'nothing is left of a process that has ended' \
		"$("$tool" status --json --pid="$pid" | jq '.processes | length')" 0
	[ -n "${SANITIZED-}" ] || ! python=$(find_python) || count_python "$python"
}

has_holders()
{
	[ "$(pool_number "$1" '.holders | length')" -gt 0 ]
}

find_python()
{
	local candidate

	for candidate in python3 /usr/bin/python3; do
		"$candidate" -c 'import pyodbc' 2>/dev/null && { echo "$candidate"; return 0; }
	done
	return 1
}

# A real application: three connects, two of them open.
count_python()
{
	local pid

	coproc "$1" -c "
import pyodbc, sys
pyodbc.pooling = False
connections = [pyodbc.connect('DSN=postgresql') for i in range(3)]
for c in connections:
    c.cursor().execute('select 1').fetchone()
connections.pop().close()
print('ready', flush=True)
sys.stdin.read()" 2>"$E2E_DIR/python.err"
	pid=$COPROC_PID
	read -r -t 20 -u "${COPROC[0]}" _ || tally_fail "Python: $(cat "$E2E_DIR/python.err")"
	equal 'Python: as many as the server has' "$(pool_number "$pid" .total_connections)" "$(postgresql_sessions)"
	equal 'Python: two in use, one idle' \
		"$(pool_number "$pid" '.gauges | "\(.active_connections) \(.free_connections)"')" '2 1'
	says 0 'python' 'Python: its name' "$tool" status --pid="$pid"
	eval "exec ${COPROC[1]}>&-"
	wait "$pid" 2>/dev/null
}

# Connects of the load within the next second
progress()
{
	local before after

	before=$(load_count "$1")
	sleep 1
	after=$(load_count "$1")
	echo $((${after%% *} - ${before%% *}))
}

failures_of()
{
	local count

	count=$(load_count "$1")
	echo "${count##* }"
}

backends()
{
	servers_psql --command "select string_agg(pid::text, ' ' order by pid) from pg_stat_activity where usename = '$E2E_USER'"
}

other_backends()
{
	local now

	now=$(backends)
	[ -n "$now" ] && [ "$(comm -12 <(tr ' ' '\n' <<<"$1" | sort) <(tr ' ' '\n' <<<"$now" | sort) | wc -l)" -eq 0 ]
}

part_steering()
{
	local pid before

	load pg postgresql 4 20
	pid=${load_pid[pg]}
	eventually 'a load is running' 20 load_has_run pg 50
	before=$(backends)
	says 0 "$pid load: cleared, 1 pool" 'clear' "$tool" clear --pid="$pid"
	eventually 'after clear all sessions are others' 10 other_backends "$before"
	equal 'clear is counted' "$(pool_number "$pid" .counters.clears)" 1
	says 0 'paused, 1 pool' 'pause' "$tool" pause --pool=postgresql --pid="$pid"
	sleep 0.2
	equal 'after pause nobody gets a connection' "$(progress pg)" 0
	equal 'the pool says that it is paused' "$(pool_number "$pid" '.state[0]')" paused
	eventually 'all wait' 5 all_wait "$pid" 4
	says 0 'resumed, 1 pool' 'resume' "$tool" resume --pool=postgresql --pid="$pid"
	equal 'after resume they go on' "$([ "$(progress pg)" -gt 10 ] && echo yes)" yes
	says 0 'disabled, 1 pool' 'disable' "$tool" disable --pid="$pid"
	before=$(pool_number "$pid" .counters.soft_connects)
	equal 'after disable they go on' "$([ "$(progress pg)" -gt 10 ] && echo yes)" yes
	equal 'but not through the pool' "$(pool_number "$pid" .counters.soft_connects)" "$before"
	says 0 'enabled' 'enable' "$tool" enable --pid="$pid"
	eventually 'after enable they are pooled' 10 soft_connects_exceed "$pid" "$before"
	equal 'no connect has failed through all this' "$(failures_of pg)" 0
	says 1 'no process of yours has such a pool' 'a pool that is not there' "$tool" clear --pool=nix
	if [ "$(id -u)" -eq 0 ]; then
		says 1 'no process of yours' "another user's command" servers_unprivileged "$tool" clear --pid="$pid"
		says 1 'No process of yours' "another user's look" servers_unprivileged "$tool" status --pid="$pid"
	fi
	kill -STOP "$pid"
	says 0 'load' 'a process that was stopped can be looked at' "$tool" status --pid="$pid"
	says 1 'has not answered yet' 'a process that was stopped does not answer' \
		"$tool" clear --pid="$pid" --timeout=0.5
	kill -CONT "$pid"
	eventually 'when it goes on it obeys' 5 has_cleared "$pid" 2
	load_end pg
}

all_wait()
{
	[ "$(pool_number "$1" .gauges.waiting)" = "$2" ]
}

soft_connects_exceed()
{
	[ "$(pool_number "$1" .counters.soft_connects)" -gt "$2" ]
}

has_cleared()
{
	[ "$(pool_number "$1" .counters.clears)" -ge "$2" ]
}

part_dead()
{
	local pid

	load pg postgresql 2 0
	pid=${load_pid[pg]}
	eventually 'two connects' 10 load_has_run pg 2
	kill -KILL "$pid"
	load_end pg
	equal 'a killed process has left its segment' "$(find /dev/shm -name "odbcpool.*.$pid" | wc -l)" 1
	says 1 'No process of yours|^$|PID' 'and has no line' "$tool" status --pid="$pid"
	equal 'nor a segment any more' "$(find /dev/shm -name "odbcpool.*.$pid" | wc -l)" 0
	head -c 5000 /dev/urandom >"/dev/shm/odbcpool.$(id -u).$$"
	says 0 'cannot be shown' 'a segment of garbage' "$tool" status
	: >"/dev/shm/odbcpool.$(id -u).$$"
	says 0 '.' 'an empty segment' "$tool" status
	rm -f "/dev/shm/odbcpool.$(id -u).$$"
}

# 200 processes of 50 pools
part_crowd()
{
	local line json=$E2E_DIR/crowd.json pid

	coproc "$build/bench/crowd" 200 50
	read -r -t 60 -u "${COPROC[0]}" line
	equal '200 processes' "$line" ready
	"$tool" status --json >"$json"
	equal 'all are there' \
		"$(jq '[.processes[] | select(.program == "crowd") | .pools | length] | add' "$json")" 10000
	equal 'the table has a row a pool' "$("$tool" status | grep -c ' crowd ')" 10000
	equal 'the JSON is as its schema says' "$(validate "$json")" valid
	equal 'Prometheus can read it' "$("$tool" stats --prometheus --pool=crowd0 | parse_prometheus)" 200
	says 0 'asking 200 processes' 'pause them all' "$tool" pause --pool=crowd1
	equal 'all are paused' "$("$tool" status --json --pool=crowd2 |
		jq '[.processes[] | select(.state == ["paused"])] | length')" 200
	says 0 'resumed' 'resume them all' "$tool" resume --pool=crowd1
	eval "exec ${COPROC[1]}>&-"
	wait "$COPROC_PID" 2>/dev/null
	equal 'no stale line' "$("$tool" status --json | jq '[.processes[] | select(.program == "crowd")] | length')" 0
	for pid in $(jq '.processes[] | select(.program == "crowd") | .pid' "$json"); do
		ls "/dev/shm/odbcpool.$(id -u).$pid" 2>/dev/null
	done >"$E2E_DIR/stale"
	equal 'no stale segment' "$(wc -l <"$E2E_DIR/stale")" 0
}

validate()
{
	/usr/bin/python3 -c '
import json, jsonschema, sys
jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(json.load(open(sys.argv[2])))
print("valid")' "$tests/../doc/odbcpool-status.schema.json" "$1" 2>&1
}

# How many pools have a count of connections; every line must be well-formed.
parse_prometheus()
{
	awk '
		/^# (HELP|TYPE) [a-z_]+ ./ { if ($2 == "TYPE") type[$3] = $4; next }
		!/^[a-z_]+\{([a-z_]+="([^"\\]|\\.)*",?)+\} [0-9.]+$/ { print "bad line: " $0; exit }
		{
			name = $0
			sub(/\{.*/, "", name)
			sub(/_(bucket|sum|count)$/, "", name)
			whole = $0
			sub(/\{.*/, "", whole)
			if (!(name in type) && !(whole in type)) { print "no type: " $0; exit }
			if (/^db_client_connection_count\{.*state="used"/)
				pools++
		}
		END { print pools }'
}

part_serve()
{
	local url log=$E2E_DIR/serve.log pid

	says 2 'can be reached from other machines' 'another address is refused' "$tool" serve --listen=0.0.0.0:0
	says 2 'no address and port' 'nonsense is refused' "$tool" serve --listen=here
	load pg postgresql 3 0
	eventually 'three connects' 10 load_has_run pg 3
	"$tool" serve --listen=127.0.0.1:0 >"$log" &
	pid=$!
	eventually 'it says where' 5 grep -q Serving "$log"
	url=$(sed -n 's/^Serving \(http[^ ]*\) .*/\1/p' "$log")
	equal 'metrics' "$([ "$(curl -s "${url}metrics" | parse_prometheus)" -ge 1 ] && echo fine)" fine
	equal 'metrics are those of the load' \
		"$(curl -s "${url}metrics" | grep -c "^db_client_connection_count{pid=\"${load_pid[pg]}\".*used\"} 3$")" 1
	curl -s "${url}status.json" >"$E2E_DIR/served.json"
	equal 'status.json is as its schema says' "$(validate "$E2E_DIR/served.json")" valid
	equal 'the page' "$(curl -s "$url" | grep -c '</html>')" 1
	equal 'the page needs nothing from elsewhere' \
		"$(curl -s "$url" | grep -E '(src|href)=|@import|url\(' | grep -vc w3.org)" 0
	equal 'nothing else' "$(curl -s -o /dev/null -w '%{http_code}' "${url}etc/passwd")" 404
	equal 'only reading' "$(curl -s -o /dev/null -w '%{http_code}' -d x "$url")" 405
	equal "another site's name" "$(curl -s -o /dev/null -w '%{http_code}' -H 'Host: evil.example' "$url")" 403
	says 1 'cannot listen there: Address already in use' 'a port that is taken' \
		"$tool" serve --listen="$(sed 's|http://\(.*\)/|\1|' <<<"$url")"
	kill -TERM "$pid"
	wait "$pid"
	equal 'it ends when it is told to' $? 0
	load_end pg
}

# What stands on a terminal of 80 columns and 24 lines.
part_top()
{
	local server=odbcpool-$$

	command -v tmux >/dev/null || { echo 'top: no tmux, left out'; return; }
	says 1 'needs a terminal' 'without a terminal' sh -c "'$tool' top </dev/null | cat; exit 1"
	load pg postgresql 3 30
	eventually 'a load is running' 10 load_has_run pg 10
	LC_ALL=C.UTF-8 tmux -f /dev/null -L "$server" new-session -d -x 80 -y 24 "$tool" top --interval=0.5 \
		--pid="${load_pid[pg]}"
	screen() { tmux -L "$server" capture-pane -p; }
	shows() { screen | grep -qE "$1"; }
	eventually 'the pool is shown' 5 shows ' load +postgresql +[0-9]+ .* ok'
	eventually 'with its rate' 5 shows 'postgresql .* [1-9][0-9.]+ +0\.0 '
	equal 'it fits' "$(screen | awk 'length($0) > 80' | wc -l)" 0
	tmux -L "$server" send-keys Enter
	eventually 'Enter shows who holds connections' 5 shows 'held longest'
	eventually 'and the DBMS' 5 shows 'PostgreSQL'
	tmux -L "$server" send-keys Escape
	eventually 'Escape goes back' 5 shows 'CONN/s'
	tmux -L "$server" send-keys / nix Enter
	eventually 'the filter hides it' 5 shows 'No pool to show'
	tmux -L "$server" send-keys / Escape
	eventually 'and shows it again' 5 shows 'load +postgresql'
	tmux -L "$server" send-keys s
	eventually 's sorts' 5 shows 'by connects'
	tmux -L "$server" send-keys q
	eventually 'q quits' 5 sh -c "! tmux -L '$server' has-session 2>/dev/null"
	tmux -L "$server" kill-server 2>/dev/null
	load_end pg
}

servers_init || exit 1
servers_start_postgresql || exit 1
servers_start_mariadb || exit 1
tdsd_start "$build" || exit 1
ini_write pooled "$E2E_DIR/pooled" "$build/.libs"
ini_use "$E2E_DIR/pooled"
unset ODBCPOOL_DISABLE
for part in $parts; do
	"part_$part"
done
tally_end
