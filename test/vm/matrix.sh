#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# matrix.sh BUILD RUNS: the live suite in guests, as many at a time as there are CPUs, and memory for. RUNS: names of
# test/vm/runs with commas between. Leaves in BUILD/vm the rows of all (as test/count.awk makes them, names as RUN:TEST),
# and the report kernels.md, with times. When all runs were run and nothing failed, docs/kernels.md says so.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
build=$(readlink -f "$1")
out=$build/vm

rm -rf "$out"
mkdir -p "$out"
# A guest has 1.5 GiB, and its files are in memory twice.
jobs=$(awk -v cpus="$(nproc)" '$1 == "MemAvailable:" { n = int($2 / (2 * 1024 * 1024)) }
	END { n = n < cpus ? n : cpus; print n < 1 ? 1 : n }' /proc/meminfo)
# What becomes of a run is in its rows; one that left none failed.
tr , '\n' <<<"$2" | xargs -P "$jobs" -I RUN "$here/run.sh" "$build" RUN || true
for run in ${2//,/ }; do
	[ -s "$out/$run.rows" ] || printf 'fail\trun\tno result\ntest\trun\t0\t1\t0\t0\n' >"$out/$run.rows"
	awk -F '\t' -v OFS='\t' -v run="$run" '{ $2 = run ":" $2; print }' "$out/$run.rows"
done >"$out/rows"
awk -v times=1 -f "$here/report.awk" "$out/rows" >"$out/kernels.md"

failed=$(awk -F '\t' '$1 == "test" { n += $4 } END { print n + 0 }' "$out/rows")
if [ "$failed" -eq 0 ] && [ "$(tr , '\n' <<<"$2" | sort -u | wc -l)" -eq "$(grep -vc '^#' "$here/runs")" ]; then
	{
		cat "$here/kernels.md.in"
		awk -f "$here/report.awk" "$out/rows"
	} >"$here/../../docs/kernels.md"
fi
