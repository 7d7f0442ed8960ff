# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The test double of SQL Server for scripts: to be sourced, after tests/e2e/servers.sh and
# servers_init.
#
#	tdsd_start BUILDDIR [OPTION...]   # sets TDSD_PORT TDSD_PID TDSD_CONTROL TDSD_AUDIT
#	tdsd_ask COMMAND...               # prints the control socket's answer; fails when it is an error
#	tdsd_stop                         # by hand; it ends with the sourcing shell in any case
#
# It has the user E2E_USER with the password E2E_PASSWORD, E2E_OTHER_USER with the same, and the database
# E2E_DATABASE, which is the default; the options come on top of that.

tdsd_start()
{
	local dir i

	TDSD=$1/tests/tdsd/tdsd
	shift
	dir=$(mktemp -u "$E2E_DIR/tdsd.XXXXXX")
	servers_make_folder "$dir"
	TDSD_CONTROL=$dir/control
	TDSD_AUDIT=$dir/audit
	servers_launch tdsd "$dir/log" "$TDSD" --port 0 --until-pid $$ --control "$TDSD_CONTROL" \
		--audit "$TDSD_AUDIT" --user "$E2E_USER:$E2E_PASSWORD" \
		--user "$E2E_OTHER_USER:$E2E_PASSWORD" --database "$E2E_DATABASE" "$@"
	TDSD_PID=$(cat "$E2E_DIR/tdsd.pid")
	for ((i = 0; i < 600; i++)); do
		TDSD_PORT=$(sed -n 's/^port //p' "$dir/log")
		[ -z "$TDSD_PORT" ] || break
		servers_is_running "$TDSD_PID" || break
		sleep 0.05
	done
	if [ -z "$TDSD_PORT" ]; then
		servers_say "tdsd did not start:"
		cat "$dir/log" >&2
		return 1
	fi
	export TDSD TDSD_PORT TDSD_PID TDSD_CONTROL TDSD_AUDIT
}

tdsd_ask()
{
	"$TDSD" --ask "$TDSD_CONTROL" "$@"
}

tdsd_stop()
{
	kill "$TDSD_PID" 2>/dev/null || :
}
