#!/bin/sh
# SPDX-License-Identifier: MIT
# Turn the preprocessed export_list.h (standard input) into a linker version script.
# Usage: make_map.sh MODULE
set -eu
module=$1
echo '{ global:'
grep -o 'EXPORT([A-Za-z0-9_]*)' | sed "s/EXPORT(\(.*\))/\1; ${module}_LTX_\1;/" | LC_ALL=C sort -u
echo 'local: *; };'
