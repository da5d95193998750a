#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# install.sh BUILD SOURCE VERSION GENERATOR: installs the build, moves it, and compiles and runs agents against it: by
# pkg-config and by find_package, shared and static, and the README's example. As root each of them has to see events.
set -eu
build=$1
source=$2
version=$3
generator=$4
here=$source/test/install
dir=$(mktemp -d)
noise=
trap '[ -z "$noise" ] || kill "$noise"; rm -rf "$dir"' EXIT

cmake --install "$build" --prefix "$dir/first" >/dev/null
mv "$dir/first" "$dir/inst" # nothing in it may know where it was
libdir=$(dirname "$(find "$dir/inst" -name libgyr.a)")
PKG_CONFIG_PATH=$libdir/pkgconfig
export PKG_CONFIG_PATH

run()
{
	status=0
	timeout 60 "$@" >"$dir/out" 2>&1 || status=$?
	cat "$dir/out"
	[ $status -eq 0 ] || [ $status -eq 77 ] || { echo "$1 failed with $status"; exit 1; }
	grep -q "$version" "$dir/out" || { echo "$1 did not say its version, $version"; exit 1; }
}

compile()
{
	out=$1
	shift
	cc -std=c11 -Wall -Wextra -Werror -o "$out" "$@"
}

for file in "$libdir/gyr/gyr.bpf.o" "$libdir/gyr/gyr-nobtf.bpf.o" "$libdir/gyr/gyr-preempt.bpf.o" "$dir/inst/include/gyr/gyr.h" "$dir/inst/include/gyr/event_types.h" "$libdir/libgyr.so.0"; do
	[ -e "$file" ] || { echo "not installed: $file"; exit 1; }
done
run "$dir/inst/bin/gyr" --version
# Something to see.
(while :; do cat "$dir/out" 2>/dev/null; sleep 0.05; done) >/dev/null &
noise=$!

# shellcheck disable=SC2046 # the flags are many words
compile "$dir/shared" "$here/agent.c" $(pkg-config --cflags --libs gyr)
LD_LIBRARY_PATH=$libdir run "$dir/shared"
# shellcheck disable=SC2046
compile "$dir/static" "$here/agent.c" $(pkg-config --cflags gyr) "$libdir/libgyr.a" $(pkg-config --static --libs libbpf)
run "$dir/static"

cmake -G "$generator" -S "$here" -B "$dir/project" -DCMAKE_PREFIX_PATH="$dir/inst" >/dev/null
cmake --build "$dir/project" >/dev/null
run "$dir/project/agent-gyr"
run "$dir/project/agent-gyr_static"

# The README's example, which shows a hundred events, is the one block of C in it.
# shellcheck disable=SC2016 # no command substitution
sed -n '/^```c$/,/^```$/{/^```/d;p}' "$source/README.md" >"$dir/readme.c"
[ -s "$dir/readme.c" ] || { echo "README.md has no example in C"; exit 1; }
# shellcheck disable=SC2046
compile "$dir/readme" "$dir/readme.c" $(pkg-config --cflags --libs gyr)
if [ "$(id -u)" -eq 0 ]; then
	LD_LIBRARY_PATH=$libdir timeout 60 "$dir/readme" >"$dir/out" || { echo "the README's example failed"; exit 1; }
	[ "$(wc -l <"$dir/out")" -eq 100 ] || { cat "$dir/out"; echo "the README's example does not show 100 events"; exit 1; }
else
	LD_LIBRARY_PATH=$libdir timeout 60 "$dir/readme" 2>"$dir/out" && { echo "the README's example captured without rights"; exit 1; }
	grep -q CAP_BPF "$dir/out" || { cat "$dir/out"; echo "the README's example does not say what it lacks"; exit 1; }
fi
