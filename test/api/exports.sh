#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# exports.sh LIBRARY MAP HEADER...: the headers declare, the map lists and the library exports the same names.
set -eu
library=$1
map=$2
shift 2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | LC_ALL=C sort >"$dir/exported"
sed -n 's/^\t\(gyr_[a-z0-9_]*\);$/\1/p' "$map" | LC_ALL=C sort >"$dir/mapped"
sed -n 's/^GYR_API .*\(gyr_[a-z0-9_]*\)(.*/\1/p' "$@" | LC_ALL=C sort >"$dir/declared"

status=0
diff -u "$dir/mapped" "$dir/exported" || { echo "the library does not export what $map lists"; status=1; }
diff -u "$dir/declared" "$dir/mapped" || { echo "$map does not list what the headers declare"; status=1; }
[ -s "$dir/exported" ] || { echo "$library exports nothing"; status=1; }
exit $status
