# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Speaks with the programs of the hygiene tests that obey commands: to be sourced, after
# tally.sh and servers.sh.
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
	local name=$1 in out pipe

	shift
	# Subshells that work side by side may use the same names.
	pipe=$E2E_DIR/$BASHPID.$name
	mkfifo "$pipe.in" "$pipe.out"
	(talk_let_go
	exec "$@") <"$pipe.in" >"$pipe.out" &
	talk_pid[$name]=$!
	exec {in}>"$pipe.in" {out}<"$pipe.out"
	talk_in[$name]=$in
	talk_out[$name]=$out
	rm "$pipe.in" "$pipe.out"
}

# What it says without being asked: its next line.
talk_listen()
{
	answer=
	IFS= read -r -t 30 -u "${talk_out[$1]}" answer || answer="no answer within half a minute"
}

talk()
{
	echo "$2" >&"${talk_in[$1]}"
	talk_listen "$1"
}

talk_end()
{
	local in=${talk_in[$1]} out=${talk_out[$1]} i

	exec {in}>&- {out}<&-
	unset "talk_in[$1]" "talk_out[$1]"
	# What hangs has been reported where its answer did not come.
	for ((i = 0; i < 200; i++)); do
		servers_is_running "${talk_pid[$1]}" || break
		sleep 0.1
	done
	kill -KILL "${talk_pid[$1]}" 2>/dev/null
	wait "${talk_pid[$1]}" 2>/dev/null
}
