# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# bash completion for odbcpool. What there is to complete is asked of the program itself.

_odbcpool_words()
{
	local line

	while IFS= read -r line; do
		[[ $line == "$2"* ]] && COMPREPLY+=("$(printf '%q' "$line")")
	done < <("$1" 2>/dev/null)
}

_odbcpool_commands()
{
	odbcpool --help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p'
}

_odbcpool_options()
{
	odbcpool "${COMP_WORDS[1]}" --help | sed -n 's/^  \(--[a-z-]*=\{0,1\}\).*/\1/p'
}

_odbcpool_pools()
{
	odbcpool stats | cut -d ' ' -f 2 | grep -v '^(' | sort -u
}

_odbcpool_processes()
{
	odbcpool stats | cut -d ' ' -f 1 | sort -u
}

_odbcpool_sources()
{
	odbcinst -q -s | tr -d '[]'
}

_odbcpool_drivers()
{
	odbcinst -q -d | tr -d '[]'
}

_odbcpool()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	# "=" is a word of its own here.
	if [ "$word" = = ]; then
		word=
	elif [ "$before" = = ]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	if [ "$COMP_CWORD" -eq 1 ]; then
		_odbcpool_words _odbcpool_commands "$word"
		return
	fi
	case $before in
	--pool) _odbcpool_words _odbcpool_pools "$word"; return ;;
	--pid) _odbcpool_words _odbcpool_processes "$word"; return ;;
	--file | --libraries) compopt -o default; return ;;
	esac
	case $word in
	-*)
		_odbcpool_words _odbcpool_options "$word"
		[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
		return
		;;
	esac
	case ${COMP_WORDS[1]} in
	check | explain) _odbcpool_words _odbcpool_sources "$word" ;;
	wrap | unwrap) _odbcpool_words _odbcpool_drivers "$word" ;;
	esac
}

complete -F _odbcpool odbcpool
