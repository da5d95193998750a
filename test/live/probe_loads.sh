#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# probe_loads.sh GYR OBJECT: the kernel takes the probe object, every program of it, and an event comes out.
set -eu
if [ "$(id -u)" -ne 0 ]; then
	echo "SKIP: loading BPF programs needs root"
	exit 77
fi
lines=$(GYR_PROBE=$2 timeout 30 "$1" tail -n 3 -- sh -c 'ls -l / >/dev/null' | wc -l)
[ "$lines" -eq 3 ] || { echo "3 events were asked for, $lines came"; exit 1; }
