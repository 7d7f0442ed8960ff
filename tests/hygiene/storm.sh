#!/bin/bash
# SPDX-License-Identifier: MIT
#
# usage: storm.sh BUILDDIR [SECONDS]
#
# A hundred threads on twenty connections to the server of tests/tdsd, which meanwhile kills sessions,
# drops and resets sockets, refuses logins, delays and stalls: see storm.c. Afterwards no session may
# be left. Ends with a line "N passed, N failed". SECONDS is 20 unless given; make soak takes 600.
set -u

# shellcheck source=tests/support/script.sh
. "$(dirname "$0")/../support/script.sh"
# shellcheck source=tests/hygiene/prepare.sh
. "$tests/hygiene/prepare.sh"
seconds=${2-20}

servers_init || exit 1
tdsd_start "$build" --database hygiene_db || exit 1
ini_write bare "$E2E_DIR/bare"
ini_write pooled "$E2E_DIR/pooled" "$build/.libs" "MaxPoolSize = 20" "MinPoolSize = 5" "PoolConnectTimeout = 5" \
	"PoolBlockingPeriod = NeverBlock" "ValidationTimeout = 2" "ValidationInterval = 1" \
	"ConnectionIdleTimeout = 3" "ConnectionLifetime = 7"
prepare_sqlserver || exit 1
ini_use "$E2E_DIR/pooled"
string="DSN=sqlserver;UID=$E2E_USER;PWD=$E2E_PASSWORD"
"$build/tests/hygiene/storm" "$seconds" 100 "$string" "$TDSD_CONTROL" | tally "storm of $seconds s"
for ((i = 0; i < 100; i++)); do
	left=$(tdsd_ask sessions)
	[ "${left%:*}" = 'ok 0' ] && break
	sleep 0.1
done
check "no session is left ($left)" "${left%:*}" = 'ok 0'
counts=$(tdsd_ask counts)
check "as many logouts as logins ($counts)" \
	"$(sed 's/.* logins=\([0-9]*\).*/\1/' <<<"$counts")" -eq \
	"$(sed 's/.* logouts=\([0-9]*\).*/\1/' <<<"$counts")"
tally_end
