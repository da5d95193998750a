#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# boot.sh [-t SECONDS] [-s CPUS] [-a KERNEL-OPTIONS] ARCH KERNEL-DIR INITRAMFS: boots, connects the guest's command to
# stdin and stdout, and exits as the command did. 124: not done in time (600 s if not told; 0: all the time it takes);
# 125: the guest never got to the end of the command. CPUS: as qemu's -smp has them (default 2).
set -uo pipefail
limit=600
smp=2
extra=
while getopts t:s:a: option; do
	case $option in
	t) limit=$OPTARG ;;
	s) smp=$OPTARG ;;
	a) extra=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
arch=$1
kernel=$2
initramfs=$3

dir=$(mktemp -d)
qemu=
# shellcheck disable=SC2317 # by the trap
stop()
{
	[ -z "$qemu" ] || kill "$qemu" 2>/dev/null
	rm -rf "$dir"
}
trap stop EXIT
mkfifo "$dir/control" "$dir/monitor.in" "$dir/monitor.out"

# tsc=reliable: clock_gettime takes 50 ns and not 700. norandmaps: qemu translates a program again wherever it is loaded;
# to start cat takes a fifth of the time. oops=panic ends a run that would hang, and -1 means at once.
append="tsc=reliable nowatchdog mitigations=off norandmaps cryptomgr.notests panic=-1 oops=panic loglevel=4 $extra"
case $arch in
amd64)
	# cx16: qemu 7.2 computes the flags of cmpxchg16b wrong, which crashes 6.12 under load. erms and fsrm: `rep movsb`
	# is slow when emulated. hypervisor and VMware's serial: from 6.12 on, Linux lets a CPU that was absent at boot be
	# plugged in only under a hypervisor that it knows, and this is how it finds qemu's VMware port.
	# shellcheck disable=SC2054 # these commas are qemu's
	machine=(qemu-system-x86_64 -M pc -cpu max,-cx16,-erms,-fsrm,-hypervisor -smbios type=1,serial=VMware-0
		-serial "file:$dir/console" -serial chardev:command -serial chardev:control)
	append+=" console=ttyS0"
	;;
arm64)
	# Pointer authentication and vectors take half of the time when emulated.
	# shellcheck disable=SC2054
	machine=(qemu-system-aarch64 -M virt -cpu "max,pauth=off,sve=off,sme=off"
		-serial "file:$dir/console" -device pci-serial,chardev=command -device pci-serial,chardev=control)
	append+=" console=ttyAMA0"
	;;
esac

# thread=single: qemu 7.2's thread=multi runs stale code when BPF programs attach under load on two CPUs.
timeout --foreground -k 5 "$limit" "${machine[@]}" -accel tcg,thread=single -smp "$smp" -m 1536 -nodefaults -no-user-config \
	-display none -no-reboot -chardev stdio,id=command,signal=off -chardev "file,id=control,path=$dir/control" \
	-chardev "pipe,id=monitor,path=$dir/monitor" -mon chardev=monitor,mode=readline \
	-kernel "$kernel/kernel" -initrd "$initramfs" -append "$append" <&0 2>"$dir/qemu" &
qemu=$!
# Both ways, so that nothing here waits for a qemu that did not get as far as to open them.
exec 6<>"$dir/monitor.out" 7<>"$dir/monitor.in" 8<>"$dir/control"
{
	tail --pid="$qemu" --sleep-interval=0.2 -f /dev/null
	echo ended >"$dir/control"
} &

status=125
while read -r word value <&8; do
	case $word in
	exit) status=$value ;;
	ended) break ;;
	plug) echo "device_add max-x86_64-cpu,id=cpu$value,socket-id=0,core-id=$value,thread-id=0" >&7 ;;
	esac
done
wait "$qemu"
ended=$?
qemu=
if [ "$status" -eq 125 ]; then
	[ $ended -ne 124 ] || status=124
	{
		echo "vm: the guest did not finish within $limit s, or died; qemu ended with $ended; the end of its console:"
		tail -n 40 "$dir/console"
		cat "$dir/qemu"
	} >&2
fi
exit "$status"
