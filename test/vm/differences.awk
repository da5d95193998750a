# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# awk -v run=RUN -f differences.awk differences ROWS: rows (of test/count.awk) of what the two do not agree in.
BEGIN {
	FS = "\t"
}
NR == FNR {
	if ($0 !~ /^#/ && split($0, field, " ") > 2 && run ~ "^(" field[1] ")$") {
		test[++n] = "^(" field[2] ")$"
		why[n] = $0
		sub(/^[^ \t]+[ \t]+[^ \t]+[ \t]+/, "", why[n])
	}
	next
}
$1 == "test" {
	for (i = 1; i <= n; i++) {
		if ($2 ~ test[i] && !((i, $2) in skipped)) {
			skipped[i, $2] = 0
			told[++ntold] = i SUBSEP $2
		}
	}
}
$1 == "skip" {
	declared = 0
	for (i = 1; i <= n; i++) {
		if ($2 ~ test[i] && index($3, why[i])) {
			declared = 1
			skipped[i, $2] = 1
		}
	}
	if (!declared)
		disagree($2 " skipped, and test/vm/differences does not say so: " $3)
}
END {
	for (i = 1; i <= ntold; i++) {
		split(told[i], part, SUBSEP)
		if (!skipped[part[1], part[2]])
			disagree("test/vm/differences says that " part[2] " skips, which it did not: " why[part[1]])
	}
	if (bad)
		printf "test\tdifferences\t0\t%d\t0\t0\n", bad
}

function disagree(what)
{
	bad++
	printf "fail\tdifferences\t%s\n", what
}
