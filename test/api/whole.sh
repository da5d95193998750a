#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# whole.sh FILLER-GEN SCHEMA-DIR: the build takes no schema in which a system call is without an event of its own, or
# without the kernel that added it.
set -euo pipefail
filler_gen=$1
schema=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

# refused FILE JQ-FILTER TEXT: the schema with that change is refused with these words.
refused()
{
	local file=$1 filter=$2 text=$3

	rm -rf "$dir/schema" "$dir/out"
	cp -r "$schema" "$dir/schema"
	jq "$filter" "$schema/$file" >"$dir/schema/$file"
	if "$filler_gen" --whole --schema "$dir/schema" --out "$dir/out" 2>"$dir/err" || [ -e "$dir/out" ]; then
		echo "taken: $file with $filter"
		failed=1
	elif ! grep -qF "$text" "$dir/err"; then
		echo "$file with $filter: not \"$text\" but:"
		cat "$dir/err"
		failed=1
	fi
}

refused syscalls.json '(.syscalls[] | select(.name == "memfd_create")).event = 1' \
	'syscall memfd_create: event: has no event of its own: add one to an own-*.json'
refused kernels.json 'del(.kernels[].added[]? | select(. == "mseal"))' \
	'syscall mseal: kernels.json does not say which version added it'
refused kernels.json '.kernels[0].added += ["opanat"]' 'added: no system call is called "opanat"'
refused kernels.json '.kernels[0].added += ["mseal"]' 'added: mseal was added already'
refused kernels.json '.kernels[0].version = "v1"' 'version: "v1" is not like "5.11"'
"$filler_gen" --whole --schema "$schema" || failed=1
exit $failed
