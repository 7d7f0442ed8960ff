#!/bin/bash
# SPDX-License-Identifier: MIT
#
# usage: turns.sh BUILDDIR
#
# What reuse costs in round trips, counted between the driver and the server, when an application
# does nothing but ask. One, for the reset. Without a reset MariaDB takes one as well: its
# driver sends every rollback to the server, and nothing is known of a transaction then.
# And what a branch of the XA switch costs there, where the borrow itself takes none.
# Ends with a line "N passed, N failed".
set -u

# shellcheck source=tests/support/script.sh
. "$(dirname "$0")/../support/script.sh"
# shellcheck source=tests/hygiene/talk.sh
. "$tests/hygiene/talk.sh"

borrows=10

# From here on; the number is in $answer.
turns()
{
	talk proxy turns
}

borrow()
{
	talk app "borrow 1 DSN=$1;Port=$port$2"
	[ "${answer%% *}" = ok ] || tally_fail "$1$2: a borrow: $answer"
}

# $1: the data source; $2: its port; $3: what the borrower asks after its "select 17231"; $4: options
# of the pool; $5: how many turns a borrow may take beside these two.
try()
{
	local port i own all title="$1$4"

	talk_start app "$build/tests/hygiene/borrower"
	talk_start proxy "$build/tests/hygiene/proxy" "$2"
	talk_listen proxy
	port=$answer
	# The first of all logs in, and from the second on everything is known.
	for i in 1 2; do
		borrow "$1" "$4"
		[ "$i" = 2 ] || talk app return
	done
	turns
	talk app "ask select 17231"
	talk app "ask $3"
	turns
	own=$answer
	check "$title: the two statements take a turn each" "$own" -eq 2
	for ((i = 0; i < borrows; i++)); do
		talk app return
		borrow "$1" "$4"
	done
	turns
	all=$answer
	talk app reused
	check "$title: the connection was used before" "$answer" = yes
	check "$title: $borrows borrows take $all turns, $own of each for its statements" \
		"$all" -le $((borrows * (own + $5)))
	check "$title: the statements are counted" "$all" -ge $((borrows * own))
	talk_end app
	talk_end proxy
}

branch()
{
	talk app "$1"
	[ "$answer" = ok ] || tally_fail "a branch of \"$1\": $answer"
}

# $1: options of the driver; $2: the statements of a branch; $3: how many turns it takes.
try_branch()
{
	local i

	talk_start proxy "$build/tests/hygiene/proxy" "$PG_PORT"
	talk_listen proxy
	talk_start app "$build/tests/hygiene/branch" "DSN=postgresql;Port=$answer;ConnectionReset=no$1"
	# The first logs in, and asks what the server calls the session.
	for i in 1 2; do branch "$2"; done
	turns
	for ((i = 0; i < borrows; i++)); do branch "$2"; done
	turns
	check "$1: $borrows branches of \"$2\" take $answer turns, $3 each" \
		"$answer" -eq $((borrows * $3))
	talk_end app
	talk_end proxy
}

servers_init || exit 1
servers_start_postgresql || exit 1
servers_start_mariadb || exit 1
ini_write pooled "$E2E_DIR/pooled" "$build/.libs"
ini_use "$E2E_DIR/pooled"
for mode in Background Return Borrow; do
	try postgresql "$PG_PORT" 'select pg_backend_pid()' ";ResetMode=$mode" 1
	try mariadb "$MY_PORT" 'select connection_id()' ";ResetMode=$mode" 1
done
try postgresql "$PG_PORT" 'select pg_backend_pid()' ';ConnectionReset=no' 0
try mariadb "$MY_PORT" 'select connection_id()' ';ConnectionReset=no' 1
update='update turns set n = n + 1'
servers_psql -d "$E2E_DATABASE" -c 'create table turns (n int); insert into turns values (0); grant all on turns to public'
for options in '' ';Protocol=7.4-0' ';Protocol=7.4-1' ';UseDeclareFetch=1'; do
	# The statements, the prepare and the commit; and the sign, where the text calls for it.
	try_branch "$options" "$update" 3
	try_branch "$options" "$update|$update" 4
	try_branch "$options" "$update; savepoint s" 4
	try_branch "$options" "$update|savepoint s|release s" 6
done
tally_end
