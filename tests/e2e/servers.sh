# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016,SC2119,SC2120
#
# Private database servers for the end-to-end tests, the demo and the benchmark: to be sourced.
#
#	. tests/e2e/servers.sh
#	servers_init                 # makes E2E_DIR and sees to its removal
#	servers_start_postgresql     # sets PG_HOST PG_PORT PG_SOCKET_DIR
#	servers_start_mariadb        # sets MY_HOST MY_PORT MY_SOCKET
#	servers_start_pgbouncer MODE # in front of that PostgreSQL; sets PGBOUNCER_PORT
#
# The servers listen on loopback on a free port, keep their data below E2E_DIR and belong to an
# unprivileged user when root starts them. They end, and E2E_DIR goes, when the sourcing shell ends,
# whatever ends it: a trap does it, and where no trap can run (SIGKILL) a watchdog process does.
#
# Both servers have the user E2E_USER with the password E2E_PASSWORD, who owns the database
# E2E_DATABASE and sees everybody's sessions, and E2E_OTHER_USER with the same password. PostgreSQL
# asks for it (scram-sha-256), and has a second database, E2E_DATABASE_LATIN1, encoded in LATIN1.

E2E_USER=pooltest
E2E_OTHER_USER=pooltest2
E2E_PASSWORD='pool-Test.7'
E2E_DATABASE=pooltest
E2E_DATABASE_LATIN1=pooltest_latin1
export E2E_USER E2E_OTHER_USER E2E_PASSWORD E2E_DATABASE E2E_DATABASE_LATIN1

servers_say()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# Where Debian, or a server built from source, keeps a program that is not in PATH.
servers_find_program()
{
	local name=$1 candidate

	candidate=$(command -v "$name") && { echo "$candidate"; return 0; }
	for candidate in /usr/sbin/"$name" /usr/lib/postgresql/*/bin/"$name" \
			/usr/libexec/"$name" /usr/local/sbin/"$name"; do
		[ -x "$candidate" ] && { echo "$candidate"; return 0; }
	done
	return 1
}

servers_have_postgresql()
{
	servers_find_program initdb >/dev/null && servers_find_program postgres >/dev/null &&
		servers_find_program psql >/dev/null
}

servers_have_mariadb()
{
	servers_find_program mariadbd >/dev/null && servers_find_program mariadb-install-db >/dev/null &&
		servers_find_program mariadb >/dev/null
}

# The servers refuse to run as root; `nobody` exists everywhere and owns nothing.
servers_unprivileged()
{
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=nobody --regid="$(id -gn nobody)" --clear-groups \
			env HOME="$E2E_DIR" "$@"
	else
		env "$@"
	fi
}

# A folder that the servers' user may write to.
servers_make_folder()
{
	mkdir -m 700 "$1"
	if [ "$(id -u)" -eq 0 ]; then
		chown nobody: "$1"
	fi
}

# A process that has ended but that nobody has waited for (a container's first process may not) is
# not running any more.
servers_is_running()
{
	local state

	state=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) && [ "${state%% *}" != Z ]
}

# A port of loopback on which nobody listens now. Somebody may still take it before the server
# does: the callers try again with another one.
servers_free_port()
{
	local port

	while :; do
		port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
	done
}

# End what the pid files below $1 name, then remove the folder. Their signals for "at once"; PgBouncer's is
# QUIT only since 1.23, and before it may have been started with QUIT ignored, as all is in the background.
servers_end()
{
	local dir=$1 pid name i

	for name in pgbouncer-session:KILL pgbouncer-transaction:KILL postgres:QUIT mariadbd:KILL; do
		[ -f "$dir/${name%:*}.pid" ] || continue
		pid=$(cat "$dir/${name%:*}.pid")
		kill "-${name#*:}" "$pid" 2>/dev/null || continue
		for ((i = 0; i < 100; i++)); do
			servers_is_running "$pid" || break
			sleep 0.1
		done
		kill -KILL "$pid" 2>/dev/null || :
	done
	rm -rf "$dir"
}

servers_stop()
{
	[ -n "${E2E_DIR-}" ] || return 0
	servers_end "$E2E_DIR" 2>/dev/null
	E2E_DIR=
}

# In a session of its own, so that no signal to the terminal's process group ends it early; it
# notices within a second that the sourcing shell is gone, or that the folder is.
servers_watch()
{
	export -f servers_end servers_is_running
	setsid bash -c '
		while servers_is_running "$1" && [ -d "$2" ]; do sleep 1; done
		[ -d "$2" ] && servers_end "$2"' watchdog $$ "$E2E_DIR" </dev/null >/dev/null 2>&1 &
	disown
	export -fn servers_end servers_is_running
}

servers_init()
{
	# Drivers take the encoding of an application's text from its locale.
	export LC_ALL=C.UTF-8
	E2E_DIR=$(mktemp -d "${TMPDIR:-/tmp}/odbcpool-e2e.XXXXXX") || return 1
	export E2E_DIR
	chmod 755 "$E2E_DIR"
	trap servers_stop EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	servers_watch
}

# Start "$@" in the background, its output to the file $2, its pid to the file $1.pid below E2E_DIR.
servers_launch()
{
	local name=$1 log=$2

	shift 2
	# exec all the way: the pid is then the server's own.
	(if [ "$(id -u)" -eq 0 ]; then
		exec setpriv --reuid=nobody --regid="$(id -gn nobody)" --clear-groups \
			env HOME="$E2E_DIR" setsid "$@"
	fi
	exec setsid "$@") </dev/null >>"$log" 2>&1 &
	echo $! >"$E2E_DIR/$name.pid"
	disown
}

# Wait until "$@" succeeds; fail when the server $1 ends first or a minute is over.
servers_await()
{
	local name=$1 i

	shift
	for ((i = 0; i < 600; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		servers_is_running "$(cat "$E2E_DIR/$name.pid")" || return 1
		sleep 0.1
	done
	return 1
}

# SQL as PostgreSQL's superuser: servers_psql [psql's arguments]
servers_psql()
{
	psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 \
		--host "$PG_SOCKET_DIR" --port "$PG_PORT" --username postgres --dbname "$E2E_DATABASE" "$@"
}

# SQL as MariaDB's superuser: servers_mariadb [mariadb's arguments]
servers_mariadb()
{
	mariadb --no-defaults --socket="$MY_SOCKET" --user=root --batch --skip-column-names "$@"
}

servers_start_postgresql()
{
	local top=$E2E_DIR/postgresql attempt

	PG_HOST=127.0.0.1
	PG_SOCKET_DIR=$top
	PG_LOG=$top/log
	servers_make_folder "$top"
	if ! servers_unprivileged "$(servers_find_program initdb)" --pgdata "$top/data" \
			--username postgres --encoding UTF8 --locale C.UTF-8 --no-sync \
			--auth-local trust --auth-host scram-sha-256 >"$E2E_DIR/initdb.log" 2>&1; then
		servers_say "initdb failed:"
		cat "$E2E_DIR/initdb.log" >&2
		return 1
	fi
	for attempt in 1 2 3 4 5; do
		PG_PORT=$(servers_free_port)
		servers_launch postgres "$PG_LOG" "$(servers_find_program postgres)" -D "$top/data" \
			-c listen_addresses=$PG_HOST -c port="$PG_PORT" -c unix_socket_directories="$top" \
			-c fsync=off -c full_page_writes=off -c synchronous_commit=off \
			-c shared_buffers=16MB -c max_connections=300 -c max_prepared_transactions=50 \
			-c log_connections=on -c timezone=UTC
		servers_await postgres pg_isready --host "$top" --port "$PG_PORT" && break
		servers_say "PostgreSQL did not start on port $PG_PORT (attempt $attempt)"
		tail -n 5 "$PG_LOG" >&2
		[ "$attempt" -lt 5 ] || return 1
	done
	export PG_HOST PG_PORT PG_SOCKET_DIR PG_LOG
	servers_psql --dbname postgres <<-SQL
		create user $E2E_USER password '$E2E_PASSWORD';
		create user $E2E_OTHER_USER password '$E2E_PASSWORD';
		create database $E2E_DATABASE owner $E2E_USER;
		create database $E2E_DATABASE_LATIN1 owner $E2E_USER template template0
			encoding 'LATIN1' lc_collate 'C' lc_ctype 'C';
	SQL
}

servers_start_mariadb()
{
	local top=$E2E_DIR/mariadb attempt

	MY_HOST=127.0.0.1
	MY_SOCKET=$top/socket
	MY_LOG=$top/log
	servers_make_folder "$top"
	# A server that starts removes from there what others have.
	servers_make_folder "$top/tmp"
	if ! servers_unprivileged "$(servers_find_program mariadb-install-db)" --no-defaults \
			--datadir="$top/data" --tmpdir="$top/tmp" --auth-root-authentication-method=normal \
			--skip-test-db --cross-bootstrap --debug-no-sync >"$E2E_DIR/install-db.log" 2>&1; then
		servers_say "mariadb-install-db failed:"
		cat "$E2E_DIR/install-db.log" >&2
		return 1
	fi
	for attempt in 1 2 3 4 5; do
		MY_PORT=$(servers_free_port)
		servers_launch mariadbd "$MY_LOG" "$(servers_find_program mariadbd)" --no-defaults \
			--datadir="$top/data" --tmpdir="$top/tmp" --socket="$MY_SOCKET" --pid-file="$top/pid" \
			--bind-address=$MY_HOST --port="$MY_PORT" --skip-name-resolve --skip-log-bin \
			--character-set-server=utf8mb4 --collation-server=utf8mb4_bin --default-time-zone=+00:00 \
			--innodb-flush-log-at-trx-commit=0 --innodb-buffer-pool-size=32M \
			--max-connections=300
		servers_await mariadbd mariadb-admin --no-defaults --socket="$MY_SOCKET" --user=root ping && break
		servers_say "MariaDB did not start on port $MY_PORT (attempt $attempt)"
		tail -n 5 "$MY_LOG" >&2
		[ "$attempt" -lt 5 ] || return 1
	done
	export MY_HOST MY_PORT MY_SOCKET MY_LOG
	servers_mariadb <<-SQL
		create database $E2E_DATABASE;
		create user '$E2E_USER'@'%' identified by '$E2E_PASSWORD';
		grant all on $E2E_DATABASE.* to '$E2E_USER'@'%';
		grant all on \`${E2E_DATABASE}_many_%\`.* to '$E2E_USER'@'%';
		grant process on *.* to '$E2E_USER'@'%';
		create user '$E2E_OTHER_USER'@'%' identified by '$E2E_PASSWORD';
		grant all on $E2E_DATABASE.* to '$E2E_OTHER_USER'@'%';
	SQL
}

# servers_start_pgbouncer session|transaction [LINE...]: one for each mode.
servers_start_pgbouncer()
{
	local mode=$1 top=$E2E_DIR/pgbouncer-$1 attempt

	servers_make_folder "$top"
	printf '"%s" "%s"\n' "$E2E_USER" "$E2E_PASSWORD" >"$top/users"
	for attempt in 1 2 3 4 5; do
		PGBOUNCER_PORT=$(servers_free_port)
		cat >"$top/ini" <<-INI
			[databases]
			* = host=$PG_HOST port=$PG_PORT
			[pgbouncer]
			listen_addr = 127.0.0.1
			listen_port = $PGBOUNCER_PORT
			unix_socket_dir =
			auth_type = scram-sha-256
			auth_file = $top/users
			pool_mode = $mode
		INI
		printf '%s\n' "${@:2}" >>"$top/ini"
		[ "$(id -u)" -ne 0 ] || chown nobody: "$top/users" "$top/ini"
		servers_launch "pgbouncer-$mode" "$top/log" "$(servers_find_program pgbouncer)" "$top/ini"
		servers_await "pgbouncer-$mode" pg_isready --host 127.0.0.1 --port "$PGBOUNCER_PORT" && return 0
		servers_say "PgBouncer did not start on port $PGBOUNCER_PORT (attempt $attempt)"
		tail -n 5 "$top/log" >&2
	done
	return 1
}
