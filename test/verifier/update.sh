#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# update.sh BUILD: writes the tables of verified instructions, one an architecture, from what the last run in guests saw
# (BUILD/vm/*.log). A column that it did not see stays as it was.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
logs=$(readlink -f "$1")/vm

for arch in x86_64 aarch64; do
	table=$here/$arch
	tmp=$(mktemp)
	touch "$table"
	sed -n "s/^[0-9]*: budget $arch //p" "$logs"/*.log | LC_ALL=C sort -u | awk '
		FILENAME == "-" {
			if (!($2 in seen)) {
				seen[$2] = 1
				if (!($2 in known))
					columns[++ncolumns] = $2
				known[$2] = 1
			}
			fresh[$1, $2] = $3
			programs[$1] = 1
			next
		}
		/^#/ { next }
		!header {
			header = 1
			for (i = 2; i <= NF; i++) {
				columns[i - 1] = $i
				known[$i] = 1
			}
			ncolumns = NF - 1
			next
		}
		{
			for (i = 2; i <= NF; i++)
				old[$1, columns[i - 1]] = $i
			programs[$1] = 1
		}
		END {
			printf "%-16s", "program"
			for (i = 1; i <= ncolumns; i++)
				printf " %13s", columns[i]
			print ""
			fflush() # sort writes by itself
			for (name in programs) {
				line = sprintf("%-16s", name)
				here = 0
				for (i = 1; i <= ncolumns; i++) {
					column = columns[i]
					count = column in seen ? fresh[name, column] : old[name, column]
					here = here || count > 0
					line = line sprintf(" %13s", count > 0 ? count : "-")
				}
				if (here) # else it is gone from the driver
					print line | "LC_ALL=C sort"
			}
		}' "$table" - >"$tmp"
	if [ "$(wc -l <"$tmp")" -gt 1 ]; then
		{
			echo "# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause"
			echo "# Instructions that the verifier goes through, by kernel series and object; test/verifier/update.sh writes it."
			cat "$tmp"
		} >"$table"
	fi
	rm -f "$tmp"
	[ -s "$table" ] || rm -f "$table"
done
