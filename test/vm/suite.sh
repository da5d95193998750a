#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# suite.sh [REGEX]: in a guest, runs the live tests whose names match, one after another, and reports as `ctest
# --verbose` does. /vm/tests has them: number, name, time limit, the code that means skipped, command.
pattern=${1:-.}
out=$(mktemp)
failed=0
# Limits are made for a real machine: libcheck's of a case, and those of a test, below.
export CK_TIMEOUT_MULTIPLIER=3
total=$(awk -F '\t' -v p="$pattern" '$2 ~ p' /vm/tests | wc -l)
done=0
echo "suite of $total"
while IFS=$'\t' read -r number name limit skip command; do
	[[ $name =~ $pattern ]] || continue
	start=${EPOCHREALTIME/./}
	timeout -k 5 $((limit * 3)) bash -c "$command" </dev/null >"$out" 2>&1
	case $? in
	0) verdict='   Passed  ' ;;
	"$skip") verdict='***Skipped ' ;;
	124 | 137) verdict='***Timeout ' failed=1 ;;
	*) verdict='***Failed  ' failed=1 ;;
	esac
	took=$(((${EPOCHREALTIME/./} - start) / 10000))
	done=$((done + 1))
	awk -v number="$number" '{ print number ": " $0 }' "$out" # ends the last line, too
	printf '%3d/%d Test #%d: %s ... %s %d.%02d sec\n' $done "$total" "$number" "$name" "$verdict" $((took / 100)) $((took % 100))
done </vm/tests
rm -f "$out"
exit $failed
