#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# headers.sh INCLUDE-DIR GENERATED-DIR HEADER...: each public header compiles by itself, as C11 and as C++.
set -eu
include=$1
gen=$2
shift 2
status=0

try()
{
	# A declaration of its own, because wire.h has none and ISO C forbids a unit without.
	if ! printf '#include <gyr/%s>\nextern int header_test;\n' "$header" | "$@" -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I"$include" -I"$gen" -; then
		echo "gyr/$header does not compile alone: $*"
		status=1
	fi
}

for path; do
	header=${path##*/}
	try cc -std=c11 -x c
	try c++ -std=c++11 -x c++
done
exit $status
