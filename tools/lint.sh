#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Static analysis of all tracked and new files. Exit status 1 if a tool reports an error.
set -euo pipefail
unset CDPATH
cd "$(dirname "$0")/.."

mapfile -t sources < <(git ls-files -co --exclude-standard '*.c')
mapfile -t headers < <(git ls-files -co --exclude-standard '*.h')
mapfile -t scripts < <(git ls-files -co --exclude-standard run check .ci/run '*.sh' '*.bash')
status=0

echo "clang-format"
clang-format --dry-run -Werror "${sources[@]}" "${headers[@]}" || status=1
echo "shellcheck"
shellcheck -x "${scripts[@]}" || status=1
echo "cppcheck"
cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr --suppressions-list=tools/cppcheck.txt \
	-DTB_TEST_DATA='""' 	--enable=warning,performance,portability -D_GNU_SOURCE -Iharness -Ibench -Ikernel-support --library=tools/cppcheck.cfg -j 2 \
	harness bench tests || status=1
echo "clang-tidy"
database=build/dev
[ -e $database/compile_commands.json ] || database=build
# One file a process: with several, version 14 sees uninitialised va_lists everywhere.
printf '%s\n' "${sources[@]}" | grep -E '^(harness|bench)/' |
	xargs -P 2 -n 1 clang-tidy --quiet -p $database 2>/dev/null || status=1
exit $status
