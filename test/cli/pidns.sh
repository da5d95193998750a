#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# pidns.sh GYR: in a pid namespace, whose ids are not those of events, nothing is told of the wrong process.
set -uo pipefail
gyr=$1
# shellcheck source=test/lib/capture.sh
. "$(dirname "$0")/../lib/capture.sh"

(while :; do sh -c :; sleep 0.01; done) &
noise=$!

# Of kinds that gyr itself is busy with, too. There is another process of the same number inside, whose name must not be given to this one.
# shellcheck disable=SC2016 # for the inner shell
timeout -k 5 $patience unshare --fork --pid --propagation unchanged --mount-proc sh -c '
	echo $(($1 - 1)) >/proc/sys/kernel/ns_last_pid
	sleep 1000 &
	[ $! -eq "$1" ] || exit 99
	exec "$2" tail -e clone,openat,read,write,close --duration 2' sh $noise "$gyr" >"$out" 2>"$err" &
started=$!
while kill -0 $started 2>/dev/null; do
	self=$(pgrep -P "$(pgrep -P $started)" -x gyr 2>/dev/null) && break
	sleep 0.1
done
wait $started
code=$?
[ $code -eq 0 ] || fail "exit code $code"
[ -n "$self" ] || fail "where did gyr go?"
# At the begin of a line, as what others write may look like it.
grep -Eq "^[^ ]+ [0-9]+ [^ ]+/$noise\) clone\(" "$out" || fail "what happened outside is not seen"
grep -Eq "^[^ ]+ [0-9]+ sleep\($noise/" "$out" && fail "a process outside goes by the name of one inside"
grep -Eq "^[^ ]+ [0-9]+ [^ ]+/$self\) " "$out" && fail "gyr shows itself"
[ "$(grep -c 'pid namespace' "$err")" -eq 1 ] || fail "no warning, or many"

# refused ARGS...: with a sentence, and not by what happens to have the number.
refused()
{
	timeout -k 5 $patience unshare --fork --pid --propagation unchanged --mount-proc "$gyr" tail "$@" >"$out" 2>"$err"
	[ $? -eq 1 ] || fail "tail $*"
	[ ! -s "$out" ] || fail "tail $*: something on stdout"
	grep -q 'pid namespace' "$err" || fail "tail $*: no reason"
}
refused -e clone -n 1 -p 1
refused -e clone -n 1 -- true

# Names are the driver's business then.
timeout -k 5 $patience unshare --fork --pid --propagation unchanged --mount-proc "$gyr" tail -c bash -e clone,close -n 3 >"$out" 2>"$err" || fail "-c"
[ "$(wc -l <"$out")" -eq 3 ] || fail "-c: not 3 lines"

exit $failed
