#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# hosts.sh SOURCE CLANG GENERATOR: a build for a machine that gyr is not for is refused when it is configured, with the
# reason. clang makes code for all of these, and nothing is linked, so their libraries are not missed.
set -eu
source=$1
clang=$2
generator=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# refused TRIPLE PROCESSOR REASON
refused()
{
	rm -rf "$dir/build"
	cat >"$dir/toolchain.cmake" <<-EOT
		set(CMAKE_SYSTEM_NAME Linux)
		set(CMAKE_SYSTEM_PROCESSOR $2)
		set(CMAKE_C_COMPILER $clang)
		set(CMAKE_C_COMPILER_TARGET $1)
		set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
	EOT
	if cmake -G "$generator" -S "$source" -B "$dir/build" -DCMAKE_TOOLCHAIN_FILE="$dir/toolchain.cmake" >"$dir/out" 2>&1; then
		echo "a build for $1 was not refused"
		exit 1
	fi
	# cmake breaks the lines of a message where it likes.
	if ! tr -s '\n ' '  ' <"$dir/out" | grep -qF "$3"; then
		cat "$dir/out"
		echo "a build for $1 was refused without the words: $3"
		exit 1
	fi
}

refused i686-linux-gnu i686 "gyr is for 64-bit machines"
refused x86_64-linux-gnux32 x86_64 "gyr is for 64-bit machines"
refused aarch64_be-linux-gnu aarch64 "gyr is for little-endian machines"
refused riscv64-linux-gnu riscv64 "gyr does not know the system calls of riscv64"
