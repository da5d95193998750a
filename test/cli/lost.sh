#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# lost.sh GYR PROBE: gyr check and gyr tail with a probe of which a filler is refused: what is lost is said, once.
set -uo pipefail
gyr=$1
build=${GYR_BTF:+-nobtf}
# Which build is taken by itself (live_preempts in the harness).
[ -n "$build" ] || ! printf '7.2\n%s\n' "$(uname -r)" | sort -VC || build=-preempt
refused=$(dirname "$2")/test/probe-refused$build.bpf.o
# shellcheck source=test/lib/capture.sh
. "$(dirname "$0")/../lib/capture.sh"

# lines_of PATTERN FILE NUMBER
lines_of()
{
	local n

	n=$(grep -Ec -- "$1" "$2")
	[ "$n" -eq "$3" ] || fail "$n lines with '$1' in $(basename "$2"), and not $3"
}

timeout $patience "$gyr" check --probe "$refused" >"$out" 2>"$err" || fail "check: exit code $?"
lines_of '^probe loads +yes' "$out" 1
lines_of '^all fillers +no +not 1: gyr_semctl' "$out" 1
grep -A1 '^all fillers' "$out" | grep -q 'gyr check -v' || fail 'check: no advice'
lines_of '^gyr can capture here' "$out" 1
[ ! -s "$err" ] || fail "check: a message"

timeout $patience "$gyr" check --probe "$refused" --verbose >"$out" 2>"$err" || fail "check --verbose: exit code $?"
lines_of '^gyr: gyr_semctl: invalid access to map value' "$err" 1
lines_of '^all fillers +no' "$out" 1

timeout $patience "$gyr" tail --probe "$refused" -e semctl,openat,execve -n 3 -- sh -c : >"$out" 2>"$err" || fail "tail: exit code $?"
lines_of '' "$out" 3
[ "$(complaints | wc -l)" -eq 1 ] || fail "tail: not one line"
lines_of '^gyr: warning: not all fillers: .* 1: gyr_semctl$' "$err" 1

exit "$failed"
