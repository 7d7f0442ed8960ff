#!/bin/sh
# SPDX-License-Identifier: MIT
# The man pages tell of every setting, attribute, diagnostic, counter and function, and of every command
# and option; and they are what a man page must be.
set -u
top=${srcdir:-.}
failed=0

# missing WHAT PAGE WORD...: each word stands in the page.
need()
{
	what=$1
	page=$2
	shift 2
	[ $# -gt 0 ] || { echo "no $what found to look for"; failed=1; }
	for word; do
		# A hyphen may be written \-.
		sed 's/\\-/-/g' "$page" | grep -qwF -e "$word" && continue
		echo "$page does not tell of the $what $word"
		failed=1
	done
}

names=$(sed -n 's/^SETTING([a-z_]*, "\([A-Za-z]*\)".*/\1/p' "$top/src/conf/settings.def")
synonyms=$(sed -n 's/^SETTING([a-z_]*, "[A-Za-z]*", [A-Z]*, "\([A-Za-z,]*\)".*/\1/p' \
	"$top/src/conf/settings.def" | tr ',' ' ')
attributes=$(grep -o 'ODBCPOOL_ATTR_[A-Z_]*' "$top/include/odbcpool.h" | sort -u)
errors=$(sed -n 's/^[[:space:]]*\(ODBCPOOL_ERR_[A-Z0-9_]*\) = \([0-9]*\),.*/\1 \2/p' "$top/include/odbcpool.h")
functions=$(sed -n 's/^[a-z].*[ *]\(odbcpool_[a-z_]*\)(.*);.*/\1/p' "$top/include/odbcpool.h")
counters=$(sed -n 's/^[A-Z]*([a-z_0-9]*, "\([a-z-]*\)".*/\1/p' "$top/src/base/counters.def")
commands=$(sed -n 's/^COMMAND(\([a-z]*\))/\1/p' "$top/src/tool/commands.def")
# Lists of words.
# shellcheck disable=SC2086
{
	need setting "$top/doc/odbcpool.7" $names $synonyms
	need attribute "$top/doc/odbcpool.7" $attributes
	need diagnostic "$top/doc/odbcpool.7" $errors
	need function "$top/doc/odbcpool.7" $functions
	need counter "$top/doc/odbcpool.7" $counters
	need command "$top/doc/odbcpool.1" $commands
}
for command in $commands; do
	options=$(./odbcpool "$command" --help | sed -n 's/^  \(--[a-z-]*\).*/\1/p')
	# shellcheck disable=SC2086
	need "option of $command" "$top/doc/odbcpool.1" $options
done
members=$(sed -n 's/^[A-Z]*(\([a-z_0-9]*\), ".*/\1/p' "$top/src/base/counters.def")
for member in $members; do
	grep -q "\"$member\": {" "$top/doc/odbcpool-status.schema.json" && continue
	echo "doc/odbcpool-status.schema.json does not tell of $member"
	failed=1
done
if command -v mandoc >/dev/null; then
	mandoc -T lint -W warning "$top/doc/odbcpool.1" "$top/doc/odbcpool.7" || failed=1
fi
exit $failed
