# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# awk -f report.awk ROWS: the matrix of runs and tests as Markdown; with -v times=1 how long each took, too.
BEGIN {
	FS = "\t"
}
{
	colon = index($2, ":")
	run = substr($2, 1, colon - 1)
	name = substr($2, colon + 1)
	if (!(run in column)) {
		column[run] = ++nruns
		runs[nruns] = run
	}
}
$1 == "kernel" {
	release[run] = $3
	took[run] = $4
}
$1 == "test" {
	if (!(name in row)) {
		row[name] = ++ntests
		tests[ntests] = name
	}
	passed[run, name] = $3
	failed[run, name] = $4
	skipped[run, name] = $5
	seconds[run, name] = $6
}
$1 == "skip" {
	if (!((name, $3) in where))
		reasons[++nreasons] = name SUBSEP $3
	where[name, $3] = where[name, $3] " " run
}
END {
	print "| run | kernel | passed | failed | skipped |" (times ? " seconds |" : "")
	print "|---|---|---|---|---|" (times ? "---|" : "")
	for (r = 1; r <= nruns; r++)
		print total(runs[r])
	head = "\n| test |"
	rule = "|---|"
	for (r = 1; r <= nruns; r++) {
		head = head " " runs[r] " |"
		rule = rule "---|"
	}
	print head "\n" rule
	for (t = 1; t <= ntests; t++) {
		line = "| " tests[t] " |"
		for (r = 1; r <= nruns; r++)
			line = line " " cell(runs[r], tests[t]) " |"
		print line
	}
	if (nreasons)
		print "\nSkipped:\n"
	for (i = 1; i <= nreasons; i++) {
		split(reasons[i], part, SUBSEP)
		print "- " part[1] " on" where[reasons[i]] ": " part[2]
	}
}

function total(r, t, p, f, s)
{
	for (t = 1; t <= ntests; t++) {
		if (!((r, tests[t]) in passed)) # to read it would make it
			continue
		p += passed[r, tests[t]]
		f += failed[r, tests[t]]
		s += skipped[r, tests[t]]
	}
	return sprintf("| %s | %s | %d | %d | %d |", r, release[r], p, f, s) (times ? " " took[r] " |" : "")
}

function cell(r, t, text)
{
	if (!((r, t) in passed))
		return "-"
	text = passed[r, t]
	if (failed[r, t])
		text = text ", **" failed[r, t] " failed**"
	if (skipped[r, t])
		text = text ", " skipped[r, t] " skipped"
	return text (times ? sprintf(" (%.0f s)", seconds[r, t]) : "")
}
