#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# fetch-kernel.sh SERIES ARCH: Debian's newest cloud kernel of a series, as qemu boots it fastest. Prints the directory
# that holds it: kernel, config, release. What the cache has already is not fetched again.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
series=$1
arch=$2
cache=${GYR_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/gyr}
# shellcheck source=test/vm/packages.sh
. "$here/packages.sh"

# u32 FILE OFFSET
u32()
{
	od -A n -t u4 -j "$2" -N 4 "$1" | tr -d ' '
}

# The ELF file within a bzImage (Documentation/arch/x86/boot.rst: setup_sects at 0x1f1, payload_offset at 0x248,
# payload_length at 0x24c, which counts the four bytes of the unpacked size after the compressed ones): booted by its
# PVH entry, the guest has nothing to unpack, which emulated takes longer than all else of the boot.
vmlinux_of_bzimage()
{
	local image=$1 sectors start length magic unpack

	sectors=$(od -A n -t u1 -j $((0x1f1)) -N 1 "$image" | tr -d ' ')
	start=$(((sectors + 1) * 512 + $(u32 "$image" $((0x248)))))
	length=$(($(u32 "$image" $((0x24c))) - 4))
	magic=$(od -A n -t x1 -j "$start" -N 4 "$image" | tr -d ' ')
	case $magic in
	28b52ffd) unpack=zstd ;;
	02214c18) unpack=lz4 ;;
	fd377a58) unpack=xz ;;
	1f8b*) unpack=gzip ;;
	*)
		echo "fetch-kernel: $image: packed in a way that is not known here ($magic)" >&2
		return 1
		;;
	esac
	dd if="$image" iflag=skip_bytes,count_bytes bs=1M skip="$start" count="$length" status=none | $unpack -dc
}

fetch()
{
	local suite release packages image

	suite=$(awk -v s="$series" '$1 == s {print $2}' "$here/kernels")
	if [ -z "$suite" ]; then
		echo "fetch-kernel: no series $series: $(awk '/^[0-9]/ {printf "%s ", $1}' "$here/kernels")" >&2
		return 2
	fi
	apt_lists "$suite" "$arch"
	# The newest release; which of its packages has the kernel and which the config differs by suite.
	packages=$(apt_of "$suite" "$arch" apt-cache pkgnames linux- |
		grep -E "^linux-(image|binary|base)-${series/./\\.}\.[0-9][^ ]*-cloud-$arch\$" | sort -t - -k 3 -V || true)
	if [ -z "$packages" ]; then
		echo "fetch-kernel: $suite has no kernel $series for $arch" >&2
		return 1
	fi
	release=$(sed -n '$s/^linux-[a-z]*-//p' <<<"$packages")
	tmp=$(mktemp -d "$cache/kernel.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	# shellcheck disable=SC2046 # words are what is wanted
	apt_unpack "$suite" "$arch" "$tmp/root" $(grep -F -- "-$release" <<<"$packages")
	image=$(find "$tmp/root" -name 'vmlinuz*' -size +0)
	case $arch in
	amd64) vmlinux_of_bzimage "$image" >"$tmp/kernel" ;;
	*) cp "$image" "$tmp/kernel" ;;
	esac
	# /boot/config-RELEASE, and from 7.x on /usr/lib/modules/RELEASE/config
	cp "$(find "$tmp/root" \( -path '*/boot/config-*' -o -path '*/modules/*/config' \) -size +0 | head -n 1)" "$tmp/config"
	echo "$release" >"$tmp/release"
	rm -rf "$tmp/root"
	mv -T "$tmp" "$dir"
}

dir=$cache/kernel-$series-$arch
if [ ! -f "$dir/release" ]; then
	mkdir -p "$cache"
	exec 9>"$cache/lock"
	flock 9
	[ -f "$dir/release" ] || fetch
fi
echo "$dir"
