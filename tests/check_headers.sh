#!/bin/sh
# SPDX-License-Identifier: MIT
# Every header compiles alone: as C11, the installed ones also as C99 and as C++.
# shellcheck disable=SC2086 # compilers with options, lists of files
set -u
top=${srcdir:-.}
failed=0
count=0
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT

# compiles HEADER COMPILER OPTION...
compiles() {
	header=$1
	shift
	# One may have nothing to say on this machine.
	if ! printf '#include "%s"\ntypedef int not_empty;\n' "$header" | "$@" -Wall -Wextra -Wpedantic -Wundef -Werror -fsyntax-only \
		-I. -I"$top/src" -I"$top/include" - 2>"$errors"; then
		echo "$header does not compile alone ($*):"
		head -n 5 "$errors"
		failed=1
	fi
}

for header in "$top"/src/*/*.h; do
	name=${header#"$top"/src/}
	# A list that is expanded in several ways; it is no header for its own sake.
	[ "$name" = shell/export_list.h ] && continue
	count=$((count + 1))
	compiles "$name" ${CC:-cc} -x c -std=c11 -D_GNU_SOURCE -include config.h
done
[ $count -gt 0 ] || { echo "no headers found in $top/src"; failed=1; }
for header in odbcpool.h odbcpool_xa.h; do
	compiles $header ${CC:-cc} -x c -std=c99
	if command -v "${CXX:-c++}" >/dev/null; then
		compiles $header "${CXX:-c++}" -x c++ -std=c++11
	fi
done
exit $failed
