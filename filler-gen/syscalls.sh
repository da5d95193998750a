#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# syscalls.sh SCHEMA-DIR CC: every system call that the kernel's headers have on an architecture is in syscalls.json, by
# its name and number. With newer headers a capture works as well, where the calls that it does not know come without
# arguments: cmake -DGYR_CHECK_SYSCALLS=OFF builds it.
set -euo pipefail
schema=$1/syscalls.json
cc=$2
failed=0

# of_headers HEADER OPTION...: "name number" lines
of_headers()
{
	local header=$1

	shift
	{
		echo "#include <$header>"
		echo "#include <$header>" | "$cc" -E -dM "$@" - |
			awk '/^#define __NR_/ && $2 !~ /_(syscalls|arch_specific_syscall)$/ { print "=", substr($2, 6), $2 }'
	} | "$cc" -E -P "$@" - | awk '$1 == "=" && $3 ~ /^[0-9]+$/ { print $2, $3 }' | sort
}

# check ARCH LEAST HEADER OPTION...: LEAST: as many system calls there must be, or it is another header
check()
{
	local arch=$1 least=$2 want missing

	shift 2
	want=$(of_headers "$@")
	missing=$(comm -23 <(echo "$want") <(jq -r --arg arch "$arch" '.syscalls[] | "\(.name) \(.nr[$arch])"' "$schema" | sort))
	if [ "$(wc -l <<<"$want")" -lt "$least" ] || [ -n "$missing" ]; then
		printf '%s: %d system calls in %s, of which the schema lacks:\n' "$arch" "$(wc -l <<<"$want")" "$1"
		while read -r name nr; do
			[ -n "$name" ] || continue
			printf '  %s (%d): it needs {"name": "%s", "sc": 0, "nr": {"%s": %d}, "event": CODE} in syscalls.json, the event in an own-*.json (CODE: 32769 + 2 * its number on x86_64), and its kernel in kernels.json\n' \
				"$name" "$nr" "$name" "$arch" "$nr"
		done <<<"$missing"
		failed=1
	fi
}

if [ "$(uname -m)" = x86_64 ]; then
	check x86_64 350 asm/unistd.h -m64
	check i386 400 asm/unistd_32.h -m64
fi
# aarch64 has the header that is common to newer architectures, and asks for these of it (its own asm/unistd.h).
check aarch64 300 asm-generic/unistd.h -D__ARCH_WANT_RENAMEAT -D__ARCH_WANT_SET_GET_RLIMIT -D__ARCH_WANT_NEW_STAT \
	-D__ARCH_WANT_TIME32_SYSCALLS -D__ARCH_WANT_SYS_CLONE3 -D__ARCH_WANT_MEMFD_SECRET
exit $failed
