#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# usage.sh GYR: what needs no rights: help, list, wrong usage, and output that cannot be written.
set -uo pipefail
gyr=$1
failed=0
out=$(mktemp)
err=$(mktemp)
trap 'rm -f "$out" "$err"' EXIT

fail()
{
	echo "FAILED: $*"
	sed 's/^/	stderr: /' "$err"
	failed=1
}

# expect CODE STDERR-REGEX ARGS...: a message, and nothing on stdout.
expect()
{
	local code=$1 pattern=$2 got

	shift 2
	timeout 120 "$gyr" "$@" >"$out" 2>"$err"
	got=$?
	[ "$got" -eq "$code" ] || fail "gyr $*: exit code $got and not $code"
	grep -Eq -- "$pattern" "$err" || fail "gyr $*: no '$pattern'"
	[ ! -s "$out" ] || fail "gyr $*: something on stdout"
}

# shows STDOUT-REGEX ARGS...: an answer, and nothing on stderr.
shows()
{
	local pattern=$1 got

	shift
	timeout 120 "$gyr" "$@" >"$out" 2>"$err"
	got=$?
	[ "$got" -eq 0 ] || fail "gyr $*: exit code $got"
	grep -Eq -- "$pattern" "$out" || fail "gyr $*: no '$pattern'"
	[ ! -s "$err" ] || fail "gyr $*: something on stderr"
}

expect 2 "say what to do"
expect 2 "there is no command 'tial': did you mean 'tail'" tial
expect 2 "there is no command 'xyzzy'\.$" xyzzy
expect 2 "did you mean '--version'" --verson
expect 2 "did you mean 'list'" help lst
expect 2 "got also 'list'" help tail list
shows '^  tail ' help
shows '^  tail ' --help
shows '^gyr [0-9]+\.[0-9]+' --version
for command in tail list ps fds check; do
	shows "^Usage: gyr $command" help $command
	shows "^Usage: gyr $command" $command --help
	shows "^Usage: gyr $command" $command -h
	expect 2 "$command: there is no option '-Z'" $command -Z
done

expect 2 "no option '--stat': did you mean '--stats'" tail --stat
expect 2 "no option '--xyzzyx'\.$" tail --xyzzyx
expect 2 "'--stats' takes no argument, and got '1'" tail --stats=1
expect 2 "'-n' needs an argument, COUNT" tail -n
expect 2 "'--buffer' needs an argument, SIZE" tail --buffer
for n in '' 0 -1 +1 ' 1' 1x 0x10 1.5 18446744073709551616; do
	expect 2 "-n takes a number from 1 to" tail -n "$n"
done
for size in '' 0 4095 1X 1KB -4K 2G 18446744073709551615G; do
	expect 2 "--buffer takes a size from 4K to 1G" tail "--buffer=$size"
done
for n in '' 57345 x; do
	expect 2 "--snaplen takes a number from 0 to" tail --snaplen "$n"
done
for time in '' 0 . .5 1. 1e3 -1 1s 0.0001 1.0.0 99999999999999999999; do
	expect 2 "--duration takes seconds" tail --duration "$time"
done
for pid in '' 0 x '1,' ',1' '1,x' -1 99999999; do
	expect 2 "-p takes process ids" tail "--pid=$pid"
done
expect 1 "there is no process 4194304" tail -p 4194304
expect 2 "-p takes process ids" tail -p '!'
expect 2 "--follow goes with -p" tail --follow
for tid in '' 0 x '!' '1,'; do
	expect 2 "--tid takes thread ids" tail --tid "$tid"
done
expect 1 "there is no thread 4194304" tail --tid '!4194304'
for user in '' '!' 'root,' no-such-user 4294967295 -1; do
	expect 2 "-u takes user ids and names; there is no user" tail -u "$user"
done
expect 2 "-c needs the name" tail -c '!'
expect 2 "--cgroup needs the path" tail --cgroup ''
expect 2 "--cgroup-only needs the path" tail --cgroup-only '!'
expect 2 "--container needs the begin" tail --container ''
for how in '' yes no,only; do
	expect 2 "--failed takes no or only" tail --failed "$how"
done
for sample in read read: read:0 read:x read:1000000001 read:5,write; do
	expect 2 "is no sample" tail --sample "$sample"
done
expect 2 "--sample needs NAME:N" tail --sample ''
expect 2 "did you mean .read" tail --sample raed:10
for name in switch procexit io_uring_openat; do
	expect 2 ".$name. cannot be sampled: it is an event, but no system call" tail --sample "$name:10"
done
expect 2 ".@net. cannot be sampled: samples are of system calls" tail --sample @net:10
expect 2 "got 'x'" tail --sample 'read:100, write:10' x
shows "by io_uring is not thinned" tail --help
shows 'begins with !' tail --help
shows ' unknown ' list unknown
expect 2 "given twice" tail --sample read:2 --sample write:2
expect 2 "knows the types" tail --snaplen disk:5
for n in file: file:x '80,' file:57345; do
	expect 2 "--snaplen takes a number from 0 to" tail --snaplen "$n"
done
long=$(printf '1%.0s' {1..64})
for option in --pid --tid --uid --snaplen; do
	expect 2 "'1111111111111111...' is too long for a word of a list, 63 characters" tail $option "1,$long"
done
for option in follow tid uid cgroup cgroup-only container failed sample snaplen; do
	shows "--$option( |$)" tail --help
done
expect 2 "no format 'jsn': did you mean 'json'" tail -o jsn
expect 2 "-c needs the name" tail -c ''
expect 2 "did you mean .openat" tail -e opnat
expect 2 "did you mean .@net" tail -e @nte
for name in container drop k8s; do
	expect 2 "'?.$name.'? is known from capture files, but not captured by this version" tail -e "close,$name"
done
expect 2 "category .@scheduler. that they come only when asked for by name: .switch." tail -e @scheduler
expect 2 "category .@unknown. is captured" tail -e @unknown
expect 2 "given twice" tail -e open -e close
expect 2 "to run a command: gyr tail -- ls" tail ls
expect 2 "no command after '--'" tail --
expect 2 "exclude each other" tail -p 1 -- true
expect 127 "no such program in PATH" tail -- gyr-no-such-program
expect 127 "no such program\.$" tail -- /gyr-no-such-program
expect 126 "Permission denied" tail -- /etc/passwd
expect 126 "Permission denied" tail -- /

expect 2 "did you mean 'openat'" list opnat
expect 2 "'container' is known from capture files, but not captured.*--all" list container
expect 2 "there is no category '@nte'" list @nte
expect 2 "no format 'xml'" list -o xml
expect 2 "got 'openat'" check openat
for command in ps fds; do
	for pid in '' 0 x 1x '1,' 4194305; do
		expect 2 "$command: takes process ids, numbers from 1 to 4194304; '$pid' is none" $command "$pid"
	done
	expect 2 "$command: there is no option '-1'" $command -1
	expect 2 "$command: there is no format 'xml'" $command -o xml
	expect 1 "$command: there is no process 4194304\." $command 4194304
done
expect 2 "no option '--thread': did you mean '--threads'" ps --thread
shows '^ +307 < openat .* fd:FD .*name:FSRELPATH.* flags:FLAGS32' list
shows ' getrandom ' list getrandom
shows ' container ' list --all container
shows ' connect .* net ' list @net
grep -q ' openat ' "$out" && fail "list @net shows openat"
shows ' connect .* net ' list getppid @net
grep -q ' getppid ' "$out" || fail "list getppid @net does not show getppid"
shows '"name":"openat"' list -o json openat
"$gyr" list -o json | jq -e 'length > 100 and all(.produced) and all(.params | type == "array")' >/dev/null ||
	fail "list -o json is not what jq expects"
"$gyr" list --all -o json | jq -e '[.[] | select(.id)] | length > 400' >/dev/null || fail "list --all -o json"

# A colour where nobody asked for it would end up in files.
esc=$(printf '\033')
"$gyr" list openat | grep -q "$esc" && fail "escape sequences in a pipe"
# at_terminal VARIABLE=VALUE...: whether there are colours.
at_terminal()
{
	env -u NO_COLOR TERM=xterm "$@" script -qec "'$gyr' list openat" /dev/null </dev/null >"$out" 2>"$err"
	grep -q openat "$out" || fail "no terminal to be had from script(1)"
	grep -q "$esc" "$out"
}
at_terminal A=b || fail "no colours at a terminal"
at_terminal NO_COLOR= || fail "an empty NO_COLOR counts"
at_terminal NO_COLOR=1 && fail "colours in spite of NO_COLOR"
at_terminal TERM=dumb && fail "colours at a dumb terminal"

for args in help list ps fds --version "tail --help"; do
	# shellcheck disable=SC2086 # several words
	"$gyr" $args >/dev/full 2>"$err"
	[ $? -eq 1 ] || fail "gyr $args > /dev/full"
	grep -q "cannot write to the standard output" "$err" || fail "gyr $args > /dev/full: no message"
	# shellcheck disable=SC2086
	"$gyr" $args >&- 2>"$err"
	[ $? -eq 1 ] || fail "gyr $args >&-"
done
"$gyr" list --all -o json 2>"$err" | head -c 1 >/dev/null
[ "${PIPESTATUS[0]}" -eq 0 ] || fail "list to a reader who leaves"
[ ! -s "$err" ] || fail "list to a reader who leaves: a message"

exit $failed
