#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Runs every check and test on what is built: run.sh BUILD SANITIZED-BUILD. Ends with "N passed, N failed, N skipped".
set -uo pipefail
cd "$(dirname "$0")/.." || exit
build=$1
asan=$2

exec 3>&1 # what count_tests says, apart from what it counts
passed=0
failed=0
skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

check()
{
	local name=$1

	shift
	SECONDS=0
	if "$@" >"$log" 2>&1; then
		echo "ok      $name, $SECONDS s"
		passed=$((passed + 1))
	else
		cat "$log"
		echo "FAILED  $name, $SECONDS s"
		failed=$((failed + 1))
	fi
}

sources()
{
	find driver userspace filler-gen include test -name "$1" -print0
}

formatting()
{
	sources '*.[ch]' | xargs -0 clang-format --dry-run -Werror
}

# The host's C only: the driver is for another target, and clang's BPF back end has its own warnings on.
host_sources()
{
	sources '*.c' | grep -zv -e '\.bpf\.c$' -e '^test/install/'
}

clang_tidy()
{
	host_sources | xargs -0 -n 1 -P "$(nproc)" clang-tidy -p "$build" --quiet
}

run_cppcheck()
{
	host_sources | xargs -0 cppcheck -j "$(nproc)" --quiet --error-exitcode=1 --inline-suppr \
		--enable=warning,performance,portability --std=c11 -D__x86_64__ -D_GNU_SOURCE --include=test/cppcheck.h \
		-Iinclude -Iuserspace/libgyr -Idriver -Itest/lib -Itest/live/harness "-I$build/gen"
}

shell_scripts()
{
	find test -name '*.sh' -exec shellcheck -x dev .ci/run {} +
}

# Counts the cases of a libcheck program one by one, any other test as one. One that skips says "SKIP: why", or
# "skipped: why".
count_tests()
{
	awk -v kind="$1" '
	match($0, /^[0-9]+: /) {
		n = $1 + 0
		output[n] = output[n] $0 "\n"
		if (match($0, /Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+/)) {
			split(substr($0, RSTART, RLENGTH), f, /[^0-9]+/)
			checks[n] += f[2]
			bad[n] += f[3] + f[4]
		}
		if (match($0, /(SKIP|skipped): /)) {
			skips[n]++
			why[n] = why[n] "\t" substr($0, RSTART + RLENGTH) "\n"
		}
	}
	/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / {
		n = substr($0, index($0, "#") + 1) + 0
		name[n] = $0
		sub(/.*Test +#[0-9]+: /, "", name[n])
		sub(/ .*/, "", name[n])
		result[n] = /   Passed/ ? "passed" : /\*\*\*Skipped/ ? "skipped" : "failed"
	}
	END {
		for (n in result) {
			if (result[n] == "failed" && !bad[n])
				bad[n] = 1
			if (result[n] == "skipped" && !skips[n])
				skips[n] = 1
			if (!(n in checks))
				checks[n] = 1 + (result[n] == "passed" ? skips[n] : 0) # what else is in it passed
			passed += checks[n] - bad[n] - skips[n] > 0 ? checks[n] - bad[n] - skips[n] : 0
			failed += bad[n]
			skipped += skips[n]
			if (bad[n])
				printf "%sFAILED  %s %s\n", output[n], kind, name[n] > "/dev/stderr"
			if (skips[n])
				printf "skipped %s %s:\n%s", kind, name[n], why[n] > "/dev/stderr"
		}
		print passed + 0, failed + 0, skipped + 0
	}' "$log"
}

run_ctest()
{
	local kind=$1 dir=$2 status p f s

	ctest --test-dir "$dir" --verbose --no-tests=error </dev/null 2>&1 | tee "$log" |
		grep --line-buffered -E '^ *[0-9]+/[0-9]+ Test +#' | sed -u "s|^ *|$kind |"
	status=${PIPESTATUS[0]}
	read -r p f s < <(count_tests "$kind" 2>&3)
	if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then
		cat "$log"
		f=1
	fi
	passed=$((passed + p))
	failed=$((failed + f))
	skipped=$((skipped + s))
}

check formatting formatting
check clang-tidy clang_tidy
check cppcheck run_cppcheck
check shellcheck shell_scripts
run_ctest plain "$build"
run_ctest sanitized "$asan"

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
