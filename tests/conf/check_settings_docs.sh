#!/bin/sh
# SPDX-License-Identifier: MIT
# Every setting of settings.def stands in the README, and with all its names in odbcinst.ini.sample, and the
# sample names no setting that does not exist.
set -u
top=${srcdir:-.}
settings=$top/src/conf/settings.def
sample=$top/odbcinst.ini.sample
failed=0

names=$(sed -n 's/^SETTING([a-z_]*, "\([A-Za-z]*\)".*/\1/p' "$settings")
synonyms=$(sed -n 's/^SETTING([a-z_]*, "[A-Za-z]*", [A-Z]*, "\([A-Za-z,]*\)".*/\1/p' "$settings" | tr ',' ' ')
if [ -z "$names" ] || [ -z "$synonyms" ]; then
	echo "no settings found in $settings"
	exit 1
fi
for name in $names; do
	if ! grep -q "^;$name =" "$sample"; then
		echo "$name is missing from $sample"
		failed=1
	fi
	if ! grep -qw "^    $name" "$top/README"; then
		echo "$name is missing from the README"
		failed=1
	fi
done
for name in $synonyms; do
	if ! grep -qw "$name" "$sample"; then
		echo "the synonym $name is missing from $sample"
		failed=1
	fi
done
shown=$(sed -n 's/^;\([A-Za-z]*\) =.*/\1/p' "$sample")
for name in $shown; do
	if ! echo "$names" | grep -qx "$name"; then
		echo "$sample names $name, which is no setting"
		failed=1
	fi
done
exit $failed
