#!/bin/sh
# SPDX-License-Identifier: MIT
# Rules of style that a machine can see: lengths, licence lines, layout, and what a guest in someone
# else's process never calls.
# shellcheck disable=SC2086 # compilers with options, lists of files
set -u
top=${srcdir:-.}
complaints=$(mktemp)
trap 'rm -f "$complaints"' EXIT

# expect_none WHAT, the findings on standard input
expect_none() {
	found=$(cat)
	[ -z "$found" ] && return
	echo "$1:" >>"$complaints"
	echo "$found" | sed 's/^/	/' >>"$complaints"
}

sources=$(find "$top/src" "$top/include" "$top/tests" "$top/bench" -name '*.[ch]' | sort)
[ -n "$sources" ] || { echo "no sources found in $top"; exit 1; }
others=$(find "$top/src" "$top/tests" "$top/bench" "$top/scripts" \
	-name '*.def' -o -name '*.inc' -o -name '*.sh' 2>/dev/null | sort)

for file in $sources $others; do
	head -n 2 "$file" | grep -q 'SPDX-License-Identifier: MIT' || echo "$file"
done | expect_none "no licence line"

for file in $sources; do
	lines=$(wc -l <"$file")
	[ "$lines" -lt 500 ] || echo "$file: $lines"
done | expect_none "files of 500 lines or more"

# With K&R braces a function's body begins and ends in the first column.
awk '
	FNR == 1 { start = 0 }
	/^{/ { start = FNR; name = previous }
	/^}/ && start {
		if (FNR - start + 1 >= 60)
			printf "%s:%d: %d lines: %s\n", FILENAME, start, FNR - start + 1, name
		start = 0
	}
	{ previous = $0 }
' $sources | expect_none "functions of 60 lines or more"

grep -nE '[[:space:]]$' $sources $others | expect_none "blanks at the end of a line"

# Comments talk about these functions; calls have a parenthesis and are not in a comment.
# The tool is a program of its own.
find "$top/src" -path "$top/src/tool" -prune -o -name '*.[ch]' -exec grep -nE \
	'(^|[^A-Za-z0-9_.>"])(_?exit|quick_exit|abort|printf|vprintf|puts|putchar|perror|signal|sigaction|setlocale|uselocale|umask|chdir|fchdir|putenv|setenv|unsetenv|clearenv|system|popen|psignal|alarm|setitimer)[[:space:]]*\(|\b(stdout|stderr)\b' \
	{} + | grep -vE ':[[:space:]]*(/?\*|//)|__attribute__' |
	expect_none "a driver is a guest: it does not end, print, or change what belongs to the process"

if command -v clang-format >/dev/null; then
	# export_list.h is lists for the preprocessor; their rows are not statements.
	echo "$sources" | grep -v '/shell/export_list\.h$' |
		xargs clang-format --style=file --dry-run -Werror 2>&1 |
		expect_none "not as clang-format writes it"
fi
cat "$complaints"
[ ! -s "$complaints" ]
