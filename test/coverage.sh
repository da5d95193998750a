#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# coverage.sh [--generated] BUILD: counts what is covered, of the system calls that this kernel has tracepoints of and of
# scap's current events, by asking the tool and by running the live tests; lists what is missing. Fails when anything is that
# test/uncovered does not declare, and when it declares what is not missing. With --generated the tests written by hand are not run.
set -euo pipefail
by_hand=1
if [ "$1" = --generated ]; then
	by_hand=
	shift
fi
here=$(dirname "$(readlink -f "$0")")
build=$(readlink -f "$1")
schema=$here/../filler-gen/schema
# shellcheck source=test/lib/kernel_calls.sh
. "$here/lib/kernel_calls.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
if [ "$(id -u)" -ne 0 ] || ! kernel_calls "$here/live/arguments" >"$dir/kernel"; then
	echo "coverage: skipped: needs root, and tracefs with events/syscalls"
	exit 77
fi

# Each list has a name of a system call a line, in order.
sorted()
{
	LC_ALL=C sort -u
}

# the types that scap has now
jq -r '.events[]? | select(.code < 32768 and (.flags | index("old_version") or index("unused") | not))
	| "\(.source) \(.code) \(.name)"' "$schema"/*.json >"$dir/current"
jq -r '.syscalls[] | select(.nr.x86_64 // .nr.aarch64) | "\(.name) \(.event)"' "$schema/syscalls.json" >"$dir/events"
"$build/gyr" list -a -o json >"$dir/list"
jq -r '.[] | select(.produced) | .type' "$dir/list" >"$dir/produced"
jq -r '.[] | select(.produced and .type != 1 and (.params | length) > 0 and
	all(.params[]; (.name // "") != "" and (.type // "NONE") != "NONE")) | .type' "$dir/list" >"$dir/typed"

# of_types FILE: the system calls that are reported as one of these types
of_types()
{
	awk 'NR == FNR { is[$1] = 1; next } $2 in is { print $1 }' "$1" "$dir/events" | sorted
}

grep -vx 1 "$dir/produced" >"$dir/own" || true
of_types "$dir/own" >"$dir/with-event"
of_types "$dir/typed" >"$dir/with-params"

# The tests' own exit says nothing here: what passed is in the report.
GYR_LIVE_REPORT=$dir/generated "$build/test/test_calls" >"$dir/log" 2>&1 || true
awk -F '\t' '$1 == "case" && $4 == "passed" { sub(/ .*/, "", $3); print $3 }' "$dir/generated" | sorted >"$dir/with-generated"
awk -F '\t' '$1 == "case" && $4 == "failed" { print "  failed: " $3 }' "$dir/generated" >"$dir/failed"
if [ -n "$by_hand" ]; then
	while read -r source; do
		name=$(basename "$source" .c)
		GYR_LIVE_REPORT=$dir/by-hand "$build/test/$name" </dev/null >>"$dir/log" 2>&1 ||
			echo "     $name ended with $?, and what of it did not pass is not counted" >>"$dir/ended"
	done < <(grep -l 'live_family(' "$here"/live/test_*.c)
	awk -F '\t' '$1 == "seen" { print $3 }' "$dir/by-hand" | sorted >"$dir/seen"
	of_types "$dir/seen" >"$dir/with-hand"
fi

total=$(wc -l <"$dir/kernel")
status=0
awk '$1 == "call" { print $2 }' "$here/uncovered" >"$dir/declared"
: >"$dir/missing"

# count TEXT WHICH MUST: how many of the kernel's are in the list; MUST: those that are not are errors.
count()
{
	local missing

	missing=$(comm -23 "$dir/kernel" "$dir/$2" | grep -vxF -f "$dir/declared" || true)
	[ -z "$3" ] || comm -23 "$dir/kernel" "$dir/$2" >>"$dir/missing"
	printf '%4d of %d %s\n' "$(comm -12 "$dir/kernel" "$dir/$2" | wc -l)" "$total" "$1"
	[ -z "$missing" ] || printf '%s\n' "$missing" | sed 's/^/     missing: /'
	[ -z "$3" ] || [ -z "$missing" ] || status=1
}

echo "system calls of $(uname -r):"
count 'have an event of their own' with-event must
count 'have named and typed params' with-params must
count 'have a generated test that ran and passed' with-generated must
if [ -s "$dir/failed" ]; then
	cat "$dir/failed"
	status=1
fi
[ -z "$by_hand" ] || count 'are stated by a test written by hand that passed (not all need one)' with-hand ''
awk -F '\t' '$1 == "case" && $4 == "skipped" { print "     not so tested: " $3 ": " $5 }' "$dir/generated"

[ ! -s "$dir/ended" ] || cat "$dir/ended"

echo "scap's events:"
while read -r source; do
	awk -v source="$source" 'FILENAME == ARGV[1] { is[$1] = 1; next }
		FILENAME == ARGV[2] { if ($1 == "event") { why[$2] = $0; sub(/^event [0-9]+ /, "", why[$2]) } next }
		$1 == source {
			n++
			if ($2 in is) have++
			else if ($2 in why) text = text sprintf("     %s (%d): %s\n", $3, $2, why[$2])
			else { text = text sprintf("     missing: %s (%d)\n", $3, $2); bad = 1 }
		}
		END { printf "%4d of %d of source %s are produced\n%s", have, n, source, text; exit bad }' \
		"$dir/produced" "$here/uncovered" "$dir/current" || status=1
done < <(cut -d ' ' -f 1 "$dir/current" | sorted)

# Another kernel may have a call that this one has not.
awk 'FILENAME == ARGV[1] { produced[$1] = 1; next }
	FILENAME == ARGV[2] { current[$2] = 1; next }
	FILENAME == ARGV[3] { here[$1] = 1; next }
	FILENAME == ARGV[4] { missing[$1] = 1; next }
	($1 == "event" && ($2 in produced || !($2 in current))) || ($1 == "call" && $2 in here && !($2 in missing)) {
		print "declared, but not missing: " $0
		bad = 1
	}
	END { exit bad }' "$dir/produced" "$dir/current" "$dir/kernel" "$dir/missing" "$here/uncovered" || status=1
exit $status
