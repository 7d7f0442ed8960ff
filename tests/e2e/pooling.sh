#!/bin/bash
# SPDX-License-Identifier: MIT
#
# usage: pooling.sh BUILDDIR [TEST...]
#
# Pooling through the real driver manager, on servers of its own: runs the Check programs test_*, then
# applications that were never told about odbcpool (isql, Python, PHP, C++, and a C program with other
# allocators preloaded) as far as they are installed. Ends with a line "N passed, N failed".
#
# With SANITIZED=1 in the environment the applications are left out: a sanitizer's run-time must be
# in the program, and these are not ours to build.
set -u

# shellcheck source=tests/support/script.sh
. "$(dirname "$0")/../support/script.sh"
shift

# expect_one_session WHAT COMMAND...: the command prints the session of each of its connects; there
# are three or more, and all are the same.
expect_one_session()
{
	local what=$1 output

	shift
	if ! output=$(timeout 60 "$@" 2>&1); then
		tally_fail "$what: ended badly: $output"
	elif [ "$(grep -c '^[0-9][0-9]*$' <<<"$output")" -lt 3 ]; then
		tally_fail "$what: not three sessions: $output"
	elif [ "$(sort -u <<<"$output" | wc -l)" -ne 1 ]; then
		tally_fail "$what: not the same session each time: $(tr '\n' ' ' <<<"$output")"
	else
		tally_pass "$what: the same session each time"
	fi
}

query_of()
{
	case $1 in
	mariadb) echo 'select connection_id()' ;;
	*) echo 'select pg_backend_pid()' ;;
	esac
}

# Connects once: what isql shows must simply be what it shows without us.
check_isql()
{
	local source=$1 bare wrapped

	bare=$(ini_use "$E2E_DIR/bare"; echo 'select 40 + 2 as answer' | isql -b "$source" 2>&1)
	wrapped=$(echo 'select 40 + 2 as answer' | isql -b "$source" 2>&1)
	if [ "$bare" = "$wrapped" ] && grep -q 42 <<<"$wrapped"; then
		tally_pass "isql on $source shows what it shows without odbcpool"
	else
		tally_fail "isql on $source: $wrapped"
	fi
}

check_python()
{
	expect_one_session "Python on $1" "$python" -c "
import pyodbc
pyodbc.pooling = False
for i in range(4):
    c = pyodbc.connect('DSN=$1')
    print(c.cursor().execute('$(query_of "$1")').fetchone()[0])
    c.close()"
}

# Forked workers of multiprocessing, while the parent has a connection in use and one idle.
check_python_children()
{
	local output

	output=$(timeout 60 "$python" -c "
import multiprocessing, os, pyodbc
pyodbc.pooling = False

def session(c):
    return c.cursor().execute('$(query_of "$1")').fetchone()[0]

def work(i):
    c = pyodbc.connect('DSN=$1')
    s = session(c)
    c.close()
    return os.getpid(), s

used = pyodbc.connect('DSN=$1')
idle = pyodbc.connect('DSN=$1')
parents = session(used), session(idle)
idle.close()
seen = {}
with multiprocessing.get_context('fork').Pool(4) as workers:
    for pid, s in workers.map(work, range(40), 1):
        seen.setdefault(pid, set()).add(s)
again = pyodbc.connect('DSN=$1')
assert (session(used), session(again)) == parents, 'the parent lost a session'
assert all(len(s) == 1 for s in seen.values()), 'a worker did not reuse its session: %r' % seen
owners = [s for sessions in seen.values() for s in sessions]
assert len(set(owners)) == len(owners), 'two workers shared a session'
assert not set(owners) & set(parents), 'a worker used a session of the parent'
print('fine')" 2>&1)
	if [ "$output" = fine ]; then
		tally_pass "Python's multiprocessing on $1: each process has sessions of its own"
	else
		tally_fail "Python's multiprocessing on $1: $output"
	fi
}

check_php()
{
	expect_one_session "PHP on $1" php -r "
for (\$i = 0; \$i < 4; \$i++) {
	\$c = odbc_connect('$1', '', '');
	\$r = odbc_exec(\$c, '$(query_of "$1")');
	echo odbc_result(\$r, 1), \"\\n\";
	odbc_close(\$c);
}"
}

# The Python that has pyodbc: not always the first one in PATH.
find_python()
{
	local candidate

	for candidate in python3 /usr/bin/python3; do
		"$candidate" -c 'import pyodbc' 2>/dev/null && { echo "$candidate"; return 0; }
	done
	return 1
}

check_applications()
{
	local source python plain=$E2E_DIR/plain allocator

	c++ -Wall -o "$plain" "$tests/e2e/plain.cc" -lodbc || { tally_fail "plain.cc does not compile"; return; }
	python=$(find_python)
	for source in postgresql postgresql-ansi mariadb; do
		expect_one_session "a program that unloads the driver manager, on $source" \
			"$build/tests/e2e/unload" "$source" "$(query_of "$source")"
		check_isql "$source"
		expect_one_session "C++ on $source" "$plain" "$source" "$(query_of "$source")"
		[ -z "$python" ] || { check_python "$source"; check_python_children "$source"; }
		php -r 'exit(function_exists("odbc_connect") ? 0 : 1);' 2>/dev/null && check_php "$source"
		for allocator in libjemalloc.so.2 libtcmalloc_minimal.so.4 libmimalloc.so.2.0; do
			[ -r "$(echo /usr/lib/*/$allocator)" ] || continue
			expect_one_session "$allocator under C++ on $source" \
				env LD_PRELOAD="$(echo /usr/lib/*/$allocator)" \
				"$plain" "$source" "$(query_of "$source")"
		done
	done
	check_isql sqlite
}

servers_init || exit 1
servers_start_postgresql || exit 1
servers_start_mariadb || exit 1
ini_write bare "$E2E_DIR/bare"
ini_write pooled "$E2E_DIR/pooled" "$build/.libs"
tdsd_start "$build" || exit 1
cat >>"$E2E_DIR/pooled/odbc.ini" <<-INI
	[tdsd]
	Driver = FreeTDS
	Server = 127.0.0.1
	Port = $TDSD_PORT
	TDS_Version = 7.4
	Pooling = Yes
INI
ini_use "$E2E_DIR/pooled"
E2E_LIBRARIES=$build/.libs
E2E_SQLITE_DRIVER=$(ini_find_driver libsqlite3odbc.so)
E2E_POSTGRESQL_DRIVER=$(ini_find_driver psqlodbcw.so)
E2E_ODBC2_DRIVER=$build/tests/fakedrv/.libs/fakedrv_odbc2.so
export E2E_LIBRARIES E2E_SQLITE_DRIVER E2E_POSTGRESQL_DRIVER E2E_ODBC2_DRIVER

if [ $# -gt 0 ]; then
	for suite in "$@"; do
		tally_suite "$build/tests/e2e/$suite"
	done
else
	for suite in test_sharing test_limits test_supply test_state test_counters test_bad_input test_company test_transactions \
			test_files test_fork test_children test_process test_clock test_mariadb \
			test_xa test_xa_connect test_xa_failed test_xa_lost test_xa_recover test_xa_rows test_xa_texts \
			test_xa_watch; do
		tally_suite "$build/tests/e2e/$suite"
	done
	[ -n "${SANITIZED-}" ] || check_applications
fi
tally_end
