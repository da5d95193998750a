#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tables.sh GYR: gyr ps and gyr fds, which take no rights: of processes whose fds are known, as text and as JSON.
# shellcheck disable=SC2016 # $pid and such are variables of jq, too
set -uo pipefail
gyr=$1
program=$(dirname "$gyr")/test/tables
failed=0
dir=$(mktemp -d)
chmod 755 "$dir"
out=$dir/out
err=$dir/err
trap 'rm -rf "$dir"' EXIT

fail()
{
	echo "FAILED: $*"
	head -5 "$out" "$err" | sed 's/^/	/'
	failed=1
}

# run CODE ARGS...
run()
{
	local code=$1 got

	shift
	timeout 60 "$gyr" "$@" >"$out" 2>"$err"
	got=$?
	[ "$got" -eq "$code" ] || fail "gyr $*: exit code $got and not $code"
}

# has PATTERN: a line of the output, from its begin to its end, with any number of blanks where there is one.
has()
{
	grep -Eq -- "^ *${1// / +}\$" "$out" || fail "no '$1'"
}

hasnt()
{
	! grep -Eq -- "^ *${1// / +}" "$out" || fail "'$1'"
}

# said PATTERN COUNT: in so many lines of stderr, and nothing else there.
said()
{
	[ "$(grep -Ec -- "$1" "$err")" -eq "$2" ] || fail "not $2 times '$1'"
	[ "$(wc -l <"$err")" -eq "$2" ] || fail "something else on stderr"
}

# is JQ: true of all objects that the output has, read as an array.
is()
{
	jq -es --argjson pid "$pid" --argjson child "$child" --argjson thread "$thread" --arg dir "$dir" "$1" "$out" >/dev/null ||
		fail "not so: $1"
}

# A process with known fds: a directory, an fd with a name that is not for a terminal, and one that is gone.
odd=$dir/$'odd\e[1m\n name'
mkdir "$dir/cwd"
: >"$odd"
: >"$dir/gone"
mkfifo "$dir/hold"
(
	cd "$dir/cwd" || exit
	exec 7<"$odd" 8<"$dir/gone" 9<"$dir/cwd" <>"$dir/hold"
	rm "$dir/gone"
	: >"$dir/ready"
	exec -a $'an\e[1m exe' cat - "an arg" '' >/dev/null
) &
known=$!
# And one that shares.
coproc "$program"
# shellcheck disable=SC2154 # COPROC_PID is bash's
trap 'kill $known $COPROC_PID; rm -rf "$dir"' EXIT
read -r -t 60 pid child thread <&"${COPROC[0]}" || {
	fail "$program does not start"
	exit 1
}
for ((i = 0; i < 600; i++)); do
	[ "$(cat "/proc/$known/comm")" = cat ] && break
	sleep 0.1
done

run 0 ps $known
said . 0
has "PID TID PPID UID CONTAINER COMM CWD COMMAND"
has "$known $known $$ $(id -u) [^ ]+ cat $dir/cwd \"an\\\\033\[1m exe\" - \"an arg\" \"\""
[ "$(wc -l <"$out")" -eq 2 ] || fail "more than the process that was asked for"
run 0 ps $known "$pid" $known $known
has "$pid $pid $$ [0-9]+ [^ ]+ \"a b\\\\n\\\\033\[1m\" .*"
hasnt "$pid $thread "
[ "$(wc -l <"$out")" -eq 3 ] || fail "not every process once"
run 0 ps -t "$pid"
has "$pid $pid .*"
has "$pid $thread .* alone .*"
[ "$(wc -l <"$out")" -eq 3 ] || fail "not its two threads"

run 0 fds $known
said . 0
has "PID TID COMM FD TYPE CLOEXEC NAME"
has "$known $known cat 7 file no $dir/odd\\\\033\[1m\\\\n name"
has "$known $known cat 8 file no $dir/gone"
has "$known $known cat 9 directory no $dir/cwd"
hasnt "$known $known cat \*"
# Shared by processes, and not by threads.
run 0 fds "$pid"
has "$pid $pid .* \* shared - with process $child"
has "$pid $pid .* 50 file yes /etc/hostname"
has "$pid $thread alone 60 file no /etc/passwd"
hasnt "$pid $pid .* 60 "
hasnt "$pid $thread alone \*"
run 0 fds "$child"
has "$child $child child \* shared - with process $pid"
has "$child $child child 50 file yes /etc/hostname"

run 0 ps -o json $known "$pid"
is 'length == 2 and all(.["thread.tid"] == .["proc.pid"])'
is "any(.[\"proc.pid\"] == $known and .[\"proc.name\"] == \"cat\" and .[\"proc.cwd\"] == \$dir + \"/cwd\" and
	.[\"proc.ppid\"] == $$ and .[\"user.uid\"] == $(id -u) and .[\"proc.exe\"] == \"an\u001b[1m exe\" and
	.[\"proc.args\"] == \"- an arg \")"
is 'any(.["proc.pid"] == $pid and .["proc.name"] == "a b\n\u001b[1m")'
run 0 ps -t -o json "$pid"
is '[.[]["thread.tid"]] == [$pid, $thread] and all(.["proc.pid"] == $pid)'
run 0 fds -o json "$pid" "$child"
is 'any(.["fd.num"] == 50 and .["thread.tid"] == $pid and .["fd.type"] == "file" and .["fd.cloexec"] and
	.["fd.name"] == "/etc/hostname" and .["fd.ino"] > 0)'
is 'any(.["fd.num"] == 60 and .["thread.tid"] == $thread and .["fd.table"] == $thread and (.["fd.cloexec"] | not))'
is '([.[] | select(.["proc.pid"] == $child)["fd.table"]] | unique) == [[$pid, $child] | min]'
is '[.[] | select(.["thread.tid"] == $pid)["fd.num"]] == [.[] | select(.["proc.pid"] == $child)["fd.num"]]'
run 0 fds -o json $known
is 'any(.["fd.num"] == 7 and .["fd.name"] == $dir + "/odd\u001b[1m\n name")'

# All of them, in order.
for command in ps "ps -t" fds; do
	# shellcheck disable=SC2086 # two words
	run 0 $command
	has "$known $known .*"
	tail -n +2 "$out" | awk '{ print $1 }' | sort -cn 2>/dev/null || fail "gyr $command is not sorted"
done
run 0 ps -t
tail -n +2 "$out" | sort -c -k 1,1n -k 2,2n 2>/dev/null || fail "gyr ps -t is not sorted"
run 0 fds $known
tail -n +2 "$out" | awk '{ print $4 }' | sort -cn 2>/dev/null || fail "gyr fds is not sorted"

for command in ps fds; do
	run 1 $command 4194304
	said "$command: there is no process 4194304\." 1
	[ ! -s "$out" ] || fail "something on stdout"
	# What is there is shown all the same.
	run 1 $command 4194304 $known
	has "$known $known .*"
	said "no process 4194304" 1
	run 1 $command "$thread"
	said "$thread is a thread of process $pid\." 1
	"$gyr" $command -o json $known 2>"$err" | head -c 1 >/dev/null
	[ "${PIPESTATUS[0]}" -eq 0 ] || fail "$command to a reader who leaves"
	[ ! -s "$err" ] || fail "$command to a reader who leaves: a message"
	"$gyr" $command >/dev/full 2>"$err"
	[ $? -eq 1 ] || fail "$command > /dev/full"
	grep -q "cannot write to the standard output" "$err" || fail "$command > /dev/full: no message"
done

# Others see what may be seen, and hear once of the rest.
if [ "$(id -u)" -eq 0 ]; then
	cp "$gyr" "$(dirname "$gyr")"/libgyr.so.0 "$dir"
	gyr=$dir/gyr-as-nobody
	cat >"$gyr" <<-END
		#!/bin/sh
		LD_LIBRARY_PATH=$dir exec setpriv --reuid=65534 --regid=65534 --clear-groups $dir/gyr "\$@"
	END
	chmod 755 "$gyr"
	run 0 ps $known
	has "$known $known $$ 0 [^ ]+ cat \? \"an\\\\033\[1m exe\" - \"an arg\" \"\""
	said "the working directory of 1 of 1 processes could not be read: run as root, or with CAP_SYS_PTRACE" 1
	run 0 fds $known
	hasnt "$known "
	said "the fds of 1 of 1 processes could not be read" 1
	run 0 fds
	said "the fds of [0-9]+ of [0-9]+ processes could not be read" 1
	{
		sleep 0.5
		"$gyr" fds 2>"$err"
	} | :
	[ "${PIPESTATUS[0]}" -eq 0 ] || fail "fds to a reader who has left"
	[ ! -s "$err" ] || fail "fds to a reader who has left: a message"
fi

exit $failed
