#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# fetch-sysroot.sh ARCH: what a build for another architecture is compiled against and run with: Debian's libraries, and
# the programs that a guest has (test/vm/programs). Prints its directory. What the cache has already is not fetched again.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
arch=$1
suite=bookworm # as the machine that builds: its cross compiler's libc is no newer
cache=${GYR_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/gyr}
# shellcheck source=test/vm/packages.sh
. "$here/packages.sh"

fetch()
{
	local packages

	apt_lists "$suite" "$arch"
	# usr-is-merged: else a package that moves files to /usr comes along, with all of Perl.
	# shellcheck disable=SC2046 # words are what is wanted
	packages=$(apt_closure "$suite" "$arch" usr-is-merged libc6-dev libbpf-dev libelf-dev zlib1g-dev libcjson-dev check \
		$(awk '!/^#/ {print $1}' "$here/programs"))
	tmp=$(mktemp -d "$cache/sysroot.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	# shellcheck disable=SC2086
	apt_unpack "$suite" "$arch" "$tmp" $packages
	# An absolute link means a file of this root.
	find "$tmp" -lname '/*' | while read -r link; do
		ln -sfnr "$tmp$(readlink "$link")" "$link"
	done
	echo "$wanted" >"$tmp/wanted"
	rm -rf "$dir"
	mv -T "$tmp" "$dir"
}

dir=$cache/sysroot-$arch
# With another list of programs, or another way to make it, it is another one.
wanted=$(cat "$here/programs" "$0" | sha256sum)
if [ "$(cat "$dir/wanted" 2>/dev/null)" != "$wanted" ]; then
	mkdir -p "$cache"
	exec 9>"$cache/lock"
	flock 9
	[ "$(cat "$dir/wanted" 2>/dev/null)" = "$wanted" ] || fetch
fi
echo "$dir"
