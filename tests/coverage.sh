#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/coverage.sh [FILTER...]: reports the lines that unit, record and command line tests run, one file a
#     line; FILTER as gcovr's (harness/stats, harness/record/publish.c). Exit status 1 if statistics
#     or records are below 95 %.
set -euo pipefail
unset CDPATH
cd "$(dirname "$0")/.."
least=95

cmake --preset coverage >/dev/null
cmake --build --preset coverage >/dev/null
find build/coverage -name '*.gcda' -delete
# Children that are killed leave no counts: the more processes, the more lines seem not to run.
ctest --test-dir build/coverage -L 'unit|record|cli' --output-on-failure | tail -n 20 ||
	echo "some tests failed: what they would have run is missing below" >&2

filters=("$@")
[ ${#filters[@]} -gt 0 ] || filters=(harness/stats harness/record harness/run harness/report harness/cli harness/measure)
gcovr -r . build/coverage "${filters[@]/#/--filter=}" --sort-percentage --txt /dev/stdout
for part in harness/stats harness/record; do
	gcovr -r . build/coverage --filter "$part" --fail-under-line $least --txt /dev/null ||
		{
			echo "$part: below $least %" >&2
			exit 1
		}
done
