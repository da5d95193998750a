#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# rights.sh GYR: gyr tail and gyr check on the kernel that runs: that they work with the rights that it asks for, and
# what they say where rights, /sys or BTF are not there.
set -uo pipefail
gyr=$1
# shellcheck source=test/lib/capture.sh
. "$(dirname "$0")/../lib/capture.sh"

# What is left to undo, whatever comes between.
paranoid=
# shellcheck disable=SC2317 # called at the exit
undo()
{
	[ -z "$paranoid" ] || sysctl -q kernel.perf_event_paranoid="$paranoid"
}
# shellcheck disable=SC2034 # for capture.sh
at_end=undo

keep_reading /etc/hostname 0.1
noise=$!

must_load
run 0 tail -n 7 --stats
lines 7
adds_up
run 7 tail -e openat,execve -- sh -c 'cat /etc/hostname >/dev/null; exit 7'
has "$(event cat openat).*= [0-9]+</etc/hostname>" "$out"

# Without rights: a sentence, and CMD is not left behind.
install -m 755 "$gyr" "$dir"
install -m 755 "$(dirname "$gyr")"/libgyr.so.0 "$dir"
chmod 755 "$dir"
# Before 5.11 the memory of BPF maps is locked memory, of which nobody may have enough; rings profit, too.
maps_are_locked=false
! printf '%s\n5.11\n' "$(uname -r)" | sort -VC || maps_are_locked=true
# as_nobody CAPABILITIES ARGS...
as_nobody()
(
	caps=$1
	shift
	! $maps_are_locked || ulimit -l unlimited
	LD_LIBRARY_PATH=$dir timeout $patience setpriv --reuid=65534 --regid=65534 --clear-groups \
		"--inh-caps=-all$caps" "--ambient-caps=-all$caps" "$dir/gyr" "$@" >"$out" 2>"$err"
)
as_nobody '' tail -n 1
[ $? -eq 1 ] || fail "as nobody"
for right in root CAP_BPF CAP_PERFMON CAP_SYS_PTRACE CAP_IPC_LOCK 'buffer 128K'; do
	has "$right" "$err"
done
as_nobody '' tail -- sleep 31.4159
[ $? -eq 1 ] || fail "as nobody, with CMD"
pgrep -f 'sleep 31.4159' >/dev/null
[ $? -eq 1 ] || fail "CMD was left behind, or there is no pgrep"
as_nobody '' check
[ $? -eq 1 ] || fail "check as nobody"
has '^capabilities +NO' "$out"

# Root by name only: to get capabilities would be no help.
if unshare --user true 2>/dev/null; then
	timeout $patience unshare --user --map-root-user "$gyr" tail -n 1 >"$out" 2>"$err"
	[ $? -eq 1 ] || fail "in a user namespace"
	has 'user namespace' "$err"
	hasnt 'run as root' "$err"
	timeout $patience unshare --user --map-root-user "$gyr" check >"$out" 2>"$err"
	[ $? -eq 1 ] || fail "check in a user namespace"
	has 'user namespace' "$out"
	hasnt 'run as root' "$out"
else
	echo "skipped: in a user namespace: there can be none here, as in any chroot"
fi

with_capabilities()
{
	as_nobody ,+bpf,+perfmon,+ipc_lock tail -n 1 || fail "with capabilities"
	lines 1
	as_nobody ,+bpf,+perfmon tail -e openat -n 1 --buffer 128K || fail "with capabilities, and small rings"
	lines 1
	# The rings of the default size are too large without the right to lock memory.
	if as_nobody ,+bpf,+perfmon,+sys_ptrace tail -e openat -n 1; then
		$maps_are_locked || fail "with capabilities, and rings too large"
	else
		has 'CAP_IPC_LOCK, or with smaller rings \(gyr tail --buffer 128K\)' "$err"
	fi
}
# These are enough; CAP_SYS_ADMIN is not asked for, unless by what Debian's kernels know beyond the mainline's 2. In
# guests only, as who is killed puts nothing back.
level=$(sysctl -n kernel.perf_event_paranoid)
if [ "$level" -gt 2 ] && [ -n "${GYR_VM_CONTROL-}" ]; then
	paranoid=$level
	sysctl -q kernel.perf_event_paranoid=2
	level=2
fi
if [ "$level" -le 2 ]; then
	with_capabilities
else
	echo "skipped: with capabilities: kernel.perf_event_paranoid is $level here, and set in guests only"
fi

# Without what a container may lack.
lacking()
{
	# shellcheck disable=SC2016
	timeout $patience env -u GYR_BTF unshare -m sh -c 'mount -t tmpfs none "$1" && exec "$2" tail -n 1' sh "$1" "$gyr" >"$out" 2>"$err"
	[ $? -eq 1 ] || fail "without $1"
	[ "$(wc -l <"$err")" -eq 1 ] || fail "without $1: not one line of complaint"
}
lacking /sys
lacking /sys/kernel/btf
has 'no BTF.*--btf FILE.*BTFHub' "$err"

# A kernel without BTF of its own, which is given it from a file.
cp "${GYR_BTF:-/sys/kernel/btf/vmlinux}" "$dir/btf"
without_btf()
{
	# shellcheck disable=SC2016
	timeout $patience env -u GYR_BTF unshare -m sh -c 'mount -t tmpfs none /sys/kernel/btf && exec "$@"' sh "$gyr" "$@" \
		>"$out" 2>"$err" || fail "without BTF: $*"
}
without_btf tail --btf "$dir/btf" -e openat -n 3
lines 3
says_nothing "without BTF"
without_btf check --btf "$dir/btf"
has "^BTF +yes +$dir/btf" "$out"
has '^BTF programs +no ' "$out"
has '^probe loads +yes ' "$out"
for file in /etc/hostname /nonexistent; do
	run 1 tail --btf $file -n 1
	has "BTF file( |.*)$file|$file is not a BTF file" "$err"
	run 1 check --btf $file
	has '^BTF +NO' "$out"
	[ ! -s "$err" ] || fail "check --btf $file: a message"
done

exit $failed
