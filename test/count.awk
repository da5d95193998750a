# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What `ctest --verbose` says, and a guest's suite.sh after it, as lines of fields with tabs between:
#   test NAME PASSED FAILED SKIPPED SECONDS    skip NAME WHY    fail NAME LINE-OF-OUTPUT
# Counts the cases of a libcheck program one by one, any other test as one. One that skips says "SKIP: why", or
# "skipped: why".
{
	sub(/\r$/, "")
}
match($0, /^[0-9]+: /) {
	n = $1 + 0
	output[n] = output[n] substr($0, RLENGTH + 1) "\n"
	if (match($0, /Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+/)) {
		split(substr($0, RSTART, RLENGTH), f, /[^0-9]+/)
		checks[n] += f[2]
		bad[n] += f[3] + f[4]
	}
	if (match($0, /(SKIP|skipped): /)) {
		skips[n]++
		why[n] = why[n] substr($0, RSTART + RLENGTH) "\n"
	}
}
/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / {
	n = substr($0, index($0, "#") + 1) + 0
	name = $0
	sub(/.*Test +#[0-9]+: /, "", name)
	sub(/ .*/, "", name)
	result = index($0, "   Passed") ? "passed" : index($0, "***Skipped") ? "skipped" : "failed"
	if (result == "failed" && !bad[n])
		bad[n] = 1
	if (result == "skipped" && !skips[n]) {
		skips[n] = 1
		why[n] = "it does not say why\n"
	}
	if (!(n in checks))
		checks[n] = (bad[n] ? bad[n] : result == "passed") + skips[n] # what else is in it passed
	good = checks[n] - bad[n] - skips[n]
	printf "test\t%s\t%d\t%d\t%d\t%s\n", name, (good > 0 ? good : 0), bad[n], skips[n], $(NF - 1)
	lines("skip", name, why[n])
	if (bad[n])
		lines("fail", name, output[n])
}

function lines(kind, name, text, i, count, line)
{
	count = split(text, line, "\n")
	for (i = 1; i < count; i++)
		printf "%s\t%s\t%s\n", kind, name, line[i]
}
