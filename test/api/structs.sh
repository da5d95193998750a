#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# structs.sh GEN_DIR CC: the schema's structs have their fields where the system's headers have them, for 64-bit and,
# where the compiler can, for 32-bit callers.
set -uo pipefail
checks=$1/structs.gen.c
cc=$2
failed=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# glibc's headers want one of the 32-bit library's, which says nothing of structs.
mkdir "$tmp/gnu"
touch "$tmp/gnu/stubs-32.h"
abis=("")
if echo 'int a[sizeof(long) == 4 ? 1 : -1];' | $cc -m32 -fsyntax-only -xc - 2>/dev/null; then
	abis+=("-m32 -isystem $tmp -isystem /usr/include/$($cc -print-multiarch)")
fi
checked=0
while read -r struct; do
	for abi in "${abis[@]}"; do
		# shellcheck disable=SC2086 # options
		if ! $cc $abi -D_GNU_SOURCE -fsyntax-only -DCHECK_"$struct" "$checks" 2>"$tmp/err"; then
			echo "FAILED: struct $struct ${abi%% *}"
			grep -E 'error' "$tmp/err" | head -20
			failed=1
		fi
		checked=$((checked + 1))
	done
done < <(sed -n 's/^#ifdef CHECK_//p' "$checks")
[ $checked -gt 0 ] || failed=1
echo "$checked layouts checked"
exit $failed
