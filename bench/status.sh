#!/bin/bash
# SPDX-License-Identifier: MIT
#
# usage: status.sh ODBCPOOL CROWD
#
# How long `odbcpool status` takes with 200 processes of 50 pools each: one line "name value unit" on
# standard output. Other processes of the user that are pooled are in it as well.
set -u

tool=$1
crowd=$2
times=()

coproc "$crowd" 200 50
read -r -t 60 -u "${COPROC[0]}" answer && [ "$answer" = ready ] || exit 1
for ((i = 0; i < 21; i++)); do
	began=$(date +%s%N)
	"$tool" status >/dev/null || exit 1
	ended=$(date +%s%N)
	times+=($(((ended - began) / 1000)))
done
eval "exec ${COPROC[1]}>&-"
wait "$COPROC_PID" 2>/dev/null
printf '%s\n' "${times[@]}" | sort -n | awk '{ t[NR] = $1 } END { printf "status_ms\t%.2f\tms\n", t[int((NR + 1) / 2)] / 1000 }'
