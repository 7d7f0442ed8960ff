#!/bin/sh
# SPDX-License-Identifier: MIT
# The layers of src/ know only what lies below them. Checked in the sources and in what was compiled.
set -u
top=${srcdir:-.}
layers="base stats conf pool driver dbms shim shell"
# The command-line tool stands beside the layers of the driver and knows three of them.
tool="base stats conf tool"
complaints=$(mktemp)
trap 'rm -f "$complaints"' EXIT

complain() {
	echo "$1:" >>"$complaints"
	echo "$2" | sed 's/^/	/' >>"$complaints"
}

# expect_none WHAT, the findings on standard input
expect_none() {
	found=$(cat)
	[ -z "$found" ] || complain "$1" "$found"
}

for folder in "$top"/src/*/; do
	layer=$(basename "$folder")
	case " $layers tool " in
	*" $layer "*) ;;
	*) complain "unknown layers" "src/$layer is not in the list of $0" ;;
	esac
done

allowed='odbcpool.h|odbcpool_xa.h'
for layer in $layers; do
	[ -d "$top/src/$layer" ] || complain "missing layers" "src/$layer"
	allowed="$allowed|$layer/[a-z0-9_]+\.(h|def)"
	grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$top/src/$layer" |
		grep -vE "\"($allowed)\"" | expect_none "src/$layer includes what is not below it"
done
grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$top/src/tool" |
	grep -vE "\"(odbcpool\.h|page\.inc|($(echo "$tool" | tr ' ' '|'))/[a-z0-9_]+\.(h|def))\"" |
	expect_none "src/tool includes what it must not know"
# Who counts knows no shared memory, and the memory knows nobody who counts: shim brings them together.
grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"stats/' \
	"$top/src/conf" "$top/src/pool" "$top/src/driver" "$top/src/dbms" |
	expect_none "only shim knows stats"
grep -nE '^[[:space:]]*#[[:space:]]*include' "$top/include/odbcpool.h" |
	expect_none "odbcpool.h is below everything and includes nothing"

grep -rnE '#[[:space:]]*include[[:space:]]*[<"](sql|sqlext|sqltypes|sqlucode|odbcinst|odbcinstext)\.h' \
	"$top/src" "$top/include" | grep -v '/src/driver/odbc\.h:' |
	expect_none "only driver/odbc.h includes the ODBC headers"
grep -rnE 'dlopen|dlsym|dlfcn\.h|dladdr' "$top/src/base" "$top/src/conf" "$top/src/pool" --include='*.[ch]' |
	expect_none "loading libraries is the driver layer's business"
# A handle type or a call of ODBC; SQLSTATE and SQLDisconnect are words of comments too.
grep -rnE '\bSQL(HANDLE|HENV|HDBC|HSTMT|RETURN|CHAR|WCHAR|POINTER|INTEGER)\b|\bSQL_[A-Z]+_[A-Z]' \
	"$top/src/base" "$top/src/stats" "$top/src/conf" "$top/src/pool" --include='*.[ch]' | grep -vE ':[[:space:]]*(/?\*|//)|/\*.*SQL_' |
	expect_none "ODBC types and constants begin with the driver layer"

# In a process that is linked with the driver manager such a call would reach the manager.
grep -rnE '(^|[^A-Za-z0-9_."])SQL[A-Z][a-z][A-Za-z]*[[:space:]]*\(' \
	"$top/src/driver" "$top/src/dbms" "$top/src/shim" --include='*.c' --include='*.h' |
	grep -vE ':[[:space:]]*(/?\*|//)|"[^"]*SQL[A-Z][a-z][A-Za-z]*[^"]*"' |
	expect_none "an exported SQL* function is called instead of a slot of struct calls"

undefined() {
	nm "$@" 2>/dev/null | sed -n 's/^ *[Uw] \([A-Za-z_0-9]*\).*/\1/p' | sort -u
}

for library in .libs/libpool.a .libs/libodbcpoolcore.so odbcpool; do
	[ -f "$library" ] || complain "not built" "$library"
done
undefined -u .libs/libpool.a | grep -E '^(SQL|odbcinst|dl(open|sym|close|error|addr|vsym|info|iterate_phdr))' |
	expect_none "libpool needs functions of ODBC or of the dynamic linker"
undefined -D -u .libs/libodbcpoolcore.so | grep '^SQL' |
	grep -vE '^SQL(GetPrivateProfileString|GetConfigMode|SetConfigMode)$' |
	expect_none "libodbcpoolcore.so wants SQL* functions from outside"
undefined -D -u odbcpool | grep '^SQL' | grep -vE '^SQL(GetPrivateProfileString|GetConfigMode|SetConfigMode)$' |
	expect_none "odbcpool is linked with the driver manager, or wants to be"
cat "$complaints"
[ ! -s "$complaints" ]
