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
