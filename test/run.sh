#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Runs every check and test on what is built: run.sh BUILD SANITIZED-BUILD KERNELS. Ends with "N passed, N failed, N
# skipped". KERNELS: names of test/vm/runs with commas between, or nothing.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
build=$1
asan=$2
kernels=$3

passed=0
failed=0
skipped=0
log=$(mktemp)
rows=$(mktemp)
trap 'rm -f "$log" "$rows"' EXIT

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
	find test filler-gen -name '*.sh' -exec shellcheck -x dev .ci/run test/vm/init {} +
}

# add_up KIND ROWS: adds what count.awk found, and shows what failed or was skipped.
add_up()
{
	local kind=$1 rows=$2 p f s

	awk -F '\t' -v kind="$kind" '
		$1 == "fail" { print $3 }
		$1 == "test" && $4 { printf "FAILED  %s %s\n", kind, $2 }
		$1 == "skip" { printf "skipped %s %s: %s\n", kind, $2, $3 }' "$rows"
	read -r p f s < <(awk -F '\t' '$1 == "test" { p += $3; f += $4; s += $5 } END { print p + 0, f + 0, s + 0 }' "$rows")
	passed=$((passed + p))
	failed=$((failed + f))
	skipped=$((skipped + s))
}

run_ctest()
{
	local kind=$1 dir=$2 status before=$failed

	ctest --test-dir "$dir" --verbose --no-tests=error </dev/null 2>&1 | tee "$log" |
		grep --line-buffered -E '^ *[0-9]+/[0-9]+ Test +#' | sed -u "s|^ *|$kind |"
	status=${PIPESTATUS[0]}
	awk -f test/count.awk "$log" >"$rows"
	add_up "$kind" "$rows"
	if [ "$status" -ne 0 ] && [ "$failed" -eq "$before" ]; then
		cat "$log"
		failed=$((failed + 1))
	fi
}

# The live suite on other kernels, and other machines (test/vm/matrix.sh).
run_kernels()
{
	if ! test/vm/matrix.sh "$build" "$kernels"; then
		echo "FAILED  kernels: the runs did not come to their end"
		failed=$((failed + 1))
		return
	fi
	add_up kernels "$build/vm/rows"
}

check formatting formatting
check clang-tidy clang_tidy
check cppcheck run_cppcheck
check shellcheck shell_scripts
run_ctest plain "$build"
run_ctest sanitized "$asan"
[ -z "$kernels" ] || run_kernels

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
