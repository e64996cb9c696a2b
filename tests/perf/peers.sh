#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Compares the cost of the same work with other tools on one CPU, alternating, as ratios. Not a test: nothing passes or
# fails. usage: tests/perf/peers.sh [ROUNDS]; requires stress-ng, and uses perf (linux-perf) if installed.
set -euo pipefail
unset CDPATH
cd "$(dirname "$0")/../.."
rounds=${1:-3}
tollbooth=build/tollbooth
[ -x $tollbooth ] || { echo "$0: build first: cmake --preset default && cmake --build --preset default" >&2; exit 2; }
command -v stress-ng >/dev/null || { echo "$0: stress-ng is missing: apt-get install stress-ng" >&2; exit 77; }
cpu=$(taskset -cp $$ | sed 's/.*[:, -]//')

# ours BENCH METRIC PARAM...: one estimate of one variant.
ours() {
	local bench=$1 metric=$2 args=()
	shift 2
	for param in "$@"; do args+=(-p "$param"); done
	$tollbooth run "$bench" "${args[@]}" --cpus "$cpu" --launches 6 -q -o - 2>/dev/null |
		python3 -c "
import json, sys
row = json.load(sys.stdin)['benchmarks'][0]
print([m['summary']['estimate'] for m in row['metrics'] if m['name'] == '$metric'][0])"
}

# parts BENCH PARAM...: a cycle and its parts, each measured separately.
parts() {
	local bench=$1 args=()
	shift
	for param in "$@"; do args+=(-p "$param"); done
	$tollbooth run "$bench" "${args[@]}" --cpus "$cpu" --launches 6 -q -o - 2>/dev/null |
		python3 -c "
import json, sys
row = json.load(sys.stdin)['benchmarks'][0]
for m in row['metrics']:
    if m['summary'] and m['unit'] in ('ns', 'ratio'):
        print('    %-18s %10.4g %s' % (m['name'], m['summary']['estimate'], m['unit']))"
}

# Theirs in the scheduling class that ours has: SCHED_FIFO as root, else none of both.
class=()
[ "$(id -u)" -ne 0 ] || class=(chrt -f 10)

# ops STRESSOR: operations a second by stress-ng's own count, real time.
ops() {
	"${class[@]}" stress-ng --"$1" 1 --taskset "$cpu" -t 3 --metrics-brief 2>&1 |
		awk -v s="$1" '$4 == s && $5 ~ /^[0-9]+$/ { print $9 }'
}

# compare NAME OURS THEIRS: both as nanoseconds a cycle.
compare() {
	awk -v name="$1" -v a="$2" -v b="$3" 'BEGIN { printf "%-22s %10.0f ns %10.0f ns  ratio %.2f\n", name, a, b, a / b }'
}

echo "CPU $cpu; ours, theirs, ours / theirs; whole cycles"
for ((i = 0; i < rounds; i++)); do
	compare "uffd copy" "$(ours apf/wake-uffd latency way=copy)" "$(awk -v r="$(ops userfaultfd)" 'BEGIN { print 1e9 / r }')"
	compare "vfork" "$(ours thread/create full-cycle method=vfork)" "$(awk -v r="$(ops vfork)" 'BEGIN { print 1e9 / r }')"
	if command -v perf >/dev/null && perf bench futex wake -t 1 >/dev/null 2>&1; then
		compare "futex wake, the call" "$(ours apf/wake-futex wake-call)" \
			"$("${class[@]}" taskset -c "$cpu" perf bench futex wake -t 32 -w 1 2>/dev/null | awk '/\+-/ { print $7 * 1e6 / $2 }')"
	fi
	if command -v perf >/dev/null && perf bench sched pipe -T -l 1000 >/dev/null 2>&1; then
		compare "switch / pipe" "$(ours thread/switch switch)" \
			"$("${class[@]}" taskset -c "$cpu" perf bench sched pipe -T -l 200000 2>/dev/null | awk '/usecs\/op/ { print $1 * 1000 / 2 }')"
	fi
done
echo
echo "  apf/wake-uffd way=copy, and its parts"
parts apf/wake-uffd way=copy
echo "  thread/create method=clone3 shadow=model, and its parts"
parts thread/create method=clone3 shadow=model
echo
echo "Seen by strace: stress-ng's uffd handler calls poll, read and two ioctls a fault, ours read and one ioctl;"
echo "its vfork makes the same two calls as ours, vfork and wait4."
