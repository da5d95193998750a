#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# list.sh GYR OBJECT: what `gyr list -o json` says of every system call that this kernel has: an event of its own, and
# params that have names and types, at least as many as the kernel's own list of arguments suggests.
set -euo pipefail
gyr=$1
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=test/lib/kernel_calls.sh
. "$here/../lib/kernel_calls.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
kernel_calls "$here/../live/arguments" >"$dir/calls" || {
	echo "list: skipped: no tracefs with events/syscalls here"
	exit 77
}
"$gyr" list -o json >"$dir/list"
jq -r --rawfile calls "$dir/calls" '
	[.[] | select(.dir == "<" and .type != 1)] as $events
	| $calls | rtrimstr("\n") | split("\n")[] | . as $name
	| ({pread64: "pread", pwrite64: "pwrite", prlimit64: "prlimit"}[$name] // $name) as $event # scap has these names
	| [$events[] | select(.name == $event)] as $of
	| if ($of | length) == 0 then "\($name): no event"
	  elif all($of[]; .produced) | not then "\($name): its event is not produced"
	  elif any($of[]; (.params | length) == 0) then "\($name): no params"
	  elif any($of[].params[]; (.name // "") == "" or (.type // "NONE") == "NONE") then "\($name): a param without name or type"
	  else empty end' "$dir/list" >"$dir/wrong"
echo "$(wc -l <"$dir/calls") system calls of this kernel, $(wc -l <"$dir/wrong") without named and typed params"
cat "$dir/wrong"
[ "$(wc -l <"$dir/calls")" -gt 250 ] && [ ! -s "$dir/wrong" ]
