#!/bin/bash
# SPDX-License-Identifier: MIT
#
# usage: state.sh BUILDDIR
#
# "Fresh or reused?": whatever a borrower does to its session, the next one must find what a fresh
# connection of the bare driver has. Runs the state program on each data source, as an ANSI and as a
# wide application, for each ResetMode, and with ConnectionReset=No, where each change must show.
# Ends with a line "N passed, N failed".
#
# In the environment: SOURCES names the data sources (default: all), WAYS the modes (default: Background
# Return Borrow leaky careful).
set -u

# shellcheck source=tests/support/script.sh
. "$(dirname "$0")/../support/script.sh"
# shellcheck source=tests/hygiene/prepare.sh
. "$tests/hygiene/prepare.sh"

program=$build/tests/hygiene/state
ways=${WAYS:-Background Return Borrow leaky careful}

# run WIDTH MODE FOLDER STRING TITLE
run()
{
	(ini_use "$E2E_DIR/$3" && "$program" "$1" "$2" "$4" "$E2E_DIR/fresh") |
		tally "$5"
}

# try_source STRING: all modes, in both widths.
try_source()
{
	local string=$1 width mode

	for width in ansi wide; do
		(ini_use "$E2E_DIR/bare" && "$program" "$width" fresh "$string") >"$E2E_DIR/fresh"
		(ini_use "$E2E_DIR/bare" && "$program" "$width" fresh "$string") >"$E2E_DIR/again"
		expect "$string, $width: two fresh sessions answer the same" \
			diff "$E2E_DIR/fresh" "$E2E_DIR/again"
		for mode in $ways; do
			case $mode in
			leaky) run "$width" leaky leaky "$string" "$string, $width, ConnectionReset=No" ;;
			careful) run "$width" careful careful "$string" "$string, $width, no reset known" ;;
			*) run "$width" reset "$mode" "$string" "$string, $width, $mode" ;;
			esac
		done
	done
}

sources=${SOURCES:-postgresql postgresql-ansi mariadb sqlite sqlserver}
servers_init || exit 1
case $sources in *postgresql*) servers_start_postgresql && prepare_postgresql || exit 1 ;; esac
case $sources in *mariadb*) servers_start_mariadb && prepare_mariadb || exit 1 ;; esac
case $sources in *sqlserver*) tdsd_start "$build" --database hygiene_db || exit 1 ;; esac
prepare_sqlite || exit 1
ini_write bare "$E2E_DIR/bare"
case $sources in *sqlserver*) prepare_sqlserver || exit 1 ;; esac
for mode in Background Return Borrow; do
	ini_write pooled "$E2E_DIR/$mode" "$build/.libs" "ResetMode = $mode"
done
ini_write pooled "$E2E_DIR/leaky" "$build/.libs" "ConnectionReset = No"
ini_write pooled "$E2E_DIR/careful" "$build/.libs" "ResetMethod = Close"
ini_write pooled "$E2E_DIR/batch" "$build/.libs" "ResetMethod = Sql"

for source in $sources; do
	case $source in
	sqlserver)
		string="DSN=$source;UID=$E2E_USER;PWD=$E2E_PASSWORD"
		try_source "$string"
		# More is closed than with the server's own reset, but nothing is left behind.
		for width in ansi wide; do
			(ini_use "$E2E_DIR/bare" && "$program" "$width" fresh "$string") >"$E2E_DIR/fresh"
			run "$width" careful batch "$string" "$string, $width, ResetMethod=Sql"
		done
		;;
	*) try_source "DSN=$source" ;;
	esac
	case $source in
	postgresql*) try_source "DSN=$source;Database=$E2E_DATABASE_LATIN1" ;;
	esac
done
tally_end
