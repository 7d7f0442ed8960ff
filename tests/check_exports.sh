#!/bin/sh
# SPDX-License-Identifier: MIT
# What the libraries export, and how they are linked. The driver manager decides by names what kind of
# driver it has before it.
set -u
top=${srcdir:-.}
complaints=$(mktemp)
wanted=$(mktemp)
trap 'rm -f "$complaints" "$wanted"' EXIT

# expect_none WHAT, the findings on standard input
expect_none() {
	found=$(cat)
	[ -z "$found" ] && return
	echo "$1:" >>"$complaints"
	echo "$found" | sed 's/^/	/' >>"$complaints"
}

exports() {
	nm -D --defined-only ".libs/$1.so" | awk '{ sub(/@.*/, "", $3); if ($2 != "A") print $3 }' | LC_ALL=C sort
}

# same_exports MODULE HAS_ANSI HAS_WIDE: the table's names and their aliases, no more and no less
same_exports() {
	${CPP:-cpp} -P -DSHELL_HAS_ANSI="$2" -DSHELL_HAS_WIDE="$3" -I"$top/src" -x c "$top/src/shell/export_list.h" |
		"$top/src/shell/make_map.sh" "$1" | sed -n 's/^\([A-Za-z_0-9]*\); \([A-Za-z_0-9]*\);$/\1\n\2/p' |
		LC_ALL=C sort >"$wanted"
	[ -s "$wanted" ] || echo "$1" | expect_none "the table of entry points gives no names"
	exports "$1" | LC_ALL=C comm -23 "$wanted" - | expect_none "$1.so does not export"
	exports "$1" | LC_ALL=C comm -13 "$wanted" - | expect_none "$1.so exports what is not in the table"
}

same_exports libodbcpool 1 1
same_exports libodbcpoola 1 0
same_exports libodbcpoolw 0 1

exports libodbcpoolcore | grep -v '^odbcpool_\|^ODBCPOOL_' |
	expect_none "libodbcpoolcore.so exports names that are not odbcpool's"

# lacking MODULE NAME: what is missing of the name and of the alias that the manager's loader asks for first
lacking() {
	for form in "$2" "${1}_LTX_$2"; do
		grep -qx "$form" "$wanted" || echo "$form"
	done
}
# The driver manager's list against libodbcpool.so, and its parts against the other two.
names=$(grep -v '^#' "$top/tests/manager_names.txt")
[ "$(echo "$names" | wc -l)" -eq 79 ] || echo "$names" | wc -l | expect_none "79 names, not"
for module in libodbcpool libodbcpoola libodbcpoolw; do
	exports "$module" >"$wanted"
	echo "$names" | while read -r name text; do
		case $module:$text in
		libodbcpoolw:?) ;; # only the W forms
		*:) lacking "$module" "$name" ;;
		*) lacking "$module" "$name"; lacking "$module" "${name}A" ;;
		esac
		[ "$text" != W ] || [ "$module" = libodbcpoola ] || lacking "$module" "${name}W"
		[ "$text" != A ] || ! grep -qx "${name}W" "$wanted" ||
			echo "${name}W (a W form of an ODBC 2 function)"
	done | expect_none "$module.so and the names that the driver manager looks up"
	for name in SQLDriverLoad SQLDriverUnload; do
		lacking "$module" "$name"
	done | expect_none "$module.so lacks a function that is called at every connect"
done
grep -E '^(libodbcpoolw_LTX_)?SQL(Driver)?Connect$' "$wanted" |
	expect_none "libodbcpoolw.so would pass for an ANSI driver"
exports libodbcpoola | grep -E 'SQL[A-Za-z]*W$' | expect_none "libodbcpoola.so has W functions"

for library in libodbcpool libodbcpoola libodbcpoolw libodbcpoolcore; do
	dynamic=$(readelf -dW ".libs/$library.so")
	echo "$dynamic" | grep -q 'NODELETE' || echo "$library.so" | expect_none "not linked with -z nodelete"
	echo "$dynamic" | grep 'TEXTREL' | expect_none "$library.so has text relocations"
	echo "$dynamic" | grep -E 'NEEDED.*\[lib(i?odbc)\.so' |
		expect_none "$library.so is linked with the driver manager"
done
cat "$complaints"
[ ! -s "$complaints" ]
