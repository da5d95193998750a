#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vm.sh [OPTION...] BUILD KERNEL [COMMAND]: runs COMMAND (a line of bash; without it, a shell) as root on a kernel of
# Debian's, with what is built in BUILD at its own place. KERNEL: a series of test/vm/kernels, with -arm64 for that
# architecture. Options are boot.sh's.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
root=$(readlink -f "$here/../..")
options=()
while getopts t:s:a: option; do
	options+=("-$option" "$OPTARG")
done
shift $((OPTIND - 1))
build=$(readlink -f "$1")
name=$2
command=${3-}
case $name in
*-arm64) arch=arm64 series=${name%-arm64} sysroot=$("$here/fetch-sysroot.sh" arm64) ;;
*) arch=amd64 series=${name%-amd64} sysroot= ;;
esac
# shellcheck source=test/vm/initramfs.sh
. "$here/initramfs.sh"

kernel=$("$here/fetch-kernel.sh" "$series" "$arch")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
stage=$tmp/stage
mkdir "$stage"
stage_base "$stage" "$sysroot"
stage_build "$stage" "$sysroot"
stage_tests "$stage"
mkdir -p "$stage/boot"
cp "$kernel/config" "$stage/boot/config-$(cat "$kernel/release")" # where libbpf looks for it
printf 'cd %q\n' "$root" >"$stage/vm/environment"
if [ -n "$command" ]; then
	printf '%s\n' "$command" >"$stage/vm/command"
else
	options+=(-t 0)
fi
pack "$stage" >"$tmp/initramfs"
rm -rf "$stage"
"$here/boot.sh" "${options[@]}" "$arch" "$kernel" "$tmp/initramfs"
