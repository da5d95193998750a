#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# select.sh GYR: what each option of gyr tail that selects events shows, and what not. That the driver selects so on each
# kernel is live/test_filters'.
set -uo pipefail
gyr=$1
# shellcheck source=test/lib/capture.sh
. "$(dirname "$0")/../lib/capture.sh"

# What is left to undo, whatever comes between.
other=
group=
# shellcheck disable=SC2317 # called at the exit
undo()
{
	[ -z "$other" ] || kill "$other"
	[ -n "$group" ] || return
	for ((i = 0; i < 100; i++)); do # a group is busy until its dead are gone
		rmdir "$group"/*/ 2>/dev/null
		! rmdir "$group" 2>/dev/null || break
		sleep 0.1
	done
}
# shellcheck disable=SC2034 # for capture.sh
at_end=undo

keep_reading /etc/hostname 0.02
noise=$!

run 0 tail -c cat -e openat,close -n 20
hasnt "$(event 'sleep|bash|gyr' '.*')" "$out"
run 0 tail -p $noise -e clone,wait4 -n 10
[ "$(grep -c "($noise" "$out")" -eq 10 ] || fail "-p shows others"

# By result, of how many one, by user, by what an fd is; and what is not wanted.
calls='cat /nonexistent 2>/dev/null; cat /etc/passwd | cat >/dev/null'
run 0 tail --failed only -e openat,close,write -- sh -c "$calls; true"
has "$(event cat openat).*= -2 ENOENT" "$out"
hasnt '= [0-9]+(<|$)' "$out"
run 0 tail --failed no -e openat,close,write -- sh -c "$calls"
hasnt '= -[0-9]+ E[A-Z]+$' "$out"
has "$(event cat openat)" "$out"
run 0 tail -e close --sample close:1000000 --stats -- sh -c "$calls"
[ "$(grep -c 'close(' "$out")" -le "$(nproc)" ] || fail "--sample shows too many"
has 'sampled_out=[1-9]' "$err"
run 0 tail -u '!root' -e getppid,openat -- \
	sh -c "$calls; setpriv --reuid=65534 --regid=65534 --clear-groups cat /etc/passwd >/dev/null"
hasnt "$(event sh '.*')" "$out"
[ "$(grep -c '/etc/passwd' "$out")" -eq 1 ] || fail "-u '!root': not what nobody did"
run 0 tail -u root,0 -c '!cat' -e openat -- sh -c "$calls"
hasnt "$(event cat '.*')" "$out"
has "$(event sh openat)" "$out"
run 0 tail -e read,write --snaplen 3,pipe:0 -- sh -c "$calls"
has "$(event cat write).*data=\?\.\.\., fd=1<pipe:" "$out"
has "$(event cat read).*data=\"[^\"]{3}\"\.\.\.,.*/etc/passwd" "$out"
run 0 tail -e read,write --snaplen 0 -- sh -c "$calls"
has "$(event cat write).*data=\?\.\.\., fd=1<pipe:" "$out"
has "$(event cat read).*data=\?\.\.\.,.*/etc/passwd" "$out"
# shellcheck disable=SC2016 # for the inner shell
run 0 tail -e openat -c '\!x' -- sh -c 'cat /etc/passwd >/dev/null; printf "!x" >/proc/$$/comm; : </etc/hostname'
has "/etc/hostname" "$out"
hasnt "/etc/passwd" "$out"
run 0 tail -p $noise --follow -e openat -n 60
has "$(event cat openat)" "$out"
run 0 tail --tid $noise -e clone,wait4 -n 3
[ "$(grep -c "/$noise) " "$out")" -eq 3 ] || fail "--tid shows others"
keep_reading /etc/passwd 0.02
other=$!
run 0 tail -p "!$noise" --follow -c cat -e openat -n 60
has "$(event cat openat).*/etc/passwd" "$out"
hasnt "$(event cat openat).*/etc/hostname" "$out"
kill "$other"
other=

# By cgroup and container, where there is a hierarchy of version 2 to make some in.
cgroups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
if [ -n "$cgroups" ] && mkdir "$cgroups/gyr-test-$$"; then
	group=$cgroups/gyr-test-$$
	id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
	mkdir "$group/docker-$id.scope"
	# shellcheck disable=SC2016 # for the inner shell
	inside='echo 0 >"$1/docker-$2.scope/cgroup.procs"; cat /etc/hostname >/dev/null'
	for choice in "--cgroup=/gyr-test-$$" "--cgroup=$group" "--cgroup-only=$(stat -c %i "$group/docker-$id.scope")" \
		--container=01234; do
		run 0 tail -e openat "$choice" -- sh -c "$inside" sh "$group" $id
		has "$(event cat openat).*/etc/hostname" "$out"
		hasnt "$(event sh '.*')" "$out"
		run 0 tail -e openat "${choice/=/=!}" -- sh -c "$inside" sh "$group" $id
		hasnt "$(event cat '.*')" "$out"
		has "$(event sh openat)" "$out"
	done
	run 1 tail --cgroup "/gyr-test-$$/none" -n 1
	has 'there is no cgroup' "$err"
	run 1 tail --container 01235 -n 1
	has 'container whose id begins' "$err"
else
	echo "skipped: by cgroup: no hierarchy of version 2 here"
fi

exit $failed
