#!/bin/bash
# SPDX-License-Identifier: MIT
#
# usage: sqlserver.sh BUILDDIR [TEST...]
#
# SQL Server through FreeTDS and the real driver manager, on the server of tests/tdsd: the Check
# programs test_sqlserver*, what isql shows its user, whether as many logins were counted by the server as
# by the pools, and a server that is started anew. Ends with a line "N passed, N failed".
set -u

# shellcheck source=tests/support/script.sh
. "$(dirname "$0")/../support/script.sh"
# shellcheck source=tests/hygiene/prepare.sh
. "$tests/hygiene/prepare.sh"
# shellcheck source=tests/hygiene/talk.sh
. "$tests/hygiene/talk.sh"
shift

isql_of()
{
	isql -b -v "$1" "$E2E_USER" "${2-$E2E_PASSWORD}" 2>&1
}

# What isql shows is what it shows without odbcpool.
check_isql()
{
	local bare wrapped

	bare=$(ini_use "$E2E_DIR/bare"; echo 'select 40 + 2 as answer' | isql_of sqlserver)
	wrapped=$(echo 'select 40 + 2 as answer' | isql_of sqlserver)
	expect "isql shows what it shows without odbcpool" \
		eval '[ "$bare" = "$wrapped" ] && grep -q 42 <<<"$wrapped"'
	bare=$(ini_use "$E2E_DIR/bare"; isql_of sqlserver wrong </dev/null)
	wrapped=$(isql_of sqlserver wrong </dev/null)
	expect "isql shows the driver's words for a wrong password ($wrapped)" \
		eval '[ "$bare" = "$wrapped" ] && grep -q "Login failed for user" <<<"$wrapped"'
	tdsd_ask stall login >/dev/null
	wrapped=$(isql_of sqlserver-soon </dev/null)
	tdsd_ask resume >/dev/null
	expect "isql shows that a login took too long ($wrapped)" \
		grep -q 'T00.*imeout expired' <<<"$wrapped"
}

# Idle connections to a server that is started anew cost no borrower.
check_restart()
{
	local string="DSN=sqlserver;UID=$E2E_USER;PWD=$E2E_PASSWORD" port=$TDSD_PORT

	talk_start app "$build/tests/hygiene/borrower"
	talk app "borrow 10 $string"
	talk app return
	tdsd_stop
	while servers_is_running "$TDSD_PID"; do sleep 0.1; done
	tdsd_start "$build" --database hygiene_db --port "$port"
	talk app "borrow 10 $string"
	expect "ten connects and first statements succeed after a restart (${answer:0:200})" \
		[ "${answer%% *}" = ok ]
	talk app return
	talk_end app
}

# Logins as the audit log counts them, and as the pools' trace does.
check_counts()
{
	local logins opened trace=$E2E_DIR/counts.trace
	local string="DSN=sqlserver-counted;UID=$E2E_USER;PWD=$E2E_PASSWORD"

	tdsd_ask audit counting >/dev/null
	: >"$trace"
	chmod 666 "$trace"
	"$build/tests/hygiene/storm" 3 20 "$string" | tally "three seconds of use"
	logins=$(sed '1,/^note counting$/d' "$TDSD_AUDIT" | grep -c '^login ')
	opened=$(grep -c ' open pool=' "$trace")
	check "the server counts as many logins ($logins) as the pools opened connections ($opened)" \
		"$logins" -eq "$opened"
	check "and there were some" "$opened" -ge 10
}

servers_init || exit 1
tdsd_start "$build" --database hygiene_db || exit 1
ini_write bare "$E2E_DIR/bare"
ini_write pooled "$E2E_DIR/pooled" "$build/.libs"
{
	ini_flavour=pooled ini_pooling=Yes
	ini_lines=("InitQuery = set lock_timeout 99")
	ini_source sqlserver-init FreeTDS "Server = 127.0.0.1" "Port = $TDSD_PORT" "TDS_Version = 7.4"
	ini_lines=("PoolConnectTimeout = 2")
	ini_source sqlserver-soon FreeTDS "Server = 127.0.0.1" "Port = $TDSD_PORT" "TDS_Version = 7.4"
	ini_lines=("MaxPoolSize = 10" "PoolTrace = Info" "PoolTraceFile = $E2E_DIR/counts.trace")
	ini_source sqlserver-counted FreeTDS "Server = 127.0.0.1" "Port = $TDSD_PORT" "TDS_Version = 7.4"
} >>"$E2E_DIR/pooled/odbc.ini"
prepare_sqlserver || exit 1
ini_use "$E2E_DIR/pooled"

if [ $# -gt 0 ]; then
	for suite in "$@"; do
		tally_suite "$build/tests/e2e/$suite"
	done
else
	tally_suite "$build/tests/e2e/test_sqlserver"
	tally_suite "$build/tests/e2e/test_sqlserver_faults"
	# A sanitizer's run-time must be in the program.
	[ -n "${SANITIZED-}" ] || check_isql
	check_counts
	check_restart
fi
tally_end
