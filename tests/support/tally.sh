# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Counts what scripts and programs claim: to be sourced.
#
#	program | tally TITLE     # its "ok:" and "FAILED:" lines, with the title in front
#	tally_suite PROGRAM       # one of Check; after servers_init
#	tally_pass TITLE
#	tally_fail TITLE
#	expect TITLE COMMAND...   # one claim: the command succeeds
#	check TITLE CONDITION...  # one claim: test CONDITION
#	tally_end                 # "N passed, N failed", and the script's status

tally_file=$(mktemp "${TMPDIR:-/tmp}/odbcpool-tally.XXXXXX")

tally_pass()
{
	echo p >>"$tally_file"
	echo "ok: $*"
}

tally_fail()
{
	echo f >>"$tally_file"
	echo "FAILED: $*"
}

# A program that says nothing of its end has crashed.
tally()
{
	local title=$1 line has_ended=

	while IFS= read -r line; do
		case $line in
		'ok: '*) tally_pass "$title: ${line#ok: }" ;;
		'FAILED: '*) tally_fail "$title: ${line#FAILED: }" ;;
		*' passed, '*' failed') has_ended=yes ;;
		*) printf '%s\n' "$line" ;;
		esac
	done
	[ -n "$has_ended" ] || tally_fail "$title: the program did not get through"
}

# Its log is shown when not all is well.
tally_suite()
{
	local name=${1##*/} log=$E2E_DIR/${1##*/}.log checks failures i

	(cd "$E2E_DIR" && "$1") >"$log" 2>&1
	read -r checks failures < <(sed -n \
		's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\)$/\1 \2+\3/p' "$log")
	if [ -z "${checks-}" ]; then
		cat "$log"
		tally_fail "$name did not finish"
		return
	fi
	failures=$((failures))
	[ "$failures" -eq 0 ] || cat "$log"
	for ((i = 0; i < checks; i++)); do
		if [ "$i" -lt "$failures" ]; then echo f; else echo p; fi
	done >>"$tally_file"
	echo "$name: $((checks - failures)) of $checks checks"
}

expect()
{
	local title=$1

	shift
	if "$@"; then tally_pass "$title"; else tally_fail "$title"; fi
}

check()
{
	local title=$1

	shift
	expect "$title" test "$@"
}

tally_end()
{
	local passed failed

	passed=$(grep -c p "$tally_file")
	failed=$(grep -c f "$tally_file")
	rm -f "$tally_file"
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}
