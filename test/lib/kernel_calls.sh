# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# To be sourced.

# kernel_calls ARGUMENTS: the system calls that the running kernel has tracepoints of, by the names that programs call
# them (test/live/arguments tells the others). tracefs is mounted where nobody else sees it.
kernel_calls()
{
	unshare -m bash -c '
		mount -t tracefs none /sys/kernel/tracing 2>/dev/null || [ -d /sys/kernel/tracing/events ] || exit 1
		cd /sys/kernel/tracing/events/syscalls 2>/dev/null || exit 1
		printf "%s\n" sys_enter_*' |
		awk -v names="$1" '
			BEGIN { while ((getline <names) > 0) if ($1 == "alias") is[$2] = $3 }
			{ sub(/^sys_enter_/, ""); print ($0 in is) ? is[$0] : $0; n++ }
			END { exit !n }' | LC_ALL=C sort
}
