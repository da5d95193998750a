#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tail.sh GYR PROBE: what gyr tail shows, in which form, and how it ends.
set -uo pipefail
gyr=$1
probe=$2
[ -z "${GYR_BTF-}" ] || probe=${probe%.bpf.o}-nobtf.bpf.o # the build that takes the kernel's BTF from a file
# shellcheck source=test/lib/capture.sh
. "$(dirname "$0")/../lib/capture.sh"

keep_reading /etc/hostname 0.02
noise=$!

must_load
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
run 0 tail -e '!openat,!@memory' -- sh -c 'cat /etc/hostname >/dev/null'
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
run 0 tail -- sh -c 'cat /etc/hostname >/dev/null; sleep 0.1'
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

exit $failed
