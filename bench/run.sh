#!/bin/bash
# SPDX-License-Identifier: MIT
#
# make bench: start private database servers, write private ini files, measure. Everything it makes
# is below one temporary folder that goes when it ends, whatever ends it (see servers.sh).
#
#	run.sh BENCH LIBRARIES NULLDRIVERS
#
# BENCH is the program, LIBRARIES the folder of libodbcpool.so, NULLDRIVERS that of nulldrv.so.
set -eu

bench=$1 libraries=$2 null_drivers=$3
source_dir=$(cd "$(dirname "$0")" && pwd)

"$bench" fit || exit 1

# shellcheck source=tests/e2e/servers.sh
. "$source_dir/../tests/e2e/servers.sh"
# shellcheck source=tests/e2e/ini.sh
. "$source_dir/../tests/e2e/ini.sh"
# shellcheck source=tests/tdsd/tdsd.sh
. "$source_dir/../tests/tdsd/tdsd.sh"

servers_init
databases=(sqlite)
if servers_have_postgresql; then
	servers_start_postgresql
	databases+=(postgresql)
else
	servers_say "PostgreSQL is not installed: no figures of it"
fi
if servers_have_mariadb; then
	servers_start_mariadb
	databases+=(mariadb)
else
	servers_say "MariaDB is not installed: no figures of it"
fi

if ini_find_driver libtdsodbc.so >/dev/null; then
	tdsd_start "$libraries/.."
	databases+=(sqlserver)
else
	servers_say "FreeTDS is not installed: no figures of it"
fi

ini_write bare "$E2E_DIR/bare"
ini_write pooled "$E2E_DIR/pooled" "$libraries"
mkdir "$E2E_DIR/own-pool"

# null_driver FOLDER NAME LINE...: a driver and the data source of the same name.
null_driver()
{
	local folder=$1 name=$2

	shift 2
	{ echo "[$name]"; printf '%s\n' "$@" "Threading = 0" ''; } >>"$E2E_DIR/$folder/odbcinst.ini"
	printf '[%s]\nDriver = %s\n\n' "$name" "$name" >>"$E2E_DIR/$folder/odbc.ini"
}

null_driver bare null "Driver = $null_drivers/nulldrv.so"
null_driver bare null-plain "Driver = $null_drivers/nulldrv_plain.so"
null_driver pooled null "Driver = $libraries/libodbcpool.so" "PoolDriver = $null_drivers/nulldrv.so" \
	"CPTimeout = -1"
printf '[ODBC]\nPooling = Yes\n\n' >"$E2E_DIR/own-pool/odbcinst.ini"
null_driver own-pool null "Driver = $null_drivers/nulldrv.so" "CPTimeout = 600"

# So that the trap still runs when the measuring fails.
"$bench" figures "$E2E_DIR" "$libraries" "$null_drivers" "${databases[@]}" || exit 1

# On one processor: see bench.c. The servers' sessions that begin from now on stay there.
processor=$(sed -n 's/^Cpus_allowed_list:[^0-9]*\([0-9]*\).*/\1/p' /proc/self/status)
for server in postgres mariadbd; do
	[ ! -f "$E2E_DIR/$server.pid" ] ||
		taskset -acp "$processor" "$(cat "$E2E_DIR/$server.pid")" >/dev/null
done
taskset -c "$processor" \
	"$bench" two-phases "$E2E_DIR" "$libraries" "$null_drivers" "${databases[@]}" || exit 1

# What the server had to answer for each use beyond the application's own statement, the resets in the
# background and the trial of the reset at a login left out: by the server's log of all that it was asked.
tds_extra_round_trips()
{
	awk '/^login / { used[$2] = 0 }
		/^batch .* text=select 17231$/ { uses++; used[$2] = 1; next }
		/^(batch|rpc|transaction|attention) / && used[$2] && !/ status=09 / { extra++ }
		END { if (!uses) exit 1
			printf "tds_reset_extra_roundtrips\t%.2f\tper use\n", extra / uses }' "$1"
}

if [ -n "${TDSD_AUDIT-}" ]; then
	before=$(wc -l <"$TDSD_AUDIT")
	(ini_use "$E2E_DIR/pooled"
	printf '\310\0\0\0' | "$bench" cycle \
		"DSN=sqlserver;UID=$E2E_USER;PWD=$E2E_PASSWORD" 'select 17231' 0 >"$E2E_DIR/uses")
	tail -n +$((before + 1)) "$TDSD_AUDIT" >"$E2E_DIR/audit.uses"
	tds_extra_round_trips "$E2E_DIR/audit.uses"
fi
