# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# For tests of the tool that capture: a place for its output, and what ends with the test. noise: a process to end, too;
# at_end: what else is to be done then, a function.
if [ "$(id -u)" -ne 0 ]; then
	echo "SKIP: capturing needs root"
	exit 77
fi
failed=0 # the exit code of who sources this
dir=$(mktemp -d)
out=$dir/out
err=$dir/err
noise=
at_end=
# Seconds, for what ends by itself: a bound for what hangs. A guest beside others may take 20 to load a probe.
# shellcheck disable=SC2034 # for who sources this
patience=120
trap '$at_end; [ -z "$noise" ] || kill $noise; rm -rf "$dir"' EXIT

fail()
{
	echo "FAILED: $*"
	head -5 "$out" "$err" | sed 's/^/	/'
	# shellcheck disable=SC2034
	failed=1
}

# run CODE ARGS...: gyr with these, its output kept.
# shellcheck disable=SC2154 # gyr is for who sources this to say
run()
{
	local code=$1 got

	shift
	timeout -k 5 $patience "$gyr" "$@" >"$out" 2>"$err"
	got=$?
	[ "$got" -eq "$code" ] || fail "gyr $*: exit code $got and not $code"
}

has()
{
	grep -Eq -- "$1" "$2" || fail "no '$1' in $(basename "$2")"
}

hasnt()
{
	! grep -Eq -- "$1" "$2" || fail "'$1' in $(basename "$2"): $(grep -Em1 -- "$1" "$2")"
}

# Who does what, as a regex of comms and one of event names: what others read and write may look like events, too.
event()
{
	echo "^[^ ]+ [0-9]+ ($1)\\([0-9]+/[0-9]+\\) ($2)\\("
}

# keep_reading FILE PAUSE: something that happens all the time, in the background.
keep_reading()
{
	(while :; do LC_ALL=C cat "$1"; sleep "$2"; done) >/dev/null & # in another locale it opens dozens of files
}

# All that follows would fail.
must_load()
{
	run 0 check
	has '^probe loads +yes' "$out"
	[ $failed -eq 0 ] || exit 1
}

# Lines on stdout.
lines()
{
	[ "$(wc -l <"$out")" -eq "$1" ] || fail "$(wc -l <"$out") lines and not $1"
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

# What is on stderr, but for what is lost by the kernel's version: by builds for those that preempt programs (that is
# said, and counted), and of io_uring before 5.18.
complaints()
{
	awk -v before_5_18="$(printf '5.18\n%s\n' "$(uname -r)" | sort -VC || echo 1)" '
		/^gyr: warning: no programs run through: / { preempted = 1; next }
		before_5_18 && /^gyr: warning: no io_uring.s refusals: / { next }
		preempted && /^gyr: warning: [0-9]+ events were lost \(busy=[0-9]+\)\.$/ { next }
		{ print }' "$err"
}

says_nothing()
{
	[ -z "$(complaints)" ] || fail "$1: a message"
}
