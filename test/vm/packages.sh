# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# Debian's packages of any suite and architecture, by name, without installing them: an apt of our own beside the
# machine's, with the machine's mirror and keys. To be sourced, with $cache set to a directory that lasts.

mirror()
{
	# A mirror of the security suites holds nothing else.
	# shellcheck disable=SC2016 # apt's variable
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v -e security -e '^https\?://[^/]*/\?$' |
		grep -m 1 '/debian/*$' || echo http://deb.debian.org/debian
}

# apt_of SUITE ARCH COMMAND...: apt-get or apt-cache, seeing that suite alone.
apt_of()
{
	# shellcheck disable=SC2154
	local state=$cache/apt/$1-$2 arch=$2 command=$3

	shift 3
	"$command" -o Dir::State="$state" -o Dir::State::status="$state/status" -o Dir::Cache="$state/cache" \
		-o Dir::Etc::SourceList="$state/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o APT::Architecture="$arch" -o APT::Architectures="$arch" -o Acquire::Languages=none \
		-o APT::Sandbox::User=root -o Acquire::Retries=3 \
		-o APT::Update::Error-Mode=any -qq "$@"
}

# apt_lists SUITE ARCH: today's lists of packages; a day old is fresh enough.
apt_lists()
{
	local state=$cache/apt/$1-$2

	mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
	: >"$state/status"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(mirror) $1 main" >"$state/sources.list"
	if [ -z "$(find "$state/fresh" -mmin -1440 2>/dev/null)" ]; then
		apt_of "$1" "$2" apt-get update >&2
		touch "$state/fresh"
	fi
}

# apt_closure SUITE ARCH PACKAGE...: these, and what has to be installed with them on a system that has nothing.
apt_closure()
{
	local suite=$1 arch=$2

	shift 2
	apt_of "$suite" "$arch" apt-get install --simulate --no-install-recommends "$@" | sed -n 's/^Inst \([^ ]*\).*/\1/p'
}

# apt_unpack SUITE ARCH DIR PACKAGE...: what these packages hold, below DIR.
apt_unpack()
{
	local suite=$1 arch=$2 dir=$3 tmp deb status=0

	shift 3
	mkdir -p "$dir"
	tmp=$dir/debs
	mkdir "$tmp"
	(cd "$tmp" && apt_of "$suite" "$arch" apt-get download "$@" >&2) || status=1
	for deb in "$tmp"/*.deb; do
		[ $status -eq 0 ] && { dpkg-deb -x "$deb" "$dir" || status=1; }
	done
	rm -rf "$tmp"
	return $status
}
