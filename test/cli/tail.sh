#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tail.sh GYR PROBE: gyr tail and gyr check on the kernel that runs.
set -uo pipefail
gyr=$1
probe=$2
[ -z "${GYR_BTF-}" ] || probe=${probe%.bpf.o}-nobtf.bpf.o # the build that takes the kernel's BTF from a file
# shellcheck source=test/lib/capture.sh
. "$(dirname "$0")/../lib/capture.sh"

says_nothing()
{
	[ -z "$(complaints)" ] || fail "$1: a message"
}

# The last line of stderr adds up, to the event: produced = delivered + lost, and lost = the sum of its causes.
adds_up()
{
	tail -1 "$err" | awk '{
		for (i = 1; i <= NF; i++) {
			split($i, f, "=")
			v[f[1]] = f[2]
		}
		sum = v["ring_full"] + v["no_ring"] + v["busy"] + v["bug"] + v["error"] + v["unread"]
		exit !(NF == 9 && v["produced"] == v["delivered"] + v["lost"] && v["lost"] == sum && v["bug"] == 0)
	}' || fail "the statistics do not add up: $(tail -1 "$err")"
}

# What is left to undo, whatever comes between.
paranoid=
# shellcheck disable=SC2317 # called at the exit
undo()
{
	[ -z "$paranoid" ] || sysctl -q kernel.perf_event_paranoid="$paranoid"
}
# shellcheck disable=SC2034 # for capture.sh
at_end=undo

# Something that happens all the time.
(while :; do cat /etc/hostname; sleep 0.1; done) >/dev/null &
noise=$!

run 0 check
has '^probe loads +yes' "$out"
[ $failed -eq 0 ] || exit 1 # all that follows would fail
run 1 check --probe /etc/hostname
has '^probe object +NO' "$out"

run 0 tail -e openat -n 5
lines 5
run 0 tail -n 7 --stats
lines 7
adds_up
run 0 tail -e openat --duration 0.3 --stats
adds_up

# A loader without a cache looks in many places before it finds a library.
run 0 tail -e openat -n 40
hasnt "$(event '[^()]*' 'close|read|write')" "$out"
has "$(event '.*' openat).*= [0-9]+<" "$out"
run 0 tail -e '!openat,!@memory' --duration 0.3
hasnt "$(event '[^()]*' 'openat|mmap|brk')" "$out"
has "$(event '.*' close)" "$out"

# Entries are shown on request, each before its exit; on a kernel that has none it would be said.
run 0 tail -e openat -- cat /dev/null
hasnt '\) \.\.\.$' "$out"
run 0 tail -e openat --enter -- cat /dev/null
grep -EA1 '/dev/null.*\) \.\.\.$' "$out" | tail -1 >"$dir/next"
has "$(event cat openat).*/dev/null.*\) = [0-9]+<" "$dir/next"
run 0 tail -e openat --enter -o json -- cat /dev/null
jq -es 'map(select(.["evt.args"].name == "/dev/null")) | map(.["evt.dir"]) == [">", "<"]' "$out" >/dev/null ||
	fail "--enter -o json: not an entry and an exit"

# So frequent that only their name asks for them.
run 0 tail -n 500
has "$(event cat close)" "$out"
hasnt "$(event '[^()]*' 'switch|page_fault')" "$out"
run 0 tail -e switch -n 10
lines 10
has "$(event '[^()]*' switch)next=" "$out"

# CMD: its own code, all of it and its descendants, nothing else; not even gyr's child before it is CMD.
run 7 tail -e execve -- sh -c 'exit 7'
run 0 tail -- sh -c 'cat /etc/hostname >/dev/null; true'
head -1 "$out" | grep -Eq "$(event sh execve)" || fail "the first event of CMD is not its execve"
has "$(event cat openat).*/etc/hostname" "$out"
hasnt "$(event 'sleep|gyr' '.*')" "$out"
# shellcheck disable=SC2016 # for the inner shell
run 137 tail -e execve -- sh -c 'kill -9 $$'
run 3 tail -e execve -n 1 --stats -- sh -c 'sleep 0.2; exit 3'
lines 1
adds_up
run 0 tail --latency -e nanosleep,clock_nanosleep -- sleep 0.05
has ' = 0 in [0-9.]+m?s$' "$out"
run 0 tail -e nanosleep,clock_nanosleep -- sleep 0.05
hasnt ' in [0-9.]+m?s$' "$out"

run 4 tail -e execve --duration 0.1 -- sh -c 'sleep 0.4; exit 4'
printf 'no interpreter' >"$dir/script"
chmod +x "$dir/script"
run 126 tail -e execve -- "$dir/script"
has 'Exec format error' "$err"
# shellcheck disable=SC2016
run 0 tail -e execve -- sh -c 'trap "exit 0" TERM; kill -TERM $PPID; sleep 5 & wait'

# JSON of all that happens for a second, with names of any bytes.
mkdir "$dir/$(printf 'a\200\377"\\\n\001')"
# shellcheck disable=SC2016
run 0 tail -o json --stats -- sh -c 'find "$1" /usr/share/doc >/dev/null' sh "$dir"
adds_up
jq -es 'length > 100 and all(has("evt.type") and has("proc.name"))' "$out" >/dev/null || fail "-o json, says jq"

# Readers who leave, devices that are full, signals.
timeout $patience "$gyr" tail -e openat 2>"$err" | head -1 >"$out"
[ "${PIPESTATUS[0]}" -eq 0 ] || fail "tail | head -1"
says_nothing "tail | head -1"
lines 1
timeout $patience "$gyr" tail -e openat >/dev/full 2>"$err"
[ $? -eq 1 ] || fail "tail > /dev/full"
has 'cannot write to the standard output' "$err"
for signal in INT TERM HUP; do
	rm -f "$out"
	"$gyr" tail -e openat --stats >"$out" 2>"$err" &
	pid=$!
	for ((i = 0; i < 10 * patience; i++)); do
		[ ! -s "$out" ] || break
		sleep 0.1
	done
	kill -"$signal" $pid
	wait $pid || fail "SIG$signal ends it with $?"
	adds_up
done

run 1 tail --probe /nonexistent -n 1
run 1 tail --probe /etc/hostname -n 1
has 'gyr.bpf.o' "$err"
run 0 tail --probe "$probe" -e openat -n 1
lines 1

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
