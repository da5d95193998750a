#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# run.sh BUILD RUN: the live suite in one guest (test/vm/runs). Leaves BUILD/vm/RUN.log, and RUN.rows as test/count.awk
# makes them; says in a line how it went, and what failed.
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
build=$(readlink -f "$1")
run=$2
log=$build/vm/$run.log
rows=$build/vm/$run.rows

read -r series arch how < <(awk -v run="$run" '$1 == run { print $2, $3, $4 }' "$here/runs")
options=(-t 3000)
# Each system call, what it makes of a process, its files and its sockets; io_uring; 32-bit callers; and what is cut.
captures='arguments|bpf|calls|compat|degrade|enters|fds|files_.*|generic|ia32_.*|judge|keyctl|latency|limits|memory|mmsg|net_.*'
captures+='|process_.*|signals|snapshot|sockopt|state|tracepoints|uring.*|waiting'
# And whether the verifier takes it, and what is there when CPUs come and go.
driver="^live/(test_($captures|hotplug.*|loaded)$|verifier|probe)|^cli/list$"
command='bash test/vm/suite.sh'
tree=$build
[ "$arch" = amd64 ] || tree=$build/$arch
case $how in
driver)
	command+=" '$driver'"
	;;
nobtf)
	command="cp /sys/kernel/btf/vmlinux /tmp/kernel.btf && mount -t tmpfs none /sys/kernel/btf &&
		export GYR_BTF=/tmp/kernel.btf && $command '^(live/test_($captures)$)|^cli/rights$'"
	;;
plug)
	options+=(-s '1,maxcpus=2')
	command+=' hotplug_absent'
	;;
esac

SECONDS=0
mkdir -p "$build/vm"
"$here/vm.sh" "${options[@]}" "$tree" "$series-$arch" "echo kernel \$(uname -r); $command" >"$log" 2>&1 </dev/null
status=$?
printf 'kernel\t%s\t%s\t%s\n' "$run" "$(sed -n '/^kernel /{s///p;q}' "$log")" $SECONDS >"$rows"
awk -f "$here/../count.awk" "$log" >>"$rows"
ran=$(grep -c '^test' "$rows")
expected=$(sed -n '/^suite of /{s///p;q}' "$log")
if [ "$ran" -eq 0 ] || [ "$ran" -ne "${expected:-0}" ]; then
	printf 'fail\tsuite\t%s tests ran, of %s\ntest\tsuite\t0\t1\t0\t0\n' "$ran" "${expected:-none}" >>"$rows"
fi
awk -v run="$run" -f "$here/differences.awk" "$here/differences" "$rows" >"$rows.more"
cat "$rows.more" >>"$rows"
rm -f "$rows.more"
if [ $status -ne 0 ] && ! awk -F '\t' '$1 == "test" && $4 { bad = 1 } END { exit !bad }' "$rows"; then
	tail -n 60 "$log" | sed 's/^/fail\tguest\t/' >>"$rows"
	printf 'test\tguest\t0\t1\t0\t0\n' >>"$rows"
fi
# What failed is said at once, by name and by the lines that say why: all of the output follows when every run has ended.
awk -F '\t' -v run="$run" -v seconds=$SECONDS '
	$1 == "test" { p += $3; f += $4; s += $5 }
	$1 == "test" && $4 { names = names " " $2 }
	$1 == "fail" && $3 ~ /:[FE]:|FAILED/ && ++n <= 10 { why = why "\n        " $2 ": " $3 }
	END {
		printf "%-7s kernel %s: %d passed, %d failed, %d skipped, %d s%s\n", f ? "FAILED" : "ok", run, p, f, s, seconds,
		       f ? ":" names why : ""
	}' "$rows"
