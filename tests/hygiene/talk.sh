# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Speaks with the programs of the hygiene tests that obey commands: to be sourced, after tally.sh.
#
#	talk_start NAME PROGRAM...   # in the background
#	talk NAME COMMAND            # its answer is in $answer
#	talk_end NAME

declare -A talk_in talk_out talk_pid

# In a subshell, before what must not hold open the ends of the others' pipes.
talk_let_go()
{
	local fd

	for fd in "${talk_in[@]}" "${talk_out[@]}"; do exec {fd}>&-; done
}

talk_start()
{
	local name=$1 in out

	shift
	mkfifo "$E2E_DIR/$name.in" "$E2E_DIR/$name.out"
	(talk_let_go
	exec "$@") <"$E2E_DIR/$name.in" >"$E2E_DIR/$name.out" &
	talk_pid[$name]=$!
	exec {in}>"$E2E_DIR/$name.in" {out}<"$E2E_DIR/$name.out"
	talk_in[$name]=$in
	talk_out[$name]=$out
	rm "$E2E_DIR/$name.in" "$E2E_DIR/$name.out"
}

# What it says without being asked: its next line.
talk_listen()
{
	answer=
	IFS= read -r -t 120 -u "${talk_out[$1]}" answer || answer="no answer within two minutes"
}

talk()
{
	echo "$2" >&"${talk_in[$1]}"
	talk_listen "$1"
}

talk_end()
{
	local in=${talk_in[$1]} out=${talk_out[$1]}

	exec {in}>&- {out}<&-
	unset "talk_in[$1]" "talk_out[$1]"
	wait "${talk_pid[$1]}"
}
