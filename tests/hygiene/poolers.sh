#!/bin/bash
# SPDX-License-Identifier: MIT
#
# usage: poolers.sh BUILDDIR
#
# What stands between the driver and PostgreSQL: PgBouncer in session and in transaction mode, and a
# server that does not know all parts of a reset. Where the session is the connection's own it is as
# fresh for the next borrower; where it is not, nobody else's is touched. Ends with a line
# "N passed, N failed".
set -u

# shellcheck source=tests/support/script.sh
. "$(dirname "$0")/../support/script.sh"
# shellcheck source=tests/hygiene/prepare.sh
. "$tests/hygiene/prepare.sh"
# shellcheck source=tests/hygiene/talk.sh
. "$tests/hygiene/talk.sh"

program=$build/tests/hygiene/state

ask()
{
	talk app "$1"
	echo "$answer"
}

# As state.sh does, in one of its ways.
try_session_mode()
{
	local string="DSN=postgresql;Port=$PGBOUNCER_PORT" width

	for width in ansi wide; do
		(ini_use "$E2E_DIR/bare" && "$program" "$width" fresh "$string") >"$E2E_DIR/fresh"
		(ini_use "$E2E_DIR/pooled" && "$program" "$width" reset "$string" "$E2E_DIR/fresh") |
			tally "PgBouncer, session mode, $width"
	done
}

# Keeps the only session of PgBouncer's that is at rest busy, so that others go to another one.
hold_a_session()
{
	talk_start holder "$build/tests/hygiene/borrower"
	talk holder "borrow 1 DSN=postgresql;Port=$PGBOUNCER_PORT;Pooling=No"
	talk holder "set 102 0"
	talk holder "ask select pg_backend_pid()"
}

try_transaction_mode()
{
	local string="DSN=postgresql;Port=$PGBOUNCER_PORT" first

	talk_start app "$build/tests/hygiene/borrower"
	talk app "borrow 1 $string"
	expect "PgBouncer, transaction mode: a connect succeeds ($answer)" [ "${answer%% *}" = ok ]
	first=$(ask "ask select pg_backend_pid()")
	talk app "run set work_mem = '7MB'"
	hold_a_session
	check "PgBouncer, transaction mode: another transaction has the session" "$answer" = "$first"
	# The reset goes to another session than the one that was changed.
	talk app return
	talk app "borrow 1 $string"
	check "PgBouncer, transaction mode: a reset that went astray ends the connection" \
		"$(ask reused)" = no
	check "PgBouncer, transaction mode: another session has not been changed" \
		"$(ask "ask show work_mem")" = 4MB
	talk app return
	talk app "borrow 1 $string"
	check "PgBouncer, transaction mode: after nothing but queries it is reused" \
		"$(ask reused)" = yes
	talk app "run set work_mem = '9MB'"
	talk app return
	talk app "borrow 1 $string"
	check "PgBouncer, transaction mode: after SET it is not reused" "$(ask reused)" = no
	talk app return
	talk_end holder
	talk_end app
}

# A server of which a function is missing, as in those that only speak PostgreSQL's protocol.
try_partial_server()
{
	local string="DSN=postgresql;Database=partial"

	servers_psql --command "create database partial owner $E2E_USER"
	servers_psql --dbname partial --command \
		"alter function pg_advisory_unlock_all() rename to pg_advisory_renamed"
	talk_start app "$build/tests/hygiene/borrower"
	talk app "borrow 1 $string"
	talk app "run set work_mem = '7MB'"
	talk app return
	talk app "borrow 1 $string"
	check "a part is unknown to the server: the connection is reused" "$(ask reused)" = yes
	check "a part is unknown to the server: the others reset it" "$(ask "ask show work_mem")" = 4MB
	talk app return
	talk_end app
}

# A part that is known but refused might leave something behind.
try_refusing_server()
{
	local string="DSN=postgresql;Database=refusing;UID=$E2E_OTHER_USER"

	servers_psql --command "create database refusing owner $E2E_USER"
	servers_psql --dbname refusing --command \
		"revoke execute on function pg_advisory_unlock_all() from public"
	talk_start app "$build/tests/hygiene/borrower"
	talk app "borrow 1 $string"
	talk app "run set work_mem = '7MB'"
	talk app return
	talk app "borrow 1 $string"
	check "a part is refused: after SET it is not reused" "$(ask reused)" = no
	talk app return
	talk app "borrow 1 $string"
	check "a part is refused: after nothing but queries it is reused" "$(ask reused)" = yes
	talk app return
	talk_end app
}

servers_init || exit 1
servers_start_postgresql || exit 1
prepare_postgresql || exit 1
ini_write bare "$E2E_DIR/bare"
ini_write pooled "$E2E_DIR/pooled" "$build/.libs"
ini_use "$E2E_DIR/pooled"
try_partial_server
try_refusing_server
if servers_find_program pgbouncer >/dev/null; then
	# A session that we give up is not to be met again: what no reset undoes is not undone there either.
	servers_start_pgbouncer session 'server_lifetime = 0' || exit 1
	try_session_mode
	servers_start_pgbouncer transaction || exit 1
	try_transaction_mode
else
	echo "skipped: pgbouncer is not installed"
fi
tally_end
